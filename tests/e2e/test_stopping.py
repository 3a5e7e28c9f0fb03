"""How a server ends: nothing that was carried out stays without its answer, whoever asked and however.

`TRADETERM_SOAK` multiplies the number of stops.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.e2e.servers import READY_TIMEOUT_S, Server, running

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
IN_FLIGHT = 8
LEAST = 50  # orders that are taken before the signal
ORDER = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.001", "price": "40000"}
NO_LIMITS = {"TRADETERM_LIMITS__COMMANDS_PER_S": "0", "TRADETERM_LIMITS__SOCKETS_PER_MIN": "0"}
STOPPING = 4000


@dataclass
class Told:
    """What the clients of one server heard: by client order id, whether it was taken."""

    taken: dict[str, bool] = field(default_factory=dict)
    closes: list[int] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, client_order_id: str, is_taken: bool) -> None:
        self.taken[client_order_id] = is_taken
        if len(self.taken) >= LEAST:
            self.enough.set()


async def ask_over_rest(server: Server, token: str, name: str, told: Told) -> None:
    """One order after the other, until the server is gone."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=server.url, headers=headers, trust_env=False, timeout=READY_TIMEOUT_S
    ) as http:
        with contextlib.suppress(httpx.HTTPError):
            for number in range(100_000):
                id_ = f"{name}-{number}"
                answer = await http.post("/api/v1/orders", json=ORDER | {"clientOrderId": id_})
                told.hear(id_, answer.status_code == 201)


async def ask_over_a_socket(server: Server, token: str, name: str, told: Told) -> None:
    """Several at a time over one socket, until it is closed."""
    url = server.url.replace("http", "ws")
    async with connect(f"{url}/ws", additional_headers={"Authorization": f"Bearer {token}"}) as socket:
        sent = 0
        with contextlib.suppress(ConnectionClosed):
            for sent in range(IN_FLIGHT):
                await _send(socket, name, sent)
            while True:
                answer: dict[str, Any] = json.loads(await socket.recv())
                if answer["op"] not in {"result", "error"}:
                    continue
                told.hear(f"{name}-{answer['id']}", answer["op"] == "result")
                sent += 1
                await _send(socket, name, sent)
        # What came before the close is still to be read.
        with contextlib.suppress(ConnectionClosed):
            while True:
                answer = json.loads(await socket.recv())
                if answer["op"] in {"result", "error"}:
                    told.hear(f"{name}-{answer['id']}", answer["op"] == "result")
        told.closes.append(socket.close_code or 0)


async def _send(socket: ClientConnection, name: str, number: int) -> None:
    data = ORDER | {"clientOrderId": f"{name}-{number}"}
    await socket.send(json.dumps({"op": "order.create", "id": number, "data": data}))


@pytest.fixture
def heard_hang_up() -> Iterator[None]:
    """Under `nohup` the suite, and the servers that it starts, would rightly ignore it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("heard_hang_up")
async def test_stop_under_load_leaves_no_order_without_its_answer(tmp_path: Path) -> None:
    """Every order that is there afterwards was answered as taken, and every other one was not.

    So for each signal that ends a program, a terminal that is closed too: the sockets are told to come back, and the exit
    code is 0."""
    draw = Random(19)
    with running(tmp_path, users=("ann", "bob"), **NO_LIMITS) as server:
        for stop, ending in enumerate(SIGNALS * SOAK):
            told, tokens = Told(), [server.sign_in(name).token for name in ("ann", "bob")]
            asking = [
                asyncio.create_task(ask(server, token, f"s{stop}{kind}{number}", told))
                for number, token in enumerate(tokens * 2)
                for kind, ask in (("w", ask_over_a_socket), ("r", ask_over_rest))
            ]
            async with asyncio.timeout(READY_TIMEOUT_S):
                await told.enough.wait()
            await asyncio.sleep(draw.uniform(0, 0.1))
            assert await asyncio.to_thread(server.end, ending) == 0
            await asyncio.gather(*asking)
            assert set(told.closes) == {STOPPING}
            server.start()
            for name in ("ann", "bob"):
                there = {one["clientOrderId"] for one in orders_of(server, name, f"s{stop}")}
                assert {id_ for id_ in there if not told.taken.get(id_)} == set()


def orders_of(server: Server, name: str, prefix: str) -> list[dict[str, Any]]:
    """The newest orders, back to the first that is of another stop."""
    trader, found, cursor = server.sign_in(name), list[dict[str, Any]](), None
    while True:
        page = trader.get("/orders", limit=500, **({"cursor": cursor} if cursor else {}))
        found += [one for one in page["items"] if one["clientOrderId"].startswith(prefix)]
        cursor = page["nextCursor"]
        if cursor is None or not page["items"][-1]["clientOrderId"].startswith(prefix):
            return found
