"""Behind a trusted proxy each user is from their own address: over REST, on `/ws` and on Socket.IO."""

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.engines import caller
from tests.e2e.lines import line
from tests.e2e.servers import PASSWORD, Server, running
from tests.eventually import PATIENCE_S

HOME, OFFICE, STRANGER = "192.0.2.1", "192.0.2.2", "198.51.100.9"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, users=("ann",), TRADETERM_SERVER__TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8") as started:
        started.add_user("boss", "admin")
        yield started


def sign_in(server: Server, password: str, *route: str, by: str = "127.0.0.1") -> httpx.Response:
    transport = httpx.HTTPTransport(local_address=by)
    with httpx.Client(base_url=server.url, transport=transport, trust_env=False, timeout=PATIENCE_S) as http:
        form = {"username": "ann", "password": password}
        return http.post("/api/v1/auth/token", data=form, headers={"X-Forwarded-For": ", ".join(route)})


def test_guessing_is_held_back_where_it_comes_from(server: Server) -> None:
    """Through the same proxy the owner gets in; what the stranger writes into the header helps them nothing."""
    guesses = [sign_in(server, "wrong guess", f"203.0.113.{n}", STRANGER, "10.1.1.1").status_code for n in range(12)]
    assert guesses[:5] == [401] * 5
    assert 429 in guesses
    assert sign_in(server, PASSWORD, HOME).status_code == 200


def test_header_of_a_stranger_is_not_looked_at(server: Server) -> None:
    """An address that is no trusted proxy's, whatever it says it stands for."""
    guesses = [sign_in(server, "wrong guess", f"203.0.113.{n}", by="127.0.0.7").status_code for n in range(12)]
    assert guesses[:5] == [401] * 5
    assert 429 in guesses


@pytest.mark.parametrize("kind", ["native", "websocket", "polling"])
async def test_sockets_are_listed_with_their_own_address(server: Server, kind: str) -> None:
    """As an admin sees them, and the log."""
    ann, boss = server.sign_in("ann"), server.sign_in("boss")
    headers = {"X-Forwarded-For": OFFICE}
    if kind == "native":
        async with line(server.url, ann.token, headers=headers):
            assert OFFICE in {one["address"] for one in boss.items("/admin/sockets")}
    else:
        options = {"headers": headers} if kind == "polling" else {"additional_headers": headers}
        async with caller(server.url, kind, **options) as client:
            await client.connect(ann.token)
            assert OFFICE in {one["address"] for one in boss.items("/admin/sockets")}
