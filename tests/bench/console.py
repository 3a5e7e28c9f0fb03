"""The console under load, and how soon it is there: prints figures, asserts nothing. `python -m tests.bench.console`."""

import asyncio
import os
import pty
import resource
import select
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from tests.bench._moving_lags import measured_lags
from tests.rawterm import RawTerminal
from tests.tradeterm.tui.desks import FakeDesk, account, depth
from tradeterm.client.session import CaughtUp, Event, Snapshot
from tradeterm.protocol.money import price_text
from tradeterm.protocol.times import time_text
from tradeterm.tui.app import TradeApp
from tradeterm.tui.desk.client_desk import ClientDesk
from tradeterm.tui.desk.port import Label
from tradeterm.tui.orders.intent import Clocks

RATES = (200, 2_000, 100_000)  # market data events a second
LOAD_S = 4.0
PRESSES = 100  # of a key, and a tenth as many tickets
HAND_S = 0.15  # between two keys
SPINS = 3_000_000
UPDATES = 20_000
FEED_EVERY_S = 0.02
MOST_AT_ONCE = 64
START_S = 30.0


def main() -> None:
    """All figures of the console."""
    machine()
    store_updates()
    for rate in RATES:
        asyncio.run(load(rate))
    starts()
    for size in ((80, 24), (120, 36), (160, 45), (200, 50)):
        moving(size)
    moving_lags()
    hands()


def machine() -> None:
    """What a core is worth at this moment, by which the other figures are to be read."""
    began = time.process_time()
    for _ in range(SPINS):
        pass
    print(f"console  {SPINS:,} turns of an empty loop: {time.process_time() - began:.3f} s of CPU time")


def store_updates() -> None:
    """How many prices a second of CPU time the store takes, each checked against the contract."""
    desk = FedDesk(1)
    markets = FakeDesk().market_list
    events = [desk._ticker(markets[n % len(markets)].symbol) for n in range(UPDATES)]
    began = time.process_time()
    for event in events:
        desk._client.store.apply(event)
    print(f"console  store: {UPDATES / (time.process_time() - began):,.0f} prices taken a second of CPU time")


def moving(size: tuple[int, int]) -> None:
    """Bytes a second to a terminal that takes them all, and what it costs, with every pane moving ten times a second."""
    with moved(size) as terminal:
        before, cpu, memory = terminal.taken, cpu_time(terminal.pid), megabytes(terminal.pid)
        terminal.run(LOAD_S)
        rate = (terminal.taken - before) / LOAD_S / 1000
        share = (cpu_time(terminal.pid) - cpu) / LOAD_S
        print(
            f"console  {size[0]:>3}x{size[1]}  {rate:5.1f} kB/s to the terminal"
            f"  CPU {share:5.1%} of a core  memory {memory} MB, then {megabytes(terminal.pid)}"
        )


def moving_lags() -> None:
    """How late the loop of a console is while every pane moves: what a key, or a word of the server, may have to wait."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lags"
        with RawTerminal(["tests.bench._moving_lags", str(file), str(LOAD_S)], (120, 36)) as terminal:
            terminal.run(START_S, lambda: terminal.has_ended)
        lags = [float(lag) for lag in file.read_text().split()]
    print(f"console  moving: loop lag p50 {quantile(lags, 50):5.1f} ms  p99 {quantile(lags, 99):5.1f} ms")


@contextmanager
def moved(size: tuple[int, int]) -> Iterator[RawTerminal]:
    with RawTerminal(["tests.tradeterm.tui.moving"], size) as terminal:
        terminal.run(START_S, lambda: "Ladder" in terminal.seen.text)
        terminal.run(2.0)
        yield terminal


def hands() -> None:
    """From a key to the next bytes, and from `b` to the ticket, on a desk that moves."""
    with moved((120, 36)) as terminal:
        keys, tickets, memory = [], [], megabytes(terminal.pid)
        for n in range(PRESSES):
            terminal.run(HAND_S)
            taken = terminal.taken
            keys.append(waited(terminal, "jk"[n % 20 // 10], lambda: terminal.taken > taken))  # noqa: B023
            if n % 10 == 0:
                tickets.append(waited(terminal, "b", lambda: "BUY BTC/USD" in terminal.seen.text))
                terminal.type("\x1b")
                terminal.run(START_S, lambda: "BUY BTC/USD" not in terminal.seen.text)
        for name, spans in (("a key to bytes", keys), ("b to the ticket", tickets)):
            print(f"console  from {name}  p50 {quantile(spans, 50):5.1f} ms  p99 {quantile(spans, 99):5.1f} ms")
        print(
            f"console  memory {memory} MB, and {megabytes(terminal.pid)} after {PRESSES} keys and {len(tickets)} tickets"
        )


def waited(terminal: RawTerminal, key: str, look: Callable[[], bool]) -> float:
    """Milliseconds from the key until it is so."""
    began = time.perf_counter()
    terminal.type(key)
    terminal.run(START_S, look)
    return (time.perf_counter() - began) * 1000


def cpu_time(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class FedDesk(ClientDesk):
    """The real store and bridge, fed from here instead of from a socket."""

    def __init__(self, rate: int) -> None:
        super().__init__("http://127.0.0.1:9", now)
        self.rate, self.fed = rate, 0
        self._chance = Random(1)

    async def run(self) -> None:
        client, markets = self._client, FakeDesk().market_list
        client.store.set_markets(markets)
        client._fact(Snapshot("trading", {"account": account().model_dump(mode="json", by_alias=True)}, 1, "e"))
        client._fact(CaughtUp("trading"))
        began = time.perf_counter()
        while True:
            due = int((time.perf_counter() - began) * self.rate) - self.fed
            for _ in range(min(due, MOST_AT_ONCE)):  # as a socket gives the loop back, however much has come
                symbol = markets[self.fed % len(markets)].symbol
                client._fact(self._ticker(symbol) if self.fed % 4 else self._book(markets[0].symbol))
                self.fed += 1
            await asyncio.sleep(FEED_EVERY_S if due <= MOST_AT_ONCE else 0)

    async def _settle(self) -> None:
        """There is no server to ask."""

    def _ticker(self, symbol: str) -> Event:
        last = Decimal(45_000) + Decimal(self._chance.randrange(-200, 200)) / 2
        quotes = {"bid": price_text(last, 2), "ask": price_text(last + 1, 2), "last": price_text(last, 2)}
        more = {"bidSize": "1", "askSize": "1", "changePercent24h": "0.42", "time": time_text(now())}
        return Event("ticker", f"market:{symbol}:ticker", {"ticker": {"symbol": symbol, **quotes, **more}})

    def _book(self, symbol: str) -> Event:
        book = depth(str(Decimal(45_000) + Decimal(self._chance.randrange(-20, 20)) / 2))
        sides = {"bids": [[str(p), str(q)] for p, q in book.bids], "asks": [[str(p), str(q)] for p, q in book.asks]}
        whole = {"symbol": symbol, "type": "snapshot", "seq": self.fed, "time": time_text(now()), **sides}
        return Event("book", f"market:{symbol}:book", {"book": whole})


async def load(rate: int) -> None:
    """Updates taken a second, how late the loop is, and what share of a core it costs."""
    desk = FedDesk(rate)
    clocks = Clocks(now, lambda: timedelta(seconds=time.monotonic()), lambda: "0" * 32)
    app = TradeApp(desk, clocks, Label(account="bench"))
    async with app.run_test(size=(120, 36)):
        await asyncio.sleep(0.5)
        fed, cpu, began = desk.fed, time.process_time(), time.perf_counter()
        lags = await measured_lags(LOAD_S)
        span = time.perf_counter() - began
        share = (time.process_time() - cpu) / span
    taken = (desk.fed - fed) / span
    print(
        f"console  asked {rate:>6,}/s  taken {taken:>8,.0f} updates/s  loop lag p50 {quantile(lags, 50):5.1f} ms"
        f"  p99 {quantile(lags, 99):5.1f} ms  CPU {share:4.0%} of a core"
    )


def quantile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def starts() -> None:
    """From the command to the first frame and to the first price: with a server to start, then with one to join."""
    with tempfile.TemporaryDirectory() as home:
        first, frame, price = opened(Path(home))
        print(
            f"console  first start: first frame {frame:.2f} s, first price {price:.2f} s (its server started with it)"
        )
        second, frame, price = opened(Path(home))
        print(f"console  second console: first frame {frame:.2f} s, first price {price:.2f} s (it joined the first)")
        print(
            f"console  memory {megabytes(first)} MB, with its server {megabytes(first) + megabytes(child_of(first))} MB"
        )
        for pid in (second, first):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def opened(home: Path) -> tuple[int, float, float]:
    """A console in a terminal of its own: its process id, seconds to its first frame and to its first price."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        paths = os.pathsep.join(path for path in sys.path if path)
        settings = {"HOME": str(home), "TERM": "xterm-256color", "PATH": os.environ["PATH"], "PYTHONPATH": paths}
        os.execve(sys.executable, [sys.executable, "-m", "tradeterm"], {**settings, "COLUMNS": "120", "LINES": "36"})
    frame = seconds_until(terminal, "loading", began)
    return pid, frame, seconds_until(terminal, "spread", began)


def seconds_until(terminal: int, text: str, began: float) -> float:
    seen = b""
    while text.encode() not in seen:
        ready, _, _ = select.select([terminal], [], [], START_S)
        if not ready:
            return float("nan")
        seen = seen[-2000:] + os.read(terminal, 65_536)
    return time.perf_counter() - began


def megabytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1_000_000


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
