"""What every candle store must do: keep, replace, give back in order, forget."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from server.ports import CandleRow
from server.storage.database import Database, open_database
from tests.contracts.journals import START

MINUTE = timedelta(minutes=1)


def candle(number: int, symbol: str = "BTC/USD", interval: str = "1m") -> CandleRow:
    opening, high, low, close = (Decimal(text) for text in ("45000.50", "45010.00", "44990.50", "45001.00"))
    start = START.replace(microsecond=0) + number * MINUTE
    return CandleRow(symbol, interval, start, opening, high, low, close, Decimal("0.00001"), 7, number % 2 == 0)


def test_candles_come_back_oldest_first_from_a_time_on(database: Database) -> None:
    """Saved in any order, loaded in theirs, to the last digit and with every flag."""
    rows = [candle(2), candle(0), replace(candle(1), hole=True)]
    database.candles.save(rows)
    assert database.candles.load("BTC/USD", "1m", candle(1).at) == [rows[2], rows[0]]
    assert database.candles.load("BTC/USD", "1m", candle(0).at) == [rows[1], rows[2], rows[0]]


def test_candle_that_is_there_is_replaced(database: Database) -> None:
    """One candle a symbol, interval and time: the last that was saved."""
    database.candles.save([candle(1)])
    later = replace(candle(1), close=Decimal(1), seeded=True, trades=9)
    database.candles.save([later])
    assert database.candles.load("BTC/USD", "1m", START - MINUTE) == [later]


def test_symbols_and_intervals_stay_apart(database: Database) -> None:
    """What is saved for one is not loaded for another."""
    database.candles.save([candle(1), candle(1, "ETH/USD"), candle(1, interval="1h")])
    assert database.candles.load("ETH/USD", "1m", START) == [candle(1, "ETH/USD")]
    assert database.candles.load("ETH/USD", "1h", START) == []


def test_old_candles_of_an_interval_are_forgotten(database: Database) -> None:
    """Forgetting is by interval, over all symbols, and leaves the moment itself."""
    database.candles.save([candle(0), candle(1), candle(0, "ETH/USD"), candle(0, interval="1h")])
    database.candles.forget("1m", candle(1).at)
    assert database.candles.load("BTC/USD", "1m", START - MINUTE) == [candle(1)]
    assert database.candles.load("ETH/USD", "1m", START - MINUTE) == []
    assert database.candles.load("BTC/USD", "1h", START - MINUTE) == [candle(0, interval="1h")]


def test_saving_nothing_is_nothing(database: Database) -> None:
    """An empty list opens no transaction."""
    database.candles.save([])
    assert database.candles.load("BTC/USD", "1m", START) == []


def test_what_a_clock_that_was_ahead_wrote_is_forgotten(database: Database) -> None:
    """From a moment on, of all symbols and intervals."""
    database.candles.save([candle(0), candle(1), candle(2), candle(2, "ETH/USD"), candle(2, interval="1h")])
    database.candles.forget_from(candle(1).at)
    found = [database.candles.load(symbol, "1m", START - MINUTE) for symbol in ("BTC/USD", "ETH/USD")]
    assert found == [[candle(0)], []]
    assert database.candles.load("BTC/USD", "1h", START - MINUTE) == []


class Held(list[CandleRow]):
    """Rows of which the first is not given before somebody lets it go."""

    def __init__(self, *rows: CandleRow) -> None:
        super().__init__(rows)
        self.asked, self.let_go = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[CandleRow]:
        self.asked.set()
        assert self.let_go.wait(10)
        return super().__iter__()


def test_closing_waits_for_candles_that_are_being_written(url: str) -> None:
    """A stop in the midst of a write in another thread: the write is finished, and only then the connection closed."""
    database, rows = open_database(url, "paper"), Held(candle(1), candle(2))
    writing = threading.Thread(target=database.candles.save, args=(rows,))
    closing = threading.Thread(target=database.close)
    writing.start()
    assert rows.asked.wait(10)
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
