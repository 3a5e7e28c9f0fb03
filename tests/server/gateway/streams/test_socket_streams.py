"""What one socket reads: messages before streams, a wire that takes nothing, and nothing left behind."""

import pytest

from server.gateway.native.dialect import NATIVE, NativeAccount
from server.gateway.streams.channels import TRADING, parse_market_channel
from server.gateway.streams.journal_stream import Reader
from server.gateway.streams.socket_streams import SocketStreams
from tests.server.gateway.rig import GatewayRig, MemoryWire

TICKER = "market:BTC/USD:ticker"


class Reading:
    """A socket on the rig's hub that reads its own trading stream and a ticker."""

    def __init__(self, rig: GatewayRig, outbox_bytes: int = 100) -> None:
        self.rig, self.wire, self.unread = rig, MemoryWire(), 0
        self.streams = SocketStreams(rig.hub, self.wire, outbox_bytes, self._too_much)
        reader = Reader(rig.hub.account_feed("ann", NativeAccount), self.streams, 0, lambda place: b"")
        self.streams.trading = reader
        rig.hub.join(reader)
        channel = parse_market_channel(TICKER)
        assert channel is not None
        self.streams.read_market(channel, NATIVE)
        self.wire.said()

    def _too_much(self) -> None:
        self.unread += 1


@pytest.fixture
def reading() -> Reading:
    return Reading(GatewayRig())


def test_no_event_overtakes_a_message_that_waits(reading: Reading) -> None:
    reading.wire.ready = False
    reading.streams.send(b'{"op":"result"}')
    reading.wire.ready = True
    reading.rig.commit("ann")
    reading.rig.turns.run()
    assert reading.wire.said() == []  # the event is made up for from the journal, behind the message
    reading.streams.drained()
    reading.rig.turns.run()
    assert [one.get("op") or one["seq"] for one in reading.wire.said()] == ["result", 1]


def test_more_than_may_wait_is_told(reading: Reading) -> None:
    reading.wire.ready = False
    for _ in range(2):
        reading.streams.send(b'"' + b"x" * 80 + b'"')
    assert reading.unread == 1


def test_only_a_wire_that_takes_nothing_for_long_is_stalled(reading: Reading) -> None:
    patience = reading.rig.hub.allowance.seconds
    reading.wire.ready = False
    assert not reading.streams.is_stalled(0.0)
    assert not reading.streams.is_stalled(patience - 0.1)
    reading.wire.ready = True
    assert not reading.streams.is_stalled(patience)
    reading.wire.ready = False
    assert not reading.streams.is_stalled(patience + 1)
    assert reading.streams.is_stalled(2 * patience + 1)


def test_a_channel_that_is_stopped_says_no_more(reading: Reading) -> None:
    for name in (TRADING, TICKER, "market:BTC/USD:book"):  # the last was never read
        reading.streams.stop(name)
    reading.rig.commit("ann")
    reading.rig.turns.run()
    assert (reading.streams.trading, reading.streams.markets, reading.wire.said()) == (None, {}, [])


def test_a_closed_socket_keeps_and_says_nothing(reading: Reading) -> None:
    reading.wire.ready = False
    reading.streams.send(b'"waits"')
    reading.streams.close()
    reading.wire.ready = True
    reading.streams.send(b'"late"')
    reading.streams.drained()
    reading.rig.commit("ann")
    reading.rig.turns.run()
    assert (reading.wire.said(), reading.streams.unsent()) == ([], b"")
    assert (reading.streams.trading, reading.streams.markets) == (None, {})
