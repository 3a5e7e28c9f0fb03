"""The day's loss limit: warned of at half and at four fifths, and reached it lasts until the day ends."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.domain.commands import ClosePosition, Deposit, ResetAccount, Resume, SetLimits
from server.domain.risk import CoreSettings
from server.executor.state.journal_rows import account_from_row, account_row
from tests.server.executor.rig import Rig
from tradeterm.protocol.vocabulary import Reason, TradingState

D = Decimal


class Market(Rig):
    """A market that falls."""

    bids: list[str]


def long(**settings: Any) -> Market:
    """Ann holds 1 at 100, of an equity of 1,000 at the day's start, and may lose 5 % of it; an entry waits."""
    free = CoreSettings(paper_cash=D(1_000), collar_pct=D(0), liquidation=False, **settings)
    free.limits["dayLossPct"] = D(5)
    rig = Market(free)
    rig.bids = []
    rig.markets["BTC/USD"].taker_fee = D(0)
    rig.open("ann")
    rig.flow("sell", "1", "100.0")
    assert rig.order("ann", "buy", "1").status == 201
    assert rig.order("ann", "buy", "1", "1.0").status == 201
    return rig


def falls_to(rig: Market, price: str) -> None:
    """It trades there, and there alone it is bid."""
    rig.withdraw(*rig.bids)
    rig.bids = [rig.flow("buy", "9", price)]
    rig.flow("sell", "0.1", price)
    rig.beat()


def test_it_is_warned_of_and_then_entries_end() -> None:
    """Half of it, four fifths, all of it: the position stays, and may only become smaller."""
    rig = long()
    account = rig.core.ledger.accounts["ann"]
    for price, warnings in (("75.5", ()), ("75.0", (Reason.DAY_LOSS_HALF,)), ("60.0", (Reason.DAY_LOSS_80,))):
        falls_to(rig, price)
        assert account.warnings == warnings
        assert (account.trading_state, len(account.orders)) == (TradingState.ACTIVE, 1)
    falls_to(rig, "50.0")
    assert account.trading_state is TradingState.REDUCING
    assert (account.held("BTC/USD"), len(account.orders)) == (D(1), 0)


@pytest.mark.parametrize("cash_account", [True, False])
def test_reached_it_leaves_a_plain_stop_that_only_closes(*, cash_account: bool) -> None:
    """It was placed as a plain sell; from here on it is an exit, and goes with the position."""
    rig = long(cash_account=cash_account)
    assert rig.order("ann", "sell", "1", type="stop", stop_price=D(30)).status == 201
    falls_to(rig, "50.0")
    account = rig.core.ledger.accounts["ann"]
    assert account.trading_state is TradingState.REDUCING
    assert [(order.type, order.closes_only) for order in account.orders.values()] == [("stop", True)]
    rig.restart()
    account = rig.core.ledger.accounts["ann"]
    assert [order.closes_only for order in account.orders.values()] == [True]
    rig.bids = [rig.flow("buy", "9", "50.0")]
    rig.do(ClosePosition("ann", "BTC/USD", None))
    assert not account.orders


def test_reached_it_takes_a_plain_stop_that_could_open() -> None:
    """Twice what is held."""
    rig = long()
    assert rig.order("ann", "sell", "2", type="stop", stop_price=D(30)).status == 201
    falls_to(rig, "50.0")
    assert not rig.core.ledger.accounts["ann"].orders


def test_reached_it_stands_until_the_day_ends() -> None:
    """No resume ends it, and a price that comes back does not either."""
    rig = long()
    account = rig.core.ledger.accounts["ann"]
    falls_to(rig, "50.0")
    assert account.halt is Reason.DAY_LOSS_LIMIT
    assert not account.orders
    rig.do(Resume("ann"))
    falls_to(rig, "99.0")
    assert account.halt is Reason.DAY_LOSS_LIMIT
    rig.beat(24 * 3_600)
    assert account.trading_state is TradingState.ACTIVE


def test_where_it_is_set_so_everything_is_sold() -> None:
    """At once, at what is bid."""
    rig = long(flatten_on_day_loss=True)
    falls_to(rig, "50.0")
    assert not rig.core.ledger.accounts["ann"].positions


def test_without_a_limit_nothing_is_watched() -> None:
    rig = long()
    account = rig.core.ledger.accounts["ann"]
    account.limits["dayLossPct"] = D(0)
    falls_to(rig, "0.5")
    assert (account.warnings, account.trading_state) == ((), TradingState.ACTIVE)


def loses_and_is_flat(rig: Market, price: str) -> None:
    """It is closed at a price at which nothing has traded yet, and nobody else trades."""
    rig.withdraw(*rig.bids)
    rig.bids = [rig.flow("buy", "1", price)]
    assert rig.do(ClosePosition("ann", "BTC/USD", None)).status == 201
    assert not rig.core.ledger.accounts["ann"].positions


def test_it_holds_whoever_has_lost_it_and_is_flat() -> None:
    """The loss is realised: nothing is held whose mark could move."""
    rig = long()
    account = rig.core.ledger.accounts["ann"]
    loses_and_is_flat(rig, "50.0")
    rig.beat()
    assert (account.trading_state, account.halt) == (TradingState.REDUCING, Reason.DAY_LOSS_LIMIT)
    assert not account.orders


def test_narrower_limit_is_looked_at() -> None:
    """What a limit of its own makes too much is too much at the next look, over a restart too."""
    rig = long()
    account = rig.core.ledger.accounts["ann"]
    account.limits["dayLossPct"] = D(50)
    loses_and_is_flat(rig, "50.0")
    rig.beat()
    assert account.trading_state is TradingState.ACTIVE
    rig.do(SetLimits("ann", {"dayLossPct": D(5)}))
    rig.restart()
    rig.beat()
    assert rig.core.ledger.accounts["ann"].trading_state is TradingState.REDUCING


def warnings(rig: Market) -> tuple[Reason, ...]:
    """What ann is warned of."""
    return rig.core.ledger.accounts["ann"].warnings


def test_warning_ends_with_what_it_warned_of() -> None:
    """Of who is flat too: with the day, and with a wider limit."""
    rig = long()
    loses_and_is_flat(rig, "75.0")
    rig.beat()
    assert warnings(rig) == (Reason.DAY_LOSS_HALF,)
    rig.do(SetLimits("ann", {"dayLossPct": D(50)}))
    rig.beat()
    assert warnings(rig) == ()
    rig.do(SetLimits("ann", {"dayLossPct": D(5)}))
    rig.beat()
    assert warnings(rig) == (Reason.DAY_LOSS_HALF,)
    rig.beat(24 * 3_600)
    assert warnings(rig) == ()


# ---------------------------------------------------------------- money that comes and goes


def paid_in(rig: Rig, amount: str) -> None:
    """Below zero it is taken out."""
    assert rig.do(Deposit("ann", D(amount))).status < 300


def shown(rig: Rig) -> tuple[str, str]:
    """The day's profit and how much may be lost, as clients see it."""
    ledger = rig.core.ledger
    account = orjson.loads(ledger.figures(ledger.accounts["ann"])[1])
    return account["dayPnL"], account["dayLossLimit"]


@pytest.mark.parametrize("amount", ["1000", "-300"])
def test_no_money_that_comes_or_goes_moves_the_limit_of_a_day_that_has_lost(amount: str) -> None:
    """It is no profit and no loss, and what trading may lose stays what it was."""
    rig = long()
    account = rig.core.ledger.accounts["ann"]
    falls_to(rig, "60.0")
    paid_in(rig, amount)
    rig.beat()
    assert shown(rig) == ("-40.00", "50.00")
    assert (account.trading_state, account.warnings) == (TradingState.ACTIVE, (Reason.DAY_LOSS_80,))
    falls_to(rig, "51.0")
    assert account.trading_state is TradingState.ACTIVE
    falls_to(rig, "50.0")
    assert account.halt is Reason.DAY_LOSS_LIMIT
    paid_in(rig, "100000")
    rig.beat()
    assert account.halt is Reason.DAY_LOSS_LIMIT


def test_what_the_limit_is_taken_of_outlives_a_restart() -> None:
    """What came in later is none of it then either."""
    rig = long()
    loses_and_is_flat(rig, "60.0")
    paid_in(rig, "1000")
    rig.restart()
    assert shown(rig) == ("-40.00", "50.00")


def test_money_that_comes_before_anything_is_lost_is_what_the_day_begins_with() -> None:
    """Also for who had none: nothing is lost of nothing."""
    settings = CoreSettings(paper_cash=D(0), collar_pct=D(0))
    settings.limits["dayLossPct"] = D(5)
    rig = Rig(settings)
    rig.open("ann")
    account = rig.core.ledger.accounts["ann"]
    for amount, limit in (("0", "0.00"), ("3000", "150.00"), ("-1000", "100.00")):
        if D(amount):
            paid_in(rig, amount)
        rig.beat()
        assert shown(rig) == ("0.00", limit)
        assert (account.trading_state, account.warnings) == (TradingState.ACTIVE, ())


def test_the_next_day_begins_with_what_is_there() -> None:
    """What came in the meantime is of it."""
    rig = long()
    falls_to(rig, "60.0")
    paid_in(rig, "1000")
    rig.beat(24 * 3_600)
    assert shown(rig) == ("0.00", "98.00")


def test_an_account_that_is_started_over_begins_its_day_anew() -> None:
    """With what a new one has, and nothing lost of it."""
    rig = long()
    falls_to(rig, "60.0")
    paid_in(rig, "5000")
    assert rig.do(ResetAccount("ann")).status < 300
    assert shown(rig) == ("0.00", "50.00")


def test_an_account_of_an_older_server_has_the_limit_that_it_had() -> None:
    """Of what its day began with, money that came since included."""
    rig = long()
    row = account_row(rig.core.ledger.accounts["ann"])
    state = orjson.loads(row.state)
    del state["day_capital"]
    older = account_from_row(replace(row, state=orjson.dumps(state)))
    assert older.day_capital == older.day_start == D(1_000)
