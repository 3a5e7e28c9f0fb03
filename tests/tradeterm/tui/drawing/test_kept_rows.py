"""A row is drawn anew when its thing, its market, its note or its width is another, and then only."""

from tests.tradeterm.tui.desks import FakeDesk, order
from tradeterm.protocol.market import Market
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.cells import Row
from tradeterm.tui.drawing.kept_rows import KeptRows
from tradeterm.tui.drawing.order_rows import order_row

BTC, ETH = (order(n, Side.BUY, "0.1", "44000") for n in (1, 2))


class Drawing:
    """Counts what it draws."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.market = FakeDesk().markets()["BTC/USD"]
        self.kept = KeptRows(self._row)

    def _row(self, one: Order, market: Market, note: str, is_wide: bool) -> Row:
        self.drawn.append(one.id)
        return order_row(one, market, note, is_wide=is_wide)

    def shows(self, *orders: Order, note: str = "", is_wide: bool = True) -> None:
        """The rows are as if each were drawn for the first time."""
        rows = self.kept.rows([(one, self.market, note) for one in orders], is_wide=is_wide)
        assert rows == [order_row(one, self.market, note, is_wide=is_wide) for one in orders]


def test_what_is_drawn_stays() -> None:
    """Also where the order of the list is another."""
    drawing = Drawing()
    drawing.shows(BTC, ETH)
    drawing.shows(ETH, BTC)
    assert drawing.drawn == [BTC.id, ETH.id]


def test_a_changed_order_another_note_width_and_market_are_drawn_anew() -> None:
    """A change is another object."""
    drawing = Drawing()
    drawing.shows(BTC)
    drawing.shows(BTC.model_copy(update={"filled_quantity": BTC.quantity / 2}))
    drawing.shows(BTC)
    drawing.shows(BTC, note="-4t")
    drawing.shows(BTC, note="-4t")
    drawing.shows(BTC, is_wide=False)
    drawing.market = drawing.market.model_copy(update={"price_decimals": 4})
    drawing.shows(BTC, is_wide=False)
    assert len(drawing.drawn) == 6


def test_what_left_the_list_is_forgotten() -> None:
    """A desk that runs for weeks holds the rows of what it shows."""
    drawing = Drawing()
    drawing.shows(BTC, ETH)
    drawing.shows(ETH)
    drawing.shows(ETH, BTC)
    assert drawing.drawn == [BTC.id, ETH.id, BTC.id]
