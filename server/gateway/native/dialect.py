"""How a client of the native WebSocket is told: events, and the markets, as its frames."""

from collections.abc import Callable
from typing import Final

from server.gateway.native import frames, messages
from server.gateway.streams.channels import MarketChannel
from server.gateway.streams.journal_stream import Fact, PlacedFacts
from server.gateway.streams.position import cursor_text
from server.gateway.transport.frames import text_frame


class NativeAccount:
    """How the owner of an account is told on `/ws`."""

    def __init__(self, epoch: Callable[[], str]) -> None:
        self._epoch = epoch

    def facts(self, facts: PlacedFacts, *, replay: bool) -> bytes:
        return frames.event_frames(facts, self._epoch(), replay=replay)

    def told(self, event: str, data: bytes, as_of: int) -> bytes:
        return text_frame(frames.told_message(event, self._epoch(), as_of, data))


class NativeMonitor:
    """How a monitor is told on `/ws`."""

    def __init__(self, epoch: Callable[[], str]) -> None:
        self._epoch = epoch

    def facts(self, facts: PlacedFacts, *, replay: bool) -> bytes:
        epoch = self._epoch()
        return b"".join(
            [text_frame(self._seen(fact, cursor_text(epoch, place), epoch, replay)) for place, fact in facts]
        )

    def _seen(self, fact: Fact, cursor: str, epoch: str, replay: bool) -> bytes:
        return frames.seen_message(
            fact.event, epoch, fact.seq, fact.data, account=fact.account, cursor=cursor, replay=replay
        )

    def told(self, event: str, data: bytes, as_of: int) -> bytes:
        return b""


class NativeMarkets:
    """As `/ws` is told."""

    def change(self, channel: str, event: str, data: bytes, merged: int) -> bytes:
        return text_frame(frames.market_message(channel, event, data, merged))

    def snapshot(self, channel: MarketChannel, current: bytes, timestamp: bytes) -> bytes:
        return messages.market_snapshot(channel.name, b'{"%b":%b}' % (channel.kind.value.encode(), current))


NATIVE: Final = NativeMarkets()
