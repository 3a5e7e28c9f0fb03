"""`tradeterm login | logout`: the session that the other commands use. No token is ever printed."""

import contextlib
import sys
from typing import Annotated

from cyclopts import Parameter

from tradeterm.cli.commands.command_client import CommandClient, find_server
from tradeterm.cli.commands.options import DEFAULTS, Options
from tradeterm.cli.commands.printing import show_value
from tradeterm.cli.commands.run_to_end import run_to_end
from tradeterm.cli.commands.sign_in_store import alone, forget, keep, kept_sign_in
from tradeterm.cli.exit_codes import CONNECTION, DONE, USAGE, Ending
from tradeterm.client.errors import RequestRefused, SignInFailed
from tradeterm.config import Folders
from tradeterm.secret_line import secret_line, typed_secret
from tradeterm.standard_streams import say


def login(
    *,
    user: str | None = None,
    password_stdin: Annotated[bool, Parameter(negative=())] = False,
    options: Options = DEFAULTS,
) -> int:
    """Sign in on a server, and keep the session for the other commands, readable by its owner alone.

    Parameters
    ----------
    user
        Who signs in; asked for where it is not said.
    password_stdin
        Read the password from standard input, one line; where a code is wanted besides, it is the second one.
    """
    if password_stdin and user is None:
        raise Ending(USAGE, "with --password-stdin the name is said by --user")
    return run_to_end(_login(options, user, password_stdin))


def logout(*, options: Options = DEFAULTS) -> int:
    """End the kept session, here and on the server."""
    return run_to_end(_logout(options))


async def _login(options: Options, user: str | None, password_stdin: bool) -> int:
    url = (await find_server(options)).url
    name, password = _asked(url, user, password_stdin)
    folders = Folders.of_platform()
    async with CommandClient(url) as client:
        try:
            await client.sign_in(name, password, lambda: _asked_code(name, password_stdin))
        except (RequestRefused, SignInFailed) as refused:
            raise Ending(CONNECTION, str(refused)) from None
        with alone(folders):
            keep(folders, client.signed_in(name))
        known = await client.me()
    show_value(options.json, {"server": url, "user": known["user"], "role": known["role"]})
    return DONE


def _asked(url: str, user: str | None, password_stdin: bool) -> tuple[str, str]:
    """Name and password; what is asked goes past standard output. Raises Ending."""
    if user is None:
        sys.stderr.write(f"User on {url}: ")
        sys.stderr.flush()
        user = sys.stdin.readline().strip()
    try:
        password = secret_line(sys.stdin) if password_stdin else typed_secret(f"Password of {user}: ")
    except EOFError:
        password = ""
    except ValueError as error:
        raise Ending(USAGE, str(error)) from None
    if not user or not password:
        raise Ending(CONNECTION, "no name or no password was given")
    return user, password


def _asked_code(user: str, from_stdin: bool) -> str:
    """The code of the second factor. Raises Ending."""
    try:
        code = secret_line(sys.stdin) if from_stdin else typed_secret(f"Code of {user}: ")
    except (EOFError, ValueError):
        code = ""
    if not code:
        raise Ending(CONNECTION, "a code of the second factor is wanted, and none was given")
    return code


async def _logout(options: Options) -> int:
    folders = Folders.of_platform()
    url = (await find_server(options)).url
    kept = kept_sign_in(folders, url)
    if kept is None:
        say(f"there is no session on {url}")
        return DONE
    async with CommandClient(url, kept=kept) as client:
        # A session that has ended already is what was wanted.
        with contextlib.suppress(SignInFailed):
            await client.sign_out()
    with alone(folders):
        forget(folders, url)
    show_value(options.json, {"server": url, "user": kept.user})
    return DONE
