"""The private server: its note, joining, and the one way it ends."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from tests.eventually import PATIENCE_S
from tradeterm.cli.private_server import Note, PrivateServer, PrivateServerFailed, is_alive, read_note, write_note
from tradeterm.client.connection import LinkState
from tradeterm.client.trading_client import TradingClient
from tradeterm.config import LOCAL_USER, Folders

pytestmark = pytest.mark.blocks("nobody looks at a screen yet, and its files are a line each in the own folder")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state")


def arguments(tmp_path: Path) -> tuple[str, ...]:
    return ("--db", f"sqlite:///{tmp_path / 'private.db'}", "--feed", "none")


def test_a_note_is_read_back_and_nobody_else_can_read_it(folders: Folders) -> None:
    """It holds the secret of user `local`."""
    note = Note("http://127.0.0.1:1", "secret")
    write_note(folders, note)
    assert read_note(folders) == note
    assert (folders.state / "private-server.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "[]", "3", json.dumps({"url": "x"}), json.dumps({"url": "x", "more": 1})]
)
def test_a_damaged_note_is_no_note(folders: Folders, text: str) -> None:
    """Then a server is started as if there had been none."""
    folders.state.mkdir(parents=True)
    (folders.state / "private-server.json").write_text(text)
    assert read_note(folders) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://[", ""])
async def test_where_nothing_answers_nobody_is_alive(url: str) -> None:
    """Also where the address is none."""
    assert not await is_alive(url)


GOOD = b'HTTP/1.1 200 OK\r\n\r\n{"app": "tradeterm"}'


@pytest.mark.parametrize(
    ("said", "is_ours"),
    [
        *((GOOD, True), (GOOD.replace(b"200", b"503"), False), (GOOD.replace(b"tradeterm", b"other"), False)),
        *((one, False) for one in (b"", b"\xff\x00", GOOD[:-4], b"HTTP/1.1 200 OK\r\n\r\n[]", GOOD[:19] + b"[" * 9999)),
    ],
)
async def test_whatever_answers_there_only_a_server_of_ours_is_alive(said: bytes, is_ours: bool) -> None:
    """The place that is noted may be anybody's by now."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as somebody:
        port = somebody.sockets[0].getsockname()[1]
        assert await is_alive(f"http://127.0.0.1:{port}") == is_ours


async def test_one_that_nobody_could_find_yet_is_not_waited_for(folders: Folders, tmp_path: Path) -> None:
    """Who interrupts a console while its server starts gets their terminal back at once."""
    house = PrivateServer(folders, arguments(tmp_path))
    opening = asyncio.create_task(house.open())
    while house.pid is None:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await house.close()
    assert house._child is not None
    assert house._child.returncode == -signal.SIGTERM
    assert read_note(folders) is None


@pytest.mark.slow
async def test_consoles_that_open_at_the_same_time_share_one_server(folders: Folders, tmp_path: Path) -> None:
    """Three on a fresh home: one starts it, the others wait and join; a fourth joins later. Only the first ends it."""
    houses = [PrivateServer(folders, arguments(tmp_path)) for _ in range(4)]
    (note, *others) = await asyncio.gather(*(house.open() for house in houses[:3]))
    assert await houses[3].open() == note
    assert set(others) == {note}
    (first,) = [house for house in houses if house.is_ours]
    await asyncio.gather(*(house.close() for house in houses if house is not first))
    assert await is_alive(note.url)
    await first.close()
    assert not await is_alive(note.url)


@pytest.mark.slow
async def test_a_server_stays_for_those_who_are_on_it_and_ends_with_the_last(folders: Folders, tmp_path: Path) -> None:
    """The console that started it leaves at once; the other one's link does not even blink."""
    first = PrivateServer(folders, arguments(tmp_path))
    note = await first.open()
    async with TradingClient(note.url, user=LOCAL_USER, password=note.secret) as other:
        await first.close()
        assert first.is_ours
        await other.rest.me()
        assert other.link.state is LinkState.LIVE
    await first.close()  # which waits for it to have gone
    assert not await is_alive(note.url)


@pytest.mark.slow
async def test_a_server_that_cannot_start_says_why(folders: Folders, tmp_path: Path) -> None:
    """In one sentence, from its own log."""
    house = PrivateServer(folders, ("--db", f"sqlite:///{tmp_path}/none/x.db", "--feed", "nonsense"))
    with pytest.raises(PrivateServerFailed, match="did not start"):
        await house.open()


@pytest.mark.slow
async def test_keep_brings_a_lost_server_back(folders: Folders, tmp_path: Path) -> None:
    """The console that is left starts it again when the one that had started it has gone: at the same place and with the
    same secret, so that consoles that are open find it."""
    first, second = PrivateServer(folders, arguments(tmp_path)), PrivateServer(folders, arguments(tmp_path))
    note = await first.open()
    await second.open()
    keeping = asyncio.create_task(second.keep())
    await first.close()
    async with asyncio.timeout(PATIENCE_S):
        while not (second.is_ours and await is_alive(note.url)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    keeping.cancel()
    assert second.note == note
    await second.close()
