"""Where a consumer stands in its stream, kept in a file over the life of the process: the place, and whose it is."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tradeterm import owner_only
from tradeterm.client.errors import PositionUnreadable
from tradeterm.client.session import StreamPosition


class PositionFile:
    """One file. Raises PositionUnreadable when it is there and holds no place: to begin at the present would skip what came
    in between, and nobody would know."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()  # a link stays one
        self.position: StreamPosition | None = None  # as it was found; None where there was no file
        self._user: str | None = None
        try:
            kept = json.loads(path.read_text("utf-8"))
            self.position, self._user = _position(kept), kept.get("user")
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise PositionUnreadable(f"no place can be read from {path}; delete it to begin at the present") from error

    def claim(self, user: str) -> None:
        """The place is this user's. Raises PositionUnreadable for another's: a number in their stream is none in this one."""
        if self._user not in (None, user):
            raise PositionUnreadable(f"the place in {self.path} is {self._user}'s, not {user}'s; give each a file")
        self._user = user

    def write(self, position: StreamPosition) -> None:
        """Raises OSError, and then the file is as it was."""
        owner_only.replace(self.path, json.dumps({**asdict(position), "user": self._user}))


def _position(kept: dict[str, Any]) -> StreamPosition:
    epoch, seq, cursor = kept["epoch"], kept["seq"], kept.get("cursor")
    if not isinstance(epoch, str) or type(seq) is not int or seq < 0 or not isinstance(cursor, str | None):
        raise ValueError("that is no place")
    return StreamPosition(epoch, seq, cursor)
