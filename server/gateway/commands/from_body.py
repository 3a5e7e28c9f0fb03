"""From a body to a command: one door for REST and sockets, so that both check alike and hash alike.

Only shape is checked here: what market, account and venue say to a command is decided behind the inbox.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, RootModel

from server.domain.commands import (
    AmendOrder,
    BracketLeg,
    CancelAll,
    ClosePosition,
    CreateOco,
    CreateOrder,
    Deposit,
    OrderTerms,
    PreviewOrder,
    ReversePosition,
    SetAlert,
    SetDeadMan,
    SetLimits,
    SetProtection,
)
from server.gateway.commands.bodies import BadRequest as BadRequest
from server.gateway.commands.bodies import Raw
from server.gateway.commands.bodies import parse as parse
from tradeterm.protocol.alerts import AlertRequest, DeadManRequest
from tradeterm.protocol.money import Money, parse_decimal, quantity_text
from tradeterm.protocol.orders import (
    AmendRequest,
    CloseRequest,
    OcoRequest,
    OrderRequest,
    ProtectionRequest,
    StopLoss,
    TakeProfit,
)
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import OrderType, SelfTrade, TimeInForce
from tradeterm.protocol.wire import WireIn

INCLUDE: Final = ("entries", "all")  # what a cancel-all takes


class DepositRequest(WireIn):
    """Paper money in, or out where it is negative."""

    amount: Money
    """In the account's currency; negative takes it out."""


def _limit(value: Any) -> Decimal | int | None:
    if value is None or type(value) is int:
        return value
    if isinstance(value, str):
        return parse_decimal(value)
    raise ValueError('a limit is a string like "45000.00", a whole number, or null')


Limit = Annotated[Any, BeforeValidator(_limit)]


class LimitsRequest(RootModel[dict[str, Limit]]):
    """Risk limits by name: a decimal string, a whole number, or null to take one away."""

    root: dict[str, Limit] = Field(max_length=64)


# ---------------------------------------------------------------- the commands


def create_order(account: str, body: Raw, expires_at: datetime | None = None) -> CreateOrder:
    """The command behind `POST /orders` and `order.create`. Raises BadRequest."""
    return create_of(account, terms_of(parse(OrderRequest, body)), expires_at)


def create_of(account: str, terms: OrderTerms, expires_at: datetime | None = None) -> CreateOrder:
    """The command of these terms. Only who gives an order an id can ask for it again: only then it needs a fingerprint."""
    asked = "" if terms.client_order_id is None else fingerprint(terms)
    return CreateOrder(account, terms, asked, expires_at)


def preview_order(account: str, body: Raw) -> PreviewOrder:
    """Raises BadRequest."""
    return PreviewOrder(account, terms_of(parse(OrderRequest, body)))


def create_oco(account: str, body: Raw) -> CreateOco:
    """Raises BadRequest."""
    request = parse(OcoRequest, body)
    first, second = terms_of(request.first), terms_of(request.second)
    return CreateOco(account, first, second, fingerprint(first, second))


def amend_order(account: str, order_id: str, body: Raw) -> AmendOrder:
    """The command behind `PATCH /orders/{id}` and `order.amend`. Raises BadRequest."""
    request = parse(AmendRequest, body)
    return AmendOrder(account, order_id, request.quantity, request.price, request.stop_price)


def cancel_all(account: str, symbol: str | None, include: str | None) -> CancelAll:
    """`include` is `entries` (when it is not said) or `all`, which takes the exits as well. Raises BadRequest."""
    if include is not None and include not in INCLUDE:
        raise BadRequest(f"include is one of {' and '.join(INCLUDE)}", field="include")
    return CancelAll(account, symbol, include == "all")


def close_position(account: str, symbol: str, body: Raw = b"") -> ClosePosition:
    """Raises BadRequest. No body is an empty one."""
    return ClosePosition(account, symbol, parse(CloseRequest, body or {}).client_order_id)


def reverse_position(account: str, symbol: str, body: Raw = b"") -> ReversePosition:
    """Raises BadRequest. No body is an empty one."""
    return ReversePosition(account, symbol, parse(CloseRequest, body or {}).client_order_id)


def set_protection(account: str, symbol: str, body: Raw) -> SetProtection:
    """Raises BadRequest."""
    request = parse(ProtectionRequest, body)
    return SetProtection(account, symbol, take_profit_leg(request.take_profit), stop_loss_leg(request.stop_loss))


def deposit(account: str, body: Raw) -> Deposit:
    """Raises BadRequest."""
    amount = parse(DepositRequest, body).amount
    if not amount:
        raise BadRequest("amount must not be zero", field="amount")
    return Deposit(account, amount)


def set_limits(account: str, body: Raw) -> SetLimits:
    """Raises BadRequest. Which limits there are, and what makes sense for each, is known behind the inbox."""
    return SetLimits(account, dict(parse(LimitsRequest, body).root))


def set_alert(account: str, body: Raw) -> SetAlert:
    """The command behind `POST /alerts` and `alert.create`. Raises BadRequest."""
    request = parse(AlertRequest, body)
    return SetAlert(account, request.symbol, request.condition, request.price)


def set_dead_man(account: str, body: Raw) -> SetDeadMan:
    """The command behind `PUT /dead-man` and `deadMan.set`. Raises BadRequest."""
    return SetDeadMan(account, parse(DeadManRequest, body).seconds)


# ---------------------------------------------------------------- terms and their fingerprint


def terms_of(request: OrderRequest) -> OrderTerms:
    return OrderTerms(
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        quantity=request.quantity,
        price=request.price,
        stop_price=request.stop_price,
        trail_amount=request.trail_amount,
        trail_percent=request.trail_percent,
        time_in_force=request.time_in_force,
        expire_at=request.expire_at,
        post_only=request.post_only,
        reduce_only=request.reduce_only,
        self_trade=request.self_trade or SelfTrade.CANCEL_RESTING,
        client_order_id=request.client_order_id,
        take_profit=take_profit_leg(request.take_profit),
        stop_loss=stop_loss_leg(request.stop_loss),
    )


def take_profit_leg(leg: TakeProfit | None) -> BracketLeg | None:
    return None if leg is None else BracketLeg(leg.price)


def stop_loss_leg(leg: StopLoss | None) -> BracketLeg | None:
    return None if leg is None else BracketLeg(leg.stop_price, leg.price)


def fingerprint(*asked: OrderTerms) -> str:
    """A digest of what is asked for: bodies that mean the same have the same one, however they are written."""
    return hashlib.sha256("\n".join(map(_canonical, asked)).encode()).hexdigest()


def _canonical(terms: OrderTerms) -> str:
    default = TimeInForce.IOC if terms.type is OrderType.MARKET else TimeInForce.GTC
    words = [terms.symbol, terms.side.value, terms.type.value, (terms.time_in_force or default).value]
    words.append(quantity_text(terms.quantity))
    if terms.price is not None:
        words.append(f"at {quantity_text(terms.price)}")
    if terms.post_only:
        words.append("post")
    if terms.reduce_only:
        words.append("reduce")
    if terms.self_trade is not SelfTrade.CANCEL_RESTING:
        words.append(terms.self_trade)
    if terms.type is not OrderType.MARKET or terms.take_profit or terms.stop_loss:
        words.extend(_rarer(terms))
    # JSON, because a symbol may hold any character.
    return json.dumps(words)


def _rarer(terms: OrderTerms) -> Iterable[str]:
    for name, value in (
        ("stop", terms.stop_price),
        ("trail", terms.trail_amount),
        ("percent", terms.trail_percent),
    ):
        if value is not None:
            yield f"{name} {quantity_text(value)}"
    if terms.expire_at is not None:
        yield f"until {time_text(terms.expire_at)}"
    for name, leg in (("target", terms.take_profit), ("protection", terms.stop_loss)):
        if leg is not None:
            yield f"{name} {quantity_text(leg.trigger)} {'' if leg.price is None else quantity_text(leg.price)}"
