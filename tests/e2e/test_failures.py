"""What stops a server: it says so in one sentence, touches nothing, and ends with the code that scripts rely on."""

import contextlib
import os
import resource
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.servers import COMMAND, READY_TIMEOUT_S, Server, running

KIB = 1024
BESIDE = {f"tradeterm.db{end}" for end in ("", "-wal", "-shm", ".mark", ".secret")}
BESIDE |= {f"tradeterm.db.journal{end}" for end in ("", "-wal", "-shm")}


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def delete(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    """Another file of the same content."""
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_log(path: Path) -> None:
    cut(path.with_name(f"{path.name}-wal"))


def delete_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def refused(server: Server, *flags: str) -> str:
    """Start it, expecting exit 2 and one sentence."""
    feed = () if "--feed" in flags else ("--feed", "none")
    done = server.run("serve", "--port", "0", *feed, *flags)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_port_in_use(tmp_path: Path) -> None:
    """Whoever has the port keeps it; no database is made."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = Server(tmp_path).run("serve", "--port", port, "--feed", "none")
    assert done.returncode == 2
    assert port in done.stderr
    assert list(tmp_path.glob("*.db")) == []


def test_second_server_on_one_database(tmp_path: Path) -> None:
    """The first goes on undisturbed."""
    with running(tmp_path) as server:
        assert {path.name for path in tmp_path.glob("tradeterm.db*")} <= BESIDE, "the lock is on the file itself"
        assert "another" in refused(server)
        assert server.sign_in("ann").get("/orders")["items"] == []


@pytest.mark.parametrize("damage", ["not a database", "cut short", "from the future"])
def test_database_that_cannot_be_used_is_left_as_it_was(tmp_path: Path, damage: str) -> None:
    """Damaged or newer: refused, and byte for byte the same afterwards."""
    server = Server(tmp_path)
    path = tmp_path / "tradeterm.db"
    server.add_user("ann")
    if damage == "not a database":
        path.write_bytes(b"this is no database at all" * 1_000)
    elif damage == "cut short":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("update alembic_version set version_num = '9999_from_the_future'")
        connection.close()
    before = path.read_bytes()
    refused(server)
    assert path.read_bytes() == before


def test_unknown_venue_and_feed_are_refused(tmp_path: Path) -> None:
    """Nothing is made for them."""
    assert "elsewhere" in refused(Server(tmp_path), "--venue", "elsewhere")
    assert "feed" in refused(Server(tmp_path), "--feed", "gossip")
    assert list(tmp_path.glob("*.db")) == []


def test_market_in_another_currency_is_refused(tmp_path: Path) -> None:
    """All markets settle in the accounts' currency; also the only one."""
    file = tmp_path / "config.toml"
    entry = '[[paper.markets]]\nsymbol = "{}"\ntick = "0.5"\nlot = "0.001"\nstart_price = "100"\n'
    for before in ("", entry.format("BTC/USD")):
        file.write_text(before + entry.format("ETH/EUR"))
        assert "ETH/EUR" in refused(Server(tmp_path), "--config", str(file))


def test_full_disk_stops_the_server_and_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """The file may not grow: the order is not answered as taken, the server says so and ends; after that all is as told."""
    with running(tmp_path) as server:
        ann = server.sign_in("ann")
        kept = [ann.order("buy", "0.001", "40000.00")["id"] for _ in range(5)]
        server.end()
        size = max(path.stat().st_size for path in tmp_path.glob("tradeterm.db*"))
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--feed", "none"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=server.environment(),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size + 64 * KIB, size + 64 * KIB)),
        )
        answered = fill_up(process, server, kept)
        _, log = process.communicate(timeout=READY_TIMEOUT_S)
        assert process.returncode == 1
        assert "journal" in log
        assert "Traceback" not in log
        server.start()
        ids = {order["id"] for order in server.sign_in("ann").items("/orders", limit=500)}
        assert ids == {*kept, *answered}


@pytest.mark.parametrize(
    ("file", "slip"),
    [
        *(("tradeterm.db", slip) for slip in (delete, replace, cut, cut_log, delete_log)),
        *(("tradeterm.db.journal", slip) for slip in (delete, replace, cut_log)),
    ],
)
def test_files_that_are_taken_away_stop_the_server(tmp_path: Path, file: str, slip: Callable[[Path], None]) -> None:
    """No order is answered as taken that no file holds; the server says why and ends, also when nobody trades."""
    with running(tmp_path) as server, running(folder(tmp_path / "idle")) as idle:
        for one in (server, idle):
            one.sign_in("ann").order("buy", "0.001", "40000.00")
        ann, body = server.traders[0], {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "0.001"}
        for one in (server, idle):
            slip(one.folder / file)
        with contextlib.suppress(httpx.HTTPError):  # it may have ended by then
            answer = ann.http.post("/orders", json=body)
            # The journal is looked at with every commit, the tables twice a second: it has all that is answered.
            assert answer.status_code == 503 or file == "tradeterm.db"
        for one in (server, idle):
            assert one.process is not None
            assert one.process.wait(READY_TIMEOUT_S) == 1
            assert "while it was open" in one.log
            assert "Traceback" not in one.log


def fill_up(process: "subprocess.Popen[str]", server: Server, kept: list[str]) -> list[str]:
    """Place orders until one is not taken; those that were."""
    assert process.stdout is not None
    server.url = process.stdout.readline().split()[1]
    ann, answered = server.sign_in("ann"), []
    body = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.001", "price": "40000.00"}
    for _ in range(2_000):
        try:
            answer = ann.http.post("/orders", json=body)
        except httpx.HTTPError:
            break
        if answer.status_code != 201:
            break
        answered.append(answer.json()["id"])
    assert len(answered) < 2_000, "the disk never filled up"
    return answered
