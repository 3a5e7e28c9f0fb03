"""What runs in the projector's process: small, and gone when its server is."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from server.storage.backends.sqlite_file import SqliteFile
from server.storage.database import open_database
from server.storage.projection.projection_statements import projection_statements
from server.storage.projection.projector_process import COMMAND
from tests.eventually import PATIENCE_S
from tests.server.storage.journals import left_behind, projection_of, url_of


def started(path: Path) -> "subprocess.Popen[bytes]":
    statements = projection_statements(SqliteFile(path).link().dialect)
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(json.dumps({"path": str(path), "statements": asdict(statements)}).encode() + b"\n")
    process.stdin.flush()
    return process


def test_it_says_how_far_it_came_and_goes_when_the_line_is_cut(tmp_path: Path) -> None:
    """From where it began on. As when its server is killed: nobody is told, nothing waits."""
    path = tmp_path / "tradeterm.db"
    left_behind(path, 5)
    process = started(path)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == [b"0\n", b"5\n"]
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(PATIENCE_S) == 1
    process.stdout.close()
    assert projection_of(path).place() == 5


def test_end_brings_in_the_rest(tmp_path: Path) -> None:
    """Told to end at once, it has brought in everything before."""
    path = tmp_path / "tradeterm.db"
    left_behind(path, 5)
    process = started(path)
    process.communicate(b"end\n", timeout=PATIENCE_S)
    assert process.returncode == 0
    assert projection_of(path).place() == 5


def test_tables_that_are_not_there_are_told(tmp_path: Path) -> None:
    """A line that says why, and no traceback in the server's log."""
    path = tmp_path / "tradeterm.db"
    open_database(url_of(path), "paper").close()
    process = started(path)
    process.communicate(b"", timeout=PATIENCE_S)
    absent = tmp_path / "none" / "tradeterm.db"
    done = subprocess.run(
        COMMAND,
        input=json.dumps(
            {"path": str(absent), "statements": asdict(projection_statements(SqliteFile(path).link().dialect))}
        )
        + "\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == "the database cannot be opened\n"
    assert done.stderr == ""


def test_it_loads_no_more_than_it_needs() -> None:
    """A projector is started with every server: half a second of imports would be most of it."""
    code = "import server.storage.projection.projector_child, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"sqlalchemy", "pydantic", "structlog", "asyncio", "server.ports", "tradeterm"} & set(loaded)
