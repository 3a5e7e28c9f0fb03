"""Rows of things that never change, such as orders and fills: each is drawn once, however often its list is. Pure."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from tradeterm.protocol.market import Market
from tradeterm.tui.drawing.cells import Row

Thing = TypeVar("Thing")


class KeptRows(Generic[Thing]):
    """`make` draws a thing of a market with a note, wide or not. What is not in the list any more is forgotten."""

    def __init__(self, make: Callable[[Thing, Market, str, bool], Row]) -> None:
        self._make = make
        self._kept: dict[int, tuple[Thing, Market, str, bool, Row]] = {}

    def rows(self, things: Iterable[tuple[Thing, Market, str]], *, is_wide: bool) -> list[Row]:
        """A row each, in their order. The same object looks the same in the same market with the same note, which is all
        that changes about it; equal ones are not compared."""
        rows, kept = [], {}
        for thing, market, note in things:
            known = self._kept.get(id(thing))
            if known is None or known[0] is not thing or known[1] is not market or known[2:4] != (note, is_wide):
                known = (thing, market, note, is_wide, self._make(thing, market, note, is_wide))
            kept[id(thing)] = known
            rows.append(known[4])
        self._kept = kept
        return rows
