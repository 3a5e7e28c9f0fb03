"""Databases for the contract suites: a file of its own for each test, and one on a PostgreSQL server on loopback.

The server is `TRADETERM_TEST_POSTGRES` where that is set (a URL whose user may create databases), else one that is
started here from the machine's own binaries; where neither is, there is a reason to skip.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from tests.free_ports import free_port

START_TIMEOUT_S = 60


class NoPostgres(Exception):
    """Why there is no PostgreSQL to test on."""


@contextlib.contextmanager
def postgres_server(*, is_durable: bool = False) -> Iterator[str]:
    """The URL of a PostgreSQL server's maintenance database; only one that `is_durable` waits for the disk. Raises
    NoPostgres."""
    given = os.environ.get("TRADETERM_TEST_POSTGRES")
    if given:
        yield given
        return
    initdb, pg_ctl = _binary("initdb"), _binary("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user = _run_as(folder)
    try:
        _run([initdb, "-D", folder / "d", "-U", "test", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"], user)
        port = free_port()
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c shared_buffers=16MB -c max_connections=40"
        options += "" if is_durable else " -F"
        log = folder / "log"
        _run([pg_ctl, "-D", folder / "d", "-w", "-t", str(START_TIMEOUT_S), "-l", log, "-o", options, "start"], user)
        try:
            yield f"postgresql://test@127.0.0.1:{port}/postgres"
        finally:
            _run([pg_ctl, "-D", folder / "d", "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pg_ctl(data: Path, *words: str) -> None:
    """Have a server that was started here do something, `restart` for instance, and wait until it is done."""
    owner = pwd.getpwuid(data.stat().st_uid).pw_name if os.geteuid() == 0 else None
    _run([_binary("pg_ctl"), "-D", data, "-w", "-t", str(START_TIMEOUT_S), "-l", data / "again.log", *words], owner)


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """An empty database, gone at the end."""
    name = f"test_{secrets.token_hex(6)}"

    def execute(statement: Any) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement)

    execute(f'CREATE DATABASE "{name}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _binary(name: str) -> str:
    """PostgreSQL's own tools are mostly not on the path."""
    found = shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    if found is None:
        raise NoPostgres(f"PostgreSQL's {name} is not on this machine")
    return found


def _run_as(folder: Path) -> str | None:
    """PostgreSQL does not run as root: then as a user that may do nothing else."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            return name
    raise NoPostgres("PostgreSQL does not run as root, and there is no other user")


def _run(command: list[str | Path], user: str | None) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        extra_groups=[] if user else None,
        cwd="/",
        timeout=START_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name} failed ({done.returncode})")
