"""What a fill costs, and in which currency."""

from decimal import Decimal

from server.domain.commands import (
    ClosePosition,
)
from server.domain.risk import CoreSettings
from tests.builders import Desk, market
from tests.server.executor.desks import FREE, body, go_long


def test_rule_20_fee_in_base_currency_leaves_dust_that_counts_as_flat() -> None:
    """A buy of 1 pays 0.0026 of it; closing sells whole lots, and what is below a lot is shown and is no position."""
    desk = Desk(
        CoreSettings(paper_cash=Decimal(1_000_000), collar_pct=Decimal(0), base_fees=True),
        [market(lot=Decimal("0.01"))],
    )
    desk.open("ann")
    go_long(desk)
    trade = desk.last("ann", "trade:executed")["trade"]
    assert (trade["fee"], trade["feeCurrency"]) == ("0.0026", "BTC")
    assert desk.account("ann").held("BTC/USD") == Decimal("0.9974")
    assert desk.margin("ann").equity == Decimal(1_000_000) - Decimal("0.26")
    desk.flow("buy", "5", "99.0")
    assert body(desk.do(ClosePosition("ann", "BTC/USD")))["filledQuantity"] == "0.99"
    assert desk.account("ann").held("BTC/USD") == Decimal("0.0074")
    assert desk.do(ClosePosition("ann", "BTC/USD")).status == 404
    accounts = desk.core.ledger.accounts.values()
    assert sum(one.held("BTC/USD") for one in accounts) == 0
    assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts)


def test_fees_of_two_currencies_are_kept_apart() -> None:
    """Short 1, buy 2 with the fee in base currency: what closes pays in USD, what opens keeps coins back."""
    desk = Desk(
        CoreSettings(paper_cash=Decimal(1_000_000), collar_pct=Decimal(0), liquidation=False, base_fees=True),
        [market(lot=Decimal("0.1"))],
    )
    desk.open("ann")
    desk.flow("buy", "1", "100.0")
    desk.order("ann", "sell", "1")
    paid = desk.account("ann").fees_paid
    desk.flow("sell", "0.6", "100.0")
    desk.flow("sell", "1.4", "101.0")
    order = body(desk.order("ann", "buy", "2"))
    assert (order["fees"], order["feeCurrency"]) == ("0.26104", "USD")
    assert order["feesByCurrency"] == {"USD": "0.26104", "BTC": "0.0026"}
    assert desk.account("ann").fees_paid - paid == Decimal("0.26104")
    margin, ann = desk.margin("ann"), desk.account("ann")
    assert margin.equity == ann.deposits + ann.realised + margin.unrealised - ann.fees_paid


def test_fee_of_one_currency_is_said_in_one() -> None:
    """Beside the fields of old."""
    desk = Desk(FREE)
    desk.open("ann")
    desk.flow("sell", "1", "100.0")
    order = body(desk.order("ann", "buy", "1"))
    assert (order["fees"], order["feesByCurrency"]) == ("0.26", {"USD": "0.26"})
