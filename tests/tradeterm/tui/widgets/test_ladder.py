"""The ladder: prices stand still, sizes move, the cursor holds a price."""

from dataclasses import replace
from decimal import Decimal

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown, MouseScrollUp

from tests.tradeterm.tui.desks import NOON, depth, market
from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.protocol.market import Market, Print
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.keymap import default_keymap
from tradeterm.tui.drawing.ladder.view import LadderView, Own
from tradeterm.tui.drawing.palette import palette
from tradeterm.tui.format import decimals_of
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets import ladder as ladder_module
from tradeterm.tui.widgets.ladder import Ladder

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)


def view(best_bid: str = "45012.5") -> LadderView:
    book = depth(best_bid)
    return LadderView(BTC, book.bids, book.asks, last=D(best_bid))


class LadderApp(App[None]):
    """One ladder and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.set_keymap(dict(default_keymap()))
        self.cancels: list[Decimal | None] = []

    def compose(self) -> ComposeResult:
        yield Ladder(palette(PaletteName.GREEN_RED), widget_id="ladder")

    def on_mount(self) -> None:
        self.ladder.focus()

    def on_ladder_cancel_at_cursor(self, event: Ladder.CancelAtCursor) -> None:
        self.cancels.append(event.price)

    @property
    def ladder(self) -> Ladder:
        return self.query_one(Ladder)

    @property
    def lines(self) -> list[str]:
        return [self.ladder.render_line(y).text.rstrip() for y in range(self.ladder.size.height)]


def price_of(line: str) -> str:
    return line.split("│")[1].strip() if line.count("│") >= 2 else ""


async def test_the_spread_stands_between_the_best_prices() -> None:
    """Offers above, bids below, each line a price of the step."""
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(view())
        at = next(n for n, line in enumerate(app.lines) if "spread 0.50" in line)
        assert (price_of(app.lines[at - 1]), price_of(app.lines[at + 1])) == ("45,013.00", "45,012.50")


async def test_prices_stand_still_while_the_market_moves_a_little() -> None:
    """Only a market that left the middle moves the ladder."""
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(view())
        top = price_of(app.lines[1])
        app.ladder.show(view("45013.5"))
        assert price_of(app.lines[1]) == top
        app.ladder.show(view("45023.5"))
        assert price_of(app.lines[1]) != top


async def test_own_orders_stand_at_their_price() -> None:
    """With side and size, and a sign when there are several."""
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(replace(view(), own={D("45010.5"): (Own(Side.BUY, D("0.25")),)}))
        assert "B0.25" in next(line for line in app.lines if "45,010.50" in line)


async def test_the_cursor_holds_a_price_and_cancels_there() -> None:
    """The first move puts it on the best bid; it stays when the book moves."""
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(view())
        await pilot.press("j", "j")
        assert app.ladder.cursor_price == D(45012)
        app.ladder.show(view("45013.5"))
        await pilot.press("x")
        assert app.cancels == [D(45012)]


@pytest.mark.parametrize(("keys", "word"), [((), "auto"), (("a",), "fixed"), (("pageup",) * 4, "away")])
async def test_own_orders_out_of_view_are_counted_in_a_title_that_is_not_cut(keys: tuple[str, ...], word: str) -> None:
    """However the window is led; at 80 columns too."""
    async with LadderApp().run_test(size=(34, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(replace(view(), own={D("44000.5"): (Own(Side.BUY, D("0.25")),)}))
        await pilot.press(*keys)
        title = str(app.ladder.border_title)
        assert (word in title, title.endswith("▲0 ▼1"), len(title) <= 34 - 4) == (True, True, True)


@pytest.mark.parametrize(
    ("width", "words"),
    [(26, "step 1 away"), (28, "1 home centres"), (36, "step 1 home"), (66, "away: home centres")],
)
async def test_a_ladder_that_was_led_away_says_what_brings_it_back(width: int, words: str) -> None:
    """By the key as it is bound, and as well as there is room for; nothing of it once it is back."""
    async with LadderApp().run_test(size=(width, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(replace(view(), home="home"))
        await pilot.press(*("pageup",) * 4)
        assert words in str(app.ladder.border_title)
        assert len(str(app.ladder.border_title)) <= width - 4
        await pilot.press("space")
        assert "home" not in str(app.ladder.border_title)


async def test_the_wheel_looks_elsewhere_and_leaves_the_cursor() -> None:
    """Its price is none to act on while nobody sees it."""
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(view())
        await pilot.press("j")
        top, at = price_of(app.lines[1]), app.ladder.cursor_price
        for _ in range(12):
            await pilot._post_mouse_events([MouseScrollUp], app.ladder, (5, 5))
        assert price_of(app.lines[1]) == f"{D(top.replace(',', '')) + 36 * (app.ladder.step or 0):,.2f}"
        assert app.ladder.cursor_price is None
        for _ in range(12):
            await pilot._post_mouse_events([MouseScrollDown], app.ladder, (5, 5))
        assert (price_of(app.lines[1]), app.ladder.cursor_price) == (top, at)


async def test_steps_widen_and_narrow_and_the_title_says_which() -> None:
    """`w` and `W`."""
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(view())
        await pilot.press("w")
        assert "step 1" in str(app.ladder.border_title)
        await pilot.press("W")
        assert "step 0.5" in str(app.ladder.border_title)


async def test_another_market_starts_afresh() -> None:
    """The cursor of one market is not a price of another."""
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(view())
        await pilot.press("j")
        app.ladder.show(LadderView(market("ETH", "0.01", "0.0001", 2)))
        assert app.ladder.cursor_price is None


FIRST = (
    ("BTC", "0.5", "45000"),
    ("ETH", "0.05", "2450"),
    ("SOL", "0.01", "101.25"),
    ("XRP", "0.0001", "0.5321"),
    ("BNB", "0.01", "310.34"),
    ("DOGE", "0.00001", "0.08123"),
    ("LINK", "0.001", "14.62"),
    ("SHIB", "0.000000001", "0.000012345"),
)


@pytest.mark.parametrize(("base", "tick", "last"), FIRST)
async def test_a_ladder_is_never_empty_after_another_market_was_chosen(base: str, tick: str, last: str) -> None:
    """The last price comes first and the book later, of any width: its best prices stand there at once."""
    other = market(base, tick, "0.01", decimals_of(D(tick)))
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        for ticks in (1, 2, 7, 13, 40, 300):
            app.ladder.show(replace(view(), market=market("UNI", "0.5", "0.01", 2)))
            await pilot.press("j")
            app.ladder.show(LadderView(other, last=D(last)))
            await pilot.press("j")
            book = wide_book(other, D(last), ticks)
            app.ladder.show(book)
            assert_is_full(app, book)


def wide_book(other: Market, last: Decimal, ticks: int) -> LadderView:
    """Twenty levels a side, so many ticks apart, and an own order at the best bid."""
    tick = other.tick
    away = tick * ticks
    bids = [(last - n * away, D(1)) for n in range(20) if last > n * away]
    asks = [(last + tick + n * away, D(2)) for n in range(20)]
    own = {last: (Own(Side.BUY, D("0.25")),)}
    return LadderView(other, bids, asks, last=last, own=own)


def assert_is_full(app: LadderApp, book: LadderView) -> None:
    step, shown = app.ladder.step, app.ladder.shown_prices
    assert step is not None
    assert all(price % step == 0 for price in shown)
    assert round_to_tick(book.bids[0][0], step, up=False) in shown
    assert round_to_tick(book.asks[0][0], step, up=True) in shown
    assert any("B0.25" in line for line in app.lines)
    assert app.ladder.cursor_price is not None
    assert app.ladder.cursor_price % step == 0


async def test_a_market_without_a_book_is_an_empty_ladder() -> None:
    """No price is made up."""
    async with LadderApp().run_test(size=(40, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, LadderApp)
        app.ladder.show(LadderView(BTC))
        assert all(not price_of(line) for line in app.lines[1:])


async def test_what_traded_has_one_number_of_decimals_on_all_lines() -> None:
    """The point stands in one column, also once the sum at a price has grown by a digit."""
    prints = [_sold("45012.5", "5.891"), _sold("45011", "0.5"), _sold("45010", "10.34")]
    app = LadderApp()
    async with app.run_test(size=(40, 24)):
        for count, texts in ((2, {"5.89", "0.50"}), (3, {"5.9", "10.3", "0.5"})):
            app.ladder.show(replace(view(), prints=prints[:count]))
            last_cells = {app.ladder.render_line(y).text[-5:].strip() for y in range(1, app.ladder.size.height)}
            assert {text for text in last_cells if "." in text} == texts


async def test_sizes_have_one_number_of_decimals_on_all_lines_although_one_grows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A size that needs another cell takes a decimal from all of them: also from lines that did not change."""
    quotes = [[(price, D("2.25")) for price, _ in side] for side in (depth().bids, depth().asks)]
    book = replace(view(), bids=[(quotes[0][0][0], D("7")), *quotes[0][1:]], asks=quotes[1])
    grown = replace(book, bids=[(quotes[0][0][0], D("9.75")), *quotes[0][1:]])
    app = LadderApp()
    async with app.run_test(size=(34, 24)) as pilot:
        app.ladder.show(book)
        await pilot.pause()
        drawn: set[int] = set()
        monkeypatch.setattr(ladder_module, "repaint_lines", lambda _, lines: drawn.update(lines))
        monkeypatch.setattr(app.ladder, "refresh", lambda: drawn.update(range(app.ladder.size.height)))
        before = [app.ladder.render_line(y).text for y in range(app.ladder.size.height)]
        app.ladder.show(grown)
        after = [app.ladder.render_line(y).text for y in range(app.ladder.size.height)]
        changed = {y for y, (was, now) in enumerate(zip(before, after, strict=True)) if was != now}
        assert len(changed) > 10
        assert changed <= drawn


def _sold(at: str, quantity: str) -> Print:
    return Print(symbol="BTC/USD", id=at, price=D(at), quantity=D(quantity), side=Side.SELL, time=NOON)
