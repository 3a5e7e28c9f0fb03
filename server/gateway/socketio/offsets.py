"""`pid` and `offset` of Socket.IO's connection-state recovery: a place in the journal as text, in the client's keeping.

The account stands in both: a client keeps its old offset when the `pid` changes, even when another user's comes.
"""

from dataclasses import dataclass
from typing import Any, Final

MAX_TEXT: Final = 200
MAX_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Offset:
    """A place in the history `epoch` as `user` reads it: a seq, for a monitor a cursor."""

    user: str
    epoch: str
    place: int

    def text(self) -> str:
        return f"{self.user}:{self.epoch}:{self.place}"


def parse_offset(text: Any) -> Offset | None:
    """An offset that could have been made here; None for all else that a client may send."""
    if not isinstance(text, str) or len(text) > MAX_TEXT or text.count(":") != 2:
        return None
    user, epoch, place = text.split(":")
    if not (user and epoch and place.isascii() and place.isdigit() and len(place) <= MAX_DIGITS):
        return None
    return Offset(user, epoch, int(place))


def furthest(pid: Any, offset: Any, user: str, epoch: str) -> int | None:
    """The later of the two places, as far as they are this user's in this history; None when neither is."""
    places = [
        found.place
        for found in (parse_offset(pid), parse_offset(offset))
        if found is not None and found.user == user and found.epoch == epoch
    ]
    return max(places, default=None)
