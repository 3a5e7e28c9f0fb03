"""Where a reader says it is in a stream of the journal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """Where a reader says it stands: by seq for an account's stream, by cursor for a monitor's."""

    epoch: str | None = None
    seq: int | None = None
    cursor: str | None = None


def cursor_text(epoch: str, place: int) -> str:
    """The opaque form of a place among all accounts' events."""
    return f"{epoch}.{place:x}"


def parse_cursor(text: str) -> tuple[str, int] | None:
    """(epoch, place) of a cursor; None when it was not made here."""
    epoch, dot, place = text.rpartition(".")
    if not dot or not place or len(place) > 15 or set(place) - set("0123456789abcdef"):
        return None
    return epoch, int(place, 16)
