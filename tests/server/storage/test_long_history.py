"""A history that is really made, through journal and projector, and looked at while it grows: nothing gets dearer by it.

What a look costs is counted in SQLite's instructions, which no load of the machine changes; time and memory are printed.
`TRADETERM_SOAK=125` makes a million orders, some twenty minutes on one core and 3 GB of disk.
"""

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.ports import Batch, EventRow
from server.storage.database import Database, open_database
from tests.contracts.journals import account, at, order, trade
from tests.eventually import eventually
from tests.server.storage.journals import url_of
from tradeterm.protocol.vocabulary import EventName

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
ORDERS = 8_000 * SOAK
STAGES = (ORDERS // 40, ORDERS // 4, ORDERS)
AT_ONCE = 50
NAMES = tuple(f"user{number}" for number in range(2))
RESTING = 10  # of the first orders: as many at every stage
PAGE = 20
MOST_BEHIND = 20_000_000
FLAT = 1.2
SEARCHED = {"all events": 10 * math.log2(STAGES[-1] / STAGES[0])}  # the commit of a cursor is searched by halves
MEMORY = """
import resource, sys
from server.storage.database import open_database
database = open_database(sys.argv[1], "paper")
database.journal.load()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
database.close()
"""
EVENTS = (EventName.ORDER_CREATED, EventName.TRADE_EXECUTED, EventName.ORDER_FILLED)


class Writer:
    """Orders of two users in groups, three events and a trade each."""

    def __init__(self) -> None:
        self.written = 0
        self._heads = dict.fromkeys(NAMES, 0)

    def write(self, database: Database, until: int) -> None:
        while self.written < until:
            database.journal.commit(self._batch(min(AT_ONCE, until - self.written)))
            eventually(lambda: database.behind().bytes < MOST_BEHIND, within_s=300)
        eventually(lambda: database.behind().commits == 0, within_s=300)

    def _batch(self, size: int) -> Batch:
        batch = Batch()
        for number in range(self.written, self.written + size):
            name = NAMES[number % len(NAMES)]
            status = "accepted" if number < RESTING else "filled"
            payload = b'{"order":{"id":"o-%09d","status":"filled","text":"%b"}}' % (number, b"x" * 300)
            row = order(number, name, id=f"o-{number:09}", status=status, payload=payload)
            batch.orders[row.id] = row
            one = trade(number, name)
            one.id = f"t-{number:09}"
            batch.trades.append(one)
            for event in EVENTS:
                self._heads[name] += 1
                batch.events.append(EventRow(name, self._heads[name], event, payload, at(number)))
            batch.accounts[name] = account(name, self._heads[name])
        self.written += size
        return batch


@contextmanager
def counted(*connections: Any) -> Iterator[list[int]]:
    """How many instructions SQLite carries out on these in the block."""
    count = [0]

    def step() -> int:
        count[0] += 1
        return 0

    for one in connections:
        one.set_progress_handler(step, 1)
    try:
        yield count
    finally:
        for one in connections:
            one.set_progress_handler(None, 0)


def looks(database: Database, orders: int) -> dict[str, Callable[[], object]]:
    """What is asked of a history, in its middle where it has one."""
    history, name, middle = database.history, NAMES[0], orders // 2 // len(NAMES) * len(NAMES)
    cursor = history.orders(name, limit=1).next_cursor
    head = 3 * orders // len(NAMES)
    return {
        "load": database.journal.load,
        "order by id": lambda: history.order(name, f"o-{middle:09}"),
        "first page": lambda: history.orders(name, limit=PAGE),
        "filtered": lambda: history.orders(name, status="filled", symbol="BTC/USD", side="buy", limit=PAGE),
        "by cursor": lambda: history.orders(name, limit=PAGE - 1, cursor=cursor),
        "trades": lambda: history.trades(name, limit=PAGE),
        "events": lambda: history.events(name, head // 2, PAGE),
        "all events": lambda: history.all_events(orders, PAGE),
        "client id": lambda: database.journal.find_order(name, f"c-{middle}"),
        "unknown id": lambda: database.journal.find_order(name, "never"),
    }


def look(database: Database, orders: int) -> dict[str, tuple[int, float]]:
    """Instructions, and microseconds of processor time, the least of some."""
    history: Any = database.history
    links: Any = history._link.connection, history._events._journal._connection, database.journal._kept._link.connection
    found = {}
    for name, asked in looks(database, orders).items():
        with counted(*links) as count:
            assert asked() or name == "unknown id"
        least = min(_seconds(asked) for _ in range(20))
        found[name] = (count[0], least * 1e6)
    return found


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def memory_mb(path: Path) -> str:
    """Of a process that does nothing but open it: of one that is long, for the others show only what is imported."""
    if SOAK == 1:
        return "?"
    done = subprocess.run([sys.executable, "-c", MEMORY, url_of(path)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.timeout(120 + ORDERS // 100)
def test_no_look_at_a_history_gets_dearer_as_it_grows(tmp_path: Path) -> None:
    path, writer = tmp_path / "x.db", Writer()
    found, about = list[dict[str, tuple[int, float]]](), list[str]()
    for orders in STAGES:
        with closing(open_database(url_of(path), "paper")) as database:
            writer.write(database, orders)
        began, began_cpu = time.perf_counter(), time.process_time()
        with closing(open_database(url_of(path), "paper")) as database:
            database.journal.load()
            took = f"start {time.perf_counter() - began:.2f} s, {time.process_time() - began_cpu:.2f} s of CPU"
            found.append(look(database, orders))
        megabytes = sum(one.stat().st_size for one in tmp_path.iterdir()) / 1e6
        about.append(f"{orders:,} orders: {took}, {memory_mb(path)} MB of memory, {megabytes:,.0f} MB of disk")
    tell(about, found)
    for name, (count, _) in found[-1].items():
        assert count <= FLAT * found[0][name][0] + SEARCHED.get(name, 0), name


def tell(about: list[str], found: list[dict[str, tuple[int, float]]]) -> None:
    lines = [*about, "instructions and microseconds of CPU:"]
    for name in found[0]:
        lines.append(f"  {name:<12}" + "".join("{:>9,} {:>8.0f}".format(*stage[name]) for stage in found))
    sys.stderr.write("\n".join(lines) + "\n")
