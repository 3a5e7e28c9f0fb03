"""What a watcher is told without a sign-in: that the server lives, whether it is ready, and why it is not."""

from dataclasses import replace

import httpx
import pytest

from server.gateway.rest.app import build_api
from server.ports import Behind
from tests.server.gateway.rest.rig import Rig


def watcher(rig: Rig) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(rig.app), base_url="http://desk", trust_env=False)


async def test_who_asks_is_told_whose_money_it_is(rig: Rig) -> None:
    async with watcher(rig) as http:
        said = (await http.get("/healthz")).json()
    services = rig.services
    assert said == {
        "status": "ok",
        "app": "tradeterm",
        "venue": services.venue,
        "feed": services.feed,
        "mode": services.mode,
    }


@pytest.mark.parametrize(
    ("is_ready", "reason", "status"),
    [(True, None, 200), (False, None, 503), (True, "the tables are far behind", 503)],
)
async def test_ready_is_who_takes_orders_and_keeps_up(
    rig: Rig, is_ready: bool, reason: str | None, status: int
) -> None:
    """How far the tables are behind is told in every case, and the reason where it is too far."""
    behind = Behind(3, 2_000, 0.12345)
    rig.services = replace(rig.services, behind=lambda: behind, overdue=lambda: reason, is_ready=lambda: is_ready)
    rig.app = build_api(rig.services)
    async with watcher(rig) as http:
        answer = await http.get("/readyz")
    said = answer.json()
    assert (answer.status_code, said["status"]) == (status, "ready" if status == 200 else "unavailable")
    assert said["behind"] == {"commits": 3, "bytes": 2_000, "seconds": 0.123}
    assert said.get("reason") == reason


async def test_the_counters_are_text_that_scrapers_read(rig: Rig) -> None:
    async with watcher(rig) as http:
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"# TYPE " in answer.content
