"""What a market of the exchange takes: sizes and prices brought to its steps on the safe side, and refusals before anything
is sent, each with its reason."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from server.domain.markets import Market
from server.ports import RejectedReport
from server.venues.exchange.seen import Ask
from tradeterm.protocol.arithmetic import round_down, round_to_tick
from tradeterm.protocol.money import amount_text, quantity_text
from tradeterm.protocol.vocabulary import Reason, Side, TimeInForce


def on_steps(ask: Ask, market: Market) -> Ask:
    """No larger, and no dearer to whoever asks: sizes are cut, a buy's price goes down, a sell's up."""
    price = ask.price
    if price is not None:
        price = round_to_tick(price, market.tick, up=ask.side is Side.SELL)
    return replace(ask, quantity=round_down(ask.quantity, market.lot), price=price)


def refusal(order_id: str, ask: Ask, market: Market, features: Mapping[str, Any]) -> RejectedReport | None:
    """Why it is not sent; None: it may be."""
    cannot = _cannot(ask, features)
    if cannot is not None:
        return RejectedReport(order_id, Reason.VENUE_CANNOT, f"the exchange cannot do this: {cannot}")
    if ask.quantity < market.min_quantity or not ask.quantity:
        least = quantity_text(market.min_quantity)
        text = f"{quantity_text(ask.quantity)} is below the least size {least} of {market.symbol} at the exchange"
        return RejectedReport(order_id, Reason.VENUE_CANNOT, text)
    cost = ask.quantity * (ask.price or Decimal(0))
    if ask.price is not None and cost < market.min_notional:
        least = amount_text(market.min_notional)
        text = f"a value of {amount_text(cost)} is below the least {least} of {market.symbol} at the exchange"
        return RejectedReport(order_id, Reason.VENUE_CANNOT, text)
    return None


def _cannot(ask: Ask, features: Mapping[str, Any]) -> str | None:
    """By what ccxt says of the exchange (`features.spot.createOrder`); what it does not mention may be tried."""
    forces = features.get("timeInForce") or {}
    name = ask.time_in_force.name
    if ask.time_in_force in (TimeInForce.IOC, TimeInForce.FOK) and forces.get(name, True) is False:
        return f"it has no {name} orders"
    if ask.post_only and forces.get("PO", True) is False:
        return "it has no post-only orders"
    return None
