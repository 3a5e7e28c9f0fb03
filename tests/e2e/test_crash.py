"""`kill -9` at random moments in the middle of a stream of orders: nothing lost, nothing twice."""

import os
import random
import signal
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.servers import Server, Trader, running
from tests.eventually import eventually

ROUNDS = 3 * int(os.environ.get("TRADETERM_SOAK", "1"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, users=("ann", "bob"), TRADETERM_LIMITS__COMMANDS_PER_S="0") as started:
        yield started


def stream(trader: Trader, side: str, answered: dict[str, dict[str, Any]], sent: list[str], tag: str) -> None:
    """Send orders one after another until the server dies; note what was sent and what was answered."""
    for number in range(100_000):
        client_id = f"{tag}-{side}-{number}"
        body = {
            "symbol": "BTC/USD",
            "side": side,
            "type": "limit",
            "quantity": "0.001",
            "price": "45000.00",
            "clientOrderId": client_id,
        }
        sent.append(client_id)
        try:
            answer = trader.http.post("/orders", json=body)
        except httpx.HTTPError:
            return
        if answer.status_code == 503:  # it is stopping
            return
        assert answer.status_code == 201, answer.text
        answered[client_id] = answer.json()


def all_items(trader: Trader, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = trader.get(path, limit=500, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found


def check(trader: Trader, answered: dict[str, dict[str, Any]], sent: list[str]) -> None:
    """What was answered is there; what is there was sent; each once; positions are the sum of the trades."""
    orders = all_items(trader, "/orders")
    ids = [order["clientOrderId"] for order in orders]
    assert len(ids) == len(set(ids))
    assert set(answered) <= set(ids) <= set(sent)
    events = trader.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    created = [event["data"]["order"]["clientOrderId"] for event in events if event["event"] == "order:created"]
    assert sorted(created) == sorted(ids)
    trades = all_items(trader, "/trades")
    executed = [event["data"]["trade"]["id"] for event in events if event["event"] == "trade:executed"]
    assert sorted(executed) == sorted(trade["id"] for trade in trades)
    held = sum(((1 if t["side"] == "buy" else -1) * Decimal(t["quantity"]) for t in trades), Decimal(0))
    positions = {
        p["symbol"]: Decimal(p["quantity"]) * (1 if p["side"] == "long" else -1) for p in trader.items("/positions")
    }
    assert positions.get("BTC/USD", Decimal(0)) == held
    filled = sum((Decimal(order["filledQuantity"]) for order in orders), Decimal(0))
    assert filled == sum((Decimal(t["quantity"]) for t in trades), Decimal(0))


def projector_of(server: Server) -> int:
    """The process that brings the server's tables up, among its children; 0 while there is none."""
    assert server.process is not None
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    children = [pid for thread in threads for pid in said_by(thread).split()]
    return next(
        (int(pid) for pid in children if b"projector_child" in said_by(Path("/proc", pid.decode(), "cmdline"))), 0
    )


def said_by(file: Path) -> bytes:
    """What stands there; nothing where the thread or process has ended since it was found."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@pytest.mark.slow
def test_killed_projector_loses_and_doubles_nothing(server: Server) -> None:
    """Again and again while two users trade: they notice nothing, and after a restart the tables alone say the same."""
    books: dict[str, tuple[dict[str, dict[str, Any]], list[str]]] = {"ann": ({}, []), "bob": ({}, [])}
    threads = [
        threading.Thread(target=stream, args=(server.sign_in(name), side, *books[name], "p"))
        for name, side in (("ann", "buy"), ("bob", "sell"))
    ]
    for thread in threads:
        thread.start()
    for _ in range(ROUNDS):
        pid = projector_of(server)
        assert pid
        os.kill(pid, signal.SIGKILL)
        eventually(lambda dead=pid: projector_of(server) not in (0, dead))  # type: ignore[misc]
    assert server.end() == 0
    for thread in threads:
        thread.join()
    server.start()
    for name, (answered, sent) in books.items():
        check(server.sign_in(name), answered, sent)
        assert answered


@pytest.mark.slow
def test_kill_at_random_moments_loses_and_doubles_nothing(server: Server) -> None:
    """Two users trade with each other as fast as they can while the server is killed and started again and again."""
    chance = random.Random(20260101)
    books: dict[str, tuple[dict[str, dict[str, Any]], list[str]]] = {"ann": ({}, []), "bob": ({}, [])}
    for round_number in range(ROUNDS):
        threads = [
            threading.Thread(target=stream, args=(server.sign_in(name), side, *books[name], f"r{round_number}"))
            for name, side in (("ann", "buy"), ("bob", "sell"))
        ]
        for thread in threads:
            thread.start()
        # The moment of the kill is what is drawn here; nothing is waited for.
        threads[0].join(chance.uniform(0.05, 0.6))
        server.kill()
        for thread in threads:
            thread.join()
        server.start()
        for name, (answered, sent) in books.items():
            check(server.sign_in(name), answered, sent)
    assert any(answered for answered, _ in books.values()), "orders got through at all"
