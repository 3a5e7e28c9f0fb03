"""A long history: how soon a server knows its open state, and how quick a look back is. TRADETERM_SOAK multiplies it."""

import os
import tempfile
import time
from collections.abc import Callable

from server.storage.database import open_database
from tests.bench.engine import Engine

GROUP = 500
ORDERS = 50_000 * int(os.environ.get("TRADETERM_SOAK", "1"))
LOOKS = 50


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        print(
            f"{'orders':>10} {'load':>9} {'first page':>12} {'filtered':>10} {'tenth page':>12} {'events':>9} {'by id':>8}"
        )
        database = open_database(url, "paper")
        made, engine = 0, Engine(commit=database.journal.commit)
        for orders in (ORDERS // 10, ORDERS - ORDERS // 10):
            _trade(engine, orders)
            database.close()
            made += orders
            _show(url, made)
            database = open_database(url, "paper")
            engine.commit = database.journal.commit
            database.journal.load()
        database.close()


def _trade(engine: Engine, orders: int) -> None:
    for start in range(0, orders, GROUP):
        engine.turn(engine.market_order() for _ in range(min(GROUP, orders - start)))


def _show(url: str, count: int) -> None:
    database = open_database(url, "paper")
    began = time.perf_counter()
    database.journal.load()
    load = time.perf_counter() - began
    history, account = database.history, "u7"
    cursor = None
    for _ in range(9):
        cursor = history.orders(account, limit=10, cursor=cursor).next_cursor
    found = history.orders(account, limit=1).items[0]
    order_id = found[7:43].decode()
    looks: tuple[Callable[[], object], ...] = (
        lambda: history.orders(account),
        lambda: history.orders(account, status="filled", side="sell", symbol="BTC/USD"),
        lambda: history.orders(account, limit=10, cursor=cursor),
        lambda: history.events(account, 100, 500),
        lambda: history.order(account, order_id),
    )
    times = [_median_ms(look) for look in looks]
    print(
        f"{count:10,} {load * 1e3:6.1f} ms {times[0]:9.2f} ms {times[1]:7.2f} ms {times[2]:9.2f} ms {times[3]:6.2f} ms {times[4]:5.2f} ms"
    )
    database.close()


def _median_ms(look: Callable[[], object]) -> float:
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        look()
        times.append(time.perf_counter() - began)
    return sorted(times)[LOOKS // 2] * 1e3


if __name__ == "__main__":
    main()
