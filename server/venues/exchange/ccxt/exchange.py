"""An exchange through ccxt: orders on one client, look-ups on another, so that no poll delays an order.

Whatever ccxt raises goes up as it is; a ban is noted on its way.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import structlog

from server.venues.exchange.ccxt.bans import ban_of, header
from server.venues.exchange.ccxt.quirks import WEIGHTS, Finding, Quirks
from server.venues.exchange.ccxt.stream import follow
from server.venues.exchange.ccxt.values import (
    Unreadable,
    account_in,
    client_id_in,
    number,
    seen_order,
    seen_trade,
)
from server.venues.exchange.ccxt.weights import Budget, Urgency
from server.venues.exchange.seen import Ask, Listeners, Named, SeenOrder, SeenTrade
from server.venues.submit_outcome import class_names, is_wrong_key
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import TimeInForce

T = TypeVar("T")
HISTORY = 500

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Clients:
    """ccxt's, of one account: each with a queue of its own. `stream` makes one for a connection's life."""

    orders: Any
    looks: Any
    stream: Callable[[], Any]


class CcxtExchange:
    """server.venues.exchange.seen.ExchangeApi over ccxt."""

    def __init__(self, clients: Clients, quirks: Quirks, budget: Budget, quote: str, now_ms: Callable[[], int]) -> None:
        self._clients, self._quirks, self._budget, self._quote = clients, quirks, budget, quote
        self._now_ms, self._tells_by_market = now_ms, False
        option = clients.orders.options.get(quirks.window_option) if quirks.window_option else None
        self.window_s = float(option) / 1_000 if option else quirks.window_s

    # ------------------------------------------------------------ orders

    async def submit(self, ask: Ask) -> Any:
        parameters: dict[str, Any] = {self._quirks.client_id: ask.client_id, **self._quirks.make_more}
        if ask.post_only:
            parameters["postOnly"] = True
        elif ask.price is not None and ask.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
            parameters["timeInForce"] = ask.time_in_force.name
        kind = "market" if ask.price is None else "limit"
        # A price beside a market order would make an amount of quote currency of it.
        price = None if ask.price is None else quantity_text(ask.price)
        client = self._clients.orders
        parameters |= self._deadline(client)
        return await self._asked(
            client,
            "submit",
            Urgency.ORDER,
            lambda: client.create_order(
                ask.symbol, kind, ask.side.value, quantity_text(ask.quantity), price, parameters
            ),
        )

    def _deadline(self, client: Any) -> dict[str, Any]:
        """Until when an order may arrive, by the exchange's clock: where ccxt does not say it with each request."""
        quirks = self._quirks
        if not quirks.until_parameter and not quirks.until_header:
            return {}
        until = int(client.nonce() + quirks.window_s * 1_000)
        if quirks.until_header:
            client.headers = {**client.headers, quirks.until_header: str(until)}
        return {quirks.until_parameter: client.iso8601(until)} if quirks.until_parameter else {}

    def read(self, answer: Any) -> tuple[SeenOrder | None, list[SeenTrade]]:
        if not isinstance(answer, dict) or not answer.get("id"):
            return None, []
        raw = deepcopy(answer)
        own = {name: raw.get(name) for name in ("symbol", "side")}  # which its trades do not all say
        trades = [seen_trade({**one, **own}, str(raw["id"])) for one in raw.get("trades") or ()]
        # An answer without a status says no more than that it was taken.
        order = seen_order(raw) if raw.get("status") else None
        return order, [one for one in trades if one is not None]

    async def cancel(self, named: Named) -> None:
        client, parameters = self._clients.orders, {}
        if named.venue_order_id is None and self._quirks.cancel_by:
            parameters[self._quirks.cancel_by] = named.client_id
        await self._asked(
            client,
            "cancel",
            Urgency.ORDER,
            lambda: client.cancel_order(named.venue_order_id, named.symbol, parameters),
        )

    # ------------------------------------------------------------ look-ups

    async def find(self, named: Named, *, is_proof: bool = False) -> SeenOrder | None:
        urgency = Urgency.PROOF if is_proof else Urgency.LOOK
        try:
            if named.venue_order_id is not None:
                more = dict(self._quirks.find_more)
                ask = lambda one: one.fetch_order(named.venue_order_id, named.symbol, more)  # noqa: E731
                raw = await self._look("find", ask, urgency)
            else:
                raw = await self._find_by_client_id(named, urgency)
        except Exception as error:
            if not _is_unknown(error):
                raise
            return None
        if raw is None:
            return None
        seen = seen_order(raw)
        if seen is None:  # it is there, whatever its answer looks like
            raise Unreadable(f"the exchange's answer about an order of {named.symbol} cannot be read")
        return seen

    async def _find_by_client_id(self, named: Named, urgency: Urgency) -> Any:
        quirks = self._quirks
        parameters = {quirks.find_by: named.client_id, **quirks.find_more}
        if quirks.finding is Finding.BY_ID:
            return await self._look("find", lambda one: one.fetch_order(None, named.symbol, parameters), urgency)
        if quirks.finding is Finding.IN_LISTS:
            found = await self._look(
                "find", lambda one: one.fetch_open_orders(named.symbol, None, None, parameters), urgency
            )
            found = found or await self._look(
                "find", lambda one: one.fetch_closed_orders(named.symbol, None, None, parameters), urgency
            )
        else:
            found = await self._look("find", lambda one: one.fetch_orders(named.symbol, None, HISTORY), urgency)
        return next((one for one in found if client_id_in(one) == named.client_id), None)

    async def trades_of(self, named: Named) -> list[SeenTrade]:
        assert named.venue_order_id is not None, "only an order that the exchange has named has trades"
        raw = await (self._listed_trades(named) if self._quirks.lists_trades else self._trades(named))
        found = [seen_trade(one) for one in raw]
        return [one for one in found if one is not None and one.venue_order_id == named.venue_order_id]

    async def _trades(self, named: Named) -> Any:
        """Of one order alone, where it can be asked for so; else the last ones of its market."""
        parameters = {self._quirks.trades_by: named.venue_order_id} if self._quirks.trades_by else {}
        most = self._most_trades
        return await self._look("trades", lambda one: one.fetch_my_trades(named.symbol, None, most, parameters))

    async def _listed_trades(self, named: Named) -> Any:
        """The order names them; each is asked for by that name."""
        try:
            order = await self._look("find", lambda one: one.fetch_order(named.venue_order_id, named.symbol))
        except Exception as error:
            if not _is_unknown(error):
                raise
            return []
        names = {"trades": [one["id"] for one in order.get("trades") or ()]}
        if not names["trades"]:
            return []
        return await self._look(
            "trades", lambda one: one.fetch_order_trades(named.venue_order_id, named.symbol, None, None, names)
        )

    @property
    def _most_trades(self) -> int | None:
        """So many an answer holds at most, as ccxt knows it of the exchange."""
        spot = (self._clients.looks.features or {}).get("spot") or {}
        return (spot.get("fetchMyTrades") or {}).get("limit")

    async def open_orders(self, markets: Collection[str]) -> list[SeenOrder]:
        raw = await (self._open_by_market(markets) if self._tells_by_market else self._open_at_once(markets))
        seen = [seen_order(one) for one in raw]
        return [one for one in seen if one is not None and one.symbol.endswith(f"/{self._quote}")]

    async def _open_at_once(self, markets: Collection[str]) -> Any:
        try:
            return await self._open_in()
        except Exception as error:
            if not _wants_market(error):
                raise
        self._tells_by_market = True
        return await self._open_by_market(markets)

    async def _open_by_market(self, markets: Collection[str]) -> list[Any]:
        """Many exchanges tell them of one market at a time. Where one of those is no more, nothing works in it."""
        told: list[Any] = []
        for name in markets:
            try:
                told += await self._open_in(name)
            except Exception as error:
                if not _is_no_market(error):
                    raise
                log.warning("the exchange knows a market no more", symbol=name)
        return told

    async def _open_in(self, *market: str) -> Any:
        return await self._look("open", lambda one: one.fetch_open_orders(*market))

    async def balances(self) -> dict[str, Decimal]:
        raw = account_in(await self._look("balance", lambda one: one.fetch_balance()))
        totals = {str(name): _held(raw, name, number(total)) for name, total in (raw.get("total") or {}).items()}
        return {name: total for name, total in totals.items() if total}

    async def _look(self, what: str, ask: Callable[[Any], Awaitable[Any]], urgency: Urgency = Urgency.LOOK) -> Any:
        client = self._clients.looks
        return deepcopy(await self._asked(client, what, urgency, lambda: ask(client)))

    # ------------------------------------------------------------ the stream

    async def listen(self, listening: Listeners) -> None:
        await follow(self._clients.stream(), listening, f"/{self._quote}", self._now_ms)

    # ------------------------------------------------------------ what it costs

    async def _asked(self, client: Any, what: str, urgency: Urgency, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask within the budget; what the exchange says of it is heard."""
        await self._budget.spend(WEIGHTS[what] if self._quirks.weight_limit else 0, urgency)
        try:
            answer = await ask()
        except Exception as error:
            self._note_ban(client, error)
            await self._note_time(error)
            raise
        used = header(client.last_response_headers or {}, "x-mbx-used-weight-1m")
        if used is not None and used.isascii() and used.isdigit():
            self._budget.heard(int(used))
        return answer

    async def _note_time(self, error: Exception) -> None:
        """A request was refused for its time: the next one carries the exchange's."""
        if "InvalidNonce" not in class_names(error):
            return
        for client in (self._clients.orders, self._clients.looks):
            with suppress(Exception):  # the next refusal asks again
                await client.load_time_difference()

    def _note_ban(self, client: Any, error: Exception) -> None:
        names = {*class_names(error)}
        if not names & {"DDoSProtection", "RateLimitExceeded"} or is_wrong_key(error):
            return
        seconds, is_whole = ban_of(str(error), client.last_response_headers, self._now_ms())
        self._budget.ban(seconds, is_whole=is_whole)


def _held(raw: Mapping[str, Any], name: str, total: Decimal | None) -> Decimal:
    """ccxt makes no sum where one of the two parts is not said: where no order binds anything."""
    if total is not None:
        return total
    free, used = (number((raw.get(part) or {}).get(name)) for part in ("free", "used"))
    return (free or ZERO) + (used or ZERO)


def _is_unknown(error: Exception) -> bool:
    """Is it the exchange's own word that it knows no such order?"""
    return error.__cause__ is None and "OrderNotFound" in class_names(error)


def _is_no_market(error: Exception) -> bool:
    """Is it the exchange's own word that there is no such market?"""
    return error.__cause__ is None and "BadSymbol" in class_names(error)


def _wants_market(error: Exception) -> bool:
    """Is it ccxt's own word that open orders are to be asked for by market? It has two, and neither was sent anywhere."""
    return "ArgumentsRequired" in class_names(error) or "without specifying a symbol" in str(error)
