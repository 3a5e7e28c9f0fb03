"""How a Socket.IO client is told: the event, its payload, and as the last argument an offset or nothing that is one."""

from typing import Any

import orjson

from server.gateway.socketio.dialect import MARKETS, SocketIoAccount, SocketIoMonitor, event_payload
from server.gateway.socketio.engineio_wire import payloads
from server.gateway.socketio.offsets import Offset, parse_offset
from server.gateway.streams.channels import parse_market_channel
from server.gateway.streams.epoch import EVERYBODY
from server.ports import StoredEvent

FACT = StoredEvent("ann", 7, "order:created", b'{"order":{"id":"o-1"}}', 41)
AT = b'"2026-01-05T12:00:00.000Z"'


def read(frames: bytes) -> list[Any]:
    (one,) = payloads(frames)
    return arguments(one)


def arguments(packet: bytes) -> list[Any]:
    assert packet.startswith(b"42")
    found: list[Any] = orjson.loads(packet[2:])
    return found


def epoch() -> str:
    return "e1"


def test_an_owner_keeps_the_place_as_the_offset() -> None:
    """The client's library takes the last argument for one when it is a text."""
    event, data, offset = read(SocketIoAccount(epoch).facts([(7, FACT)], replay=False))
    assert (event, data) == ("order:created", {"order": {"id": "o-1"}})
    assert parse_offset(offset) == Offset("ann", "e1", 7)


def test_a_monitor_is_told_whose_it_is_and_keeps_a_place_among_all() -> None:
    _, _, whose, offset = read(SocketIoMonitor(epoch).facts([(41, FACT)], replay=True))
    assert whose == {"account": "ann"}
    assert parse_offset(offset) == Offset(EVERYBODY, "e1", 41)


def test_what_is_no_fact_leaves_the_offset_as_it_is() -> None:
    """Its last argument is an object; a monitor is not told at all."""
    *_, last = read(SocketIoAccount(epoch).told("balance:updated", b"{}", 9))
    assert last == {"asOf": 9}
    assert SocketIoMonitor(epoch).told("balance:updated", b"{}", 9) == b""


def test_a_market_is_told_with_its_channel() -> None:
    """And how many changes were made one, where they were."""
    assert read(MARKETS.change("market:BTC/USD:ticker", "ticker", b"{}", 0))[2] == {"channel": "market:BTC/USD:ticker"}
    assert read(MARKETS.change("market:BTC/USD:ticker", "ticker", b"{}", 3))[2] == {
        "channel": "market:BTC/USD:ticker",
        "merged": 3,
    }


def test_what_has_no_newest_value_begins_with_the_next() -> None:
    """A list of prints is no event; a ticker is."""
    ticker, prints = parse_market_channel("market:BTC/USD:ticker"), parse_market_channel("market:BTC/USD:trades")
    assert ticker is not None
    assert prints is not None
    event, data, about = arguments(MARKETS.snapshot(ticker, b'{"bid":"1"}', AT))
    assert (event, about) == ("ticker", {"channel": ticker.name})
    assert data == {"ticker": {"bid": "1"}, "timestamp": "2026-01-05T12:00:00.000Z"}
    assert MARKETS.snapshot(prints, b"[]", AT) == b""


def test_the_name_of_an_event_is_quoted() -> None:
    assert arguments(event_payload('a"b', b"1")) == ['a"b', 1]
