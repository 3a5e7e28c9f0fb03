"""Which tone a side or a sign is shown in."""

from decimal import Decimal

from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.palette import Tone


def side_tone(side: Side) -> Tone:
    return Tone.BUY if side is Side.BUY else Tone.SELL


def sign_tone(value: Decimal | None) -> Tone:
    return Tone.PLAIN if not value else Tone.UP if value > 0 else Tone.DOWN
