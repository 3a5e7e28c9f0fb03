"""What a server says, held against the models that describe it: nothing missing, nothing more, every value spelled so."""

from typing import Any

from pydantic import BaseModel

from tradeterm.protocol.events import EVENTS, MARKET_EVENTS
from tradeterm.protocol.messages import (
    SERVER_MESSAGES,
    MarketEvent,
    MarketSnapshot,
    Told,
    TradingEvent,
    TradingSnapshot,
)


def check_message(message: dict[str, Any]) -> None:
    """One message of the native WebSocket, and the payload in it."""
    _check(model_of(message), message)
    if "event" in message:
        is_market = message["channel"] != "trading"
        check_payload(message["event"], message["data"], is_market=is_market)


def check_payload(event: str, data: dict[str, Any], *, is_market: bool = False) -> None:
    """The payload of one event, as every way out carries it."""
    _check((MARKET_EVENTS if is_market else EVENTS)[event], data)


def _check(model: type[BaseModel], said: dict[str, Any]) -> None:
    shown = model.model_validate(said).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert shown == said, f"{model.__name__} does not describe {said}"


def model_of(message: dict[str, Any]) -> type[BaseModel]:
    """The model that describes a message of the server. Raises KeyError for an op that is none."""
    if "event" in message:
        if message["channel"] != "trading":
            return MarketEvent
        return TradingEvent if "seq" in message else Told
    if message["op"] == "snapshot":
        return TradingSnapshot if message["channel"] == "trading" else MarketSnapshot
    return SERVER_MESSAGES[message["op"]]
