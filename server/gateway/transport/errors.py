"""The one shape of an error, as bytes."""

from typing import Any

import orjson

from tradeterm.protocol.foreign_text import LONGEST, printable


def sentence(message: str) -> str:
    """What is said of a refusal, whatever it repeats of what was sent: short enough for a line, and nothing that steers."""
    return printable(message, LONGEST)


def error_body(code: str, message: str, details: Any = None) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": sentence(message), "details": details}}, default=str)
