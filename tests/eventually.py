"""Waiting for what another thread or process does: a condition is polled, no length of time is guessed."""

import time
from collections.abc import Callable

PATIENCE_S = 20.0


def eventually(is_so: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Return as soon as it is so; fails when it is not within the time."""
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)
