"""Entries that were to close a position, once an exit has closed it before them: they open no more than is covered."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from server.domain.accounts import exposure
from server.domain.commands import CreateOco, OrderTerms, ReversePosition, SetLimits
from server.domain.risk import CoreSettings
from tests.builders import Desk, market
from tests.server.executor.desks import FREE, FarDesk, body
from tradeterm.protocol.vocabulary import OrderType, Side, TradingState

D = Decimal
NO_FEES = market(lot=D(1), maker_fee=D(0), taker_fee=D(0))


def short(cash: str = "2000", **limits: Decimal | int | None) -> Desk:
    """Ann is short 99 at 100, with leverage 5: that needs 1,980. A buy of 198 is taken beside it, for it opens 99."""
    settings = replace(FREE, paper_cash=D(cash))
    desk = Desk(settings, [NO_FEES])
    desk.open("ann")
    desk.flow("buy", "99", "100.0")
    assert body(desk.order("ann", "sell", "99"))["status"] == "filled"
    desk.do(SetLimits("ann", limits))
    return desk


def flips(desk: Desk, price: str = "100.0", quantity: str = "198") -> str:
    """The id of a buy that rests."""
    order = body(desk.order("ann", "buy", quantity, price))
    assert order["status"] == "accepted", order
    return str(order["id"])


def left(desk: Desk) -> dict[str, Decimal]:
    """What is left of ann's entries, by price."""
    found = desk.account("ann").orders.values()
    return {str(one.price or one.stop_price): one.leaves for one in found if not one.closes_only}


def exit_at_market(desk: Desk) -> None:
    desk.flow("sell", "99", "100.5")
    desk.order("ann", "buy", "99", reduce_only=True)


def exit_at_limit(desk: Desk) -> None:
    desk.order("ann", "buy", "99", "100.5", reduce_only=True)
    desk.flow("sell", "99", "100.5")


def exit_at_stop(desk: Desk) -> None:
    desk.order("ann", "buy", "99", type="stop", stop_price=D("101.0"), reduce_only=True)
    desk.flow("sell", "200", "101.0")
    desk.trade_at("101.0")


@pytest.mark.parametrize("leave", [exit_at_market, exit_at_limit, exit_at_stop])
def test_an_entry_that_was_to_close_opens_what_is_covered_when_an_exit_closed_first(leave: object) -> None:
    """The position is gone, whichever exit took it: of 198 that would open, as many stay as the money is there for."""
    desk = short()
    order = flips(desk)
    assert callable(leave)
    leave(desk)
    assert not desk.account("ann").positions
    margin = desk.margin("ann")
    assert margin.available >= 0
    (leaves,) = left(desk).values()
    # One more would not be covered.
    assert leaves == int(desk.account("ann").cash * 5 / 100)
    shown = next(one for one in desk.open_orders("ann") if one["id"] == order)
    assert (shown["requestedQuantity"], shown["leavesQuantity"]) == ("198", str(leaves))
    assert "order:amended" in desk.names("ann")


def test_between_the_fills_of_one_sweep_as_well() -> None:
    """One sale meets the exit first and the entry behind it: the entry has been cut when its turn comes."""
    desk = short()
    flips(desk, "99.5")
    desk.order("ann", "buy", "99", "100.0", reduce_only=True)
    desk.flow("sell", "400", "99.5")
    assert desk.account("ann").held("BTC/USD") == 100
    assert desk.margin("ann").available >= 0


def test_each_part_of_an_exit_counts() -> None:
    """Filled piece by piece, the entry is cut piece by piece, to what is covered."""
    desk = short("2040")
    flips(desk, "99.5")
    desk.order("ann", "buy", "99", "100.0", reduce_only=True)
    opens = []
    for bought in (1, 10, 40, 48):
        desk.flow("sell", str(bought), "100.0")
        assert desk.margin("ann").available >= 0
        opens.append(int(left(desk)["99.5"] + desk.account("ann").held("BTC/USD")))
    assert opens == [100, 102, 102, 102]


def test_who_has_the_money_keeps_the_entry() -> None:
    """Nothing is cut that is covered, and nothing of the other side."""
    desk = short("10000")
    flips(desk)
    desk.order("ann", "sell", "50", "110.0")
    exit_at_market(desk)
    assert left(desk) == {"100.0": D(198), "110.0": D(50)}


def test_the_newest_goes_first() -> None:
    """A stop that waits is an entry too; the oldest keeps what is covered."""
    desk = short()
    flips(desk, "99.0", "60")
    desk.order("ann", "buy", "60", type="stop", stop_price=D("102.0"))
    flips(desk, "98.0", "60")
    exit_at_market(desk)
    assert desk.margin("ann").available >= 0
    assert left(desk) == {"99.0": D(60), "102.0": D(37)}


@pytest.mark.parametrize("restarts", [False, True])
def test_one_that_has_triggered_is_as_old_as_it_was_made(*, restarts: bool) -> None:
    """Of the two the later one is cut, whether the server was started anew meanwhile or not."""
    desk = short()
    desk.order("ann", "buy", "60", "101.0", type="stop_limit", stop_price=D("102.0"))
    flips(desk, "99.0", "60")
    desk.trade_at("102.0", "1")
    assert [one.triggered for one in desk.account("ann").orders.values()] == [True, False], "oldest first"
    if restarts:
        desk.restart()
    desk.flow("sell", "99", "101.5")
    desk.order("ann", "buy", "99", reduce_only=True)
    assert left(desk) == {"101.0": D(60), "99.0": D(32)}


def test_a_pair_goes_as_a_whole() -> None:
    """Two entries of which one fills count once; half of a pair protects nobody."""
    desk = short()
    legs = (
        OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, D(198), D(99)),
        OrderTerms("BTC/USD", Side.BUY, OrderType.STOP, D(150), stop_price=D(102)),
    )
    assert desk.do(CreateOco("ann", *legs, "a pair")).status == 201
    exit_at_market(desk)
    assert left(desk) == {}
    assert desk.last("ann", "order:cancelled")["order"]["rejectReason"] == "INSUFFICIENT_FUNDS"


@pytest.mark.parametrize(
    ("limit", "reason"), [("maxPositionNotional", "POSITION_ABOVE_LIMIT"), ("maxGrossExposure", "EXPOSURE_ABOVE_LIMIT")]
)
def test_a_limit_of_exposure_holds_as_well(limit: str, reason: str) -> None:
    """What the entry would open then is within it; with no room at all it ends, and says why."""
    desk = short("100000", **{limit: D(9_900)})
    flips(desk)
    exit_at_market(desk)
    assert left(desk) == {"100.0": D(99)}
    desk = short("100000", **{limit: D(9_900)})
    flips(desk)
    desk.do(SetLimits("ann", {limit: D(1)}))
    exit_at_market(desk)
    assert left(desk) == {}
    assert desk.last("ann", "order:cancelled")["order"]["rejectReason"] == reason


def test_an_entry_on_its_way_is_asked_back() -> None:
    """With a venue that is some way off: what cannot be cut before it is there ends when it comes to rest."""
    desk = FarDesk(250, replace(FREE, paper_cash=D(2_000)), [NO_FEES])
    desk.open("ann")
    desk.flow("buy", "99", "100.0")
    desk.order("ann", "sell", "99")
    desk.settle()
    desk.flow("sell", "99", "100.5")
    desk.order("ann", "buy", "99", reduce_only=True)
    desk.order("ann", "buy", "198", "100.0")
    desk.settle()
    assert (desk.account("ann").positions, left(desk)) == ({}, {})
    assert desk.last("ann", "order:cancelled")["order"]["rejectReason"] == "INSUFFICIENT_FUNDS"


def test_one_that_found_nobody_to_trade_with_is_asked_back_too() -> None:
    """A market order that left when nobody offered anything is the newest: the exit's fill is taken in all the same."""
    desk = FarDesk(250, replace(FREE, paper_cash=D(2_000)), [NO_FEES])
    desk.open("ann")
    desk.flow("buy", "99", "100.0")
    desk.order("ann", "sell", "99")
    desk.settle()
    desk.order("ann", "buy", "99", "100.5", reduce_only=True)
    desk.order("ann", "buy", "198", "100.0")
    desk.settle()
    desk.wait(0.2)
    assert body(desk.order("ann", "buy", "1"))["status"] == "submitted"
    desk.flow("sell", "99", "100.5")
    desk.settle()
    assert not desk.account("ann").positions
    assert desk.margin("ann").available >= 0


def test_a_cash_account_pays_for_its_entries_whatever_it_holds() -> None:
    """Nothing of them was ever to close anything."""
    settings = CoreSettings(paper_cash=D(1_000), collar_pct=D(0), cash_account=True)
    desk = Desk(settings, [NO_FEES])
    desk.open("ann")
    desk.flow("sell", "5", "100.0")
    desk.order("ann", "buy", "5")
    flips(desk, "99.0", "5")
    desk.flow("buy", "5", "99.5")
    assert body(desk.order("ann", "sell", "5"))["status"] == "filled"
    assert left(desk) == {"99.0": D(5)}


@pytest.mark.parametrize("seed", range(12))
def test_after_every_exit_what_may_open_is_covered(seed: int) -> None:
    """Random entries, exits and sales: at one price nothing but an exit could make the money too little, and none does."""
    chance = Random(seed)
    desk = short(str(chance.choice((2_000, 2_500, 4_000))))
    for _ in range(60):
        held = desk.account("ann").held("BTC/USD")
        size = str(chance.randrange(1, 250))
        side = chance.choice(("buy", "sell"))
        match chance.randrange(5):
            case 0:
                desk.order("ann", side, size, "100.0", reduce_only=True)
            case 1:
                desk.flow("sell" if side == "buy" else "buy", size, "100.0")
            case 2 if held:
                desk.do(ReversePosition("ann", "BTC/USD", None))
            case _:
                desk.order("ann", side, size, "100.0")
        account, margin = desk.account("ann"), desk.margin("ann")
        assert account.trading_state is TradingState.ACTIVE
        own = abs(account.held("BTC/USD")) * 100
        assert margin.available >= 0 or exposure(account.held("BTC/USD"), D(100), account.entries.get("BTC/USD")) == own


def test_who_has_no_entries_keeps_them_all_and_so_does_who_borrows_nothing() -> None:
    """Nothing is there that an exit could leave uncovered; with cash alone every entry was paid for when it was taken."""
    without = short()
    assert without.core.keeps_entries("ann", "BTC/USD", Side.BUY, D(100))
    assert without.core.keeps_entries("nobody", "BTC/USD", Side.BUY, D(100))
    cash = Desk(replace(FREE, paper_cash=D(2000), cash_account=True), [NO_FEES])
    cash.open("ann")
    flips(cash, quantity="20")
    assert cash.core.keeps_entries("ann", "BTC/USD", Side.BUY, D(100))


def test_entries_that_an_exit_leaves_uncovered_are_not_all_kept() -> None:
    desk = short()
    flips(desk)
    assert not desk.core.keeps_entries("ann", "BTC/USD", Side.BUY, D("100.5"))
    assert desk.core.keeps_entries("ann", "BTC/USD", Side.SELL, D("100.5"))
