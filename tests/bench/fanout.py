"""Fan-out: CPU per delivery of the hub's path to 1,000 sockets, against a bare loop that writes prebuilt joined frames.

Run with `python -m tests.bench.fanout`. Both write to the same transports, whose other ends a child process reads; the
CPU is this process's alone. Beside it one frame made and written for each client and event, as a plain `send` does.
"""

import asyncio
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable

import uvloop

from server.gateway.frames import text_frame
from server.gateway.stream import Stream
from tests.server.gateway.rig import GatewayRig, MemoryWire, identity

SUBSCRIBERS = 1_000
ROUNDS = 40
RUNS = 3
PAYLOAD = b'{"event":"order:created","data":"%b"}' % (b"x" * 60)


class TransportWire(MemoryWire):
    """A wire straight on a transport."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        super().__init__()
        self.transport = transport

    def write(self, data: bytes) -> bool:
        self.transport.write(data)
        return True


def reader_process(ends: list[socket.socket]) -> int:
    """A child that reads everything and throws it away; its pid."""
    pid = os.fork()
    if pid:
        return pid
    selector = selectors.DefaultSelector()
    for end in ends:
        end.setblocking(False)
        selector.register(end, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            os.read(key.fd, 1 << 16)


async def best_s(work: Callable[[], None]) -> float:
    """CPU seconds of the best of some runs, with a turn of the loop after each piece of work."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        for _ in range(ROUNDS):
            work()
            await asyncio.sleep(0)
        best = min(best, time.process_time() - start)
        await asyncio.sleep(0.3)  # what the reader has not taken yet is not the next run's matter
    return best


async def measure(wires: list[TransportWire], events: int) -> tuple[float, float, float]:
    """(microseconds a delivery of the bare loop, the hub over it, one send a client and event over it)."""
    rig = GatewayRig()
    feed = rig.hub.account_feed(identity().user)
    for wire in wires:
        rig.hub.join(Stream(feed, wire, 0, lambda place: b""))
    rig.turns.run()
    size = len(text_frame(PAYLOAD))
    joined = b"".join([text_frame(PAYLOAD)] * events)

    def hub() -> None:
        for _ in range(events):
            rig.commit("ann")
        rig.turns.run()

    def bare() -> None:
        for wire in wires:
            wire.transport.write(joined)

    def singly() -> None:
        for wire in wires:
            for _ in range(events):
                wire.transport.write(text_frame(PAYLOAD))

    assert len(joined) == size * events
    base = await best_s(bare)
    return base / (ROUNDS * len(wires) * events) * 1e6, await best_s(hub) / base, await best_s(singly) / base


async def run() -> None:
    loop = asyncio.get_running_loop()
    pairs = [socket.socketpair() for _ in range(SUBSCRIBERS)]
    reader = reader_process([theirs for _, theirs in pairs])
    try:
        wires = []
        for ours, theirs in pairs:
            theirs.close()
            transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
            wires.append(TransportWire(transport))
        for events in (1, 5):
            bare_us, hub, singly = await measure(wires, events)
            print(
                f"{events} events a turn, {SUBSCRIBERS} subscribers: bare {bare_us:.1f} us a delivery, "
                f"hub {hub:.2f}x, one send a client {singly:.2f}x"
            )
    finally:
        os.kill(reader, signal.SIGKILL)
        os.waitpid(reader, 0)  # noqa: ASYNC222 - it was killed in the line before


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


if __name__ == "__main__":
    main()
