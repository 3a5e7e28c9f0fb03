"""How long an exchange that was asked too often wants to be left alone, from what it answered. Seconds."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LOCKOUT_S = 900.0  # of Kraken's, which does not say for how long
TOO_MANY_S = 10.0  # where the exchange says that it was asked too often, and not for how long
LONGEST_BAN_S = 3 * 86_400.0
_BANNED_UNTIL = re.compile(r"banned until (\d{13})")
_WHOLE = re.compile(r" 418 |Temporary lockout")


def ban_of(text: str, headers: Mapping[str, Any] | None, now_ms: int) -> tuple[float, bool]:
    """(for how long, whether nothing at all may be sent meanwhile) from the words and the headers of the refusal."""
    until = _BANNED_UNTIL.search(text)
    if until is not None:
        seconds, is_whole = max((int(until[1]) - now_ms) / 1_000, TOO_MANY_S), True
    else:
        seconds, is_whole = _asked_for(text, headers or {}, now_ms), _WHOLE.search(text) is not None
    return min(seconds, LONGEST_BAN_S), is_whole


def header(headers: Mapping[str, Any], name: str) -> str | None:
    """A header's value, however its name is written."""
    return next((str(value) for key, value in headers.items() if key.lower() == name), None)


def _asked_for(text: str, headers: Mapping[str, Any], now_ms: int) -> float:
    said = _seconds(header(headers, "retry-after"), header(headers, "date"), now_ms)
    if said is not None and said > 0:
        return said
    return LOCKOUT_S if "lockout" in text else TOO_MANY_S


def _seconds(retry_after: str | None, date: str | None, now_ms: int) -> float | None:
    """`Retry-After` is a number of seconds or a time (RFC 9110, 10.2.3); a time counts from the exchange's own."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
        return seconds if math.isfinite(seconds) else None
    except ValueError:
        until, since = _moment(retry_after), _moment(date) or datetime.fromtimestamp(now_ms / 1_000, UTC)
        return None if until is None else (until - since).total_seconds()


def _moment(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
