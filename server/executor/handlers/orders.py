"""Commands about orders: made, in pairs, tried out, changed, cancelled."""

import hashlib
from dataclasses import replace
from datetime import datetime

import orjson

from server.domain.accounts import Account
from server.domain.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    CreateOco,
    CreateOrder,
    OrderTerms,
    PreviewOrder,
)
from server.domain.orders import Order, OrderRelations, Replacing, twin
from server.domain.risk import Denial, passed_leg_denial, terms_denial
from server.executor.handlers.replies import CREATED, Handler, known, order_reply, pair_reply, refuse
from server.executor.rules import amends, checks, closing, lifecycle
from server.executor.rules.conditional_orders import Firing
from server.executor.rules.preview import preview
from server.executor.rules.surveillance import Surveillance
from server.executor.state.ledger import Ledger, Reply
from server.ports import Answer
from tradeterm.protocol.vocabulary import ErrorCode, Reason

_USER_REQUEST = Reason.USER_REQUEST  # looked up once


class OrderHandlers:
    """One method a command; each gives the reply that its sender gets."""

    def __init__(self, ledger: Ledger, firing: Firing, watch: Surveillance) -> None:
        self._ledger, self._firing, self._watch = ledger, firing, watch

    @property
    def handlers(self) -> dict[type[Command], Handler]:
        """Who carries out which command."""
        return {
            CreateOrder: self.create,
            CreateOco: self.create_oco,
            PreviewOrder: self.preview,
            AmendOrder: self.amend,
            CancelOrder: self.cancel,
            CancelAll: self.cancel_all,
        }

    def create(self, account: Account, command: CreateOrder) -> Reply:
        ledger, terms = self._ledger, command.terms
        before = known(ledger, account, terms.client_order_id, command.fingerprint)
        if before is not None:
            return before
        denial = self._deny_terms(account, terms, command.expires_at)
        if denial is not None:
            return refuse(denial)
        order = lifecycle.new_order(ledger, account, terms, command.fingerprint)
        found = checks.assess(ledger, account, order)
        checks.carry_out(ledger, account, order, found)
        if found.denial is not None:
            lifecycle.reject(ledger, order, found.denial)
        else:
            self._begin(account, order, found)
        return order_reply(ledger, account, order, CREATED)

    def _deny_terms(self, account: Account, terms: OrderTerms, by: datetime | None = None) -> Denial | None:
        """What is wrong with an order before it is one; it had to be here `by` then."""
        if by is not None and self._ledger.now > by:
            return Denial(None, "the command came after its expiresAt", ErrorCode.EXPIRED)
        if terms.expire_at is not None and terms.expire_at <= self._ledger.now:
            return Denial(None, "expireAt is in the past", ErrorCode.VALIDATION_FAILED)
        denial = terms_denial(terms, self._ledger.markets.get(terms.symbol), self._ledger.settings)
        if denial is None and terms.is_bracket:
            return passed_leg_denial(terms, checks.entry_reference(self._ledger, account, terms))
        return denial

    def _begin(self, account: Account, order: Order, found: checks.Assessment) -> None:
        lifecycle.begin(self._ledger, account, order, found.entries)
        self._watch.expect(order)
        if order.awaits_trigger:
            self._firing.watch(order)

    def create_oco(self, account: Account, command: CreateOco) -> Reply:
        both = _named_pair(command.first, command.second)
        if both[0].client_order_id is not None and both[0].client_order_id == both[1].client_order_id:
            text = "the orders of a pair need a clientOrderId each"
            return refuse(Denial(None, text, ErrorCode.VALIDATION_FAILED))
        replies = [known(self._ledger, account, terms.client_order_id, command.fingerprint) for terms in both]
        if replies[0] is not None and replies[1] is not None:
            return pair_reply([replies[0], replies[1]], account)
        taken = [terms.client_order_id for terms, reply in zip(both, replies, strict=True) if reply is not None]
        if taken:
            return refuse(Denial.conflict(str(taken[0])))
        for terms in both:
            denial = self._deny_terms(account, terms)
            if denial is not None:
                return refuse(denial)
        links = OrderRelations(oco_id=self._ledger.ids.new())
        first, second = (lifecycle.new_order(self._ledger, account, one, command.fingerprint, links) for one in both)
        self._accept_both(account, first, second)
        return pair_reply([order_reply(self._ledger, account, order, CREATED) for order in (first, second)], account)

    def _accept_both(self, account: Account, first: Order, second: Order) -> None:
        """Both are good, or neither is taken. The second is looked at as if the first stood in the books already."""
        one = checks.assess(self._ledger, account, first)
        found, denial = [(first, one)], one.denial
        if denial is None:
            standing = twin(first)
            one.put_on(standing)
            other = checks.assess(self._ledger, account.with_open(standing), second, int(one.is_counted))
            found.append((second, other))
            denial = other.denial
        for order, terms in found:
            checks.carry_out(self._ledger, account, order, terms)
        if denial is not None:
            for order in (first, second):
                lifecycle.reject(self._ledger, order, denial)
            return
        for order, terms in found:
            self._begin(account, order, terms)

    def preview(self, account: Account, command: PreviewOrder) -> Reply:
        denial = self._deny_terms(account, command.terms)
        if denial is not None:
            return refuse(denial)
        body = preview(self._ledger, account, command.terms)
        return lambda: Answer(200, body, account.seq)

    # ------------------------------------------------------------ changing and leaving

    def _own_order(self, account: Account, order_id: str) -> Order | None:
        order = self._ledger.orders.get(order_id)
        return order if order is not None and order.account == account.name else None

    def amend(self, account: Account, command: AmendOrder) -> Reply:
        order = self._own_order(account, command.order_id)
        if order is None:
            return refuse(Denial.missing("there is no open order of that id"))
        denial = amends.amend(self._ledger, self._firing, account, order, command)
        if denial is not None:
            return refuse(denial)
        asked = order.replacing
        return lambda: self._amend_answer(account, order, asked)

    def _amend_answer(self, account: Account, order: Order, asked: Replacing | None) -> Answer:
        """What came of it by now; a venue that is some way off answers later, and its answer is an event."""
        if asked is None or asked.refusal is None:
            return order_reply(self._ledger, account, order, 200)()
        reason, text = asked.refusal
        return refuse(Denial(reason, text, ErrorCode.CONFLICT))()

    def cancel(self, account: Account, command: CancelOrder) -> Reply:
        order = self._own_order(account, command.order_id)
        if order is None:
            return refuse(Denial.missing("there is no open order of that id"))
        lifecycle.cancel(self._ledger, order, _USER_REQUEST)
        return order_reply(self._ledger, account, order, 200)

    def cancel_all(self, account: Account, command: CancelAll) -> Reply:
        if command.symbol is not None and command.symbol not in self._ledger.markets:
            return refuse(Denial.no_market(command.symbol))
        chosen = closing.cancel_all(self._ledger, account, command)
        cancelled = orjson.dumps([order.id for order in chosen])
        if not command.include_exits:
            return lambda: Answer(200, b'{"cancelled":%b}' % cancelled, account.seq)

        def answer() -> Answer:
            bare = closing.without_stop(self._ledger, account, command.symbol)
            return Answer(200, b'{"cancelled":%b,"withoutStop":%b}' % (cancelled, bare), account.seq)

        return answer


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
