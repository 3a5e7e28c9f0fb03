"""The cursor over prices, apart from what is drawn at them."""

from decimal import Decimal

from textual.app import App, ComposeResult

from tradeterm.tui.drawing.ladder.price_window import PriceWindow
from tradeterm.tui.widgets.price_cursor import PriceCursor

D = Decimal


class Prices(PriceCursor):
    """Draws nothing; counts how often it was to."""

    arranged = 0

    def __init__(self) -> None:
        super().__init__()
        self._window = PriceWindow(D("0.5"), lines=20)

    def _arrange(self) -> None:
        self.arranged += 1
        if self._window is not None:
            self._window.look([(D(100), D(1))], [(D("100.5"), D(1))], D(100))

    @property
    def _start(self) -> Decimal | None:
        return D(100)

    @property
    def _last(self) -> Decimal | None:
        return D(100)


class PricesApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Prices()


async def test_the_cursor_starts_where_it_is_told_and_moves_by_steps() -> None:
    """Every move arranges the lines anew."""
    async with PricesApp().run_test() as pilot:
        prices = pilot.app.query_one(Prices)
        prices._arrange()
        before = prices.arranged
        prices.action_down()
        assert prices.cursor_price == 100
        prices.action_up(2)
        prices.action_page_up()
        assert prices.cursor_price == 106
        prices.action_regroup(1)
        assert prices.step == 1
        prices.action_auto_centre()
        prices.action_recentre()
        assert prices.arranged == before + 6
