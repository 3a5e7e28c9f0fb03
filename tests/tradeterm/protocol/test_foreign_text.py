"""What somebody else wrote can steer no terminal and split no line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.protocol.foreign_text import MARKS, all_printable, printable

STEERING = {
    "a title": "\x1b]0;name\x07",
    "a colour": "\x1b[31m",
    "an 8-bit escape": "\x9b31m",
    "an 8-bit string": "\x9d0;name\x9c",
    "a line": "one\r\ntwo",
    "a tab": "a\tb",
    "a NUL": "\x00",
    "a DEL": "\x7f",
    "a turn of direction": "\u202e00.1\u202c",
    "an isolate": "\u2067x\u2069",
    "nothing at all": "a\u200b\u200d\ufeff\u2060b",
    "a line separator": "a\u2028b\u2029c",
    "a blank letter": "a\u3164b\u115fc\u2800d",
    "a tag": "a\U000e0041b",
    "a lone surrogate": "a\ud800b",
}


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING.keys())
def test_what_steers_or_hides_is_replaced(text: str) -> None:
    """Each such character by a question mark: one can see that something was there."""
    shown = printable(text)
    assert shown.isprintable()
    assert "?" in shown
    assert len(shown) == len(text)


@pytest.mark.parametrize("text", ["BTC/USD", "über 5 % – 注文 🙂", "e\u0301", "नमस्ते", ""])
def test_what_people_write_stays(text: str) -> None:
    """Letters, marks, signs and pictures of any language."""
    assert printable(text) == text


def test_a_pile_of_marks_is_cut_down() -> None:
    """Two stay, which is what languages need."""
    assert printable("a" + "\u0301" * 500 + "b") == "a" + "\u0301" * MARKS + "b"


def test_a_long_text_ends_in_a_sign_that_it_was_longer() -> None:
    assert printable("x" * 1000, 10) == "x" * 9 + "…"
    assert printable("x" * 10, 10) == "x" * 10


@given(st.text(), st.integers(1, 50))
def test_nothing_gets_through_and_nothing_changes_twice(text: str, longest: int) -> None:
    """Whatever is written."""
    shown = printable(text, longest)
    assert shown.isprintable()
    assert len(shown) <= longest
    assert printable(shown, longest) == shown
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for one in shown)


def test_every_text_of_a_value_is_taken_care_of() -> None:
    """Keys, and what is nested; numbers stay what they are."""
    value = {"a\x1b": ["\x07", {"b": "\x9b"}], "n": 1, "f": 1.5, "t": True, "z": None}
    assert all_printable(value) == {"a?": ["?", {"b": "?"}], "n": 1, "f": 1.5, "t": True, "z": None}
