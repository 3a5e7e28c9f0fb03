"""`/asyncapi.json`: the sockets described from the models that also check them. Nothing in it is written twice."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tradeterm import __version__
from tradeterm.protocol import messages
from tradeterm.protocol.events import EVENTS, MARKET_EVENTS
from tradeterm.protocol.market import INTERVALS

SCHEMA: Final = "#/components/schemas/{model}"
SERVER_MESSAGES: Final[tuple[type[BaseModel], ...]] = (
    *messages.SERVER_MESSAGES.values(),
    messages.TradingSnapshot,
    messages.MarketSnapshot,
)
ENVELOPES: Final = (messages.TradingEvent, messages.Told, messages.MarketEvent)
PAYLOADS: Final = {**EVENTS, **MARKET_EVENTS}
ABOUT: Final = (
    "Trading events and market data. Sign in by `Authorization: Bearer …` on the handshake or by the first message. "
    "`trading` is a stream without gaps: apply seq == last + 1, drop what is not newer, subscribe again from the last."
)


def document() -> dict[str, Any]:
    """The whole description, from the models."""
    sent = [*SERVER_MESSAGES, *sorted({*PAYLOADS.values()}, key=_name), *ENVELOPES]
    asked = [(model, "validation") for model in messages.CLIENT_MESSAGES]
    _, schemas = models_json_schema([*asked, *((model, "serialization") for model in sent)], ref_template=SCHEMA)  # type: ignore[list-item]
    events = {event: _event(event, model) for event, model in PAYLOADS.items()}
    said = {_name(model): _message(model) for model in (*messages.CLIENT_MESSAGES, *SERVER_MESSAGES)}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "tradeterm", "version": __version__, "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": _channels(events),
        "operations": _operations(events),
        "components": {
            "schemas": schemas["$defs"],
            "messages": {_key(name): one for name, one in (said | events).items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _channels(events: dict[str, Any]) -> dict[str, Any]:
    both = [_name(model) for model in (*messages.CLIENT_MESSAGES, *SERVER_MESSAGES)]
    symbol = {"description": "As the market is listed.", "examples": ["BTC/USD"]}
    kind = {"enum": ["ticker", "book", "trades", *(f"candles:{interval}" for interval in INTERVALS)]}
    return {
        "socket": {
            "address": "/ws",
            "description": "The native WebSocket, one JSON object a text frame.",
            **_refs(both),
        },
        "trading": {
            "address": "trading",
            "description": "The own account's events; for a monitor all accounts' orders, positions and trades, without what "
            "tells how much an account has or may: `liquidationPrice` and such words of refusals.",
            **_refs(name for name in events if name in EVENTS),
        },
        "market": {
            "address": "market:{symbol}:{kind}",
            "parameters": {"symbol": symbol, "kind": kind},
            **_refs(name for name in events if name in MARKET_EVENTS),
        },
        "socketio": {
            "address": "/socket.io",
            "description": "Socket.IO 4: the same events by name, with the payload alone. Sign in by auth.token.",
            **_refs(events),
        },
    }


def _operations(events: dict[str, Any]) -> dict[str, Any]:
    asked = [_name(model) for model in messages.CLIENT_MESSAGES]
    answered = [_name(model) for model in SERVER_MESSAGES]
    return {
        "ask": _operation("receive", "socket", asked),
        "answer": _operation("send", "socket", answered),
        "tellTrading": _operation("send", "trading", [name for name in events if name in EVENTS]),
        "tellMarket": _operation("send", "market", [name for name in events if name in MARKET_EVENTS]),
        "tellSocketIo": _operation("send", "socketio", events),
    }


def _operation(action: str, channel: str, names: Iterable[str]) -> dict[str, Any]:
    said = [{"$ref": f"#/channels/{channel}/messages/{_key(name)}"} for name in names]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": said,
        "security": [{"$ref": "#/components/securitySchemes/bearer"}],
    }


def _refs(names: Iterable[str]) -> dict[str, Any]:
    return {"messages": {_key(name): {"$ref": f"#/components/messages/{_key(name)}"} for name in names}}


def _message(model: type[BaseModel]) -> dict[str, Any]:
    return {"name": _name(model), "summary": _summary(model), "payload": {"$ref": SCHEMA.format(model=_name(model))}}


def _event(event: str, model: type[BaseModel]) -> dict[str, Any]:
    """An event by its name: what its `data` is. On `/ws` an envelope stands round it."""
    envelope = messages.MarketEvent if event in MARKET_EVENTS else messages.TradingEvent
    data = {
        "type": "object",
        "properties": {"event": {"const": event}, "data": {"$ref": SCHEMA.format(model=_name(model))}},
    }
    return {
        "name": event,
        "summary": _summary(model),
        "payload": {"allOf": [{"$ref": SCHEMA.format(model=_name(envelope))}, data]},
    }


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _key(name: str) -> str:
    return name.replace(":", "_")


def _summary(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).strip().split("\n")[0]
