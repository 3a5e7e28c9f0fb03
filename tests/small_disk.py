"""Disks that take nothing more, without a disk of one's own: a limit on the length of files, and a folder of the kernel's."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

UNWRITABLE: Final = Path("/sys/kernel")  # nobody makes anything here, whoever they are


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may become longer."""
    before, limits = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
