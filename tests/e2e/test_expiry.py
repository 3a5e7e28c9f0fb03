"""An expired token is told from a bad one, on every way in, by a server whose tokens last a second."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.engines import caller
from tests.e2e.lines import line
from tests.e2e.servers import PASSWORD, Server, running
from tests.eventually import PATIENCE_S

BAD = "not.a.token"
SECRET = "a secret of the tests that is long enough"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environ = {"TRADETERM_AUTH__ACCESS_TOKEN_S": "1", "TRADETERM_JWT_SECRET": SECRET}
    with running(tmp_path_factory.mktemp("server"), **environ) as started:
        yield started


async def tokens(server: Server) -> dict[str, str]:
    """Fresh ones of ann's, and what became of an access token since: its time is over."""
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", trust_env=False, timeout=PATIENCE_S) as http:
        answer = await http.post("/auth/token", data={"username": "ann", "password": PASSWORD})
        said: dict[str, str] = answer.json()
        assert answer.json()["expiresIn"] <= 1
        async with asyncio.timeout(PATIENCE_S):
            headers = {"Authorization": f"Bearer {said['accessToken']}"}
            while (await http.get("/auth/me", headers=headers)).status_code == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    return said


def lasting(token: str) -> str:
    """The same, good for an hour: the socket that is opened with it is not closed before it has said its word."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, "exp": claims["exp"] + 3600}, SECRET, algorithm="HS256")


async def test_rest_says_expired_and_a_refresh_goes_on(server: Server) -> None:
    """401 both, told apart by the code."""
    said = await tokens(server)
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", trust_env=False, timeout=PATIENCE_S) as http:
        for token, code in ((said["accessToken"], "EXPIRED"), (BAD, "UNAUTHENTICATED")):
            for method, path in (("GET", "/account"), ("POST", "/orders"), ("POST", "/auth/logout")):
                answer = await http.request(method, path, headers={"Authorization": f"Bearer {token}"})
                assert (answer.status_code, answer.json()["error"]["code"]) == (401, code), path
                assert answer.headers["www-authenticate"] == "Bearer"
        renewed = await http.post("/auth/refresh", json={"refreshToken": said["refreshToken"]})
        assert renewed.status_code == 200


@pytest.mark.parametrize("way", ["handshake", "first message", "in band"])
async def test_native_socket_closes_with_its_own_code_for_expired(server: Server, way: str) -> None:
    """4003 come back, 4500 do not."""
    expired = (await tokens(server))["accessToken"]
    for token, code in ((expired, 4003), (BAD, 4500)):
        given = token if way == "handshake" else None
        if way == "in band":
            given = lasting(server.sign_in("ann").token)
        async with line(server.url, given, hello=way == "in band") as socket:
            if way != "handshake":
                with contextlib.suppress(ConnectionClosed):
                    await socket.say("auth", token=token)
            assert await socket.close_code() == code


async def test_open_socket_is_closed_with_it_too(server: Server) -> None:
    """Nobody renewed the token in time."""
    async with line(server.url, server.sign_in("ann").token, hello=False) as socket:
        assert await socket.close_code() == 4003


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_socketio_connect_error_says_which(server: Server, transport: str) -> None:
    """In its data: a page sees whether another token would do."""
    expired = (await tokens(server))["accessToken"]
    for token, code in ((expired, "EXPIRED"), (BAD, "UNAUTHENTICATED"), (None, "UNAUTHENTICATED")):
        async with caller(server.url, transport) as client:
            answer = await client.connect(token)
            assert answer["data"]["code"] == code


def test_used_refresh_token_is_used_after_a_restart_too(tmp_path: Path) -> None:
    """Three refreshes, a kill, and the first token again: it gets nothing, and the session is over for its owner as well."""
    with running(tmp_path) as server:
        with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=PATIENCE_S) as http:
            answer = http.post("/auth/token", data={"username": "ann", "password": PASSWORD})
            first = last = answer.json()
            for _ in range(3):
                last = http.post("/auth/refresh", json={"refreshToken": last["refreshToken"]}).json()
        server.kill()
        server.start()
        with httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=PATIENCE_S) as http:
            bearer = {"Authorization": f"Bearer {last['accessToken']}"}
            assert http.get("/auth/me", headers=bearer).status_code == 200
            for token in (first, last):
                refused = http.post("/auth/refresh", json={"refreshToken": token["refreshToken"]})
                assert (refused.status_code, refused.json()["error"]["code"]) == (401, "UNAUTHENTICATED")
            assert http.get("/auth/me", headers=bearer).status_code == 401
