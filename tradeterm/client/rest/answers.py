"""What a server answered, read: values of the contract, or the exception that says what it is instead."""

from math import isfinite
from typing import Any, TypeVar

from pydantic import BaseModel

from tradeterm.client.errors import ContractBroken, RequestRefused, SignInFailed, Unreachable
from tradeterm.lean_httpx import httpx
from tradeterm.protocol.foreign_text import LONGEST, all_printable, printable

UNAUTHENTICATED = 401
NO_CONTENT = 204
UNEXPECTED = "UNEXPECTED"  # the code of an answer that is not the server's shape
LONGEST_REST_S = 900.0  # that a client leaves a server alone for

Model = TypeVar("Model", bound=BaseModel)


def value_of(answer: httpx.Response) -> Any:
    """What the server answered, safe to show. Raises RequestRefused, or ContractBroken for what cannot be read."""
    if answer.status_code == UNAUTHENTICATED:
        raise SignInFailed(str(refusal_of(answer)))
    if answer.status_code == NO_CONTENT:
        return {}
    if not answer.is_success:
        raise refusal_of(answer)
    try:
        return all_printable(answer.json())
    except (ValueError, RecursionError):
        raise ContractBroken("the server's answer cannot be read") from None


def read(model: type[Model], value: Any, client_order_id: str | None = None) -> Model:
    """A value as the contract has it. Raises ContractBroken where it is something else, with the id that was sent."""
    try:
        return model.model_validate(value)
    except ValueError:
        raise ContractBroken("the server's answer is not what the contract says", client_order_id) from None


def items_of(page: Any, name: str = "items") -> list[Any]:
    """The list of a page, or of another answer that calls it so. Raises ContractBroken where there is none."""
    found = page.get(name) if isinstance(page, dict) else None
    if not isinstance(found, list):
        raise ContractBroken("the server's answer is not what the contract says")
    return found


def tokens_of(answer: httpx.Response) -> tuple[str, str, float]:
    """What a sign-in or a refresh gave: access token, refresh token, and the seconds that the first is good for. Raises
    Unreachable for what somebody else has answered, a proxy's page for instance: the server itself was not reached."""
    try:
        tokens = answer.json()
        access, refresh, life_s = tokens["accessToken"], tokens["refreshToken"], float(tokens["expiresIn"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unreachable("what answers is not the server: its answer to the sign-in cannot be read") from None
    if not (isinstance(access, str) and isinstance(refresh, str) and isfinite(life_s)):
        raise Unreachable("what answers is not the server: its answer to the sign-in is not what the contract says")
    return access, refresh, life_s


def refusal_of(answer: httpx.Response) -> RequestRefused:
    """A refusal as an exception, its texts made harmless for a terminal; `UNEXPECTED` where the body is not the
    server's shape."""
    try:
        error = all_printable(answer.json())["error"]
        code, message, details = str(error["code"]), str(error["message"]), error.get("details")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        code, message, details = UNEXPECTED, f"the server answered {answer.status_code}", None
    return RequestRefused(answer.status_code, code, message, details, wait_of(answer.headers.get("retry-after", "")))


def wait_of(after: str) -> float | None:
    """For how many seconds a `Retry-After` asks to be left alone; None where it does not say. No server of ours asks for longer
    than `LONGEST_REST_S`, and whoever else does must not end a client by it."""
    return min(float(after), LONGEST_REST_S) if after.isascii() and after.isdecimal() else None


def reason_of(error: Exception) -> str:
    """What went wrong, in words that a terminal can show; its kind where it has none."""
    return printable(str(error), LONGEST) or type(error).__name__
