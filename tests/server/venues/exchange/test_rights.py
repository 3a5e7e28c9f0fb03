"""What a key may do, as each exchange says it."""

from typing import Any

import pytest

from server.venues.exchange.rights import Rights, rights_of


class Saying:
    """A ccxt client of an exchange that answers one thing."""

    def __init__(self, name: str, answer: Any) -> None:
        self.id, self._answer = name, answer

    async def request(self, path: str, api: list[str], method: str, parameters: Any) -> Any:
        return self._answer

    async def fetch_balance(self) -> Any:
        return self._answer


@pytest.mark.parametrize(
    ("name", "answer", "rights"),
    [
        ("binance", {"enableSpotAndMarginTrading": True, "enableWithdrawals": False}, Rights(True, False)),
        ("binance", {"enableSpotAndMarginTrading": "false", "enableWithdrawals": "true"}, Rights(False, True)),
        ("binance", {}, Rights(None, None)),
        (
            "bybit",
            {"result": {"readOnly": 0, "permissions": {"Spot": ["SpotTrade"], "Wallet": []}}},
            Rights(True, False),
        ),
        ("bybit", {"result": {"readOnly": 1, "permissions": {"Spot": ["SpotTrade"]}}}, Rights(False, False)),
        (
            "bybit",
            {"result": {"readOnly": 0, "permissions": {"Spot": [], "Wallet": ["Withdraw"]}}},
            Rights(False, True),
        ),
        ("kraken", {}, Rights(None, None)),
    ],
)
async def test_rights_are_what_is_said_and_nothing_is_guessed(name: str, answer: Any, rights: Rights) -> None:
    """Where it is not said, nobody knows."""
    assert await rights_of(Saying(name, answer)) == rights


def test_rights_are_told_in_words() -> None:
    """All three answers."""
    assert Rights(True, None).text == "it can trade, the exchange does not say whether it can withdraw"
