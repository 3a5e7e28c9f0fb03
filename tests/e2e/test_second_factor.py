"""Everybody's client signs in with a second factor: the command line, the console's desk, the SDK and the guide's page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from server.identity.second_factor import STEP_S
from tests.e2e.servers import PASSWORD, Server, running
from tests.e2e.shells import Done, Shell
from tradeterm.client.errors import CodeWanted, SignInFailed
from tradeterm.client.rest import Rest
from tradeterm.client.trading_client import TradingClient
from tradeterm.tui.desk.client_desk import ClientDesk

USERS = ("cli", "desk", "sdk")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), users=USERS) as started:
        yield started


def totp_of(server: Server, user: str) -> pyotp.TOTP:
    """A new second factor of a user's, in a telephone."""
    done = server.run("user", "totp", user)
    assert done.returncode == 0, done.stderr
    found = pyotp.parse_uri(done.stdout.splitlines()[1].split("\t")[1])
    assert isinstance(found, pyotp.TOTP)
    return found


def next_code(totp: pyotp.TOTP) -> str:
    """The code after the one that was used, which the server takes already."""
    return totp.at(datetime.now(UTC) + timedelta(seconds=STEP_S))


def now() -> datetime:
    return datetime.now(UTC)


def test_login_asks_for_a_code(server: Server, tmp_path: Path) -> None:
    """On its second line; without one it says what is missing, and a code works once."""
    totp, shell = totp_of(server, "cli"), Shell(server.url)

    def login(*lines: str) -> Done:
        return shell.run("login", "--user", "cli", "--password-stdin", text="".join(f"{one}\n" for one in lines))

    missing = login(PASSWORD)
    assert (missing.code, "code" in missing.err) == (3, True)
    code = totp.now()
    assert login(PASSWORD, code).code == 0
    assert shell.run("balance").code == 0
    again = login(PASSWORD, code)
    assert (again.code, "code" in again.err) == (3, True)
    assert login(PASSWORD, next_code(totp)).code == 0


async def test_console_s_desk_takes_a_code(server: Server) -> None:
    """It is asked for when the password is right."""
    totp = totp_of(server, "desk")
    desk = ClientDesk(server.url, now, user="desk", password=PASSWORD)
    with pytest.raises(CodeWanted):
        await desk.sign_in()
    assert await desk.sign_in(totp.now()) == "desk"
    await desk.aclose()


async def test_sdk_asks_for_codes_when_they_are_wanted(server: Server) -> None:
    """Once at the start; a token that is refreshed wants none."""
    totp = totp_of(server, "sdk")
    asked: list[str] = []

    async def code() -> str:
        asked.append(totp.now())
        return asked[-1]

    async with TradingClient(server.url, user="sdk", password=PASSWORD, otp=code) as client:
        assert (await client.rest.me())["user"] == "sdk"
        await client.rest.renew()
        assert (await client.rest.me())["user"] == "sdk"
    assert len(asked) == 1
    async with Rest(server.url) as rest:
        with pytest.raises(SignInFailed, match="code"):
            await rest.sign_in("sdk", PASSWORD, asked[0])
    assert totp.interval == STEP_S
