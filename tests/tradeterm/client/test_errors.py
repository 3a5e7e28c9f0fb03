"""What a program may tell from how the SDK says no."""

import inspect

import pytest

from tradeterm.client import errors
from tradeterm.client.errors import (
    CodeWanted,
    ContractBroken,
    OutcomeUnknown,
    RequestRefused,
    SessionEnded,
    SignInFailed,
    TradetermError,
    Unreachable,
)


def test_whatever_it_raises_is_caught_by_one_name() -> None:
    found = [one for _, one in inspect.getmembers(errors, inspect.isclass) if one.__module__ == errors.__name__]
    assert len(found) > 5
    assert all(issubclass(one, TradetermError) for one in found)


@pytest.mark.parametrize(
    ("error", "is_unknown"),
    [
        (OutcomeUnknown("no answer"), True),
        (ContractBroken("what is that"), True),
        (Unreachable("down"), False),
        (RequestRefused(503, "BUSY", "later"), False),
        (SessionEnded(4501, ""), False),
    ],
)
def test_only_what_may_have_happened_is_unknown(error: TradetermError, is_unknown: bool) -> None:
    """Who sends once more after any other makes no second order."""
    assert isinstance(error, OutcomeUnknown) is is_unknown


def test_a_wanted_code_is_a_sign_in_that_failed() -> None:
    """A program that knows nothing of second factors gives up, as after a wrong password."""
    assert issubclass(CodeWanted, SignInFailed)


def test_an_unknown_outcome_says_under_which_id_to_ask() -> None:
    """And whether the server itself does not know."""
    lost, told = OutcomeUnknown("gone", "c1"), OutcomeUnknown("failed", "c1", is_told=True)
    assert [(one.client_order_id, one.is_told) for one in (lost, told)] == [("c1", False), ("c1", True)]


def test_a_refusal_carries_what_the_server_said() -> None:
    refused = RequestRefused(429, "RATE_LIMITED", "too many", {"limit": 5}, 1.5)
    assert (refused.status, refused.code, str(refused)) == (429, "RATE_LIMITED", "too many")
    assert (refused.details, refused.retry_after_s) == ({"limit": 5}, 1.5)


def test_a_session_that_ended_without_a_word_names_its_code() -> None:
    """A sentence of the server's stands as it is."""
    assert "4501" in str(SessionEnded(4501, ""))
    assert str(SessionEnded(4502, "revoked")) == "revoked"
    assert SessionEnded(4502, "revoked").code == 4502
