"""The trading channel of one native socket: from where it is read, what stands before it, and how far the client has come."""

from server.gateway.native import messages
from server.gateway.native.dialect import NativeAccount, NativeMonitor
from server.gateway.native.messages import Id
from server.gateway.streams.channels import TRADING
from server.gateway.streams.epoch import EVERYBODY
from server.gateway.streams.hub import Hub
from server.gateway.streams.journal_stream import MonitorFeed, Reader
from server.gateway.streams.monitored import without_money
from server.gateway.streams.position import StreamPosition, cursor_text, parse_cursor
from server.gateway.streams.resume import Start, start_of
from server.gateway.streams.socket_streams import SocketStreams
from server.gateway.transport.frames import text_frame
from server.identity.authenticator import Identity
from tradeterm.protocol.vocabulary import Role


class TradingStream:
    """Places are `seq` of the account; for a monitor, who reads everybody's events, they are cursors."""

    def __init__(self, hub: Hub, streams: SocketStreams) -> None:
        self._hub, self._streams = hub, streams

    def read_from(self, position: StreamPosition | None, identity: Identity, request: Id) -> None:
        """Answer a subscription: go on after `position`, or send everything first. What was read before is read no more."""
        hub = self._hub
        self._streams.leave_trading()
        # What is committed and not yet out belongs to those who were here before.
        hub.flush()
        is_monitor = identity.role is Role.MONITOR
        feed = hub.monitor_feed(NativeMonitor) if is_monitor else hub.account_feed(identity.user, NativeAccount)
        history = EVERYBODY if is_monitor else identity.user
        start = start_of(
            position, is_monitor=is_monitor, may_renew=identity.may_trade, feed=feed, epoch=hub.epoch, account=history
        )
        reader = self._streams.trading = Reader(feed, self._streams, start.place, self._live)
        head = self._wire_place(start.head)
        stream = start.described(hub.epoch.of(history), head)
        self._streams.send(messages.subscribed(request, TRADING, start.mode, stream=stream))
        if start.mode == "snapshot":
            self._send_snapshot(identity, start)
        hub.join(reader)

    def acknowledge(self, position: StreamPosition) -> None:
        """The client has all up to there."""
        trading = self._streams.trading
        if trading is None:
            return
        if position.seq is not None:
            trading.flow.ack(position.seq)
        elif position.cursor is not None and (parsed := parse_cursor(position.cursor)):
            trading.flow.ack(parsed[1])

    def heads(self) -> dict[str, int | str]:
        """How far this socket has been written to: a client that has less has lost something."""
        trading = self._streams.trading
        return {} if trading is None else {TRADING: self._wire_place(trading.shown)}

    def is_behind(self, now: float) -> bool:
        """Whether too much is unacknowledged for too long. `now` is monotonic, in seconds."""
        trading = self._streams.trading
        return trading is not None and trading.flow.is_behind(now, self._hub.allowance)

    def _wire_place(self, place: int) -> int | str:
        trading = self._streams.trading
        is_monitor = trading is not None and isinstance(trading.feed, MonitorFeed)
        return cursor_text(self._hub.epoch.of(EVERYBODY), place) if is_monitor else place

    def _send_snapshot(self, identity: Identity, start: Start) -> None:
        """Everything as it is at the head, which nothing can move in this turn."""
        view = self._hub.view
        if identity.role is Role.MONITOR:
            names = [name for name in view.accounts() if not name.startswith(":")]
            found = [(name, _monitored(view.snapshot(name)[1])) for name in names]
            as_of = self._wire_place(start.place)
            pages = messages.snapshot(TRADING, as_of, list(found))
        else:
            seq, contents = view.snapshot(identity.user)
            pages = messages.snapshot(TRADING, seq, [(None, contents)])
        for message in pages:
            self._streams.send(message)

    def _live(self, place: int) -> bytes:
        return text_frame(messages.live(TRADING, self._wire_place(place)))


def _monitored(contents: messages.Contents) -> messages.Contents:
    return {key: [without_money(item) for item in contents.get(key, ())] for key in ("orders", "positions")}
