"""The last prices that were seen, as candles of a second."""

from datetime import timedelta
from decimal import Decimal

from tests.tradeterm.tui.desks import NOON, ticker
from tradeterm.tui.drawing.chart.seen_prices import LENGTH, SeenPrices

D = Decimal


def test_prices_of_one_second_are_one_candle() -> None:
    """First, highest, lowest and last of them."""
    seen = SeenPrices()
    for last in ("100", "103", "99", "101"):
        seen.see(ticker("BTC/USD", last, "0", "0.5"))
    (candle,) = seen.candles("BTC/USD")
    assert (candle.open, candle.high, candle.low, candle.close) == (D(100), D(103), D(99), D(101))


def test_a_new_second_goes_on_from_the_last_price() -> None:
    """There is no gap between candles."""
    seen = SeenPrices()
    seen.see(ticker("BTC/USD", "100", "0", "0.5"))
    seen.see(ticker("BTC/USD", "102", "0", "0.5", at=NOON + timedelta(seconds=1)))
    assert [candle.open for candle in seen.candles("BTC/USD")] == [D(100), D(100)]


def test_another_market_starts_anew_and_the_trail_is_bounded() -> None:
    """Prices of two markets are never in one line."""
    seen = SeenPrices()
    for second in range(LENGTH + 5):
        seen.see(ticker("BTC/USD", "100", "0", "0.5", at=NOON + timedelta(seconds=second)))
    assert len(seen.candles("BTC/USD")) == LENGTH
    seen.see(ticker("ETH/USD", "2000", "0", "0.01"))
    assert seen.candles("BTC/USD") == []
    assert len(seen.candles("ETH/USD")) == 1
