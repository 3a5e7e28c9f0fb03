"""What `db` says and leaves behind: tables brought up to date, whole copies, and damage that is told."""

from pathlib import Path

import pytest

from server.commands.main import main
from server.storage.database import open_database
from tests.contracts.journals import events, of_orders, order


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def test_upgrade_makes_and_then_leaves_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new database gets its tables; an up to date one is told to be so."""
    address = url_of(tmp_path / "tradeterm.db")
    assert main(["db", "upgrade", "--db", address]) == 0
    assert main(["db", "upgrade", "--db", address]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("new → ")
    assert second.endswith("already")


def test_upgrade_beside_a_server_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The server has the database to itself."""
    address = url_of(tmp_path / "tradeterm.db")
    database = open_database(address, "paper")
    assert main(["db", "upgrade", "--db", address]) == 2
    assert "in use" in capsys.readouterr().err
    database.close()


def test_backup_beside_a_server_is_whole(tmp_path: Path) -> None:
    """What was committed is in the copy."""
    address, copy = url_of(tmp_path / "tradeterm.db"), tmp_path / "copy.db"
    database = open_database(address, "paper")
    database.journal.commit(events("ann", 1, 30))
    assert main(["db", "backup", str(copy), "--db", address]) == 0
    database.close()
    assert main(["db", "check", "--db", url_of(copy)]) == 0
    opened = open_database(url_of(copy), "paper")
    assert len(opened.history.events("ann", 0, 100)) == 30
    opened.close()


def test_command_on_nothing_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Checking or copying a database that is not there is a mistake, and leaves no empty one."""
    absent = tmp_path / "absent.db"
    assert main(["db", "check", "--db", url_of(absent)]) == 2
    assert main(["db", "backup", str(tmp_path / "copy.db"), "--db", url_of(absent)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert not absent.exists()
    assert not (tmp_path / "copy.db").exists()


def test_check_finds_damage_that_a_start_may_not_see(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every page is looked at; exit 2 and a sentence."""
    path = tmp_path / "tradeterm.db"
    database = open_database(url_of(path), "paper")
    database.journal.commit(of_orders(*(order(number) for number in range(500))))
    database.close()
    assert main(["db", "check", "--db", url_of(path)]) == 0
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 8192 * 5)
        file.write(b"\xff" * 8192 * 3)
    assert main(["db", "check", "--db", url_of(path)]) == 2
    assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["", ".", "/"])
def test_a_copy_needs_the_name_of_a_file(tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A variable of a script that is empty: one sentence, exit 2."""
    address = url_of(tmp_path / "tradeterm.db")
    main(["db", "upgrade", "--db", address])
    assert main(["db", "backup", target, "--db", address]) == 2
    assert capsys.readouterr().err == "tradeterm: the copy needs the name of a file\n"
