"""What holds for every test that starts real processes."""

from collections.abc import Iterator

import pytest
from coverage import Coverage


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    """Trace nothing here: what runs is other processes, which no tracer of this one sees, and they are timed."""
    tracer = Coverage.current()
    if tracer is None:
        yield
        return
    tracer.stop()
    yield
    tracer.start()
