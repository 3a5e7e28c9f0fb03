"""Orders to their outcome: sent, asked for until it is known, and judged. Says unknown rather than guess."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tradeterm.cli.commands.command_client import CommandClient
from tradeterm.cli.exit_codes import DONE, REFUSED, UNKNOWN
from tradeterm.client.errors import OutcomeUnknown, RequestRefused, SignInFailed, TradetermError, Unreachable
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.orders import AmendRequest, Order, OrderRequest
from tradeterm.protocol.vocabulary import AT_ONCE, FINAL_STATUSES, ErrorCode, OrderStatus, OrderType

OUTCOME_S = 10.0
ASK_AGAIN_S = 0.1
RATE_LIMITED = 429
SERVER_FAULT = 500
NOTHING_DONE = frozenset({ErrorCode.STOPPING, ErrorCode.BUSY})

_TAKEN = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it went: an exit code, the order as last seen, and a sentence where there is something to say."""

    code: int
    order: Order | None
    sentence: str | None = None


class Patience:
    """Asks until an answer is good, or until the time that an outcome may take is over."""

    def __init__(self) -> None:
        self.was_sent = False  # may the server have taken something without telling?
        self.order: Order | None = None
        self.refusal: RequestRefused | None = None  # the last one after which it was tried again

    async def until(
        self,
        act: Callable[[], Awaitable[Order]],
        look: Callable[[Order], Awaitable[Order]],
        is_settled: Callable[[Order], bool],
    ) -> bool:
        """Act until it is answered, then look until it is settled; False when the time is over before.

        Raises what `act` raises as long as nothing can have happened; a server that is waiting for its database is
        waited for first.
        """
        try:
            async with asyncio.timeout(OUTCOME_S):
                while self.order is None:
                    self.order = await self._tried(act)
                while not is_settled(self.order):
                    await asyncio.sleep(ASK_AGAIN_S)
                    self.order = await self._looked(look, self.order)
                return True
        except TimeoutError:
            if self.refusal is not None and not self.was_sent:
                raise self.refusal from None
            return False

    async def _tried(self, act: Callable[[], Awaitable[Order]]) -> Order | None:
        try:
            return await act()
        except OutcomeUnknown:
            self.was_sent = True
        except (Unreachable, SignInFailed):
            if not self.was_sent:
                raise
        except RequestRefused as refused:
            if refused.code != ErrorCode.BUSY and not self._may_have_happened(refused):
                raise
            self.refusal = refused
        await asyncio.sleep(ASK_AGAIN_S)
        return None

    def _may_have_happened(self, refused: RequestRefused) -> bool:
        """A server that failed tells nothing; one that is busy or stopping tells nothing about an earlier try."""
        is_fault = refused.status >= SERVER_FAULT
        if is_fault and refused.code not in NOTHING_DONE:
            self.was_sent = True
        return self.was_sent and (is_fault or refused.status == RATE_LIMITED)

    async def _looked(self, look: Callable[[Order], Awaitable[Order]], order: Order) -> Order:
        try:
            return await look(order)
        except TradetermError:
            return order


# ---------------------------------------------------------------- a new order


async def place(client: CommandClient, request: OrderRequest) -> Verdict:
    """Place an order that has a client order id, and wait for its outcome. Raises what refuses it before it is one."""
    assert request.client_order_id is not None, "without an id a second try could be a second order"
    patience = Patience()
    await patience.until(lambda: client.place(request), lambda order: client.order(order.id), _is_settled)
    return judge_new(patience.order, request.client_order_id)


def judge_new(order: Order | None, client_order_id: str) -> Verdict:
    """What became of a new order."""
    if order is None:
        return Verdict(UNKNOWN, None, f"no answer came; whether there is an order {client_order_id} is not known")
    if order.status is OrderStatus.REJECTED:
        by = f" by {order.rejected_by}" if order.rejected_by else ""
        return Verdict(REFUSED, order, f"rejected{by}: {_why(order)}")
    if order.status in FINAL_STATUSES and order.status is not OrderStatus.FILLED:
        if not order.filled_quantity:
            return Verdict(REFUSED, order, f"{order.status}, nothing was filled: {_why(order)}")
        filled, asked = quantity_text(order.filled_quantity), quantity_text(order.quantity)
        return Verdict(DONE, order, f"{filled} of {asked} filled, the rest is {order.status}: {_why(order)}")
    if order.status is OrderStatus.FILLED or order.status in _TAKEN:
        return Verdict(DONE, order)
    return Verdict(UNKNOWN, order, f"order {order.id} is {order.status}; the venue has not answered yet")


def _is_settled(order: Order) -> bool:
    """Final, or resting; one that cannot rest is waited for to its end."""
    is_brief = order.type is OrderType.MARKET or order.time_in_force in AT_ONCE
    return order.status in FINAL_STATUSES or (order.status in _TAKEN and not is_brief)


def _why(order: Order) -> str:
    if order.reject_text and order.reject_reason:
        return f"{order.reject_text} ({order.reject_reason})"
    return order.reject_text or order.reject_reason or "no reason was given"


# ---------------------------------------------------------------- one that is there


async def cancel(client: CommandClient, order_id: str) -> Verdict:
    """Cancel an order and wait for its end. Raises RequestRefused where there is none of that id."""

    async def act() -> Order:
        try:
            return await client.cancel(order_id)
        except RequestRefused as refused:
            if refused.code not in (ErrorCode.NOT_FOUND, ErrorCode.CONFLICT):
                raise
            # It has ended already, perhaps by an earlier try of ours.
            return await client.order(order_id)

    patience = Patience()
    await patience.until(act, lambda order: client.order(order.id), lambda order: order.status in FINAL_STATUSES)
    return _judge_cancelled(patience.order, order_id)


async def cancel_asked(client: CommandClient, order_id: str) -> Verdict:
    """The end of an order whose cancel the server has taken already: from here on a failure leaves it unknown."""
    try:
        return await cancel(client, order_id)
    except TradetermError:
        return _judge_cancelled(None, order_id)


def _judge_cancelled(order: Order | None, order_id: str) -> Verdict:
    if order is None or order.status not in FINAL_STATUSES:
        return Verdict(UNKNOWN, order, f"whether order {order_id} is cancelled is not known yet")
    if order.status is OrderStatus.CANCELLED:
        return Verdict(DONE, order)
    return Verdict(REFUSED, order, f"order {order_id} is {order.status} already")


async def amend(client: CommandClient, order_id: str, totals: AmendRequest) -> Verdict:
    """Give an order new totals and wait until the venue has them. Raises what refuses them."""
    wire = totals.model_dump(mode="json", by_alias=True, exclude_none=True)
    patience = Patience()
    is_settled = await patience.until(
        lambda: client.amend(order_id, **wire),
        lambda order: client.order(order.id),
        lambda order: not order.pending_replace and (_has(order, totals) or order.status in FINAL_STATUSES),
    )
    order = patience.order
    if order is None or not is_settled:
        return Verdict(UNKNOWN, order, f"whether order {order_id} is amended is not known yet")
    if _has(order, totals) or order.status is OrderStatus.CANCELLED:
        return Verdict(DONE, order)
    return Verdict(REFUSED, order, f"order {order_id} is {order.status} already")


def _has(order: Order, totals: AmendRequest) -> bool:
    return all(
        wanted is None or wanted == found
        for wanted, found in (
            (totals.quantity, order.quantity),
            (totals.price, order.price),
            (totals.stop_price, order.stop_price),
        )
    )
