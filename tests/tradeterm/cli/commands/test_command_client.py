"""Which server a command speaks to, and by what right."""

from pathlib import Path

import pytest

from tests.free_ports import free_port
from tradeterm.cli.commands.command_client import CommandClient, find_server, open_client
from tradeterm.cli.commands.options import Options
from tradeterm.cli.commands.sign_in_store import SignIn, keep
from tradeterm.cli.exit_codes import CONNECTION, Ending
from tradeterm.cli.named_server import EXAMPLE
from tradeterm.cli.private_server import Note, write_note
from tradeterm.config import Folders

ANN, BOB = SignIn("http://127.0.0.1:1", "ann", "a1", "r1"), SignIn("http://127.0.0.1:2", "bob", "a2", "r2")
pytestmark = pytest.mark.blocks("a command has the loop for itself, and reads its own small files in it")
NAMED = Options(server="http://127.0.0.1:3/")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    found = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state")
    monkeypatch.setattr(Folders, "of_platform", staticmethod(lambda: found))
    monkeypatch.delenv("TRADETERM_TOKEN", raising=False)
    return found


async def test_a_named_server_goes_before_the_last_sign_in_and_that_before_the_usual_address(folders: Folders) -> None:
    guess = await find_server(Options())
    assert (guess.url, guess.is_guess) == (EXAMPLE, True)
    keep(folders, ANN)
    keep(folders, BOB)
    assert (await find_server(Options())).url == BOB.url
    assert (await find_server(NAMED)).url == "http://127.0.0.1:3"


async def test_a_private_server_that_does_not_run_is_not_spoken_to(folders: Folders) -> None:
    """Its note stays behind when it dies."""
    write_note(folders, Note(f"http://127.0.0.1:{free_port()}", "secret"))
    assert (await find_server(Options())).is_guess


async def test_whoever_is_signed_in_nowhere_is_told_what_to_do() -> None:
    with pytest.raises(Ending, match="no private server runs") as ended:
        await open_client(Options())
    assert ended.value.code == CONNECTION
    with pytest.raises(Ending, match=r"tradeterm login --server http://127\.0\.0\.1:3"):
        await open_client(NAMED)


async def test_the_token_of_the_environment_goes_before_the_kept_session(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(folders, ANN)
    async with await open_client(Options()) as client:
        assert client.token == "a1"
    monkeypatch.setenv("TRADETERM_TOKEN", "other")
    async with await open_client(Options()) as client:
        assert (client.url, client.token) == (ANN.url, "other")


async def test_a_session_that_another_command_has_renewed_is_used_and_not_renewed_again(folders: Folders) -> None:
    """A refresh token counts once: who spent it a second time would end the session of both."""
    keep(folders, ANN)
    async with CommandClient(ANN.url, kept=ANN) as client:
        keep(folders, SignIn(ANN.url, "ann", "fresh", "r9"))
        assert await client._refreshed() == "fresh"
        assert client.token == "fresh"
