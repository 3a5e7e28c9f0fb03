"""Which markets are watched, in the trader's own order. Pure but for telling whoever keeps it that it changed."""

from collections.abc import Callable, Iterable, Sequence


class Watchlist:
    """Empty means every market that the server lists, in its order; the first change makes the list the trader's own.

    `keep` is given the symbols after every change.
    """

    def __init__(self, symbols: Iterable[str] = (), keep: Callable[[Sequence[str]], None] | None = None) -> None:
        self._symbols = list(dict.fromkeys(symbols))
        self._keep = keep

    def shown(self, markets: Iterable[str]) -> list[str]:
        """The watched ones of these markets; one that the server does not list is kept, and not shown."""
        listed = list(markets)
        return [symbol for symbol in self._symbols if symbol in listed] if self._symbols else listed

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
