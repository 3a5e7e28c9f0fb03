"""The ladders that stand side by side: which of them the keys mean, and which market each is about."""

from collections.abc import Sequence

from textual.screen import Screen

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.panes import Shown, ladder_id
from tradeterm.tui.pins import MOST_LADDERS
from tradeterm.tui.widgets.ladder import Ladder


class LadderDeck:
    """One for a screen, whose ladders it finds by their names."""

    def __init__(self, screen: Screen[None], context: Context) -> None:
        self._screen = screen
        self._desk = context.desk
        self._pins = context.habits.pins
        self._last = 1

    def numbered(self, number: int) -> Ladder:
        return self._screen.query_one(f"#{ladder_id(number)}", Ladder)

    @property
    def every(self) -> Sequence[Ladder]:
        """Also those that are not shown now."""
        return [self.numbered(number) for number in range(1, MOST_LADDERS + 1)]

    def seen(self, shown: Shown) -> Sequence[Ladder]:
        return self.every[: shown.seen_ladders]

    def symbols(self, shown: Shown, page: str) -> Sequence[str]:
        """The market of each ladder that is seen; one that is alone has the page's."""
        if shown.seen_ladders == 1:
            return [page]
        return self._pins.symbols(page, self._desk.markets())[: shown.seen_ladders]

    @property
    def number(self) -> int:
        """Of the ladder that the keys mean: the one with the focus, or that had it last."""
        ladders = self.every
        if isinstance(focused := self._screen.focused, Ladder) and focused in ladders:
            self._last = ladders.index(focused) + 1
        return self._last if ladders[self._last - 1].display else 1

    @property
    def in_hand(self) -> Ladder:
        """The ladder that the keys mean."""
        return self.numbered(self.number)

    @property
    def pinned(self) -> int | None:
        """The number of the ladder with the focus, where it is pinned to its market and not alone."""
        if not self.numbered(2).display:
            return None
        number = self.number
        has_focus = self._screen.focused is self.numbered(number)
        return number if has_focus and self._pins.is_pinned(number) else None

    def about(self, symbol: str) -> Ladder | None:
        """A ladder of this market, rather the one that the keys mean."""
        ladders = sorted(self.every, key=lambda one: one is not self.in_hand)
        return next((one for one in ladders if one.display and one.symbol == symbol), None)

    def put_back(self) -> bool:
        """Put an order that is in the hand back where it was; False where there is none."""
        held = [one for one in self.every if one.held is not None]
        for ladder in held:
            ladder.put_back()
        return bool(held)
