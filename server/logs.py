"""What the server says of itself: structured lines on standard error, one fact a line, no secret in any.

What others wrote (names, origins, addresses) is made printable and cut, whoever logs it. Lines that anybody can provoke
without signing in come at a bounded rate; the next one that comes says how many did not.
"""

import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from structlog.typing import EventDict

from server.log_writer import LogWriter
from tradeterm.protocol.foreign_text import printable

LONGEST: Final = 200
LONGEST_TRACE: Final = 16_000
LINES_PER_S, LINES_AT_ONCE = 10.0, 100.0
PROVOKED: Final = frozenset(
    {
        "socket_refused",
        "request_refused",
        "connection_refused",
        "connection_closed",
        "sign-in failed",
        "sign-in held back",
    }
)


def set_up_logs(level: str = "info") -> LogWriter:
    """Route structlog, and the libraries that use the standard logging, to standard error, through a writer that lets
    nobody wait; it is to be closed at the end."""
    writer = LogWriter(sys.stderr.fileno())
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            BoundedRate(time.monotonic),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            tamed,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(writer),  # type: ignore[arg-type]  # all that is asked of a file
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(writer)
    handler.addFilter(BoundedLibraries(time.monotonic))
    handler.setFormatter(TamedFormatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING))
    return writer


def tamed(logger: Any, method: str, line: EventDict) -> EventDict:
    """Every value fit for a terminal and of a bounded size."""
    return {name: _tame(name, value) for name, value in line.items()}


def _tame(name: str, value: Any) -> Any:
    if name == "exception":
        return _lines(str(value))
    if value is None or isinstance(value, bool | int | float):
        return value
    return printable(str(value), LONGEST)


def _lines(text: str) -> str:
    """A traceback keeps its lines; its end says what happened."""
    return "\n".join(printable(line, LONGEST) for line in text.split("\n"))[-LONGEST_TRACE:]


class TamedFormatter(logging.Formatter):
    """The same for what libraries log."""

    def format(self, record: logging.LogRecord) -> str:
        # What follows a line is set in: an error's text must not look like a line of the log.
        return _lines(super().format(record)).replace("\n", "\n    ")


class _Rates:
    """Of each kind of line the first hundred, then `LINES_PER_S`."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now()` is monotonic seconds."""
        self._now = now
        self._left: dict[str, tuple[float, float]] = {}  # by kind: lines that may be said, and as of when
        self._unsaid: dict[str, int] = {}

    def take(self, kind: str) -> int | None:
        """How many lines were not said before this one, which may be; None when it may not."""
        left, at = self._left.get(kind, (LINES_AT_ONCE, self._now()))
        left = min(LINES_AT_ONCE, left + (self._now() - at) * LINES_PER_S)
        said = left >= 1
        self._left[kind] = (left - said, self._now())
        if not said:
            self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
            return None
        return self._unsaid.pop(kind, 0)


class BoundedRate:
    """Drops lines that strangers provoke faster than `LINES_PER_S`; others, and the first hundred, pass.

    A line that passes after some that did not has `unsaid`, their number.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """`now()` is monotonic seconds."""
        self._rates = _Rates(now)

    def __call__(self, logger: Any, method: str, line: EventDict) -> EventDict:
        event = line["event"]
        if not (event in PROVOKED or (event == "socket_closed" and line.get("user") is None)):
            return line
        unsaid = self._rates.take(event)
        if unsaid is None:
            raise structlog.DropEvent
        return {**line, "unsaid": unsaid} if unsaid else line


class BoundedLibraries(logging.Filter):
    """The same for what libraries log: of none of it is it known who provokes it. Counted by the place it is logged at,
    of which there are a few; its text may be a stranger's."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now()` is monotonic seconds."""
        super().__init__()
        self._rates = _Rates(now)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is said."""
        unsaid = self._rates.take(f"{record.pathname}:{record.lineno}")
        if unsaid:
            record.msg, record.args = f"{record.getMessage()} unsaid={unsaid}", None
        return unsaid is not None
