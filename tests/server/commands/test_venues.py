"""`venues`: what orders can trade on."""

import pytest

from server import venue_keys
from server.commands.main import main


def test_each_venue_says_how_far_it_was_tried_and_whether_a_key_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of the settings beside those that are known; a key file that cannot be read stops nobody."""
    monkeypatch.setattr(venue_keys, "_system_keyring", lambda: None)
    monkeypatch.setenv("TRADETERM_VENUES__MINE__EXCHANGE", "kucoin")
    monkeypatch.setenv("TRADETERM_VENUES__MINE__SANDBOX", "true")
    assert main(["venues"]) == 0
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in capsys.readouterr().out.splitlines()}
    assert {"paper", "binance", "kraken", "coinbase", "okx", "bybit"} <= rows.keys()
    assert rows["mine"][:3] == ["kucoin", "test", "no key"]
    assert "not at all" in rows["mine"][3]
    assert "loopback" in rows["binance"][3]
