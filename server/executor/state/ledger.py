"""The state that every rule works on, and what a turn changed: rows to write, events to tell, requests to the venue.

It decides nothing about orders; it keeps the indexes right and tells each fact once.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import repeat

import orjson

from server.domain.accounts import SERVICE_ACCOUNTS, Account, Entries
from server.domain.markets import Market
from server.domain.orders import Order
from server.domain.positions import Position
from server.domain.risk import CoreSettings
from server.executor.state import journal_rows, payloads
from server.executor.state.booked_trades import BookedTrades
from server.executor.state.rates import OrderRates
from server.executor.state.valuation import Marks, Valuation
from server.ports import (
    Answer,
    Batch,
    EventRow,
    Foresight,
    Ids,
    OrderRow,
    Place,
    PrintReport,
    Request,
    TradeRow,
    TransferRow,
)
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import BalanceReason, EventName, Side

WORLD = ":world"  # where deposits come from; no account
_BALANCE, _ACCOUNT = EventName.BALANCE_UPDATED, EventName.ACCOUNT_UPDATED  # looked up once
_ORDER = BalanceReason.ORDER
Reply = Callable[[], Answer]  # called when the turn is over, so that the answer shows what came of it


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
        self.missed: set[str] = set()  # of those, where an order was refused for it
        self.moved_marks: set[str] = set()  # symbols that traded since the last look at the margins
        self.moved_accounts: dict[str, Account] = {}  # whose money moved since then
        self.requests: deque[Request] = deque()
        self.urgent_requests: deque[Request] = deque()  # cancels and reductions that must not wait for another fill
        self.prints: list[PrintReport] = []
        self.fresh: dict[tuple[str, str], Order] = {}  # made within this batch: not yet in the journal
        self.rates, self.booked_trades = OrderRates(), BookedTrades()
        self.valuation = Valuation(settings, markets, quotes, self.last)
        self.now = datetime.min.replace(tzinfo=UTC)
        self.seconds = 0.0  # of a monotonic clock: what lasts is measured with it, never with `now`
        self.stamp, self._event_end = "", payloads.event_end("")  # `now` as the wire writes it
        self._last_priority, self._batch = 0, Batch()
        self._told: list[tuple[str, int, EventName, bytes, datetime]] = []  # the batch's events
        self.lost_stops: dict[tuple[str, str], Account] = {}  # where a stop has ended, until that was looked at
        self._dirty_orders: dict[str, Order] = {}
        self._dirty_positions: dict[str, Position] = {}
        self._dirty_accounts: dict[str, Account] = {}
        self._moved: dict[str, Account] = {}  # whose balance must be told when the turn settles
        self._causes: dict[str, tuple[str, str]] = {}  # of them, why it moved, and by what
        self.owing: dict[str, Account] = {}  # of them, who owed money when it moved, until that was looked at
        self.keep()

    # ------------------------------------------------------------ keeping and undoing

    def keep(self) -> None:
        """All that was done is committed: remember beside it what no row says."""
        marks, accounts = self.moved_marks.copy(), tuple(self.moved_accounts)
        queued = tuple(self.requests), tuple(self.urgent_requests)
        self._kept = Kept(self.last.copy(), marks, accounts, self._last_priority, *queued)
        self.rates.keep()
        self.booked_trades.keep()

    def take_over(self, failed: "Ledger") -> None:
        """What no row says, as it was when the ledger that this one stands in for was kept last."""
        self.last.clear()
        self.last.update(failed._kept.last)
        self.moved_marks = failed._kept.moved_marks.copy()
        self.moved_accounts = {name: self.accounts[name] for name in failed._kept.moved_accounts}
        self._last_priority = failed._kept.last_priority
        self.requests.extend(failed._kept.requests)
        for request in self.requests:
            if isinstance(request, Place):  # the row says that it was sent: to a venue before the last start
                self.orders[request.order_id].unsend()
        self.urgent_requests.extend(failed._kept.urgent)
        self.stale, self.missed, self.seconds = failed.stale, failed.missed, failed.seconds
        self.rates, self.booked_trades = failed.rates, failed.booked_trades
        self.rates.undo()
        self.booked_trades.undo()
        self.keep()

    def at(self, now: datetime) -> None:
        """From here on it is `now`."""
        if now is not self.now:
            self.now = now
            self.stamp = time_text(now)
            self._event_end = payloads.event_end(self.stamp)

    # ------------------------------------------------------------ changes

    def next_priority(self) -> int:
        self._last_priority += 1
        return self._last_priority

    def restore_order(self, order: Order) -> None:
        """Take an order back as the journal has it."""
        if self.settings.cash_account and order.side is Side.SELL:
            order.take_as(closes_only=True)  # rows of an older server do not say so
        self.orders[order.id] = order
        self.accounts[order.account].restore_order(order)
        self._last_priority = max(self._last_priority, order.priority)

    def open_order(self, account: Account, order: Order, entries: Entries | None = None) -> None:
        """Take an order into all books; `entries` as `Account.open_order` has them."""
        self.orders[order.id] = order
        account.open_order(order, entries)
        if order.reserve_price is not None:
            self.moved(account, order)

    def drop_order(self, account: Account, order: Order, leaves: Decimal) -> None:
        """An order has ended with `leaves` unfilled; that it reserves no more its caller says."""
        self.booked_trades.end(order.id)
        del self.orders[order.id]
        account.drop(order, leaves)
        if order.stop_price is not None and order.is_stop and (order.closes_only or account.is_against(order)):
            self.lost_stops[account.name, order.symbol] = account

    def hold(self, account: Account, position: Position) -> None:
        """An account has a position from now on."""
        account.hold_position(position)
        self.holders.setdefault(position.symbol, {})[account.name] = account

    def touch_position(self, account: Account, position: Position) -> None:
        """A position changed; one with nothing left is closed."""
        if not position.touch(self.now):
            account.drop_position(position.symbol)
            del self.holders[position.symbol][account.name]
        self._dirty_positions[position.id] = position

    def touch(self, account: Account) -> None:
        """Something of an account changed that must be written down."""
        self._dirty_accounts[account.name] = account

    def moved(self, account: Account, order: Order | None = None) -> None:
        """An account's money or reservations moved: it is told when the turn settles. `order`: whose reservation it was."""
        name = account.name
        if order is not None and name not in self._causes:
            self._causes[name] = _ORDER, order.id
        self._moved[name] = self.moved_accounts[name] = account
        if account.cash < ZERO:
            self.owing[name] = account

    def because(self, account: Account, reason: str, cause_id: str) -> None:
        """Why its money moved: the last word of a turn is told, and goes before a reservation's."""
        self._causes[account.name] = reason, cause_id

    def transfer(self, account: Account, amount: Decimal, reason: str, source: Account | None = None) -> None:
        """Move money in (or out, negative) as a journaled transfer; from the outside world, or from another account."""
        if amount:
            for one, change in ((account, amount), (source, -amount)):
                if one is not None:
                    one.transfer(change, self.valuation.collateral(one))
                    self.touch(one)
            moved_by = self._record_transfer(source.name if source else WORLD, account.name, amount, reason)
            self.because(account, reason, moved_by)
        self.moved(account)

    def pay(self, payer: Account, payee: Account, amount: Decimal, reason: str) -> None:
        """Move money between accounts as profit and loss, which the caller books: journaled, but nobody's deposit."""
        payer.receive(-amount)
        payee.receive(amount)
        self.touch(payer)
        self.touch(payee)
        self.because(payer, reason, self._record_transfer(payer.name, payee.name, amount, reason))

    def _record_transfer(self, source: str, target: str, amount: Decimal, reason: str) -> str:
        row = TransferRow(self.ids.new(), self.now, source, target, self.settings.currency, amount, reason)
        self._batch.transfers.append(row)
        return row.id

    # ------------------------------------------------------------ what is told

    def order_bytes(self, order: Order) -> bytes:
        return payloads.order_bytes(order, self.markets[order.symbol])

    def position_bytes(self, account: Account, position: Position) -> bytes:
        symbol = position.symbol
        liquidation = self.valuation.liquidation_price(account, symbol) if self.settings.liquidation else None
        return payloads.position_bytes(position, self.markets[symbol], self.last.get(symbol, ZERO), liquidation)

    def figures(self, account: Account, marks: Marks | None = None) -> tuple[bytes, bytes]:
        """Balance and account as they stand."""
        limits = self.settings.limits_of(account)
        return payloads.figures(account, self.valuation.margin(account, marks), self.settings.currency, limits)

    def tell_order(self, event: EventName, order: Order, why: Mapping[str, str | None] | None = None) -> None:
        """Tell what became of an order; `why` stands beside it in the payload."""
        self._dirty_orders[order.id] = order
        value = payloads.order_bytes(order, self.markets[order.symbol])
        if why:
            value += payloads.beside(why)
        self.tell(event, self.accounts[order.account], payloads.ORDER, value)

    def tell_position(self, event: EventName, account: Account, position: Position) -> None:
        """Tell what became of a position."""
        position.encoded = value = self.position_bytes(account, position)
        self.tell(event, account, payloads.POSITION, value)

    def tell_state(self, account: Account) -> None:
        """The trading state changed."""
        state = {"state": account.trading_state, "reason": account.halt}
        self.tell(EventName.TRADING_STATE, account, payloads.TRADING, orjson.dumps(state))
        self.moved(account)

    def tell(self, event: EventName, account: Account, head: bytes, value: bytes) -> None:
        """Tell an account of an event; `head` is the payload's, of what the encoded `value` is."""
        name = account.name
        self._dirty_accounts[name] = account
        self._told.append((name, account.next_seq(), event, head + value + self._event_end, self.now))

    def record_trade(self, row: TradeRow, reason: str) -> None:
        """A trade was made; it is why its account's money moved."""
        self._batch.trades.append(row)
        self._causes[row.account] = reason, row.id

    def write_order(self, order: Order) -> None:
        """Write an order's row although nothing of it is told."""
        self._dirty_orders[order.id] = order

    def settle(self) -> None:
        """The end of a turn: tell every account whose money or reservations moved what it has now."""
        moved, self._moved = self._moved, {}
        causes, self._causes = self._causes, {}
        self.owing.clear()
        marks = self.valuation.marks()
        for account in moved.values():
            balance, glance = self.figures(account, marks)
            cause = causes.get(account.name)
            if cause is not None:
                balance += payloads.cause_bytes(*cause)
            self.tell(_BALANCE, account, payloads.BALANCE, balance)
            self.tell(_ACCOUNT, account, payloads.ACCOUNT, glance)

    def take_debtors(self) -> list[Account]:
        """Of the accounts whose money moved since the last call those that owe some, as they came in this commit."""
        owing, self.owing = self.owing, {}
        debtors = [one for one in owing.values() if one.cash < ZERO and not one.is_service]
        return debtors if len(debtors) < 2 else [one for one in self._moved.values() if one in debtors]

    def take_batch(self) -> tuple[Batch, list[PrintReport]]:
        """What is to be committed since the last call, and the prints that were made."""
        batch, self._batch = self._batch, Batch()
        # As `EventRow` makes itself of its parts, without a call of Python's for each.
        batch.events, self._told = list(map(tuple.__new__, repeat(EventRow), self._told)), []
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
