"""The words of a line and where they stand."""

import pytest

from tradeterm.tui.orders.order_line.reading import Refusal, Word, words_of


def test_signs_stand_alone_and_every_word_knows_its_column() -> None:
    """In small letters; blanks count for the columns."""
    found = words_of("Alert  BTC>=46000 @x")
    assert found == [Word("alert", 0), Word("btc", 7), Word(">=", 10), Word("46000", 12), Word("@", 18), Word("x", 19)]


@pytest.mark.parametrize(("line", "at"), [("buy ½", 4), ("a" * 161, 160), ("buy\t1", 3), ("buy \x1b[2J", 4)])
def test_what_no_keyboard_meant_is_refused(line: str, at: int) -> None:
    """Other alphabets, control characters, endless lines."""
    with pytest.raises(Refusal) as refused:
        words_of(line)
    assert refused.value.at == at
