"""How the console comes to its desk."""

import os
from pathlib import Path

import pytest

from tradeterm.cli.exit_codes import CONNECTION, USAGE, Ending
from tradeterm.cli.opening import PrivateHouse, now, signed_in_on
from tradeterm.config import Folders


async def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the way the console ends."""
    monkeypatch.setattr("getpass.getpass", lambda prompt: "password")
    with pytest.raises(Ending, match="cannot be reached") as ended:
        async with signed_in_on("http://127.0.0.1:9", "ann"):
            pass
    assert ended.value.code == CONNECTION


async def test_an_address_that_is_none_is_said_before_a_password_is_asked_for() -> None:
    """Exit code 2."""
    with pytest.raises(Ending) as ended:
        async with signed_in_on("nonsense", "ann"):
            pass
    assert ended.value.code == USAGE


async def test_a_house_that_was_never_opened_closes(tmp_path: Path) -> None:
    """Who leaves before the market is there leaves nothing behind."""
    house = PrivateHouse(Folders(tmp_path / "config", tmp_path / "data", tmp_path / "state"))
    await house.close()
    assert not os.listdir(tmp_path)
    assert now().tzinfo is not None
