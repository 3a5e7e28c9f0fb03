"""From a command message of a socket to a command of the domain, through the same door as REST's bodies."""

from collections.abc import Container
from typing import Any

from server.domain.commands import (
    AmendOrder,
    CancelOrder,
    CloseAllPositions,
    ClosePosition,
    Command,
    CreateOrder,
    DeleteAlert,
    SetAlert,
)
from server.gateway.commands import from_body
from server.gateway.commands.bodies import shown
from server.gateway.commands.from_body import BadRequest
from server.gateway.commands.plain import plain_order
from server.gateway.limits import MAX_NAME
from server.gateway.native.decisions import CommandOp, Perform


def command_of(user: str, perform: Perform, markets: Container[str]) -> tuple[Command, bool]:
    """The command, and whether it only gets out of the market (those have a budget of their own). Raises BadRequest."""
    data = dict(perform.data)
    match perform.op:
        case CommandOp.ORDER_CREATE:
            plain = plain_order(user, data, markets, perform.expires_at)
            order = plain or from_body.create_order(user, data, perform.expires_at)
            return order, order.terms.reduce_only
        case CommandOp.ORDER_AMEND:
            return from_body.amend_order(user, _taken(data, "id"), data), False
        case CommandOp.ORDER_CANCEL:
            order_id = _taken(data, "id")
            _nothing_else(data)
            return CancelOrder(user, order_id), True
        case CommandOp.ORDERS_CANCEL_ALL:
            symbol, include = _optional(data, "symbol"), _optional(data, "include")
            _nothing_else(data)
            return from_body.cancel_all(user, symbol, include), True
        case CommandOp.POSITION_CLOSE:
            return _close(user, data), True
        case CommandOp.ALERT_CREATE:
            return from_body.set_alert(user, data), False
        case CommandOp.ALERT_DELETE:
            alert_id = _taken(data, "id")
            _nothing_else(data)
            return DeleteAlert(user, alert_id), False
        case CommandOp.DEAD_MAN_SET:
            return from_body.set_dead_man(user, data), True


def _close(user: str, data: dict[str, Any]) -> ClosePosition | CloseAllPositions:
    """One position, or all when no symbol is said."""
    symbol = _optional(data, "symbol")
    if symbol is not None:
        return from_body.close_position(user, symbol, data)
    _nothing_else(data)
    return CloseAllPositions(user)


def result_data(command: Command, body: bytes) -> bytes:
    """What a result carries: an order under its name, as an event has it; other answers as REST gives them."""
    if isinstance(command, CreateOrder | AmendOrder | CancelOrder | ClosePosition):
        return b'{"order":%b}' % body
    if isinstance(command, SetAlert | DeleteAlert):
        return b'{"alert":%b}' % body
    return body


def _taken(data: dict[str, Any], key: str) -> str:
    value = data.pop(key, None)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{key} is missing", field=key)
    return value


def _optional(data: dict[str, Any], key: str) -> str | None:
    """None where it is absent; that it is null says nothing, and what is about one thing must not become about all."""
    if key not in data:
        return None
    value = data.pop(key)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        raise BadRequest(f"{key} must be a text of up to {MAX_NAME} characters", field=key)
    return value


def _nothing_else(data: dict[str, Any]) -> None:
    for key in data:
        raise BadRequest(f"there is no key {shown(key)}", field=shown(key))
