"""Which exit code and which sentence an error becomes."""

from json import JSONDecodeError

import pytest

from tradeterm.cli.commands.run_to_end import checked, code_of, run_to_end
from tradeterm.cli.exit_codes import CONNECTION, DONE, REFUSED, UNKNOWN, USAGE, Ending
from tradeterm.client.errors import (
    ContractBroken,
    OutcomeUnknown,
    RequestRefused,
    SessionEnded,
    SignInFailed,
    TradetermError,
    Unreachable,
)
from tradeterm.protocol.orders import OrderRequest


async def failing(error: Exception) -> int:
    raise error


def ending(error: Exception) -> Ending:
    with pytest.raises(Ending) as ended:
        run_to_end(failing(error))
    return ended.value


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RequestRefused(422, "VALIDATION_FAILED", "no"), USAGE),
        (RequestRefused(400, "MALFORMED", "no"), USAGE),
        (RequestRefused(409, "IDEMPOTENCY_CONFLICT", "no"), REFUSED),
        (RequestRefused(404, "NOT_FOUND", "no"), REFUSED),
        (RequestRefused(429, "RATE_LIMITED", "no"), REFUSED),
        (RequestRefused(401, "UNAUTHENTICATED", "no"), CONNECTION),
        (RequestRefused(403, "FORBIDDEN", "no"), CONNECTION),
        (RequestRefused(503, "BUSY", "no"), CONNECTION),
        (RequestRefused(418, "UNEXPECTED", "no"), CONNECTION),
        (Unreachable("nobody there"), CONNECTION),
        (SignInFailed("no"), CONNECTION),
        (SessionEnded(4500, ""), CONNECTION),
        (OutcomeUnknown("no answer came"), UNKNOWN),
        (ContractBroken("what is this"), UNKNOWN),
    ],
)
def test_an_error_of_the_sdk_has_its_exit_code(error: TradetermError, code: int) -> None:
    """Who does not know what became of an order never says that it was refused."""
    assert code_of(error) == code
    assert ending(error).code == code


def test_the_sentence_says_what_helps() -> None:
    """The code for programs, and a sign-in where that is what is missing."""
    assert str(ending(RequestRefused(409, "IDEMPOTENCY_CONFLICT", "it is another order"))) == (
        "it is another order (IDEMPOTENCY_CONFLICT)"
    )
    for error in (SignInFailed("the token has ended"), SessionEnded(4500, "signed out")):
        assert "tradeterm login" in str(ending(error))


@pytest.mark.parametrize("error", [JSONDecodeError("no", "", 0), KeyError("status")])
def test_an_answer_that_cannot_be_read_is_no_traceback(error: Exception) -> None:
    assert ending(error).code == CONNECTION


def test_a_fault_of_our_own_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run_to_end(failing(ZeroDivisionError()))


def test_what_is_done_has_the_code_of_the_work() -> None:
    async def work() -> int:
        return DONE

    assert run_to_end(work()) == DONE


def test_a_body_is_checked_before_it_is_sent_and_nulls_are_left_out() -> None:
    body = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "1", "price": None}
    assert checked(OrderRequest, body).price is None
    with pytest.raises(Ending, match="quantity") as ended:
        checked(OrderRequest, {**body, "quantity": "none"})
    assert ended.value.code == USAGE


def test_bytes_that_are_no_text_are_a_usage_error() -> None:
    """Nothing was sent: exit code 1 would say that it was refused."""
    found = ending(UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"))
    assert (found.code, str(found)) == (USAGE, "what was typed has bytes that are no text in UTF-8")
