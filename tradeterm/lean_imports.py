"""Imports without what is not needed of them: libraries look for others that they could use, and import them if they are
there. A client's HTTP libraries, for instance, cost a server a quarter of its start.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str) -> Iterator[None]:
    """What is imported inside does not find these libraries, unless somebody has imported them before."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails as if it were not installed
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
