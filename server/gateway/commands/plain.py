"""The plain bodies, read without a model: a market or limit order, an amend. What is certainly right becomes the very
command that `from_body` would make of it; everything else is None, and read by `from_body`, which has the words for it.
"""

import re
from collections.abc import Container
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from server.domain.commands import AmendOrder, CreateOrder, OrderTerms
from server.gateway.commands.from_body import create_of
from tradeterm.protocol.money import parse_decimal
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce

SIDES: Final = {side.value: side for side in Side}
TYPES: Final = {one.value: one for one in (OrderType.MARKET, OrderType.LIMIT)}
AT_ONCE: Final = {one.value: one for one in (TimeInForce.IOC, TimeInForce.FOK)}
TIMES: Final = {OrderType.MARKET: AT_ONCE, OrderType.LIMIT: AT_ONCE | {"gtc": TimeInForce.GTC, "day": TimeInForce.DAY}}
CHANGES: Final = {"quantity": "quantity", "price": "price", "stopPrice": "stop_price"}
NEEDED: Final = {OrderType.MARKET: 4, OrderType.LIMIT: 5}  # keys: symbol, side, type, quantity; price
RARER: Final[tuple[str, ...]] = ("clientOrderId", "timeInForce", "reduceOnly", "postOnly")
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,64}", re.ASCII)
MAX_SYMBOL: Final = 32


class _Unusual(Exception):
    """Not plain."""


def parsed(body: bytes) -> dict[str, Any] | None:
    """An object without a key that stands twice and without one inside it; None for everything else."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    # Each key brings one colon. A text may hold more: then it is looked at closer elsewhere.
    return said if type(said) is dict and body.count(b":") == len(said) else None


def plain_order(
    account: str, said: dict[str, Any] | None, markets: Container[str], expires_at: datetime | None = None
) -> CreateOrder | None:
    """The command behind a plain order of one of the `markets`."""
    if said is None:
        return None
    try:
        return create_of(account, _terms(said, markets), expires_at)
    except (_Unusual, KeyError, TypeError, ValueError):
        return None


def plain_amend(account: str, order_id: str, said: dict[str, Any] | None) -> AmendOrder | None:
    """The command behind new totals, each a text."""
    if not said:
        return None
    try:
        return AmendOrder(account, order_id, **{CHANGES[key]: _positive(value) for key, value in said.items()})
    except (_Unusual, KeyError, TypeError, ValueError):
        return None


def _terms(said: dict[str, Any], markets: Container[str]) -> OrderTerms:
    """Raises any of the errors that are caught above."""
    symbol, kind = said["symbol"], TYPES[said["type"]]
    if symbol not in markets or len(symbol) > MAX_SYMBOL:
        raise _Unusual
    price = _positive(said["price"]) if kind is OrderType.LIMIT else None
    terms = OrderTerms(symbol, SIDES[said["side"]], kind, _positive(said["quantity"]), price)
    left = len(said) - NEEDED[kind]
    if left and left != _add_rarer(terms, said):
        raise _Unusual
    return terms


def _add_rarer(terms: OrderTerms, said: dict[str, Any]) -> int:
    """Take in the keys that need not be there; how many there were."""
    rest = {key: said[key] for key in RARER if key in said}
    if "clientOrderId" in rest:
        terms.client_order_id = _client_id(rest["clientOrderId"])
    if "timeInForce" in rest:
        terms.time_in_force = TIMES[terms.type][rest["timeInForce"]]
    terms.reduce_only, terms.post_only = _flag(rest, "reduceOnly"), _flag(rest, "postOnly")
    if terms.post_only and (terms.type is OrderType.MARKET or terms.time_in_force in AT_ONCE.values()):
        raise _Unusual
    return len(rest)


def _client_id(text: str) -> str:
    if _CLIENT_ID.fullmatch(text) is None:
        raise _Unusual
    return text


def _flag(said: dict[str, Any], key: str) -> bool:
    value = said.get(key, False)
    if type(value) is not bool:
        raise _Unusual
    return value


def _positive(text: str) -> Decimal:
    value = parse_decimal(text)
    if value <= 0:
        raise _Unusual
    return value
