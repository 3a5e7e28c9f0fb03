"""Intent without a widget: what becomes of an order that nobody answered."""

from datetime import timedelta
from decimal import Decimal

from tests.tradeterm.tui.desks import FakeDesk, order
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.desk.port import Done, Link, LinkState, Unknown
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.orders.in_flight import LOOK_UP_AFTER
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.safe_mode import REVIEW_HOLD


async def unanswered() -> tuple[FakeDesk, Trading]:
    """An order that was sent, and of which no answer came, long enough ago to be looked up."""
    desk = FakeDesk(answer=Unknown("No answer came."))
    trading = Trading(desk, desk.clock.clocks())
    trading.review_order(Draft("BTC/USD", Side.BUY, quantity="0.5"))
    desk.clock.advance(REVIEW_HOLD.total_seconds())
    thing = trading.confirm()
    assert thing is not None
    assert not isinstance(thing, str)
    await trading.send(thing)
    desk.clock.advance(LOOK_UP_AFTER / timedelta(seconds=1))
    return desk, trading


async def test_two_look_ups_that_find_nothing_prove_that_it_never_arrived() -> None:
    """One could have been too early."""
    desk, trading = await unanswered()
    assert await trading.reconcile() == []
    assert len(list(trading.outbox)) == 1
    (words,) = await trading.reconcile()
    assert words == "The BUY order of BTC/USD never reached the server: nothing was ordered."
    assert list(trading.outbox) == []
    assert len(desk.sent) == 1


async def test_an_order_that_is_found_speaks_for_itself() -> None:
    """From then on it is a row of the server's."""
    desk, trading = await unanswered()
    desk.looked_up = Done(order=order(1, Side.BUY, "0.5", "45000"))
    assert await trading.reconcile() == []
    assert list(trading.outbox) == []


async def test_what_could_not_be_asked_proves_nothing() -> None:
    """However often."""
    desk, trading = await unanswered()
    desk.looked_up = Unknown("the server cannot be reached")
    for _ in range(5):
        assert await trading.reconcile() == []
    assert len(list(trading.outbox)) == 1


async def test_without_a_link_nothing_is_looked_up() -> None:
    """It waits for the link."""
    desk, trading = await unanswered()
    desk.line = Link(LinkState.DOWN)
    await trading.reconcile()
    assert not any(name == "look up" for name, _ in desk.log)


async def test_a_young_doubt_is_not_looked_up() -> None:
    """While the request may still be under way, its absence proves nothing."""
    desk, trading = await unanswered()
    desk.clock.wall -= timedelta(seconds=5)
    await trading.reconcile()
    assert not any(name == "look up" for name, _ in desk.log)
    assert [sent.request.quantity for sent in trading.outbox] == [Decimal("0.5")]
