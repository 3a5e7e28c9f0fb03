"""What follows from a command, on worked cases."""

from decimal import Decimal, localcontext

import orjson

from server.domain.accounts import FEES, HOUSE
from server.domain.commands import CancelAll, CancelOrder, ClosePosition
from tests.builders import Desk
from tradeterm.protocol.arithmetic import MONEY


def money(desk: Desk, name: str) -> dict[str, Decimal]:
    """The account's figures, exact."""
    with localcontext(MONEY):
        margin = desk.core.ledger.valuation.margin(desk.core.ledger.accounts[name])
        return {"equity": margin.equity, "available": margin.available, "reserved": margin.reserved}


def test_filling_market_order_tells_each_fact_once_in_order() -> None:
    """Created, submitted, filled, then its trade, its position, and the money."""
    desk = Desk()
    desk.open("ann", "bob")
    desk.order("bob", "sell", "0.01", "45000.0")
    desk.events.clear()
    answer = desk.order("ann", "buy", "0.01")
    assert answer.status == 201
    assert desk.names("ann") == [
        "order:created",
        "order:submitted",
        "order:filled",
        "trade:executed",
        "position:opened",
        "balance:updated",
        "account:updated",
    ]
    assert desk.names("bob") == [
        "order:filled",
        "trade:executed",
        "position:opened",
        "balance:updated",
        "account:updated",
    ]


def test_rule_1_cash_and_positions_add_up() -> None:
    """The sum of all cash is the sum of all deposits, and positions cancel out."""
    desk = Desk()
    desk.open("ann", "bob")
    desk.order("bob", "sell", "2", "45000.0")
    desk.order("ann", "buy", "1.5")
    accounts = desk.core.ledger.accounts.values()
    assert sum(one.cash for one in accounts) == sum(one.deposits for one in accounts) == 200_000
    assert sum(one.held("BTC/USD") for one in accounts) == 0
    assert desk.core.ledger.accounts[FEES].cash == Decimal("67500") * Decimal("0.0036")
    assert desk.core.ledger.accounts[HOUSE].cash == 0


def test_rule_5_reserved_of_the_worked_case() -> None:
    """Long 2 at 45,000 with a buy of 1 at 44,000 and a sell of 3 at 46,000 open reserves 9,273.20."""
    desk = Desk()
    desk.open("ann", "bob")
    desk.order("bob", "sell", "2", "45000.0")
    desk.order("ann", "buy", "2")
    desk.order("ann", "buy", "1", "44000.0")
    desk.order("ann", "sell", "3", "46000.0")
    assert money(desk, "ann")["reserved"] == Decimal("9273.2")


def test_rule_6_acceptance_turns_at_the_last_lot() -> None:
    """On 100,000 a buy limit at 45,000 passes at 10.96852 and is refused at 10.96853."""
    desk = Desk()
    desk.open("ann")
    refused = orjson.loads(desk.order("ann", "buy", "10.96853", "45000.0").body or b"")
    assert (refused["status"], refused["rejectReason"], refused["rejectedBy"]) == (
        "rejected",
        "INSUFFICIENT_FUNDS",
        "risk",
    )
    assert desk.names("ann")[-2:] == ["order:created", "order:rejected"]
    assert orjson.loads(desk.order("ann", "buy", "10.96852", "45000.0").body or b"")["status"] == "accepted"


def test_rule_7_leveraged_long_and_short() -> None:
    """10 at 45,000 as taker: cash, equity, available and the liquidation prices of long and short."""
    desk = Desk()
    desk.open("ann", "bob", "cat", "dan")
    desk.order("bob", "sell", "10", "45000.0")
    desk.order("ann", "buy", "10")
    assert desk.core.ledger.accounts["ann"].cash == Decimal("-351170")
    assert money(desk, "ann") == {
        "equity": Decimal("98830"),
        "available": Decimal("8830"),
        "reserved": Decimal(0),
    }
    desk.order("cat", "buy", "10", "45000.0")
    desk.order("dan", "sell", "10")
    prices = {
        name: round(desk.core.liquidation_price(desk.core.ledger.accounts[name], "BTC/USD") or Decimal(0), 2)
        for name in ("ann", "dan")
    }
    assert prices == {"ann": Decimal("39018.89"), "dan": Decimal("49893.64")}


def test_cancel_releases_what_was_reserved() -> None:
    """A cancelled order reserves nothing, to the last digit."""
    desk = Desk()
    desk.open("ann")
    order = orjson.loads(desk.order("ann", "buy", "1", "44000.0").body or b"")
    assert money(desk, "ann")["reserved"] == Decimal("8914.4")
    answer = desk.do(CancelOrder("ann", order["id"]))
    assert orjson.loads(answer.body or b"")["status"] == "cancelled"
    assert money(desk, "ann")["reserved"] == 0
    assert desk.core.ledger.accounts["ann"].entries == {}
    assert desk.do(CancelOrder("ann", order["id"])).status == 404


def test_close_ends_flat_and_cancels_entries_first() -> None:
    """Closing a position cancels the symbol's entries and sells what is held."""
    desk = Desk()
    desk.open("ann", "bob")
    desk.order("bob", "sell", "1", "45000.0")
    desk.order("ann", "buy", "1")
    desk.order("ann", "buy", "1", "43000.0")
    desk.order("bob", "buy", "1", "44900.0")
    answer = desk.do(ClosePosition("ann", "BTC/USD"))
    assert orjson.loads(answer.body or b"")["status"] == "filled"
    assert desk.core.ledger.accounts["ann"].positions == {}
    assert desk.core.ledger.accounts["ann"].orders == {}
    assert desk.core.ledger.accounts["ann"].realised == -100
    assert desk.do(ClosePosition("ann", "BTC/USD")).status == 404


def test_cancel_all_leaves_nothing_open() -> None:
    """Every entry is cancelled, each told once."""
    desk = Desk()
    desk.open("ann")
    for price in ("44000.0", "43000.0", "42000.0"):
        desk.order("ann", "buy", "0.1", price)
    desk.events.clear()
    desk.do(CancelAll("ann"))
    assert desk.names("ann") == ["order:cancelled"] * 3 + ["balance:updated", "account:updated"]


def test_rule_21_flip_is_two_trades_of_one_execution() -> None:
    """Short through a long: the old position closes before the new one opens, the fee is split by quantity."""
    desk = Desk()
    desk.open("ann", "bob")
    desk.order("bob", "sell", "1", "45000.0")
    desk.order("ann", "buy", "1")
    desk.order("bob", "buy", "3", "46000.0")
    desk.events.clear()
    desk.order("ann", "sell", "3")
    trades = [orjson.loads(event.data)["trade"] for event in desk.events if event.event == "trade:executed"]
    mine = [trade for trade in trades if trade["liquidity"] == "taker"]
    assert [(trade["type"], trade["quantity"], trade["fee"]) for trade in mine] == [
        ("exit", "1", "119.60"),
        ("entry", "2", "239.20"),
    ]
    assert len({trade["executionId"] for trade in mine}) == len({trade["venueTradeId"] for trade in mine}) == 1
    positions = [name for name in desk.names("ann") if name.startswith("position")]
    assert positions == ["position:closed", "position:opened"]


def test_market_order_in_an_empty_book_expires() -> None:
    """There is nothing to trade with: the order ends expired, and reserves nothing."""
    desk = Desk()
    desk.open("ann")
    order = orjson.loads(desk.order("ann", "buy", "1").body or b"")
    assert (order["status"], order["rejectReason"]) == ("expired", "NO_LIQUIDITY")
    assert money(desk, "ann")["reserved"] == 0


def test_rule_12_market_entry_stops_one_percent_past_the_touch() -> None:
    """What the cap keeps from filling expires with SLIPPAGE_LIMIT."""
    desk = Desk()
    desk.open("ann", "bob")
    desk.order("bob", "sell", "0.1", "45000.0")
    desk.order("bob", "sell", "0.1", "45450.0")
    desk.order("bob", "sell", "0.1", "45450.5")
    order = orjson.loads(desk.order("ann", "buy", "0.3").body or b"")
    assert (order["status"], order["filledQuantity"], order["rejectReason"]) == ("expired", "0.2", "SLIPPAGE_LIMIT")


def test_collar_refuses_the_aggressive_side_only() -> None:
    """5 % past the mark is the bound for a buy above and a sell below; the passive side is free."""
    desk = Desk()
    desk.open("ann", "bob")
    desk.order("bob", "sell", "0.1", "45000.0")
    desk.order("ann", "buy", "0.1")
    above = orjson.loads(desk.order("ann", "buy", "0.1", "47250.5").body or b"")
    assert (above["status"], above["rejectReason"]) == ("rejected", "PRICE_OUTSIDE_COLLAR")
    assert orjson.loads(desk.order("ann", "buy", "0.1", "30000.0").body or b"")["status"] == "accepted"
    assert orjson.loads(desk.order("ann", "sell", "0.1", "60000.0").body or b"")["status"] == "accepted"
