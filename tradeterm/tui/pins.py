"""Which market each of the ladders is about: the one on the page, or one that it is pinned to. Pure."""

from collections.abc import Collection, Sequence

FOLLOWS = ""
MOST_LADDERS = 3


class Pins:
    """One entry a ladder, `""` where it follows the page. A pin of a ladder that was put away is remembered."""

    def __init__(self, symbols: Sequence[str] = (FOLLOWS,)) -> None:
        self._pins = list(symbols) or [FOLLOWS]
        self.count = len(self._pins)

    def step(self) -> None:
        """One ladder more; after the most there are, one again."""
        self.count = self.count % MOST_LADDERS + 1
        self._pins += [FOLLOWS] * (self.count - len(self._pins))

    def pin(self, number: int, symbol: str) -> None:
        """From now on this ladder, counted from 1, is about `symbol`, whatever the page shows."""
        self._pins[number - 1] = symbol

    def follow(self, number: int) -> None:
        self._pins[number - 1] = FOLLOWS

    def is_pinned(self, number: int) -> bool:
        return self._pins[number - 1] != FOLLOWS

    def symbols(self, page: str, listed: Collection[str]) -> list[str]:
        """The market of each ladder; a pin to what is not listed here waits, and its ladder follows the page meanwhile."""
        return [pin if pin in listed else page for pin in self._pins[: self.count]]

    @property
    def kept(self) -> list[str]:
        """What to write down, to begin with it the next time."""
        return self._pins[: self.count]
