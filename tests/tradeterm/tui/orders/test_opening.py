"""What a ticket and a ladder open: sizes, prices, and why not."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import FakeDesk, account, order, position
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce, TradingState
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.opening import new_draft, order_at
from tradeterm.tui.orders.placing import Placing

D = Decimal


def trading_of(desk: FakeDesk) -> Trading:
    return Trading(desk, desk.clock.clocks())


def test_a_new_ticket_is_a_market_order_of_a_twentieth_of_equity() -> None:
    """A size that suits; a limit is a choice."""
    draft = new_draft(trading_of(FakeDesk()), "BTC/USD", Side.BUY)
    assert isinstance(draft, Draft)
    assert (draft.type, draft.quantity, draft.reduce_only) == (OrderType.MARKET, "0.11115", False)


@pytest.mark.parametrize(("state", "reduces"), [(TradingState.ACTIVE, False), (TradingState.REDUCING, True)])
def test_the_other_side_of_a_position_offers_all_of_it(state: TradingState, reduces: bool) -> None:
    """Where the account may only reduce, the ticket says so from the start."""
    money = account().model_copy(update={"trading_state": state})
    draft = new_draft(trading_of(FakeDesk(held=[position()], money=money)), "BTC/USD", Side.SELL)
    assert isinstance(draft, Draft)
    assert (draft.quantity, draft.reduce_only) == ("0.5", reduces)


def test_no_ticket_without_a_market() -> None:
    """And it says what is waited for."""
    desk = FakeDesk(market_list=[])
    assert "has not named its markets" in str(new_draft(trading_of(desk), "BTC/USD", Side.BUY))


@pytest.mark.parametrize(
    ("placing", "price", "post_only", "time_in_force"),
    [
        (Placing.BUY_HERE, D("45000.5"), False, TimeInForce.GTC),
        (Placing.JOIN_BID, D("45012.5"), True, TimeInForce.GTC),
        (Placing.JOIN_OFFER, D("45013.0"), True, TimeInForce.GTC),
        (Placing.TAKE_OFFER, D("45013.0"), False, TimeInForce.IOC),
        (Placing.HIT_BID, D("45012.5"), False, TimeInForce.IOC),
    ],
)
def test_a_limit_stands_at_the_price_that_is_meant(
    placing: Placing, price: Decimal, post_only: bool, time_in_force: TimeInForce
) -> None:
    """Here at the cursor, joined at the own side's best, taken at the other's and never resting."""
    request = order_at(trading_of(FakeDesk()), "BTC/USD", placing, D("45000.5"))
    assert isinstance(request, OrderRequest)
    assert (request.type, request.side, request.price) == (OrderType.LIMIT, placing.side, price)
    assert (bool(request.post_only), request.time_in_force) == (post_only, time_in_force)


@pytest.mark.parametrize(
    ("placing", "at", "held", "reduces"),
    [
        (Placing.BUY_STOP, "45100.5", "0", False),
        (Placing.SELL_STOP, "44900", "0", False),
        (Placing.SELL_STOP, "44900", "0.5", True),
        (Placing.SELL_STOP, "44900", "0.01", False),
        (Placing.BUY_STOP, "45100.5", "0.5", False),
    ],
)
def test_a_stop_waits_at_the_cursor(placing: Placing, at: str, held: str, reduces: bool) -> None:
    """What only gets out of a position reduces, so that it stays when entries are cancelled."""
    holding = [position(quantity=held)] if D(held) else []
    request = order_at(trading_of(FakeDesk(held=holding)), "BTC/USD", placing, D(at))
    assert isinstance(request, OrderRequest)
    assert (request.type, request.side, request.stop_price) == (OrderType.STOP, placing.side, D(at))
    assert (request.price, request.reduce_only, request.time_in_force) == (None, reduces, TimeInForce.GTC)


@pytest.mark.parametrize(
    ("placing", "at", "word"), [(Placing.BUY_STOP, "45000", "above"), (Placing.SELL_STOP, "45012.5", "below")]
)
def test_a_stop_on_the_wrong_side_of_the_market_is_none(placing: Placing, at: str, word: str) -> None:
    """It would go off at once."""
    assert f"{word} the last price, 45,012.50" in str(order_at(trading_of(FakeDesk()), "BTC/USD", placing, D(at)))


def test_a_stop_needs_a_last_price() -> None:
    """Nobody knows what it would wait for."""
    desk = FakeDesk()
    desk.tickers["BTC/USD"] = desk.tickers["BTC/USD"].model_copy(update={"last": None})
    assert "no last price" in str(order_at(trading_of(desk), "BTC/USD", Placing.BUY_STOP, D(45_100)))


def test_no_price_no_order() -> None:
    """A cursor that is nowhere, a market that nobody quotes."""
    desk = FakeDesk()
    desk.tickers.clear()
    assert "No price at the cursor" in str(order_at(trading_of(desk), "BTC/USD", Placing.SELL_HERE, None))
    assert order_at(trading_of(desk), "BTC/USD", Placing.HIT_BID, None) == "Nobody quotes BTC/USD now."


@pytest.mark.parametrize(("covered", "size"), [("0.5", None), ("0.45", "0.05"), ("0.1", "0.111")])
def test_a_stop_of_the_ladder_closes_what_other_stops_leave(covered: str, size: str | None) -> None:
    """Where those cover all of the position that is said before it is reviewed, for the server would refuse it."""
    stop = order(8, Side.SELL, covered, "44000").model_copy(
        update={"reduce_only": True, "type": OrderType.STOP, "price": None, "stop_price": D(44_000)}
    )
    trading = trading_of(FakeDesk(held=[position()], orders=[stop]))
    made = order_at(trading, "BTC/USD", Placing.SELL_HERE.as_stop, D(44_500))
    if size is None:
        assert str(made).startswith("The stop at 44,000.00 covers all of it: ")
    else:
        assert isinstance(made, OrderRequest)
        assert (made.reduce_only, made.quantity) == (True, D(size))
