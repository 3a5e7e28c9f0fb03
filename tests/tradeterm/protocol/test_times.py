"""That times on the wire are RFC 3339, UTC, milliseconds, and come with an offset."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tradeterm.protocol.times import Time, parse_time, time_text


class Body(BaseModel):
    at: Time


@given(st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_text_is_cut_to_milliseconds_and_read_back(moment: datetime) -> None:
    """24 characters, never rounded up into the future, and the same time when read."""
    text = time_text(moment)
    assert len(text) == 24
    assert text.endswith("Z")
    assert timedelta(0) <= moment - parse_time(text) < timedelta(milliseconds=1)


def test_offset_is_turned_to_utc() -> None:
    """Two o'clock in Berlin is noon."""
    assert parse_time("2026-07-05T14:00:00+02:00") == datetime(2026, 7, 5, 12, tzinfo=UTC)
    body = Body(at=datetime(2026, 7, 5, 14, tzinfo=timezone(timedelta(hours=2))))
    assert body.model_dump_json() == '{"at":"2026-07-05T12:00:00.000Z"}'


@pytest.mark.parametrize(
    "value", ["2026-01-05T12:00:00", "2026-01-05", "yesterday", "", 1767614400, 1.5, True, None, "2026-13-01T00:00:00Z"]
)
def test_time_without_offset_or_sense_is_refused(value: Any) -> None:
    """A local time, a day, a number of seconds: nobody knows which moment was meant."""
    with pytest.raises(ValidationError):
        Body.model_validate({"at": value})
