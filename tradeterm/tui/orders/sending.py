"""From what was confirmed to the answer: which command of the desk it is, sent once, and looked up while its fate is unknown."""

from collections.abc import Callable
from datetime import datetime

from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.tui.desk.port import Answer, Desk, DeskActions, DeskLinkState, Done, Refused, Unknown
from tradeterm.tui.orders.in_flight import Outbox
from tradeterm.tui.orders.levels import waits
from tradeterm.tui.orders.sendable import Amend, CancelEntries, Close, CloseAll, Kill, Protect, Reverse, Sendable

Command = Close | CloseAll | Reverse | CancelEntries | Kill | Protect | Amend


class Sender:
    """The one way out. `outbox` holds the orders that no answer and no event has told of."""

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk, self._now = desk, now
        self.outbox = Outbox()

    def take(self, thing: Sendable) -> None:
        """It is about to be sent: an order is on its way from here on."""
        if isinstance(thing, OrderRequest):
            self.outbox.add(thing, self._now())

    async def send(self, thing: Sendable) -> Answer:
        """Send what was confirmed, once. No answer leaves it `? unknown`, and only events or a look-up end that."""
        if not isinstance(thing, OrderRequest):
            return await _asked(self._desk, thing)
        answer = await self._desk.place(thing)
        assert thing.client_order_id is not None, "the console gives every order its id"
        match answer:
            case Done() | Refused():
                self.outbox.answered(thing.client_order_id)
            case Unknown():
                self.outbox.lost(thing.client_order_id)
        return answer

    async def reconcile(self) -> list[str]:
        """Look the doubtful orders up; a sentence for each that is proven never to have arrived."""
        absent = []
        for sent in self.outbox.doubtful(self._now()) if self._desk.link().state is DeskLinkState.LIVE else ():
            match await self._desk.look_up(sent.request):
                case Done():
                    self.outbox.answered(sent.id)
                case Refused() if self.outbox.missed(sent.id):
                    side, symbol = sent.request.side.upper(), sent.request.symbol
                    absent.append(f"The {side} order of {symbol} never reached the server: nothing was ordered.")
        return absent

    async def cancel(self, order: Order) -> Answer:
        return await self._desk.cancel(order.id)


async def _asked(desk: DeskActions, thing: Command) -> Answer:
    """Ask for it, once."""
    match thing:
        case Close():
            return await desk.close_position(thing.symbol, thing.client_order_id)
        case CloseAll():
            return await desk.close_all()
        case Reverse():
            return await desk.reverse(thing.symbol, thing.client_order_id)
        case CancelEntries():
            return await desk.cancel_entries(thing.only)
        case Kill():
            return await desk.kill()
        case Protect():
            return await desk.protect(thing.symbol, thing.stop, thing.target)
        case Amend():
            return await _amended(desk, thing)


async def _amended(desk: DeskActions, thing: Amend) -> Answer:
    if waits(thing.order):
        return await desk.amend(thing.order.id, price=None, quantity=thing.quantity, stop_price=thing.price)
    return await desk.amend(thing.order.id, price=thing.price, quantity=thing.quantity)
