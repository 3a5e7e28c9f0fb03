"""Lines that are too long: whole parts go first, and what is cut shows that it is."""

from hypothesis import given
from hypothesis import strategies as st

from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Part, fitted, in_box


def text(parts: list[Part], width: int) -> str:
    return "".join(part.text for part in fitted(parts, width))


def test_what_has_the_lowest_rank_goes_first_and_whole() -> None:
    """A number is there or it is not."""
    parts = [Part("Cash 5.00"), Part(" of 9.00", rank=1), Part(" now", rank=2)]
    assert text(parts, 21) == "Cash 5.00 of 9.00 now"
    assert text(parts, 20) == "Cash 5.00 of 9.00"
    assert text(parts, 16) == "Cash 5.00"


def test_what_is_still_too_long_says_that_it_goes_on() -> None:
    """No number is taken for a shorter one."""
    parts = [Part("Cash "), Part("1,234.00"), Part(" kept")]
    assert text(parts, 9) == "Cash 1,2…"
    assert text(parts, 13) == "Cash 1,234.0…"
    assert text(parts, 0) == ""


def test_a_dialog_breaks_what_is_too_long_at_words_and_loses_none() -> None:
    """Tones stay with their words, and what fits is left alone."""
    line = [Part("! crosses by 5 ticks: ", Tone.ALERT), Part("it will be refused", Tone.MUTED)]
    assert in_box([line], 40) == [line]
    rows = in_box([line, [Part("next")]], 20)
    assert ["".join(part.text for part in row).rstrip() for row in rows] == [
        "! crosses by 5",
        "  ticks: it will be",
        "  refused",
        "next",
    ]
    assert {part.tone for part in rows[2] if part.text.strip()} == {Tone.MUTED}


@given(st.lists(st.text("ab 1,.!", min_size=1, max_size=30), max_size=4), st.integers(14, 40))
def test_every_word_that_fits_a_row_is_kept_whole(texts: list[str], width: int) -> None:
    """In order; only a single word may be longer than a row."""
    rows = in_box([[Part(text) for text in texts]], width)
    said = ["".join(part.text for part in row) for row in rows]
    assert "".join("".join(said).split()) == "".join("".join(texts).split())
    assert all(len(row.rstrip()) <= width or len(row.split()) == 1 for row in said)
