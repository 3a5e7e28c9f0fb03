"""How good the line is: what was measured of it, and since when it is down. Times come from outside."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from tradeterm.client import connection
from tradeterm.tui.desk.port import DeskLink, DeskLinkState

FORGOTTEN_S = 60.0  # a round trip says nothing of the line a minute later


class LineGauge:
    """`now` is the wall clock, for ages of data; `steady` gives seconds that never jump, the loop's own."""

    def __init__(self, now: Callable[[], datetime], steady: Callable[[], float]) -> None:
        self._now, self._steady = now, steady
        self._lost_at: datetime | None = None
        self._delay: timedelta | None = None
        self._round_trip: timedelta | None = None
        self._answered_at = 0.0
        self._newest: datetime | None = None

    def lost(self) -> None:
        self._lost_at = self._now()

    def away(self) -> timedelta | None:
        """How long ago the line was lost; None where it never was."""
        return None if self._lost_at is None else self._now() - self._lost_at

    def came(self, moment: datetime) -> None:
        """Market data of this moment has come just now."""
        self._delay = max(timedelta(), self._now() - moment)
        self._newest = moment if self._newest is None else max(self._newest, moment)

    @contextmanager
    def round_trip(self) -> Iterator[None]:
        """Time what the server answers; what raises was no answer."""
        started = self._steady()
        yield
        self._answered_at = self._steady()
        self._round_trip = timedelta(seconds=self._answered_at - started)

    def link(self, state: DeskLinkState, line: connection.Link, seq: int, ended: str) -> DeskLink:
        """The line as the console shows it."""
        retry_at = None
        if line.retry_at is not None:
            retry_at = self._now() + timedelta(seconds=line.retry_at - self._steady())
        return DeskLink(
            state=state,
            since=None if state is DeskLinkState.LIVE else self._lost_at,
            reason=ended or line.reason,
            attempt=line.attempt,
            retry_at=retry_at,
            seq=seq,
            delay=self._delay,
            round_trip=self._round_trip if self._steady() - self._answered_at < FORGOTTEN_S else None,
            newest=self._newest,
        )
