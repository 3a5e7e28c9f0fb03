"""Times as they stand on the wire: RFC 3339, UTC, milliseconds, `Z`."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer


@lru_cache(maxsize=256)  # one moment is written many times: by every event of a turn, and by all that is of then
def time_text(moment: datetime) -> str:
    """The wire form of an aware UTC time, cut (never rounded up) to milliseconds."""
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"


def parse_time(text: str) -> datetime:
    """An aware UTC time from RFC 3339 text. Raises ValueError without an offset, and for one that UTC cannot hold."""
    return _aware(datetime.fromisoformat(text))


def _from_text(value: Any) -> Any:
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, datetime):
        return value
    raise ValueError("a time is a string, as in 2026-01-05T12:00:00Z")


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, as in 2026-01-05T12:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time must be within the years 1 to 9999 of UTC") from None


Time = Annotated[
    datetime, BeforeValidator(_from_text), AfterValidator(_aware), PlainSerializer(time_text, when_used="json")
]
