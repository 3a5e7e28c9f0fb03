"""In which order a list stands: as it came, or by one of its columns. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import itemgetter
from typing import TypeVar

from tradeterm.tui.drawing.cells import Column
from tradeterm.tui.drawing.panes import Pane

Value = Decimal | str | None
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Sort:
    """By the column of this title, the largest first where it `falls`."""

    title: str
    falls: bool = False

    @property
    def words(self) -> str:
        if self.title in ("Sym", "Side"):
            return f"{self.title}, from A to Z"
        return f"{self.title}, {'largest' if self.falls else 'smallest'} first"


_NAMES = Sort("Sym")
SORTS: Mapping[Pane, Sequence[Sort]] = {
    Pane.WATCH: (Sort("24h", falls=True), Sort("24h"), _NAMES),
    Pane.ORDERS: (Sort("Away"), _NAMES, Sort("Side"), Sort("Price", falls=True)),
    Pane.POSITIONS: (Sort("Net"), Sort("Net", falls=True), _NAMES),
    Pane.FILLS: (
        _NAMES,
        Sort("Price", falls=True),
        Sort("Fee", falls=True),
        Sort("Realised"),
        Sort("Realised", falls=True),
    ),
    Pane.ALERTS: (Sort("Away"), _NAMES, Sort("Price", falls=True)),
}


class Sorting:
    """Of each list, how it is sorted now; the lists of time have no other order."""

    def __init__(self) -> None:
        self._by: dict[Pane, Sort] = {}

    def of(self, pane: Pane) -> Sort | None:
        """None: as it came."""
        return self._by.get(pane)

    def next(self, pane: Pane, shown: Iterable[Column]) -> Sort | None:
        """Go on to the next order that this list's columns can show; after the last one, as it came."""
        titles = {column.title for column in shown}
        offered = [one for one in SORTS[pane] if one.title in titles]
        here = self._by.pop(pane, None)
        following = offered.index(here) + 1 if here in offered else 0
        if following < len(offered):
            self._by[pane] = offered[following]
        return self.of(pane)

    def forget_hidden(self, pane: Pane, shown: Iterable[Column]) -> None:
        """A list is not sorted by a column that it shows no more."""
        by = self.of(pane)
        if by is not None and by.title not in {column.title for column in shown}:
            del self._by[pane]

    def sorted(self, pane: Pane, items: Iterable[Item], value: Callable[[Item, str], Value]) -> list[Item]:
        """The items in this list's order; `value` is what one has in the column of a title. None comes last."""
        listed, by = list(items), self.of(pane)
        if by is None:
            return listed
        values = [(value(item, by.title), item) for item in listed]
        known = sorted([one for one in values if one[0] is not None], key=itemgetter(0), reverse=by.falls)
        return [item for _, item in known] + [item for at, item in values if at is None]

    def marked(self, pane: Pane, columns: Sequence[Column]) -> tuple[Column, ...]:
        """The columns, with a sign at the title of the one that it is sorted by."""
        by = self.of(pane)
        if by is None:
            return tuple(columns)
        sign = "▼" if by.falls else "▲"
        return tuple(
            replace(one, title=one.title[: one.width - 1] + sign) if one.title == by.title else one for one in columns
        )
