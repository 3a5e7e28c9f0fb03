"""What goes out, and what becomes of an order that nobody answered."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import FakeDesk, in_the_middle, order
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.desk.port import Answer, DeskLink, DeskLinkState, Done, Refused, Unknown
from tradeterm.tui.orders.in_flight import LOOK_UP_AFTER
from tradeterm.tui.orders.sendable import Amend, CancelEntries, Close, CloseAll, Kill, Protect, Reverse, Sendable
from tradeterm.tui.orders.sending import Sender


def buy() -> OrderRequest:
    return OrderRequest(
        symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, quantity=Decimal("0.5"), client_order_id="mine"
    )


async def unanswered() -> tuple[FakeDesk, Sender]:
    """An order that was sent, and of which no answer came, long enough ago to be looked up."""
    desk = FakeDesk(answer=Unknown("No answer came."))
    sender = Sender(desk, desk.clock.clocks().now)
    sender.take(buy())
    assert isinstance(await sender.send(buy()), Unknown)
    desk.clock.advance(LOOK_UP_AFTER / timedelta(seconds=1))
    return desk, sender


async def test_two_look_ups_that_find_nothing_prove_that_it_never_arrived() -> None:
    """One could have been too early."""
    desk, sender = await unanswered()
    assert await sender.reconcile() == []
    assert len(list(sender.outbox)) == 1
    (words,) = await sender.reconcile()
    assert words == "The BUY order of BTC/USD never reached the server: nothing was ordered."
    assert list(sender.outbox) == []
    assert len(desk.sent) == 1


async def test_an_order_that_is_found_speaks_for_itself() -> None:
    """From then on it is a row of the server's."""
    desk, sender = await unanswered()
    desk.looked_up = Done(order=order(1, Side.BUY, "0.5", "45000"))
    assert await sender.reconcile() == []
    assert list(sender.outbox) == []


async def test_what_could_not_be_asked_proves_nothing() -> None:
    """However often."""
    desk, sender = await unanswered()
    desk.looked_up = Unknown("the server cannot be reached")
    for _ in range(5):
        assert await sender.reconcile() == []
    assert len(list(sender.outbox)) == 1


async def test_without_a_link_nothing_is_looked_up() -> None:
    """It waits for the link."""
    desk, sender = await unanswered()
    desk.line = DeskLink(DeskLinkState.DOWN)
    await sender.reconcile()
    assert not any(name == "look up" for name, _ in desk.log)


async def test_a_young_doubt_is_not_looked_up() -> None:
    """While the request may still be under way, its absence proves nothing."""
    desk, sender = await unanswered()
    desk.clock.wall -= timedelta(seconds=5)
    await sender.reconcile()
    assert not any(name == "look up" for name, _ in desk.log)
    assert [sent.request.quantity for sent in sender.outbox] == [Decimal("0.5")]


@pytest.mark.parametrize(
    ("thing", "asked"),
    [
        (Close("BTC/USD", "c"), ("close", "BTC/USD")),
        (CloseAll(), ("close all", None)),
        (Reverse("BTC/USD", "c"), ("reverse", "BTC/USD")),
        (CancelEntries(), ("cancel entries", None)),
        (CancelEntries("BTC/USD"), ("cancel entries", "BTC/USD")),
        (Kill(), ("kill", None)),
        (Protect("BTC/USD", Decimal(44_000), None), ("protect", ("BTC/USD", Decimal(44_000), None))),
    ],
)
async def test_each_thing_is_one_command_and_no_order_is_awaited(thing: Sendable, asked: tuple[str, object]) -> None:
    """Their events tell what came of them."""
    desk = FakeDesk()
    sender = Sender(desk, desk.clock.clocks().now)
    sender.take(thing)
    assert isinstance(await sender.send(thing), Done)
    assert desk.log == [asked]
    assert list(sender.outbox) == []


async def test_what_waits_is_amended_by_its_trigger() -> None:
    """A price would be another thing."""
    desk = in_the_middle()
    stop, sender = desk.orders[-1], Sender(desk, desk.clock.clocks().now)
    await sender.send(Amend(stop, Decimal(44_001)))
    assert desk.log == [("amend", (stop.id, Decimal(44_001), None))]


@pytest.mark.parametrize("answer", [Done(), Refused("not enough margin")])
async def test_an_answer_ends_the_waiting(answer: Answer) -> None:
    """From then on the server's events speak."""
    desk = FakeDesk(answer=answer)
    sender = Sender(desk, desk.clock.clocks().now)
    sender.take(buy())
    assert [sent.request.client_order_id for sent in sender.outbox] == ["mine"]
    assert await sender.send(buy()) == answer
    assert list(sender.outbox) == []


async def test_a_cancel_names_the_order() -> None:
    """By the server's id."""
    desk = in_the_middle()
    await Sender(desk, desk.clock.clocks().now).cancel(desk.orders[0])
    assert desk.log == [("cancel", desk.orders[0].id)]
