"""A desk before there is a server: empty, saying what it waits for, until the real one is there and speaks for itself.

So that the first frame stands while the market is still being started. Must not import the client: that comes later.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from tradeterm.tui.desk.port import Answer, Desk, DeskLink, DeskLinkState, Dirty, Refused, View


class ClosableDesk(Desk, Protocol):
    """A desk that holds something open."""

    async def aclose(self) -> None: ...


class LateDesk:
    """`Desk` over the one that `opening` brings. `waits_for` says in words what it is that takes so long.

    Where the opening fails the link is refused for ever, with the failure's words; `failure` keeps it for who quits.
    """

    def __init__(
        self, opening: Callable[[], Awaitable[ClosableDesk]], waits_for: str, now: Callable[[], datetime]
    ) -> None:
        self._opening = opening
        self._waits_for = waits_for
        self._since = now()
        self._desk: ClosableDesk | None = None
        self._view: View | None = None
        self._has_news = True
        self.failure: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        """What the real desk has, or nothing of it while there is none."""
        if self._desk is not None:
            return getattr(self._desk, name)
        if inspect.iscoroutinefunction(getattr(Desk, name)):
            return self._refuse
        return _NOTHING.get(name, _none_of_it)

    def take_dirty(self) -> Dirty:
        if self._desk is not None and not self._has_news:
            return self._desk.take_dirty()
        has_news, self._has_news = self._has_news, False
        return Dirty(everything=has_news)

    def link(self) -> DeskLink:
        if self._desk is not None:
            return self._desk.link()
        if self.failure is not None:
            return DeskLink(DeskLinkState.REFUSED, reason=str(self.failure))
        return DeskLink(DeskLinkState.CONNECTING, reason=self._waits_for)

    def show(self, view: View) -> None:
        self._view = view
        if self._desk is not None:
            self._desk.show(view)

    async def run(self) -> None:
        """Open, then be the real one until cancelled."""
        try:
            self._desk = await self._opening()
        except Exception as failure:
            self.failure, self._has_news = failure, True
            return
        self._has_news = True
        if self._view is not None:
            self._desk.show(self._view)
        await self._desk.run()

    async def aclose(self) -> None:
        if self._desk is not None:
            await self._desk.aclose()

    async def _refuse(self, *_: object, **__: object) -> Answer:
        return Refused(f"{self._waits_for}: nothing can be sent yet")


def _nothing(*_: object) -> None:
    return None


def _none_of_it(*_: object) -> tuple[()]:
    return ()


_NOTHING: Mapping[str, Callable[..., object]] = {
    **dict.fromkeys(("ticker", "depth", "account", "order", "order_of", "venue"), _nothing),
    **dict.fromkeys(("markets", "queue"), dict),
}
