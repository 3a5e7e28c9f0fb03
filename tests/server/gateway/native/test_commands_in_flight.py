"""Commands on a socket: carried out without a task each, answered by their id, whatever comes of them."""

import asyncio
from typing import Any

import pytest

from server.domain.commands import CreateOrder
from server.gateway.native.commands_in_flight import COMMANDS_IN_FLIGHT
from server.ports import Answer, Busy, DatabaseAway, OutcomeUnknown, Stopping
from tests.server.gateway.rest.rig import RecordingOrders
from tests.server.gateway.rig import GatewayRig, Message

PLAIN = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "0.01"}


class Desk:
    """One signed-in socket, and the inbox behind it."""

    def __init__(self) -> None:
        self.rig, self.orders = GatewayRig(), RecordingOrders()
        self.rig.orders = self.orders
        self.peer, self.wire = self.rig.connect()

    async def ask(self, op: str, data: dict[str, Any], **more: Any) -> list[Message]:
        """One command, and what was said once nothing is left to do."""
        self.rig.say(self.peer, op, id=7, data=data, **more)
        for _ in range(3):
            await asyncio.sleep(0)
        return self.wire.said()


OUTCOMES = {
    "refused": (Answer(422, code="VALIDATION_FAILED", message="no"), None, None, "VALIDATION_FAILED", None),
    "busy": (None, Busy(), None, "RATE_LIMITED", 1000),
    "stopping": (None, Stopping(), None, "STOPPING", 1000),
    "away": (None, DatabaseAway(), None, "BUSY", 1000),
    "unknown": (None, None, OutcomeUnknown(), "OUTCOME_UNKNOWN", 1000),
    "stopped meanwhile": (None, None, Stopping(), "STOPPING", 1000),
    "a fault meanwhile": (None, None, ZeroDivisionError(), "INTERNAL", None),
}


@pytest.mark.parametrize(("answer", "failure", "late", "code", "retry_ms"), OUTCOMES.values(), ids=OUTCOMES.keys())
async def test_what_came_of_a_command_is_told_under_its_id(
    answer: Answer | None, failure: Exception | None, late: Exception | None, code: str, retry_ms: int | None
) -> None:
    desk = Desk()
    desk.orders.answer, desk.orders.failure, desk.orders.late_failure = answer or desk.orders.answer, failure, late
    (said,) = await desk.ask("order.create", PLAIN)
    assert (said["op"], said["id"], said["code"], said.get("retryMs")) == ("error", 7, code, retry_ms)
    desk.orders.failure = desk.orders.late_failure = None
    desk.orders.answer = Answer(201, b'{"id":"o-1"}', 3)
    assert await desk.ask("order.create", PLAIN) == [
        {"op": "result", "id": 7, "ok": True, "data": {"order": {"id": "o-1"}}, "seq": 3}
    ]


async def test_a_plain_order_and_one_that_is_written_otherwise_are_the_same_command() -> None:
    """The models read what the shortcut leaves to them: a default that is said."""
    desk = Desk()
    await desk.ask("order.create", {**PLAIN, "clientOrderId": "a"})
    await desk.ask("order.create", {**PLAIN, "clientOrderId": "a", "takeProfit": None})
    first, second = desk.orders.submitted
    assert isinstance(first, CreateOrder)
    assert first == second


async def test_what_became_of_an_order_is_asked_of_history_and_a_database_that_is_away_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    desk.orders.answer = Answer(404, code="NOT_FOUND", message="no such order")
    monkeypatch.setattr(desk.rig.journal, "order", lambda account, order_id: b'{"status":"filled"}')
    (said,) = await desk.ask("order.cancel", {"id": "o-1"})
    assert (said["code"], said["details"]) == ("CONFLICT", {"status": "filled"})

    def away(account: str, order_id: str) -> bytes:
        raise DatabaseAway

    monkeypatch.setattr(desk.rig.journal, "order", away)
    (said,) = await desk.ask("order.cancel", {"id": "o-1"})
    assert said["code"] == "BUSY"


async def test_no_more_than_so_many_are_under_way_at_once_and_each_answer_makes_room() -> None:
    desk = Desk()
    for number in range(COMMANDS_IN_FLIGHT + 1):
        desk.rig.say(desk.peer, "order.create", id=number, data=PLAIN)
    assert [one["code"] for one in desk.wire.said()] == ["RATE_LIMITED"]
    await asyncio.sleep(0)
    assert len(desk.wire.said()) == COMMANDS_IN_FLIGHT
    assert (await desk.ask("order.create", PLAIN))[0]["op"] == "result"
