"""Places in the queue, as they are asked for."""

from collections.abc import Sequence
from decimal import Decimal

from tradeterm.client.errors import Unreachable
from tradeterm.protocol.orders import QueuePlace
from tradeterm.tui.desk.queue_watch import QueueWatch


class Server:
    """Answers what it was told to; `asked` counts."""

    def __init__(self) -> None:
        self.places: Sequence[QueuePlace] | None = [QueuePlace(order_id="a", ahead=Decimal(3))]
        self.asked = 0
        self.has_orders = True

    async def ask(self) -> Sequence[QueuePlace]:
        self.asked += 1
        if self.places is None:
            raise Unreachable("gone")
        return self.places


async def test_places_are_kept_and_a_change_is_told_once() -> None:
    """The same answer again is no news."""
    server = Server()
    watch = QueueWatch(server.ask, lambda: server.has_orders)
    await watch.look()
    assert watch.places == {"a": Decimal(3)}
    assert (watch.take_moved(), watch.take_moved()) == (True, False)
    await watch.look()
    assert not watch.take_moved()


async def test_nothing_is_asked_while_nothing_rests() -> None:
    """And what was known is void then, as it is when the server does not answer."""
    server = Server()
    watch = QueueWatch(server.ask, lambda: server.has_orders)
    await watch.look()
    server.places = None
    await watch.look()
    assert watch.places == {}
    server.has_orders = False
    await watch.look()
    assert server.asked == 2
