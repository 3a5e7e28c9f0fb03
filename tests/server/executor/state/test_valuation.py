"""Two marks: what is shown uses the last trade, what decides uses it held within bid and ask."""

from dataclasses import replace
from decimal import Decimal

import orjson

from server.domain.commands import AmendOrder, CreateOco, Deposit, OrderTerms, SetLimits
from server.domain.risk import CoreSettings
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, go_long, opened, refused, state
from tradeterm.protocol.vocabulary import OrderType, Side

MARGIN = CoreSettings(paper_cash=Decimal(100_000), collar_pct=Decimal(0))


def stray(desk: Desk, price: str, bid: str, ask: str) -> None:
    """One print far off, and then the book as it was."""
    desk.trade_at(price)
    desk.flow("buy", "10000", bid)
    desk.flow("sell", "10000", ask)


def test_one_stray_print_liquidates_nobody() -> None:
    """Long 4,000 at 100, a print at 60 while 99.50 is bid: the level is taken at 99.50, the shown loss at 60."""
    desk = opened(MARGIN)
    go_long(desk, "4000", "100.0")
    stray(desk, "60.0", "99.5", "100.5")
    for _ in range(8):
        desk.beat()
    ann, margin = desk.account("ann"), desk.margin("ann")
    assert ann.held("BTC/USD") == 4_000
    assert margin.collateral == desk.core.ledger.valuation.collateral(ann) == ann.cash + 4_000 * Decimal("99.5")
    assert round(margin.level or 0, 6) == round(margin.collateral / (4_000 * Decimal("99.5") / 10), 6)
    assert margin.available == margin.collateral - margin.margin_used
    shown = orjson.loads(desk.core.ledger.figures(ann)[1])
    assert (shown["equity"], shown["unrealizedPnL"]) == ("-61040.00", "-160000.00")


def test_one_stray_print_ratchets_no_stop() -> None:
    """150 once, with 100.50 asked: a stop that trails by 2 comes to 98.50, and the next usual print sells nothing."""
    desk = opened()
    go_long(desk)
    desk.order("ann", "sell", "1", type="trailing_stop", trail_amount=Decimal(2), reduce_only=True)
    stray(desk, "150.0", "99.5", "100.5")
    desk.beat()
    assert desk.open_orders("ann")[0]["stopPrice"] == "98.50"
    desk.flow("buy", "1", "100.5")
    desk.beat()
    assert desk.account("ann").held("BTC/USD") == 1


def test_trailing_levels_move_four_times_a_second() -> None:
    """Between two looks nothing moves, whatever trades."""
    desk = opened()
    go_long(desk)
    desk.order("ann", "sell", "1", type="trailing_stop", trail_amount=Decimal(2), reduce_only=True)
    desk.beat()
    desk.trade_at("120.0")
    assert desk.open_orders("ann")[0]["stopPrice"] == "98.00"
    desk.beat()
    assert desk.open_orders("ann")[0]["stopPrice"] == "118.00"


def test_new_trailing_stop_starts_from_the_margin_mark() -> None:
    """A stray print just before it is placed does not count."""
    desk = opened()
    go_long(desk)
    stray(desk, "150.0", "99.5", "100.5")
    order = body(desk.order("ann", "sell", "1", type="trailing_stop", trail_amount=Decimal(2), reduce_only=True))
    assert order["stopPrice"] == "98.50"


def test_trailing_stop_that_a_stray_print_has_passed_is_refused() -> None:
    """It would sell at once for a price that nobody trades at; with the next print it is taken."""
    desk = opened()
    go_long(desk)
    stray(desk, "90.0", "99.5", "100.5")
    trail = {"type": "trailing_stop", "trail_amount": Decimal(2), "reduce_only": True}
    assert refused(desk.order("ann", "sell", "1", **trail)) == "STOP_WOULD_TRIGGER"  # type: ignore[arg-type]
    assert desk.account("ann").held("BTC/USD") == 1
    desk.order("bob", "sell", "0.1", "99.5")
    taken = body(desk.order("ann", "sell", "1", **trail))  # type: ignore[arg-type]
    assert (taken["status"], taken["stopPrice"]) == ("accepted", "97.50")


def test_margin_is_looked_at_when_only_the_book_moves() -> None:
    """Short at 100; bids rise without a trade: the mark is the bid, and the account is called."""
    desk = opened(MARGIN)
    desk.flow("buy", "4000", "100.0")
    desk.order("ann", "sell", "4000")
    desk.beat()
    desk.flow("buy", "10", "130.0")
    desk.flow("sell", "10000", "131.0")
    desk.beat()
    assert desk.account("ann").held("BTC/USD") > -4_000


def test_withdrawal_day_loss_and_limits_use_the_margin_mark() -> None:
    """A stray print makes nobody richer, poorer, or reduce-only."""
    desk = opened(replace(FREE, limits={"dayLossPct": Decimal(5), "orderNotionalPct": Decimal(1)}))
    desk.do(SetLimits("ann", {"orderNotionalPct": None}))
    go_long(desk, "1000", "100.0")
    desk.do(SetLimits("ann", {"orderNotionalPct": Decimal(1)}))
    stray(desk, "10.0", "99.5", "100.5")
    desk.beat()
    assert str(state(desk)) == "active"
    stray(desk, "5000.0", "99.5", "100.5")
    assert desk.do(Deposit("ann", Decimal(-2_000_000))).status == 409
    assert refused(desk.order("ann", "buy", "200", "90.0")) == "NOTIONAL_ABOVE_LIMIT"


def test_sell_that_trades_at_once_is_margined_at_the_bid() -> None:
    """60,000 offered at 1 where 100 is bid is a short of 6,000,000: refused on 100,000."""
    desk = opened(MARGIN)
    desk.trade_at("100.0")
    desk.flow("buy", "100000", "100.0")
    assert refused(desk.order("ann", "sell", "60000", "1.0")) == "INSUFFICIENT_FUNDS"
    assert refused(desk.order("ann", "sell", "60000")) == "INSUFFICIENT_FUNDS"
    assert body(desk.order("ann", "sell", "4900", "1.0"))["status"] == "filled"
    assert desk.margin("ann").available >= 0


def test_what_rests_of_such_a_sell_reserves_at_its_limit() -> None:
    """Once it rests it fetches its limit, and no more."""
    desk = opened(MARGIN)
    desk.trade_at("100.0")
    desk.flow("buy", "1", "100.0")
    desk.order("ann", "sell", "1001", "90.0")
    assert desk.account("ann").entries["BTC/USD"].sells == 90_000


def test_amend_of_a_sell_across_the_bid_is_margined_there() -> None:
    """A price far below the bid fetches the bid."""
    desk = opened(MARGIN)
    desk.trade_at("100.0")
    order = body(desk.order("ann", "sell", "10", "110.0"))
    desk.flow("buy", "100000", "100.0")
    answer = desk.do(AmendOrder("ann", order["id"], quantity=Decimal(60_000), price=Decimal(1)))
    assert (answer.status, answer.code) == (409, "INSUFFICIENT_FUNDS")


def test_linked_entries_reserve_their_dearer_leg_once() -> None:
    """One of the two can fill: margin and fee of the dearer are set aside, not of both."""
    desk = opened(MARGIN)
    desk.trade_at("100.0")
    low = OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(10), Decimal(90))
    high = OrderTerms("BTC/USD", Side.BUY, OrderType.STOP, Decimal(10), None, Decimal(110))
    desk.do(CreateOco("ann", low, high, "pair"))
    assert desk.margin("ann").reserved == Decimal(1_100) * (Decimal("0.2") + Decimal("0.0026"))
    desk.flow("sell", "1", "90.0")
    assert desk.margin("ann").reserved == Decimal(810) * (Decimal("0.2") + Decimal("0.0026"))


def test_linked_entries_of_two_sides_pay_one_fee() -> None:
    """A straddle binds the exposure of its dearer side, and the fee of one."""
    desk = opened(MARGIN)
    desk.trade_at("100.0")
    buy = OrderTerms("BTC/USD", Side.BUY, OrderType.STOP, Decimal(10), None, Decimal(110))
    sell = OrderTerms("BTC/USD", Side.SELL, OrderType.STOP, Decimal(10), None, Decimal(90))
    desk.do(CreateOco("ann", buy, sell, "pair"))
    assert desk.margin("ann").reserved == Decimal(1_100) * (Decimal("0.2") + Decimal("0.0026"))
