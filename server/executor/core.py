"""What follows from a command or a venue's report: events, changed state and requests to the venue. Does no I/O.

Time is an argument, ids come through a port. One turn is: `handle` a command, feed `requests` to the venue and its
reports back into `report` until nothing is left, `settle`; after some turns `take_batch` hands over what to commit.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import orjson

from server.domain.accounts import FEES, HOUSE, SERVICE_ACCOUNTS, Account, Margin, Terms, margin_of
from server.domain.commands import (
    CancelAll,
    CancelOrder,
    ClosePosition,
    Command,
    CreateOrder,
    OpenAccount,
    OrderTerms,
)
from server.domain.markets import Market
from server.domain.orders import Order, Step, order_from
from server.domain.positions import Position, split
from server.domain.risk import CoreSettings, Denial, Touch, collar_denial, entry_price, funds_denial, terms_denial
from server.executor import payloads, rows
from server.ports import (
    AcceptedReport,
    Answer,
    Batch,
    Cancel,
    CancelledReport,
    CancelRejectedReport,
    EventRow,
    ExpiredReport,
    FillReport,
    Ids,
    OrderRow,
    Place,
    PrintReport,
    Quotes,
    RejectedReport,
    Report,
    Request,
    TradeRow,
    TransferRow,
)
from tradeterm.protocol.arithmetic import ZERO, average_price, divide, liquidation_price
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import (
    EventName,
    Liquidity,
    OrderStatus,
    OrderType,
    Reason,
    RejectedBy,
    Side,
    TimeInForce,
)

FLOW = ""
HALF = Decimal("0.5")  # maintenance margin is half the initial margin
Reply = Callable[[], Answer]  # called when the turn is over, so that the answer shows what came of it

_ENDINGS = {
    Step.CANCEL: EventName.ORDER_CANCELLED,
    Step.EXPIRE: EventName.ORDER_EXPIRED,
    Step.REJECT: EventName.ORDER_REJECTED,
}


@dataclass(slots=True)
class Execution:
    """What one fill did, for its trade rows: what it closed, what it opened."""

    report: FillReport
    rate: Decimal
    execution_id: str


class Core:
    """All accounts, open orders and marks, and the rules that move them."""

    def __init__(
        self,
        settings: CoreSettings,
        markets: dict[str, Market],
        quotes: Quotes,
        ids: Ids,
        find_order: Callable[[str, str], OrderRow | None],
    ) -> None:
        self.settings = settings
        self.markets = markets
        self.accounts: dict[str, Account] = {name: Account(name) for name in SERVICE_ACCOUNTS}
        self.orders: dict[str, Order] = {}  # open ones
        self.last: dict[str, Decimal] = {}
        self.requests: deque[Request] = deque()
        self.prints: list[PrintReport] = []
        self._quotes = quotes
        self._ids = ids
        self._find_order = find_order
        self._batch = Batch()
        self._fresh: dict[tuple[str, str], Order] = {}  # ended within this batch: not yet in the journal
        self._dirty_orders: dict[str, Order] = {}
        self._dirty_positions: dict[str, Position] = {}
        self._dirty_accounts: dict[str, Account] = {}
        self._moved: dict[str, Account] = {}  # whose balance must be told when the turn settles
        self._stamp = b""

    # ------------------------------------------------------------ commands

    def handle(self, command: Command, now: datetime) -> Reply:
        """Take one command; its reply may be asked for after `settle`."""
        self._stamp = time_text(now).encode()
        if command.account not in self.accounts:
            # Whoever may trade has an account; the gateway lets nobody else through.
            self._open_account(command.account, now)
        match command:
            case CreateOrder():
                return self._create(command, now)
            case CancelOrder():
                return self._cancel(command)
            case CancelAll():
                return self._cancel_all(command)
            case ClosePosition():
                return self._close(command, now)
            case OpenAccount():
                return lambda: Answer(200, b"{}", self.accounts[command.account].seq)
        raise NotImplementedError(type(command).__name__)

    def _open_account(self, name: str, now: datetime) -> None:
        account = self.accounts[name] = Account(name)
        account.day = now.date().isoformat()
        self.transfer(account, self.settings.paper_cash, "deposit", now)

    def transfer(self, account: Account, amount: Decimal, reason: str, now: datetime) -> None:
        """Bring money in or out: journaled, and told like every other change."""
        if amount:
            account.cash += amount
            account.deposits += amount
            account.day_start += amount
            self._batch.transfers.append(
                TransferRow(self._ids.new(), now, ":world", account.name, self.settings.currency, amount, reason)
            )
        self._moved[account.name] = account

    def _create(self, command: CreateOrder, now: datetime) -> Reply:
        account = self.accounts.get(command.account)
        if account is None:
            return _refuse(Denial.missing("there is no trading account of that name"))
        known = self._known(account, command)
        if known is not None:
            return known
        market = self.markets.get(command.terms.symbol)
        denial = terms_denial(command.terms, market, self.settings)
        if denial is not None or market is None:
            return _refuse(denial or Denial.missing("unknown market"))
        order = self._new_order(account, command.terms, command.fingerprint, now)
        self._accept_or_reject(account, order, market, now)
        return self._order_reply(account, order, 201)

    def _known(self, account: Account, command: CreateOrder) -> Reply | None:
        """The answer to a client order id that was used before, however long ago."""
        client_id = command.terms.client_order_id
        if client_id is None:
            return None
        order = account.by_client_id.get(client_id) or self._fresh.get((account.name, client_id))
        if order is not None:
            return self._again(account, command, order.fingerprint, order)
        row = self._find_order(account.name, client_id)
        if row is None:
            return None
        if row.fingerprint != command.fingerprint:
            return _refuse(Denial.conflict(client_id))
        return lambda: Answer(200, row.payload, account.seq)

    def _again(self, account: Account, command: CreateOrder, fingerprint: str, order: Order) -> Reply:
        if fingerprint != command.fingerprint:
            return _refuse(Denial.conflict(order.client_order_id))
        return self._order_reply(account, order, 200)

    def _new_order(self, account: Account, terms: OrderTerms, fingerprint: str, now: datetime) -> Order:
        order = order_from(terms, self._ids.new(), account.name, fingerprint, now)
        self._fresh[account.name, order.client_order_id] = order
        self._tell_order(EventName.ORDER_CREATED, account, order, now)
        return order

    def _accept_or_reject(self, account: Account, order: Order, market: Market, now: datetime) -> None:
        denial = self._deny(account, order, market)
        if denial is not None:
            order.reject_reason, order.reject_text, order.rejected_by = denial.reason, denial.text, RejectedBy.RISK
            order.take(Step.REJECT, now)
            self._tell_order(EventName.ORDER_REJECTED, account, order, now)
            return
        self.orders[order.id] = order
        account.open_order(order)
        if order.reserve_price is not None:
            self._moved[account.name] = account
        self._submit(account, order, now)

    def _submit(self, account: Account, order: Order, now: datetime) -> None:
        order.take(Step.SUBMIT, now)
        self._tell_order(EventName.ORDER_SUBMITTED, account, order, now)
        tif = order.time_in_force
        at_once = tif in (TimeInForce.IOC, TimeInForce.FOK)
        self.requests.append(
            Place(
                *(order.id, account.name, order.symbol, order.side, order.leaves),
                price=order.venue_price if order.venue_price is not None else order.price,
                time_in_force=tif if at_once else TimeInForce.GTC,
                post_only=order.post_only,
            )
        )

    def _deny(self, account: Account, order: Order, market: Market) -> Denial | None:
        """Why the state of account or market refuses the order; sets what it reserves at."""
        if order.reduce_only:
            return self._deny_exit(account, order)
        reference = self.margin_mark(order.symbol)
        denial = collar_denial(order, market, reference, self.settings)
        if denial is not None:
            return denial
        touch = Touch(self._quotes.best_bid(order.symbol), self._quotes.best_ask(order.symbol))
        depth = self._quotes.depth(order.symbol, 10_000) if order.type is OrderType.MARKET else ([], [])
        order.reserve_price, order.venue_price = entry_price(order, market, touch, depth, self.settings)
        return funds_denial(account, order, self.terms(account, order.symbol), self.settings)

    def _deny_exit(self, account: Account, order: Order) -> Denial | None:
        held = account.held(order.symbol)
        if not held or (held > 0) == (order.side is Side.BUY):
            return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, "a reduce-only order needs an opposite position to close")
        order.quantity = min(order.quantity, abs(held))
        return None

    def _cancel(self, command: CancelOrder) -> Reply:
        account = self.accounts.get(command.account)
        order = self.orders.get(command.order_id)
        if account is None or order is None or order.account != command.account:
            return _refuse(Denial.missing("there is no open order of that id"))
        self.requests.append(Cancel(order.id, order.symbol))
        return self._order_reply(account, order, 200)

    def _cancel_all(self, command: CancelAll) -> Reply:
        account = self.accounts.get(command.account)
        if account is None:
            return _refuse(Denial.missing("there is no trading account of that name"))
        chosen = [
            order
            for order in account.orders.values()
            if (command.symbol is None or order.symbol == command.symbol)
            and (command.include_exits or not order.reduce_only)
        ]
        self.requests.extend(Cancel(order.id, order.symbol) for order in chosen)
        return lambda: Answer(200, orjson.dumps({"cancelled": [order.id for order in chosen]}), account.seq)

    def _close(self, command: ClosePosition, now: datetime) -> Reply:
        account = self.accounts.get(command.account)
        market = self.markets.get(command.symbol)
        if account is None or market is None:
            return _refuse(Denial.missing("there is no such account or market"))
        side = Side.SELL if account.held(command.symbol) > 0 else Side.BUY
        terms = OrderTerms(
            *(command.symbol, side, OrderType.MARKET, abs(account.held(command.symbol))),
            reduce_only=True,
            client_order_id=command.client_order_id,
        )
        create = CreateOrder(command.account, terms, f"close:{command.symbol}")
        known = self._known(account, create)
        if known is not None:
            return known
        if not account.held(command.symbol):
            return _refuse(Denial.missing(f"there is no position in {command.symbol}"))
        for order in account.orders.values():
            if order.symbol == command.symbol and not order.reduce_only:
                self.requests.append(Cancel(order.id, order.symbol))
        closing = self._new_order(account, terms, create.fingerprint, now)
        self._accept_or_reject(account, closing, market, now)
        return self._order_reply(account, closing, 201)

    def _order_reply(self, account: Account, order: Order, status: int) -> Reply:
        return lambda: Answer(status, payloads.order_bytes(order, self.markets[order.symbol]), account.seq)

    # ------------------------------------------------------------ time

    def beat(self, now: datetime) -> None:
        """Time has passed; called a few times a second."""
        self._stamp = time_text(now).encode()

    # ------------------------------------------------------------ reports

    def report(self, report: Report, now: datetime) -> None:
        """Take one report of the venue."""
        self._stamp = time_text(now).encode()
        match report:
            case FillReport():
                self._fill(report, now)
            case PrintReport():
                self.last[report.symbol] = report.price
                self.prints.append(report)
            case AcceptedReport():
                self._accepted(report, now)
            case CancelledReport():
                self._end(report.order_id, Step.CANCEL, report.reason, now)
            case ExpiredReport():
                self._end(report.order_id, Step.EXPIRE, self._why_expired(report), now)
            case RejectedReport():
                self._rejected(report, now)
            case CancelRejectedReport():
                self._cancel_rejected(report, now)
            case _:
                raise NotImplementedError(type(report).__name__)

    def _accepted(self, report: AcceptedReport, now: datetime) -> None:
        order = self.orders.get(report.order_id)
        if order is None:
            return
        order.venue_order_id = report.venue_order_id
        order.take(Step.ACCEPT, now)
        self._tell_order(EventName.ORDER_ACCEPTED, self.accounts[order.account], order, now)

    def _rejected(self, report: RejectedReport, now: datetime) -> None:
        order = self.orders.get(report.order_id)
        if order is not None:
            order.reject_text, order.rejected_by = report.text, RejectedBy.VENUE
            self._end(report.order_id, Step.REJECT, report.reason, now)

    def _cancel_rejected(self, report: CancelRejectedReport, now: datetime) -> None:
        order = self.orders.get(report.order_id)
        if order is not None:
            self._tell_order(EventName.ORDER_CANCEL_REJECTED, self.accounts[order.account], order, now)

    def _why_expired(self, report: ExpiredReport) -> Reason:
        order = self.orders.get(report.order_id)
        if order is None or order.venue_price is None or report.reason is not Reason.IOC_REMAINDER:
            return report.reason
        touch = self._quotes.best_ask(order.symbol) if order.side is Side.BUY else self._quotes.best_bid(order.symbol)
        # Only a book that had more to give beyond the cap makes it the cap's doing.
        return Reason.NO_LIQUIDITY if touch is None else Reason.SLIPPAGE_LIMIT

    def _end(self, order_id: str, step: Step, reason: Reason, now: datetime) -> None:
        order = self.orders.pop(order_id, None)
        if order is None:
            return
        account = self.accounts[order.account]
        leaves = order.leaves
        order.reject_reason = reason
        order.take(step, now)
        account.drop(order, leaves)
        if order.reserve_price is not None:
            self._moved[account.name] = account
        self._tell_order(_ENDINGS[step], account, order, now)

    # ------------------------------------------------------------ fills

    def _fill(self, report: FillReport, now: datetime) -> None:
        signed = report.quantity * report.side.sign
        if report.account == FLOW:
            self._fill_house(report, signed, now)
            return
        order = self.orders.get(report.order_id)
        if order is None or report.venue_trade_id in order.trades:
            return
        order.trades.add(report.venue_trade_id)
        account, market = self.accounts[order.account], self.markets[order.symbol]
        rate = market.maker_fee if report.liquidity is Liquidity.MAKER else market.taker_fee
        fee = report.quantity * report.price * rate
        order.fill(report.quantity, report.price, now)
        order.fees += fee
        account.release(order, report.quantity)
        account.cash -= signed * report.price + fee
        account.fees_paid += fee
        fees = self.accounts[FEES]
        fees.cash += fee
        self._dirty_accounts[FEES] = fees
        self._moved[account.name] = account
        full = order.status is OrderStatus.FILLED
        if full:
            del self.orders[order.id]
            account.drop(order, ZERO)
        self._tell_order(EventName.ORDER_FILLED if full else EventName.ORDER_PARTIALLY_FILLED, account, order, now)
        self._book_position(account, order, Execution(report, rate, self._ids.new()), now)

    def _fill_house(self, report: FillReport, signed: Decimal, now: datetime) -> None:
        """The other side of a user's trade with the flow: the books must balance, nobody is told."""
        house = self.accounts[HOUSE]
        house.cash -= signed * report.price
        closing, opening = split(house.held(report.symbol), report.side, report.quantity)
        if closing:
            position = house.positions[report.symbol]
            house.realised += position.reduce(closing, report.price)
            self._touch_position(house, position, now)
        if opening:
            position = house.positions.get(report.symbol) or self._open_position(house, report.symbol, report.side, now)
            position.increase(opening * report.side.sign, report.price)
            self._touch_position(house, position, now)
        self._dirty_accounts[HOUSE] = house

    def _book_position(self, account: Account, order: Order, execution: Execution, now: datetime) -> None:
        """Apply a fill: what it closes first, then what it opens. Through zero that is two trades and two positions."""
        report = execution.report
        closing, opening = split(account.held(order.symbol), order.side, report.quantity)
        if closing:
            position = account.positions[order.symbol]
            position.entry = average_price(position.quantity, position.open_cost)
            profit = position.reduce(closing, report.price)
            account.realised += profit
            event = EventName.POSITION_UPDATED if position.quantity else EventName.POSITION_CLOSED
            self._trade(account, order, position, execution, closing, profit, event, now)
        if opening:
            held = account.positions.get(order.symbol)
            position = held or self._open_position(account, order.symbol, order.side, now)
            position.increase(opening * order.side.sign, report.price)
            event = EventName.POSITION_UPDATED if held else EventName.POSITION_OPENED
            self._trade(account, order, position, execution, opening, None, event, now)

    def _open_position(self, account: Account, symbol: str, side: Side, now: datetime) -> Position:
        position = Position(self._ids.new(), account.name, symbol, now, now, side=side)
        account.positions[symbol] = position
        return position

    def _touch_position(self, account: Account, position: Position, now: datetime) -> None:
        position.updated_at = now
        if not position.quantity:
            position.closed_at = now
            del account.positions[position.symbol]
        self._dirty_positions[position.id] = position

    def _trade(
        self,
        account: Account,
        order: Order,
        position: Position,
        execution: Execution,
        quantity: Decimal,
        profit: Decimal | None,
        event: EventName,
        now: datetime,
    ) -> None:
        """One trade of one position, told: the trade, then what became of the position."""
        report, market = execution.report, self.markets[order.symbol]
        fee = quantity * report.price * execution.rate
        position.fees += fee
        trade_id = self._ids.new()
        encoded = payloads.trade_bytes(
            trade_id,
            order,
            position.id,
            market,
            entry=profit is None,
            quantity=quantity,
            price=report.price,
            fee=fee,
            profit=profit,
            liquidity=report.liquidity,
            execution_id=execution.execution_id,
            venue_trade_id=report.venue_trade_id,
            now=now,
        )
        self._batch.trades.append(
            TradeRow(*(trade_id, account.name, order.id, order.symbol, order.side, now, report.venue_trade_id, encoded))
        )
        self._tell(EventName.TRADE_EXECUTED, account, b"trade", encoded, now)
        self._touch_position(account, position, now)
        # The print of this fill comes after it: its price is the mark already.
        self.last[order.symbol] = report.price
        value = payloads.position_bytes(position, market, report.price, self.liquidation_price(account, order.symbol))
        self._tell(event, account, b"position", value, now)

    # ------------------------------------------------------------ money

    def margin_mark(self, symbol: str) -> Decimal | None:
        """The last trade clamped into [bid, ask]; None before the first trade."""
        mark = self.last.get(symbol)
        if mark is None:
            return None
        bid, ask = self._quotes.best_bid(symbol), self._quotes.best_ask(symbol)
        if bid is not None and mark < bid:
            return bid
        return ask if ask is not None and mark > ask else mark

    def terms(self, account: Account, also: str | None = None) -> dict[str, Terms]:
        """What the margin of each of the account's symbols is computed with."""
        symbols = account.positions.keys() | account.entries.keys()
        if also is not None:
            symbols = symbols | {also}
        found = {}
        for symbol in symbols:
            margin_mark = self.margin_mark(symbol) or ZERO
            market = self.markets[symbol]
            found[symbol] = Terms(self.last.get(symbol, ZERO), margin_mark, self.settings.leverage, market.taker_fee)
        return found

    def margin(self, account: Account) -> Margin:
        return margin_of(account, self.terms(account))

    def liquidation_price(self, account: Account, symbol: str) -> Decimal | None:
        """The mark of `symbol` at which equity equals the maintenance margin, all other marks unchanged."""
        position = account.positions.get(symbol)
        if position is None:
            return None
        rate = divide(HALF, self.settings.leverage)
        others, maintenance = ZERO, ZERO
        for other in account.positions.values():
            if other is not position:
                others += other.quantity * self.last[other.symbol]
                maintenance += abs(other.quantity) * (self.margin_mark(other.symbol) or ZERO) * rate
        return liquidation_price(position.quantity, account.cash, others, maintenance, rate)

    # ------------------------------------------------------------ telling

    def _tell_order(self, event: EventName, account: Account, order: Order, now: datetime) -> None:
        self._dirty_orders[order.id] = order
        self._tell(event, account, b"order", payloads.order_bytes(order, self.markets[order.symbol]), now)

    def _tell(self, event: EventName, account: Account, noun: bytes, value: bytes, now: datetime) -> None:
        account.seq += 1
        self._dirty_accounts[account.name] = account
        self._batch.events.append(
            EventRow(account.name, account.seq, event, payloads.event_data(noun, value, self._stamp), now)
        )

    def settle(self, now: datetime) -> None:
        """The end of a turn: tell every account whose money or reservations moved what it has now."""
        moved, self._moved = self._moved, {}
        for account in moved.values():
            margin, asset = self.margin(account), self.settings.currency
            self._tell(
                EventName.BALANCE_UPDATED, account, b"balance", payloads.balance_bytes(account, margin, asset), now
            )
            self._tell(
                EventName.ACCOUNT_UPDATED, account, b"account", payloads.account_bytes(account, margin, asset), now
            )

    def take_batch(self) -> tuple[Batch, list[PrintReport]]:
        """What is to be committed since the last call, and the prints that were made."""
        batch, self._batch = self._batch, Batch()
        for order in self._dirty_orders.values():
            batch.orders[order.id] = rows.order_row(order, self.markets[order.symbol])
        for position in self._dirty_positions.values():
            batch.positions[position.id] = rows.position_row(
                position, self.markets[position.symbol], self.last.get(position.symbol, ZERO)
            )
        for account in self._dirty_accounts.values():
            batch.accounts[account.name] = rows.account_row(account)
        self._dirty_orders, self._dirty_positions, self._dirty_accounts = {}, {}, {}
        self._fresh.clear()
        prints, self.prints = self.prints, []
        return batch, prints


def _refuse(denial: Denial) -> Reply:
    return lambda: Answer(denial.http, code=denial.code, message=denial.text, details=denial.details)
