"""Times as they are typed: the moment they mean, or why they mean none."""

from datetime import UTC, datetime

import pytest

from tradeterm.tui.orders.typed_time import stepped_time, typed_time

NOW = datetime(2026, 1, 5, 12, 31, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("18:00", datetime(2026, 1, 5, 18, 0, tzinfo=UTC)),
        ("9:05", datetime(2026, 1, 6, 9, 5, tzinfo=UTC)),
        (" 90m ", datetime(2026, 1, 5, 14, 1, 7, tzinfo=UTC)),
        ("2H", datetime(2026, 1, 5, 14, 31, 7, tzinfo=UTC)),
        ("3d", datetime(2026, 1, 8, 12, 31, 7, tzinfo=UTC)),
        ("2026-01-07 18:00", datetime(2026, 1, 7, 18, 0, tzinfo=UTC)),
        ("2026-01-07T18:00Z", datetime(2026, 1, 7, 18, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_the_next_moment_that_it_names(text: str, at: datetime) -> None:
    """By the clock, from now, or on a day."""
    assert typed_time(text, NOW) == at


@pytest.mark.parametrize("text", ["", "soon", "24:00", "12:60", "18", "2026-02-30 10:00", "1w", "１８:００", "-2h"])
def test_what_is_no_time_is_refused_with_what_would_be_one(text: str) -> None:
    """Nothing is guessed."""
    said = typed_time(text, NOW)
    assert isinstance(said, str)
    assert "18:00 (UTC)" in said


@pytest.mark.parametrize("text", ["2025-01-05 18:00", "0m"])
def test_a_time_that_is_over_is_none(text: str) -> None:
    """An order cannot end before it began."""
    assert typed_time(text, NOW) == "That time is over."


@pytest.mark.parametrize(
    ("text", "steps", "after"),
    [("2h", 1, "3h"), ("2h", -10, "1h"), ("18:00", 1, "18:15"), ("00:00", -1, "23:45"), ("soon", 1, "soon")],
)
def test_arrows_step_a_time(text: str, steps: int, after: str) -> None:
    """A span by its unit, never under one; a clock by quarters of an hour."""
    assert stepped_time(text, steps) == after
