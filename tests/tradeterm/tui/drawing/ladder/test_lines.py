"""How a line of the ladder is drawn at each width."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import NOON, depth, market, position, tape
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.ladder.lines import FULL_FROM, QUEUE_FROM, LadderPen
from tradeterm.tui.drawing.ladder.price_grid import grouped
from tradeterm.tui.drawing.ladder.price_window import PriceWindow
from tradeterm.tui.drawing.ladder.view import LadderRow, LadderView, Own, rows_of
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.palette_names import PaletteName

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)
BOOK = depth()
OWN = {D("45010.5"): (Own(Side.BUY, D("0.5"), ahead=D("3.2")),), D("45015"): (Own(Side.SELL, D("0.25")),)}


def pen(width: int) -> LadderPen:
    return LadderPen(palette(PaletteName.GREEN_RED), 2, 3, width)


def row(at: str) -> LadderRow:
    held = position().model_copy(update={"entry_price": D("45010.7")})
    view = LadderView(BTC, BOOK.bids, BOOK.asks, D("45012.5"), OWN, tape(), held, NOON)
    window = PriceWindow(BTC.tick, lines=60, step=BTC.tick, is_auto=False)
    window.look(view.bids, view.asks, view.last)
    rows = rows_of(view, grouped(view.bids, view.asks, BTC.tick), window, has_focus=False)
    return next(one for one in rows if one is not None and one.price == D(at) and one.spread is None)


@pytest.mark.parametrize("width", [32, 34, 38, 40, QUEUE_FROM, 48, FULL_FROM, 70])
def test_lines_and_heading_share_their_rules(width: int) -> None:
    """Whatever the width, nothing moves sideways from line to line."""
    texts = [pen(width).heading().text, *(pen(width).line(row(at)).text for at in ("45010.5", "45015", "45025"))]
    assert {len(text) for text in texts} == {width}
    assert len({tuple(n for n, letter in enumerate(text) if letter == "│") for text in texts}) == 1


def test_a_wide_ladder_says_place_in_the_queue_flow_and_profit() -> None:
    """`?` where nobody knows the place."""
    text = pen(60).line(row("45010.5")).text
    assert "B0.5" in text
    assert "3.200" in text
    assert "E 45,010.50" in text
    assert text.split()[-1] == "-58.30"
    assert "?" in pen(60).line(row("45015")).text
    assert "ahead" in pen(60).heading().text


def test_a_ladder_among_three_says_the_place_in_the_queue() -> None:
    """Apart from the size beside it, however long either is."""
    long = replace(row("45010.5"), own=(Own(Side.BUY, D("0.5"), ahead=D("123456")),), bid=D("12345"))
    left = [pen(QUEUE_FROM).line(line).text.split("│")[0].split() for line in (row("45010.5"), long)]
    assert left == [["B0.5", "3.200", "6.73"], ["B0.5", "123k", "12k"]]


def test_what_waits_for_its_trigger_is_written_small() -> None:
    """And has no place in a queue."""
    waiting = replace(row("45015"), own=(Own(Side.SELL, D("0.25"), waits=True),))
    text = pen(60).line(waiting).text
    assert "s0.25" in text
    assert "?" not in text


def test_an_order_in_the_hand_stands_at_the_cursor() -> None:
    """In place of what is there."""
    assert "→B0.5" in pen(40).line(row("45012"), Own(Side.BUY, D("0.5"))).text


@pytest.mark.parametrize("width", [32, 34, 36, 38, 40, QUEUE_FROM, 50, FULL_FROM, 80])
@pytest.mark.parametrize("at", ["9.5", "45012.5", "1234567.89", "98765432.10"])
def test_a_price_stands_whole_on_its_line_however_narrow(width: int, at: str) -> None:
    """All its digits, on a line as wide as the others; the sizes and the volume make room."""
    prices = replace(row("45010.5"), price=D(at), own=(), is_entry=False)
    wide = LadderPen(palette(PaletteName.GREEN_RED), 2, 3, width, len(f"{D(at):,.2f}"))
    texts = [wide.heading().text, wide.line(prices).text]
    assert {len(text) for text in texts} == {width}
    assert f"{D(at):,.2f}" in texts[1].split("│")[1]
    assert "…" not in texts[1].split("│")[1]


@pytest.mark.parametrize("width", [32, 34, 38, QUEUE_FROM, FULL_FROM])
@pytest.mark.parametrize("at", ["9.5", "45012.5", "98765432.10"])
@pytest.mark.parametrize("gap", ["0.5", "12345.50", "98765432.10"])
def test_the_line_of_the_spread_cuts_no_number(width: int, at: str, gap: str) -> None:
    """What there is no room for is left out whole."""
    touch = (D(at) + 1, D(at) + 2)
    gaps = replace(row("45010.5"), price=D(at), spread=D(gap), touch=touch)
    text = LadderPen(palette(PaletteName.GREEN_RED), 2, 3, width, len(f"{D(at):,.2f}")).line(gaps).text
    assert len(text) == width
    numbers = [word for word in text.replace("─", " ").replace("┼", " ").split() if word[0].isdigit()]
    assert set(numbers) <= {f"{D(gap):,.2f}", f"{touch[0]:,.2f}"}


@pytest.mark.parametrize("width", [32, 34, 36, 38, QUEUE_FROM, FULL_FROM])
@pytest.mark.parametrize("sign", ["▲", "▼"])
def test_a_line_says_where_the_market_is_that_is_out_of_view(width: int, sign: str) -> None:
    """Its price whole, and on which side."""
    away = replace(row("45010.5"), spread=D("0.5"), touch=(D("45012.5"), D(45_013)), beyond=sign)
    text = pen(width).line(away).text
    assert len(text) == width
    assert f"{sign} 45,012.50" in text
    assert "market" in text


@pytest.mark.parametrize(("price_width", "said"), [(9, "4.20"), (10, "4.2")])
def test_what_traded_has_its_decimals_at_80_columns(price_width: int, said: str) -> None:
    """Where prices are short enough, the cell that they do not need is the volume's."""
    traded = replace(row("45015"), volume=D("4.2"))
    narrow = LadderPen(palette(PaletteName.GREEN_RED), 2, 3, 34, price_width, 2)
    assert narrow.line(traded).text.split()[-1] == said
    assert len(narrow.line(traded).text) == len(narrow.heading().text) == 34
