"""What the ladder says is wanted."""

from decimal import Decimal

from textual.app import App, ComposeResult
from textual.message import Message

from tests.tradeterm.tui.desks import depth, market
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.ladder.view import LadderView, Own
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.orders.placing import Placing
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.ladder_keys import Held

D = Decimal


class WishesApp(App[None]):
    """A ladder, and what it said."""

    def __init__(self) -> None:
        super().__init__()
        self.set_keymap(dict(default_keymap()))
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Ladder(palette(PaletteName.GREEN_RED))

    def on_mount(self) -> None:
        book = depth()
        ladder = self.query_one(Ladder)
        ladder.show(LadderView(market("BTC", "0.5", "0.00001", 2), book.bids, book.asks, D("45012.5")))
        ladder.focus()

    def on_ladder_wanted(self, event: Ladder.Wanted) -> None:
        self.heard.append(event)

    def on_ladder_sized(self, event: Ladder.Sized) -> None:
        self.heard.append(event)

    def on_ladder_picked_up(self, event: Ladder.PickedUp) -> None:
        self.heard.append(event)

    def on_ladder_dropped(self, event: Ladder.Dropped) -> None:
        self.heard.append(event)


async def test_keys_become_wishes_and_nothing_else() -> None:
    """Placing, sizing, taking up and putting down, each with what it is about."""
    app = WishesApp()
    async with app.run_test(size=(40, 30)) as pilot:
        await pilot.press("v", "i", "t", "j", "j", "v")
        nowhere, wanted, sized, taken = app.heard
        assert isinstance(nowhere, Ladder.PickedUp)
        assert nowhere.price is None
        assert isinstance(wanted, Ladder.Wanted)
        assert wanted.placing is Placing.JOIN_BID
        assert isinstance(sized, Ladder.Sized)
        assert (sized.by, sized.is_preset) == (1, True)
        assert isinstance(taken, Ladder.PickedUp)
        assert taken.price == 45_012
        app.query_one(Ladder).hold(Held("row", Own(Side.BUY, D(1)), D(45_012)))
        await pilot.press("j", "enter", "enter")
        dropped = app.heard[-1]
        assert isinstance(dropped, Ladder.Dropped)
        assert (dropped.row_id, dropped.price, len(app.heard)) == ("row", D("45011.5"), 5)
