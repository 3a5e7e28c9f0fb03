"""Writes recordings for tests, as a trader would download or make them."""

import gzip
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

START_MS = 1_767_657_600_000  # 2026-01-06T00:00:00Z
PLAIN = "time,price,quantity,side"


def write(path: Path, lines: Iterable[str]) -> Path:
    """Line by line, compressed when the name says so."""
    with gzip.open(path, "wt") if path.suffix == ".gz" else path.open("w") as file:
        for line in lines:
            file.write(line + "\n")
    return path


def agg_trades(count: int, seed: int = 1) -> Iterator[str]:
    """A random walk in Binance's aggTrades format: id, price, quantity, first, last, time, buyer is maker, best match."""
    chance = random.Random(seed)
    price, time = 90_000, START_MS
    for number in range(count):
        price += chance.choice((-1, 0, 0, 0, 1))
        time += chance.randrange(0, 120)
        quantity = chance.randrange(1, 200_000)
        maker = chance.choice(("True", "False"))
        yield f"{number},{price / 2:.8f},{quantity / 100_000:.8f},{number},{number},{time},{maker},True"
