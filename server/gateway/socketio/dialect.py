"""How a Socket.IO client is told: events, and the markets, as its packets."""

from collections.abc import Callable
from typing import Final

import orjson

from server.gateway.socketio.offsets import Offset
from server.gateway.streams.channels import MarketChannel
from server.gateway.streams.epoch import EVERYBODY
from server.gateway.streams.journal_stream import Fact, PlacedFacts
from server.gateway.transport.frames import text_frame


def event_payload(event: str, *arguments: bytes) -> bytes:
    """An event as Socket.IO writes it; arguments are encoded JSON."""
    return b"42[%b]" % b",".join((orjson.dumps(event), *arguments))


class SocketIoAccount:
    """How the owner of an account is told: the payload, and the offset that the client keeps."""

    def __init__(self, epoch: Callable[[], str]) -> None:
        self._epoch = epoch

    def facts(self, facts: PlacedFacts, *, replay: bool) -> bytes:
        epoch = self._epoch()
        return b"".join([self._fact(fact, Offset(fact.account, epoch, place)) for place, fact in facts])

    def _fact(self, fact: Fact, offset: Offset) -> bytes:
        return text_frame(event_payload(fact.event, fact.data, orjson.dumps(offset.text())))

    def told(self, event: str, data: bytes, as_of: int) -> bytes:
        """No offset: the last argument is an object, which leaves the client's as it is."""
        return text_frame(event_payload(event, data, b'{"asOf":%d}' % as_of))


class SocketIoMonitor:
    """How a monitor is told: also whose it is. All monitors read one history, so its name stands in the offset."""

    def __init__(self, epoch: Callable[[], str]) -> None:
        self._epoch = epoch

    def facts(self, facts: PlacedFacts, *, replay: bool) -> bytes:
        epoch = self._epoch()
        return b"".join([self._fact(fact, Offset(EVERYBODY, epoch, place)) for place, fact in facts])

    def _fact(self, fact: Fact, offset: Offset) -> bytes:
        whose = orjson.dumps({"account": fact.account})
        return text_frame(event_payload(fact.event, fact.data, whose, orjson.dumps(offset.text())))

    def told(self, event: str, data: bytes, as_of: int) -> bytes:
        return b""


class SocketIoMarkets:
    """How the markets are told: the payload and which channel it is of."""

    def change(self, channel: str, event: str, data: bytes, merged: int) -> bytes:
        about = {"channel": channel, "merged": merged} if merged else {"channel": channel}
        return text_frame(event_payload(event, data, orjson.dumps(about)))

    def snapshot(self, channel: MarketChannel, current: bytes, timestamp: bytes) -> bytes:
        """The newest value; what has no newest (prints, candles) begins with the next one."""
        if current.startswith(b"["):
            return b""
        kind = channel.kind.value
        data = b'{"%b":%b,"timestamp":%b}' % (kind.encode(), current, timestamp)
        return event_payload(kind, data, orjson.dumps({"channel": channel.name}))


MARKETS: Final = SocketIoMarkets()
