"""`tradeterm user`: who may sign in. Works before the server's first start and beside a running one."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from server.clock_and_ids import SystemClock
from server.config import database_url
from server.identity.passwords import hash_password, weakness
from server.identity.sealed_secrets import SecretSeal
from server.identity.second_factor import address_of, new_secret
from server.identity.signing_secret import SecretUnavailable
from server.identity.user_names import is_private_user, is_user_name
from server.ports import Users
from server.signing import signing_secret_of
from server.storage.database import open_users
from server.storage.errors import DatabaseRefused
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import Role
from tradeterm.secret_line import secret_line, typed_secret
from tradeterm.standard_streams import output, say

app = cyclopts.App(name="user", result_action="return_value", help="Add, list and disable those who may sign in.")

REFUSED = 2


class CommandRefused(Exception):
    """What was asked for cannot be done; the text says why."""


@app.command
def add(
    name: str,
    *,
    role: Role = Role.TRADER,
    password_stdin: Annotated[bool, Parameter(negative=())] = False,
    db: str | None = None,
) -> int:
    """Add a user.

    Parameters
    ----------
    name
        1 to 32 of a-z, 0-9, dot, dash and underscore.
    role
        trader, monitor or admin.
    password_stdin
        Read the password from standard input, one line.
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(users: Users) -> None:
        if not is_user_name(name):
            raise CommandRefused("a user name has 1 to 32 of a-z, 0-9, dot, dash and underscore")
        _nobody_else(name)
        if users.get(name) is not None:
            raise CommandRefused(f"there is a user {name} already")
        users.add(name, role, hash_password(_password(password_stdin, name)), SystemClock().now())
        _say(f"added {role} {name}")

    return _with_users(db, work)


@app.command(name="list")
def show(*, db: str | None = None) -> int:
    """List the users: name, role, state, when they were added, and `totp` for who has a second factor.

    Parameters
    ----------
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(users: Users) -> None:
        for user in users.list():
            state = "disabled" if user.disabled else "enabled"
            factor = "" if users.second_factor(user.name) is None else "\ttotp"
            _say(f"{user.name}\t{user.role}\t{state}\t{time_text(user.created_at)}{factor}")

    return _with_users(db, work)


@app.command
def passwd(name: str, *, password_stdin: Annotated[bool, Parameter(negative=())] = False, db: str | None = None) -> int:
    """Change a password; the user's sessions end.

    Parameters
    ----------
    name
        Whose.
    password_stdin
        Read the password from standard input, one line.
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(users: Users) -> None:
        _nobody_else(name)
        _known(users, name)
        users.set_password(name, hash_password(_password(password_stdin, name)))
        users.close_all_sessions(name)
        _say(f"changed the password of {name}")

    return _with_users(db, work)


@app.command
def totp(name: str, *, off: Annotated[bool, Parameter(negative=())] = False, db: str | None = None) -> int:
    """Give a user a second factor, a new one where there is one, or take it away; the user's sessions end.

    What is printed goes into a program for such codes (TOTP). Whoever sees it can make the codes.

    Parameters
    ----------
    name
        Whose.
    off
        Take it away.
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(users: Users) -> None:
        _nobody_else(name)
        _known(users, name)
        if off:
            users.set_second_factor(name, None)
            _say(f"{name} signs in without a code now")
        else:
            seal, secret = _servers_seal(users, db), new_secret()
            users.set_second_factor(name, seal.seal(secret, name))
            _say(f"secret\t{secret}\naddress\t{address_of(secret, name)}")
        users.close_all_sessions(name)

    return _with_users(db, work)


@app.command
def disable(name: str, *, db: str | None = None) -> int:
    """Sign a user out everywhere, and in no more.

    Parameters
    ----------
    name
        Whom.
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(users: Users) -> None:
        _known(users, name)
        users.set_disabled(name, True)
        users.close_all_sessions(name)
        _say(f"disabled {name}")

    return _with_users(db, work)


@app.command
def role(name: str, role: Role, *, db: str | None = None) -> int:
    """Give a user another role; their sessions end. The account of one who was a trader stays as it is.

    Parameters
    ----------
    name
        Whom.
    role
        trader, monitor or admin.
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(users: Users) -> None:
        _nobody_else(name)
        _known(users, name)
        users.set_role(name, role)
        _say(f"{name} is {role} now")

    return _with_users(db, work)


@app.command
def enable(name: str, *, db: str | None = None) -> int:
    """Let a disabled user sign in again.

    Parameters
    ----------
    name
        Whom.
    db
        The database, sqlite:///PATH or postgresql://…
    """

    def work(users: Users) -> None:
        _known(users, name)
        users.set_disabled(name, False)
        _say(f"enabled {name}")

    return _with_users(db, work)


def _with_users(db: str | None, work: Callable[[Users], None]) -> int:
    try:
        with _opened(db) as users:
            work(users)
    except (DatabaseRefused, CommandRefused) as error:
        say(str(error))
        return REFUSED
    return 0


@contextlib.contextmanager
def _opened(db: str | None) -> Iterator[Users]:
    users = open_users(database_url(db))
    try:
        yield users
    finally:
        users.close()


def _nobody_else(name: str) -> None:
    """Raises CommandRefused for the name of the console's own user, whose password and rights the console sets."""
    if is_private_user(name):
        raise CommandRefused(f"{name} is the user of the console's own server, and nobody else's name")


def _servers_seal(users: Users, db: str | None) -> SecretSeal:
    """The seal of the server of this database, which must be able to open what is put under it. Raises CommandRefused."""
    try:
        seal = SecretSeal(signing_secret_of(database_url(db), os.environ.get("TRADETERM_JWT_SECRET")))
    except SecretUnavailable as error:
        raise CommandRefused(str(error)) from None
    if users.secret_id() not in (None, seal.id):
        raise CommandRefused("the server has another signing secret: say TRADETERM_JWT_SECRET here as it is said there")
    return seal


def _known(users: Users, name: str) -> None:
    if users.get(name) is None:
        raise CommandRefused(f"there is no user {name}")


def _password(from_stdin: bool, user: str) -> str:
    try:
        password = secret_line(sys.stdin) if from_stdin else _typed_twice()
    except ValueError as error:
        raise CommandRefused(str(error)) from None
    why = weakness(password, user)
    if why is not None:
        raise CommandRefused(why)
    return password


def _typed_twice() -> str:
    try:
        password = typed_secret("Password: ")
        again = typed_secret("Again: ")
    except EOFError:
        raise CommandRefused("no password was typed") from None
    if again != password:
        raise CommandRefused("the two passwords differ")
    return password


def _say(text: str) -> None:
    output.write(f"{text}\n")
