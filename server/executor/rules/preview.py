"""What an order would do if it were sent now: fills from the book as it stands, fee, position, margin. Changes nothing."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import orjson

from server.domain.accounts import NO_ENTRIES, Account, Entries
from server.domain.commands import OrderTerms
from server.domain.orders import Order, order_from
from server.domain.positions import Position, split
from server.domain.risk import Denial
from server.executor.rules import checks, lifecycle, limits
from server.executor.state.ledger import Ledger
from server.ports import Expected, Level
from tradeterm.protocol.arithmetic import ONE, ZERO, average_price, break_even, divide
from tradeterm.protocol.money import amount_text, average_text, price_text, quantity_text
from tradeterm.protocol.vocabulary import Side


def preview(ledger: Ledger, account: Account, terms: OrderTerms) -> bytes:
    """The encoded answer; the order itself was found well-formed."""
    market = ledger.markets[terms.symbol]
    order = order_from(terms, "preview", account.name, "", ledger.now)
    found = checks.assess(ledger, account, order)
    found.put_on(order)
    denial, expected = _foreseen(ledger, order, found.denial)
    fills = expected.fills
    filled = sum((quantity for _, quantity in fills), ZERO)
    cost = sum((price * quantity for price, quantity in fills), ZERO)
    fee = cost * market.taker_fee
    mine = account.entries.get(order.symbol, NO_ENTRIES)
    with_it = mine.with_order(order, order.leaves, order.reserve_price)
    decimals = market.price_decimals
    answer: dict[str, Any] = {
        "accepted": denial is None,
        "rejectReason": denial.reason if denial else None,
        "rejectText": denial.text if denial else None,
        "quantity": quantity_text(order.quantity),
        "fills": [{"price": price_text(price, decimals), "quantity": quantity_text(size)} for price, size in fills],
        "filledQuantity": quantity_text(filled),
        "restingQuantity": quantity_text(expected.rests),
        "averagePrice": average_text(divide(cost, filled), decimals) if filled else None,
        "value": amount_text(cost),
        "fee": amount_text(fee),
        "position": _position(ledger, account, order, fills),
        "margin": _margin(ledger, account, order, with_it),
        "limits": _limits(ledger, account, order, with_it),
    }
    return orjson.dumps(answer)


def _foreseen(ledger: Ledger, order: Order, denial: Denial | None) -> tuple[Denial | None, Expected]:
    """Who would refuse it, we or the venue, or what it would meet there."""
    if denial is not None:
        return denial, Expected()
    if order.awaits_trigger:
        return None, Expected(rests=order.quantity)
    expected = ledger.quotes.expected(lifecycle.place_of(order))
    refusal = expected.refusal
    return (None if refusal is None else Denial(refusal.reason, refusal.text)), expected


def _after(ledger: Ledger, account: Account, order: Order, fills: list[Level]) -> tuple[Position, Decimal]:
    """The position after the fills, and what of their fees is paid in quote currency: where fees are in base currency
    the position keeps the rest."""
    held, rate = account.positions.get(order.symbol), ledger.markets[order.symbol].taker_fee
    nothing = Position("", account.name, order.symbol, ledger.now, ledger.now)
    after, fee = replace(held or nothing), ZERO
    in_base = ledger.settings.base_fees and order.side is Side.BUY
    for price, quantity in fills:
        closing, opening = split(after.quantity, order.side, quantity)
        if closing:
            after.reduce(closing, price)
            fee += closing * price * rate
        if closing and not after.quantity:
            after, fee = replace(nothing), ZERO  # what opens now is another position
        if opening:
            after.increase(opening * order.side.sign, price)
            after.give_up(divide(opening * rate, ONE) if in_base else ZERO)
            fee += ZERO if in_base else opening * price * rate
    return after, fee


def _position(ledger: Ledger, account: Account, order: Order, fills: list[Level]) -> dict[str, Any]:
    """The position after the fills, in numbers and words."""
    after, fee = _after(ledger, account, order, fills)
    market = ledger.markets[order.symbol]
    before = account.held(order.symbol)
    if not after.quantity:
        return {"text": f"{_words(before)} → flat", "side": None, "quantity": "0"}
    net = after.realised - after.fees - fee
    return {
        "text": f"{_words(before)} → {_words(after.quantity)}",
        "side": "long" if after.quantity > 0 else "short",
        "quantity": quantity_text(abs(after.quantity)),
        "entryPrice": average_text(average_price(after.quantity, after.open_cost), market.price_decimals),
        "breakEvenPrice": average_text(
            break_even(after.quantity, after.open_cost, net, market.taker_fee), market.price_decimals
        ),
    }


def _words(held: Decimal) -> str:
    if not held:
        return "flat"
    return f"{'long' if held > 0 else 'short'} {quantity_text(abs(held))}"


def _margin(ledger: Ledger, account: Account, order: Order, with_it: Entries) -> dict[str, str]:
    """What is available now, and while the order is open."""
    before, after = ledger.valuation.margin(account), ledger.valuation.margin_with(account, order.symbol, with_it)
    bound = after.margin_used + after.reserved - before.margin_used - before.reserved
    return {
        "required": amount_text(max(ZERO, bound)),
        "availableBefore": amount_text(before.available),
        "availableAfter": amount_text(after.available),
    }


def _limits(ledger: Ledger, account: Account, order: Order, with_it: Entries) -> list[str]:
    """The risk limits that the order would break."""
    if order.closes_only:
        return []
    bound = order.quantity * (order.reserve_price or ZERO)
    denial = limits.deny_limits(ledger, account, order, bound, with_it, count=len(account.orders) + 1)
    return [denial.text] if denial else []
