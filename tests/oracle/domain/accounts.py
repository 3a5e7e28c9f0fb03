"""An account: its money, what its open orders reserve, and what it may still do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tests.oracle.arithmetic import ONE, ZERO, divide, ratio
from tests.oracle.domain.orders import Order
from tests.oracle.domain.positions import Position
from tradeterm.protocol.vocabulary import Reason, Side, TradingState

HOUSE, FEES, INSURANCE = ":house", ":fees", ":insurance"
SERVICE_ACCOUNTS = (HOUSE, FEES, INSURANCE)
# What holds an account, gravest first, and what it may do meanwhile.
_STATES = {
    Reason.KILL: TradingState.HALTED,
    Reason.LIQUIDATION: TradingState.HALTED,
    Reason.DAY_LOSS_LIMIT: TradingState.REDUCING,
}
GRAVEST_FIRST = tuple(_STATES)


@dataclass(slots=True)
class Pair:
    """The open legs of one linked pair of entries: only one of them can fill, so only the dearer one counts."""

    buys: dict[str, Decimal] = field(default_factory=dict)  # value by order id
    sells: dict[str, Decimal] = field(default_factory=dict)

    def add(self, order: Order, value: Decimal) -> None:
        legs = self.buys if order.side is Side.BUY else self.sells
        left = legs.get(order.id, ZERO) + value
        if left:
            legs[order.id] = left
        else:
            legs.pop(order.id, None)

    def worth(self) -> tuple[Decimal, Decimal, Decimal]:
        """(the dearest buy, the dearest sell, the dearer of the two)."""
        buys, sells = max(self.buys.values(), default=ZERO), max(self.sells.values(), default=ZERO)
        return buys, sells, max(buys, sells)


@dataclass(slots=True)
class Entries:
    """Σ quantity·price of the open entries of one symbol, by side; `charged` is what fees may fall due on."""

    buys: Decimal = ZERO
    sells: Decimal = ZERO
    charged: Decimal = ZERO
    pairs: dict[str, Pair] = field(default_factory=dict)  # by oco id

    def add(self, order: Order, quantity: Decimal) -> None:
        """Count `quantity` of an order, or give it back where it is negative."""
        assert order.reserve_price is not None
        value = quantity * order.reserve_price
        if order.oco_id is None:
            self.count(order.side, value)
            return
        pair = self.pairs.setdefault(order.oco_id, Pair())
        before = pair.worth()
        pair.add(order, value)
        self._count(*(now - then for now, then in zip(pair.worth(), before, strict=True)))
        if not pair.buys and not pair.sells:
            del self.pairs[order.oco_id]

    def count(self, side: Side, value: Decimal) -> None:
        """Count a value that no pair shares, or give it back."""
        self._count(*((value, ZERO) if side is Side.BUY else (ZERO, value)), value)

    def _count(self, buys: Decimal, sells: Decimal, charged: Decimal) -> None:
        self.buys += buys
        self.sells += sells
        self.charged += charged

    def with_order(self, order: Order, quantity: Decimal) -> "Entries":
        """What they would be with `quantity` of an order more (less, where it is negative)."""
        pairs = {key: Pair(dict(pair.buys), dict(pair.sells)) for key, pair in self.pairs.items()}
        changed = Entries(self.buys, self.sells, self.charged, pairs)
        if order.reserve_price is not None:
            changed.add(order, quantity)
        return changed


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
    day_capital: Decimal = ZERO  # what the day's loss limit is a share of
    day: str = ""
    halt: Reason | None = None  # what halted it, or made it reduce only: the gravest of `holds`
    holds: frozenset[Reason] = frozenset()  # all that keeps it from trading freely; each ends by itself
    liquidating: bool = False
    is_stuck: bool = False  # being liquidated, and nobody takes what it holds
    warnings: tuple[Reason, ...] = ()
    limits: dict[str, Decimal | int | None] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)  # open ones, by symbol
    orders: dict[str, Order] = field(default_factory=dict)  # open ones, by id, oldest first
    entries: dict[str, Entries] = field(default_factory=dict)  # by symbol
    by_client_id: dict[str, Order] = field(default_factory=dict)  # open ones
    exits: dict[str, dict[str, Order]] = field(
        default_factory=dict
    )  # open orders that only close, by symbol, oldest first

    def hold(self, reason: Reason) -> None:
        """Something keeps the account from trading freely, besides whatever does already."""
        self.holds |= {reason}
        self._stand()

    def release(self, *reasons: Reason) -> None:
        """Something is over; what else holds the account goes on holding it."""
        self.holds -= {*reasons}
        self._stand()

    def _stand(self) -> None:
        self.halt = next((one for one in GRAVEST_FIRST if one in self.holds), None)
        self.trading_state = _STATES[self.halt] if self.halt is not None else TradingState.ACTIVE

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
        if order.closes_only:
            self.exits.setdefault(order.symbol, {})[order.id] = order
        self._reserve(order, order.leaves)

    def give_back(self, order: Order, quantity: Decimal) -> None:
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
        self.set_aside(order, ZERO)
        self._forget_exit(order)

    def set_aside(self, order: Order, value: Decimal) -> None:
        """Bind `value` more for an order that is to become larger or dearer, until the venue has said so; 0 gives it back."""
        more, order.aside = value - order.aside, value
        if more:
            entries = self.entries.setdefault(order.symbol, Entries())
            entries.count(order.side, more)
            self._drop_empty(order.symbol)

    def sort(self, order: Order, *, closes_only: bool) -> None:
        """Say anew whether an open order only closes."""
        order.closes_only = closes_only
        if closes_only:
            self.exits.setdefault(order.symbol, {})[order.id] = order
        else:
            self._forget_exit(order)

    def _forget_exit(self, order: Order) -> None:
        exits = self.exits.get(order.symbol)
        if exits is not None and exits.pop(order.id, None) is not None and not exits:
            del self.exits[order.symbol]

    def _reserve(self, order: Order, quantity: Decimal) -> None:
        if order.reserve_price is None or not quantity:
            return
        entries = self.entries.get(order.symbol)
        if entries is None:
            entries = self.entries[order.symbol] = Entries()
        entries.add(order, quantity)
        self._drop_empty(order.symbol)

    def _drop_empty(self, symbol: str) -> None:
        entries = self.entries[symbol]
        if not entries.buys and not entries.sells:
            del self.entries[symbol]

    def entries_with(self, order: Order, quantity: Decimal) -> dict[str, Entries]:
        """The entries of all symbols as they would be with `quantity` of an order more."""
        mine = self.entries.get(order.symbol) or Entries()
        return {**self.entries, order.symbol: mine.with_order(order, quantity)}


@dataclass(slots=True)
class Margin:
    """What an account is worth and what of it is bound; all in the settlement currency.

    `equity` and `unrealised` are at the last trade, and are shown; `collateral` is the same at the margin mark, and
    decides.
    """

    equity: Decimal
    unrealised: Decimal
    collateral: Decimal
    exposure: Decimal
    margin_used: Decimal
    reserved: Decimal
    maintenance: Decimal
    available: Decimal

    @property
    def level(self) -> Decimal | None:
        """Collateral over maintenance margin, within ±`HIGHEST_RATIO`; None without a position that can be lost."""
        return ratio(self.collateral, self.maintenance) if self.maintenance else None


@dataclass(slots=True)
class Terms:
    """What the margin of one symbol depends on besides the account: P&L mark, margin mark, leverage and what a fill may cost."""

    mark: Decimal
    margin_mark: Decimal
    leverage: Decimal
    highest_fee: Decimal


def exposure(held: Decimal, mark: Decimal, entries: Entries | None) -> Decimal:
    """The largest position value that fills of the open entries can lead to."""
    value = held * mark
    if entries is None:
        return abs(value)
    return max(abs(value), value + entries.buys, entries.sells - value)


def margin_of(account: Account, terms: Mapping[str, Terms], entries: Mapping[str, Entries] | None = None) -> Margin:
    """Value a margin account. `terms` holds every symbol in which it has a position or an entry; `entries` are its own
    where no others are given to try."""
    tried = account.entries if entries is None else entries
    equity, unrealised, collateral, total = _worth(account, terms)
    used, reserved = ZERO, ZERO
    for symbol in account.positions.keys() | tried.keys():
        term, opened = terms[symbol], tried.get(symbol)
        held = account.held(symbol)
        symbol_used = divide(abs(held) * term.margin_mark, term.leverage)
        used += symbol_used
        reserved += divide(exposure(held, term.margin_mark, opened), term.leverage) - symbol_used
        if opened is not None:
            reserved += opened.charged * term.highest_fee
    maintenance = divide(used, Decimal(2)) if used else ZERO
    available = collateral - used - reserved
    return Margin(equity, unrealised, collateral, total, used, reserved, maintenance, available)


def cash_of(account: Account, terms: Mapping[str, Terms], entries: Mapping[str, Entries] | None = None) -> Margin:
    """Value a cash account: what its buys would cost with their fees is set aside, and nothing is borrowed or lent on."""
    tried = account.entries if entries is None else entries
    equity, unrealised, collateral, total = _worth(account, terms)
    reserved = sum((one.buys * (ONE + terms[symbol].highest_fee) for symbol, one in tried.items()), ZERO)
    return Margin(equity, unrealised, collateral, total, ZERO, reserved, ZERO, account.cash - reserved)


def _worth(account: Account, terms: Mapping[str, Terms]) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """(equity as shown, unrealised as shown, collateral, value of all positions)."""
    equity, unrealised, collateral, total = account.cash, ZERO, account.cash, ZERO
    for symbol, position in account.positions.items():
        term = terms[symbol]
        equity += position.quantity * term.mark
        unrealised += position.unrealised(term.mark)
        collateral += position.quantity * term.margin_mark
        total += abs(position.quantity) * term.margin_mark
    return equity, unrealised, collateral, total
