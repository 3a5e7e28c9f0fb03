"""What may be asked of the server: each command of the desk as one request, and what came of it as a value."""

import contextlib
from collections.abc import Awaitable, Callable
from decimal import Decimal

from tradeterm.client.errors import OutcomeUnknown, TradetermError
from tradeterm.client.rest import Rest
from tradeterm.protocol.orders import Order, OrderRequest
from tradeterm.protocol.vocabulary import AlertCondition
from tradeterm.tui.desk.link_gauge import LineGauge
from tradeterm.tui.desk.port import Answer, Done, Refused, Unknown
from tradeterm.tui.desk.subscriptions import HISTORY, first


class DeskCommands:
    """Nothing here raises for what the server or the line does."""

    def __init__(self, rest: Rest, gauge: LineGauge) -> None:
        self._rest, self._gauge = rest, gauge

    async def place(self, request: OrderRequest) -> Answer:
        return await self.ask(lambda: self._rest.place(request))

    async def look_up(self, request: OrderRequest) -> Answer:
        try:
            async with contextlib.aclosing(self._rest.orders(symbol=request.symbol)) as pages:
                newest = [order async for order in first(pages, HISTORY)]
        except TradetermError as error:
            return Unknown(str(error))
        found = next((order for order in newest if order.client_order_id == request.client_order_id), None)
        return Refused("there is no such order") if found is None else Done(order=found)

    async def cancel(self, order_id: str) -> Answer:
        return await self.ask(lambda: self._rest.cancel(order_id))

    async def close_position(self, symbol: str, client_order_id: str) -> Answer:
        return await self.ask(lambda: self._rest.close_position(symbol, client_order_id))

    async def close_all(self) -> Answer:
        return await self.ask(self._rest.close_all)

    async def reverse(self, symbol: str, client_order_id: str) -> Answer:
        return await self.ask(lambda: self._rest.reverse_position(symbol, client_order_id))

    async def cancel_entries(self, symbol: str | None) -> Answer:
        return await self.ask(lambda: self._rest.cancel_all(symbol))

    async def kill(self) -> Answer:
        return await self.ask(self._rest.kill)

    async def resume(self) -> Answer:
        return await self.ask(self._rest.resume)

    async def protect(self, symbol: str, stop: Decimal | None, target: Decimal | None) -> Answer:
        return await self.ask(lambda: self._rest.protect(symbol, stop, target))

    async def amend(
        self, order_id: str, *, price: Decimal | None, quantity: Decimal | None, stop_price: Decimal | None = None
    ) -> Answer:
        named = (("price", price), ("quantity", quantity), ("stopPrice", stop_price))
        totals = {name: total for name, total in named if total is not None}
        return await self.ask(lambda: self._rest.amend(order_id, **totals))

    async def set_alert(self, symbol: str, condition: AlertCondition, price: Decimal) -> Answer:
        return await self.ask(lambda: self._rest.set_alert(symbol, condition, price))

    async def delete_alert(self, alert_id: str) -> Answer:
        return await self.ask(lambda: self._rest.delete_alert(alert_id))

    async def ask(self, command: Callable[[], Awaitable[object]]) -> Answer:
        """Have it done, and time the answer."""
        try:
            with self._gauge.round_trip():
                answer = await command()
                return Done(order=answer if isinstance(answer, Order) else None)
        except OutcomeUnknown:
            return Unknown("No answer came.")
        except TradetermError as error:
            return Refused(str(error))
