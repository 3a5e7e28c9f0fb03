"""The server's command line under a wall clock that a test sets: `python -m tests.e2e.shifted_clock serve …`.

The file that `SHIFTED_CLOCK` names holds by how many seconds the wall is off; it is read each time that the time is asked
for. Steady time goes on as it does when somebody sets a real clock.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server import clock_and_ids

NAME = "SHIFTED_CLOCK"
WIDTH = 32  # of the number in the file, so that it is never read half


def write_shift(file: Path, seconds: float) -> None:
    """Set the clock of the server that reads this file."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT), "wb", buffering=0) as opened:
        opened.write(f"{seconds:{WIDTH}.3f}".encode())


class _Wall:
    """Stands for the module `time` where ids are made, and for the wall where times are."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_RDONLY)

    def _shift(self) -> float:
        return float(os.pread(self._descriptor, WIDTH, 0))

    def now(self, clock: object) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._shift())

    def time_ns(self) -> int:
        return time.time_ns() + int(self._shift() * 1e9)

    def monotonic(self) -> float:
        return time.monotonic()


def main() -> int:
    wall = _Wall(Path(os.environ[NAME]))
    clock_and_ids.SystemClock.now = lambda self: wall.now(self)  # type: ignore[method-assign]
    vars(clock_and_ids)["time"] = wall
    from server.commands.main import main as serve

    return serve(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
