"""What follows from a command or a venue's report: the one door to the rules. Does no I/O.

Time is an argument, ids come through a port. One turn is: `handle` a command, give `requests` to the venue and its
reports back into `report` until nothing is left. After some turns `settle`, and `take_batch` hands over what to commit.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from tests.oracle.arithmetic import ZERO
from tests.oracle.domain.accounts import Account
from tests.oracle.domain.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    CloseAllPositions,
    ClosePosition,
    Command,
    CreateOco,
    CreateOrder,
    Deposit,
    Kill,
    OpenAccount,
    OrderTerms,
    PreviewOrder,
    ResetAccount,
    Resume,
    ReversePosition,
    SetLimits,
    SetProtection,
)
from tests.oracle.domain.exits import Kind, Rooms
from tests.oracle.domain.limits import wrong_limit
from tests.oracle.domain.markets import Market
from tests.oracle.domain.orders import Order, Replacing
from tests.oracle.domain.risk import CoreSettings, Denial, legs_denial, passed_leg_denial, terms_denial
from tests.oracle.executor.rules import amends, checks, closing, coverage, exits, halt, lifecycle, paper_money
from tests.oracle.executor.rules.conditional_orders import Firing
from tests.oracle.executor.rules.lifecycle import OrderRelations
from tests.oracle.executor.rules.preview import preview
from tests.oracle.executor.rules.reports import Reports
from tests.oracle.executor.rules.surveillance import Part, Surveillance
from tests.oracle.executor.state.ledger import Ledger, Reply
from tests.oracle.ports import (
    Answer,
    Batch,
    FillReport,
    Foresight,
    Ids,
    OrderRow,
    PrintReport,
    Report,
    Request,
)
from tradeterm.protocol.foreign_text import printable
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import ErrorCode, Reason, Side, TradingState

CREATED, KNOWN = 201, 200


class Core:
    """All accounts and orders, and what moves them."""

    def __init__(
        self,
        settings: CoreSettings,
        markets: dict[str, Market],
        quotes: Foresight,
        ids: Ids,
        find_order: Callable[[str, str], OrderRow | None],
    ) -> None:
        self._start(Ledger(settings, markets, quotes, ids, find_order))
        self._handlers: dict[type, Callable[[Account, Any], Reply]] = {
            CreateOrder: self._create,
            CreateOco: self._create_oco,
            PreviewOrder: self._preview,
            AmendOrder: self._amend,
            CancelOrder: self._cancel,
            CancelAll: self._cancel_all,
            ClosePosition: self._close,
            CloseAllPositions: self._close_all,
            ReversePosition: self._reverse,
            SetProtection: self._protect,
            Kill: lambda account, _: halt.kill(self.ledger, account),
            Resume: self._resume,
            SetLimits: self._set_limits,
            OpenAccount: lambda account, _: lambda: Answer(200, b"{}", account.seq),
            Deposit: self._deposit,
            ResetAccount: self._reset,
        }

    def _start(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.firing = Firing(ledger)
        self.watch = Surveillance(ledger, self.firing)
        self._reports = Reports(ledger, self.firing)
        self._later: deque[Callable[[], None]] = deque()
        self._kept_later: tuple[Callable[[], None], ...] = ()

    # ------------------------------------------------------------ keeping and undoing

    def keep(self) -> None:
        """All that was done is committed."""
        self.ledger.keep()
        self.watch.keep()
        self._kept_later = tuple(self._later)

    def begin_anew(self, fill: Callable[[], None]) -> None:
        """Throw away all that is in memory, have `fill` take in what was committed, and add what no row says as it was
        at the last `keep`."""
        ledger, watch, later = self.ledger, self.watch, self._kept_later
        self._start(Ledger(ledger.settings, ledger.markets, ledger.quotes, ledger.ids, ledger.find_order))
        fill()
        self.ledger.take_over(ledger)
        self.watch.take_over(watch)
        self._later.extend(later)
        self._kept_later = later

    def forget_amend(self, order_id: str) -> None:
        """An amend was on its way to a venue that forgot it: the order is as it was, and whoever asked is told."""
        self._later.append(lambda: self._forget_amend(order_id))

    def _forget_amend(self, order_id: str) -> None:
        order = self.ledger.orders.get(order_id)
        if order is not None and order.replacing is not None:
            lifecycle.amend_refused(self.ledger, order, None, "the server was restarted before the venue had answered")

    # ------------------------------------------------------------ the turn

    @property
    def requests(self) -> deque[Request]:
        return self.ledger.requests

    @property
    def urgent_requests(self) -> deque[Request]:
        return self.ledger.urgent_requests

    def tick(self, seconds: float) -> None:
        """The time that durations are measured with: a monotonic clock's."""
        self.ledger.seconds = seconds

    def handle(self, command: Command, now: datetime) -> Reply:
        """Take one command; its reply may be asked for after `settle`."""
        self.ledger.at(now)
        account = self.ledger.accounts.get(command.account) or self._open_account(command.account, now)
        return self._handlers[type(command)](account, command)

    def report(self, report: Report, now: datetime) -> None:
        """Take one report of the venue."""
        self.ledger.at(now)
        self._reports.take(report)

    def beat(self, now: datetime) -> None:
        """Time has passed; called a few times a second."""
        self.ledger.at(now)
        self.watch.beat(now)

    def look(self, part: Part, now: datetime) -> None:
        """One part of a beat alone."""
        self.ledger.at(now)
        self.watch.look(part, now)

    def set_stale(self, symbol: str, is_stale: bool) -> None:
        """The feed of a market fell silent, or is back: orders that need its price are refused meanwhile."""
        if is_stale:
            self.ledger.stale.add(symbol)
        else:
            self.ledger.stale.discard(symbol)

    def still_wanted(self, request: Request) -> bool:
        """The last look at a request before the venue gets it."""
        return self.firing.still_covered(request) and lifecycle.still_wanted(self.ledger, request)

    def next_step(self) -> bool:
        """Do what waits for all requests to be through; False when nothing does."""
        if self._later:
            self._later.popleft()()
            return True
        self.watch.cover_losses()
        closing.tell_unprotected(self.ledger)
        return bool(self.ledger.requests or self.ledger.urgent_requests)

    def settle(self) -> None:
        """The end of what is committed together: tell what every account that moved has now."""
        self.ledger.settle()

    def take_batch(self) -> tuple[Batch, list[PrintReport]]:
        """What is to be committed since the last call, and the prints that were made."""
        return self.ledger.take_batch()

    def _open_account(self, name: str, now: datetime) -> Account:
        """Whoever may trade has an account; the gateway lets nobody else through."""
        account = self.ledger.accounts[name] = Account(name)
        account.day = self.watch.day_of(now)
        self.ledger.transfer(account, self.ledger.settings.paper_cash, "deposit")
        return account

    # ------------------------------------------------------------ making orders

    def _create(self, account: Account, command: CreateOrder) -> Reply:
        known = self._known(account, command.terms.client_order_id, command.fingerprint)
        if known is not None:
            return known
        if command.expires_at is not None and self.ledger.now > command.expires_at:
            return _refuse(Denial(None, "the command came after its expiresAt", ErrorCode.EXPIRED, 409))
        denial = self._deny_terms(account, command.terms)
        if denial is not None:
            return _refuse(denial)
        order = lifecycle.new_order(self.ledger, account, command.terms, command.fingerprint)
        self._accept_or_reject(account, order)
        return self._order_reply(account, order, CREATED)

    def _deny_terms(self, account: Account, terms: OrderTerms) -> Denial | None:
        if terms.expire_at is not None and terms.expire_at <= self.ledger.now:
            return Denial(None, "expireAt is in the past", ErrorCode.VALIDATION_FAILED)
        denial = terms_denial(terms, self.ledger.markets.get(terms.symbol), self.ledger.settings)
        return denial or passed_leg_denial(terms, checks.entry_reference(self.ledger, account, terms))

    def _known(self, account: Account, client_id: str | None, fingerprint: str) -> Reply | None:
        """The answer to a client order id that was used before, however long ago."""
        if client_id is None:
            return None
        order = account.by_client_id.get(client_id) or self.ledger.fresh.get((account.name, client_id))
        if order is not None:
            same = order.fingerprint == fingerprint
            return self._order_reply(account, order, KNOWN) if same else _refuse(Denial.conflict(client_id))
        row = self.ledger.find_order(account.name, client_id)
        if row is None:
            return None
        if row.fingerprint != fingerprint:
            return _refuse(Denial.conflict(client_id))
        payload = row.payload
        return lambda: Answer(KNOWN, payload, account.seq)

    def _accept_or_reject(self, account: Account, order: Order) -> None:
        denial = checks.deny(self.ledger, account, order)
        if denial is not None:
            lifecycle.reject(self.ledger, order, denial)
            return
        self._begin(account, order)

    def _begin(self, account: Account, order: Order) -> None:
        lifecycle.begin(self.ledger, account, order)
        self.watch.expect(order)
        if order.awaits_trigger:
            self.firing.watch(order)

    def _create_oco(self, account: Account, command: CreateOco) -> Reply:
        both = _named_pair(command.first, command.second)
        if both[0].client_order_id is not None and both[0].client_order_id == both[1].client_order_id:
            text = "the orders of a pair need a clientOrderId each"
            return _refuse(Denial(None, text, ErrorCode.VALIDATION_FAILED))
        replies = [self._known(account, terms.client_order_id, command.fingerprint) for terms in both]
        if replies[0] is not None and replies[1] is not None:
            return _pair_reply([replies[0], replies[1]], account)
        taken = [terms.client_order_id for terms, reply in zip(both, replies, strict=True) if reply is not None]
        if taken:
            return _refuse(Denial.conflict(str(taken[0])))
        for terms in both:
            denial = self._deny_terms(account, terms)
            if denial is not None:
                return _refuse(denial)
        links = OrderRelations(oco_id=self.ledger.ids.new())
        first, second = (lifecycle.new_order(self.ledger, account, one, command.fingerprint, links) for one in both)
        self._accept_both(account, first, second)
        return _pair_reply([self._order_reply(account, order, CREATED) for order in (first, second)], account)

    def _accept_both(self, account: Account, first: Order, second: Order) -> None:
        """Both are good, or neither is taken."""
        denial = checks.deny(self.ledger, account, first)
        if denial is None:
            account.open_order(first)
            denial = checks.deny(self.ledger, account, second)
            account.drop(first, first.leaves)
        if denial is not None:
            lifecycle.reject(self.ledger, first, denial)
            lifecycle.reject(self.ledger, second, denial)
            return
        for order in (first, second):
            self._begin(account, order)

    def _preview(self, account: Account, command: PreviewOrder) -> Reply:
        denial = self._deny_terms(account, command.terms)
        if denial is not None:
            return _refuse(denial)
        body = preview(self.ledger, account, command.terms)
        return lambda: Answer(200, body, account.seq)

    # ------------------------------------------------------------ changing and leaving

    def _own_order(self, account: Account, order_id: str) -> Order | None:
        order = self.ledger.orders.get(order_id)
        return order if order is not None and order.account == account.name else None

    def _amend(self, account: Account, command: AmendOrder) -> Reply:
        order = self._own_order(account, command.order_id)
        if order is None:
            return _refuse(Denial.missing("there is no open order of that id"))
        denial = amends.amend(self.ledger, self.firing, account, order, command)
        if denial is not None:
            return _refuse(denial)
        asked = order.replacing
        return lambda: self._amend_answer(account, order, asked)

    def _amend_answer(self, account: Account, order: Order, asked: Replacing | None) -> Answer:
        """What came of it by now; a venue that is some way off answers later, and its answer is an event."""
        if asked is None or asked.refusal is None:
            return self._order_reply(account, order, 200)()
        reason, text = asked.refusal
        return _refuse(Denial(reason, text, ErrorCode.CONFLICT, amends.REFUSED))()

    def _cancel(self, account: Account, command: CancelOrder) -> Reply:
        order = self._own_order(account, command.order_id)
        if order is None:
            return _refuse(Denial.missing("there is no open order of that id"))
        lifecycle.cancel(self.ledger, order, Reason.USER_REQUEST)
        return self._order_reply(account, order, 200)

    def _cancel_all(self, account: Account, command: CancelAll) -> Reply:
        if command.symbol is not None and command.symbol not in self.ledger.markets:
            return _refuse(
                Denial(None, f"there is no market {printable(command.symbol, 64)}", ErrorCode.UNKNOWN_SYMBOL)
            )
        chosen = closing.cancel_all(self.ledger, account, command)
        cancelled = orjson.dumps([order.id for order in chosen])
        if not command.include_exits:
            return lambda: Answer(200, b'{"cancelled":%b}' % cancelled, account.seq)

        def answer() -> Answer:
            bare = closing.without_stop(self.ledger, account, command.symbol)
            return Answer(200, b'{"cancelled":%b,"withoutStop":%b}' % (cancelled, bare), account.seq)

        return answer

    def _close(self, account: Account, command: ClosePosition) -> Reply:
        known = self._known(account, command.client_order_id, f"close:{command.symbol}")
        if known is not None:
            return known
        if command.symbol not in self.ledger.markets or not self.ledger.closable(account, command.symbol):
            return _refuse(Denial.missing(f"there is no position in {printable(command.symbol, 64)}"))
        order = closing.close_on_request(self.ledger, account, command.symbol, command.client_order_id)
        return self._order_reply(account, order, CREATED)

    def _close_all(self, account: Account, command: CloseAllPositions) -> Reply:
        symbols = [symbol for symbol in account.positions if self.ledger.closable(account, symbol)]
        made = [closing.close_on_request(self.ledger, account, symbol) for symbol in symbols]
        return lambda: Answer(200, _orders_body(self.ledger, made), account.seq)

    def _reverse(self, account: Account, command: ReversePosition) -> Reply:
        known = self._known(account, command.client_order_id, f"reverse:{command.symbol}")
        if known is not None:
            return known
        if command.symbol not in self.ledger.markets or not self.ledger.closable(account, command.symbol):
            return _refuse(Denial.missing(f"there is no position in {printable(command.symbol, 64)}"))
        order = closing.reverse(self.ledger, account, command.symbol, command.client_order_id)

        def answer() -> Answer:
            bare = closing.without_stop(self.ledger, account, command.symbol)
            body = self.ledger.order_bytes(order)[:-1] + b',"withoutStop":%b}' % bare
            return Answer(CREATED, body, account.seq)

        return answer

    def _protect(self, account: Account, command: SetProtection) -> Reply:
        if command.symbol not in self.ledger.markets or not self.ledger.closable(account, command.symbol):
            return _refuse(Denial.missing(f"there is no position in {printable(command.symbol, 64)}"))
        denial = self._deny_protection(account, command)
        if denial is not None:
            return _refuse(denial)
        for order in list(account.exits.get(command.symbol, {}).values()):
            if order.tracks_position or order.origin is Reason.BRACKET:
                lifecycle.cancel(self.ledger, order, Reason.REPLACED)
        made: list[Order] = []

        def place() -> None:
            # After the cancels are through, so that the new pair finds the room that the old one held.
            held = account.held(command.symbol)
            side, size = Side.SELL if held > 0 else Side.BUY, self.ledger.closable(account, command.symbol)
            legs = command.take_profit, command.stop_loss
            links = OrderRelations(oco_id=self.ledger.ids.new(), origin=Reason.PROTECTION, tracks_position=True)
            made.extend(exits.place_exits(self.ledger, self.firing, account, command.symbol, side, size, legs, links))
            exits.fit(self.ledger, account, command.symbol)

        self._later.append(place)
        return lambda: Answer(200, _orders_body(self.ledger, made), account.seq)

    def _deny_protection(self, account: Account, command: SetProtection) -> Denial | None:
        """Prices must be such as an order may have, and on their own sides of the last price; nothing new while trading
        is halted."""
        if account.trading_state is TradingState.HALTED:
            halted = checks.halted(account)
            return Denial(halted.reason, halted.text, ErrorCode.CONFLICT, 409)
        paused = checks.deny_paused(self.ledger, command.symbol)
        if paused is not None:
            return Denial(paused.reason, paused.text, ErrorCode.CONFLICT, 409)
        held = account.held(command.symbol)
        market, last = self.ledger.markets[command.symbol], self.ledger.last[command.symbol]
        sign = 1 if held > 0 else -1
        target, stop = command.take_profit, command.stop_loss
        denial = legs_denial(target, stop, market)
        if denial is not None:
            return denial
        for name, is_wrong in (
            ("takeProfit", target is not None and (target.trigger - last) * sign <= 0),
            ("stopLoss", stop is not None and (last - stop.trigger) * sign <= 0),
        ):
            if is_wrong:
                text = f"{name} is on the wrong side of the last price: it would fire at once"
                return Denial(Reason.STOP_WOULD_TRIGGER, text, ErrorCode.CONFLICT, 409)
        return self._no_room(account, command)

    def _no_room(self, account: Account, command: SetProtection) -> Denial | None:
        """Whether the exits that stay leave nothing to close for any of the legs, so that all of it would be cut at once."""
        rooms, in_its_way = Rooms(), []
        for order in account.exits.get(command.symbol, {}).values():
            is_replaced = order.tracks_position or order.origin is Reason.BRACKET
            if order.cancel_reason is None and not is_replaced:
                rooms.take(order, order.leaves)
                in_its_way.append(order)
        closable = self.ledger.closable(account, command.symbol)
        legs = (command.stop_loss, Kind.STOP), (command.take_profit, Kind.TARGET)
        asked = [kind for leg, kind in legs if leg is not None]
        if not asked or any(rooms.spoken(kind) < closable for kind in asked):
            return None
        held, first = quantity_text(closable), in_its_way[0]
        text = f"all of the {held} {command.symbol} is spoken for by the {first.type} {first.id}: cancel it first"
        return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, text, ErrorCode.CONFLICT, 409)

    # ------------------------------------------------------------ the account

    def _resume(self, account: Account, command: Resume) -> Reply:
        self.watch.check_day_loss(account)
        denial = halt.resume(self.ledger, account)
        return _refuse(denial) if denial is not None else self._account_reply(account)

    def _deposit(self, account: Account, command: Deposit) -> Reply:
        denial = paper_money.deposit(self.ledger, account, command)
        return _refuse(denial) if denial is not None else self._account_reply(account)

    def _reset(self, account: Account, command: ResetAccount) -> Reply:
        if self.ledger.settings.answers_later and any(not order.awaits_trigger for order in account.orders.values()):
            text = "orders are with the venue, and may have filled: cancel them all, and reset when they have ended"
            return _refuse(Denial(None, text, ErrorCode.CONFLICT, 409))
        paper_money.reset(self.ledger, self.firing, account)
        self._later.append(lambda: paper_money.refill(self.ledger, account))
        return self._account_reply(account)

    def _set_limits(self, account: Account, command: SetLimits) -> Reply:
        wrong = wrong_limit(command.limits)
        if wrong is not None:
            return _refuse(Denial(None, wrong, ErrorCode.VALIDATION_FAILED))
        account.limits.update(command.limits)
        self.ledger.moved(account)
        return self._account_reply(account)

    def _account_reply(self, account: Account) -> Reply:
        return lambda: Answer(200, self.ledger.figures(account).account, account.seq)

    def _order_reply(self, account: Account, order: Order, status: int) -> Reply:
        return lambda: Answer(status, self.ledger.order_bytes(order), account.seq)

    # ------------------------------------------------------------ what is asked about the state

    def closable_after(self, name: str, symbol: str, fills: Sequence[FillReport]) -> Decimal:
        """ports.Positions: how much of its position an account's orders could close once `fills` have been booked."""
        account = self.ledger.accounts.get(name)
        return ZERO if account is None else self.ledger.closable_after(account, symbol, fills)

    def keeps_entries(self, name: str, symbol: str, side: Side, price: Decimal) -> bool:
        account = self.ledger.accounts.get(name)
        return account is None or coverage.keeps_entries(self.ledger, account, symbol, side, price)

    def liquidation_price(self, account: Account, symbol: str) -> Decimal | None:
        return self.ledger.liquidation_price(account, symbol)


def _refuse(denial: Denial) -> Reply:
    code = denial.reason if denial.code is ErrorCode.CONFLICT and denial.reason else denial.code
    return lambda: Answer(denial.http, code=code, message=denial.text, details=denial.details)


def _named_pair(first: OrderTerms, second: OrderTerms) -> tuple[OrderTerms, OrderTerms]:
    """Where only one of a pair has an id, the other's follows from it: so that the same body again finds both."""
    if first.client_order_id is not None and second.client_order_id is None:
        return first, replace(second, client_order_id=_sibling_id(first.client_order_id))
    if second.client_order_id is not None and first.client_order_id is None:
        return replace(first, client_order_id=_sibling_id(second.client_order_id)), second
    return first, second


def _sibling_id(client_order_id: str) -> str:
    """32 hex digits, as ids are that we make: the form that every exchange takes."""
    return hashlib.sha256(f"the other one of {client_order_id}".encode()).hexdigest()[:32]


def _pair_reply(replies: list[Reply], account: Account) -> Reply:
    def answer() -> Answer:
        answers = [reply() for reply in replies]
        refused = next((one for one in answers if one.code is not None), None)
        if refused is not None:
            return refused
        body = b'{"orders":[%b]}' % b",".join(one.body or b"" for one in answers)
        return Answer(answers[0].status, body, account.seq)

    return answer


def _orders_body(ledger: Ledger, orders: list[Order]) -> bytes:
    return b'{"orders":[%b]}' % b",".join(ledger.order_bytes(order) for order in orders)
