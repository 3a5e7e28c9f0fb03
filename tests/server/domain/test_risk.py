"""What is refused before an order may reach a venue, and what each refusal says."""

from decimal import Decimal
from typing import Any

import pytest

from server.domain.accounts import Account, Margin
from server.domain.commands import BracketLeg, OrderTerms
from server.domain.orders import Order, order_from
from server.domain.risk import (
    CoreSettings,
    Denial,
    cash_denial,
    collar_denial,
    entry_price,
    funds_denial,
    passed_leg_denial,
    price_denial,
    terms_denial,
    trail_level,
    uncovered_denial,
)
from tests.builders import START, market
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import ErrorCode, OrderStatus, OrderType, Reason, Side

D, BUY, SELL = Decimal, Side.BUY, Side.SELL
MARKET = market(min_quantity=D("0.01"), min_notional=D(10))


def terms(side: Side = BUY, quantity: str = "1", price: str | None = "100", **more: Any) -> OrderTerms:
    kind = more.pop("type", OrderType.LIMIT if price else OrderType.MARKET)
    return OrderTerms("BTC/USD", side, kind, D(quantity), D(price) if price else None, **more)


def order(side: Side = BUY, quantity: str = "1", price: str | None = "100", **more: Any) -> Order:
    made = order_from(terms(side, quantity, price, **more), "id", "ann", "", START)
    made.status = OrderStatus.ACCEPTED
    return made


def code(denial: Denial | None) -> ErrorCode | Reason | None:
    return None if denial is None else denial.code or denial.reason


def test_a_limit_of_the_account_stands_before_the_server_s_and_may_be_none() -> None:
    """What it has none of its own for is the server's."""
    settings, account = CoreSettings(limits={"maxOpenOrders": 5, "ordersPerSecond": 2}), Account("ann")
    assert settings.limits_of(account) == settings.limits
    account.limits = {"ordersPerSecond": None, "maxOrderQuantity": D(1)}
    assert settings.limits_of(account) == {"maxOpenOrders": 5, "ordersPerSecond": None, "maxOrderQuantity": D(1)}


# ---------------------------------------------------------------- whatever the state is


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        (terms(), None),
        (terms(price="100.25"), ErrorCode.OFF_TICK),
        (terms(quantity="1.000001"), ErrorCode.OFF_LOT),
        (terms(quantity="0.00999"), ErrorCode.BELOW_MINIMUM),
        (terms(quantity="0.05"), ErrorCode.BELOW_MINIMUM),  # its value is
        (terms(quantity="0.05", reduce_only=True), None),  # a position may always be closed
        (terms(price="1" + "0" * 17), ErrorCode.VALIDATION_FAILED),
        (terms(quantity="1" + "0" * 17), ErrorCode.VALIDATION_FAILED),
        (terms(price=None, stop_price=D("100.3"), type=OrderType.STOP), ErrorCode.OFF_TICK),
        (terms(stop_loss=BracketLeg(D(90), D("89.9"))), ErrorCode.OFF_TICK),
    ],
)
def test_terms_are_held_against_the_market(asked: OrderTerms, refused: ErrorCode | None) -> None:
    """Every price that an order names, its size, and what both are worth."""
    assert code(terms_denial(asked, MARKET, CoreSettings())) == refused


def test_a_tape_without_minimums_takes_crumbs() -> None:
    assert terms_denial(terms(quantity="0.00001"), MARKET, CoreSettings(enforce_minimums=False)) is None


def test_a_market_that_there_is_not_is_named_fit_to_be_read() -> None:
    """Its name is a stranger's text."""
    denial = terms_denial(terms(), None, CoreSettings())
    assert code(denial) == ErrorCode.UNKNOWN_SYMBOL
    assert "\x1b" not in Denial.no_market("\x1b[2J").text
    assert (Denial.no_position("X").code, Denial.conflict("c-1").code) == ("NOT_FOUND", "IDEMPOTENCY_CONFLICT")


def test_a_price_off_the_tick_is_told_its_neighbours() -> None:
    denial = price_denial("price", D("100.25"), MARKET)
    assert denial is not None
    assert denial.text.endswith("100.00 and 100.50 are on it")


@pytest.mark.parametrize(
    ("side", "target", "stop", "is_good"),
    [
        (BUY, "110", "90", True),
        (BUY, "90", "80", False),
        (BUY, None, "110", False),
        (SELL, "90", "110", True),
        (SELL, "110", None, False),
        (BUY, None, "100", False),
        (SELL, "100", None, False),
    ],
)
def test_a_bracket_takes_profit_beyond_the_entry_and_stops_before_it(
    side: Side, target: str | None, stop: str | None, is_good: bool
) -> None:
    """Also against the price at which an order without one would trade; what is there already is passed by its fill."""
    legs: dict[str, Any] = {
        "take_profit": target and BracketLeg(D(target)),
        "stop_loss": stop and BracketLeg(D(stop)),
    }
    assert (terms_denial(terms(side, **legs), MARKET, CoreSettings()) is None) is is_good
    assert (passed_leg_denial(terms(side, price=None, **legs), D(100)) is None) is is_good
    assert passed_leg_denial(terms(side, price=None, **legs), None) is None


# ---------------------------------------------------------------- against the market


@pytest.mark.parametrize(
    ("side", "price", "denied"),
    [(BUY, "105", False), (BUY, "105.5", True), (BUY, "1", False), (SELL, "95", False), (SELL, "94.5", True)],
)
def test_a_collar_binds_the_aggressive_side_alone(side: Side, price: str, denied: bool) -> None:
    """5 % past the reference; 0 is no collar, and nothing is held against a market that has not traded."""
    one = order(side, price=price)
    assert (code(collar_denial(one, MARKET, D(100), D(5))) == Reason.PRICE_OUTSIDE_COLLAR) is denied
    assert collar_denial(one, MARKET, D(100), ZERO) is None
    assert collar_denial(one, MARKET, None, D(5)) is None
    assert collar_denial(order(side, price=None), MARKET, D(100), D(5)) is None


@pytest.mark.parametrize(
    ("side", "price", "settings", "expected"),
    [
        (BUY, "100", {}, ("100", None)),
        (SELL, "90", {}, ("99", None)),  # it fetches the bid, however low its limit
        (SELL, "100", {}, ("100", None)),
        (BUY, None, {}, ("102.0", "102.0")),  # 1 % past the offer, on the tick
        (SELL, None, {}, ("99", "98.5")),
        (BUY, None, {"collar_pct": ZERO}, ("105", None)),  # the last level that it needs
        (BUY, None, {"collar_pct": ZERO, "cash_account": True}, ("105", "105")),
    ],
)
def test_an_entry_reserves_at_what_it_may_cost(
    side: Side, price: str | None, settings: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    best = D(101) if side is BUY else D(99)
    found = entry_price(order(side, price=price), MARKET, best, D(105), CoreSettings(**settings))
    assert found == tuple(None if one is None else D(one) for one in expected)


def test_with_nobody_to_trade_with_a_market_order_costs_next_to_nothing() -> None:
    """One who comes while it is on its way would trade at a price that nothing was set aside for: a buy pays one tick."""
    assert entry_price(order(price=None), MARKET, None, None, CoreSettings()) == (MARKET.tick, MARKET.tick)
    assert entry_price(order(SELL, price=None), MARKET, None, None, CoreSettings()) == (ZERO, None)
    free = CoreSettings(collar_pct=ZERO)
    assert entry_price(order(price=None), MARKET, D(101), None, free) == (D(101), None)


# ---------------------------------------------------------------- a stop that trails


@pytest.mark.parametrize(("how", "level"), [({"trail_amount": D(5)}, "105"), ({"trail_percent": D(10)}, "99.0")])
def test_a_trailing_stop_follows_and_never_loosens(how: dict[str, Any], level: str) -> None:
    """A sell's level is below the highest price that there was."""
    one = order(SELL, price=None, type=OrderType.TRAILING_STOP, **how)
    one.peak, one.stop_price = D(100), D(90)
    assert trail_level(one, D(110), MARKET) == D(level)
    assert trail_level(one, D(100), MARKET) is None
    assert trail_level(one, D(95), MARKET) is None
    one.peak, one.stop_price = D(100), D("109.5")
    assert trail_level(one, D(101), MARKET) is None


def test_a_buy_s_trailing_stop_is_above_the_lowest() -> None:
    """Rounded to where it is the later one."""
    one = order(price=None, type=OrderType.TRAILING_STOP, trail_percent=D(1))
    assert trail_level(one, D("90.5"), MARKET) == D("91.5")


# ---------------------------------------------------------------- against the account


def margin(used: str = "0", reserved: str = "0", available: str = "50") -> Margin:
    return Margin(ZERO, ZERO, ZERO, ZERO, D(used), D(reserved), ZERO, D(available))


@pytest.mark.parametrize(
    ("reserved", "fees", "denied"), [("10", "0", True), ("10", "10", False), ("0", "0", False), ("-5", "0", False)]
)
def test_an_order_that_binds_no_more_is_never_refused_for_funds(reserved: str, fees: str, denied: bool) -> None:
    """What falls due as a fee anyway does not count as more."""
    found = funds_denial(order(), margin(), margin(reserved=reserved), D(fees), "USD")
    assert (code(found) == Reason.INSUFFICIENT_FUNDS) is denied
    assert found is None or found.text.endswith("needs 10.00 USD of margin and fees, 50.00 is available")


def test_a_cash_account_pays_out_of_its_cash_and_sells_what_it_has() -> None:
    assert code(cash_denial(margin(), margin(reserved="51"), "USD")) == Reason.INSUFFICIENT_FUNDS
    assert cash_denial(margin(reserved="51"), margin(reserved="51"), "USD") is None
    assert uncovered_denial(order(SELL, "2"), D(2)) is None
    denial = uncovered_denial(order(SELL, "2"), D(-1))
    assert denial is not None
    assert denial.text == "sells 2 BTC/USD, 0 is held and free"


def test_the_usual_leverage_is_none_where_entries_are_paid_in_full() -> None:
    """A cash account borrows nothing, whatever margin accounts may."""
    assert CoreSettings(leverage=D(3)).usual_leverage == 3
    assert CoreSettings(leverage=D(3), cash_account=True).usual_leverage == 1
