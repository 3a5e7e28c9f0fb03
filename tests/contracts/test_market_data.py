"""What everything that serves market data must do: the board, and those that stand for it where the gateway is tested."""

from decimal import Decimal

import orjson
import pytest

from server.marketdata.market_board import MarketBoard
from server.ports import MarketData, PrintReport
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.fakes import ManualClock
from tests.server.gateway.rest.rig import StillMarketData
from tests.server.gateway.rig import SpyMarketData
from tests.tradeterm.tui.desk.test_client_desk import Quotes
from tradeterm.protocol.vocabulary import Side

SYMBOL = "BTC/USD"


def board() -> MarketBoard:
    """Of a market that has traded."""
    clock, markets = ManualClock(), {SYMBOL: market(SYMBOL)}
    made = MarketBoard(markets, PaperVenue(markets), clock)
    trades = [PrintReport(SYMBOL, Decimal(100 + number), Decimal(1), Side.BUY, str(number)) for number in range(3)]
    made.observe(trades, [SYMBOL], clock.now())
    return made


@pytest.fixture(params=[board, SpyMarketData, StillMarketData, Quotes], ids=["board", "spy", "still", "quotes"])
def data(request: pytest.FixtureRequest) -> MarketData:
    made: MarketData = request.param()
    return made


def test_values_are_wire_objects_as_bytes(data: MarketData) -> None:
    """One of each market's ticker and book, and as many trades and candles as were asked for, at most."""
    for value in (data.ticker(SYMBOL), data.book(SYMBOL, 5)):
        assert orjson.loads(value).get("symbol") == SYMBOL
    for values in (data.trades(SYMBOL, 2), [*data.candles(SYMBOL, "1m", 2)]):
        assert len(values) <= 2
        assert all(isinstance(orjson.loads(one), dict) for one in values)


def test_who_watches_is_counted() -> None:
    """Watched for until the last one has gone, and again for whoever comes then; by the spy as by the board."""
    real, spy, channel = board(), SpyMarketData(), f"market:{SYMBOL}:ticker"
    seen: list[tuple[bool, bool]] = []
    for step in ("watch", "watch", "unwatch", "unwatch", "watch", "unwatch"):
        for data in (real, spy):
            getattr(data, step)(channel)
        seen.append((SYMBOL in real.watched_symbols(), channel in spy.watched))
    assert seen == [(True, True)] * 3 + [(False, False), (True, True), (False, False)]
