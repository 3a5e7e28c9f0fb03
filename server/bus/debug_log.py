"""Every event as one line of the debug log: what happened to whom, and never a whole payload."""

from typing import Any, Final

import orjson
import structlog

from server.ports import StoredEvent

log = structlog.get_logger("server.events")

# What tells one event from the next. Prices and sizes are business, and stay in the journal.
SHOWN: Final = ("id", "clientOrderId", "orderId", "symbol", "status", "side", "type", "rejectReason", "state")


async def write_line(name: str, event: StoredEvent) -> None:
    """Log one event at debug level under its internal name."""
    log.debug(name, account=event.account, seq=event.seq, cursor=event.cursor, **_facts(event.data))


def _facts(data: bytes) -> dict[str, Any]:
    """The identifying fields of the object that the event is about."""
    about = next((value for value in orjson.loads(data).values() if isinstance(value, dict)), {})
    return {key: about[key] for key in SHOWN if about.get(key) is not None}
