"""Waiting for the end of a process, whoever's child it is."""

import contextlib
import os
import select
from collections.abc import Iterator

import pytest

PATIENCE_S = 50  # one that yields to everything else needs a core to die on
needs_pidfd = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells of the end of any process")


@contextlib.contextmanager
def ending(pid: int) -> Iterator[None]:
    """What is done within ends that process."""
    process = os.pidfd_open(pid)
    try:
        yield
        assert select.select([process], [], [], PATIENCE_S)[0], f"process {pid} does not end"
    finally:
        os.close(process)
