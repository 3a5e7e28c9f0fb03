"""Where a reader of `trading` begins: from what it says it has, and from what the journal can still give."""

from dataclasses import dataclass
from typing import Any

from server.gateway.streams.epoch import Epoch
from server.gateway.streams.journal_stream import JournalFeed
from server.gateway.streams.position import StreamPosition, parse_cursor


@dataclass(frozen=True, slots=True)
class Start:
    """`mode` is `snapshot`, `replay` or `live`; `reason` says why a resume became a snapshot."""

    place: int
    head: int
    mode: str
    reason: str | None = None

    def described(self, epoch: str, head: int | str) -> dict[str, Any]:
        said: dict[str, Any] = {"epoch": epoch, "head": head}
        return said if self.reason is None else said | {"reason": self.reason}


def start_of(
    position: StreamPosition | None, *, is_monitor: bool, may_renew: bool, feed: JournalFeed, epoch: Epoch, account: str
) -> Start:
    """The start for a `from`, or for none. `may_renew` is for who may trade on the account, see `Epoch`."""
    head = feed.head()
    if position is None:
        return Start(head, head, "snapshot")
    known = _known(position, is_monitor=is_monitor)
    if known is None:
        return Start(head, head, "snapshot", "PLACE_UNKNOWN")
    said_epoch, number = known
    if said_epoch != epoch.of(account):
        return Start(head, head, "snapshot", "EPOCH_CHANGED")
    if number > head:
        # It says that it has seen what is not there; only its owner's word is enough to tell others so.
        if may_renew:
            epoch.renew(account)
        return Start(head, head, "snapshot", "AHEAD_OF_SERVER")
    if number == head:
        return Start(number, head, "live")
    if not feed.reaches_back(number):
        return Start(head, head, "snapshot", "HISTORY_LOST")
    return Start(number, head, "replay")


def _known(position: StreamPosition, *, is_monitor: bool) -> tuple[str, int] | None:
    if is_monitor:
        return parse_cursor(position.cursor) if position.cursor is not None else None
    if position.epoch is None or position.seq is None:
        return None
    return position.epoch, position.seq
