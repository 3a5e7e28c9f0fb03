"""What a key may do, as each exchange says it."""

from typing import Any

import pytest

from server.venues.exchange.ccxt.rights import Rights, rights_of
from server.venues.exchange.ccxt.values import Unreadable


class AuthenticationError(Exception):
    """As ccxt's: classes are told by their names."""


class NetworkError(Exception):
    """As ccxt's."""


class ExchangeError(Exception):
    """As ccxt's."""


class Saying:
    """A ccxt client of an exchange that answers one thing."""

    def __init__(self, name: str, answer: Any) -> None:
        self.id, self._answer = name, answer
        self.urls: dict[str, Any] = {"api": {}}

    async def request(self, path: str, api: list[str], method: str, parameters: Any) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    async def fetch_balance(self) -> Any:
        return {"info": {"some": "words"}} if isinstance(self._answer, Exception) else self._answer


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
        ("okx", {"data": [{"perm": "read_only,trade"}]}, Rights(True, False)),
        ("okx", {"data": [{"perm": "read_only,withdraw,trade"}]}, Rights(True, True)),
        ("okx", {"data": []}, Rights(None, None)),
        ("coinbase", {"can_view": True, "can_trade": True, "can_transfer": False}, Rights(True, False)),
        ("coinbase", {"can_view": True, "can_trade": False, "can_transfer": True}, Rights(False, True)),
        ("kraken", {"result": {"permissions": ["query-funds", "withdraw-funds"]}}, Rights(None, True)),
        ("kraken", {"result": {"permissions": ["query-funds"]}}, Rights(None, False)),
        ("kraken", {}, Rights(None, None)),
        ("elsewhere", {"info": {"some": "words"}}, Rights(None, None)),
        ("elsewhere", {"info": {"canTrade": False, "canWithdraw": False}}, Rights(False, False)),
        ("elsewhere", {"info": {"canTrade": True, "canWithdraw": True}}, Rights(None, None)),
        ("elsewhere", {"info": [{}]}, Rights(None, None)),
    ],
)
async def test_rights_are_what_is_said_and_nothing_is_guessed(name: str, answer: Any, rights: Rights) -> None:
    """Where it is not said, nobody knows."""
    assert await rights_of(Saying(name, answer)) == rights


def test_rights_are_told_in_words() -> None:
    """All three answers."""
    assert Rights(True, None).text == "it can trade, the exchange does not say whether it can withdraw"


@pytest.mark.parametrize(
    ("error", "is_wrong"), [(AuthenticationError, True), (NetworkError, True), (ExchangeError, False)]
)
async def test_a_question_that_is_unknown_there_says_nothing_of_the_key(error: type[Exception], is_wrong: bool) -> None:
    """What is wrong with the key, or with the way there, is told all the same."""
    asked = rights_of(Saying("kraken", error("EGeneral:Unknown method")))
    if is_wrong:
        with pytest.raises(error):
            await asked
    else:
        assert await asked == Rights(None, None)


async def test_a_question_that_would_go_to_another_address_is_not_asked() -> None:
    """Whoever points orders elsewhere means all that carries the key; what is not there says nothing of it either."""
    client = Saying("binance", {"enableWithdrawals": True, "info": {"some": "words"}})
    client.urls["api"] = {"private": "http://127.0.0.1:1/api/v3", "sapi": "https://api.binance.com/sapi/v1"}
    assert await rights_of(client) == Rights(None, None)
    client.urls["api"]["private"] = "https://api.binance.com/api/v3"
    assert (await rights_of(client)).can_withdraw is True


async def test_an_address_with_nothing_behind_it_is_a_question_that_is_unknown() -> None:
    """As a wall in front of it is not."""
    nothing, wall = (NetworkError(f"binance GET https://x {said} ") for said in ("404 Not Found", "503 Unavailable"))
    assert await rights_of(Saying("binance", nothing)) == Rights(None, None)
    with pytest.raises(NetworkError):
        await rights_of(Saying("binance", wall))


@pytest.mark.parametrize(
    ("name", "answer"), [("binance", "<html>"), ("elsewhere", {"info": "<html>"}), ("elsewhere", {})]
)
async def test_a_page_instead_of_an_answer_says_nothing_of_the_key(name: str, answer: Any) -> None:
    """Neither that it is one, nor that it may not withdraw."""
    with pytest.raises(Unreadable):
        await rights_of(Saying(name, answer))
