"""New totals for an open order: every check runs on what it is to become, before the order itself is touched."""

from decimal import Decimal

from server.domain.accounts import NO_ENTRIES, Account
from server.domain.commands import AmendOrder, OrderTerms
from server.domain.orders import Order, Step, twin
from server.domain.risk import Denial, passed_leg_denial, terms_denial
from server.executor.rules import checks, lifecycle, limits
from server.executor.rules.conditional_orders import Firing
from server.executor.state.ledger import Ledger
from server.ports import Amend
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import ErrorCode, EventName, OrderType, Reason, TradingState

_HALTED, _TRAILING = TradingState.HALTED, OrderType.TRAILING_STOP  # looked up once


def amend(ledger: Ledger, firing: Firing, account: Account, order: Order, command: AmendOrder) -> Denial | None:
    """Change an order; what is refused changes nothing."""
    changed = twin(order)
    changed.try_on(command.quantity, command.price, command.stop_price)
    denial = (
        _deny_moment(ledger, account, order)
        or _deny_form(ledger, account, order, command, changed)
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
    return Denial(reason, text, ErrorCode.CONFLICT)


def _deny_moment(ledger: Ledger, account: Account, order: Order) -> Denial | None:
    """Is there something to change just now?"""
    if account.trading_state is _HALTED:
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


def _deny_form(ledger: Ledger, account: Account, order: Order, command: AmendOrder, changed: Order) -> Denial | None:
    wrong = (
        ("price", command.price is not None and order.price is None),
        ("stopPrice", command.stop_price is not None and not order.awaits_trigger),
        ("stopPrice", command.stop_price is not None and order.type is _TRAILING),
    )
    for name, is_wrong in wrong:
        if is_wrong:
            return Denial(None, f"this {order.type} order takes no new {name}", ErrorCode.VALIDATION_FAILED)
    if changed.quantity < order.filled:
        text = f"{quantity_text(order.filled)} has filled already: {quantity_text(changed.quantity)} is less than that"
        return _refuse(None, text)
    terms = _terms_of(changed)
    denial = terms_denial(terms, ledger.markets[order.symbol], ledger.settings)
    if denial is None and terms.is_bracket and not _is_only_smaller(order, changed):
        denial = passed_leg_denial(terms, checks.entry_reference(ledger, account, terms))
    return denial


def _terms_of(order: Order) -> OrderTerms:
    """What a new order would have to name to be this one. A trailing stop names how far it trails, not its level."""
    trails = order.type is _TRAILING
    return OrderTerms(
        order.symbol,
        order.side,
        order.type,
        order.quantity,
        order.price,
        None if trails else order.stop_price,
        order.trail_amount,
        order.trail_percent,
        order.time_in_force,
        order.expire_at,
        order.post_only,
        order.reduce_only,
        order.self_trade,
        order.client_order_id,
        order.take_profit,
        order.stop_loss,
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
        denial = checks.deny_trigger(ledger, changed)
        if denial is not None:
            return denial
    if changed.post_only and checks.takes_at_once(ledger, changed):
        return Denial(Reason.POST_ONLY_WOULD_CROSS, "a post-only order may not trade at once")
    if order.reduce_only:
        return _deny_growing_exit(ledger, account, order, changed)
    return _deny_entry(ledger, account, order, changed)


def _deny_growing_exit(ledger: Ledger, account: Account, order: Order, changed: Order) -> Denial | None:
    room = ledger.valuation.closable(account, order.symbol) - checks.claimed(account, order)
    if changed.quantity <= order.quantity or changed.leaves <= room:
        return None
    text = f"exits may close {quantity_text(max(ZERO, room))} {order.symbol} more, no more"
    return Denial(Reason.REDUCE_ONLY_WOULD_INCREASE, text)


def _deny_entry(ledger: Ledger, account: Account, order: Order, changed: Order) -> Denial | None:
    # Taken as an exit, it stays one: the venue was told so.
    changed.take_as(closes_only=order.closes_only or checks.only_closes(ledger, account, changed))
    denial = (
        checks.deny_state(ledger, account, changed)
        or checks.deny_price(ledger, changed)
        or _deny_opening(ledger, account, order, changed)
    )
    if denial is not None:
        return denial
    # What the venue was given where the order names no price (the rest of a triggered exit), it keeps.
    changed.reserve_at(checks.price_entry(ledger, changed, changed.stop_price)[0], changed.venue_price)
    mine = account.entries.get(order.symbol, NO_ENTRIES)
    after = mine.with_order(order, -order.leaves, order.reserve_price)
    after = after.with_order(changed, changed.leaves, changed.reserve_price)
    if changed.price != order.price and not changed.awaits_trigger:
        denial = checks.deny_collar(ledger, account, changed)
    # What is smaller than before is let through whatever the limits are.
    if denial is None and _is_larger(order, changed):
        denial = limits.deny_limits(ledger, account, changed, _value(changed), after, count=len(account.orders))
    if denial is not None:
        if not checks.lets_out(ledger, account, changed):
            return denial
        changed.take_as(closes_only=True)
    return checks.deny_funds(ledger, account, changed, mine, after)


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
    order.ask_change(changed.quantity, closes_only=changed.closes_only)
    ledger.write_order(order)
    account.set_aside(order, more)
    account.sort(order, closes_only=changed.closes_only)
    ledger.moved(account, order)
    price = changed.price if changed.price is not None else changed.venue_price
    assert price is not None, "what rests has a price"
    ledger.requests.append(Amend(order.id, order.symbol, changed.leaves, price, order.filled, changed.closes_only))


def _change_waiting(ledger: Ledger, firing: Firing, account: Account, order: Order, changed: Order) -> None:
    moved = order.stop_price != changed.stop_price
    account.rebook(order, lambda: order.become(changed))
    account.sort(order, closes_only=changed.closes_only)
    if order.reserve_price is not None:
        ledger.moved(account, order)
    order.take(Step.AMEND, ledger.now)
    ledger.tell_order(EventName.ORDER_AMENDED, order)
    if moved:
        firing.watch(order)
