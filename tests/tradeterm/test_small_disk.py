"""Files of the terminal side on a disk that is full, and one that may only be read: said in words, nothing spoiled, nobody stopped."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.small_disk import UNWRITABLE, room_for
from tradeterm import owner_only
from tradeterm.cli.commands.command_client import CommandClient
from tradeterm.cli.commands.sign_in_store import SignIn, forget, keep, kept_sign_in
from tradeterm.cli.private_server import PrivateServer, PrivateServerFailed, read_note
from tradeterm.cli.settings import keep_setting
from tradeterm.client.position_file import PositionFile
from tradeterm.client.session import StreamPosition
from tradeterm.config import Folders

pytestmark = pytest.mark.blocks("nobody looks at a screen yet, and its files are a line each in the own folder")

SIGN_IN = SignIn("http://127.0.0.1:9", "ann", "old", "refresh")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state")


@pytest.fixture
def unwritable() -> Folders:
    return Folders(UNWRITABLE / "config", UNWRITABLE / "data", UNWRITABLE / "state")


WRITES: dict[str, Callable[[Path, str], None]] = {
    "note": owner_only.replace,
    "settings": lambda path, text: keep_setting(path, "ui", "palette", text),
    "place": lambda path, text: PositionFile(path).write(StreamPosition("e" + text, 7)),
}


@pytest.mark.parametrize("write", list(WRITES.values()), ids=list(WRITES))
@pytest.mark.parametrize("size", [0, 3])
def test_file_that_finds_no_room_stays_as_it_was(tmp_path: Path, write: Callable[[Path, str], None], size: int) -> None:
    """Not half of it, and nothing beside it; once there is room it is written."""
    path = tmp_path / "file"
    write(path, "first")
    before = path.read_bytes()
    with room_for(size), pytest.raises(OSError, match="large"):
        write(path, "second")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == before
    write(path, "second")
    assert b"second" in path.read_bytes()


@pytest.mark.parametrize("write", list(WRITES.values()), ids=list(WRITES))
def test_folder_that_takes_nothing_is_named(write: Callable[[Path, str], None]) -> None:
    """Whoever says it to a person has a name for it."""
    with pytest.raises(OSError, match="kernel") as failed:
        write(UNWRITABLE / "file", "first")
    assert failed.value.filename is not None


def test_sign_ins_are_all_kept_where_one_more_finds_no_room(folders: Folders) -> None:
    """Nor is one taken away by halves."""
    keep(folders, SIGN_IN)
    with room_for(1):
        with pytest.raises(OSError, match="large"):
            keep(folders, SignIn("http://other", "bob", "a", "b"))
        with pytest.raises(OSError, match="large"):
            forget(folders, SIGN_IN.url)
    assert kept_sign_in(folders, SIGN_IN.url) == SIGN_IN
    assert kept_sign_in(folders, "http://other") is None


async def test_token_that_could_not_be_kept_is_not_spent(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh token works once: before it is used, the sign-in must have found room."""
    monkeypatch.setattr(Folders, "of_platform", staticmethod(lambda: folders))
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"accessToken": "new", "refreshToken": "next", "expiresIn": 900})

    keep(folders, SIGN_IN)
    desk = CommandClient(SIGN_IN.url, kept=SIGN_IN)
    desk._http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url=f"{SIGN_IN.url}/api/v1")
    with room_for(5), pytest.raises(OSError, match="large"):
        await desk._refreshed()
    assert asked == []
    assert kept_sign_in(folders, SIGN_IN.url) == SIGN_IN
    assert await desk._refreshed() == "new"
    renewed = kept_sign_in(folders, SIGN_IN.url)
    assert renewed is not None
    assert (renewed.access_token, renewed.refresh_token, len(asked)) == ("new", "next", 1)
    await desk.close()


async def test_private_server_whose_files_cannot_be_used_says_so(unwritable: Folders) -> None:
    """One sentence, by the exception that the console knows; also of the server that it keeps."""
    house = PrivateServer(unwritable)
    for opened in (house.open, house.open_elsewhere):
        with pytest.raises(PrivateServerFailed, match=r"files cannot be used: [a-z ]+$"):
            await opened()


@pytest.mark.slow
async def test_server_that_nobody_could_find_does_not_stay(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its note finds no room: it is ended, and its database is free for the next one."""
    house = PrivateServer(folders, ("--db", f"sqlite:///{tmp_path / 'private.db'}", "--feed", "none"))

    def full(_folders: Folders, _note: object, _venue: str | None = None) -> None:
        raise OSError(28, "No space left on device", str(folders.state / "private-server.json"))

    with monkeypatch.context() as patched:
        patched.setattr("tradeterm.cli.private_server.write_note", full)
        with pytest.raises(PrivateServerFailed, match="no space left on device"):
            await house.open()
    assert not house.is_ours
    assert read_note(folders) is None
    await house.open()
    assert read_note(folders) is not None
    await house.close()


@pytest.mark.slow
async def test_server_that_could_not_even_say_why_is_told_of(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of the log is full as well: no word of an earlier server is taken for its own."""
    folders.state.mkdir(parents=True)
    log = folders.state / "server.log"
    log.write_text("tradeterm: something of yesterday\n")
    started = subprocess.Popen

    def full(command: tuple[str, ...], **options: object) -> object:
        return started(command, **options | {"stderr": subprocess.DEVNULL})  # type: ignore[call-overload]

    monkeypatch.setattr("tradeterm.cli.private_server.subprocess.Popen", full)
    house = PrivateServer(folders, ("--feed", "nonsense"))
    with (
        room_for(log.stat().st_size),
        pytest.raises(PrivateServerFailed, match="did not start: nothing can be written"),
    ):
        await house.open()
    with pytest.raises(PrivateServerFailed, match="it said nothing in"):
        await house.open()
    assert log.read_text().startswith("tradeterm: something of yesterday\n")
