"""What every candle store must do: keep, replace, give back in order, forget."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from server.ports import CandleRow, CandleStore
from server.storage.database import open_database
from tests.contracts.databases import fresh_database
from tests.contracts.journals import START
from tests.eventually import PATIENCE_S
from tests.fakes import MemoryCandles

MINUTE = timedelta(minutes=1)


def candle(number: int, symbol: str = "BTC/USD", interval: str = "1m") -> CandleRow:
    opening, high, low, close = (Decimal(text) for text in ("45000.50", "45010.00", "44990.50", "45001.00"))
    start = START.replace(microsecond=0) + number * MINUTE
    return CandleRow(symbol, interval, start, opening, high, low, close, Decimal("0.00001"), 7, number % 2 == 0)


@pytest.fixture(params=["sqlite", "postgresql", "memory"])
def candles(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CandleStore]:
    """An empty store: a database's, and the one that other tests rely on."""
    with ExitStack() as ends:
        if request.param == "memory":
            yield MemoryCandles()
            return
        url = f"sqlite:///{tmp_path / 'tradeterm.db'}"
        if request.param == "postgresql":
            url = ends.enter_context(fresh_database(request.getfixturevalue("postgres")))
        database = open_database(url, "paper")
        ends.callback(database.close)
        yield database.candles


def test_candles_come_back_oldest_first_from_a_time_on(candles: CandleStore) -> None:
    """Saved in any order, loaded in theirs, to the last digit and with every flag."""
    rows = [candle(2), candle(0), replace(candle(1), hole=True)]
    candles.save(rows)
    assert candles.load("BTC/USD", "1m", candle(1).at) == [rows[2], rows[0]]
    assert candles.load("BTC/USD", "1m", candle(0).at) == [rows[1], rows[2], rows[0]]


def test_candle_that_is_there_is_replaced(candles: CandleStore) -> None:
    """One candle a symbol, interval and time: the last that was saved."""
    candles.save([candle(1)])
    later = replace(candle(1), close=Decimal(1), seeded=True, trades=9)
    candles.save([later])
    assert candles.load("BTC/USD", "1m", START - MINUTE) == [later]


def test_symbols_and_intervals_stay_apart(candles: CandleStore) -> None:
    """What is saved for one is not loaded for another."""
    candles.save([candle(1), candle(1, "ETH/USD"), candle(1, interval="1h")])
    assert candles.load("ETH/USD", "1m", START) == [candle(1, "ETH/USD")]
    assert candles.load("ETH/USD", "1h", START) == []


def test_old_candles_of_an_interval_are_forgotten(candles: CandleStore) -> None:
    """Forgetting is by interval, over all symbols, and leaves the moment itself."""
    candles.save([candle(0), candle(1), candle(0, "ETH/USD"), candle(0, interval="1h")])
    candles.forget("1m", candle(1).at)
    assert candles.load("BTC/USD", "1m", START - MINUTE) == [candle(1)]
    assert candles.load("ETH/USD", "1m", START - MINUTE) == []
    assert candles.load("BTC/USD", "1h", START - MINUTE) == [candle(0, interval="1h")]


def test_saving_nothing_is_nothing(candles: CandleStore) -> None:
    """An empty list opens no transaction."""
    candles.save([])
    assert candles.load("BTC/USD", "1m", START) == []


def test_what_a_clock_that_was_ahead_wrote_is_forgotten(candles: CandleStore) -> None:
    """From a moment on, of all symbols and intervals."""
    candles.save([candle(0), candle(1), candle(2), candle(2, "ETH/USD"), candle(2, interval="1h")])
    candles.forget_from(candle(1).at)
    found = [candles.load(symbol, "1m", START - MINUTE) for symbol in ("BTC/USD", "ETH/USD")]
    assert found == [[candle(0)], []]
    assert candles.load("BTC/USD", "1h", START - MINUTE) == []


class Held(list[CandleRow]):
    """Rows of which the first is not given before somebody lets it go."""

    def __init__(self, *rows: CandleRow) -> None:
        super().__init__(rows)
        self.asked, self.let_go = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[CandleRow]:
        self.asked.set()
        assert self.let_go.wait(PATIENCE_S)
        return super().__iter__()


def test_closing_waits_for_candles_that_are_being_written(url: str) -> None:
    """A stop in the midst of a write in another thread: the write is finished, and only then the connection closed."""
    database, rows = open_database(url, "paper"), Held(candle(1), candle(2))
    writing = threading.Thread(target=database.candles.save, args=(rows,))
    closing = threading.Thread(target=database.close)
    writing.start()
    assert rows.asked.wait(PATIENCE_S)
    closing.start()
    closing.join(0.1)
    assert closing.is_alive()
    rows.let_go.set()
    writing.join(10)
    closing.join(10)
    again = open_database(url, "paper")
    found = again.candles.load("BTC/USD", "1m", START - MINUTE)
    again.close()
    assert found == [candle(1), candle(2)]
