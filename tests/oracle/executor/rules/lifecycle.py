"""The steps of one order: made, sent, resized, cancelled, ended. Whether it may be made is decided elsewhere."""

from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.arithmetic import ZERO
from tests.oracle.domain.accounts import Account
from tests.oracle.domain.commands import OrderTerms
from tests.oracle.domain.exits import spoken_for
from tests.oracle.domain.orders import Order, Step, order_from
from tests.oracle.domain.risk import Denial
from tests.oracle.executor.state.ledger import Ledger
from tests.oracle.ports import AcceptedReport, Amend, AmendedReport, Cancel, Place, Request
from tradeterm.protocol.vocabulary import (
    AT_ONCE,
    MARKET_TYPES,
    EventName,
    OrderStatus,
    Reason,
    RejectedBy,
    TimeInForce,
)

_ENDINGS = {
    Step.CANCEL: EventName.ORDER_CANCELLED,
    Step.EXPIRE: EventName.ORDER_EXPIRED,
    Step.REJECT: EventName.ORDER_REJECTED,
}


@dataclass(slots=True)
class OrderRelations:
    """Whose an order is, besides its account's."""

    parent_id: str | None = None
    oco_id: str | None = None
    origin: Reason | None = None
    tracks_position: bool = False


def new_order(
    ledger: Ledger, account: Account, terms: OrderTerms, fingerprint: str, links: OrderRelations | None = None
) -> Order:
    """A pending order, told."""
    order = order_from(terms, ledger.ids.new(), account.name, fingerprint, ledger.now)
    order.priority = ledger.next_priority()
    if links is not None:
        order.parent_id, order.oco_id = links.parent_id, links.oco_id
        order.origin, order.tracks_position = links.origin, links.tracks_position
    ledger.fresh[account.name, order.client_order_id] = order
    ledger.tell_order(EventName.ORDER_CREATED, order)
    return order


def reject(ledger: Ledger, order: Order, denial: Denial) -> None:
    """A new order is refused: it never came into the account's books."""
    order.reject_reason, order.reject_text, order.rejected_by = denial.reason, denial.text, RejectedBy.RISK
    order.take(Step.REJECT, ledger.now)
    ledger.tell_order(EventName.ORDER_REJECTED, order)


def begin(ledger: Ledger, account: Account, order: Order) -> None:
    """A new order was found good: it waits for its trigger, or goes to the venue."""
    ledger.open_order(account, order)
    if order.awaits_trigger:
        order.take(Step.ACCEPT, ledger.now)
        ledger.tell_order(EventName.ORDER_ACCEPTED, order)
    else:
        submit(ledger, order)


def submit(ledger: Ledger, order: Order) -> None:
    """Queue an order for the venue."""
    order.take(Step.SUBMIT, ledger.now)
    ledger.tell_order(EventName.ORDER_SUBMITTED, order)
    ledger.requests.append(place_of(order))


def place_of(order: Order) -> Place:
    """What the venue is given."""
    is_reverse = order.origin is Reason.REVERSE
    return Place(
        *(order.id, order.account, order.symbol, order.side, order.leaves),
        price=order.venue_price if order.venue_price is not None else order.price,
        time_in_force=venue_time_in_force(order),
        post_only=order.post_only,
        reduce_only=order.is_exit_there or is_reverse,
        opens=order.quantity / 2 if is_reverse else ZERO,
        pair=order.oco_id,
        self_trade=order.self_trade,
        filled=order.filled,
        rests_at=order.rests_at,
        place=order.place,
    )


def venue_time_in_force(order: Order) -> TimeInForce:
    """What the venue is told: day and gtd are kept here, and what is left of a triggered exit rests."""
    if order.time_in_force in AT_ONCE:
        return order.time_in_force
    if order.type in MARKET_TYPES and not order.closes_only:
        return TimeInForce.IOC
    return TimeInForce.GTC


def still_wanted(ledger: Ledger, request: Request) -> bool:
    """The last look before a request leaves: what it was queued for may have changed meanwhile."""
    if type(request) is Place:
        return _place_is_wanted(ledger, request)
    return type(request) is not Amend or _amend_is_wanted(ledger, request)


def _amend_is_wanted(ledger: Ledger, amend: Amend) -> bool:
    order = ledger.orders.get(amend.order_id)
    if order is not None and amend.more:
        amend.more = min(amend.more, _room_beside_others(ledger, order) - order.leaves)
        return amend.more > 0 and order.cancel_reason is None
    if order is None or order.cancel_reason is not None:
        if order is not None:
            amend_refused(ledger, order, None, "the order is being cancelled")
        return False
    if order.closes_only:
        amend.leaves = min(amend.leaves, _room_beside_others(ledger, order))
    price = order.venue_price if order.venue_price is not None else order.price
    if amend.leaves > 0 and (amend.leaves, amend.price) != (order.leaves, price):
        return True
    amend_refused(ledger, order, Reason.REDUCE_ONLY_WOULD_INCREASE, "nothing is left to close")
    return False


def _room_beside_others(ledger: Ledger, order: Order) -> Decimal:
    """How much of the position an exit may close beside the others."""
    account = ledger.accounts[order.account]
    others = account.exits.get(order.symbol, {}).values()
    return ledger.closable(account, order.symbol) - spoken_for(others, order)


def _place_is_wanted(ledger: Ledger, place: Place) -> bool:
    """An order may have been cancelled, or its position may have shrunk."""
    order = ledger.orders.get(place.order_id)
    if order is None:
        return True  # the flow's own
    if order.cancel_reason is not None:
        end(ledger, order, _step_of(order.cancel_reason), order.cancel_reason)
        return False
    if order.closes_only:
        account = ledger.accounts[order.account]
        is_exit = account.held(order.symbol) * order.side.sign < 0
        room = ledger.closable(account, order.symbol) if is_exit else ZERO
        if not room:
            end(ledger, order, Step.CANCEL, Reason.POSITION_CLOSED)
            return False
        if room < order.leaves:
            _set_leaves(ledger, order, room)
        place.quantity = order.leaves
    order.sent = True
    ledger.write_order(order)
    return True


def cancel(ledger: Ledger, order: Order, reason: Reason) -> None:
    """Ask for an order's end. One that waits here ends at once, one on its way when its turn comes."""
    if order.cancel_reason is not None or not order.is_open:
        return
    if order.awaits_trigger:
        end(ledger, order, _step_of(reason), reason)
        return
    order.cancel_reason = reason
    order.encoded = None
    ledger.write_order(order)
    is_over = reason is Reason.TIME_EXPIRED
    if order.is_resting or (is_over and order.sent):
        ledger.urgent_requests.append(Cancel(order.id, order.symbol, is_over))


def _step_of(reason: Reason) -> Step:
    return Step.EXPIRE if reason is Reason.TIME_EXPIRED else Step.CANCEL


def cancel_entries(ledger: Ledger, account: Account, reason: Reason, symbol: str | None = None) -> None:
    """Cancel what is not an exit, of one symbol if it is named."""
    for order in list(account.orders.values()):
        if not order.reduce_only and (symbol is None or order.symbol == symbol):
            cancel(ledger, order, reason)


def make_way(ledger: Ledger, order: Order) -> None:
    """A reverse has come about (or found nobody): the symbol's other entries are gone with what they were for."""
    account = ledger.accounts[order.account]
    for other in list(account.orders.values()):
        if other.symbol == order.symbol and not other.reduce_only and other is not order:
            cancel(ledger, other, Reason.REVERSE)


def accepted(ledger: Ledger, order: Order, report: AcceptedReport) -> None:
    """The venue has the order in its book; what was asked of it on its way there is asked now."""
    order.venue_order_id, order.rests_at, order.place = report.venue_order_id, report.rests_at, report.place
    if order.reserve_price is not None and order.price is not None and order.reserve_price != order.price:
        # A sell that would trade at once reserved at the bid: what rests of it fetches its limit.
        ledger.accounts[order.account].reprice(order, order.price)
        ledger.moved(ledger.accounts[order.account], order)
    order.take(Step.ACCEPT, ledger.now)
    ledger.tell_order(EventName.ORDER_ACCEPTED, order)
    if order.cancel_reason is not None:
        ledger.urgent_requests.append(Cancel(order.id, order.symbol))


def end(ledger: Ledger, order: Order, step: Step, reason: Reason) -> None:
    """An order has ended without being full."""
    leaves = order.leaves
    order.reject_reason = reason
    order.take(step, ledger.now)
    ledger.drop_order(ledger.accounts[order.account], order, leaves)
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
    order.place = report.place
    account.give_back(order, order.leaves)
    asked = None
    if not report.unasked:
        account.set_aside(order, ZERO)
        asked, order.replacing = order.replacing, None
    if asked is not None and asked.quantity != order.quantity:
        order.quantity, order.requested = order.filled + leaves, None
    else:
        order.cut(order.filled + leaves)
    order.rests_at = report.rests_at
    if order.venue_price is not None:
        order.venue_price = price
    else:
        order.price = price
    if order.reserve_price is not None:
        order.reserve_price = price
        ledger.moved(account, order)
    order.take(Step.AMEND, ledger.now)
    account.give_back(order, -order.leaves)
    ledger.tell_order(EventName.ORDER_AMENDED, order)


def amend_refused(ledger: Ledger, order: Order, reason: Reason | None, text: str) -> None:
    """An amend came to nothing: the order is as it was, and whoever asked is told. One that the server asked for by
    itself (an exit that follows its position) is looked at again with the next fill."""
    ledger.accounts[order.account].set_aside(order, ZERO)
    ledger.moved(ledger.accounts[order.account], order)
    asked, order.replacing, order.encoded = order.replacing, None, None
    ledger.write_order(order)
    if asked is not None:
        if asked.was_entry:
            ledger.accounts[order.account].sort(order, closes_only=False)
        asked.refusal = (reason, text)
        ledger.tell_order(EventName.ORDER_AMEND_REJECTED, order, rejectReason=reason, rejectText=text)


def _set_leaves(ledger: Ledger, order: Order, leaves: Decimal) -> None:
    """Change the size of an order that is not with the venue."""
    account = ledger.accounts[order.account]
    account.give_back(order, order.leaves - leaves)
    order.cut(order.filled + leaves)
    if order.status is OrderStatus.ACCEPTED:
        order.take(Step.AMEND, ledger.now)
    ledger.tell_order(EventName.ORDER_AMENDED, order)
