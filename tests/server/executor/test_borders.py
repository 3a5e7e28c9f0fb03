"""What comes in is bounded by what can be computed with it: refused where it comes in, whatever the state is."""

from datetime import timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from server.domain.capacity import places
from server.domain.commands import (
    AmendOrder,
    BracketLeg,
    CancelAll,
    ClosePosition,
    Command,
    CreateOco,
    CreateOrder,
    Deposit,
    OrderTerms,
    PreviewOrder,
    ResetAccount,
    ReversePosition,
    SetAlert,
    SetLimits,
    SetProtection,
)
from server.domain.risk import CoreSettings
from tests.builders import market
from tests.server.executor.rig import Rig, make
from tradeterm.protocol.arithmetic import MONEY, released_cost
from tradeterm.protocol.vocabulary import AlertCondition, OrderType, Side, TimeInForce

BIG = Decimal("999999999999999999.99999999")
FREE = CoreSettings(paper_cash=Decimal(1_000_000), collar_pct=Decimal(0), liquidation=False)


@pytest.fixture
def rig() -> Rig:
    """Two accounts on a market whose prices and sizes go on to the eighth decimal."""
    tiny = {"tick": Decimal("0.00000001"), "lot": Decimal("0.00000001"), "price_decimals": 8}
    rig = Rig(FREE, [market(), market("DOGE/USD", **tiny, start_price=Decimal("0.08"))])
    rig.open("ann", "bob")
    return rig


def leg(price: str, client_order_id: str | None = None) -> OrderTerms:
    return OrderTerms(
        *("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(price)), client_order_id=client_order_id
    )


# ---------------------------------------------------------------- pairs


def test_a_pair_with_one_client_order_id_is_refused(rig: Rig) -> None:
    """Two orders of one id cannot be told apart: 422, no order, no event."""
    answer = rig.do(CreateOco("ann", leg("90.0", "same"), leg("91.0", "same"), "fp"))
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    assert not rig.journal.rows.orders


@pytest.mark.parametrize("ids", [("one", None), (None, "two"), ("one", "two")])
def test_a_pair_sent_again_is_the_first_pair(rig: Rig, ids: tuple[str | None, str | None]) -> None:
    """With an id on both legs or on one: 201, then 200 with the same two orders, also after a restart."""
    command = CreateOco("ann", leg("80.0", ids[0]), leg("81.0", ids[1]), "fp")
    first = rig.do(command)
    again = rig.do(command)
    rig.restart()
    later = rig.do(command)
    assert [one.status for one in (first, again, later)] == [201, 200, 200]
    assert first.body == again.body == later.body
    assert rig.do(CreateOco("ann", leg("80.0", ids[0]), leg("82.0", ids[1]), "other")).code == "IDEMPOTENCY_CONFLICT"


def test_a_pair_with_one_known_id_names_the_id_that_was_used(rig: Rig) -> None:
    """The second leg's id belongs to another order, the first one's is new: the second is named, and nothing is made."""
    rig.do(CreateOco("ann", leg("80.0", "one"), leg("81.0", "two"), "fp"))
    before = len(rig.journal.rows.orders)
    answer = rig.do(CreateOco("ann", leg("80.0", "new"), leg("81.0", "two"), "other"))
    assert (answer.status, answer.message) == (409, "clientOrderId two was used for another order")
    assert len(rig.journal.rows.orders) == before


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("symbol", ["BTC/USD", "DOGE/USD"])
def test_numbers_that_cannot_be_multiplied_are_refused_before_they_are(rig: Rig, symbol: str) -> None:
    """26 digits times 26: order, preview and pair answer 422, whatever market and account are like."""
    terms = OrderTerms(symbol, Side.SELL, OrderType.LIMIT, BIG, BIG)
    small = OrderTerms(symbol, Side.SELL, OrderType.LIMIT, Decimal(1), Decimal("0.5"))
    for command in (
        make("ann", "sell", str(BIG), str(BIG), symbol=symbol),
        PreviewOrder("ann", terms),
        CreateOco("ann", small, terms, "fp"),
    ):
        answer = rig.do(command)
        assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    rig.order("ann", "buy", "1", "0.5", symbol=symbol)
    resting = next(iter(rig.core.ledger.accounts["ann"].orders))
    assert rig.do(AmendOrder("ann", resting, BIG, BIG)).code == "VALIDATION_FAILED"


def test_the_largest_numbers_of_a_market_can_be_computed_with(rig: Rig) -> None:
    """At the very bounds of price and size everything is computed exactly: fills, margins, marks, restarts."""
    for symbol, listed in rig.markets.items():
        price = listed.largest_price - listed.tick
        quantity = listed.largest_quantity - listed.lot
        for name in ("ann", "bob"):
            rig.do(Deposit(name, Decimal("0.123456789012")))
            for side in ("sell", "buy"):
                assert rig.order(name, side, str(quantity), str(price), symbol=symbol).status == 201
                assert rig.do(PreviewOrder(name, make(name, side, str(quantity), str(price), symbol=symbol).terms))
        rig.order("ann", "sell", str(listed.lot), str(price), symbol=symbol)
        assert rig.order("bob", "buy", str(listed.lot), str(price), symbol=symbol).status == 201
        rig.beat()
    rig.restart()
    rig.beat()
    assert rig.do(ClosePosition("ann", "BTC/USD")).status < 500


def test_money_comes_in_within_twelve_decimals_and_a_bound(rig: Rig) -> None:
    """Finer and larger amounts are refused in both directions; what was taken can be traded with."""
    for amount in ("0.000000000000000001", "-0.0000000000001", "999999999999999999.97", "-1000000000000001"):
        answer = rig.do(Deposit("ann", Decimal(amount)))
        assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    assert rig.do(Deposit("ann", Decimal("0.000000000001"))).status == 200
    assert rig.do(Deposit("ann", Decimal(999_999_999_999_999))).code == "VALIDATION_FAILED", (
        "all together are bounded too"
    )
    assert (
        rig.do(PreviewOrder("ann", make("ann", "sell", str(BIG), "99999.99999", symbol="DOGE/USD").terms)).status < 500
    )


def test_money_can_be_given_whatever_decimals_a_fee_has_left(rig: Rig) -> None:
    """A reset, and the insurance, bring in what fees of fine prices made of it, down to the twentieth decimal."""
    rig.settings.liquidation = True
    rig.flow("sell", "9", "0.08123457", symbol="DOGE/USD")
    rig.order("ann", "buy", "1.23456789", symbol="DOGE/USD")
    rig.do(ResetAccount("ann"))
    assert places(rig.core.ledger.accounts["ann"].deposits) > 12
    assert rig.do(Deposit("ann", Decimal(100))).status == 200
    rig.do(Deposit("bob", -Decimal("999999.999")))
    rig.order("bob", "buy", "0.04567891", symbol="DOGE/USD")
    rig.trade_at("0.00000001", "20", symbol="DOGE/USD")
    rig.flow("buy", "20", "0.00000001", symbol="DOGE/USD")
    for _ in range(3):
        rig.beat()
    bob = rig.core.ledger.accounts["bob"]
    assert (str(bob.halt), bob.cash) == ("LIQUIDATION", Decimal(0))
    assert rig.body(rig.do(Deposit("bob", Decimal(100))))["tradingState"] == "active"


def test_released_cost_is_exact_however_many_digits_its_product_has() -> None:
    """Cost times size may be longer than what is computed with; the rounded share of it is not."""
    quantity, closed = Decimal("777777777777777.77773"), Decimal("123456789012345.12343")
    cost = Decimal("1234567890123456789012345.123456789012")
    exact = Fraction(cost) * Fraction(closed) / Fraction(quantity)
    assert abs(Fraction(released_cost(quantity, cost, closed)) - exact) <= Fraction(1, 2 * 10**12)


def test_old_amounts_with_too_many_decimals_do_not_stop_trading(rig: Rig) -> None:
    """A database may hold amounts and limits from before they were bounded: everything is computed all the same."""
    account = rig.core.ledger.accounts["ann"]
    account.cash = account.deposits = account.day_start = Decimal("999999999999999999.123456789012345678")
    account.limits.update({"dayLossPct": Decimal("33.333333333333333333"), "leverage": Decimal(0)})
    rig.flow("sell", "5", "100.0")
    assert rig.order("ann", "buy", "1").status == 201
    rig.trade_at("99.0")
    rig.beat()
    assert rig.order("ann", "sell", "1", "101.0").status == 201


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    "limits",
    [
        {"leverage": 0},
        {"leverage": Decimal("0.5")},
        {"leverage": Decimal("0.000000000000000001")},
        {"leverage": 10**30},
        {"maxOpenOrders": 2**63},
        {"maxOpenOrders": Decimal("1.5")},
        {"maxOrderQuantity": 10**30},
        {"maxOrderNotional": Decimal(-1)},
        {"dayLossPct": Decimal("33.333333333333333333")},
        {"dayLossPct": 10**30},
        {"dayLossPct": 101},
        {"collarPct": 101},
        {"orderNotionalPct": 10**9},
        {"ordersPerSecond": 10**9},
        {"maxTrades": 1},
    ],
)
def test_limits_without_sense_are_refused(rig: Rig, limits: dict[str, Decimal | int | None]) -> None:
    """And none of them is kept, not the good ones beside them either."""
    answer = rig.do(SetLimits("ann", {"maxGrossExposure": 5, **limits}))
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    assert not rig.core.ledger.accounts["ann"].limits


def test_limits_are_written_without_an_exponent(rig: Rig) -> None:
    """However small or round they are, and whoever set them; in what is told of a refusal too."""
    rig.settings.limits["maxPositionNotional"] = Decimal("1E+6")  # as a settings file may write it
    small: dict[str, Decimal | int | None] = {"maxOrderQuantity": Decimal("0.00000001"), "maxOpenOrders": 5}
    answer = rig.do(SetLimits("ann", {**small, "ordersPerSecond": Decimal("1E-7")}))
    assert rig.body(answer)["limits"] == {
        "maxPositionNotional": "1000000",
        "maxOrderQuantity": "0.00000001",
        "maxOpenOrders": 5,
        "ordersPerSecond": "0.0000001",
    }
    rig.do(SetLimits("ann", {"maxOrderQuantity": None, "orderNotionalPct": Decimal("1E-7")}))
    told = [rig.body(rig.do(make("ann", "buy", "1", "50.0"), after=0))["rejectText"] for _ in range(2)]
    assert "E-" not in str(told)


@pytest.mark.parametrize(("limit", "used"), [("20", "5"), ("125", "0.8"), ("2", "50"), (None, "20")])
def test_an_account_has_the_leverage_that_it_is_told(rig: Rig, limit: str | None, used: str) -> None:
    """More than the server's too: what is shown is what is computed with."""
    rig.flow("sell", "1", "100.0")
    rig.order("ann", "buy", "1")
    rig.do(SetLimits("ann", {"leverage": None if limit is None else Decimal(limit)}))
    with localcontext(MONEY):
        assert rig.core.ledger.valuation.margin(rig.core.ledger.accounts["ann"]).margin_used == Decimal(used)


def test_zero_is_off_for_percentages_of_loss_and_collar_and_lets_nothing_through_elsewhere(rig: Rig) -> None:
    """What exactly 0 means, limit by limit."""
    rig.flow("sell", "50", "100.0")
    off: dict[str, Decimal | int | None] = {"dayLossPct": 0, "collarPct": 0}
    assert rig.do(SetLimits("ann", off)).status == 200
    assert rig.body(rig.order("ann", "buy", "1"))["status"] == "filled"
    rig.trade_at("1.0", "60")
    rig.beat()
    assert rig.core.ledger.accounts["ann"].trading_state == "active"
    for name in ("maxOrderQuantity", "maxOrderNotional", "maxOpenOrders", "ordersPerSecond", "orderNotionalPct"):
        rig.do(SetLimits("bob", {name: 0}))
        assert rig.body(rig.order("bob", "buy", "1", "50.0"))["status"] == "rejected", name
        rig.do(SetLimits("bob", {name: None}))


def test_half_an_order_a_second_is_one_in_two(rig: Rig) -> None:
    """A rate below one holds one order back for as long as it says, and lets it through then."""
    rig.do(SetLimits("ann", {"ordersPerSecond": Decimal("0.5")}))
    statuses = [rig.body(rig.do(make("ann", "buy", "1", "50.0"), after=wait))["status"] for wait in (1, 1, 1.1, 2.1)]
    assert statuses == ["accepted", "rejected", "accepted", "accepted"]


@pytest.mark.parametrize("hours", [-1, 1, 24 * 365])
def test_a_clock_that_is_set_changes_nothing_of_what_may_be_sent(rig: Rig, hours: int) -> None:
    """What lasts is measured by a clock that nobody sets."""
    rig.do(SetLimits("ann", {"ordersPerSecond": 2}))
    rig.order("ann", "buy", "1", "50.0")
    rig.clock.at += timedelta(hours=hours)
    statuses = [rig.body(rig.do(make("ann", "buy", "1", "50.0"), after=wait))["status"] for wait in (0, 0, 0.5)]
    assert statuses == ["accepted", "rejected", "accepted"]


def test_a_preview_uses_nothing_up(rig: Rig) -> None:
    """Four previews, and the order still has its place in the second."""
    rig.do(SetLimits("ann", {"ordersPerSecond": 2}))
    order = make("ann", "buy", "1", "50.0")
    for _ in range(4):
        assert rig.body(rig.do(PreviewOrder("ann", order.terms), after=0))["accepted"] is True
    assert rig.body(rig.do(order, after=0))["status"] == "accepted"


def test_what_the_book_does_not_give_a_market_order_rests_nowhere(rig: Rig) -> None:
    """A preview says 0 for what would expire, and the rest of a limit order that stays."""
    rig.flow("sell", "2", "100.0")
    told = [
        rig.body(rig.do(PreviewOrder("ann", make("ann", "buy", "5", price, time_in_force=tif).terms)))
        for price, tif in ((None, None), ("100.0", TimeInForce.IOC), ("100.0", None))
    ]
    assert [(one["filledQuantity"], one["restingQuantity"]) for one in told] == [("2", "0"), ("2", "0"), ("2", "3")]


# ---------------------------------------------------------------- times


def test_an_order_that_has_expired_already_is_refused(rig: Rig) -> None:
    """expireAt in the past, or now, is 422; the same order sent again later is still known."""
    for seconds in (-3600, 0):
        until = rig.clock.now() + timedelta(seconds=1 + seconds)
        answer = rig.order("ann", "buy", "1", "50.0", time_in_force=TimeInForce.GTD, expire_at=until)
        assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    gtd = {"time_in_force": TimeInForce.GTD, "expire_at": rig.clock.now() + timedelta(seconds=30)}
    command = make("ann", "buy", "1", "50.0", client_order_id="mine", **gtd)  # type: ignore[arg-type]
    assert rig.do(command).status == 201
    assert rig.do(command, after=60).status == 200


@pytest.mark.parametrize("symbol", ["NOPE/USD", "BTC-USD", "", "x" * 60_000], ids=["other", "spelt", "empty", "long"])
def test_cancel_all_in_a_market_that_is_none_is_refused(rig: Rig, symbol: str) -> None:
    """A slip of the pen must not look as if the orders were gone."""
    rig.order("ann", "buy", "1", "50.0")
    answer = rig.do(CancelAll("ann", symbol))
    assert (answer.status, answer.code) == (422, "UNKNOWN_SYMBOL")
    assert len(answer.message or "") < 200
    assert len(rig.core.ledger.accounts["ann"].orders) == 1


@pytest.mark.parametrize("symbol", ["", "B" * 60_000, "\x00\x1b[2J/USD", "\u202eDSU/CTB"])
def test_what_is_repeated_of_a_symbol_is_short_and_steers_nothing(rig: Rig, symbol: str) -> None:
    """Each command that names a market, with one that there is not."""
    exit_ = BracketLeg(Decimal(1))
    terms = OrderTerms(symbol, Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(1))
    commands: list[Command] = [
        ClosePosition("ann", symbol),
        ReversePosition("ann", symbol),
        SetProtection("ann", symbol, exit_, exit_),
        CancelAll("ann", symbol),
        SetAlert("ann", symbol, AlertCondition.ABOVE, Decimal(1)),
        CreateOrder("ann", terms, ""),
        PreviewOrder("ann", terms),
    ]
    for command in commands:
        answer = rig.do(command)
        assert answer.status in (404, 422)
        assert answer.message is not None
        assert len(answer.message) < 100
        assert answer.message.isprintable()
