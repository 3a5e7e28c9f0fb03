"""Kinds of news that are told in some way beside the screen, each with a switch of its own."""

from collections.abc import Iterable, Sequence

from tradeterm.tui.desk.port import News

ALL_ON, ALL_OFF = "on", "off"


class Kinds:
    """`on` are those that are told."""

    def __init__(self, on: Iterable[News]) -> None:
        self._on = set(on)

    def __contains__(self, news: object) -> bool:
        return news in self._on

    def switch(self, name: str) -> Sequence[News]:
        """`on` and `off` switch all, a kind's name that kind alone; those that are otherwise than before."""
        before = set(self._on)
        if name in (ALL_ON, ALL_OFF):
            self._on = set(News) if name == ALL_ON else set()
        else:
            self._on ^= {News(name)}
        return [kind for kind in News if kind in before ^ self._on]

    @property
    def names(self) -> Sequence[str]:
        return [kind.value for kind in News if kind in self]

    @property
    def words(self) -> str:
        """What is so now, as a sentence."""
        raise NotImplementedError
