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


def test_an_exchange_that_leaves_a_question_open_is_looked_at_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock that is wrong, and rights that nobody can be asked for: each is a line, and nothing of the key is in it."""
    with loopback_in_thread() as one:
        words = ["doctor", "--venue", "binance", "--config", str(written(tmp_path, one))]
        monkeypatch.setenv("TRADETERM_VENUES__BINANCE__API_KEY", KEY)
        monkeypatch.setenv("TRADETERM_VENUES__BINANCE__SECRET", SECRET)
        one.skew_ms = -5_000
        assert main(words) == 1
        lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
        states = {name: state for name, state, _ in lines}
        assert (states["clock"], states["key"], states["market"]) == ("fault", "ok", "ok")
        one.skew_ms, one.restrictions_status = 0, 503
        assert main(words) == 1
        printed = capsys.readouterr()
        states = {line.split("\t")[0]: line.split("\t")[1] for line in printed.out.splitlines()}
        assert (states["clock"], states["key"], states["market"]) == ("ok", "fault", "ok")
        assert SECRET not in printed.out + printed.err
        assert "signature=" not in printed.out + printed.err
