"""`pid` and `offset`: what a client brings back, and how little of it is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateway.socketio.offsets import Offset, furthest, parse_offset


@given(
    st.from_regex(r"[a-z0-9_.-]{1,32}", fullmatch=True),
    st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True),
    st.integers(0, 10**15 - 1),
)
def test_offset_survives_its_text(user: str, epoch: str, place: int) -> None:
    """What was written is what is read."""
    offset = Offset(user, epoch, place)
    assert parse_offset(offset.text()) == offset


@pytest.mark.parametrize(
    "text",
    [
        None,
        1,
        {},
        "",
        "ann",
        "ann:k1",
        "ann:k1:",
        "ann:k1:-1",
        "ann:k1:1e3",
        "ann:k1:١",
        ":k1:1",
        "a:b:c:1",
        "ann:k1:" + "9" * 16,
    ],
)
def test_what_is_no_offset_is_none(text: object) -> None:
    """Of any type, and of any length."""
    assert parse_offset(text) is None


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    """Whatever a client sends."""
    parse_offset(text)


def test_the_later_of_the_two_counts_and_only_ones_own() -> None:
    """Another account's or another history's place is none."""
    assert furthest("ann:k1:5", "ann:k1:9", "ann", "k1") == 9
    assert furthest("ann:k1:9", "ann:k1:5", "ann", "k1") == 9
    assert furthest("ann:k1:5", "bob:k1:9", "ann", "k1") == 5
    assert furthest("ann:k1:5", "ann:k2:9", "ann", "k1") == 5
    assert furthest("bob:k1:5", None, "ann", "k1") is None
