"""Funding between positions and the house."""

from dataclasses import replace
from decimal import Decimal

from server.domain.accounts import HOUSE
from server.domain.risk import CoreSettings
from tests.builders import Desk
from tests.server.executor.desks import body, go_long

FUNDED = CoreSettings(collar_pct=Decimal(0), liquidation=False, funding_rate=Decimal("0.0001"))
FOUR_HOURS = 4 * 3600.0  # from the desk's noon to 16:00


def funded(settings: CoreSettings = FUNDED) -> Desk:
    """At noon ann is long 2 and bob short 0.5, at 45,000."""
    desk = Desk(settings)
    desk.open("ann", "bob")
    go_long(desk, "2", "45000.0")
    desk.flow("buy", "0.5", "45000.0")
    assert body(desk.order("bob", "sell", "0.5"))["status"] == "filled"
    desk.beat()
    desk.events.clear()
    return desk


def test_rule_26_funding_moves_cash_between_positions_and_house() -> None:
    """quantity·mark·rate once at 16:00: longs pay 9.00, shorts get 2.25, and the books stay in balance."""
    desk = funded()
    before = {name: desk.account(name).cash for name in ("ann", "bob", HOUSE)}
    desk.beat(seconds=FOUR_HOURS)
    desk.beat()
    paid = {name: desk.account(name).cash - cash for name, cash in before.items()}
    assert paid == {"ann": Decimal("-9.0000"), "bob": Decimal("2.25000"), HOUSE: Decimal("6.75000")}
    assert desk.names("ann") == ["position:updated", "balance:updated", "account:updated"]
    assert desk.last("ann", "position:updated")["position"]["realizedPnL"] == "-9.00"
    assert desk.last("ann", "account:updated")["account"]["realizedPnL"] == "-9.00"
    assert [(row.source, row.amount) for row in desk.batches[-2].transfers] == [("ann", 9), ("bob", Decimal("-2.25"))]
    accounts = desk.core.ledger.accounts.values()
    assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts)
    for name in ("ann", "bob"):
        account, margin = desk.account(name), desk.margin(name)
        assert margin.equity == account.deposits + account.realised + margin.unrealised - account.fees_paid


def test_rule_26_funding_is_settled_three_times_a_day_and_only_then() -> None:
    """At 16, 00 and 08 UTC; not when the clock is set back over one, not for what passed while the server was down."""
    desk = funded()
    cash = desk.account("ann").cash
    for hours, times in ((3.9, 0), (0.2, 1), (7, 1), (1, 2), (-1, 2), (1, 2), (8, 3)):
        desk.beat(seconds=hours * 3600)
        assert (cash - desk.account("ann").cash) / 9 == times
    desk.restart()
    desk.beat(seconds=9 * 3600)
    assert (cash - desk.account("ann").cash) / 9 == 3


def test_rule_26_funding_that_is_negative_or_off() -> None:
    """A negative rate is paid by shorts; without one nothing is told."""
    desk = funded(replace(FUNDED, funding_rate=Decimal("-0.0001")))
    cash = desk.account("bob").cash
    desk.beat(seconds=FOUR_HOURS)
    assert desk.account("bob").cash - cash == Decimal("-2.25")
    desk = funded(replace(FUNDED, funding_rate=Decimal(0)))
    desk.beat(seconds=FOUR_HOURS)
    assert not desk.events


def test_rule_26_funding_counts_for_the_day_and_for_the_margin() -> None:
    """What it costs is a loss of the day, and can bring about a margin call without any trade."""
    desk = funded(replace(FUNDED, funding_rate=Decimal("0.98"), liquidation=True))
    desk.beat(seconds=FOUR_HOURS)
    told = desk.last("ann", "account:updated")["account"]
    assert Decimal(told["dayPnL"]) < -88_000
    assert told["warnings"] == ["MARGIN_CALL"]
