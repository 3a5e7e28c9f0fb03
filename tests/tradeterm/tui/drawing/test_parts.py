"""Lines that are too long: whole parts go first, and what is cut shows that it is."""

from tradeterm.tui.drawing.parts import Part, fitted


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
