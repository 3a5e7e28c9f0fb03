"""Market data to a reader who does not keep up: one value a key, with every print in it."""

from typing import Any

import orjson

from server.gateway.native.dialect import NATIVE
from server.gateway.streams.channels import parse_market_channel
from server.gateway.streams.market_stream import MAX_KEYS, Change, MarketFeed, MarketReading, merged_prints
from tests.server.gateway.rig import MemoryWire, SpyMarketData


def trade(number: int, price: str, quantity: str) -> bytes:
    return orjson.dumps({"trade": {"id": str(number), "price": price, "quantity": quantity}, "timestamp": f"t{number}"})


def feed(name: str) -> MarketFeed:
    channel = parse_market_channel(name)
    assert channel is not None
    return MarketFeed(channel, SpyMarketData(), lambda: "now", NATIVE)


def reading(of: MarketFeed) -> tuple[MarketReading, MemoryWire]:
    wire = MemoryWire()
    made = MarketReading(of, wire)
    of.readers[made] = None
    return made, wire


def said(wire: MemoryWire) -> list[dict[str, Any]]:
    return [one["data"] | {"merged": one.get("merged", 0)} for one in wire.said()]


def test_prints_that_become_one_lose_no_quantity_and_no_price() -> None:
    """Of three: the newest's price and number, the sum, the range, and from which on; one by one or two and one."""
    first, second, third = trade(1, "100.0", "0.5"), trade(2, "99.5", "1.25"), trade(3, "100.5", "0.25")
    left = merged_prints(merged_prints(first, second), third)
    right = merged_prints(first, merged_prints(second, third))
    assert orjson.loads(left) == orjson.loads(right)
    assert orjson.loads(left)["trade"] == {
        "id": "3",
        "price": "100.5",
        "quantity": "2",
        "merged": 3,
        "low": "99.5",
        "high": "100.5",
        "firstId": "1",
    }


def test_prices_are_compared_as_numbers() -> None:
    """9.5 is below 10.0, whatever its first digit."""
    merged = orjson.loads(merged_prints(trade(1, "9.5", "1"), trade(2, "10.0", "1")))["trade"]
    assert (merged["low"], merged["high"]) == ("9.5", "10.0")


def test_who_keeps_up_gets_every_change() -> None:
    """In one write a turn."""
    trades = feed("market:BTC/USD:trades")
    _, wire = reading(trades)
    for number in (1, 2):
        trades.collect(Change("trade", "", trade(number, "100.0", "1")))
    trades.flush()
    assert ([one["trade"]["id"] for one in said(wire)], wire.writes) == (["1", "2"], 1)
    trades.flush()
    assert wire.writes == 1


def test_who_does_not_keep_up_gets_the_latest_of_each_key_and_for_how_many_it_stands() -> None:
    """Another reader misses nothing by that."""
    candles = feed("market:BTC/USD:candles:1m")
    slow, wire = reading(candles)
    _, quick = reading(candles)
    wire.ready = False
    for key, value in (("1m", b'{"n":1}'), ("5m", b'{"n":2}'), ("1m", b'{"n":3}')):
        candles.collect(Change("candle", key, value))
        candles.flush()
    assert slow.is_slow
    wire.ready = True
    slow.catch_up()
    assert said(wire) == [{"n": 2, "merged": 0}, {"n": 3, "merged": 2}]
    assert [one["n"] for one in said(quick)] == [1, 2, 3]
    assert not slow.is_slow


def test_a_book_that_was_missed_is_shown_whole() -> None:
    """Its changes alone would mean nothing."""
    book = feed("market:BTC/USD:book")
    slow, wire = reading(book)
    wire.ready = False
    book.collect(Change("book", "", b'{"book":{"type":"delta"}}'))
    book.flush()
    wire.ready = True
    slow.catch_up()
    (told,) = said(wire)
    assert (told["book"]["type"], told["timestamp"]) == ("snapshot", "now")


def test_what_waits_for_a_slow_reader_is_bounded() -> None:
    """The oldest key goes first."""
    candles = feed("market:BTC/USD:candles:1m")
    slow, wire = reading(candles)
    for number in range(MAX_KEYS + 5):
        slow.merge(Change("candle", str(number), b'{"n":%d}' % number))
    slow.catch_up()
    assert [one["n"] for one in said(wire)] == list(range(5, MAX_KEYS + 5))


def test_a_wire_that_is_full_again_keeps_the_rest_for_later() -> None:
    candles = feed("market:BTC/USD:candles:1m")
    slow, wire = reading(candles)
    slow.merge(Change("candle", "1m", b'{"n":1}'))
    wire.ready = False
    slow.catch_up()
    assert slow.is_slow
    assert said(wire) == []
