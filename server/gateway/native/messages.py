"""What the server says on the native WebSocket beside events: one function a message, JSON bytes out.

The models of `tradeterm.protocol` describe the same messages; a test holds the two together.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from tradeterm.protocol.foreign_text import sentence
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import ErrorCode

Id = int | str | None
PART_ITEMS = 200  # items of one snapshot part: about 100 KiB


def error(code: str, message: str, *, request: Id = None, retry_ms: int | None = None, details: Any = None) -> bytes:
    said: dict[str, Any] = {"op": "error"}
    if request is not None:
        said["id"] = request
    said |= {"code": code, "message": sentence(message)}
    if retry_ms is not None:
        said["retryMs"] = retry_ms
    if details is not None:
        said["details"] = details
    return orjson.dumps(said, default=str)


def forbidden(request: Id = None) -> bytes:
    """One answer for what is not allowed and for what does not exist, so that nobody learns which."""
    return error(ErrorCode.FORBIDDEN, "this is not yours to use", request=request)


def result(request: Id, data: bytes, seq: int) -> bytes:
    """A command was carried out. `data` is encoded JSON."""
    return b'{"op":"result","id":%b,"ok":true,"data":%b,"seq":%d}' % (orjson.dumps(request), data, seq)


def subscribed(request: Id, channel: str, mode: str, *, stream: Mapping[str, Any] | None = None) -> bytes:
    """`stream` holds epoch, head and perhaps a reason, where the channel is a stream of the journal."""
    said: dict[str, Any] = {"op": "subscribed"}
    if request is not None:
        said["id"] = request
    return orjson.dumps(said | {"channel": channel, **(stream or {}), "mode": mode})


def unsubscribed(request: Id, channel: str) -> bytes:
    said: dict[str, Any] = {"op": "unsubscribed"}
    if request is not None:
        said["id"] = request
    return orjson.dumps(said | {"channel": channel})


def live(channel: str, place: int | str) -> bytes:
    """The reader has everything now; what follows happens now."""
    key = "seq" if isinstance(place, int) else "cursor"
    return orjson.dumps({"op": "live", "channel": channel, key: place})


def heartbeat(at: datetime, heads: Mapping[str, int | str]) -> bytes:
    return orjson.dumps({"op": "heartbeat", "time": time_text(at), "heads": heads})


Contents = Mapping[str, Sequence[bytes]]


def snapshot(channel: str, as_of: int | str, accounts: Sequence[tuple[str | None, Contents]]) -> list[bytes]:
    """All parts of one snapshot. Each account has parts of its own, and for a monitor (a name) says whose it is."""
    bodies = [(name, body) for name, contents in accounts for body in _bodies(contents)] or [(None, _body({}))]
    head = orjson.dumps({"op": "snapshot", "channel": channel, "asOf": as_of})[:-1]
    return [
        b'%b%b,"part":%d,"of":%d,"data":%b}' % (head, _whose(name), part, len(bodies), body)
        for part, (name, body) in enumerate(bodies, 1)
    ]


def _whose(account: str | None) -> bytes:
    return b"" if account is None else b',"account":%b' % orjson.dumps(account)


def _bodies(contents: Contents) -> Iterator[bytes]:
    """One part after the other, so that no frame grows with the account. The account object is in the first."""
    items = [(key, item) for key, values in contents.items() if key != "account" for item in values]
    account = contents.get("account")
    for start in range(0, max(len(items), 1), PART_ITEMS):
        lists: dict[str, list[bytes]] = {key: [] for key in contents if key != "account"}
        for key, item in items[start : start + PART_ITEMS]:
            lists[key].append(item)
        yield _body(lists, account[0] if account and start == 0 else None)


def _body(lists: Mapping[str, Sequence[bytes]], account: bytes | None = None) -> bytes:
    parts = [b"%b:[%b]" % (orjson.dumps(key), b",".join(values)) for key, values in lists.items()]
    if account is not None:
        parts.append(b'"account":%b' % account)
    return b"{%b}" % b",".join(parts)


def market_snapshot(channel: str, data: bytes) -> bytes:
    """Where a new reader of a market channel starts from. `data` is encoded JSON."""
    return b'{"op":"snapshot","channel":%b,"part":1,"of":1,"data":%b}' % (orjson.dumps(channel), data)
