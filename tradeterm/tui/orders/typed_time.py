"""Times as traders say them: `18:00`, the next one, UTC; `90m`, `2h`, `3d` from now; `2026-01-05 18:00`. Pure."""

import re
from datetime import UTC, datetime, time, timedelta

SENTENCE = "A time is written 18:00 (UTC), 90m, 2h or 3d."
QUARTER = 15
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_SPAN = re.compile(r"([0-9]{1,4})([mhd])")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T](.+?)Z?")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def clock_time(text: str) -> time | None:
    """`18:00`; None where that is no time of a day."""
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def next_time(clock: time, now: datetime) -> datetime:
    """The next moment at which a UTC clock shows this."""
    at = datetime.combine(now.astimezone(UTC).date(), clock, UTC)
    return at if at > now else at + timedelta(days=1)


def typed_time(text: str, now: datetime) -> datetime | str:
    """The moment that is meant, still to come; or a sentence that says why there is none."""
    word = text.strip()
    if span := _SPAN.fullmatch(word.lower()):
        at = now + int(span[1]) * _UNITS[span[2]]
    elif (clock := clock_time(word)) is not None:
        at = next_time(clock, now)
    elif (moment := _moment(word)) is not None:
        at = moment
    else:
        return SENTENCE
    return at if at > now else "That time is over."


def _moment(word: str) -> datetime | None:
    found = _DAY.fullmatch(word)
    clock = clock_time(found[4]) if found is not None else None
    if found is None or clock is None:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), clock.hour, clock.minute, tzinfo=UTC)
    except ValueError:
        return None


def stepped_time(text: str, steps: int) -> str:
    """A span goes by its unit, a clock by quarters of an hour; what is neither stays."""
    word = text.strip()
    if span := _SPAN.fullmatch(word):
        return f"{max(1, min(9999, int(span[1]) + steps))}{span[2]}"
    if (clock := clock_time(word)) is not None:
        minutes = (clock.hour * 60 + clock.minute + QUARTER * steps) % (24 * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return text
