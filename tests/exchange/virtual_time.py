"""An event loop whose time passes as fast as nothing is left to do: hours of waiting in a moment, the same every run."""

import asyncio
from collections.abc import Coroutine
from selectors import DefaultSelector
from typing import Any, TypeVar

T = TypeVar("T")


class _Impatient(DefaultSelector):
    """Instead of waiting for a socket it lets the time pass that it was to wait."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.passed += max(0.0, timeout or 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._waits = _Impatient()
        super().__init__(self._waits)

    def time(self) -> float:
        return self._waits.passed


def run(work: Coroutine[Any, Any, T]) -> T:
    """`work` to its end, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
