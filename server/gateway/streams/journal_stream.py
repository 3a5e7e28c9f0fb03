"""A reader's place in the journal, and the two streams there are to read: one account's, and for monitors everybody's.

A stream is pulled from `History` until it has reached the head, and from then on gets what a commit brings, if it stands
right before it. Who does not stand there is pulled again: so nothing can be missed and nothing given twice.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.gateway.streams.ack_window import AckWindow
from server.gateway.streams.monitored import as_monitored
from server.ports import EventRow, History, StoredEvent, View
from tradeterm.protocol.vocabulary import EventName

PAGE = 256  # events read at once for one reader: about 160 KiB


class Writable(Protocol):
    """Something to write to that may refuse."""

    @property
    def ready(self) -> bool:
        """Whether a write would be taken now."""
        ...

    def write(self, data: bytes) -> bool:
        """False: refused, because the reader is behind or gone; nothing of `data` was taken."""
        ...


class Wire(Writable, Protocol):
    """A connection. Closing it never waits for the reader."""

    @property
    def address(self) -> str: ...

    def close(self, code: int, reason: str) -> None: ...


class LastWordWire(Wire, Protocol):
    """A wire that can be made to take something before it is closed."""

    def write_last(self, data: bytes) -> None:
        """Write although the reader is behind. No more than an outbox holds, and only before a close, which has its own
        time limit."""
        ...


class SureWire(Writable, Protocol):
    """A wire that also takes messages which must not be lost: it keeps them while it refuses."""

    def send(self, message: bytes) -> None: ...


class Fact(Protocol):
    """What a live and a stored event have in common."""

    @property
    def account(self) -> str: ...

    @property
    def seq(self) -> int: ...

    @property
    def event(self) -> str: ...

    @property
    def data(self) -> bytes: ...


PlacedFacts = Iterable[tuple[int, Fact]]  # each with its place in the stream that is read


class Dialect(Protocol):
    """How one kind of client is told: facts in, bytes for its wire out."""

    def facts(self, facts: PlacedFacts, *, replay: bool) -> bytes:
        """One after the other, however many there are."""
        ...

    def told(self, event: str, data: bytes, as_of: int) -> bytes:
        """Empty when this kind of client is not told."""
        ...


@dataclass(slots=True)
class FeedBatch:
    """Joined bytes for every reader that stands at `before`; with them it stands at `last`.

    `shown` is the place of the last event that is really in them. It differs from `last` where events are left out.
    """

    before: int
    last: int
    shown: int
    events: int
    data: bytes


class JournalFeed(Protocol):
    """One stream of the journal in one dialect, with those who read it."""

    readers: "dict[Reader, None]"

    def head(self) -> int: ...

    def page(self, after: int, *, replay: bool) -> tuple[FeedBatch, bool]:
        """What comes after a place, and whether that is all there is."""
        ...

    def take(self) -> FeedBatch | None:
        """What was collected since the last time, for those who stood there."""
        ...

    def reaches_back(self, after: int) -> bool:
        """Whether everything after a place is still in the journal."""
        ...


class AccountFeed:
    """The events of one account. A place is a seq."""

    def __init__(self, account: str, history: History, view: View, dialect: Dialect) -> None:
        self.account = account
        self.readers: dict[Reader, None] = {}
        self._history = history
        self._view = view
        self._dialect = dialect
        self._waiting: list[bytes] = []
        self._before = self._last = self._events = 0

    def head(self) -> int:
        return self._view.head(self.account)

    def collect(self, rows: Sequence[EventRow]) -> None:
        """Take a commit's events, which follow one another. After a hole before them only they are kept: readers find the
        rest in the journal."""
        before = rows[0].seq - 1
        if not self._waiting or before != self._last:
            self._waiting, self._events, self._before = [], 0, before
        self._last = rows[-1].seq
        self._events += len(rows)
        self._waiting.append(self._dialect.facts(_by_seq(rows), replay=False))

    def tell(self, event: EventName, data: bytes, as_of: int) -> None:
        """Join a value that moved with the price to what is waiting; one that was overtaken is worthless."""
        if self._waiting and self._last != as_of:
            return
        told = self._dialect.told(event, data, as_of)
        if not told:
            return
        if not self._waiting:
            self._before = self._last = as_of
        self._waiting.append(told)

    def take(self) -> FeedBatch | None:
        if not self._waiting:
            return None
        batch = FeedBatch(self._before, self._last, self._last, self._events, b"".join(self._waiting))
        self._waiting, self._events = [], 0
        return batch

    def page(self, after: int, *, replay: bool) -> tuple[FeedBatch, bool]:
        found = self._history.events(self.account, after, PAGE)
        # A commit may be in the database before the executor has heard so: it is shown only then.
        head = self.head()
        rows = [row for row in found if row.seq <= head]
        last = rows[-1].seq if rows else after
        data = self._dialect.facts(_by_seq(rows), replay=replay)
        return FeedBatch(after, last, last, len(rows), data), len(rows) < PAGE

    def reaches_back(self, after: int) -> bool:
        rows = self._history.events(self.account, after, 1)
        return bool(rows) and rows[0].seq == after + 1


class MonitorFeed:
    """All accounts' orders, positions and trades. A place is a cursor; money is left out, and so are service accounts."""

    def __init__(self, history: History, dialect: Dialect) -> None:
        self.readers: dict[Reader, None] = {}
        self._history = history
        self._dialect = dialect
        self._at: int | None = None

    def head(self) -> int:
        return self._history.head_cursor()

    def take(self) -> FeedBatch | None:
        """Read on from where the live readers stand. Without any, the place is forgotten and nothing is read."""
        places = [reader.flow.place for reader in self.readers if reader.live]
        if not places:
            self._at = None
            return None
        start = at = max(places) if self._at is None else self._at
        parts: list[FeedBatch] = []
        at_end = False
        while not at_end:
            batch, at_end = self.page(at, replay=False)
            parts.append(batch)
            at = batch.last
        self._at = at
        shown = max(batch.shown for batch in parts)
        return FeedBatch(start, at, shown, sum(batch.events for batch in parts), b"".join([b.data for b in parts]))

    def page(self, after: int, *, replay: bool) -> tuple[FeedBatch, bool]:
        rows = self._history.all_events(after, PAGE)
        seen = [row for row in map(as_monitored, rows) if row is not None]
        last = rows[-1].cursor if rows else after
        shown = seen[-1].cursor if seen else 0
        data = self._dialect.facts([(row.cursor, row) for row in seen], replay=replay)
        return FeedBatch(after, last, shown, len(seen), data), len(rows) < PAGE

    def reaches_back(self, after: int) -> bool:
        rows = self._history.all_events(after, 1)
        return bool(rows) and rows[0].cursor == after + 1


class Reader:
    """One socket's place in one feed."""

    __slots__ = ("feed", "flow", "live", "on_live", "queued", "shown", "wire")

    def __init__(self, feed: JournalFeed, wire: Writable, place: int, on_live: Callable[[int], bytes]) -> None:
        """`on_live(place)` gives the bytes that say that the reader has everything, up to that place."""
        self.feed = feed
        self.wire = wire
        self.flow = AckWindow(place)
        self.shown = place  # the place of the last event that was written
        self.live = False
        self.queued = False
        self.on_live = on_live

    def offer(self, batch: FeedBatch) -> bool:
        """Take a batch that follows right on. False: it has to be pulled from the journal."""
        flow = self.flow
        if flow.place != batch.before or not self.live:
            return batch.last <= flow.place
        if batch.data and not self.wire.write(batch.data):
            return False
        self._wrote(batch)
        return True

    def pull(self) -> bool:
        """Write the next page from the journal. True: there is more, and the wire takes more."""
        if not self.wire.ready:
            return False
        batch, at_end = self.feed.page(self.flow.place, replay=not self.live)
        arrived = at_end and not self.live
        # The marker goes with the page: on its own it could be refused.
        data = batch.data + self.on_live(max(self.shown, batch.shown)) if arrived else batch.data
        if data and not self.wire.write(data):
            return False
        self._wrote(batch)
        self.live = self.live or arrived
        return not at_end

    def _wrote(self, batch: FeedBatch) -> None:
        flow = self.flow
        flow.place = batch.last
        flow.events += batch.events
        flow.bytes += len(batch.data)
        self.shown = max(self.shown, batch.shown)


def _by_seq(rows: Iterable[EventRow] | Iterable[StoredEvent]) -> PlacedFacts:
    return [(row.seq, row) for row in rows]


def rows_by_account(events: Sequence[EventRow], heard: Container[str]) -> dict[str, list[EventRow]]:
    """Of the accounts that somebody hears of."""
    found: dict[str, list[EventRow]] = {}
    for row in events:
        account = row[0]
        if account in found:
            found[account].append(row)
        elif account in heard:
            found[account] = [row]
    return found
