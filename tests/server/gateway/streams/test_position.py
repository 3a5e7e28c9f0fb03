"""A place among everybody's events as a client keeps it: what was made here is read back, anything else is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateway.streams.position import cursor_text, parse_cursor


@given(st.text(max_size=20), st.integers(0, 16**15 - 1))
def test_a_cursor_is_read_back(epoch: str, place: int) -> None:
    """Whatever the epoch is called."""
    assert parse_cursor(cursor_text(epoch, place)) == (epoch, place)


@pytest.mark.parametrize(
    "text", ["", ".", "e.", "e", "e.-1", "e.+1", "e.1_0", "e. 1", "e.A", "e.1\n", "e.\u0661", "e." + "f" * 16]
)
def test_what_was_not_made_here_is_none(text: str) -> None:
    """Nor is a number too long to be a place."""
    assert parse_cursor(text) is None


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    found = parse_cursor(text)
    assert found is None or found[1] >= 0
