"""New totals for an open order: every check runs on what it is to become, before the order itself is touched."""

from dataclasses import replace
from decimal import Decimal

from tests.oracle.arithmetic import ZERO
from tests.oracle.domain.accounts import Account
from tests.oracle.domain.commands import AmendOrder, OrderTerms
from tests.oracle.domain.markets import Market
from tests.oracle.domain.orders import Order, Replacing, Step
from tests.oracle.domain.risk import Denial, passed_leg_denial, terms_denial
from tests.oracle.executor.rules import checks, lifecycle
from tests.oracle.executor.rules.conditional_orders import Firing
from tests.oracle.executor.state.ledger import Ledger
from tests.oracle.money import quantity_text
from tests.oracle.ports import Amend
from tradeterm.protocol.vocabulary import ErrorCode, EventName, OrderType, Reason, TradingState

REFUSED = 409


def amend(ledger: Ledger, firing: Firing, account: Account, order: Order, command: AmendOrder) -> Denial | None:
    """Change an order; what is refused changes nothing."""
    changed = replace(
        order,
        quantity=order.quantity if command.quantity is None else command.quantity,
        price=order.price if command.price is None else command.price,
        stop_price=order.stop_price if command.stop_price is None else command.stop_price,
    )
    market = ledger.markets[order.symbol]
    denial = (
        _deny_moment(ledger, account, order)
        or _deny_form(order, command, changed, market, ledger)
        or _deny_state(ledger, account, order, changed)
    )
    if denial is not None:
        return denial
    if changed.quantity == order.filled:
        lifecycle.cancel(ledger, order, Reason.AMENDED_TO_FILLED)
    elif order.awaits_trigger:
        _change_waiting(ledger, firing, account, order, changed)
    elif (changed.quantity, changed.price) != (order.quantity, order.price):
        _send(ledger, account, order, changed)
    return None


def _refuse(reason: Reason | None, text: str) -> Denial:
    return Denial(reason, text, ErrorCode.CONFLICT, REFUSED)


def _deny_moment(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    """Is there something to change just now?"""
    if account.trading_state is TradingState.HALTED:
        halted = checks.halted(account)
        return _refuse(halted.reason, halted.text)
    paused = checks.deny_paused(ledger, order.symbol) if order.awaits_trigger else None
    if paused is not None:
        return _refuse(paused.reason, paused.text)
    if order.cancel_reason is not None:
        return _refuse(None, "the order is being cancelled")
    if order.replacing is not None:
        return _refuse(None, "the order is being amended already")
    if not order.awaits_trigger and not order.is_resting:
        return _refuse(None, "the order is on its way to the venue")
    return None


def _deny_form(order: Order, command: AmendOrder, changed: Order, market: Market, ledger: Ledger) -> Denial | None:
    wrong = (
        ("price", command.price is not None and order.price is None),
        ("stopPrice", command.stop_price is not None and not order.awaits_trigger),
        ("stopPrice", command.stop_price is not None and order.type is OrderType.TRAILING_STOP),
    )
    for name, is_wrong in wrong:
        if is_wrong:
            return Denial(None, f"this {order.type} order takes no new {name}", ErrorCode.VALIDATION_FAILED)
    if changed.quantity < order.filled:
        text = f"{quantity_text(order.filled)} has filled already: {quantity_text(changed.quantity)} is less than that"
        return _refuse(None, text)
    terms = _terms_of(changed)
    denial = terms_denial(terms, market, ledger.settings)
    if denial is None and not _is_only_smaller(order, changed):
        denial = passed_leg_denial(terms, checks.entry_reference(ledger, ledger.accounts[order.account], terms))
    return denial


def _terms_of(order: Order) -> OrderTerms:
    """What a new order would have to name to be this one. A trailing stop names how far it trails, not its level."""
    trails = order.type is OrderType.TRAILING_STOP
    return OrderTerms(
        *(order.symbol, order.side, order.type, order.quantity, order.price, None if trails else order.stop_price),
        trail_amount=order.trail_amount,
        trail_percent=order.trail_percent,
        reduce_only=order.reduce_only,
        take_profit=order.take_profit,
        stop_loss=order.stop_loss,
    )


def _is_only_smaller(order: Order, changed: Order) -> bool:
    """A part of it is cancelled, and nothing else."""
    return (changed.price, changed.stop_price) == (order.price, order.stop_price) and changed.quantity <= order.quantity


def _deny_state(ledger: Ledger, account: Account, order: Order, changed: Order) -> Denial | None:
    """Hold what the order is to become against market, money and position, as if it were sent now."""
    if _is_only_smaller(order, changed):
        return None
    denial = _deny_as_new(ledger, account, order, changed)
    return None if denial is None else _refuse(denial.reason, denial.text)


def _deny_as_new(ledger: Ledger, account: Account, order: Order, changed: Order) -> Denial | None:
    if changed.stop_price != order.stop_price:
        denial = checks.deny_passed(ledger, changed, ledger.markets[order.symbol])
        if denial is not None:
            return denial
    if changed.post_only and checks.takes_at_once(ledger, changed):
        return Denial(Reason.POST_ONLY_WOULD_CROSS, "a post-only order may not trade at once")
    if order.reduce_only:
        return _deny_growing_exit(ledger, account, order, changed)
    return _deny_entry(ledger, account, order, changed)


def _deny_growing_exit(ledger: Ledger, account: Account, order: Order, changed: Order) -> Denial | None:
    room = ledger.closable(account, order.symbol) - checks.claimed(account, order)
    if changed.quantity <= order.quantity or changed.leaves <= room:
        return None
    text = f"exits may close {quantity_text(max(ZERO, room))} {order.symbol} more, no more"
    return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, text)


def _deny_entry(ledger: Ledger, account: Account, order: Order, changed: Order) -> Denial | None:
    # Taken as an exit, it stays one: the venue was told so.
    changed.closes_only = order.closes_only or checks.only_closes(ledger, account, changed)
    denial = (
        checks.deny_state(ledger, account, changed)
        or checks.deny_price(ledger, changed)
        or _deny_opening(ledger, account, order, changed)
    )
    if denial is not None:
        return denial
    kept = changed.venue_price
    checks.price_entry(ledger, changed, ledger.markets[order.symbol])
    changed.venue_price = kept
    if changed.price != order.price and not changed.awaits_trigger:
        denial = checks.deny_collar(ledger, account, changed)
    # What is smaller than before is let through whatever the limits are.
    if denial is None and _is_larger(order, changed):
        denial = checks.deny_limits(ledger, account, changed, order)
    if denial is not None and not checks.lets_out(ledger, account, changed):
        return denial
    return checks.deny_funds(ledger, account, changed, order)


def _deny_opening(ledger: Ledger, account: Account, order: Order, changed: Order) -> Denial | None:
    """What was let through because it can only reduce does not grow beyond that."""
    if not order.closes_only or ledger.settings.cash_account:
        return None
    room = checks.closing_room(ledger, account, changed)
    if changed.leaves <= room:
        return None
    text = f"it was taken as an exit, and may close {quantity_text(max(ZERO, room))} {order.symbol}, no more"
    return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, text)


def _worth(order: Order) -> Decimal:
    return order.leaves * (order.reserve_price or ZERO)


def _is_larger(order: Order, changed: Order) -> bool:
    """Is it more than before by anything that a limit may be set on: its size, its value, or what is left of that?"""
    return any(
        now > then
        for now, then in (
            (changed.quantity, order.quantity),
            (_value(changed), _value(order)),
            (_worth(changed), _worth(order)),
        )
    )


def _value(order: Order) -> Decimal:
    return order.quantity * (order.reserve_price or ZERO)


def _send(ledger: Ledger, account: Account, order: Order, changed: Order) -> None:
    """Ask the venue. What the change would bind more than the order does is set aside until its answer is there."""
    more = max(ZERO, _worth(changed) - _worth(order))
    order.replacing = Replacing(changed.quantity, changed.closes_only and not order.closes_only)
    order.encoded = None
    ledger.write_order(order)
    account.set_aside(order, more)
    account.sort(order, closes_only=changed.closes_only)
    ledger.moved(account, order)
    price = changed.price if changed.price is not None else changed.venue_price
    assert price is not None, "what rests has a price"
    ledger.requests.append(
        Amend(order.id, order.symbol, changed.leaves, price, order.filled, reduce_only=changed.closes_only)
    )


def _change_waiting(ledger: Ledger, firing: Firing, account: Account, order: Order, changed: Order) -> None:
    account.give_back(order, order.leaves)
    moved = order.stop_price != changed.stop_price
    if order.quantity != changed.quantity:
        order.quantity, order.requested = changed.quantity, None
    order.price, order.stop_price, order.reserve_price = changed.price, changed.stop_price, changed.reserve_price
    account.give_back(order, -order.leaves)
    account.sort(order, closes_only=changed.closes_only)
    if order.reserve_price is not None:
        ledger.moved(account, order)
    order.take(Step.AMEND, ledger.now)
    ledger.tell_order(EventName.ORDER_AMENDED, order)
    if moved:
        firing.watch(order)
