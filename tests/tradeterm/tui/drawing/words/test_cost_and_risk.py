"""Lines about an order's cost and risk, shared by ticket and review."""

from decimal import Decimal

from tests.tradeterm.tui.desks import market
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.parts import Line
from tradeterm.tui.drawing.words.cost_and_risk import cost_line, leverage_warning, stop_note, target_note, walk_lines
from tradeterm.tui.orders.expected import Expected
from tradeterm.tui.orders.walk import Walk

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)
KNOWN = Expected(D(2), D(90_010), D(90), Walk(D(2), D(90_010), D(45_000), D(45_010), 2), leverage=D("2.5"))


def words(line: Line) -> str:
    return "".join(part.text for part in line)


def test_cost_stands_before_leverage_which_gives_way() -> None:
    """Only the leverage has a rank; without a price nothing is made up."""
    line = cost_line(KNOWN)
    assert words(line) == "Cost 90,010.00 Fee ≈ 90.00 lev 2.50x"
    assert [part.rank for part in line] == [0, 1]
    assert "not known" in words(cost_line(None))
    assert leverage_warning(KNOWN) == "leverage 2.50x is above 2x"


def test_a_walk_over_levels_says_its_average_and_its_slippage() -> None:
    """One level is no walk."""
    assert [words(line) for line in walk_lines(KNOWN, BTC)] == ["≈ 45,005.00 avg  2 levels, slippage 10.00 (0.011%)"]
    one = Expected(D(2), D(90_000), D(90), Walk(D(2), D(90_000), D(45_000), D(45_000), 1), beyond=D(3))
    assert [words(line) for line in walk_lines(one, BTC)] == ["! 3 beyond the known book"]
    assert walk_lines(None, BTC) == []


def test_exits_say_their_money() -> None:
    """1,005 down and both fees; the target in multiples of that."""
    assert words(stop_note(KNOWN, Side.BUY, D(44_000), BTC, D(100_000))) == "-2,328.80  2.33%"
    assert words(target_note(KNOWN, Side.BUY, D(47_000), BTC, D(44_000))) == "+3,806.00  1.63R net"
    assert words(target_note(KNOWN, Side.BUY, D(47_000), BTC, None)) == "+3,806.00"
