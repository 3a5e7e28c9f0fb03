"""How fast the feeds are, alone and through the paper venue: prints figures, asserts nothing. `python -m tests.bench feeds`.

`TRADETERM_BENCH_ROWS` sets the length of the recording (default a million).
"""

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, localcontext
from pathlib import Path

from server.marketdata.candles import Candles
from server.marketdata.market_board import MarketBoard
from server.marketdata.markets import default_markets
from server.marketdata.recordings.recording import Recording
from server.marketdata.recordings.replay import RecordedFeed
from server.marketdata.synthetic import SyntheticFeed
from server.ports import PrintReport
from server.venues.paper import PaperVenue
from tests.fakes import ManualClock
from tests.server.marketdata.recordings.made_files import agg_trades, write
from tradeterm.protocol.arithmetic import MONEY

ROWS = int(os.environ.get("TRADETERM_BENCH_ROWS", "1000000"))
FLOW_S = 2.0  # of processor time a figure


@contextmanager
def measured(what: str, unit: str) -> Iterator[list[int]]:
    """Print how many of a unit came to pass a second of processor time."""
    done = [0]
    started = time.process_time()
    yield done
    spent = time.process_time() - started
    print(f"{what:<58} {done[0] / spent:>12,.0f} {unit}/s   ({done[0]:,} in {spent:.2f} s)", flush=True)


def main() -> None:
    synthetic()
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "trades.csv", agg_trades(ROWS))
        recorded(path)
        through_venue(path)


def synthetic() -> None:
    """Twelve markets. With the venue the books are real, so that the flow has something to look at."""
    markets = {market.symbol: market for market in default_markets(Decimal("0.001"), Decimal("0.0026"))}
    venue = PaperVenue(markets)
    executing, events, started = 0.0, 0, time.process_time()
    with measured("synthetic: generated and matched", "events") as done, localcontext(MONEY):
        for _, step in SyntheticFeed(markets, venue, 1).steps():
            before = time.process_time()
            for request in step.requests:
                for _ in venue.execute(request):
                    pass
                events += 1
            executing += time.process_time() - before
            if before - started > FLOW_S:
                break
        done[0] = events
    generating = time.process_time() - started - executing
    print(f"{'synthetic: generated, without the matching':<58} {events / generating:>12,.0f} events/s")


def recorded(path: Path) -> None:
    """File to candles, nobody watching: what a past is made of."""
    market = default_markets(Decimal(0), Decimal(0))[0]
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    candles = Candles()
    with measured("recorded: through feed and candles", "trades") as done:
        for seconds, _, price, quantity in Recording(path, market).trades():
            candles.trade(price, quantity, int(seconds))
            done[0] += 1
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - rss) / 1024
    size = path.stat().st_size / 1_048_576
    print(f"{'recorded: peak memory grown':<58} {grown:>12,.1f} MiB       (a file of {size:,.0f} MiB)")


def through_venue(path: Path) -> None:
    """File to tape: every trade through the book's queue, the board without a reader."""
    markets = {market.symbol: market for market in default_markets(Decimal(0), Decimal(0))[:1]}
    venue, clock = PaperVenue(markets), ManualClock()
    board = MarketBoard(markets, venue, clock)
    feed = RecordedFeed(Recording(path, markets["BTC/USD"]), markets["BTC/USD"], speed=None)
    started = time.process_time()
    with measured("recorded: through feed, paper venue and board", "trades") as done, localcontext(MONEY):
        for _, step in feed.steps():
            prints = [
                report for request in step.requests for report in venue.execute(request) if type(report) is PrintReport
            ]
            board.observe(prints, venue.take_touched(), clock.now())
            done[0] += len(prints)
            if time.process_time() - started > FLOW_S:
                break


if __name__ == "__main__":
    main()
