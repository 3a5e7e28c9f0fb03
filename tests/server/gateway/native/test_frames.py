"""Envelopes of the native WebSocket: every field is said, and what the journal keeps goes through byte for byte."""

import orjson

from server.gateway.native.frames import event_frames, market_message, seen_message, told_message
from server.gateway.socketio.engineio_wire import payloads
from server.ports import StoredEvent

ODD = b'{"note":"a \\"quoted\\" word",  "n": 1.50}'  # spaces and zeros that an encoder would not write


def told(event: str, data: bytes) -> StoredEvent:
    return StoredEvent("ann", 7, event, data, 41)


def test_an_own_event_says_where_it_stands_and_whether_it_is_said_again() -> None:
    """The same bytes of data, live and replayed."""
    for replay in (True, False):
        (message,) = payloads(event_frames([(7, told("order:filled", ODD))], "k1", replay=replay))
        said = orjson.loads(message)
        assert message.endswith(b'"data":' + ODD + b"}")
        del said["data"]
        assert said == {"event": "order:filled", "channel": "trading", "epoch": "k1", "seq": 7, "replay": replay}


def test_a_monitor_is_told_whose_it_is() -> None:
    """And the place among everybody's events, beside the one in the account."""
    message = seen_message("order:filled", "k1", 7, ODD, account='a"nn', cursor="k1:31", replay=False)
    said = orjson.loads(message)
    assert (said["account"], said["cursor"], said["seq"], said["replay"]) == ('a"nn', "k1:31", 7, False)
    assert message.endswith(ODD + b"}")


def test_a_value_that_moved_with_the_price_is_not_counted() -> None:
    """It has no seq: who counts would find a hole."""
    said = orjson.loads(told_message("position:updated", "k1", 12, b"{}"))
    assert said == {"event": "position:updated", "channel": "trading", "epoch": "k1", "asOf": 12, "data": {}}


def test_epochs_of_two_accounts_are_not_mixed_up() -> None:
    """The beginning of an envelope is kept; it is kept by event and epoch."""
    facts = [(1, told("order:filled", b"{}"))]
    frames = b"".join([event_frames(facts, epoch, replay=False) for epoch in ("k1", "k2", "k1")])
    assert [orjson.loads(one)["epoch"] for one in payloads(frames)] == ["k1", "k2", "k1"]


def test_each_event_is_a_frame_of_its_own_however_long() -> None:
    """A frame says its length in one byte, in two or in eight."""
    data = [b'"%b"' % (b"x" * size) for size in (1, 100, 1_000, 65_000, 66_000)]
    facts = [(place, told("order:filled", one)) for place, one in enumerate(data)]
    said = [orjson.loads(one) for one in payloads(event_frames(facts, "k1", replay=False))]
    assert [one["seq"] for one in said] == [0, 1, 2, 3, 4]
    assert [len(one["data"]) for one in said] == [1, 100, 1_000, 65_000, 66_000]
    assert event_frames([], "k1", replay=False) == b""


def test_market_events_say_for_how_many_they_stand() -> None:
    """Nothing where they stand for themselves alone."""
    assert orjson.loads(market_message("market:BTC/USD:ticker", "ticker", b'{"a":1}', 3)) == {
        "event": "ticker",
        "channel": "market:BTC/USD:ticker",
        "merged": 3,
        "data": {"a": 1},
    }
    assert "merged" not in orjson.loads(market_message("market:BTC/USD:ticker", "ticker", b"{}"))
