"""A filter in every list: narrowed while one types, kept by Enter, ended by Escape; the cursor still means its row."""

from tests.tradeterm.tui.apps import WIDE, busy_console, painted, press, screen, toasts, typed
from tradeterm.tui.screens.filter import FilterDialog
from tradeterm.tui.screens.search import SearchDialog
from tradeterm.tui.widgets.grid.view import GridView


async def test_the_focused_list_is_narrowed_and_shows_by_what() -> None:
    """The foot of the pane says so; Escape on the pane shows everything again."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        grid = screen(console).query_one("#orders", GridView)
        assert len(grid.row_ids) == 3
        await press(console, pilot, "4", "slash")
        assert isinstance(console.app.screen, FilterDialog)
        await typed(console, *"ETH")
        await console.app.keys.done()
        assert len(grid.row_ids) == 1
        await press(console, pilot, "enter")
        painted(console)
        assert (len(grid.row_ids), "/ETH" in str(grid.border_subtitle)) == (1, True)
        await press(console, pilot, "escape")
        assert (len(grid.row_ids), grid.filter) == (3, "")


async def test_escape_in_the_field_shows_all_and_elsewhere_slash_finds_a_market() -> None:
    """What nothing holds is said in the list."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "5", "slash")
        await typed(console, *"zzz")
        await console.app.keys.done()
        grid = console.app.screen_stack[-2].query_one("#positions", GridView)
        assert grid.row_ids == []
        assert "holds zzz" in grid.render_line(2).text
        await press(console, pilot, "escape")
        assert len(grid.row_ids) == 2
        await press(console, pilot, "3", "slash")
        assert isinstance(console.app.screen, SearchDialog)


async def test_n_goes_through_what_a_filter_finds_and_round_its_end() -> None:
    """`N` goes back; without a filter the key says what it is for."""
    console = busy_console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        grid = screen(console).query_one("#orders", GridView)
        await press(console, pilot, "4", "n")
        assert "/ in a list narrows it" in toasts(console)
        await press(console, pilot, "slash", *"BTC", "enter")
        found = grid.row_ids
        assert len(found) == 2
        seen = []
        for key in ("n", "n", "n", "N"):
            await press(console, pilot, key)
            seen.append(grid.cursor_id)
        start = found.index(str(seen[0]))
        assert seen == [found[start], found[start - 1], found[start], found[start - 1]]
