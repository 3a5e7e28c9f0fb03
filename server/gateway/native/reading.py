"""Reading what a client wrote on the native WebSocket, key by key and strictly. What it means is the session's."""

import json
from datetime import datetime
from typing import Any, Final

import orjson

from server.gateway.commands.bodies import shown
from server.gateway.limits import MAX_NAME
from server.gateway.native.messages import Id
from server.gateway.streams.position import StreamPosition
from tradeterm.protocol.times import parse_time

MAX_ID: Final = 64
COMMAND_KEYS: Final = frozenset({"op", "id", "data", "expiresAt"})


class Wrong(Exception):
    """A message that is JSON but not what its op takes; the text is one sentence."""


def parse_message(message: str | bytes) -> dict[str, Any] | None:
    """The message when it is an object with an op. Bytes are a binary frame, which nobody may send."""
    if isinstance(message, bytes):
        return None
    try:
        parsed = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("op"), str):
        return None
    return parsed


def refuse_other_keys(said: dict[str, Any], known: frozenset[str]) -> None:
    """A key that is left unread could be what narrows a command down. Raises Wrong."""
    for key in said.keys() - known:
        raise Wrong(f"there is no key {shown(key)}; what a command is about stands in data")


def id_of(said: dict[str, Any]) -> Id:
    request = said.get("id")
    if request is None or (isinstance(request, int) and not isinstance(request, bool)):
        return request
    if isinstance(request, str) and len(request) <= MAX_ID:
        return request
    raise Wrong(f"id must be a whole number or a text of up to {MAX_ID} characters")


def text_of(said: dict[str, Any], key: str, longest: int) -> str:
    text = said.get(key)
    if isinstance(text, str) and 0 < len(text) <= longest:
        return text
    raise Wrong(f"{key} must be a text of up to {longest} characters")


def time_of(said: dict[str, Any], key: str) -> datetime | None:
    text = said.get(key)
    if text is None:
        return None
    try:
        return parse_time(text)
    except (ValueError, TypeError):
        raise Wrong(f"{key} must be a time like 2026-01-05T12:00:00.000Z") from None


def position_of(said: Any) -> StreamPosition:
    """`{"epoch": …, "seq": …}` or `{"cursor": …}`."""
    if isinstance(said, dict):
        epoch, seq, cursor = said.get("epoch"), said.get("seq"), said.get("cursor")
        if isinstance(cursor, str) and len(cursor) <= MAX_NAME and seq is None:
            return StreamPosition(cursor=cursor)
        whole = isinstance(seq, int) and not isinstance(seq, bool) and seq >= 0
        if whole and cursor is None and (epoch is None or (isinstance(epoch, str) and len(epoch) <= MAX_NAME)):
            return StreamPosition(epoch=epoch, seq=seq)
    raise Wrong('a stream position is {"epoch": text, "seq": whole number}, for a monitor {"cursor": text}')


def refuse_repeated_keys(message: str, said: dict[str, Any]) -> None:
    """JSON lets a key stand twice and the last one wins: an order with two prices is nobody's intention. Raises Wrong."""
    data = said.get("data")
    # Each key brings one colon. Where there are more, in texts or objects further in, they are looked at one by one.
    if message.count(":") == len(said) + (len(data) if isinstance(data, dict) else 0):
        return

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Wrong("a key is there twice")
        return found

    try:
        json.loads(message, object_pairs_hook=once)
    except RecursionError:
        raise Wrong("the message is nested too deeply") from None
