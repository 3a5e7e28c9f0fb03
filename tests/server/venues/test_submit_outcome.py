"""Three outcomes of a submit, by what ccxt raises and returns; against real answers in `tests/exchange`."""

import asyncio
from typing import Any

import ccxt
import pytest

from server.venues.exchange.ccxt.weights import Banned
from server.venues.submit_outcome import Verdict, is_final, outcome_of_answer, outcome_of_error, reason_of
from tradeterm.protocol.vocabulary import Reason

EVERY_ERROR = sorted(
    {one for one in vars(ccxt).values() if isinstance(one, type) and issubclass(one, ccxt.BaseError)},
    key=lambda one: one.__name__,
)
REFUSALS = {
    *("AccountNotEnabled", "AccountSuspended", "ArgumentsRequired", "AuthenticationError", "BadRequest", "BadSymbol"),
    *(
        "ContractUnavailable",
        "DDoSProtection",
        "InsufficientFunds",
        "InvalidNonce",
        "InvalidOrder",
        "MarginModeAlreadySet",
    ),
    *("ChecksumError", "MarketClosed", "NoChange", "NotSupported", "OperationRejected", "OrderImmediatelyFillable"),
    *("OrderNotCached", "OrderNotFillable", "PermissionDenied", "RateLimitExceeded", "ManualInteractionNeeded"),
    *("RestrictedLocation",),
}


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_every_error_of_ccxt_is_refused_by_a_list_and_else_unknown(error: type[ccxt.BaseError]) -> None:
    """One that is new in a later version, and says no refusal by what it is derived from, is unknown."""
    wanted = Verdict.REJECTED if error.__name__ in REFUSALS else Verdict.UNKNOWN
    assert outcome_of_error(error("said")).verdict is wanted


@pytest.mark.parametrize(
    "error", [asyncio.CancelledError(), TimeoutError(), KeyError("spot"), ValueError("x"), KeyboardInterrupt()]
)
def test_whatever_else_ends_the_wait_is_unknown(error: BaseException) -> None:
    """The order is on its way, or there."""
    assert outcome_of_error(error).verdict is Verdict.UNKNOWN


def test_an_order_of_the_same_id_may_be_ours() -> None:
    """Not a refusal of this order: a reason to look."""
    for error in (
        ccxt.InvalidOrder('binance {"code":-2010,"msg":"Duplicate order sent."}'),
        ccxt.DuplicateOrderId("x"),
    ):
        assert outcome_of_error(error).verdict is Verdict.UNKNOWN


def test_a_server_that_is_busy_refuses_nothing() -> None:
    """Whatever class ccxt gives it: at any other address than the exchange's own, that of a refusal."""
    for words in ('{"code":-1004,"msg":"Server is busy, please wait and try again."}', "System is overloaded"):
        assert outcome_of_error(ccxt.OperationRejected(words)).verdict is Verdict.UNKNOWN


def test_what_passes_is_not_final() -> None:
    """A refusal for a request's time, for its number among others, or for how many there were; and what is no refusal."""
    assert is_final(ccxt.PermissionDenied("no"))
    passing = (ccxt.InvalidNonce("-1021"), ccxt.RateLimitExceeded("x"), Banned(5), ccxt.RequestTimeout("late"))
    assert not [error for error in passing if is_final(error)]


def test_a_key_that_is_not_taken_any_more_is_no_matter_of_patience() -> None:
    """Which ccxt calls too many requests, once the exchange had taken it."""
    error = ccxt.DDoSProtection('binance {"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}')
    assert (is_final(error), reason_of(error)) == (True, Reason.VENUE_REFUSED)


def test_a_cause_decides_before_the_class() -> None:
    """A refusal that was made of a broken answer is no refusal; a connection that never was is one."""
    error = ccxt.BadRequest("said")
    error.__cause__ = ConnectionResetError()
    assert outcome_of_error(error).verdict is Verdict.UNKNOWN
    error = ccxt.ExchangeNotAvailable("said")
    error.__cause__ = ConnectionRefusedError()
    assert outcome_of_error(error).verdict is Verdict.REJECTED


@pytest.mark.parametrize("answer", [None, {}, {"id": None}, {"id": ""}, {"id": " "}, {"id": 7}, [], "ok"])
def test_an_answer_without_the_exchanges_id_is_unknown(answer: Any) -> None:
    """Nothing else in it counts."""
    assert outcome_of_answer(answer).verdict is Verdict.UNKNOWN


def test_an_answer_with_the_exchanges_id_is_taken() -> None:
    """Whatever its status says, or does not say."""
    taken = outcome_of_answer({"id": "1001", "status": None})
    assert (taken.verdict, taken.venue_order_id) == (Verdict.ACK, "1001")


def test_what_is_shown_is_short_printable_and_holds_no_signature() -> None:
    """The text comes from outside."""
    error = ccxt.RequestTimeout(
        "binance POST https://api.binance.com/api/v3/order?a=1&signature=abc \x1b[2J" + "x" * 999
    )
    text = outcome_of_error(error).text
    assert "signature" not in text
    assert text.isprintable()
    assert len(text) == 200
    assert outcome_of_error(TimeoutError()).text == "TimeoutError"
