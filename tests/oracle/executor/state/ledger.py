"""The state that every rule works on, and what a turn changed: rows to write, events to tell, requests to the venue.

It decides nothing about orders; it values accounts, keeps the indexes right and tells each fact once.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

import orjson

from tests.oracle.arithmetic import ONE, ZERO, divide, liquidation_price, round_down, scaled
from tests.oracle.domain.accounts import SERVICE_ACCOUNTS, Account, Entries, Margin, Terms, cash_of, margin_of
from tests.oracle.domain.limits import MOST_LEVERAGE
from tests.oracle.domain.markets import Market
from tests.oracle.domain.orders import Order
from tests.oracle.domain.positions import Position, held_after
from tests.oracle.domain.risk import CoreSettings
from tests.oracle.executor.state import journal_rows, payloads
from tests.oracle.executor.state.rates import OrderRates
from tests.oracle.ports import (
    Answer,
    Batch,
    EventRow,
    FillReport,
    Foresight,
    Ids,
    OrderRow,
    PrintReport,
    Request,
    TradeRow,
    TransferRow,
)
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import BalanceReason, EventName, Liquidity, Side

HALF = Decimal("0.5")  # maintenance margin is half the initial margin
WORLD = ":world"  # where deposits come from; no account
Reply = Callable[[], Answer]  # called when the turn is over, so that the answer shows what came of it


@dataclass(slots=True)
class Figures:
    """An account's money as the wire shows it."""

    balance: bytes
    account: bytes


@dataclass(slots=True)
class Kept:
    """What only memory knows at a commit."""

    last: dict[str, Decimal]
    moved_marks: set[str]
    moved_accounts: tuple[str, ...]
    last_priority: int
    requests: tuple[Request, ...]  # of a start, which the first turn sends
    urgent: tuple[Request, ...]


class Ledger:
    """All accounts, open orders, marks and indexes; `now` is the time of what is being handled."""

    def __init__(
        self,
        settings: CoreSettings,
        markets: dict[str, Market],
        quotes: Foresight,
        ids: Ids,
        find_order: Callable[[str, str], OrderRow | None],
    ) -> None:
        self.settings, self.markets, self.quotes, self.ids = settings, markets, quotes, ids
        self.find_order = find_order
        self.accounts: dict[str, Account] = {name: Account(name) for name in SERVICE_ACCOUNTS}
        self.orders: dict[str, Order] = {}  # open ones
        self.last: dict[str, Decimal] = {}
        self.holders: dict[str, dict[str, Account]] = {}  # by symbol, who has a position in it
        self.stale: set[str] = set()  # symbols whose feed fell silent
        self.moved_marks: set[str] = set()  # symbols that traded since the last look at the margins
        self.moved_accounts: dict[str, Account] = {}  # whose money moved since then
        self.requests: deque[Request] = deque()
        self.urgent_requests: deque[Request] = deque()  # cancels and reductions that must not wait for another fill
        self.prints: list[PrintReport] = []
        self.fresh: dict[tuple[str, str], Order] = {}  # made within this batch: not yet in the journal
        self.rates = OrderRates()
        # By order, the venue's trades that were booked in this process's life: a fill counts once. Not written down: an
        # order that fills in thousands of parts would be written longer each time, and no trade number of the venue comes
        # back after a restart.
        self.booked: dict[str, set[str]] = {}
        self._newly_booked: list[tuple[str, str]] = []
        self._ended: list[str] = []
        self.now = datetime.min.replace(tzinfo=UTC)
        self.seconds = 0.0  # of a monotonic clock: what lasts is measured with it, never with `now`
        self._stamp = b""
        self._last_priority = 0
        self.lost_stops: dict[tuple[str, str], Account] = {}  # where a stop has ended, until that was looked at
        self._batch = Batch()
        self._dirty_orders: dict[str, Order] = {}
        self._dirty_positions: dict[str, Position] = {}
        self._dirty_accounts: dict[str, Account] = {}
        self._moved: dict[str, Account] = {}  # whose balance must be told when the turn settles
        self._causes: dict[str, tuple[str, str]] = {}  # of them, why it moved, and by what
        self.keep()

    # ------------------------------------------------------------ keeping and undoing

    def keep(self) -> None:
        """All that was done is committed: remember beside it what no row says."""
        requests = tuple(map(replace, self.requests)) if self.requests else ()
        urgent = tuple(map(replace, self.urgent_requests)) if self.urgent_requests else ()
        marks, accounts = self.moved_marks.copy(), tuple(self.moved_accounts)
        self._kept = Kept(self.last.copy(), marks, accounts, self._last_priority, requests, urgent)
        self.rates.keep()
        self._newly_booked.clear()
        for order_id in self._ended:
            self.booked.pop(order_id, None)
        self._ended.clear()

    def take_over(self, failed: "Ledger") -> None:
        """What no row says, as it was when the ledger that this one stands in for was kept last."""
        self.last, self.moved_marks = failed._kept.last.copy(), failed._kept.moved_marks.copy()
        self.moved_accounts = {name: self.accounts[name] for name in failed._kept.moved_accounts}
        self._last_priority = failed._kept.last_priority
        self.requests.extend(failed._kept.requests)
        self.urgent_requests.extend(failed._kept.urgent)
        self.stale, self.seconds = failed.stale, failed.seconds
        self.rates, self.booked = failed.rates, failed.booked
        self.rates.undo()
        for order_id, venue_trade_id in failed._newly_booked:
            booked = self.booked.get(order_id, set())
            booked.discard(venue_trade_id)
            if not booked:
                self.booked.pop(order_id, None)
        self.keep()

    def at(self, now: datetime) -> None:
        """From here on it is `now`."""
        if now is not self.now:
            self.now = now
            self._stamp = time_text(now).encode()

    # ------------------------------------------------------------ changes

    def next_priority(self) -> int:
        self._last_priority += 1
        return self._last_priority

    def restore_order(self, order: Order) -> None:
        """Take an order back as the journal has it."""
        if self.settings.cash_account and order.side is Side.SELL:
            order.closes_only = True  # rows of an older server do not say so
        account, aside, order.aside = self.accounts[order.account], order.aside, ZERO
        self.orders[order.id] = order
        account.open_order(order)
        account.set_aside(order, aside)
        self._last_priority = max(self._last_priority, order.priority)

    def open_order(self, account: Account, order: Order) -> None:
        self.orders[order.id] = order
        account.open_order(order)
        if order.reserve_price is not None:
            self.moved(account, order)

    def drop_order(self, account: Account, order: Order, leaves: Decimal) -> None:
        """An order has ended with `leaves` unfilled."""
        self._ended.append(order.id)
        del self.orders[order.id]
        account.drop(order, leaves)
        if order.is_stop and (order.closes_only or account.held(order.symbol) * order.side.sign < 0):
            self.lost_stops[account.name, order.symbol] = account
        if order.reserve_price is not None:
            self.moved(account, order)

    def hold(self, account: Account, position: Position) -> None:
        """An account has a position from now on."""
        account.positions[position.symbol] = position
        self.holders.setdefault(position.symbol, {})[account.name] = account

    def touch_position(self, account: Account, position: Position) -> None:
        """A position changed; one with nothing left is closed."""
        position.updated_at = self.now
        if not position.quantity:
            position.closed_at = self.now
            del account.positions[position.symbol]
            del self.holders[position.symbol][account.name]
        self._dirty_positions[position.id] = position

    def touch(self, account: Account) -> None:
        """Something of an account changed that must be written down."""
        self._dirty_accounts[account.name] = account

    def moved(self, account: Account, order: Order | None = None) -> None:
        """An account's money or reservations moved: it is told when the turn settles. `order`: whose reservation it was."""
        if order is not None:
            self._causes.setdefault(account.name, (BalanceReason.ORDER, order.id))
        self._moved[account.name] = self.moved_accounts[account.name] = account

    def because(self, account: Account, reason: str, cause_id: str) -> None:
        """Why its money moved: the last word of a turn is told, and goes before a reservation's."""
        self._causes[account.name] = reason, cause_id

    def transfer(self, account: Account, amount: Decimal, reason: str, source: Account | None = None) -> None:
        """Move money in (or out, negative) as a journaled transfer; from the outside world, or from another account."""
        if amount:
            for one, change in ((account, amount), (source, -amount)):
                if one is not None:
                    if self.margin(one).collateral == one.day_start:
                        one.day_capital += change
                    one.cash += change
                    one.deposits += change
                    one.day_start += change
                    self.touch(one)
            moved_by = self._record_transfer(source.name if source else WORLD, account.name, amount, reason)
            self.because(account, reason, moved_by)
        self.moved(account)

    def pay(self, payer: Account, payee: Account, amount: Decimal, reason: str) -> None:
        """Move money between accounts as profit and loss, which the caller books: journaled, but nobody's deposit."""
        payer.cash -= amount
        payee.cash += amount
        self.touch(payer)
        self.touch(payee)
        self.because(payer, reason, self._record_transfer(payer.name, payee.name, amount, reason))

    def _record_transfer(self, source: str, target: str, amount: Decimal, reason: str) -> str:
        row = TransferRow(self.ids.new(), self.now, source, target, self.settings.currency, amount, reason)
        self._batch.transfers.append(row)
        return row.id

    # ------------------------------------------------------------ money

    def margin_mark(self, symbol: str) -> Decimal | None:
        """The last trade clamped into [bid, ask]; None before the first trade."""
        mark = self.last.get(symbol)
        if mark is None:
            return None
        bid, ask = self.quotes.best_bid(symbol), self.quotes.best_ask(symbol)
        if bid is not None and mark < bid:
            return bid
        return ask if ask is not None and mark > ask else mark

    def closable(self, account: Account, symbol: str) -> Decimal:
        """How much of a position orders can close: whole lots. What fees in base currency leave below a lot is dust,
        and counts as flat."""
        held = abs(account.held(symbol))
        return round_down(held, self.markets[symbol].lot) if self.settings.base_fees else held

    def closable_after(self, account: Account, symbol: str, fills: Sequence[FillReport]) -> Decimal:
        """What orders could close of a position, signed, once fills that the venue has made but not told are booked."""
        market, base_fees = self.markets[symbol], self.settings.base_fees
        held = account.held(symbol)
        for fill in fills:
            rate = market.maker_fee if fill.liquidity is Liquidity.MAKER else market.taker_fee
            held = held_after(held, fill.side, fill.quantity, rate if base_fees and fill.side is Side.BUY else ZERO)
        return round_down(abs(held), market.lot).copy_sign(held) if base_fees else held

    def limit(self, account: Account, name: str) -> Decimal | int | None:
        """A risk limit of an account: its own, else the server's; None is off."""
        return account.limits[name] if name in account.limits else self.settings.limits.get(name)

    def collar(self, account: Account) -> Decimal:
        """How far past the mark an aggressive price may go, in percent; 0 is no collar."""
        own = account.limits.get("collarPct")
        return self.settings.collar_pct if own is None else Decimal(own)

    def leverage(self, account: Account) -> Decimal:
        own = account.limits.get("leverage")
        # Databases of before this was checked may hold one that nobody can compute with.
        return self.settings.leverage if own is None else min(max(Decimal(own), ONE), MOST_LEVERAGE)

    def terms(self, account: Account, entries: Mapping[str, Entries] | None = None) -> dict[str, Terms]:
        """What the margin of each of the account's symbols is computed with."""
        symbols = account.positions.keys() | (account.entries if entries is None else entries).keys()
        leverage = self.leverage(account)
        found = {}
        for symbol in symbols:
            margin_mark = self.margin_mark(symbol) or ZERO
            found[symbol] = Terms(self.last.get(symbol, ZERO), margin_mark, leverage, self.markets[symbol].highest_fee)
        return found

    def margin(self, account: Account, entries: Mapping[str, Entries] | None = None) -> Margin:
        """What an account is worth and may use; with other `entries` than its own to try them."""
        value = cash_of if self.settings.cash_account else margin_of
        return value(account, self.terms(account, entries), entries)

    def liquidation_price(self, account: Account, symbol: str) -> Decimal | None:
        """The mark of `symbol` at which equity equals the maintenance margin, all other marks unchanged."""
        position = account.positions.get(symbol)
        if position is None:
            return None
        rate = divide(HALF, self.leverage(account))
        others, maintenance = ZERO, ZERO
        for other in account.positions.values():
            if other is not position:
                mark = self.margin_mark(other.symbol) or ZERO
                others += other.quantity * mark
                maintenance += scaled(abs(other.quantity) * mark, rate)
        return liquidation_price(position.quantity, account.cash, others, maintenance, rate)

    # ------------------------------------------------------------ what is told

    def order_bytes(self, order: Order) -> bytes:
        return payloads.order_bytes(order, self.markets[order.symbol])

    def position_bytes(self, account: Account, position: Position) -> bytes:
        symbol = position.symbol
        liquidation = self.liquidation_price(account, symbol) if self.settings.liquidation else None
        return payloads.position_bytes(position, self.markets[symbol], self.last.get(symbol, ZERO), liquidation)

    def figures(self, account: Account) -> Figures:
        """Balance and account as they stand."""
        margin, asset = self.margin(account), self.settings.currency
        limits = {**self.settings.limits, **account.limits}
        return Figures(
            payloads.balance_bytes(account, margin, asset), payloads.account_bytes(account, margin, asset, limits)
        )

    def tell_order(self, event: EventName, order: Order, **why: str | None) -> None:
        """Tell what became of an order; `why` stands beside it in the payload."""
        self._dirty_orders[order.id] = order
        self.tell(event, self.accounts[order.account], b"order", self.order_bytes(order), why)

    def tell_state(self, account: Account) -> None:
        """The trading state changed."""
        state = {"state": account.trading_state, "reason": account.halt}
        self.tell(EventName.TRADING_STATE, account, b"trading", orjson.dumps(state))
        self.moved(account)

    def tell(
        self,
        event: EventName,
        account: Account,
        noun: bytes,
        value: bytes,
        more: Mapping[str, str | None] | None = None,
    ) -> None:
        account.seq += 1
        self._dirty_accounts[account.name] = account
        data = payloads.event_data(noun, value, self._stamp, more)
        self._batch.events.append(EventRow(account.name, account.seq, event, data, self.now))

    def is_new_trade(self, order: Order, venue_trade_id: str) -> bool:
        """Take note of a fill; False when it was booked before."""
        if venue_trade_id in self.booked.get(order.id, ()):
            return False
        self._newly_booked.append((order.id, venue_trade_id))
        self.booked.setdefault(order.id, set()).add(venue_trade_id)
        return True

    def record_trade(self, row: TradeRow) -> None:
        self._batch.trades.append(row)

    def write_order(self, order: Order) -> None:
        """Write an order's row although nothing of it is told."""
        self._dirty_orders[order.id] = order

    def settle(self) -> None:
        """The end of a turn: tell every account whose money or reservations moved what it has now."""
        moved, self._moved = self._moved, {}
        causes, self._causes = self._causes, {}
        for account in moved.values():
            figures = self.figures(account)
            reason, cause_id = causes.get(account.name, (None, None))
            more = {} if reason is None else {"reason": reason, "causeId": cause_id}
            self.tell(EventName.BALANCE_UPDATED, account, b"balance", figures.balance, more)
            self.tell(EventName.ACCOUNT_UPDATED, account, b"account", figures.account)

    @property
    def unsettled(self) -> list[Account]:
        """Accounts whose money moved in this turn."""
        return list(self._moved.values())

    def take_batch(self) -> tuple[Batch, list[PrintReport]]:
        """What is to be committed since the last call, and the prints that were made."""
        batch, self._batch = self._batch, Batch()
        for order in self._dirty_orders.values():
            batch.orders[order.id] = journal_rows.order_row(order, self.markets[order.symbol])
        for position in self._dirty_positions.values():
            batch.positions[position.id] = journal_rows.position_row(
                position, self.markets[position.symbol], self.last.get(position.symbol, ZERO)
            )
        for account in self._dirty_accounts.values():
            batch.accounts[account.name] = journal_rows.account_row(account)
        self._dirty_orders, self._dirty_positions, self._dirty_accounts = {}, {}, {}
        self.fresh.clear()
        prints, self.prints = self.prints, []
        return batch, prints
