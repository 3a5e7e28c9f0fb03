"""An account: its money, what its open orders reserve, and what it may still do."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from server.domain.orders import Order
from server.domain.positions import Position
from tradeterm.protocol.arithmetic import ZERO, divide
from tradeterm.protocol.vocabulary import Reason, Side, TradingState

HOUSE, FEES, INSURANCE = ":house", ":fees", ":insurance"
SERVICE_ACCOUNTS = (HOUSE, FEES, INSURANCE)


@dataclass(slots=True)
class Entries:
    """Σ quantity·price of the open entries of one symbol, by side."""

    buys: Decimal = ZERO
    sells: Decimal = ZERO

    def add(self, side: Side, value: Decimal) -> None:
        if side is Side.BUY:
            self.buys += value
        else:
            self.sells += value


@dataclass(slots=True, eq=False)
class Account:
    """Money in the settlement currency. `deposits` is the net of all transfers; `realised` and `fees_paid` are all-time."""

    name: str
    seq: int = 0
    cash: Decimal = ZERO
    deposits: Decimal = ZERO
    realised: Decimal = ZERO
    fees_paid: Decimal = ZERO
    trading_state: TradingState = TradingState.ACTIVE
    day_start: Decimal = ZERO  # equity at the day's boundary, moved along with transfers
    day: str = ""
    halt: Reason | None = None  # what halted it, or made it reduce only
    liquidating: bool = False
    warnings: tuple[Reason, ...] = ()
    allowance: float = 0.0  # orders that may come at once, when they are limited a second
    allowance_at: datetime | None = None
    limits: dict[str, Decimal | int | None] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)  # open ones, by symbol
    orders: dict[str, Order] = field(default_factory=dict)  # open ones, by id, oldest first
    entries: dict[str, Entries] = field(default_factory=dict)  # by symbol
    by_client_id: dict[str, Order] = field(default_factory=dict)  # open ones
    exits: dict[str, dict[str, Order]] = field(default_factory=dict)  # open reduce-only orders by symbol, oldest first

    @property
    def is_service(self) -> bool:
        return self.name.startswith(":")

    def held(self, symbol: str) -> Decimal:
        position = self.positions.get(symbol)
        return position.quantity if position else ZERO

    def open_order(self, order: Order) -> None:
        """Take an order into the account's books, with what it reserves."""
        self.orders[order.id] = order
        self.by_client_id[order.client_order_id] = order
        if order.reduce_only:
            self.exits.setdefault(order.symbol, {})[order.id] = order
        self._reserve(order, order.leaves)

    def release(self, order: Order, quantity: Decimal) -> None:
        """Give back what `quantity` of an order reserved (it filled, was cancelled, or shrank); negative takes more."""
        self._reserve(order, -quantity)

    def reprice(self, order: Order, reserve_price: Decimal | None) -> None:
        """Reserve an open order at another price."""
        self._reserve(order, -order.leaves)
        order.reserve_price = reserve_price
        self._reserve(order, order.leaves)

    def drop(self, order: Order, leaves: Decimal) -> None:
        """An order has ended with `leaves` unfilled."""
        if self.orders.pop(order.id, None) is None:
            return
        self.by_client_id.pop(order.client_order_id, None)
        self._reserve(order, -leaves)
        exits = self.exits.get(order.symbol)
        if exits is not None and exits.pop(order.id, None) is not None and not exits:
            del self.exits[order.symbol]

    def _reserve(self, order: Order, quantity: Decimal) -> None:
        if order.reserve_price is None or not quantity:
            return
        entries = self.entries.get(order.symbol)
        if entries is None:
            entries = self.entries[order.symbol] = Entries()
        entries.add(order.side, quantity * order.reserve_price)
        if not entries.buys and not entries.sells:
            del self.entries[order.symbol]


@dataclass(slots=True)
class Margin:
    """What an account is worth and what of it is bound; all in the settlement currency."""

    equity: Decimal
    unrealised: Decimal
    exposure: Decimal
    margin_used: Decimal
    reserved: Decimal
    maintenance: Decimal

    @property
    def available(self) -> Decimal:
        return self.equity - self.margin_used - self.reserved

    @property
    def level(self) -> Decimal | None:
        """Equity over maintenance margin; None without a position."""
        return divide(self.equity, self.maintenance) if self.maintenance else None


@dataclass(slots=True)
class Terms:
    """What the margin of one symbol depends on besides the account: P&L mark, margin mark, leverage and taker fee."""

    mark: Decimal
    margin_mark: Decimal
    leverage: Decimal
    taker_fee: Decimal


def exposure(held: Decimal, mark: Decimal, entries: Entries | None) -> Decimal:
    """The largest position value that fills of the open entries can lead to."""
    value = held * mark
    if entries is None:
        return abs(value)
    return max(abs(value), value + entries.buys, entries.sells - value)


def margin_of(account: Account, terms: dict[str, Terms]) -> Margin:
    """Value an account. `terms` holds every symbol in which it has a position or an entry."""
    equity, unrealised, bound, used, reserved, total = account.cash, ZERO, ZERO, ZERO, ZERO, ZERO
    for symbol in account.positions.keys() | account.entries.keys():
        term = terms[symbol]
        position, entries = account.positions.get(symbol), account.entries.get(symbol)
        held = ZERO
        if position is not None:
            held = position.quantity
            equity += held * term.mark
            unrealised += position.unrealised(term.mark)
        symbol_used = divide(abs(held) * term.margin_mark, term.leverage)
        bound = divide(exposure(held, term.margin_mark, entries), term.leverage)
        used += symbol_used
        total += abs(held) * term.margin_mark
        reserved += bound - symbol_used
        if entries is not None:
            reserved += (entries.buys + entries.sells) * term.taker_fee
    return Margin(equity, unrealised, total, used, reserved, divide(used, Decimal(2)) if used else ZERO)
