"""`tradeterm flatten | kill | resume`: out of everything, and back."""

import asyncio
import contextlib
from typing import Any

from tradeterm.cli.commands.columns import ORDERS, POSITIONS
from tradeterm.cli.commands.command_client import CommandClient, carry_out
from tradeterm.cli.commands.confirm import make_sure
from tradeterm.cli.commands.options import DEFAULTS, Options, Sure
from tradeterm.cli.commands.outcomes import ASK_AGAIN_S, OUTCOME_S
from tradeterm.cli.commands.printing import print_json, print_pairs, print_table, show_rows, show_value, wire_value
from tradeterm.cli.exit_codes import DONE, REFUSED, UNKNOWN
from tradeterm.client.errors import OutcomeUnknown, TradetermError
from tradeterm.protocol.orders import Order
from tradeterm.protocol.vocabulary import FINAL_STATUSES, OrderType
from tradeterm.standard_streams import say


def flatten(*, yes: Sure = False, options: Options = DEFAULTS) -> int:
    """Close every position at market, and wait up to 10 s until all are. Prints the closing orders."""
    make_sure("close every position at market?", is_sure=yes)

    async def work(client: CommandClient) -> int:
        orders = await _closed(client)
        if orders:
            show_rows(options.json, ORDERS, [wire_value(order) for order in orders])
        return await _flat(client, is_known=all(order.status in FINAL_STATUSES for order in orders))

    return carry_out(options, work)


def kill(*, yes: Sure = False, options: Options = DEFAULTS) -> int:
    """Halt trading, cancel all, close all. Prints what is left; `tradeterm resume` ends the halt."""
    make_sure("halt trading, cancel every order and close every position?", is_sure=yes)

    async def work(client: CommandClient) -> int:
        left = await _killed(client)
        _show_left(options.json, left)
        if not left["positions"] and not left["orders"]:
            return DONE
        say(f"left: {len(left['positions'])} positions, {len(left['orders'])} open orders; kill again, or look at them")
        return UNKNOWN if _is_under_way(left) else REFUSED

    return carry_out(options, work)


def resume(*, options: Options = DEFAULTS) -> int:
    """End a halt. One after a loss ends with a deposit, a reset or the next day."""

    async def work(client: CommandClient) -> int:
        show_value(options.json, await client.resume())
        return DONE

    return carry_out(options, work)


async def _closed(client: CommandClient) -> list[Order]:
    """The closing orders, as far as they got in time."""
    orders = await client.close_all()
    deadline = _now() + OUTCOME_S
    while _now() < deadline and any(order.status not in FINAL_STATUSES for order in orders):
        await asyncio.sleep(ASK_AGAIN_S)
        with contextlib.suppress(TradetermError):
            orders = [order if order.status in FINAL_STATUSES else await client.order(order.id) for order in orders]
    return orders


async def _flat(client: CommandClient, *, is_known: bool) -> int:
    """Is nothing held any more? Raises OutcomeUnknown when that cannot be seen."""
    try:
        left = [position.symbol for position in await client.positions()]
    except TradetermError as error:
        raise OutcomeUnknown(f"the closing orders were taken; what is left is not known: {error}") from None
    if not left:
        return DONE
    say(f"still open: {', '.join(left)}")
    return REFUSED if is_known else UNKNOWN


async def _killed(client: CommandClient) -> dict[str, Any]:
    """Kill, and look what is left until nothing is on its way any more; asking twice is safe.

    Raises what refuses the first try, and OutcomeUnknown when no answer comes in time.
    """
    deadline = _now() + OUTCOME_S
    left: dict[str, Any] | None = None
    was_sent = False
    while left is None or (_is_under_way(left) and _now() < deadline):
        try:
            left = await client.kill()
        except OutcomeUnknown:
            was_sent = True
        except TradetermError:
            if not was_sent and left is None:
                raise
        if left is None and _now() >= deadline:
            raise OutcomeUnknown("no answer came; whether trading is halted is not known")
        await asyncio.sleep(ASK_AGAIN_S)
    return left


def _show_left(as_json: bool, left: dict[str, Any]) -> None:
    if as_json:
        print_json([left])
        return
    print_pairs([("tradingState", left["tradingState"])])
    for columns, rows in ((POSITIONS, left["positions"]), (ORDERS, left["orders"])):
        if rows:
            print_table(columns, rows)


def _is_under_way(left: dict[str, Any]) -> bool:
    """Does a closing or a cancel still wait for the venue? Exits that rest beside a position do not count."""
    return any(order["type"] == OrderType.MARKET or not order.get("reduceOnly") for order in left["orders"])


def _now() -> float:
    return asyncio.get_running_loop().time()
