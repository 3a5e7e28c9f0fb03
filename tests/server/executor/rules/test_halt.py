"""What an account may do while it reduces or is halted, and what ends that: no way round."""

from dataclasses import replace
from decimal import Decimal

import pytest

from server.domain.commands import (
    AmendOrder,
    BracketLeg,
    CancelOrder,
    ClosePosition,
    Deposit,
    Kill,
    OrderTerms,
    PreviewOrder,
    ResetAccount,
    Resume,
    ReversePosition,
    SetLimits,
    SetProtection,
)
from tests.builders import Desk
from tests.server.executor.desks import FREE, body, go_long, opened, refused, state
from tradeterm.protocol.vocabulary import OrderType, Side

LOSS = replace(FREE, limits={"dayLossPct": Decimal(5)})


def reducing(quantity: str = "1") -> Desk:
    """ann is long and has lost more than her day allows."""
    desk = opened(LOSS)
    desk.beat()
    go_long(desk, quantity, "100.0")
    desk.do(Deposit("ann", 100 - desk.account("ann").cash - Decimal(quantity) * 100))
    account = desk.account("ann")
    account.begin_day(account.day, Decimal(110))
    desk.trade_at("100.0")
    desk.beat()
    assert str(state(desk)) == "reducing"
    return desk


def test_amend_is_judged_like_a_new_order_while_reducing() -> None:
    """A plain sell of what is held is taken; made five times as large it is refused, and stays as it was."""
    desk = reducing()
    order = body(desk.order("ann", "sell", "1", "110.0"))
    assert order["status"] == "accepted"
    answer = desk.do(AmendOrder("ann", order["id"], quantity=Decimal(5)))
    assert (answer.status, answer.code) == (409, "TRADING_REDUCING")
    assert desk.open_orders("ann") == [order]
    assert desk.do(AmendOrder("ann", order["id"], price=Decimal(108))).status == 200
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal("0.5"))).status == 200


def test_plain_sells_and_exits_together_never_exceed_the_position() -> None:
    """Whichever comes first leaves no room for the other, and filling both leads to flat at most."""
    desk = reducing()
    desk.order("ann", "sell", "1", "110.0")
    assert refused(desk.order("ann", "sell", "1", "105.0", reduce_only=True)) == "REDUCE_ONLY_WOULD_INCREASE"
    desk = reducing()
    desk.order("ann", "sell", "1", "105.0", reduce_only=True)
    assert refused(desk.order("ann", "sell", "1", "110.0")) == "TRADING_REDUCING"
    for price in ("105.0", "110.0"):
        desk.flow("buy", "5", price)
    assert desk.account("ann").held("BTC/USD") == 0


def test_plain_sells_are_trimmed_when_the_position_shrinks() -> None:
    """Long 2 with a plain sell of 2: one is closed, the sell is 1; all is closed, it is gone."""
    desk = reducing("2")
    desk.order("ann", "sell", "2", "110.0")
    desk.flow("buy", "1", "99.0")
    desk.order("ann", "sell", "1")
    assert [(one["quantity"], one["requestedQuantity"]) for one in desk.open_orders("ann")] == [("1", "2")]
    desk.flow("buy", "1", "99.0")
    desk.do(ClosePosition("ann", "BTC/USD"))
    assert desk.open_orders("ann") == []


def test_resume_after_a_kill_does_not_end_the_day_loss() -> None:
    """Kill remembers what stood before it: resume is refused for that, until the day turns."""
    desk = reducing()
    desk.flow("buy", "5", "99.0")
    desk.do(Kill("ann"))
    answer = desk.do(Resume("ann"))
    assert (answer.status, answer.code) == (409, "DAY_LOSS_LIMIT")
    assert str(state(desk)) == "halted"
    assert refused(desk.order("ann", "buy", "0.1")) == "TRADING_HALTED"
    desk.restart()
    assert desk.do(Resume("ann")).status == 409
    desk.beat(seconds=13 * 3600)
    assert str(state(desk)) == "halted"
    assert desk.do(Resume("ann")).status == 200
    assert str(state(desk)) == "active"


def test_loss_that_comes_while_halted_counts() -> None:
    """Killed before the limit was reached, and past it by the closing: resume is refused at once."""
    desk = opened(LOSS)
    desk.beat()
    go_long(desk, "1000", "100.0")
    desk.flow("buy", "1000", "40.0")
    desk.do(Kill("ann"))
    assert desk.account("ann").positions == {}
    assert desk.do(Resume("ann")).code == "DAY_LOSS_LIMIT"


def test_insurance_halt_outlives_a_kill() -> None:
    """Without new money nothing ends it; with new money the kill still stands until it is resumed."""
    desk = opened()
    ann = desk.account("ann")
    desk.do(Deposit("ann", -ann.cash))
    ann.hold("LIQUIDATION")  # type: ignore[arg-type]  # the word, as a row has it
    desk.do(Kill("ann"))
    assert desk.do(Resume("ann")).code == "LIQUIDATION"
    desk.do(Deposit("ann", Decimal(1_000)))
    assert str(state(desk)) == "halted"
    assert desk.do(Resume("ann")).status == 200


def test_reset_ends_whatever_holds_an_account() -> None:
    """A fresh start is one."""
    desk = reducing()
    desk.do(Kill("ann"))
    desk.do(ResetAccount("ann"))
    assert str(state(desk)) == "active"


def test_halted_lets_cancels_through_and_nothing_else() -> None:
    """No order, exit, amend, protection, close or reverse; a cancel, and a second kill."""
    desk = opened()
    go_long(desk)
    stop = body(desk.order("ann", "sell", "1", type="stop", stop_price=Decimal(90), reduce_only=True))
    desk.do(Kill("ann"))  # nobody buys: the position stays
    assert refused(desk.order("ann", "sell", "1", reduce_only=True)) == "TRADING_HALTED"
    assert refused(desk.do(ClosePosition("ann", "BTC/USD"))) == "TRADING_HALTED"
    assert refused(desk.do(ReversePosition("ann", "BTC/USD"))) == "TRADING_HALTED"
    for command in (
        AmendOrder("ann", stop["id"], stop_price=Decimal(80)),
        SetProtection("ann", "BTC/USD", BracketLeg(Decimal(120)), None),
    ):
        answer = desk.do(command)
        assert (answer.status, answer.code) == (409, "TRADING_HALTED")
    assert [one["stopPrice"] for one in desk.open_orders("ann")] == ["90.00"]
    assert desk.do(CancelOrder("ann", stop["id"])).status == 200
    desk.flow("buy", "1", "99.0")
    desk.do(Kill("ann"))
    assert desk.account("ann").positions == {}


def test_reverse_while_reducing_says_so() -> None:
    """It would open a position."""
    desk = reducing()
    assert refused(desk.do(ReversePosition("ann", "BTC/USD"))) == "TRADING_REDUCING"


# ---------------------------------------------------------------- what an order does decides


@pytest.mark.parametrize(
    "limits",
    [
        {"orderNotionalPct": Decimal("0.01")},
        {"maxOrderQuantity": Decimal("0.1")},
        {"maxOrderNotional": Decimal(1)},
        {"maxPositionNotional": Decimal(1)},
        {"maxOpenOrders": 0},
        {"ordersPerSecond": 0},
        {"collarPct": Decimal("0.001")},
    ],
    ids=lambda limits: next(iter(limits)),
)
def test_plain_sell_that_only_reduces_meets_no_limit(limits: dict[str, Decimal | int]) -> None:
    """What is held can be sold with an ordinary order, whatever an entry may be worth; a lot more cannot."""
    desk = opened()
    go_long(desk, "10")
    desk.do(SetLimits("ann", dict(limits)))
    desk.flow("buy", "1", "98.0")
    assert body(desk.order("ann", "sell", "1", "98.0"))["status"] == "filled"
    assert body(desk.order("ann", "sell", "25", "97.0"))["status"] == "rejected"
    assert body(desk.order("ann", "sell", "9", "97.0"))["status"] == "accepted"


def test_long_of_several_times_the_equity_can_be_sold() -> None:
    """450 % of the equity, bought in parts under a limit of 100 % an order, goes in one sell."""
    desk = opened(replace(FREE, paper_cash=Decimal(100_000), limits={"orderNotionalPct": Decimal(100)}))
    for _ in range(5):
        go_long(desk, "900")
    desk.flow("buy", "4500", "100.0")
    assert body(desk.order("ann", "sell", "4500"))["status"] == "filled"


def test_preview_names_no_limit_that_does_not_bind() -> None:
    """What only reduces is shown as it will be taken."""
    desk = opened()
    go_long(desk, "10")
    desk.do(SetLimits("ann", {"maxOrderNotional": Decimal(150)}))
    desk.flow("buy", "10", "99.0")
    for quantity, accepted, limits in ((10, True, 0), (30, False, 1)):
        terms = OrderTerms("BTC/USD", Side.SELL, OrderType.LIMIT, Decimal(quantity), Decimal(99))
        seen = body(desk.do(PreviewOrder("ann", terms)))
        assert (seen["accepted"], len(seen["limits"])) == (accepted, limits)


def test_sells_that_only_together_would_open_are_entries() -> None:
    """Each alone is covered by what is held, both are not: the second meets the limit."""
    desk = opened(replace(FREE, limits={"maxOrderNotional": Decimal(150)}))
    desk.flow("sell", "2", "100.0")
    desk.order("ann", "buy", "1")
    desk.order("ann", "buy", "1")
    desk.order("ann", "sell", "1", "110.0")
    assert refused(desk.order("ann", "sell", "1.5", "110.0")) == "NOTIONAL_ABOVE_LIMIT"


def test_order_let_through_because_it_only_reduces_stays_an_exit() -> None:
    """It shrinks with the position: what a limit kept from opening opens nothing later either."""
    desk = opened(replace(FREE, limits={"maxOrderNotional": Decimal(150)}))
    for _ in range(2):
        go_long(desk)
    order = body(desk.order("ann", "sell", "2", "110.0"))
    assert order["status"] == "accepted"
    assert desk.do(AmendOrder("ann", order["id"], quantity=Decimal(3))).code == "REDUCE_ONLY_WOULD_INCREASE"
    desk.flow("buy", "2", "99.0")
    desk.do(ClosePosition("ann", "BTC/USD"))
    assert desk.open_orders("ann") == []


def test_reverse_counts_as_an_order_of_its_second() -> None:
    """It opens a position: the rate of entries binds it."""
    desk = opened()
    go_long(desk)
    desk.do(SetLimits("ann", {"ordersPerSecond": 0}))
    assert refused(desk.do(ReversePosition("ann", "BTC/USD"))) == "RATE_LIMIT_EXCEEDED"
