"""What one socket reads, whichever dialect it speaks: its trading stream and its market channels, in front of its wire."""

from collections.abc import Callable

from server.gateway.streams.channels import TRADING, MarketChannel
from server.gateway.streams.hub import Hub
from server.gateway.streams.journal_stream import Reader, Wire
from server.gateway.streams.market_stream import MarketDialect, MarketReading
from server.gateway.streams.outbox import Outbox
from server.gateway.transport.frames import text_frame


class SocketStreams:
    """A wire itself, to the streams: nothing of them overtakes a message that must not be lost."""

    def __init__(self, hub: Hub, wire: Wire, outbox_bytes: int, unread: Callable[[], None]) -> None:
        """`unread()` is called when more than `outbox_bytes` wait for a wire that takes nothing."""
        self.trading: Reader | None = None
        self.markets: dict[str, MarketReading] = {}  # by channel
        self._hub, self._wire = hub, wire
        self._outbox = Outbox(wire, outbox_bytes, unread)
        self._stalled_at: float | None = None
        self._closed = False

    # ------------------------------------------------------------ to the wire

    @property
    def ready(self) -> bool:
        return self._outbox.ready

    def write(self, data: bytes) -> bool:
        return self._outbox.write(data)

    def send(self, message: bytes) -> None:
        """Send a message that must not be lost: kept while the wire refuses, up to a size."""
        if not self._closed:
            self._outbox.send(text_frame(message))

    def unsent(self) -> bytes:
        """Every message that waits, as frames; they wait no longer."""
        return self._outbox.emptied()

    def drained(self) -> None:
        """The wire takes more again: first what must not be lost, then the stream, then the markets."""
        self._stalled_at = None
        if self._closed or not self._outbox.drain():
            return
        if self.trading is not None:
            self._hub.lag(self.trading)
        for reading in self.markets.values():
            reading.catch_up()

    def is_stalled(self, now: float) -> bool:
        """Whether the wire has taken nothing for longer than a reader may stay behind. `now` is monotonic, in seconds."""
        if self._wire.ready:
            self._stalled_at = None
        elif self._stalled_at is None:
            self._stalled_at = now
        return self._stalled_at is not None and now - self._stalled_at >= self._hub.allowance.seconds

    # ------------------------------------------------------------ what is read

    def read_market(self, channel: MarketChannel, dialect: MarketDialect) -> None:
        self.markets[channel.name] = self._hub.join_market(channel, self, dialect)

    def stop(self, name: str) -> None:
        """Read a channel no longer; nothing happens where it was not read."""
        if name == TRADING:
            self.leave_trading()
        reading = self.markets.pop(name, None)
        if reading is not None:
            self._hub.leave_market(reading)

    def leave_trading(self) -> None:
        if self.trading is not None:
            self._hub.leave(self.trading)
            self.trading = None

    def close(self) -> None:
        """The socket is gone: let go of everything."""
        self._closed = True
        self.leave_trading()
        for name in list(self.markets):
            self.stop(name)
        self._outbox.clear()
