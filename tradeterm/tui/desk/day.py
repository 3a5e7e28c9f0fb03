"""The day at a glance: what was closed since midnight UTC, and how it went. Pure reading of own trades."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO, divide
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import TradeType


@dataclass(frozen=True, slots=True)
class Day:
    """`results` are what each closing order made, its own fees off, in the order in which they ended; `fees` all of the day."""

    results: tuple[Decimal, ...] = ()
    fees: Decimal = ZERO

    @property
    def wins(self) -> int:
        return sum(result > 0 for result in self.results)

    @property
    def average(self) -> Decimal | None:
        return divide(sum(self.results, ZERO), Decimal(len(self.results))) if self.results else None


def day_of(trades: Iterable[Trade], now: datetime) -> Day:
    """The day that `now` is in. Trades come newest first; what is older than the day ends the look."""
    made: defaultdict[str, Decimal] = defaultdict(Decimal)
    fees, today = ZERO, now.astimezone(UTC).date()
    for trade in trades:
        if trade.executed_at.astimezone(UTC).date() < today:
            break
        fees += trade.fee
        if trade.type is TradeType.EXIT:
            made[trade.order_id] += (trade.realized_pnl or ZERO) - trade.fee
    return Day(tuple(reversed(made.values())), fees)
