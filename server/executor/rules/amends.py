"""New totals for an open order: every check runs on the difference before the old order is touched."""

from dataclasses import dataclass
from decimal import Decimal

from server.domain.accounts import Account
from server.domain.commands import AmendOrder, OrderTerms
from server.domain.markets import Market
from server.domain.orders import Order, Step
from server.domain.risk import Denial, collar_denial, terms_denial
from server.executor.rules import checks, lifecycle
from server.executor.rules.conditional_orders import Firing
from server.executor.state.ledger import Ledger
from server.ports import Amend
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import ErrorCode, EventName, OrderType, Reason

REFUSED = 409


@dataclass(slots=True)
class Totals:
    """What the order shall be."""

    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None


def amend(ledger: Ledger, firing: Firing, account: Account, order: Order, command: AmendOrder) -> Denial | None:
    """Change an order; what is refused changes nothing."""
    totals = Totals(
        order.quantity if command.quantity is None else command.quantity,
        order.price if command.price is None else command.price,
        order.stop_price if command.stop_price is None else command.stop_price,
    )
    market = ledger.markets[order.symbol]
    denial = _deny_form(order, command, totals, market, ledger) or _deny_state(ledger, account, order, totals)
    if denial is not None:
        return denial
    if totals.quantity == order.filled:
        lifecycle.cancel(ledger, order, Reason.AMENDED_TO_FILLED)
    elif order.waits:
        _change_waiting(ledger, firing, account, order, totals)
    elif (totals.quantity, totals.price) != (order.quantity, order.price):
        price = totals.price if totals.price is not None else order.venue_price
        assert price is not None, "what rests has a price"
        ledger.requests.append(Amend(order.id, order.symbol, totals.quantity - order.filled, price))
    return None


def _refuse(reason: Reason | None, text: str) -> Denial:
    return Denial(reason, text, ErrorCode.CONFLICT, REFUSED)


def _deny_form(order: Order, command: AmendOrder, totals: Totals, market: Market, ledger: Ledger) -> Denial | None:
    if order.ending is not None:
        return _refuse(None, "the order is being cancelled")
    wrong = (
        ("price", command.price is not None and order.price is None),
        ("stopPrice", command.stop_price is not None and not order.waits),
        ("stopPrice", command.stop_price is not None and order.type is OrderType.TRAILING_STOP),
    )
    for name, is_wrong in wrong:
        if is_wrong:
            return Denial(None, f"this {order.type} order takes no new {name}", ErrorCode.VALIDATION_FAILED)
    if totals.quantity < order.filled:
        text = f"{quantity_text(order.filled)} has filled already: {quantity_text(totals.quantity)} is less than that"
        return _refuse(None, text)
    terms = OrderTerms(
        *(order.symbol, order.side, order.type, totals.quantity, totals.price, totals.stop_price),
        reduce_only=order.reduce_only,
    )
    return terms_denial(terms, market, ledger.settings)


def _deny_state(ledger: Ledger, account: Account, order: Order, totals: Totals) -> Denial | None:
    """Hold the order as it would be against market, money and position, and put it back as it was."""
    before = Totals(order.quantity, order.price, order.stop_price)
    reserve, leaves = order.reserve_price, order.leaves
    account.drop(order, leaves)
    order.quantity, order.price, order.stop_price = totals.quantity, totals.price, totals.stop_price
    if reserve is not None:
        order.reserve_price = totals.price if totals.price is not None else totals.stop_price
    grows = reserve is not None and order.leaves * (order.reserve_price or reserve) > leaves * reserve
    denial = _deny_as_it_would_be(ledger, account, order, before, grows) if order.leaves else None
    order.quantity, order.price, order.stop_price = before.quantity, before.price, before.stop_price
    order.reserve_price = reserve
    account.open_order(order)
    return None if denial is None else _refuse(denial.reason, denial.text)


def _deny_as_it_would_be(ledger: Ledger, account: Account, order: Order, before: Totals, grows: bool) -> Denial | None:
    market = ledger.markets[order.symbol]
    if order.stop_price != before.stop_price:
        denial = checks.deny_trigger(ledger, order, market)
        if denial is not None:
            return denial
    if order.post_only and checks.takes_at_once(ledger, order):
        return Denial(Reason.POST_ONLY_WOULD_CROSS, "a post-only order may not trade at once")
    if order.reduce_only:
        room = abs(account.held(order.symbol)) - lifecycle.spoken_for(account, order)
        if order.leaves > room and order.quantity > before.quantity:
            return Denial(
                Reason.REDUCE_ONLY_WOULD_INCREASE, f"exits may close {quantity_text(room)} {order.symbol} more, no more"
            )
        return None
    if order.price != before.price:
        denial = collar_denial(order, market, ledger.margin_mark(order.symbol), ledger.collar(account))
        if denial is not None:
            return denial
    # What binds less money than before is let through whatever there is.
    return (checks.deny_limits(ledger, account, order) or checks.deny_funds(ledger, account, order)) if grows else None


def _change_waiting(ledger: Ledger, firing: Firing, account: Account, order: Order, totals: Totals) -> None:
    account.give_back(order, order.leaves)
    order.quantity, order.price = totals.quantity, totals.price
    moved, order.stop_price = order.stop_price != totals.stop_price, totals.stop_price
    if order.reserve_price is not None:
        order.reserve_price = totals.price if totals.price is not None else totals.stop_price
        ledger.moved(account)
    account.give_back(order, -order.leaves)
    order.take(Step.AMEND, ledger.now)
    ledger.tell_order(EventName.ORDER_AMENDED, order)
    if moved:
        firing.watch(order)
