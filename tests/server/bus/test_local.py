"""The in-process bus."""

from collections.abc import Sequence
from datetime import UTC, datetime

from server.bus.local import LocalBus
from server.ports import EventRow
from tradeterm.protocol.vocabulary import EventName

EVENT = EventRow("ann", 1, EventName.ORDER_CREATED, b"{}", datetime(2026, 1, 1, tzinfo=UTC))


class Ear:
    def __init__(self, broken: bool = False) -> None:
        self.heard: list[EventRow] = []
        self.told: list[tuple[str, EventName, bytes, int]] = []
        self._broken = broken

    def deliver(self, events: Sequence[EventRow]) -> None:
        if self._broken:
            raise RuntimeError("this listener fails")
        self.heard.extend(events)

    def tell(self, account: str, event: EventName, data: bytes, as_of: int) -> None:
        if self._broken:
            raise RuntimeError("this listener fails")
        self.told.append((account, event, data, as_of))

    def hears(self, account: str) -> bool:
        return account == "ann" and not self._broken


def test_publish_reaches_every_listener_once_past_a_failing_one() -> None:
    """A listener that raises costs the others nothing."""
    first, last = Ear(), Ear()
    bus = LocalBus(first, Ear(broken=True), last)
    bus.publish([EVENT])
    bus.tell("ann", EventName.POSITION_UPDATED, b"{}", 1)
    assert first.heard == last.heard == [EVENT]
    assert first.told == last.told == [("ann", EventName.POSITION_UPDATED, b"{}", 1)]


def test_bus_hears_when_any_listener_does() -> None:
    """What nobody would be told need not be computed."""
    assert not LocalBus(Ear(broken=True)).hears("ann")
    bus = LocalBus(Ear(broken=True), Ear())
    assert bus.hears("ann")
    assert not bus.hears("bob")
