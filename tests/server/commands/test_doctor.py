"""`doctor --venue` where something is wrong."""

from pathlib import Path

import pytest

from server.commands.main import main
from tests.e2e.test_live import written
from tests.exchange.in_thread import loopback_in_thread
from tests.exchange.loopback import KEY, SECRET


def test_what_is_wrong_is_a_fault_and_the_exit_code_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that may withdraw, a market that is not there; without a key there is nothing to look at."""
    with loopback_in_thread() as one:
        words = ["doctor", "--venue", "binance", "--config", str(written(tmp_path, one))]
        assert main(words) == 2
        assert "tradeterm keys add binance" in capsys.readouterr().err
        monkeypatch.setenv("TRADETERM_VENUES__BINANCE__API_KEY", KEY)
        monkeypatch.setenv("TRADETERM_VENUES__BINANCE__SECRET", SECRET)
        one.account.can_withdraw = True
        assert main([*words, "--market", "DOGE/USDT"]) == 1
        states = {line.split("\t")[0]: line.split("\t")[1] for line in capsys.readouterr().out.splitlines()}
        assert (states["key"], states["market"], states["clock"]) == ("fault", "fault", "ok")
