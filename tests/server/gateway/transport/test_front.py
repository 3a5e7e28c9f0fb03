"""By which names the server may be called, and what every answer carries."""

import asyncio
import re
from itertools import product

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.gateway.transport.front import Front, is_ours
from tests.eventually import PATIENCE_S
from tests.server.gateway.rest.rig import Rig, refusal
from tests.server.gateway.served import served

OURS = ["127.0.0.1", "127.0.0.1:8787", "[::1]:8787", "::1", "localhost:1", "LOCALHOST.", "a.localhost", "desk", "x", "desk.example", "Desk.Example:443", "192.0.2.7:80"]  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "DELETE", "TRACE")
NOT_OURS = ["evil.example", "evil.example:8787", "desk.example.evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "1.2.3", "[::1].evil.example"]  # fmt: skip


@pytest.mark.parametrize("host", OURS)
def test_addresses_plain_names_and_named_hosts_are_ours(host: str) -> None:
    """Nobody can make these point here who is not trusted with the network anyway."""
    assert is_ours(host, {"desk.example"})


@pytest.mark.parametrize("host", NOT_OURS)
def test_a_name_that_somebody_else_owns_is_not_ours(host: str) -> None:
    """A page can make its own name point to this machine, and would be let in as if it came from here."""
    assert not is_ours(host, {"desk.example"})


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/markets", "/docs", "/socket.io/?EIO=4&transport=polling"])
async def test_a_request_under_another_name_is_misdirected(path: str) -> None:
    """421 in the shape of errors, on every route and kind of socket."""
    async with (
        served(Rig()) as server,
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as http,
    ):
        answer = await http.get(path, headers={"Host": "evil.example"})
        assert refusal(answer) == (421, "FORBIDDEN")
        for kind in ("/ws", "/socket.io/?EIO=4&transport=websocket"):
            address = f"ws{server.url.removeprefix('http')}{kind}"
            with pytest.raises(InvalidStatus) as refused:
                await connect(address, additional_headers={"Host": "evil.example"}, proxy=None)
            assert refused.value.response.status_code in (400, 421)


async def test_what_is_private_stays_out_of_caches_and_is_taken_for_what_it_says() -> None:
    """Answers and refusals alike, of every route and method, with sign-in and without."""
    rig = Rig()
    token = (await rig.grant("root")).access_token
    documents = {"/docs", "/openapi.json", "/asyncapi.json"}
    paths = {re.sub(r"{\w+}", "BTC-USD", route.path) for route in rig.routes()}
    paths |= {"/api/v1/nowhere", "/socket.io/?EIO=4&transport=polling", "/ws"}
    async with (
        served(rig) as server,
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as http,
    ):
        for path, method, authorization in product(sorted(paths), METHODS, ({}, {"Authorization": f"Bearer {token}"})):
            answer = await http.request(method, path, headers=authorization, content=b"{" if method == "POST" else b"")
            said, asked = answer.headers, (method, path, answer.status_code)
            assert path in documents or said["cache-control"] == "no-store", asked
            assert said["x-content-type-options"] == "nosniff", asked
            assert said["content-security-policy"].startswith("default-src 'none'"), asked
            assert "frame-ancestors 'none'" in said["content-security-policy"], asked
            assert said["referrer-policy"] == "no-referrer", asked
            assert "strict-transport-security" not in said, asked


async def test_a_request_that_the_end_of_the_server_breaks_off_is_answered() -> None:
    """In the shape of errors, and as unknown: it may have been carried out."""
    sent: list[dict[str, object]] = []

    async def never(scope: object, receive: object, send: object) -> None:
        await asyncio.Event().wait()

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    task = asyncio.create_task(Front(never)({"type": "http", "headers": []}, receive, send))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sent[0]["status"] == 503
    assert b'"code":"OUTCOME_UNKNOWN"' in bytes(sent[1]["body"])  # type: ignore[call-overload]


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br, identity", "x"])
@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v1/auth/token", "/socket.io/?EIO=4&transport=polling&sid=a"])
async def test_a_packed_body_is_415(path: str, coding: str) -> None:
    """Whatever it holds: nothing here unpacks."""
    async with (
        served(Rig()) as server,
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as http,
    ):
        answer = await http.post(path, content=b"{}", headers={"Content-Encoding": coding})
        assert refusal(answer) == (415, "MALFORMED")
        assert answer.headers["accept-encoding"] == "identity"
        plain = await http.post(path, content=b"{}", headers={"Content-Encoding": "identity"})
        assert plain.status_code != 415
