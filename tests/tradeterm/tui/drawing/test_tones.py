"""The tone of a side and of a sign."""

from decimal import Decimal

import pytest

from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.tones import side_tone, sign_tone


def test_the_sides_differ() -> None:
    assert (side_tone(Side.BUY), side_tone(Side.SELL)) == (Tone.BUY, Tone.SELL)


@pytest.mark.parametrize(
    ("value", "tone"), [("0.01", Tone.UP), ("-0.01", Tone.DOWN), ("0", Tone.PLAIN), ("-0.00", Tone.PLAIN)]
)
def test_nothing_is_neither_gain_nor_loss(value: str, tone: Tone) -> None:
    assert sign_tone(Decimal(value)) is tone


def test_what_is_not_known_is_plain() -> None:
    assert sign_tone(None) is Tone.PLAIN
