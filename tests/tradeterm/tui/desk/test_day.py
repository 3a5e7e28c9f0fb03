"""The day's trades: by closing order, fees off, nothing of yesterday."""

from datetime import timedelta
from decimal import Decimal

from tests.tradeterm.tui.desks import NOON, trade
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import TradeType
from tradeterm.tui.desk.day import Day, day_of

D = Decimal


def exit_of(order_id: str, made: str, *, hours_ago: int = 1) -> Trade:
    update = {"type": TradeType.EXIT, "order_id": order_id, "realized_pnl": D(made), "fee": D(1)}
    return trade(1, at=NOON - timedelta(hours=hours_ago)).model_copy(update=update)


def test_each_closing_order_counts_once_with_its_fees() -> None:
    """Two fills of one order are one trade, which bears what its entry had cost; yesterday is another day."""
    entry = trade(2, at=NOON - timedelta(hours=3)).model_copy(update={"fee": D(5)})
    trades = [
        exit_of("c", "-6"),
        exit_of("b", "3"),
        exit_of("b", "4", hours_ago=2),
        entry,
        exit_of("a", "99", hours_ago=13),
    ]
    day = day_of(trades, NOON)
    assert day == Day({"b": D(0), "c": D(-7)}, D(8))
    assert (day.wins, day.average) == (0, D("-3.5"))


def test_a_part_that_is_closed_bears_its_part_of_the_entry() -> None:
    """A fifth of what was held, a fifth of its fee; also of an entry of yesterday."""
    entry = trade(2, quantity="2.5", at=NOON - timedelta(hours=20)).model_copy(update={"fee": D(5)})
    assert day_of([exit_of("a", "7"), entry], NOON).results == (D(5),)


def test_a_day_without_trades_has_no_average() -> None:
    """Nothing is made up."""
    assert day_of([], NOON) == Day()
    assert Day().average is None
