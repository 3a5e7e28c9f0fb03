"""Bytes of the native WebSocket: text frames and event envelopes, built once and written to many.

Nothing here knows a socket or decides who receives what. `data` of an event is never decoded: what the journal keeps
is what every reader gets, byte for byte.
"""

from functools import lru_cache

import orjson

from server.gateway.streams.journal_stream import PlacedFacts
from server.gateway.transport.frames import text_start


@lru_cache(maxsize=256)
def _head(event: str, epoch: str) -> bytes:
    return b'{"event":%b,"channel":"trading","epoch":%b,' % (orjson.dumps(event), orjson.dumps(epoch))


class _Journaled(dict[str, bytes]):
    """By event, what stands before the data of one that is journaled, with a gap for its seq."""

    def __init__(self, epoch: str, replay: bool) -> None:
        self._epoch, self._replayed = epoch, b"true" if replay else b"false"

    def __missing__(self, event: str) -> bytes:
        head = _head(event, self._epoch).replace(b"%", b"%%")
        found = self[event] = head + b'"seq":%%d,"replay":%b,"data":' % self._replayed
        return found


_journaled = lru_cache(maxsize=256)(_Journaled)


def event_frames(facts: PlacedFacts, epoch: str, *, replay: bool) -> bytes:
    """A frame for each journaled event of the reader's own account; a place is its seq. Whatever is told is told by this:
    its parts are joined once, for all."""
    heads = _journaled(epoch, replay)
    parts: list[bytes] = []
    for seq, fact in facts:
        head, data = heads[fact.event] % seq, fact.data
        parts += text_start(len(head) + len(data) + 1), head, data, b"}"
    return b"".join(parts)


def seen_message(event: str, epoch: str, seq: int, data: bytes, *, account: str, cursor: str, replay: bool) -> bytes:
    """The envelope of one event as a monitor gets it: with whose it is, and its place among all accounts' events."""
    return b'%b"seq":%d,"account":%b,"cursor":%b,"replay":%b,"data":%b}' % (
        _head(event, epoch),
        seq,
        orjson.dumps(account),
        orjson.dumps(cursor),
        b"true" if replay else b"false",
        data,
    )


def told_message(event: str, epoch: str, as_of: int, data: bytes) -> bytes:
    """A value that moved with the price: no seq, so that nobody counts it; `asOf` is the head it was computed at."""
    return b'%b"asOf":%d,"data":%b}' % (_head(event, epoch), as_of, data)


def market_message(channel: str, event: str, data: bytes, merged: int = 0) -> bytes:
    """One market event; `merged` says how many earlier ones it stands for, and is left out when there are none."""
    tail = b',"merged":%d' % merged if merged else b""
    return b'{"event":%b,"channel":%b%b,"data":%b}' % (orjson.dumps(event), orjson.dumps(channel), tail, data)
