"""How `/ws` tells facts and markets: whose they are, where they stand, and what of it is no fact."""

from typing import Any

import orjson

from server.gateway.native.dialect import NATIVE, NativeAccount, NativeMonitor
from server.gateway.socketio.engineio_wire import payloads
from server.gateway.streams.channels import parse_market_channel
from server.gateway.streams.position import parse_cursor
from server.ports import StoredEvent

FACT = StoredEvent("ann", 7, "order:created", b'{"order":{"id":"o-1"}}', 41)


def read(frames: bytes) -> Any:
    (one,) = payloads(frames)
    return orjson.loads(one)


def epoch() -> str:
    return "e1"


def test_an_account_is_told_by_its_seq() -> None:
    """The payload as it was committed, and whether it is told again."""
    live = read(NativeAccount(epoch).facts([(7, FACT)], replay=False))
    again = read(NativeAccount(epoch).facts([(7, FACT)], replay=True))
    assert (live["event"], live["epoch"], live["seq"], live["data"]) == (
        "order:created",
        "e1",
        7,
        {"order": {"id": "o-1"}},
    )
    assert not live.get("replay")
    assert again == {**live, "replay": True}


def test_a_monitor_is_told_whose_it_is_and_by_a_cursor_of_its_own_epoch() -> None:
    seen = read(NativeMonitor(epoch).facts([(41, FACT)], replay=False))
    assert (seen["account"], seen["seq"], parse_cursor(seen["cursor"])) == ("ann", 7, ("e1", 41))


def test_what_moved_with_the_price_is_for_its_owner_alone() -> None:
    """It has no seq of its own, only that as of which it was so."""
    told = read(NativeAccount(epoch).told("balance:updated", b'{"balance":{}}', 9))
    assert "seq" not in told
    assert told["asOf"] == 9
    assert NativeMonitor(epoch).told("balance:updated", b'{"balance":{}}', 9) == b""


def test_the_epoch_is_that_of_the_moment() -> None:
    """It may be renewed while a reader stays."""
    names = iter(("e1", "e2"))
    account = NativeAccount(lambda: next(names))
    assert [read(account.facts([(7, FACT)], replay=False))["epoch"] for _ in range(2)] == ["e1", "e2"]


def test_a_market_is_told_by_its_channel_and_how_many_were_merged() -> None:
    plain = read(NATIVE.change("market:BTC/USD:ticker", "ticker", b'{"ticker":{}}', 0))
    merged = read(NATIVE.change("market:BTC/USD:ticker", "ticker", b'{"ticker":{}}', 3))
    assert plain["channel"] == "market:BTC/USD:ticker"
    assert (plain.get("merged"), merged["merged"]) == (None, 3)


def test_a_snapshot_names_what_it_is_of() -> None:
    channel = parse_market_channel("market:BTC/USD:ticker")
    assert channel is not None
    told = orjson.loads(NATIVE.snapshot(channel, b'{"symbol":"BTC/USD"}', b'"2026-01-05T12:00:00.000Z"'))
    assert (told["channel"], told["data"]) == (channel.name, {"ticker": {"symbol": "BTC/USD"}})
