"""An account's books: what its open orders bind, what it is worth, and what holds it."""

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.accounts import (
    GRAVEST_FIRST,
    NO_ENTRIES,
    SERVICE_ACCOUNTS,
    Account,
    Entries,
    available_of,
    cash_of,
    exposure,
    margin_of,
)
from server.domain.commands import OrderTerms
from server.domain.orders import Order, order_from
from server.domain.positions import Position
from tests.builders import START, market
from tradeterm.protocol.arithmetic import HIGHEST_RATIO, MONEY, ZERO
from tradeterm.protocol.vocabulary import OrderStatus, OrderType, Reason, Side, TradingState

D, BUY, SELL = Decimal, Side.BUY, Side.SELL
MARKS, MARKETS = {"BTC/USD": (D(100), D(99))}, {"BTC/USD": market(taker_fee=D("0.001"))}
NOW = D(5), MARKS.__getitem__, MARKETS  # what an account is valued with


def order(side: Side = BUY, quantity: str = "1", price: str = "100", name: str = "a", **more: Any) -> Order:
    terms = OrderTerms("BTC/USD", side, OrderType.LIMIT, D(quantity), D(price), client_order_id=name)
    made = order_from(terms, name, "ann", "", START)
    made.status, made.reserve_price = OrderStatus.ACCEPTED, D(price)
    for key, value in more.items():
        setattr(made, key, value)
    return made


def holding(quantity: str, price: str = "100") -> Account:
    account = Account("ann", cash=D(1_000))
    if D(quantity):
        position = Position("p", "ann", "BTC/USD", START, START)
        position.increase(D(quantity), D(price))
        account.positions["BTC/USD"] = position
    return account


def state(account: Account) -> TradingState:
    return account.trading_state


# ---------------------------------------------------------------- what holds it


def test_the_gravest_of_what_holds_an_account_is_what_it_says() -> None:
    """And when that is over, the next."""
    account = Account("ann")
    for reason in reversed(GRAVEST_FIRST):
        account.hold(reason)
        assert account.halt is reason
    for number, reason in enumerate(GRAVEST_FIRST, 1):
        assert account.trading_state is not TradingState.ACTIVE
        account.release(reason)
        assert account.halt is (GRAVEST_FIRST[number] if number < len(GRAVEST_FIRST) else None)
    assert account.trading_state is TradingState.ACTIVE


def test_what_holds_twice_ends_once() -> None:
    """And what does not hold it can end without a trace."""
    account = Account("ann")
    account.hold(Reason.KILL)
    account.hold(Reason.KILL)
    account.release(Reason.DAY_LOSS_LIMIT)
    assert state(account) is TradingState.HALTED
    account.release(Reason.KILL)
    assert state(account) is TradingState.ACTIVE


def test_accounts_of_the_house_are_known_by_their_names() -> None:
    assert all(Account(name).is_service for name in SERVICE_ACCOUNTS)
    assert not Account("ann").is_service


# ---------------------------------------------------------------- what orders bind


ORDERS = st.lists(
    st.tuples(st.sampled_from([BUY, SELL]), st.integers(1, 9), st.integers(1, 9), st.sampled_from([None, "p", "q"])),
    max_size=8,
)


@given(ORDERS)
def test_what_was_opened_and_dropped_leaves_nothing(rows: list[tuple[Side, int, int, str | None]]) -> None:
    """In whatever order, alone or in pairs; on the way it is what a sum over the open ones says."""
    account = Account("ann")
    orders = [
        order(side, str(size), str(price), str(number), oco_id=pair)
        for number, (side, size, price, pair) in enumerate(rows)
    ]
    for number, one in enumerate(orders, 1):
        account.open_order(one)
        assert _counted(account) == _sum(orders[:number])
    for number, one in enumerate(orders[::2], 1):
        account.drop(one, one.leaves)
        assert _counted(account) == _sum([*orders[1::2], *orders[::2][number:]])
    for one in orders:
        account.drop(one, one.leaves)
    assert (account.orders, account.entries, account.by_client_id, account.exits) == ({}, {}, {}, {})


def _counted(account: Account) -> tuple[Decimal, Decimal]:
    entries = account.entries.get("BTC/USD", Entries())
    return entries.buys, entries.sells


def _sum(orders: list[Order]) -> tuple[Decimal, Decimal]:
    """By side: alone each its value, of a pair the dearest leg."""
    sides = []
    for side in (BUY, SELL):
        values = [(one.oco_id, one.quantity * (one.price or ZERO)) for one in orders if one.side is side]
        pairs = {pair: max(value for other, value in values if other == pair) for pair, _ in values if pair}
        sides.append(sum((value for pair, value in values if pair is None), ZERO) + sum(pairs.values(), ZERO))
    return sides[0], sides[1]


def test_asking_what_an_order_would_bind_binds_nothing() -> None:
    """The account stays as it is, its pairs too."""
    account = Account("ann")
    account.open_order(order(name="a", oco_id="p"))
    more = account.with_open(order(price="300", name="b", oco_id="p"))
    assert more.entries["BTC/USD"].buys == 300
    assert account.entries["BTC/USD"].buys == 100
    assert set(account.orders) == {"a"}
    closing = account.with_open(order(SELL, name="c", closes_only=True, reserve_price=None))
    assert set(closing.exits["BTC/USD"]) == {"c"}
    assert account.exits == {}


def test_what_fills_is_given_back_bit_by_bit() -> None:
    account, one = Account("ann"), order(quantity="4")
    account.open_order(one)
    one.filled = D(1)
    account.give_back(one, D(1))
    assert account.entries["BTC/USD"].buys == 300
    account.reprice(one, D(50))
    assert account.entries["BTC/USD"].buys == 150
    account.drop(one, one.leaves)
    account.drop(one, one.leaves)
    assert account.entries == {}


def test_what_an_amend_on_its_way_binds_is_counted_until_it_is_answered() -> None:
    account, one = Account("ann"), order()
    account.open_order(one)
    account.set_aside(one, D(30))
    account.set_aside(one, D(30))
    assert account.entries["BTC/USD"].buys == 130
    account.drop(one, one.leaves)
    assert (account.entries, one.aside) == ({}, ZERO)


def test_an_order_is_an_exit_for_as_long_as_it_only_closes() -> None:
    account, one = Account("ann"), order(SELL, closes_only=True)
    account.open_order(one)
    account.sort(one, closes_only=False)
    assert account.exits == {}
    account.sort(one, closes_only=True)
    assert account.exits == {"BTC/USD": {"a": one}}


# ---------------------------------------------------------------- what it is worth


@pytest.mark.parametrize(
    ("held", "buys", "sells", "worst"),
    [
        ("1", "50", "0", 150),
        ("1", "0", "150", 100),
        ("1", "0", "350", 250),
        ("-1", "300", "0", 200),
        ("0", "7", "9", 9),
    ],
)
def test_exposure_is_the_largest_position_that_fills_can_lead_to(held: str, buys: str, sells: str, worst: int) -> None:
    assert exposure(D(held), D(100), Entries(D(buys), D(sells))) == worst
    assert exposure(D(held), D(100), None) == abs(D(held) * 100)


def test_a_margin_account_is_shown_at_the_last_trade_and_judged_at_the_margin_mark() -> None:
    """Bound is a fifth of what is held, reserved a fifth of what entries may add, with their fees."""
    account = holding("2", "90")
    account.open_order(order(quantity="3"))
    found = margin_of(account, *NOW, account.entries)
    assert (found.equity, found.unrealised) == (D(1_200), D(20))
    assert (found.collateral, found.exposure) == (D(1_198), D(198))
    assert (found.margin_used, found.reserved) == (D("39.6"), D(60) + D("0.3"))
    assert found.maintenance == D("19.8")
    assert found.available == D(1_198) - D("39.6") - D("60.3")
    assert found.level == D("60.505050505051")


def test_entries_alone_bind_too_and_nothing_can_be_lost_yet() -> None:
    account = holding("0")
    account.open_order(order(quantity="5"))
    found = margin_of(account, *NOW, account.entries)
    assert (found.reserved, found.margin_used, found.level) == (D("100.5"), ZERO, None)


def test_a_cash_account_sets_aside_what_it_buys_whole() -> None:
    """And what it holds lends nothing."""
    account = holding("2", "90")
    account.open_order(order(quantity="3"))
    account.open_order(order(SELL, name="b", reserve_price=None))
    found = cash_of(account, *NOW, account.entries)
    assert (found.equity, found.unrealised, found.collateral) == (D(1_200), D(20), D(1_198))
    assert (found.reserved, found.available, found.level) == (D("300.3"), D("699.7"), None)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_margin_level_is_a_number_beside_any_fortune(sign: int) -> None:
    """A crumb of a position beside more than can be divided by it: the highest that is told, and nothing raises."""
    with localcontext(MONEY):
        account = holding("0.00000000001", "1")
        account.cash = sign * D(10) ** 36
        assert margin_of(account, *NOW, {}).level == sign * HIGHEST_RATIO


def test_what_was_found_of_an_order_is_the_account_s_alone() -> None:
    """Its entries with an order are found before it has any; a pair that comes later is in nobody else's."""
    account, first = Account("ann"), order()
    account.open_order(first, NO_ENTRIES.with_order(first, first.leaves, first.reserve_price))
    account.open_order(order(name="b", oco_id="p"))
    assert set(account.entries["BTC/USD"].pairs or ()) == {"p"}
    assert not NO_ENTRIES.pairs


_amounts = st.decimals(-50, 50, places=4).filter(bool)
_values = st.decimals(0, 10_000, places=4)
_entries = st.builds(Entries, _values, _values, _values)


@given(
    st.decimals(-(10**6), 10**6, places=6),
    st.dictionaries(st.sampled_from(("BTC/USD", "DOGE/USD", "ETH/USD")), _amounts),
    st.dictionaries(st.sampled_from(("BTC/USD", "DOGE/USD", "ETH/USD")), _entries),
    st.decimals(1, 7, places=2),
)
def test_what_is_available_is_the_same_alone_and_in_the_margin(
    cash: Decimal, held: dict[str, Decimal], entries: dict[str, Entries], leverage: Decimal
) -> None:
    """An order is held against it alone; what is told has all sums."""
    account, markets = Account("ann", cash=cash), {}
    for symbol in ("BTC/USD", "DOGE/USD", "ETH/USD"):
        markets[symbol] = market(symbol, taker_fee=D("0.00075"))
    with localcontext(MONEY):
        for symbol, quantity in held.items():
            account.positions[symbol] = Position("p", "ann", symbol, START, START)
            account.positions[symbol].increase(quantity, D(100))
        margin = margin_of(account, leverage, lambda symbol: (D(100), D("99.5")), markets, entries)
        assert available_of(account, leverage, lambda symbol: D("99.5"), markets, entries) == margin.available
