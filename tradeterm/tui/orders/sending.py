"""Which command of the desk each reviewed thing is."""

from tradeterm.tui.desk.port import Answer, DeskActions
from tradeterm.tui.orders.levels import waits
from tradeterm.tui.orders.sendable import Amend, CancelEntries, Close, CloseAll, Kill, Protect, Reverse

Command = Close | CloseAll | Reverse | CancelEntries | Kill | Protect | Amend


async def asked(desk: DeskActions, thing: Command) -> Answer:
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
