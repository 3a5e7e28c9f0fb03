"""How a command ends: which exit code and which sentence an error becomes. Runs the command's work to that end."""

import asyncio
from collections.abc import Coroutine, Mapping
from json import JSONDecodeError
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tradeterm.cli.exit_codes import CONNECTION, REFUSED, UNKNOWN, USAGE, Ending
from tradeterm.client.errors import OutcomeUnknown, RequestRefused, SessionEnded, SignInFailed, TradetermError
from tradeterm.protocol.vocabulary import ErrorCode
from tradeterm.standard_streams import NO_TEXT

SERVER_FAULT = 500
M = TypeVar("M", bound=BaseModel)

_MALFORMED = frozenset({ErrorCode.VALIDATION_FAILED, ErrorCode.MALFORMED, ErrorCode.METHOD_NOT_ALLOWED})
_SIGN_IN = frozenset({ErrorCode.UNAUTHENTICATED, ErrorCode.FORBIDDEN})


def run_to_end(work: Coroutine[None, None, int]) -> int:
    """Run a command; its exit code. Raises Ending for what went wrong."""
    try:
        return asyncio.run(work)
    except TradetermError as error:
        raise Ending(code_of(error), _sentence(error)) from None
    except UnicodeEncodeError:
        raise Ending(USAGE, NO_TEXT) from None
    except (ValidationError, JSONDecodeError, KeyError):
        raise Ending(CONNECTION, "the server's answer cannot be read; is it of this version?") from None


def checked(model: type[M], values: Mapping[str, Any]) -> M:
    """What was typed, as a body; nulls are left out. Raises Ending (usage) before anything is sent."""
    try:
        return model.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise Ending(USAGE, _fault_in(error)) from None


def code_of(error: TradetermError) -> int:
    """The exit code that goes with what the SDK raised."""
    if isinstance(error, OutcomeUnknown):
        return UNKNOWN
    if not isinstance(error, RequestRefused):
        return CONNECTION
    if error.code in _MALFORMED:
        return USAGE
    if error.code in _SIGN_IN or error.status >= SERVER_FAULT or error.code == "UNEXPECTED":
        return CONNECTION
    return REFUSED


def _fault_in(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    text = first["msg"].removeprefix("Value error, ")
    return f"{where}: {text}" if where else text


def _sentence(error: TradetermError) -> str:
    if isinstance(error, RequestRefused):
        return f"{error} ({error.code})"
    if isinstance(error, SignInFailed | SessionEnded):
        return f"{error}; sign in with `tradeterm login`"
    return str(error)
