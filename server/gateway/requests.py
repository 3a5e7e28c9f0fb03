"""From a body to a command: one door for REST and sockets, so that both check alike and hash alike."""

import hashlib
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from server.domain.commands import AmendOrder, BracketLeg, CreateOrder, OrderTerms
from tradeterm.protocol.orders import AmendRequest, OrderRequest, StopLoss, TakeProfit
from tradeterm.protocol.wire import WireIn

Body = TypeVar("Body", bound=WireIn)


class BadRequest(Exception):
    """A body that cannot be used; the text is one sentence that names the key."""


def parse(model: type[Body], body: bytes | dict[str, Any]) -> Body:
    """The checked body. Raises BadRequest."""
    try:
        return model.model_validate_json(body) if isinstance(body, bytes) else model.model_validate(body)
    except ValidationError as error:
        raise BadRequest(sentence(error)) from None


def sentence(error: ValidationError) -> str:
    """The first fault in words, without the value and without the library's own terms."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    text = first["msg"].removeprefix("Value error, ").split(" at line ")[0]
    match first["type"]:
        case "missing":
            return f"{where} is missing"
        case "extra_forbidden":
            return f"there is no key {where}"
        case "json_invalid":
            return f"the body is not JSON: {text.removeprefix('Invalid JSON: ')}"
        case "model_attributes_type" | "model_type" | "dict_type":
            return f"{where or 'the body'} must be a JSON object"
    return f"{where}: {text[0].lower()}{text[1:]}" if where else text


def create_order(account: str, body: bytes | dict[str, Any]) -> CreateOrder:
    """The command behind `POST /orders` and `order.create`. Raises BadRequest."""
    request = parse(OrderRequest, body)
    return CreateOrder(account, terms_of(request), fingerprint(request))


def amend_order(account: str, order_id: str, body: bytes | dict[str, Any]) -> AmendOrder:
    """The command behind `PATCH /orders/{id}` and `order.amend`. Raises BadRequest."""
    request = parse(AmendRequest, body)
    return AmendOrder(account, order_id, request.quantity, request.price, request.stop_price)


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
        client_order_id=request.client_order_id,
        take_profit=take_profit_leg(request.take_profit),
        stop_loss=stop_loss_leg(request.stop_loss),
    )


def take_profit_leg(leg: TakeProfit | None) -> BracketLeg | None:
    return None if leg is None else BracketLeg(leg.price)


def stop_loss_leg(leg: StopLoss | None) -> BracketLeg | None:
    return None if leg is None else BracketLeg(leg.stop_price, leg.price)


def fingerprint(request: WireIn) -> str:
    """A digest of what a body asks for: bodies that mean the same have the same one, however they are written."""
    asked = request.model_dump(exclude={"client_order_id"}, exclude_defaults=True)
    canonical = orjson.dumps(asked, default=lambda value: str(value.normalize()), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:32]
