"""Whatever the journal can hold, the next start can read: a restart after every command, in every state."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from server.domain.commands import AmendOrder, CancelAll, ResetAccount, SetAlert
from server.executor.recovery import LastCommit
from server.ports import Batch, MarketRow
from server.storage.database import open_database
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.contracts.journals import trade
from tests.server.executor.rig import Rig, make
from tests.server.executor.scenes import SCENES, commands, flat, long, underway
from tests.server.executor.whole_state import difference, durable_state, whole_state
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import AlertCondition, TimeInForce


@pytest.mark.parametrize("scene", SCENES, ids=lambda one: one.__name__)
def test_a_start_after_every_command_finds_everything(scene: Callable[[], Rig]) -> None:
    """Accounts, positions, orders, triggers, expiries and queues are as they were; and the next command is taken."""
    for number in range(len(commands(scene()))):
        rig = scene()
        command = commands(rig)[number]
        assert rig.do(command).status < 500
        before = durable_state(rig.core, rig.venue)
        rig.restart()
        after = durable_state(rig.core, rig.venue)
        if rig.delayed is not None:
            # What was on its way, there or back, is sent again: it is not in the book yet.
            del before["queues"], after["queues"]
            for order in (*before["orders"].values(), *after["orders"].values()):
                del order["sent"]
        different = difference(after, before)
        assert different is None, (command, different)
        rig.beat()
        assert rig.order("ann", "buy", "1", "90.0").status < 500, command


def test_a_reset_with_an_open_position_leaves_a_journal_that_can_be_read() -> None:
    """The venue's numbers go on where the venue left them, not from the reset's own."""
    rig = long()
    rig.do(ResetAccount("ann"))
    last = rig.journal.load().last_venue_trade_id
    assert last is not None
    assert last.isdigit()
    rig.restart()
    assert rig.order("ann", "buy", "1").status == 201


def test_a_database_in_which_a_reset_left_its_number_starts(tmp_path: Path) -> None:
    """Of before: the last number was the reset's. The last that was a venue's is found."""
    url = f"sqlite:///{tmp_path}/x.db"
    database = open_database(url, "paper")
    trades = [trade(41), trade(42), trade(43)]
    trades[0].venue_trade_id, trades[1].venue_trade_id, trades[2].venue_trade_id = "7", "8", "reset-0190"
    database.journal.commit(Batch(trades=trades))
    assert database.journal.load().last_venue_trade_id == "8"
    database.close()
    with sqlite3.connect(tmp_path / "x.db") as raw:
        raw.execute("update meta set value = 'reset-0190' where name = 'last_venue_trade_id'")
    raw.close()
    again = open_database(url, "paper")
    state = again.journal.load()
    again.close()
    assert state.last_venue_trade_id == "8"
    PaperVenue({}, state.last_venue_trade_id)


# ---------------------------------------------------------------- places in the queue


def test_who_went_to_the_back_stays_there() -> None:
    """The older order was made larger and lost its place: after a restart too."""
    rig = flat()
    first = rig.body(rig.order("ann", "sell", "1", "100.5"))["id"]
    rig.order("bob", "sell", "1", "100.5")
    rig.do(AmendOrder("ann", str(first), quantity=Decimal(2)))
    rig.restart()
    rig.order("cat", "buy", "1")
    assert (held(rig, "ann"), held(rig, "bob")) == (0, -1)


def test_who_was_triggered_later_stands_behind() -> None:
    """A stop-limit that was made early came into the book late."""
    rig = flat()
    rig.order("ann", "sell", "1", "100.5", type="stop_limit", stop_price=Decimal("99.5"))
    rig.order("bob", "sell", "1", "100.5")
    rig.trade_at("99.5", "0.1")
    rig.restart()
    rig.order("cat", "buy", "1", "100.5")
    assert (held(rig, "ann"), held(rig, "bob")) == (0, -1)


def test_places_do_not_follow_a_clock_that_was_set_back() -> None:
    """Who came first, by number: the later order says an earlier time."""
    rig = flat()
    rig.order("ann", "buy", "1", "99.5")
    rig.clock.at -= timedelta(hours=1)
    rig.order("bob", "buy", "1", "99.5")
    rig.restart()
    rig.order("cat", "sell", "1", "99.5")
    assert (held(rig, "ann"), held(rig, "bob")) == (1, 0)


def test_users_stand_before_whoever_comes_after_the_start() -> None:
    """A restored place is kept against new orders, and is known once more after a second restart."""
    rig = flat()
    rig.order("ann", "buy", "1", "99.5")
    rig.restart()
    rig.order("bob", "buy", "1", "99.5")
    rig.restart()
    rig.order("cat", "sell", "1", "99.5")
    assert (held(rig, "ann"), held(rig, "bob")) == (1, 0)


# ---------------------------------------------------------------- time


def held(rig: Rig, name: str) -> int:
    return int(rig.core.ledger.accounts[name].held("BTC/USD"))


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("kind", ["gtd", "day"])
def test_an_order_whose_time_is_over_fills_no_more(kind: str, restarts: bool) -> None:
    """Looked at when it could match, not four times a second: the very first order finds it gone, after a start too."""
    rig = flat()
    rig.clock.at = rig.clock.at.replace(hour=23, minute=59, second=50)
    gtd = {"time_in_force": TimeInForce.GTD, "expire_at": rig.clock.now() + timedelta(seconds=10)}
    rig.do(make("ann", "buy", "1", "99.5", **(gtd if kind == "gtd" else {"time_in_force": TimeInForce.DAY})))
    rig.clock.advance(8.99)
    if restarts:
        rig.restart()
    rig.do(make("bob", "sell", "1", "99.5", time_in_force=TimeInForce.IOC), after=0.02)
    assert held(rig, "ann") == held(rig, "bob") == 0
    assert [row.status for row in rig.journal.rows.orders.values() if row.account == "ann"] == ["expired"]


def test_what_was_on_its_way_when_its_time_was_over_is_not_sent_again() -> None:
    """The start comes later than its end: it is told as expired, and the venue hears of it no more."""
    rig = underway()
    gtd = {"time_in_force": TimeInForce.GTD, "expire_at": rig.clock.now() + timedelta(seconds=10)}
    rig.do(make("ann", "buy", "1", "99.0", **gtd), after=0.01)  # type: ignore[arg-type]
    rig.clock.advance(60)
    rig.restart()
    rig.journal.batches.clear()
    rig.beat()
    told = [str(event.event) for batch in rig.journal.batches for event in batch.events if event.account == "ann"]
    assert "order:expired" in told
    assert not {"order:accepted", "order:cancel_rejected", "order:filled"} & set(told)


def test_the_flow_meets_no_order_whose_time_is_over() -> None:
    """Nor does a step of the feed."""
    rig = flat()
    gtd = {"time_in_force": TimeInForce.GTD, "expire_at": rig.clock.now() + timedelta(seconds=1.1)}
    rig.do(make("ann", "buy", "1", "99.5", **gtd))  # type: ignore[arg-type]
    rig.clock.advance(0.2)
    rig.flow("sell", "1", "99.5", TimeInForce.IOC)
    assert held(rig, "ann") == 0


def test_a_day_only_turns_forward() -> None:
    """A clock that slips back over midnight does not lift the day's stop, nor start its count anew; a start does not."""
    rig = Rig(flat().settings, flat().markets.values())
    rig.settings.limits["dayLossPct"] = Decimal(5)
    rig.settings.liquidation = False
    rig.open("ann")
    rig.flow("sell", "500", "100.0")
    rig.order("ann", "buy", "500")
    rig.clock.at = rig.clock.at.replace(hour=0, minute=5) + timedelta(days=1)
    rig.beat()
    start = rig.core.ledger.accounts["ann"].day_start
    rig.trade_at("80.0")
    rig.beat()
    for restarts in (False, True):
        rig.clock.at -= timedelta(minutes=9)
        if restarts:
            rig.restart()
        rig.beat()
        account = rig.core.ledger.accounts["ann"]
        assert (account.trading_state, account.halt, account.day_start) == ("reducing", "DAY_LOSS_LIMIT", start)


# ---------------------------------------------------------------- a venue that is some way off


def test_a_reset_waits_for_what_the_venue_may_have_filled() -> None:
    """With orders on their way it is refused: a fill that is told after it would open a position in the new account."""
    rig = underway()
    answer = rig.do(ResetAccount("ann"), after=0.01)
    assert (answer.status, answer.code) == (409, "CONFLICT")
    rig.do(CancelAll("ann", include_exits=True))
    for _ in range(4):  # there and back, and for one on its way there once more
        rig.arrive(1)
    assert rig.do(ResetAccount("ann")).status == 200


def test_what_is_underway_arrives_whatever_the_clock_is_set_to() -> None:
    """Delays are measured by a clock that nobody sets."""
    rig = underway()
    rig.clock.at -= timedelta(hours=1)
    rig.order("bob", "buy", "1", "90.0")
    for _ in range(3):
        rig.arrive(1)
    assert all(order.is_resting or order.awaits_trigger for order in rig.core.ledger.orders.values())


def test_an_amend_that_a_start_overtook_is_told_as_refused() -> None:
    """The venue forgot it: the order stands as it was, and whoever asked hears so."""
    rig = underway()
    rig.arrive(1)
    resting = next(one for one in rig.core.ledger.accounts["bob"].orders.values() if one.is_resting)
    before = resting.quantity
    assert rig.do(AmendOrder("bob", resting.id, quantity=before * 2), after=0.01).status == 200
    rig.restart()
    rig.journal.batches.clear()
    rig.beat()
    order = rig.core.ledger.orders[resting.id]
    assert order.replacing is None
    assert (order.quantity, order.aside) == (before, Decimal(0))
    told = [event for batch in rig.journal.batches for event in batch.events if event.account == "bob"]
    assert "order:amend_rejected" in {str(event.event) for event in told}


def test_a_first_turn_that_fails_leaves_what_a_start_found() -> None:
    """What is to be sent anew is not yet sent, whatever the rows of before say."""
    rig = underway()
    rig.restart()
    before = whole_state(rig.core, rig.venue)
    assert any(not order["sent"] for order in before["orders"].values())
    with localcontext(MONEY):
        LastCommit(rig.core, rig.venue, rig.journal.load).go_back()
    assert difference(whole_state(rig.core, rig.venue), before) is None


def test_a_market_that_had_not_traded_has_no_price_after_a_start_either() -> None:
    """Its row is there for what its flow goes on from."""
    rig = Rig()
    rig.journal.rows.markets["BTC/USD"] = MarketRow("BTC/USD", None, b"{}")
    rig.restart()
    assert rig.core.ledger.last == {}


def test_an_alert_on_a_market_that_is_listed_no_longer_is_gone_after_a_start() -> None:
    """Its price never comes again."""
    rig = Rig(markets=[market(), market("DOGE/USD")])
    rig.open("ann")
    for symbol in ("BTC/USD", "DOGE/USD"):
        assert rig.do(SetAlert("ann", symbol, AlertCondition.ABOVE, Decimal(10**6))).status == 201
    del rig.markets["DOGE/USD"]
    rig.restart()
    assert [alert.symbol for alert in rig.core.ledger.accounts["ann"].alerts.values()] == ["BTC/USD"]
