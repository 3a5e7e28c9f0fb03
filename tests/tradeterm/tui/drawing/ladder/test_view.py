"""The ladder's lines as values: order flow, profit, the entry, and where the known book ends."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import NOON, depth, market, position
from tradeterm.protocol.market import Print
from tradeterm.protocol.vocabulary import PositionSide, Side
from tradeterm.tui.drawing.ladder.price_grid import grouped
from tradeterm.tui.drawing.ladder.price_window import PriceWindow
from tradeterm.tui.drawing.ladder.view import LadderRow, LadderView, Own, rows_of

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)
BOOK = depth()
VIEW = LadderView(BTC, BOOK.bids, BOOK.asks, last=D("45012.5"), now=NOON)


def rows(view: LadderView, step: str = "0.5", lines: int = 60) -> dict[Decimal, LadderRow]:
    window = PriceWindow(BTC.tick, lines=lines, step=D(step), is_auto=False)
    window.look(view.bids, view.asks, view.last)
    made = rows_of(view, grouped(view.bids, view.asks, D(step)), window, has_focus=False)
    return {row.price: row for row in made if row is not None and row.spread is None}


def taken(side: Side, price: str, quantity: str, seconds_ago: int) -> Print:
    at = NOON - timedelta(seconds=seconds_ago)
    return Print(symbol="BTC/USD", id=str(seconds_ago), price=D(price), quantity=D(quantity), side=side, time=at)


def test_what_was_sold_and_bought_lately_stands_apart_by_step() -> None:
    """Half a minute; the volume beside it has all that is known."""
    tape = [
        taken(Side.BUY, "45013", "1", 1),
        taken(Side.SELL, "45012.5", "2", 5),
        taken(Side.BUY, "45014", "4", 29),
        taken(Side.SELL, "45012.5", "8", 31),
    ]
    found = rows(replace(VIEW, prints=tape), step="2.5")
    assert (found[D(45_015)].bought, found[D(45_015)].sold) == (D(5), D(0))
    assert (found[D("45012.5")].bought, found[D("45012.5")].sold) == (D(0), D(2))
    assert found[D("45012.5")].volume == 10


def test_profit_at_each_price_is_the_net_that_the_position_would_have_there() -> None:
    """At the mark it is what the positions say; a short gains downward."""
    held = position()
    found = rows(replace(VIEW, position=held))
    at_mark = (D("45012.5") - held.entry_price) * D("0.5") - D("58.20")
    assert found[D("45012.5")].profit == at_mark
    assert found[D("45013")].profit == at_mark + D("0.25")
    short = rows(replace(VIEW, position=position(side=PositionSide.SHORT)))
    assert short[D("45012.0")].profit == D("-58.20") + (held.entry_price - D(45_012)) * D("0.5")


def test_the_entry_is_marked_on_its_line() -> None:
    """An average lies between two prices: the lower one has it."""
    held = position().model_copy(update={"entry_price": D("45010.7")})
    found = rows(replace(VIEW, position=held))
    assert [at for at, row in found.items() if row.is_entry] == [D("45010.5")]


def test_beyond_the_known_levels_nothing_is_said() -> None:
    """Twenty a side are known: an empty price among them is empty, one behind them is not."""
    bids = [level for level in BOOK.bids if level[0] != D("45010")]
    found = rows(replace(VIEW, bids=bids))
    assert found[D("45010")].bid == 0
    assert found[bids[-1][0]].bid
    assert found[bids[-1][0] - D("0.5")].bid is None
    assert found[BOOK.asks[-1][0] + D("0.5")].ask is None


def test_own_orders_go_to_the_line_that_shows_them() -> None:
    """Buys downward, sells upward, whether they rest or wait."""
    own = {D(45_011): (Own(Side.BUY, D(1)),), D(45_014): (Own(Side.SELL, D(2), waits=True),)}
    found = rows(replace(VIEW, own=own), step="2.5")
    assert found[D("45010")].own == own[D(45_011)]
    assert found[D("45015")].own == own[D(45_014)]


@pytest.mark.parametrize("lines", [20, 29, 60])
@pytest.mark.parametrize(("by", "sign", "at"), [(-100, "▲", 0), (100, "▼", -1)])
def test_a_ladder_away_from_the_market_says_where_that_is(lines: int, by: int, sign: str, at: int) -> None:
    """On the line nearest to it, in place of a price."""
    window = PriceWindow(BTC.tick, lines=lines, step=D("0.5"), is_auto=False)
    window.look(BOOK.bids, BOOK.asks, D("45012.5"))
    window.move(0, D("45012.5"))
    window.move(by, None)
    levels = grouped(BOOK.bids, BOOK.asks, D("0.5"))
    made = rows_of(VIEW, levels, window, has_focus=False)
    assert len(made) == lines
    away = [n for n, row in enumerate(made) if row is not None and row.spread is not None]
    assert away == [at % lines]
    line = made[at]
    assert line is not None
    assert (line.beyond, line.touch) == (sign, (D("45012.5"), D(45_013)))
    assert any(row is not None and row.is_cursor for row in made)
