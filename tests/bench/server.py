"""A whole server on one core: POST to `order:filled` on the same user's socket, durable, sign-in, limits and replay on.

Beside it, in the same minute and turn by turn, a server in node that has no rules and keeps no events: what the machine
gives; and this server with its database on PostgreSQL. The traders have the other core, and PostgreSQL. Figures of a machine that does other things too are good for their ratios.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench._load import (
    FOLDER,
    LOAD_CORE,
    SERVER_CORE,
    Measured,
    children,
    generator,
    load_of_the_machine,
    measure,
    move,
    on_core,
)
from tests.contracts.databases import NoPostgres, fresh_database, postgres_server
from tests.e2e.servers import Server

USERS = 50
SECONDS, ROUNDS = 2.0, 3
# What is measured, and how many traders do it.
RUNS = (
    ("POST to order:filled", "post", USERS),
    ("POST, one trader", "post", 1),
    ("order.create on /ws", "socket", USERS),
    ("order.create, one trader", "socket", 1),
    ("place, amend, cancel", "resting", USERS),
)
HIGH = "1000000"  # limits are there, and refuse nobody here
SETTINGS = {"TRADETERM_LIMITS__COMMANDS_PER_S": HIGH, "TRADETERM_LIMITS__SIGN_INS_PER_MIN": HIGH}


class Peer:
    """A server that runs, and the tokens of those who trade there."""

    def __init__(self, name: str, url: str, pid: int, tokens: Sequence[str]) -> None:
        self.name, self.url, self.pid, self.tokens = name, url, pid, tokens


@contextmanager
def ours(folder: Path, *flags: str, **environ: str) -> Iterator[Peer]:
    """This server with deep prices on both sides, made by a user."""
    server = Server(folder, ("--feed", "none", "--paper-cash", "1000000000", *flags), {**SETTINGS, **environ})
    names = [f"u{number}" for number in range(USERS)]
    for name in [*names, "maker"]:
        server.add_user(name)
    with on_core(SERVER_CORE):
        server.start()
    assert server.process is not None
    for child in children(server.process.pid):
        move(child, LOAD_CORE)
    try:
        maker = server.sign_in("maker")
        maker.order("sell", "100000", "45000.00")
        maker.order("buy", "20000", "44999.50")
        yield Peer(
            "on pg" if "TRADETERM_DB" in environ else "ours",
            *(server.url, server.process.pid, [server.sign_in(name).token for name in names]),
        )
    finally:
        server.kill()
        for trader in server.traders:
            trader.http.close()


@contextmanager
def ours_on_postgres(folder: Path) -> Iterator[Peer | None]:
    """The same on PostgreSQL, which waits for the disk; None where there is none."""
    with ExitStack() as ends:
        try:
            with on_core(LOAD_CORE):
                postgres = ends.enter_context(postgres_server(is_durable=True))
        except NoPostgres:
            yield None
            return
        folder.mkdir()
        yield ends.enter_context(ours(folder, TRADETERM_DB=ends.enter_context(fresh_database(postgres))))


@contextmanager
def rival(folder: Path) -> Iterator[Peer | None]:
    """The server to measure beside; None where there is no node."""
    node = shutil.which("node")
    if node is None:
        yield None
        return
    tokens = [f"a-token-of-trader-{number}" for number in range(USERS)]
    with on_core(SERVER_CORE):
        process = subprocess.Popen(
            [node, str(FOLDER / "rival.mjs"), str(folder / "rival.log"), *tokens], stdout=subprocess.PIPE, text=True
        )
    assert process.stdout is not None
    try:
        yield Peer("node", process.stdout.readline().split()[1], process.pid, tokens)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def best(runs: Sequence[Measured]) -> Measured:
    """The round that was disturbed least: the figure of each kind that is."""
    return Measured(
        max(one.rate for one in runs),
        *(min(getattr(one, name) for one in runs) for name in ("p50", "p99", "cpu_us", "others_us")),
    )


def compare(command: Sequence[str], peers: Sequence[Peer], title: str, mode: str, count: int) -> None:
    """Turn by turn, so that both have the same disturbance."""
    rounds: dict[str, list[Measured]] = {peer.name: [] for peer in peers}
    for _ in range(ROUNDS):
        for peer in peers:
            rounds[peer.name].append(measure(command, peer.url, peer.pid, peer.tokens[:count], mode, SECONDS))
    found = {name: best(runs) for name, runs in rounds.items()}
    print(f"{title}, {count} at once", flush=True)
    for name, one in found.items():
        print(f"  {name:5} {one}")
    if "node" in found:
        mine, other = found["ours"], found["node"]
        print(
            f"  ratio {mine.rate / other.rate:8.2f}    p50 {mine.p50 / other.p50:6.2f}  p99 {mine.p99 / other.p99:6.2f}"
            f"     {mine.cpu_us / other.cpu_us:4.2f}",
            flush=True,
        )


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        ours(Path(name)) as mine,
        ours_on_postgres(Path(name) / "postgres") as same,
        rival(Path(name)) as other,
    ):
        command, what = generator(Path(name))
        print(f"load generator: {what}; best of {ROUNDS} rounds of {SECONDS:g} s; {load_of_the_machine()}")
        for title, mode, count in RUNS:
            compare(command, [mine, *(one for one in (same, other) if one)], title, mode, count)
        print(load_of_the_machine())


if __name__ == "__main__":
    main()
