"""A paint in strokes: between two of them the loop is free, so that a key need not wait for the panes that come after.

What has been drawn goes out when the last stroke is done, as one frame, or with what a key has drawn meanwhile.
"""

import asyncio
from collections.abc import Callable, Iterator

AFTER_KEYS_S = 0.002  # how often is looked whether the keys are done
LONGEST_WAIT_S = 0.05  # a paint is held up by keys no longer


class Strokes:
    """`waits` says whether something else comes first; `hold` keeps frames back, or lets them go; `failed` is told what goes
    wrong."""

    def __init__(
        self, waits: Callable[[], bool], hold: Callable[[bool], None], failed: Callable[[Exception], None]
    ) -> None:
        self._waits, self._hold, self._failed = waits, hold, failed
        self._left: Iterator[None] | None = None
        self._waits_until = 0.0

    @property
    def are_under_way(self) -> bool:
        return self._left is not None

    def begin(self, strokes: Iterator[None]) -> None:
        """The first one now, each other one in a turn of the loop of its own."""
        self._left = strokes
        self._waits_until = asyncio.get_running_loop().time() + LONGEST_WAIT_S
        self._next()

    def _next(self) -> None:
        assert self._left is not None, "it is under way"
        loop = asyncio.get_running_loop()
        if self._waits() and loop.time() < self._waits_until:
            self._hold(False)
            loop.call_later(AFTER_KEYS_S, self._next)
            return
        self._hold(True)
        try:
            next(self._left)
        except StopIteration:
            loop.call_soon(self._end)  # after what the last one touched has been drawn
        except Exception as error:
            self._end()
            self._failed(error)
        else:
            loop.call_soon(self._let_draw)

    def _let_draw(self) -> None:
        """What the stroke touched is drawn in this turn of the loop: the next stroke has one of its own."""
        asyncio.get_running_loop().call_soon(self._next)

    def _end(self) -> None:
        self._left = None
        self._hold(False)
