"""The day at a glance: what was closed since midnight UTC, and how it went. Pure reading of own trades."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO, divide
from tradeterm.protocol.trades import Trade
from tradeterm.protocol.vocabulary import TradeType


@dataclass(frozen=True, slots=True)
class Day:
    """`made` is what each closing order made, its fees and its share of those of the entry off, by its id and in the order in
    which they ended; `fees` all of the day."""

    made: Mapping[str, Decimal] = field(default_factory=dict)
    fees: Decimal = ZERO

    @property
    def results(self) -> tuple[Decimal, ...]:
        return tuple(self.made.values())

    @property
    def wins(self) -> int:
        return sum(result > 0 for result in self.results)

    @property
    def average(self) -> Decimal | None:
        return divide(sum(self.results, ZERO), Decimal(len(self.results))) if self.results else None


def day_of(trades: Iterable[Trade], now: datetime) -> Day:
    """The day that `now` is in. Trades come newest first; those of before the day tell what its entries had cost."""
    made: dict[str, Decimal] = {}
    entered: defaultdict[str, EntryFees] = defaultdict(EntryFees)
    fees, today = ZERO, now.astimezone(UTC).date()
    for trade in reversed(list(trades)):
        paid = trade.fee + entered[trade.symbol].after(trade)
        if trade.executed_at.astimezone(UTC).date() < today:
            continue
        fees += trade.fee
        if trade.type is TradeType.EXIT:
            made[trade.order_id] = made.pop(trade.order_id, ZERO) + (trade.realized_pnl or ZERO) - paid
    return Day(made, fees)


@dataclass(slots=True)
class EntryFees:
    """What was paid to get into the position that is held now."""

    quantity: Decimal = ZERO
    fees: Decimal = ZERO

    def after(self, trade: Trade) -> Decimal:
        """Take note of this trade; of an exit, the share of the fees that leaves with it."""
        if trade.type is TradeType.ENTRY:
            self.quantity += trade.quantity
            self.fees += trade.fee
            return ZERO
        if trade.quantity >= self.quantity:
            share, self.quantity, self.fees = self.fees, ZERO, ZERO
            return share
        share = divide(self.fees * trade.quantity, self.quantity)
        self.quantity -= trade.quantity
        self.fees -= share
        return share
