"""One name in the settings, one feed; and one sentence for a name that is none."""

from pathlib import Path

import pytest

from server.marketdata.feeds import LiveFeed, feed_of
from server.marketdata.live import CcxtFeed
from server.marketdata.recordings.replay import RecordedFeed
from server.marketdata.synthetic import SyntheticFeed
from server.ports import Feed
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.server.marketdata.recordings.made_files import agg_trades, write

MARKETS = {symbol: market(symbol) for symbol in ("BTC/USD", "ETH/USD")}


def made(spec: str) -> Feed | None:
    return feed_of(spec, MARKETS, PaperVenue(MARKETS), 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "trades.csv", agg_trades(20))


def test_each_name_is_its_feed(file: Path) -> None:
    """None is no feed at all; only the exchange's has work of its own."""
    assert made("none") is None
    assert isinstance(made("synthetic"), SyntheticFeed)
    assert isinstance(made(f"recorded:{file}"), RecordedFeed)
    live = made("ccxt:kraken")
    assert isinstance(live, CcxtFeed)
    assert isinstance(live, LiveFeed)
    assert not isinstance(made("synthetic"), LiveFeed)


def test_a_recording_is_of_the_first_market_unless_it_is_said(file: Path) -> None:
    """Symbol, speed and loop are options behind a question mark."""
    first, said = made(f"recorded:{file}"), made(f"recorded:{file}?symbol=ETH/USD&speed=max&loop=1")
    assert isinstance(first, RecordedFeed)
    assert isinstance(said, RecordedFeed)
    assert list(first.opening()) == ["BTC/USD"]
    assert list(said.opening()) == ["ETH/USD"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("tape", "there is no feed tape"),
        ("recorded:", "there is no feed recorded:"),
        ("recorded:/nowhere/file.csv", "cannot be read"),
        ("recorded:FILE?speed=0", "speed is a number above 0"),
        ("recorded:FILE?speed=inf", "speed is a number above 0"),
        ("recorded:FILE?speed=fast", "speed is a number above 0"),
        ("recorded:FILE?loop=yes", "loop is 0 or 1"),
        ("recorded:FILE?from=noon", "from is a time"),
        ("recorded:FILE?from=9999-12-31T23:59:59-23:59", "from is a time"),
        ("recorded:FILE?from=0001-01-01T00:00:00+14:00", "from is a time"),
        ("recorded:FILE?from=9999-12-31T23:59:59Z", "has nothing from that time on"),
        ("recorded:FILE?from=2026-01-06T00:00:10Z", "has nothing from"),
        ("recorded:~nobody-of-that-name/file", "no such user"),
        ("recorded:FILE?symbol=XRP/USD", "which is not listed"),
        ("recorded:FILE?pace=1", "has no option pace"),
        ("ccxt:nowhere", "streams no exchange nowhere"),
    ],
)
def test_a_feed_that_cannot_be_had_is_refused_in_one_sentence(spec: str, words: str, file: Path) -> None:
    """Before the server opens anything."""
    with pytest.raises(ValueError, match=words):
        made(spec.replace("FILE", str(file)))
