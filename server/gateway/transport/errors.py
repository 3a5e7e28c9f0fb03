"""The one shape of an error, as bytes."""

from typing import Any

import orjson


def error_body(code: str, message: str, details: Any = None) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": message, "details": details}}, default=str)
