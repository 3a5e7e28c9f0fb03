"""The steps of one order: made, sent, resized, cancelled, ended. Whether it may be made is decided elsewhere."""

from dataclasses import replace
from decimal import Decimal

from server.domain.accounts import Account, Entries
from server.domain.commands import OrderTerms
from server.domain.exits import spoken_for
from server.domain.orders import Order, OrderRelations, Step, order_from
from server.domain.risk import Denial
from server.executor.state.ledger import Ledger
from server.ports import AcceptedReport, AdoptedReport, Amend, AmendedReport, Cancel, Place, Request
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import (
    AT_ONCE,
    MARKET_TYPES,
    EventName,
    OrderStatus,
    OrderType,
    Reason,
    RejectedBy,
    Side,
    TimeInForce,
)

# Looked up once: reading a member from its class costs ten times as much as comparing it.
_SUBMIT, _ACCEPT, _REVERSE, _IOC, _GTC = Step.SUBMIT, Step.ACCEPT, Reason.REVERSE, TimeInForce.IOC, TimeInForce.GTC
_AMEND, _CANCEL, _EXPIRE, _TIME_EXPIRED = Step.AMEND, Step.CANCEL, Step.EXPIRE, Reason.TIME_EXPIRED
_CREATED, _SUBMITTED, _ACCEPTED = EventName.ORDER_CREATED, EventName.ORDER_SUBMITTED, EventName.ORDER_ACCEPTED
_AMENDED = EventName.ORDER_AMENDED
_ENDINGS = {
    Step.CANCEL: EventName.ORDER_CANCELLED,
    Step.EXPIRE: EventName.ORDER_EXPIRED,
    Step.REJECT: EventName.ORDER_REJECTED,
}


def new_order(
    ledger: Ledger, account: Account, terms: OrderTerms, fingerprint: str, links: OrderRelations | None = None
) -> Order:
    """A pending order, told."""
    order = order_from(terms, ledger.ids.new(), account.name, fingerprint, ledger.now, ledger.next_priority())
    if links is not None:
        order.belong(links)
    ledger.fresh[account.name, order.client_order_id] = order
    ledger.tell_order(_CREATED, order)
    return order


def reject(ledger: Ledger, order: Order, denial: Denial) -> None:
    """A new order is refused: it never came into the account's books."""
    order.blame(denial.text, RejectedBy.RISK)
    order.end(Step.REJECT, denial.reason, ledger.now)
    ledger.tell_order(EventName.ORDER_REJECTED, order)


def begin(ledger: Ledger, account: Account, order: Order, entries: Entries | None = None) -> None:
    """A new order was found good: it waits for its trigger, or goes to the venue. `entries`: those of its symbol with it,
    where that was found already."""
    ledger.open_order(account, order, entries)
    if order.awaits_trigger:
        order.take(Step.ACCEPT, ledger.now)
        ledger.tell_order(EventName.ORDER_ACCEPTED, order)
    else:
        submit(ledger, order)


def submit(ledger: Ledger, order: Order) -> None:
    """Queue an order for the venue."""
    tell_submitted(ledger, order)
    ledger.requests.append(place_of(order))


def tell_submitted(ledger: Ledger, order: Order) -> None:
    """An order is on its way to whoever takes it."""
    order.take(_SUBMIT, ledger.now)
    ledger.tell_order(_SUBMITTED, order)


def place_of(order: Order) -> Place:
    """What the venue is given."""
    is_reverse = order.origin is _REVERSE
    return Place(
        order.id,
        order.account,
        order.symbol,
        order.side,
        order.quantity - order.filled,
        order.price if order.venue_price is None else order.venue_price,
        venue_time_in_force(order),
        order.post_only,
        order.is_exit_there or is_reverse,
        order.quantity / 2 if is_reverse else ZERO,
        order.oco_id,
        order.self_trade,
        order.filled,
        order.rests_at,
        order.place,
        order.venue_order_id,
    )


def venue_time_in_force(order: Order) -> TimeInForce:
    """What the venue is told: day and gtd are kept here, and what is left of a triggered exit rests."""
    if order.time_in_force in AT_ONCE:
        return order.time_in_force
    if order.type in MARKET_TYPES and not order.closes_only:
        return _IOC
    return _GTC


def last_look(ledger: Ledger, request: Request) -> Request | None:
    """Before a request leaves: what it was queued for may have changed meanwhile, and it with that."""
    if type(request) is Place:
        return _place_as_wanted(ledger, request)
    return _amend_as_wanted(ledger, request) if type(request) is Amend else request


def _amend_as_wanted(ledger: Ledger, amend: Amend) -> Amend | None:
    order = ledger.orders.get(amend.order_id)
    if order is not None and amend.more:
        more = min(amend.more, _room_beside_others(ledger, order) - order.leaves)
        return replace(amend, more=more) if more > 0 and order.cancel_reason is None else None
    if order is None or order.cancel_reason is not None:
        if order is not None:
            amend_refused(ledger, order, None, "the order is being cancelled")
        return None
    leaves = min(amend.leaves, _room_beside_others(ledger, order)) if order.closes_only else amend.leaves
    price = order.venue_price if order.venue_price is not None else order.price
    if leaves > 0 and (leaves, amend.price) != (order.leaves, price):
        return replace(amend, leaves=leaves)
    amend_refused(ledger, order, Reason.REDUCE_ONLY_WOULD_INCREASE, "nothing is left to close")
    return None


def _room_beside_others(ledger: Ledger, order: Order) -> Decimal:
    """How much of the position an exit may close beside the others."""
    account = ledger.accounts[order.account]
    others = account.exits.get(order.symbol, {}).values()
    return ledger.valuation.closable(account, order.symbol) - spoken_for(others, order)


def _place_as_wanted(ledger: Ledger, place: Place) -> Place | None:
    """An order may have ended or been cancelled, or its position may have shrunk."""
    order = ledger.orders.get(place.order_id)
    if order is None:
        return None
    if order.cancel_reason is not None:
        end(ledger, order, _step_of(order.cancel_reason), order.cancel_reason)
        return None
    if order.closes_only:
        account = ledger.accounts[order.account]
        room = ledger.valuation.closable(account, order.symbol) if account.is_against(order) else ZERO
        if not room:
            end(ledger, order, _CANCEL, Reason.POSITION_CLOSED)
            return None
        if room < order.leaves:
            _set_leaves(ledger, order, room)
        place = replace(place, quantity=order.leaves)
    order.send()
    ledger.write_order(order)
    return place


def cancel(ledger: Ledger, order: Order, reason: Reason) -> None:
    """Ask for an order's end. One that waits here ends at once, one on its way when its turn comes."""
    if order.cancel_reason is not None or not order.is_open:
        return
    if order.awaits_trigger:
        end(ledger, order, _step_of(reason), reason)
        return
    order.ask_end(reason)
    ledger.write_order(order)
    is_over = reason is _TIME_EXPIRED
    if order.is_resting or (is_over and order.sent):
        ledger.urgent_requests.append(Cancel(order.id, order.symbol, is_over))


def _step_of(reason: Reason) -> Step:
    return _EXPIRE if reason is _TIME_EXPIRED else _CANCEL


def cancel_entries(ledger: Ledger, account: Account, reason: Reason, symbol: str | None = None) -> None:
    """Cancel what is not an exit, of one symbol if it is named."""
    for order in list(account.orders.values()):
        if not order.reduce_only and not order.is_external and (symbol is None or order.symbol == symbol):
            cancel(ledger, order, reason)


def unconfirmed(ledger: Ledger, order: Order, text: str) -> None:
    """Nobody knows whether the venue has it: told at once, and nothing else changes."""
    if order.is_open and not order.unconfirmed:
        order.doubt()
        ledger.tell_order(EventName.ORDER_UNCONFIRMED, order, {"text": text})


def adopt(ledger: Ledger, report: AdoptedReport) -> None:
    """Take in an order that works at the venue. One made elsewhere is shown and moves no money of ours; one of ours that
    had been given up is an order like any other, and reserves again."""
    account = ledger.accounts[report.account]
    kind = OrderType.MARKET if report.price is None else OrderType.LIMIT
    terms = OrderTerms(report.symbol, report.side, kind, report.quantity, report.price, time_in_force=TimeInForce.GTC)
    named = account.name, f"adopted:{report.venue_order_id}"
    order = order_from(terms, report.order_id, *named, ledger.now, ledger.next_priority())
    origin = Reason.EXTERNAL if report.late_of is None else Reason.LATE_ARRIVAL
    order.belong(OrderRelations(parent_id=report.late_of, origin=origin))
    order.send()
    order.rest(report.venue_order_id, None, 0)
    if not order.is_external:
        order.take_as(closes_only=ledger.settings.cash_account and order.side is Side.SELL)
        order.reserve_at(None if order.closes_only else report.price, None)
    ledger.tell_order(EventName.ORDER_CREATED, order)
    ledger.open_order(account, order)
    for step, event in ((Step.SUBMIT, EventName.ORDER_SUBMITTED), (Step.ACCEPT, EventName.ORDER_ACCEPTED)):
        order.take(step, ledger.now)
        ledger.tell_order(event, order)


def make_way(ledger: Ledger, order: Order) -> None:
    """A reverse has come about (or found nobody): the symbol's other entries are gone with what they were for."""
    account = ledger.accounts[order.account]
    for other in list(account.orders.values()):
        if other.symbol == order.symbol and not other.reduce_only and other is not order:
            cancel(ledger, other, Reason.REVERSE)


def accepted(ledger: Ledger, order: Order, report: AcceptedReport) -> None:
    """The venue has the order in its book; what was asked of it on its way there is asked now."""
    order.rest(report.venue_order_id, report.rests_at, report.place)
    if order.reserve_price is not None and order.price is not None and order.reserve_price != order.price:
        # A sell that would trade at once reserved at the bid: what rests of it fetches its limit.
        ledger.accounts[order.account].reprice(order, order.price)
        ledger.moved(ledger.accounts[order.account], order)
    order.take(_ACCEPT, ledger.now)
    ledger.tell_order(_ACCEPTED, order)
    if order.cancel_reason is not None:
        ledger.urgent_requests.append(Cancel(order.id, order.symbol))


def end(ledger: Ledger, order: Order, step: Step, reason: Reason) -> None:
    """An order has ended without being full."""
    leaves = order.leaves
    order.end(step, reason, ledger.now)
    account = ledger.accounts[order.account]
    ledger.drop_order(account, order, leaves)
    if order.reserve_price is not None:
        ledger.moved(account, order)
    ledger.tell_order(_ENDINGS[step], order)


def resize(ledger: Ledger, order: Order, leaves: Decimal, reason: Reason) -> None:
    """Give an exit another size; with nothing left it is cancelled for `reason`.

    One that is just being matched is left alone: it is looked at again when the venue has taken the rest of it.
    """
    if order.cancel_reason is not None:
        return
    if leaves <= 0:
        cancel(ledger, order, reason)
    elif leaves == order.leaves:
        return
    elif not order.sent:
        _set_leaves(ledger, order, leaves)
    elif order.is_resting:
        price = order.venue_price if order.venue_price is not None else order.price
        assert price is not None, "what rests has a price"
        cuts = leaves < order.leaves
        queue = ledger.urgent_requests if cuts else ledger.requests
        queue.append(Amend(order.id, order.symbol, leaves, price, filled=order.filled, cuts=cuts))


def grow(ledger: Ledger, order: Order, more: Decimal) -> None:
    """Have an exit follow what its entry opened besides; one that is on its way as soon as it is there."""
    if order.cancel_reason is not None:
        return
    if not order.sent:
        _set_leaves(ledger, order, order.leaves + more)
        return
    price = order.venue_price if order.venue_price is not None else order.price
    assert price is not None, "what is with the venue has a price"
    leaves = order.leaves + more
    ledger.requests.append(Amend(order.id, order.symbol, leaves, price, filled=order.filled, more=more))


def amended(ledger: Ledger, order: Order, report: AmendedReport) -> None:
    """The venue has changed a resting order."""
    account, leaves, price = ledger.accounts[order.account], report.leaves, report.price
    asked, total = None, order.filled + leaves
    if not report.unasked:
        account.set_aside(order, ZERO)
        asked = order.end_change()

    def change() -> None:
        wanted = asked is not None and asked.quantity != order.quantity
        (order.resize if wanted else order.cut)(total)
        order.move(price)

    account.rebook(order, change)
    order.rest(report.venue_order_id or order.venue_order_id, report.rests_at, report.place)
    order.take(_AMEND, ledger.now)
    if order.reserve_price is not None:
        ledger.moved(account, order)
    ledger.tell_order(_AMENDED, order, None if report.text is None else {"text": report.text})


def amend_refused(ledger: Ledger, order: Order, reason: Reason | None, text: str) -> None:
    """An amend came to nothing: the order is as it was, and whoever asked is told. One that the server asked for by
    itself (an exit that follows its position) is looked at again with the next fill."""
    ledger.accounts[order.account].set_aside(order, ZERO)
    ledger.moved(ledger.accounts[order.account], order)
    asked = order.end_change()
    ledger.write_order(order)
    if asked is not None:
        if asked.was_entry:
            ledger.accounts[order.account].sort(order, closes_only=False)
        asked.refuse(reason, text)
        ledger.tell_order(EventName.ORDER_AMEND_REJECTED, order, {"rejectReason": reason, "rejectText": text})


def _set_leaves(ledger: Ledger, order: Order, leaves: Decimal) -> None:
    """Change the size of an order that is not with the venue."""
    account = ledger.accounts[order.account]
    account.rebook(order, lambda: order.cut(order.filled + leaves))
    if order.status is OrderStatus.ACCEPTED:
        order.take(_AMEND, ledger.now)
    ledger.tell_order(_AMENDED, order)
