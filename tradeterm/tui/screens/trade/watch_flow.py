"""What the keys of the watchlist do: find a market, put it on the list, take it off, move it, and say why not."""

from collections.abc import Callable, Sequence
from functools import partial

from textual.screen import Screen

from tradeterm.tui.context import Context
from tradeterm.tui.screens.search import SearchDialog
from tradeterm.tui.watchlist import Group
from tradeterm.tui.widgets.watch import Edit, WatchGrid


class WatchFlow:
    """One for a screen. `choose` looks at a market, `refresh` shows the list anew, `say` shows a sentence."""

    def __init__(
        self,
        screen: Screen[None],
        context: Context,
        choose: Callable[[str], None],
        refresh: Callable[[], None],
        say: Callable[[str, bool], None],
    ) -> None:
        self._screen = screen
        self._ctx = context
        self._choose, self._refresh, self._say = choose, refresh, say
        self._taken_off: tuple[str, str] | None = None  # the market, and the one that stood behind it

    def undo(self) -> bool:
        """Put the market that was taken off last back where it was; False where there is none."""
        if self._taken_off is None:
            return False
        (symbol, before), self._taken_off = self._taken_off, None
        self._change(partial(self._ctx.watchlist.add, symbol, list(self._ctx.desk.markets()), before))
        self._say(f"{symbol} is on the watchlist again.", False)
        return True

    def watched(self) -> list[str]:
        return self._ctx.watchlist.shown(self._ctx.desk.markets())

    def search(self) -> None:
        self._screen.app.push_screen(SearchDialog(self._ctx, "Go to a market"), self._found)

    def _found(self, symbol: str | None) -> None:
        if symbol is not None:
            self._choose(symbol)

    def edit(self, event: WatchGrid.Edited) -> None:
        """Change the list at the cursor; it is kept at once."""
        watchlist, markets = self._ctx.watchlist, list(self._ctx.desk.markets())
        if not event.row_id and event.edit is not Edit.ADD:
            self._say("No market at the cursor: j and k move it, w shows all.", True)
            return
        if watchlist.group is not Group.ALL and event.edit is not Edit.FAVOUR:
            self._say(f"The list is narrowed to {watchlist.group}: w goes on to all, which can be changed.", True)
            return
        match event.edit:
            case Edit.FAVOUR if not self._ctx.trading.may_press("watch.favourite"):
                pass  # it is held down
            case Edit.FAVOUR:
                self._change(partial(self._favour, event.row_id))
            case Edit.ADD:
                dialog = SearchDialog(self._ctx, "Add a market to the watchlist", self.watched())
                self._screen.app.push_screen(dialog, partial(self._add, event.row_id))
            case Edit.REMOVE:
                self._change(partial(self._remove, event.row_id))
            case Edit.UP | Edit.DOWN:
                by = 1 if event.edit is Edit.DOWN else -1
                self._change(partial(watchlist.move, event.row_id, by, markets))

    def next_group(self) -> None:
        """Look at another group of the list."""
        group = self._ctx.watchlist.next_group()
        self._refresh()
        self._say(f"Watch: {group}. w goes on.", False)

    def _favour(self, symbol: str) -> None:
        is_one = self._ctx.watchlist.favour(symbol)
        self._say(f"{symbol} is {'a favourite: w shows them alone.' if is_one else 'no favourite any more.'}", False)
        self._ctx.habits.keep("watch", "favourites", list(self._ctx.watchlist.favourites))

    def _add(self, before: str, symbol: str | None) -> None:
        if symbol is not None:
            self._change(partial(self._ctx.watchlist.add, symbol, list(self._ctx.desk.markets()), before))

    def _remove(self, symbol: str) -> None:
        names = self.watched()
        if not self._ctx.watchlist.remove(symbol, list(self._ctx.desk.markets())):
            self._say("The last market stays on the watchlist.", False)
            return
        after = names[names.index(symbol) + 1 :] if symbol in names else []
        self._taken_off = (symbol, after[0] if after else "")
        self._say(f"{symbol} is off the watchlist: u puts it back.", False)

    def _change(self, change: Callable[[], None]) -> None:
        try:
            change()
        except OSError as error:
            self._say(f"The watchlist is changed, but could not be kept: {error}", True)
        self._refresh()


def next_to(names: Sequence[str], symbol: str, by: int) -> str | None:
    """The market `by` places further on the list, round its end."""
    if not names:
        return None
    here = names.index(symbol) if symbol in names else -max(0, by)
    return names[(here + by) % len(names)]
