"""What stands over the order line: the order in words, and the caret under a fault."""

import pytest

from tests.tradeterm.tui.desks import FakeDesk, position
from tradeterm.tui.drawing.words.order_line import order_preview, refusal_lines
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.order_line.commands import OrderWords
from tradeterm.tui.orders.order_line.parsing import Parsed, parse
from tradeterm.tui.orders.order_line.resolving import request_of


def shown(text: str) -> list[str]:
    desk = FakeDesk(held=[position()])
    trading = Trading(desk, desk.clock.clocks())
    parsed = parse(text)
    assert isinstance(parsed, Parsed)
    assert isinstance(parsed.command, OrderWords)
    lines = order_preview(request_of(parsed.command, trading, "BTC/USD"), trading)
    return ["".join(part.text for part in line) for line in lines]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("buy 0.1 @ 45000 post", "limit @ 45,000.00  GTC  post-only"),
        ("buy 0.1 when 46000", "stop entry when 46,000.00  GTC"),
        ("buy 0.1 when 44000", "take-profit entry when 44,000.00"),
        ("buy 0.1 when 46000 @ 46010", "stop-limit entry when 46,000.00 @ 46,010.00"),
        ("sell 0.1 trail -2% reduce", "trailing stop 2% behind  GTC  reduce-only"),
        ("sell 0.1 trail -2500t reduce", "trailing stop 1,250.00 behind  GTC  reduce-only"),
        ("buy 0.1 when trail -2%", "trailing stop 2% behind  GTC"),
        ("buy 0.1 @ 45000 until 18:00", "GTD 18:00:00Z"),
        ("buy 0.1 @ 45000 until 10:00", "GTD 01-06 10:00:00Z"),
        ("sell 0.6", "FLIPS to SHORT 0.1"),
        ("sell 0.2 stop 47000 tp 44000", "! it only closes: no stop and no target comes of it"),
        ("sell 1 reduce", "closes LONG 0.5   Value 22,506.25"),
        ("buy 1 reduce", "closes nothing: there is no SHORT to reduce   Value 0.00"),
        ("buy 3 @ 45000", "makes LONG 3.5   ! more than max, which is 2.11813 BTC   Cost 135,000.00"),
        ("buy max @ 45000", "adds 2.11813, makes LONG 2.61813   Cost 95,315.85"),
        ("sell 9 when 44000", "! more than max, which is 2.66627 BTC"),
        ("buy 0.1 @ 45000 stop 44000 tp 2r", "stop 44,000.00 -"),
        ("buy 0.1 @ 45000 stop 44000 tp 2r", "tp 47,000.00 +"),
    ],
)
def test_an_order_is_said_in_words(text: str, words: str) -> None:
    """What kind it is, when it wakes, what it does, what its exits would make."""
    lines = shown(text)
    assert len(lines) == 3
    assert words in "\n".join(lines)


def test_a_caret_stands_under_the_column() -> None:
    """Counted from where the text begins."""
    caret, words = refusal_lines(4, "no", 2)
    assert caret[0].text == " " * 6 + "^"
    assert words[0].text.strip() == "no"
