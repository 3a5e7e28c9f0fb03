"""`tradeterm orders | positions | fills | balance | account`: what there is. Nothing is changed here."""

import contextlib
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from cyclopts import Parameter, validators
from pydantic import BaseModel

from tradeterm.cli.commands.columns import BALANCES, ORDERS, POSITIONS, TRADES
from tradeterm.cli.commands.command_client import CommandClient, carry_out
from tradeterm.cli.commands.options import DEFAULTS, Options
from tradeterm.cli.commands.printing import show_rows, show_value, wire_value
from tradeterm.cli.commands.symbols import whole_symbol_if_any
from tradeterm.cli.exit_codes import DONE
from tradeterm.client.rest import PAGE
from tradeterm.protocol.vocabulary import Side

Limit = Annotated[int, Parameter(validator=validators.Number(gte=1))]


def orders(
    *,
    status: str | None = None,
    symbol: str | None = None,
    side: Side | None = None,
    limit: Limit = 100,
    options: Options = DEFAULTS,
) -> int:
    """List orders, newest first.

    Parameters
    ----------
    status
        Only of this status: open, or one like filled or rejected.
    symbol
        Only of this market.
    side
        Only of this side.
    limit
        At most so many.
    """

    async def work(client: CommandClient) -> int:
        market = await whole_symbol_if_any(client, symbol)
        found = client.orders(**_filters(limit, status=status, symbol=market, side=side))
        show_rows(options.json, ORDERS, await _first(found, limit))
        return DONE

    return carry_out(options, work)


def positions(*, options: Options = DEFAULTS) -> int:
    """List the open positions."""

    async def work(client: CommandClient) -> int:
        show_rows(options.json, POSITIONS, [wire_value(one) for one in await client.positions()])
        return DONE

    return carry_out(options, work)


def fills(*, symbol: str | None = None, limit: Limit = 100, options: Options = DEFAULTS) -> int:
    """List own trades, newest first.

    Parameters
    ----------
    symbol
        Only of this market.
    limit
        At most so many.
    """

    async def work(client: CommandClient) -> int:
        market = await whole_symbol_if_any(client, symbol)
        show_rows(options.json, TRADES, await _first(client.trades(**_filters(limit, symbol=market)), limit))
        return DONE

    return carry_out(options, work)


def balance(*, options: Options = DEFAULTS) -> int:
    """Show what the account holds, by asset."""

    async def work(client: CommandClient) -> int:
        show_rows(options.json, BALANCES, [wire_value(one) for one in await client.balances()])
        return DONE

    return carry_out(options, work)


def account(*, options: Options = DEFAULTS) -> int:
    """Show equity, margin, profit, limits and trading state."""

    async def work(client: CommandClient) -> int:
        show_value(options.json, wire_value(await client.account()))
        return DONE

    return carry_out(options, work)


def _filters(limit: int, **said: str | None) -> dict[str, str]:
    return {"limit": str(min(limit, PAGE))} | {name: value for name, value in said.items() if value is not None}


async def _first(found: AsyncGenerator[BaseModel, None], limit: int) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = []
    async with contextlib.aclosing(found):
        async for one in found:
            values.append(wire_value(one))
            if len(values) == limit:
                break
    return values
