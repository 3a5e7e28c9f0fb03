"""What an exchange's stream owes a word about: whatever the exchange took or ended must be told by it."""

from server.ports import Clock

OWED_S = 3.0


class OwedWord:
    """Who trades says what the exchange did, the stream says what it told: neither knows the other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._owed_since: float | None = None
        self._heard: dict[str, float] = {}  # by the exchange's id of an order, when the stream last told of it
        self._is_up = False

    def owe(self, venue_order_id: str) -> None:
        """The exchange did something to an order: its stream must tell of it, or did so a moment ago."""
        now = self._clock.monotonic()
        if self._is_up and self._owed_since is None and now - self._heard.get(venue_order_id, -OWED_S) >= OWED_S:
            self._owed_since = now

    def tell(self, venue_order_id: str) -> None:
        """The stream told of an order."""
        now = self._clock.monotonic()
        self._owed_since = None
        self._heard.pop(venue_order_id, None)
        self._heard[venue_order_id] = now
        while now - next(iter(self._heard.values())) > OWED_S:
            del self._heard[next(iter(self._heard))]

    def turn(self, *, is_up: bool) -> None:
        """The stream came up or went down: it owes nothing of before."""
        self._is_up, self._owed_since = is_up, None

    @property
    def is_overdue(self) -> bool:
        """Whether the stream is silent about something for too long."""
        since = self._owed_since
        return since is not None and self._clock.monotonic() - since > OWED_S
