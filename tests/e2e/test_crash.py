"""`kill -9` in the middle of a stream of orders, half of the times within a commit: nothing lost, nothing twice.

After each kill what is new since the last one is looked through, and the whole history once at the end, so that the work
grows with the number of kills and no faster. `TRADETERM_SOAK` multiplies that number.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.kept_books import Kept
from tests.e2e.servers import Server, running
from tests.e2e.within_commit import kill_within_commit
from tests.eventually import eventually

ROUNDS = 2 * int(os.environ.get("TRADETERM_SOAK", "1"))
SETTINGS = {
    "TRADETERM_LIMITS__COMMANDS_PER_S": "0",
    "TRADETERM_LIMITS__READ_BYTES_PER_S": "0",
    "TRADETERM_AUTH__ACCESS_TOKEN_S": "86400",
}
MOST_ORDERS = 60  # between two kills, and those of one commit more
LONG = pytest.mark.timeout(300 + 15 * ROUNDS)

Kill = Callable[[Server, random.Random], None]


def at_any_time(server: Server, draw: random.Random) -> None:
    # The moment is what is drawn here; nothing is waited for.
    time.sleep(draw.uniform(0.0, 0.1))
    server.kill()


def within_commit(server: Server, draw: random.Random) -> None:
    _kill_within(server, "tradeterm.db.journal", draw)


def within_projection(server: Server, draw: random.Random) -> None:
    """In the midst of what the server's own thread brings to the tables."""
    _kill_within(server, "tradeterm.db", draw)


def _kill_within(server: Server, file: str, draw: random.Random) -> None:
    kill_within_commit(server.pid, server.folder / file, draw)
    server.kill()


def projector_of(server: Server) -> int:
    """The process that brings the server's tables up, among its children; 0 while there is none."""
    threads = Path(f"/proc/{server.pid}/task").glob("*/children")
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


def books() -> tuple[Kept, Kept]:
    return Kept("ann"), Kept("bob")


@contextmanager
def trading(server: Server, both: tuple[Kept, Kept], orders: int = 1, pause_s: float = 0.0) -> Iterator[None]:
    """Two users trade with each other, in the block after so many orders each, until the server is gone, which the block
    sees to."""
    threads = [threading.Thread(target=kept.stream, args=(kept.at(server), pause_s)) for kept in both]
    counts = [len(kept.answered) + orders for kept in both]
    for thread in threads:
        thread.start()
    eventually(lambda: all(len(kept.answered) >= count for kept, count in zip(both, counts, strict=True)))
    yield
    for thread in threads:
        thread.join()


def tell(what: str, kills: int, within: int, both: tuple[Kept, Kept]) -> None:
    orders, events = sum(len(kept.created) for kept in both), sum(kept.head for kept in both)
    sys.stderr.write(f"{what}: {kills} kills, {within} within a commit; {orders} orders, {events} events, none lost\n")


@pytest.mark.slow
@LONG
@pytest.mark.parametrize(
    ("projector", "ways"),
    [
        ("process", (at_any_time, within_commit)),
        ("thread", (at_any_time, within_commit, at_any_time, within_projection)),
    ],
    ids=["process", "thread"],
)
def test_killed_server_loses_and_doubles_nothing(tmp_path: Path, projector: str, ways: tuple[Kill, ...]) -> None:
    """Two users trade with each other as fast as they can while the server is killed and started again and again."""
    draw, both, within = random.Random(20260101), books(), 0
    flags = ("--feed", "none", "--projector", projector)
    with running(tmp_path, *flags, users=("ann", "bob"), **SETTINGS) as server:
        for number in range(ROUNDS):
            kill = ways[number % len(ways)]
            with trading(server, both, draw.randrange(1, MOST_ORDERS)):
                kill(server, draw)
            within += kill is not at_any_time
            server.start()
            for kept in both:
                kept.look_through(server)
        for kept in both:
            kept.look_through_all(server)
    tell(f"server, projector in a {projector}", ROUNDS, within, both)


@pytest.mark.slow
@LONG
def test_killed_projector_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Again and again while two users trade: they notice nothing, and after a restart the tables alone say the same."""
    draw, both, within = random.Random(20260102), books(), 0
    with running(tmp_path, users=("ann", "bob"), **SETTINGS) as server:
        with trading(server, both, pause_s=0.15 if ROUNDS > 10 else 0.0):
            for number in range(ROUNDS):
                pid = projector_of(server)
                assert pid
                if number % 2:
                    kill_within_commit(pid, tmp_path / "tradeterm.db", draw)
                    within += 1
                else:
                    os.kill(pid, signal.SIGKILL)
                eventually(lambda dead=pid: projector_of(server) not in (0, dead))  # type: ignore[misc]
            assert server.end() == 0
        server.start()
        for kept in both:
            kept.look_through_all(server)
    tell("projector", ROUNDS, within, both)
