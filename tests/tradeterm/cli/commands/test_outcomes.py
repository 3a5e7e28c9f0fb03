"""What becomes of an order command when the line breaks, the server fails, or the venue takes its time."""

from typing import Any

import pytest

from tests.exchange.virtual_time import run
from tradeterm.cli.commands import outcomes
from tradeterm.cli.commands.command_client import CommandClient
from tradeterm.cli.exit_codes import DONE, REFUSED, UNKNOWN
from tradeterm.client.errors import OutcomeUnknown, RequestRefused, Unreachable
from tradeterm.protocol.orders import AmendRequest, Order, OrderRequest

ASKED = OrderRequest.model_validate(
    {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "2", "price": "10.00", "clientOrderId": "c1"}
)
LOST = OutcomeUnknown("no answer came")
BROKEN = RequestRefused(500, "INTERNAL", "the server failed to answer")
BUSY = RequestRefused(429, "RATE_LIMITED", "too many commands a second")
STOPPING = RequestRefused(503, "STOPPING", "the server is stopping")
AWAY = RequestRefused(503, "BUSY", "the database does not answer")
MISSING = RequestRefused(404, "NOT_FOUND", "there is no open order of that id")


def an_order(status: str = "accepted", **more: Any) -> Order:
    about = {"id": "o1", "clientOrderId": "c1", "symbol": "BTC/USD", "side": "buy", "type": "limit", "price": "10.00"}
    numbers = {"quantity": "2", "filledQuantity": "0", "createdAt": "2026-01-05T12:00:00Z"}
    return Order.model_validate({**about, **numbers, "status": status, **more})


class ScriptedDesk(CommandClient):
    """Answers from lists; the last answer stays. It never opens a line."""

    def __init__(self, **answers: list[Order | Exception]) -> None:
        self.answers = answers
        self.ids: list[str | None] = []

    def _next(self, action: str) -> Order:
        answers = self.answers[action]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def place(self, request: OrderRequest) -> Order:
        self.ids.append(request.client_order_id)
        return self._next("placing")

    async def order(self, order_id: str) -> Order:
        return self._next("looking")

    async def cancel(self, order_id: str) -> Order:
        return self._next("cancelling")

    async def amend(self, order_id: str, **totals: Any) -> Order:
        return self._next("amending")


def test_a_lost_answer_is_asked_for_by_the_same_id() -> None:
    """Whether line or server failed, the same order is sent again until it is answered."""
    client = ScriptedDesk(placing=[LOST, Unreachable("down"), BUSY, STOPPING, BROKEN, an_order()])
    verdict = run(outcomes.place(client, ASKED))
    assert (verdict.code, verdict.order) == (DONE, an_order())
    assert client.ids == ["c1"] * 6


@pytest.mark.parametrize("first", [LOST, BROKEN])
def test_what_cannot_be_found_out_is_unknown(first: Exception) -> None:
    """With the id to ask for later."""
    verdict = run(outcomes.place(ScriptedDesk(placing=[first, Unreachable("down")]), ASKED))
    assert (verdict.code, verdict.order) == (UNKNOWN, None)
    assert "c1" in (verdict.sentence or "")


@pytest.mark.parametrize("refusal", [Unreachable("down"), BUSY, STOPPING, RequestRefused(422, "OFF_TICK", "off")])
def test_a_refusal_before_anything_was_taken_is_final(refusal: Exception) -> None:
    """It is raised, and nothing is sent twice."""
    client = ScriptedDesk(placing=[refusal])
    with pytest.raises(type(refusal)):
        run(outcomes.place(client, ASKED))
    assert len(client.ids) == 1


def test_a_database_that_comes_back_is_waited_for() -> None:
    """Nothing was done meanwhile; if it stays away, that is what is said."""
    assert run(outcomes.place(ScriptedDesk(placing=[AWAY, AWAY, an_order()]), ASKED)).code == DONE
    with pytest.raises(RequestRefused, match="database"):
        run(outcomes.place(ScriptedDesk(placing=[AWAY]), ASKED))
    assert run(outcomes.place(ScriptedDesk(placing=[LOST, AWAY]), ASKED)).code == UNKNOWN


def test_a_venue_that_takes_its_time_is_waited_for() -> None:
    """Also when looking fails in between."""
    client = ScriptedDesk(placing=[an_order("pending")], looking=[an_order("submitted"), LOST, an_order("accepted")])
    assert run(outcomes.place(client, ASKED)).code == DONE


def test_a_venue_that_never_answers_leaves_the_outcome_unknown() -> None:
    """The order as last seen is told."""
    client = ScriptedDesk(placing=[an_order("pending")], looking=[an_order("submitted")])
    verdict = run(outcomes.place(client, ASKED))
    assert (verdict.code, verdict.order) == (UNKNOWN, an_order("submitted"))


def test_what_cannot_rest_is_waited_for_to_its_end() -> None:
    """A market order that fills in parts is told when it is through."""
    first = an_order("partially_filled", type="market", price=None, filledQuantity="1")
    last = an_order("filled", type="market", price=None, filledQuantity="2")
    verdict = run(outcomes.place(ScriptedDesk(placing=[first], looking=[first, last]), ASKED))
    assert verdict.order == last


@pytest.mark.parametrize(
    ("order", "code", "words"),
    [
        (an_order("filled", filledQuantity="2"), DONE, None),
        (an_order("partially_filled", filledQuantity="1"), DONE, None),
        (an_order("cancelled", filledQuantity="1", rejectReason="IOC_REMAINDER"), DONE, "1 of 2 filled"),
        (an_order("cancelled", rejectReason="IOC_REMAINDER"), REFUSED, "nothing was filled: IOC_REMAINDER"),
        (an_order("expired"), REFUSED, "no reason was given"),
        (an_order("rejected", rejectedBy="venue", rejectText="too small"), REFUSED, "rejected by venue: too small"),
    ],
)
def test_an_ended_order_is_judged_by_what_it_did(order: Order, code: int, words: str | None) -> None:
    """What filled, if only in part, was done; what did nothing was refused."""
    verdict = outcomes.judge_new(order, "c1")
    assert verdict.code == code
    assert (verdict.sentence is None) if words is None else (words in (verdict.sentence or ""))


@pytest.mark.parametrize(
    ("client", "code"),
    [
        (ScriptedDesk(cancelling=[an_order("cancelled")]), DONE),
        (ScriptedDesk(cancelling=[an_order(pendingCancel=True)], looking=[an_order("cancelled")]), DONE),
        (ScriptedDesk(cancelling=[LOST, MISSING], looking=[an_order("cancelled")]), DONE),
        (ScriptedDesk(cancelling=[MISSING], looking=[an_order("filled")]), REFUSED),
        (ScriptedDesk(cancelling=[an_order(pendingCancel=True)], looking=[an_order()]), UNKNOWN),
        (ScriptedDesk(cancelling=[LOST]), UNKNOWN),
    ],
    ids=["at once", "later", "answer lost", "filled before", "never", "no answer"],
)
def test_a_cancel_is_done_when_the_order_has_ended_by_it(client: ScriptedDesk, code: int) -> None:
    """An order that ended otherwise refuses it; one that is open is not known."""
    assert run(outcomes.cancel(client, "o1")).code == code


def test_an_order_that_is_not_there_is_not_cancelled() -> None:
    """Nor is it waited for."""
    with pytest.raises(RequestRefused):
        run(outcomes.cancel(ScriptedDesk(cancelling=[MISSING], looking=[MISSING]), "o1"))


def test_a_cancel_that_was_taken_is_never_said_to_be_unsent() -> None:
    """The line went down after a cancel of all: not known, whatever the reason."""
    verdict = run(outcomes.cancel_asked(ScriptedDesk(cancelling=[Unreachable("down")]), "o1"))
    assert verdict.code == UNKNOWN


@pytest.mark.parametrize(
    ("client", "code"),
    [
        (ScriptedDesk(amending=[an_order(quantity="3")]), DONE),
        (ScriptedDesk(amending=[LOST, an_order(pendingReplace=True)], looking=[an_order(quantity="3")]), DONE),
        (ScriptedDesk(amending=[an_order()], looking=[an_order("filled")]), REFUSED),
        (ScriptedDesk(amending=[an_order()], looking=[an_order()]), UNKNOWN),
        (ScriptedDesk(amending=[LOST]), UNKNOWN),
    ],
    ids=["at once", "later", "filled before", "never", "no answer"],
)
def test_an_amend_is_done_when_the_order_has_the_new_totals(client: ScriptedDesk, code: int) -> None:
    """Not when it was only asked for."""
    assert run(outcomes.amend(client, "o1", AmendRequest.model_validate({"quantity": "3"}))).code == code
