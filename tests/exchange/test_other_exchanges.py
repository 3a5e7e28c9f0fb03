"""What Kraken, Coinbase, OKX and Bybit answer to a submit, as they document it, through ccxt's own reading of it: what is
concluded is what it means."""

import json
from typing import Any

import ccxt
import pytest

from server.venues.submit_outcome import Verdict, outcome_of_answer, outcome_of_error

UNKNOWN, REJECTED = Verdict.UNKNOWN, Verdict.REJECTED


def kraken(text: str) -> dict[str, Any]:
    return {"error": [text]}


def okx(code: str, text: str) -> dict[str, Any]:
    """One order of a batch failed: the code stands with it."""
    return {"code": "1", "data": [{"clOrdId": "a", "ordId": "", "sCode": code, "sMsg": text, "tag": ""}], "msg": ""}


def okx_whole(code: str, text: str) -> dict[str, Any]:
    return {"code": code, "data": [], "msg": text}


def bybit(code: int, text: str) -> dict[str, Any]:
    return {"retCode": code, "retMsg": text, "result": {}, "retExtInfo": {}, "time": 1767657600000}


def coinbase(error: str, preview: str | None = None) -> dict[str, Any]:
    """ccxt reads the preview's reason alone."""
    response = {"error": error, "message": "said", "error_details": ""}
    return {"success": False, "error_response": response | ({"preview_failure_reason": preview} if preview else {})}


ANSWERS: list[tuple[str, int, dict[str, Any], Verdict]] = [
    ("kraken", 200, kraken("EOrder:Insufficient funds"), REJECTED),
    ("kraken", 200, kraken("EGeneral:Invalid arguments:volume"), REJECTED),
    ("kraken", 200, kraken("EAPI:Invalid nonce"), REJECTED),
    ("kraken", 200, kraken("EAPI:Invalid key"), REJECTED),
    ("kraken", 200, kraken("EAPI:Rate limit exceeded"), REJECTED),
    ("kraken", 200, kraken("EGeneral:Permission denied"), REJECTED),
    ("kraken", 200, kraken("EService:Unavailable"), UNKNOWN),
    ("kraken", 200, kraken("EService:Busy"), UNKNOWN),
    ("kraken", 200, kraken("EService:Timeout"), UNKNOWN),
    ("kraken", 200, kraken("EGeneral:Internal error"), UNKNOWN),
    ("kraken", 200, kraken("EOrder:Something new"), UNKNOWN),
    ("okx", 200, okx("51008", "Order failed. Insufficient USDT balance in account"), REJECTED),
    ("okx", 200, okx("51000", "Parameter px error"), REJECTED),
    ("okx", 200, okx("51016", "Duplicated client order ID"), UNKNOWN),
    ("okx", 200, okx("51016", "Client order ID already exists."), UNKNOWN),
    ("okx", 200, okx("59999", "Something new"), UNKNOWN),
    ("okx", 429, okx_whole("50011", "Rate limit reached. Please refer to API documentation and throttle"), REJECTED),
    ("okx", 400, okx_whole("50102", "Timestamp request expired"), REJECTED),
    ("okx", 401, okx_whole("50113", "Invalid Sign"), REJECTED),
    ("okx", 400, okx_whole("50004", "API endpoint request timeout."), UNKNOWN),
    ("okx", 503, okx_whole("50013", "Systems are busy. Please try again later."), UNKNOWN),
    ("okx", 500, okx_whole("50026", "System error. Try again later"), UNKNOWN),
    ("bybit", 200, bybit(170131, "Insufficient balance."), REJECTED),
    ("bybit", 200, bybit(170140, "Order value exceeded lower limit."), REJECTED),
    ("bybit", 200, bybit(10002, "invalid request, please check your server timestamp or recv_window param"), REJECTED),
    ("bybit", 200, bybit(10006, "Too many visits. Exceeded the API Rate Limit."), REJECTED),
    ("bybit", 200, bybit(10003, "API key is invalid."), REJECTED),
    ("bybit", 200, bybit(12141, "Duplicate clientOrderId."), UNKNOWN),
    ("bybit", 200, bybit(170141, "Duplicate clientOrderId"), UNKNOWN),
    ("bybit", 200, bybit(110072, "OrderLinkedID is duplicate"), UNKNOWN),
    ("bybit", 200, bybit(170146, "Order creation timeout."), UNKNOWN),
    ("bybit", 200, bybit(170007, "Timeout waiting for response from backend server."), UNKNOWN),
    ("bybit", 200, bybit(10000, "Server Timeout"), UNKNOWN),
    ("bybit", 200, bybit(10016, "System error. Please try again later."), UNKNOWN),
    ("bybit", 200, bybit(170032, "Network error. Please try again later"), UNKNOWN),
    ("coinbase", 200, coinbase("INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND"), REJECTED),
    ("coinbase", 200, coinbase("UNKNOWN_FAILURE_REASON", "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"), REJECTED),
    ("coinbase", 200, coinbase("INSUFFICIENT_FUND"), UNKNOWN),
    ("coinbase", 200, coinbase("UNKNOWN_FAILURE_REASON"), UNKNOWN),
    ("coinbase", 500, {"error": "internal", "message": "internal"}, UNKNOWN),
]


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    return {name: getattr(ccxt, name)() for name in {name for name, *_ in ANSWERS}}


@pytest.mark.parametrize(("name", "status", "answer", "wanted"), ANSWERS)
def test_what_an_exchange_says_is_understood(
    name: str, status: int, answer: dict[str, Any], wanted: Verdict, clients: dict[str, Any]
) -> None:
    """A word that nobody knows yet, and every word that leaves it open, is unknown."""
    client, body = clients[name], json.dumps(answer)
    url = "https://exchange.test/order"
    try:
        client.handle_errors(status, "said", url, "POST", {}, body, answer, {}, None)
        client.handle_http_status_code(status, "said", url, "POST", body)
    except ccxt.BaseError as error:
        outcome = outcome_of_error(error)
    else:
        # ccxt sees nothing wrong and reads an order out of it: without an id.
        outcome = outcome_of_answer({"id": None})
    assert outcome.verdict is wanted, outcome
