"""A whole server on one core: POST to `order:filled` on the same user's socket, durable, sign-in and limits on."""

import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import websockets

from tests.e2e.servers import Server

USERS = (1, 50)
SECONDS = 5.0
HEAD = "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"


class User:
    """One user: a keep-alive connection for orders, a socket for events; one order at a time."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        self.token = server.sign_in(name).token
        self.latencies: list[float] = []

    async def run(self, until: float) -> None:
        host, port = self.server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.server.url.replace('http', 'ws', 1)}/ws"
        async with websockets.connect(url, additional_headers=headers, compression=None) as socket:
            await socket.send('{"op":"subscribe","id":1,"channel":"trading"}')
            number = 0
            while time.perf_counter() < until:
                number += 1
                await self._order(reader, writer, socket, "buy" if number % 2 else "sell")
        writer.close()

    async def _order(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        socket: websockets.ClientConnection,
        side: str,
    ) -> None:
        body = json.dumps({"symbol": "BTC/USD", "side": side, "type": "market", "quantity": "0.001"})
        head = HEAD.format(path="/api/v1/orders", host="bench", token=self.token, length=len(body))
        began = time.perf_counter()
        writer.write((head + body).encode())
        answer = asyncio.ensure_future(_answer(reader))
        last = 0
        async for message in socket:
            text = str(message)
            if '"seq":' in text[:200]:
                last = json.loads(text)["seq"]
            if text.startswith('{"event":"order:filled"'):
                break
        self.latencies.append(time.perf_counter() - began)
        assert (await answer).startswith(b"HTTP/1.1 201"), "an order was refused"
        if len(self.latencies) % 20 == 0:
            await socket.send(json.dumps({"op": "ack", "channel": "trading", "seq": last}))


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    return head


async def load(users: list[User]) -> list[float]:
    until = time.perf_counter() + SECONDS
    await asyncio.gather(*(user.run(until) for user in users))
    return sorted(latency for user in users for latency in user.latencies)


def cpu_s(server: Server) -> float:
    """Seconds of CPU that the server process has used."""
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    for count in USERS:
        names = [f"u{number}" for number in range(count)]
        with tempfile.TemporaryDirectory() as folder:
            server = Server(
                Path(folder),
                ("--feed", "none", "--paper-cash", "1000000000"),
                {"TRADETERM_LIMITS__COMMANDS_PER_S": "1000"},
            )
            for name in [*names, "maker"]:
                server.add_user(name)
            server.start()
            if hasattr(os, "sched_setaffinity") and server.process is not None:
                os.sched_setaffinity(server.process.pid, {0})
                os.sched_setaffinity(0, set(range(os.cpu_count() or 1)) - {0} or {0})
            try:
                maker = server.sign_in("maker")
                maker.order("sell", "1000", "45000.00")
                maker.order("buy", "1000", "44999.50")
                users = [User(server, name) for name in names]
                before = cpu_s(server)
                latencies = asyncio.run(load(users))
                spent = cpu_s(server) - before
            finally:
                server.kill()
                for trader in server.traders:
                    trader.http.close()
        p50, p99 = (statistics.quantiles(latencies, n=100)[number - 1] for number in (50, 99))
        rate, each = len(latencies) / SECONDS, spent / len(latencies)
        print(
            f"{count:3} users: {rate:8,.0f} orders/s, p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, "
            f"server {each * 1e6:.0f} µs of CPU an order (one core: {1 / each:,.0f}/s)"
        )


if __name__ == "__main__":
    main()
