"""`tradeterm buy | sell | cancel | amend`: commands that change orders, each waiting for its outcome."""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from tradeterm.cli.commands.columns import ORDERS
from tradeterm.cli.commands.command_client import CommandClient, carry_out
from tradeterm.cli.commands.options import DEFAULTS, Options
from tradeterm.cli.commands.outcomes import Verdict, amend, cancel, cancel_asked, place
from tradeterm.cli.commands.printing import show_rows, show_value, wire_value
from tradeterm.cli.commands.run_to_end import checked
from tradeterm.cli.commands.symbols import whole_symbol, whole_symbol_if_any
from tradeterm.cli.commands.ticket import NO_EXTRAS, Extras, order_request
from tradeterm.cli.exit_codes import DONE, REFUSED, USAGE, Ending
from tradeterm.protocol.orders import AmendRequest, OrderRequest
from tradeterm.protocol.vocabulary import Side
from tradeterm.standard_streams import output, say

WHOLE_ID = 36  # of a UUID; what is shorter may be the end of one
# It becomes part of a path.
ORDER_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
Flag = Annotated[bool, Parameter(negative=())]


def buy(
    symbol: str,
    quantity: str,
    /,
    *,
    price: str | None = None,
    dry_run: Flag = False,
    extras: Extras = NO_EXTRAS,
    options: Options = DEFAULTS,
) -> int:
    """Buy: at market, or with a price a limit order. Waits up to 10 s for the outcome.

    Parameters
    ----------
    symbol
        The market, like BTC/USD, or only btc.
    quantity
        How much, like 0.01.
    price
        The worst price; without one the order is a market order.
    dry_run
        Place nothing: print what it would cost and do.
    """
    request = order_request(Side.BUY, symbol, quantity, price, extras)
    return carry_out(options, lambda client: _placed(client, request, options, is_dry=dry_run))


def sell(
    symbol: str,
    quantity: str,
    /,
    *,
    price: str | None = None,
    dry_run: Flag = False,
    extras: Extras = NO_EXTRAS,
    options: Options = DEFAULTS,
) -> int:
    """Sell: at market, or with a price a limit order. Waits up to 10 s for the outcome.

    Parameters
    ----------
    symbol
        The market, like BTC/USD, or only btc.
    quantity
        How much, like 0.01.
    price
        The worst price; without one the order is a market order.
    dry_run
        Place nothing: print what it would cost and do.
    """
    request = order_request(Side.SELL, symbol, quantity, price, extras)
    return carry_out(options, lambda client: _placed(client, request, options, is_dry=dry_run))


def cancel_order(
    order_id: str | None = None,
    /,
    *,
    everything: Annotated[bool, Parameter(name="--all", negative=())] = False,
    symbol: str | None = None,
    include_exits: Flag = False,
    options: Options = DEFAULTS,
) -> int:
    """Cancel one order, or with --all every open one; exits stay unless they are asked for.

    Parameters
    ----------
    order_id
        The order's id, or the end of an open one's.
    everything
        All open entries.
    symbol
        With --all: of this market alone.
    include_exits
        With --all: reduce-only orders as well.
    """
    if (order_id is None) is not everything or (order_id and (symbol or include_exits)):
        raise Ending(USAGE, "cancel takes an order's id, or --all with --symbol or --include-exits")
    if order_id is None:
        return carry_out(options, lambda client: _cancel_all(client, symbol, include_exits, options))
    known_id = _checked_id(order_id)

    async def work(client: CommandClient) -> int:
        return _told([await cancel(client, await _whole(client, known_id))], options)

    return carry_out(options, work)


def amend_order(
    order_id: str,
    /,
    *,
    quantity: str | None = None,
    price: str | None = None,
    stop_price: str | None = None,
    options: Options = DEFAULTS,
) -> int:
    """Give an open order new totals; what is not said stays.

    Parameters
    ----------
    order_id
        The order's id.
    quantity
        The new whole quantity, what has filled included.
    price
        The new limit price.
    stop_price
        The new stop price.
    """

    totals = checked(AmendRequest, {"quantity": quantity, "price": price, "stopPrice": stop_price})
    known_id = _checked_id(order_id)

    async def work(client: CommandClient) -> int:
        return _told([await amend(client, await _whole(client, known_id), totals)], options)

    return carry_out(options, work)


# ---------------------------------------------------------------- how they end


async def _placed(client: CommandClient, request: OrderRequest, options: Options, *, is_dry: bool) -> int:
    request = request.model_copy(update={"symbol": await whole_symbol(client, request.symbol)})
    if is_dry:
        return _previewed(await client.preview(request), options)
    try:
        return _told([await place(client, request)], options)
    except asyncio.CancelledError:
        say(f"interrupted; the order may be there, with the client order id {request.client_order_id}")
        raise


def _previewed(found: dict[str, Any], options: Options) -> int:
    """Print what an order would do; the exit code that it would have."""
    show_value(options.json, found)
    if found["accepted"]:
        return DONE
    say(f"would be rejected: {found['rejectText']} ({found['rejectReason']})")
    return REFUSED


async def _cancel_all(client: CommandClient, symbol: str | None, include_exits: bool, options: Options) -> int:
    market = await whole_symbol_if_any(client, symbol)
    asked = (await client.cancel_all(market, include_exits=include_exits))["cancelled"]
    # What is through already is only looked at; the rest is waited for together.
    return _told(await asyncio.gather(*(cancel_asked(client, order_id) for order_id in asked)), options)


def _told(verdicts: Sequence[Verdict], options: Options) -> int:
    """Print what is known; the exit code of the worst."""
    found = [wire_value(verdict.order) for verdict in verdicts if verdict.order is not None]
    if found:
        show_rows(options.json, ORDERS, found)
        if output.is_unprinted:
            say("; ".join(f"the order {one['id']} was made and is {one['status']}" for one in found))
    for verdict in verdicts:
        if verdict.sentence is not None:
            say(verdict.sentence)
    return max((verdict.code for verdict in verdicts), default=DONE)


async def _whole(client: CommandClient, known_id: str) -> str:
    """The id of the one open order that ends so, as the console shows it; any other id as it is. Raises Ending."""
    if len(known_id) >= WHOLE_ID:
        return known_id
    async with contextlib.aclosing(client.orders(status="open")) as orders:
        found = [order.id async for order in orders if order.id.endswith(known_id)]
    if len(found) > 1:
        raise Ending(USAGE, f"{len(found)} open orders end in {known_id}: write more of it")
    return found[0] if found else known_id


def _checked_id(text: str) -> str:
    """An id as it goes into a path. Raises Ending."""
    if not ORDER_ID.fullmatch(text):
        raise Ending(USAGE, f"{text} is no order's id; `tradeterm orders` lists them")
    return text
