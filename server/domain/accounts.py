"""An account: its money, what its open orders reserve, and what it may still do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from server.domain.alerts import Alert
from server.domain.markets import Market
from server.domain.orders import Order
from server.domain.positions import Position
from tradeterm.protocol.arithmetic import HUNDRED, ONE, ZERO, divide, ratio, scaled
from tradeterm.protocol.vocabulary import Reason, Side, TradingState

HOUSE, FEES, INSURANCE = ":house", ":fees", ":insurance"
SERVICE_ACCOUNTS = (HOUSE, FEES, INSURANCE)
# What holds an account, gravest first, and what it may do meanwhile.
_STATES = {
    Reason.KILL: TradingState.HALTED,
    Reason.LIQUIDATION: TradingState.HALTED,
    Reason.DAY_LOSS_LIMIT: TradingState.REDUCING,
    Reason.RECONCILING: TradingState.REDUCING,
}
GRAVEST_FIRST = tuple(_STATES)
_BUY = Side.BUY  # looked up once
_TWO = Decimal(2)


@dataclass(slots=True)
class Pair:
    """The open legs of one linked pair of entries: only one of them can fill, so only the dearer one counts. It is never
    changed, but replaced."""

    buys: dict[str, Decimal] = field(default_factory=dict)  # value by order id
    sells: dict[str, Decimal] = field(default_factory=dict)

    def with_leg(self, order: Order, value: Decimal) -> "Pair":
        """What it is with a value of one of its legs more (less, where that is negative)."""
        legs = dict(self.buys if order.side is _BUY else self.sells)
        left = legs.pop(order.id, ZERO) + value
        if left:
            legs[order.id] = left
        return Pair(legs, self.sells) if order.side is _BUY else Pair(self.buys, legs)

    def worth(self) -> tuple[Decimal, Decimal, Decimal]:
        """(the dearest buy, the dearest sell, the dearer of the two)."""
        buys, sells = max(self.buys.values(), default=ZERO), max(self.sells.values(), default=ZERO)
        return buys, sells, max(buys, sells)


_NO_PAIR = Pair()


@dataclass(slots=True)
class Entries:
    """Σ quantity·price of the open entries of one symbol, by side; `charged` is what fees may fall due on."""

    buys: Decimal = ZERO
    sells: Decimal = ZERO
    charged: Decimal = ZERO
    pairs: dict[str, Pair] | None = None  # by oco id; None: there are none. Never changed, but replaced

    @property
    def larger(self) -> Decimal:
        """The value of the side that has more of it: what can be opened where nothing is held."""
        return self.buys if self.buys > self.sells else self.sells

    def count_in_pair(self, pair_id: str, order: Order, value: Decimal) -> None:
        """Count a value of one of a pair, or give it back where it is negative."""
        pairs = dict(self.pairs or ())
        before = pairs.pop(pair_id, _NO_PAIR)
        pair = before.with_leg(order, value)
        buys, sells, charged = (now - then for now, then in zip(pair.worth(), before.worth(), strict=True))
        self.buys += buys
        self.sells += sells
        self.charged += charged
        if pair.buys or pair.sells:
            pairs[pair_id] = pair
        self.pairs = pairs or None

    def count(self, side: Side, value: Decimal) -> None:
        """Count a value that no pair shares, or give it back."""
        if side is _BUY:
            self.buys += value
        else:
            self.sells += value
        self.charged += value

    def with_order(self, order: Order, quantity: Decimal, price: Decimal | None) -> "Entries":
        """What they would be with `quantity` of an order more (less, where it is negative); it reserves nothing where it
        has no `price`."""
        value = ZERO if price is None else quantity * price
        if order.oco_id is not None:
            changed = Entries(self.buys, self.sells, self.charged, self.pairs)
            changed.count_in_pair(order.oco_id, order, value)
            return changed
        if order.side is _BUY:
            return Entries(self.buys + value, self.sells, self.charged + value, self.pairs)
        return Entries(self.buys, self.sells + value, self.charged + value, self.pairs)


NO_ENTRIES = Entries()  # of an account that has none; only looked at


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
    day_start: Decimal = ZERO  # equity at the day's boundary, moved along with transfers: profit counts from there
    day_capital: Decimal = ZERO  # what the day's loss limit is a share of
    day: str = ""
    halt: Reason | None = None  # what halted it, or made it reduce only: the gravest of `holds`
    holds: frozenset[Reason] = frozenset()  # all that keeps it from trading freely; each ends by itself
    liquidating: bool = False
    is_stuck: bool = False  # being liquidated, and nobody takes what it holds
    warnings: tuple[Reason, ...] = ()
    differences: tuple[str, ...] = ()  # between what the venue holds and what we do, in words; of this process's life
    limits: dict[str, Decimal | int | None] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)  # those that wait, by id, oldest first
    dead_man_s: int = 0  # after so long a silence entries are cancelled; 0 is off
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

    def next_seq(self) -> int:
        """The number of the next event that it is told of."""
        self.seq += 1
        return self.seq

    # ------------------------------------------------------------ what it has

    def hold_position(self, position: Position) -> None:
        self.positions[position.symbol] = position

    def drop_position(self, symbol: str) -> None:
        del self.positions[symbol]

    def pay(self, cost: Decimal, fee: Decimal) -> None:
        """A fill was paid for: `cost` is negative for what was sold."""
        self.cash -= cost + fee
        self.fees_paid += fee

    def receive(self, amount: Decimal) -> None:
        """Money came from another account (or, negative, went to it) that is nobody's deposit."""
        self.cash += amount

    def earn(self, profit: Decimal) -> None:
        """A profit (or, negative, a loss or a cost) is realised."""
        self.realised += profit

    def transfer(self, amount: Decimal, worth: Decimal) -> None:
        """Money came, or went, that nobody earned or lost; `worth` is the equity before. Until the day has brought a
        profit or a loss it is part of what the day begins with; later it makes the day's loss limit no wider or narrower."""
        if worth == self.day_start:
            self.day_capital += amount
        self.cash += amount
        self.deposits += amount
        self.day_start += amount

    def day_loss_limit(self, percent: Decimal | int | None) -> Decimal | None:
        """How much trading may lose in the day; None without a limit."""
        return scaled(self.day_capital, Decimal(percent), HUNDRED) if percent else None

    def begin_day(self, day: str, equity: Decimal) -> None:
        """The day's profit counts from here."""
        self.day, self.day_start, self.day_capital = day, equity, equity

    def begin_anew(self) -> None:
        """It has what a new account opens with."""
        self.day_start = self.day_capital = self.cash
        self.warnings = ()
        self.liquidating = False

    # ------------------------------------------------------------ what is known of it

    def mark_called(self, *, is_called: bool) -> None:
        """Its margin is called for, or is enough again."""
        self.liquidating = is_called

    def mark_stuck(self, *, is_stuck: bool) -> None:
        """Nobody takes what a called account holds, or somebody does again."""
        self.is_stuck = is_stuck

    def warn(self, warnings: tuple[Reason, ...]) -> None:
        """All that its owner is to look at, in place of what was."""
        self.warnings = warnings

    def differ(self, differences: tuple[str, ...]) -> None:
        """What the venue holds besides what we do, in words."""
        self.differences = differences

    def expect_within(self, seconds: int) -> None:
        """It wants to be missed after such a silence; 0: never."""
        self.dead_man_s = seconds

    def limit(self, limits: Mapping[str, Decimal | int | None]) -> None:
        """Own limits, in place of those of the same name."""
        self.limits.update(limits)

    def add_alert(self, alert: Alert) -> None:
        self.alerts[alert.id] = alert

    def drop_alert(self, alert_id: str) -> None:
        del self.alerts[alert_id]

    # ------------------------------------------------------------ its orders, and what they bind

    def is_against(self, order: Order) -> bool:
        """Is the order on the other side of what is held?"""
        return self.held(order.symbol) * order.side.sign < ZERO

    def open_order(self, order: Order, entries: Entries | None = None) -> None:
        """Take an order into the account's books, with what it reserves; `entries`: those of its symbol with it, where that
        was found already."""
        self.orders[order.id] = order
        self.by_client_id[order.client_order_id] = order
        if order.closes_only:
            self.exits.setdefault(order.symbol, {})[order.id] = order
        if entries is None:
            self._reserve(order, order.leaves)
        elif entries.buys or entries.sells:
            self.entries[order.symbol] = entries
        else:
            self.entries.pop(order.symbol, None)

    def restore_order(self, order: Order) -> None:
        """Take an open order back with all that it binds."""
        aside = order.aside
        order.bind(ZERO)
        self.open_order(order)
        self.set_aside(order, aside)

    def rebook(self, order: Order, change: Callable[[], None]) -> None:
        """Have an open order changed, and reserve what it then needs."""
        self._reserve(order, -order.leaves)
        change()
        self._reserve(order, order.leaves)

    def give_back(self, order: Order, quantity: Decimal) -> None:
        """Give back what `quantity` of an order reserved (it filled, was cancelled, or shrank); negative takes more."""
        self._reserve(order, -quantity)

    def reprice(self, order: Order, reserve_price: Decimal | None) -> None:
        """Reserve an open order at another price."""
        self.rebook(order, lambda: order.reserve_at(reserve_price, order.venue_price))

    def drop(self, order: Order, leaves: Decimal) -> None:
        """An order has ended with `leaves` unfilled."""
        if self.orders.pop(order.id, None) is None:
            return
        self.by_client_id.pop(order.client_order_id, None)
        self._reserve(order, -leaves)
        if order.aside:
            self.set_aside(order, ZERO)
        if self.exits:
            self._forget_exit(order)

    def set_aside(self, order: Order, value: Decimal) -> None:
        """Bind `value` more for an order that is to become larger or dearer, until the venue has said so; 0 gives it back."""
        more = order.bind(value)
        if more:
            entries = self.entries.setdefault(order.symbol, Entries())
            entries.count(order.side, more)
            self._drop_empty(order.symbol)

    def sort(self, order: Order, *, closes_only: bool) -> None:
        """Say anew whether an open order only closes."""
        order.take_as(closes_only=closes_only)
        if closes_only:
            self.exits.setdefault(order.symbol, {})[order.id] = order
        else:
            self._forget_exit(order)

    def _forget_exit(self, order: Order) -> None:
        exits = self.exits.get(order.symbol)
        if exits is not None and exits.pop(order.id, None) is not None and not exits:
            del self.exits[order.symbol]

    def _reserve(self, order: Order, quantity: Decimal) -> None:
        price, symbol = order.reserve_price, order.symbol
        if price is None or not quantity:
            return
        entries = self.entries.get(symbol)
        if entries is None:
            entries = self.entries[symbol] = Entries()
        if order.oco_id is None:
            entries.count(order.side, quantity * price)
        else:
            entries.count_in_pair(order.oco_id, order, quantity * price)
        if not entries.buys and not entries.sells:
            del self.entries[symbol]

    def _drop_empty(self, symbol: str) -> None:
        entries = self.entries[symbol]
        if not entries.buys and not entries.sells:
            del self.entries[symbol]

    def with_open(self, order: Order) -> "Account":
        """The account as it would be with an order more in its books; itself it stays as it is."""
        mine, exits, symbol = self.entries.get(order.symbol, NO_ENTRIES), self.exits, order.symbol
        if order.closes_only:
            exits = {**exits, symbol: {**exits.get(symbol, {}), order.id: order}}
        entries = {**self.entries, symbol: mine.with_order(order, order.leaves, order.reserve_price)}
        return replace(self, orders={**self.orders, order.id: order}, entries=entries, exits=exits)


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


MarkOf = Callable[[str], Decimal]  # of a symbol: what margin is told at
MarksOf = Callable[[str], tuple[Decimal, Decimal]]  # of a symbol: what profit is told at, and what margin is


def exposure(held: Decimal, mark: Decimal, entries: Entries | None) -> Decimal:
    """The largest position value that fills of the open entries can lead to."""
    value = held * mark
    if entries is None:
        return abs(value)
    return max(abs(value), value + entries.buys, entries.sells - value)


def available_of(
    account: Account, leverage: Decimal, mark_of: MarkOf, markets: Mapping[str, Market], entries: Mapping[str, Entries]
) -> Decimal:
    """What a margin account may still use, with these entries: `available` of its `Margin`."""
    available, positions = account.cash, account.positions
    for symbol, position in positions.items():
        mark, opened = mark_of(symbol), entries.get(symbol)
        available += position.quantity * mark - divide(exposure(position.quantity, mark, opened), leverage)
    for symbol, opened in entries.items():
        if symbol not in positions:
            available -= divide(opened.larger, leverage)
        available -= opened.charged * markets[symbol].highest_fee
    return available


def margin_of(
    account: Account,
    leverage: Decimal,
    marks_of: MarksOf,
    markets: Mapping[str, Market],
    entries: Mapping[str, Entries],
) -> Margin:
    """Value a margin account with these entries."""
    equity = collateral = account.cash
    unrealised = total = used = reserved = ZERO
    for symbol, position in account.positions.items():
        (mark, margin_mark), opened = marks_of(symbol), entries.get(symbol)
        shown, value = position.quantity * mark, position.quantity * margin_mark
        equity += shown
        unrealised += shown - position.open_cost
        collateral += value
        size = abs(value)
        total += size
        bound = divide(size, leverage)
        used += bound
        if opened is not None:
            worst = max(size, value + opened.buys, opened.sells - value)
            more = ZERO if worst == size else divide(worst, leverage) - bound
            reserved += more + opened.charged * markets[symbol].highest_fee
    for symbol, opened in entries.items():
        if symbol not in account.positions:
            reserved += divide(opened.larger, leverage) + opened.charged * markets[symbol].highest_fee
    maintenance = divide(used, _TWO) if used else ZERO
    return Margin(equity, unrealised, collateral, total, used, reserved, maintenance, collateral - used - reserved)


def cash_of(
    account: Account, _: Decimal, marks_of: MarksOf, markets: Mapping[str, Market], entries: Mapping[str, Entries]
) -> Margin:
    """Value a cash account: what its buys would cost with their fees is set aside, and nothing is borrowed or lent on."""
    equity = collateral = account.cash
    unrealised = total = reserved = ZERO
    for symbol, position in account.positions.items():
        mark, margin_mark = marks_of(symbol)
        equity += position.quantity * mark
        unrealised += position.unrealised(mark)
        collateral += position.quantity * margin_mark
        total += abs(position.quantity) * margin_mark
    for symbol, opened in entries.items():
        reserved += opened.buys * (ONE + markets[symbol].highest_fee)
    return Margin(equity, unrealised, collateral, total, ZERO, reserved, ZERO, account.cash - reserved)
