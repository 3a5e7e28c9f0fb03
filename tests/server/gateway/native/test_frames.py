"""Envelopes of the native WebSocket: every field is said, and what the journal keeps goes through byte for byte."""

import orjson

from server.gateway.native.frames import event_message, market_message, seen_message, told_message

ODD = b'{"note":"a \\"quoted\\" word",  "n": 1.50}'  # spaces and zeros that an encoder would not write


def test_an_own_event_says_where_it_stands_and_whether_it_is_said_again() -> None:
    """The same bytes of data, live and replayed."""
    for replay in (True, False):
        message = event_message("order:filled", "k1", 7, ODD, replay=replay)
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
    said = [orjson.loads(event_message("order:filled", epoch, 1, b"{}", replay=False)) for epoch in ("k1", "k2", "k1")]
    assert [one["epoch"] for one in said] == ["k1", "k2", "k1"]


def test_market_events_say_for_how_many_they_stand() -> None:
    """Nothing where they stand for themselves alone."""
    assert orjson.loads(market_message("market:BTC/USD:ticker", "ticker", b'{"a":1}', 3)) == {
        "event": "ticker",
        "channel": "market:BTC/USD:ticker",
        "merged": 3,
        "data": {"a": 1},
    }
    assert "merged" not in orjson.loads(market_message("market:BTC/USD:ticker", "ticker", b"{}"))
