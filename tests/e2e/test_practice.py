"""Practice: orders that take their time, and orders that are refused at random."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.servers import Server, Trader, running


def await_event(trader: Trader, name: str) -> dict[str, Any]:
    """The first event of that name in the journal; it is asked for again until it is there."""
    for _ in range(2_000):
        for event in trader.events():
            if event["event"] == name:
                return event
    raise AssertionError(f"{name} never came: {[event['event'] for event in trader.events()]}")


def test_latency_makes_an_order_wait_for_its_answer(tmp_path: Path) -> None:
    """201 comes with `submitted`; `accepted` follows as an event when the venue has answered."""
    with running(tmp_path, "--feed", "none", "--paper-latency-ms", "20,40,40") as server:
        ann = server.sign_in("ann")
        order = ann.order("buy", "0.01", "40000.00")
        assert order["status"] == "submitted"
        assert await_event(ann, "order:accepted")["data"]["order"]["id"] == order["id"]


def test_orders_underway_survive_kill_9(tmp_path: Path) -> None:
    """What was answered and never reached the venue reaches it after the restart."""
    with running(tmp_path, "--feed", "none", "--paper-latency-ms", "300") as server:
        order = server.sign_in("ann").order("buy", "0.01", "40000.00")
        server.kill()
        server.start()
        accepted = await_event(server.sign_in("ann"), "order:accepted")
        assert accepted["data"]["order"]["id"] == order["id"]


def test_random_rejects_are_the_venues(tmp_path: Path) -> None:
    """With a rate of 1 every order is refused, by the venue, and nothing stays reserved."""
    with running(tmp_path, "--feed", "none", "--paper-reject-rate", "1") as server:
        ann = server.sign_in("ann")
        order = ann.order("buy", "0.01", "40000.00")
        assert (order["status"], order["rejectReason"], order["rejectedBy"]) == (
            "rejected",
            "PRACTICE_REJECT",
            "venue",
        )
        assert ann.get("/account")["reserved"] == "0.00"


@pytest.mark.parametrize("text", ["soon", "5-1"])
def test_bad_latency_refuses_to_start(tmp_path: Path, text: str) -> None:
    """Exit 2 and one sentence."""
    done = Server(tmp_path).run("serve", "--port", "0", "--paper-latency-ms", text)
    assert done.returncode == 2
    assert "latency" in done.stderr
    assert done.stderr.count("\n") == 1
