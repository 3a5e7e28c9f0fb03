"""Which markets are watched, in the trader's own order. Pure but for telling whoever keeps it that it changed."""

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum


class Group(StrEnum):
    """Which of the watched markets are seen."""

    ALL = "all"
    FAVOURITES = "favourites"
    HELD = "held"


class Watchlist:
    """Empty means every market that the server lists, in its order; the first change makes the list the trader's own.

    `keep` is given the symbols after every change. `favourites` are marked, whether they are watched or not.
    """

    def __init__(
        self,
        symbols: Iterable[str] = (),
        keep: Callable[[Sequence[str]], None] | None = None,
        favourites: Iterable[str] = (),
    ) -> None:
        self._symbols = list(dict.fromkeys(symbols))
        self._keep = keep
        self.favourites = list(dict.fromkeys(favourites))
        self.group = Group.ALL

    def shown(self, markets: Iterable[str]) -> list[str]:
        """The watched ones of these markets; one that the server does not list is kept, and not shown."""
        listed = list(markets)
        return [symbol for symbol in self._symbols if symbol in listed] if self._symbols else listed

    def seen(self, markets: Iterable[str], held: Collection[str]) -> list[str]:
        """Those of the group that is looked at; `held` are the markets of the positions."""
        wanted = {Group.FAVOURITES: self.favourites, Group.HELD: held}.get(self.group)
        return [symbol for symbol in self.shown(markets) if wanted is None or symbol in wanted]

    def next_group(self) -> Group:
        groups = list(Group)
        self.group = groups[(groups.index(self.group) + 1) % len(groups)]
        return self.group

    def favour(self, symbol: str) -> bool:
        """Mark it, or take the mark away; whether it has one now."""
        if symbol in self.favourites:
            self.favourites.remove(symbol)
            return False
        self.favourites.append(symbol)
        return True

    def add(self, symbol: str, markets: Iterable[str], before: str | None = None) -> None:
        """Put a market on the list, where the cursor is or at the end; one that is on it moves there."""
        symbols = [one for one in self._own(markets) if one != symbol]
        at = symbols.index(before) if before in symbols else len(symbols)
        self._change([*symbols[:at], symbol, *symbols[at:]])

    def remove(self, symbol: str, markets: Iterable[str]) -> bool:
        """Take a market off the list; the last one stays, for an empty list means all."""
        symbols = [one for one in self._own(markets) if one != symbol]
        if symbols:
            self._change(symbols)
        return bool(symbols)

    def move(self, symbol: str, by: int, markets: Iterable[str]) -> None:
        """Move a market up (below 0) or down, as far as there is room."""
        symbols = self._own(markets)
        if symbol in symbols:
            at = symbols.index(symbol)
            symbols.insert(max(0, at + by), symbols.pop(at))
            self._change(symbols)

    def _own(self, markets: Iterable[str]) -> list[str]:
        return list(self._symbols or markets)

    def _change(self, symbols: list[str]) -> None:
        if symbols != self._symbols:
            self._symbols = symbols
            if self._keep is not None:
                self._keep(tuple(symbols))


def matching(markets: Iterable[str], text: str) -> list[str]:
    """The markets that a search finds: those that begin with the text first, then those that hold it."""
    wanted = text.strip().upper().replace("-", "/")
    found = [symbol for symbol in markets if wanted in symbol.upper()]
    return sorted(found, key=lambda symbol: not symbol.upper().startswith(wanted))
