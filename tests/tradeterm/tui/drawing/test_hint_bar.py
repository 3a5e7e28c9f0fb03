"""The keys in the last row."""

from collections.abc import Sequence

import pytest

from tradeterm.tui.drawing.hint_bar import dialog_hint_bar, hint_bar, line_hint_bar, notice_lines
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.drawing.parts import Part, fitted


def text(line: Sequence[Part]) -> str:
    return "".join(part.text for part in line)


def test_the_hints_are_the_keys_as_they_are_bound() -> None:
    """A rebound key shows as it is."""
    assert " o buy" in text(hint_bar({**default_keymap(), "ticket.buy": "o"}, Pane.CHART))


@pytest.mark.parametrize("pane", Pane)
def test_the_hints_are_first_those_of_the_focused_pane(pane: Pane) -> None:
    """They fit at 80 columns by leaving out what is last, and never the key for help."""
    bar = hint_bar(default_keymap(), pane)
    assert text(bar).startswith(f" {pane}:")
    fitting = text(fitted(bar, 80))
    assert len(fitting) <= 80
    assert fitting.endswith("F1 help" if pane is Pane.TICKET else "? help")


def test_positions_name_their_own_keys() -> None:
    """And not the ladder's."""
    bar = text(hint_bar(default_keymap(), Pane.POSITIONS))
    assert "p protect" in bar
    assert "buy here" not in bar


def test_a_ladder_that_places_stops_names_its_keys_so() -> None:
    """Also at 80 columns, with the key that makes limits of them again; no other pane is touched by it."""
    bar = hint_bar(default_keymap(), Pane.LADDER, places_stops=True)
    for line in (text(bar), text(fitted(bar, 80))):
        assert "B buy stop here  S sell stop here  m limits again" in line
        assert "buy here" not in line
    assert hint_bar(default_keymap(), Pane.ORDERS, places_stops=True) == hint_bar(default_keymap(), Pane.ORDERS)


def test_the_order_line_names_its_own_keys_and_a_help_that_is_no_letter() -> None:
    """A question mark is text there."""
    bar = text(line_hint_bar(default_keymap()))
    assert bar.startswith(" line: enter review")
    assert "tab complete" in bar
    assert bar.endswith("F1 help")


def test_a_dialog_names_its_own_keys_as_they_are_bound_and_no_help() -> None:
    """It hears no other key."""
    hints = (("review.send", "send"), ("review.back", "back"))
    assert text(dialog_hint_bar({**default_keymap(), "review.send": "f7"}, hints)) == " F7 send  esc back "


@pytest.mark.parametrize("width", [30, 80, 120])
def test_a_sentence_loses_no_word_however_narrow(width: int) -> None:
    """It goes on below, behind where its mark stands."""
    said = "BUY 500 BTC/USD rejected: value 22,781,500.00 is above 100 % of the equity: 100,011.29"
    rows = [text(line) for line in notice_lines(said, True, width)]
    assert " ".join(row[3:] for row in rows) == said
    assert max(map(len, rows)) < width
    assert [row[1] for row in rows] == ["!", *" " * (len(rows) - 1)]
