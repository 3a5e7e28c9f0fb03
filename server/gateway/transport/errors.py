"""The one shape of an error, as bytes."""

from typing import Any

import orjson

from tradeterm.protocol.foreign_text import sentence


def error_body(code: str, message: str, details: Any = None) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": sentence(message), "details": details}}, default=str)
