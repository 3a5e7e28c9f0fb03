"""Web pages of other origins: REST and Socket.IO let the listed ones in, and no page else; `/ws` is in test_sockets."""

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.servers import Server, running
from tests.eventually import PATIENCE_S

ORIGIN = "https://desk.example"
FOREIGN = ("https://evil.example", f"{ORIGIN}.evil.example", "http://desk.example", "null", "*", "")
ALLOWED = "access-control-allow-origin"
POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("origins"), "--allow-origin", ORIGIN) as started:
        yield started


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as client:
        yield client


def preflight(http: httpx.Client, path: str, origin: str) -> httpx.Response:
    """What a browser asks before a POST with a token and JSON."""
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    return http.options(path, headers={"Origin": origin, **wanted})


@pytest.mark.parametrize("path", ["/api/v1/orders", POLLING])
def test_listed_page_may_ask(http: httpx.Client, path: str) -> None:
    """The preflight allows method and headers, and names this one origin."""
    answer = preflight(http, path, ORIGIN)
    assert (answer.status_code, answer.headers[ALLOWED]) == (200, ORIGIN)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "content-type" in answer.headers["access-control-allow-headers"].lower()


def test_listed_page_reads_answers_and_errors(http: httpx.Client) -> None:
    """A refusal too, and how long to wait."""
    for path, status in (("/api/v1/account", 401), ("/api/v1/nothing", 404), (POLLING, 200)):
        answer = http.get(path, headers={"Origin": ORIGIN})
        assert (answer.status_code, answer.headers[ALLOWED]) == (status, ORIGIN)
    assert (
        "Retry-After"
        in http.get("/api/v1/account", headers={"Origin": ORIGIN}).headers["access-control-expose-headers"]
    )


@pytest.mark.parametrize("origin", FOREIGN)
def test_foreign_page_reads_nothing(http: httpx.Client, origin: str) -> None:
    """REST answers without leave to read it, Socket.IO not at all; neither preflight passes."""
    assert ALLOWED not in http.get("/api/v1/markets", headers={"Origin": origin}).headers
    for path in ("/api/v1/orders", POLLING):
        answer = preflight(http, path, origin)
        assert answer.status_code in (400, 403)
        assert ALLOWED not in answer.headers
    polled = http.get(POLLING, headers={"Origin": origin})
    assert (polled.status_code, polled.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert ALLOWED not in polled.headers
