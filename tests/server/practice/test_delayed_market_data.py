"""Market data that is held back for a while, and comes in order."""

from server.practice.delayed_market_data import LateReader
from server.venues.delayed import Delay
from tests.fakes import ManualClock


class Heard:
    def __init__(self) -> None:
        self.data: list[bytes] = []

    def market_event(self, channel: str, event: str, key: str, data: bytes) -> None:
        assert (channel, event, key) == ("market:BTC/USD:ticker", "ticker", "t")
        self.data.append(data)


def test_what_is_due_is_passed_on_and_the_rest_waits() -> None:
    clock, heard = ManualClock(), Heard()
    late = LateReader(heard, Delay(20, 20), clock, 1)
    late.market_event("market:BTC/USD:ticker", "ticker", "t", b"1")
    clock.advance(0.01)
    late.market_event("market:BTC/USD:ticker", "ticker", "t", b"2")
    late.release()
    assert heard.data == []
    clock.advance(0.01)
    late.release()
    assert heard.data == [b"1"]
    clock.advance(0.01)
    late.release()
    assert heard.data == [b"1", b"2"]


def test_nothing_overtakes_whatever_is_drawn() -> None:
    """One with a shorter delay waits for the one before it."""
    clock, heard = ManualClock(), Heard()
    late = LateReader(heard, Delay(1, 500), clock, 7)
    said = [b"%d" % number for number in range(50)]
    for data in said:
        late.market_event("market:BTC/USD:ticker", "ticker", "t", data)
    while len(heard.data) < len(said):
        clock.advance(0.01)
        late.release()
        assert heard.data == said[: len(heard.data)]
