"""How market data looks on the wire: what is merged, what a delta names, and what is left open where nothing is known."""

import zlib
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest

from server.marketdata.payloads import (
    book_wire,
    changed_levels,
    checksum,
    payload,
    print_bytes,
    range_bytes,
    ticker_bytes,
)
from server.ports import Level, PrintReport
from tests.builders import market
from tradeterm.protocol.vocabulary import Side

D = Decimal
AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
BTC = market()
BIDS: list[Level] = [(D("44999.5"), D(1)), (D("44999.0"), D(2))]
ASKS: list[Level] = [(D("45000.5"), D(3))]


def printed(number: int, price: str, quantity: str) -> PrintReport:
    return PrintReport("BTC/USD", D(price), D(quantity), Side.BUY, f"t-{number}")


def test_several_prints_are_the_newest_with_their_sum_and_range() -> None:
    """And say how many they were, and which was the first."""
    prints = [printed(1, "45000", "0.1"), printed(2, "45010.5", "0.2"), printed(3, "45005", "0.3")]
    merged = orjson.loads(range_bytes([(one, AT) for one in prints], BTC))
    newest = orjson.loads(print_bytes(prints[-1], BTC, AT))
    assert merged == {
        **newest,
        "quantity": "0.6",
        "merged": 3,
        "low": "45000.00",
        "high": "45010.50",
        "firstId": "t-1",
    }


def test_a_delta_turns_what_was_shown_into_what_is() -> None:
    """Levels that are new or have another size, and those that are gone with nothing in them."""
    shown = {D("44999.5"): D(1), D("44999.0"): D(5), D("44998.0"): D(7)}
    delta = changed_levels(shown, BIDS)
    assert delta == [(D("44999.0"), D(2)), (D("44998.0"), D(0))]
    now = {**shown, **dict(delta)}
    assert {price: size for price, size in now.items() if size} == dict(BIDS)


@pytest.mark.parametrize(("prev", "kind"), [(None, "snapshot"), (0, "delta"), (7, "delta")])
def test_a_book_that_follows_none_is_whole(prev: int | None, kind: str) -> None:
    wire = book_wire(BTC, BIDS, ASKS, seq=8, prev=prev, at=AT, stale=False)
    assert (wire["type"], wire["prev"], wire["bids"][0]) == (kind, prev, ("44999.50", "1"))


def test_the_checksum_is_that_of_the_ten_best_as_they_are_shown() -> None:
    """Bids first; what lies deeper changes nothing."""
    text = "44999.50:1|44999.00:2|45000.50:3"
    assert checksum(BTC, BIDS, ASKS) == str(zlib.crc32(text.encode()))
    deep = [(D(40_000) - number, D(1)) for number in range(12)]
    assert checksum(BTC, deep[:10], ASKS) == checksum(BTC, deep, ASKS) != checksum(BTC, deep[:9], ASKS)


@pytest.mark.parametrize(
    ("last", "mark"),
    [("45000", "45000.00"), ("44000", "44999.50"), ("46000", "45000.50")],
    ids=["in", "below", "above"],
)
def test_the_mark_is_the_last_trade_within_the_touch(last: str, mark: str) -> None:
    """An old trade far away values nobody's position."""
    ticker = orjson.loads(ticker_bytes(BTC, BIDS[0], ASKS[0], D(last), None, at=AT, stale=False))
    assert ticker["mark"] == mark


def test_what_is_not_known_is_null_and_never_nought() -> None:
    ticker = orjson.loads(ticker_bytes(BTC, None, None, None, None, at=AT, stale=True))
    known = {name for name, value in ticker.items() if value is not None}
    assert known == {"symbol", "time", "stale"}
    one_sided = orjson.loads(ticker_bytes(BTC, BIDS[0], None, D(44_000), None, at=AT, stale=False))
    assert (one_sided["ask"], one_sided["mark"]) == (None, "44999.50")


def test_an_event_carries_its_value_and_the_time() -> None:
    assert payload("ticker", b'{"last":null}', AT) == (
        b'{"ticker":{"last":null},"timestamp":"2026-01-05T12:00:00.000Z"}'
    )
