"""`keys`, `venues` and `doctor --venue`, word by word, with the exchange on a loopback address."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import venue_keys
from server.commands import keys
from server.commands.main import main
from server.identity import passphrases
from server.venues.exchange.ccxt.quirks import quirks_of
from tests.e2e.test_live import written
from tests.exchange.in_thread import loopback_in_thread
from tests.exchange.loopback import KEY, SECRET, Loopback

Type = Callable[[str], None]


@pytest.fixture
def exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """One that is there, keys in a folder of the test's own, and no keyring."""
    monkeypatch.setattr(venue_keys, "default_key_file", lambda: tmp_path / "venue-keys.json")
    monkeypatch.setattr(venue_keys, "_system_keyring", lambda: None)
    monkeypatch.setattr(passphrases, "MEMORY_KIB", 64)
    with loopback_in_thread() as one:
        yield one


def piped(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_key_is_asked_what_it_may_do_kept_and_forgotten(
    exchange: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And found by who trades with it; nothing of it is ever printed."""
    config = str(written(tmp_path, exchange))
    add = ["keys", "add", "binance", "--stdin", "--config", config]
    piped(monkeypatch, KEY, SECRET, "a passphrase")
    assert main(add) == 0
    assert main(["keys", "list"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "kept the key of binance: it can trade, it cannot withdraw\nbinance\n"
    monkeypatch.setattr("server.commands.doctor.typed_passphrase", lambda: "a passphrase")
    assert main(["doctor", "--venue", "binance", "--config", config]) == 0
    checks = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines())
    assert checks["key"] == "ok\tit can trade, it cannot withdraw"
    assert checks["clock"].startswith("ok")
    assert "FOK GTC IOC PO" in checks["orders"]
    assert "BTC/USDT: tick 0.01, lot 0.00001" in checks["market"]
    assert main(["venues"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines[0][0] == "paper"
    assert {line[0]: line[3] for line in lines}["binance"] == "key"
    assert {line[0]: line[3] for line in lines}["kraken"] == "no key"
    assert main(["keys", "remove", "binance"]) == 0
    assert main(["keys", "remove", "binance"]) == 1
    assert json.loads((tmp_path / "venue-keys.json").read_text()) == {}


def test_where_nobody_can_be_asked_what_a_key_may_do_that_is_said(
    exchange: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No such question there, at a time that is not ours; where it merely fails, the key is not kept."""
    add = ["keys", "add", "binance", "--stdin", "--config", str(written(tmp_path, exchange))]
    exchange.restrictions_status, exchange.skew_ms = 503, -5_000
    piped(monkeypatch, KEY, SECRET, "a passphrase")
    assert main(add) == 1
    exchange.restrictions_status = 404
    piped(monkeypatch, KEY, SECRET, "a passphrase")
    assert main(add) == 0
    assert "does not say whether it can trade, it cannot withdraw" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("secret", "can_withdraw", "can_trade", "said"),
    [
        (SECRET, True, True, "this key can withdraw"),
        (SECRET, False, False, "this key cannot trade"),
        ("wrong-secret", False, True, "does not take the key"),
    ],
)
def test_a_key_that_is_wrong_or_may_too_much_is_not_kept(
    secret: str,
    can_withdraw: bool,
    can_trade: bool,
    said: str,
    exchange: Loopback,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With why, and without a word of it."""
    exchange.account.can_withdraw, exchange.account.can_trade = can_withdraw, can_trade
    piped(monkeypatch, KEY, secret, "a passphrase")
    assert main(["keys", "add", "binance", "--stdin", "--config", str(written(tmp_path, exchange))]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert KEY not in told
    assert secret not in told
    assert not (tmp_path / "venue-keys.json").exists()


def test_what_is_no_exchange_has_no_key(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Said before anything is asked."""
    assert main(["keys", "add", "paper", "--stdin"]) == 2
    assert "paper needs no key" in capsys.readouterr().err
    assert main(["keys", "add", "nowhere"]) == 2
    assert "knows no exchange nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(("exchange_name", "more"), [("okx", {"password": "its own"}), ("binance", {})])
def test_a_key_with_a_passphrase_of_its_own_is_asked_for_it(
    exchange_name: str, more: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a fourth line, or last of what is typed; other exchanges' keys have none."""
    piped(monkeypatch, "key", "secret", "a passphrase", "its own")
    read = keys._typed(quirks_of(exchange_name), from_stdin=True)
    answers = iter(["key", "secret", "its own"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    typed = keys._typed(quirks_of(exchange_name), from_stdin=False)
    for one in (read.key, typed.key):
        assert (one.api_key, one.secret, one.more) == ("key", "secret", more)
    assert read.passphrase() == "a passphrase"
