"""What the server says of itself: structured lines on standard error, one fact a line, no secret in any."""

import logging
import sys

import structlog

from server.log_writer import LogWriter


def set_up_logs(level: str = "info") -> LogWriter:
    """Route structlog, and the libraries that use the standard logging, to standard error, through a writer that lets
    nobody wait; it is to be closed at the end."""
    writer = LogWriter(sys.stderr.fileno())
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(writer),  # type: ignore[arg-type]  # all that is asked of a file
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=writer, level=max(number, logging.WARNING), format="%(levelname)s %(name)s %(message)s")
    return writer
