"""Where the events of a commit stand in its record: what the tables keep of events, which themselves stand in the journal.

A run is what one account has in one commit: from which seq on, and of each event the cursor, the name, and where in the
record its payload begins and how long it is. Imports nothing of ours: the projector's process is small.
"""

from collections.abc import Sequence
from typing import Any

import orjson

EventPlace = Sequence[Any]  # cursor, name, start, length
Run = tuple[str, int, str]  # the account, the first seq, and the places


def runs_of(cursor: int, events: Sequence[Sequence[Any]], base: int) -> list[Run]:
    """One for each account. `events` are those columns of a record's head, `cursor` is that of the last event before it,
    `base` the beginning of its body."""
    accounts, seqs, names, _, lengths = events
    found: dict[str, tuple[int, list[EventPlace]]] = {}
    for account, seq, name, length in zip(accounts, seqs, names, lengths, strict=True):
        cursor += 1
        run = found.get(account)
        if run is None:
            run = found[account] = seq, []
        run[1].append((cursor, name, base, length))
        base += length
    return [(account, first, orjson.dumps(places).decode()) for account, (first, places) in found.items()]


def places_in(text: str) -> list[EventPlace]:
    """Back from what the tables keep. Raises ValueError for what they never held."""
    found: list[EventPlace] = orjson.loads(text)
    return found
