"""`tradeterm events`: the own journal, and with --follow every event from then on, across every break."""

import asyncio
import sys
from typing import Annotated, Any

from cyclopts import Parameter, validators

from tradeterm.cli.commands.columns import EVENTS
from tradeterm.cli.commands.command_client import CommandClient, carry_out
from tradeterm.cli.commands.event_words import sentence
from tradeterm.cli.commands.options import DEFAULTS, Options
from tradeterm.cli.commands.printing import print_json, print_pairs, print_table
from tradeterm.cli.exit_codes import DONE, UNPRINTED, Ending
from tradeterm.client.connection import Link, LinkState
from tradeterm.client.rest import PAGE
from tradeterm.client.session import TRADING, CaughtUp, Event, Fact, Snapshot
from tradeterm.client.trading_client import TradingClient
from tradeterm.protocol.foreign_text import printable
from tradeterm.standard_streams import output, say

NAME_WIDTH = 24


def events(
    *,
    follow: Annotated[bool, Parameter(negative=())] = False,
    after: Annotated[int | None, Parameter(validator=validators.Number(gte=0))] = None,
    options: Options = DEFAULTS,
) -> int:
    """Print the events of the own journal, oldest first: a sentence each at a terminal, names and values in a pipe.

    Parameters
    ----------
    follow
        Go on with every new event until interrupted; what was before is printed only with --after.
    after
        Begin after this event's seq; 0 is the very beginning.
    """
    if follow:
        return carry_out(options, lambda client: _follow(client, after, options.json))
    return carry_out(options, lambda client: _journal(client, after or 0, options.json))


async def _journal(client: CommandClient, after: int, as_json: bool) -> int:
    while page := await _page(client, after):
        if as_json:
            print_json(page)
        elif _is_read():
            output.write("".join(map(_line, page)))
        else:
            print_table(EVENTS, map(_row, page))
        after = page[-1]["seq"]
        if output.is_unread:
            break
    return DONE


async def _page(client: CommandClient, after: int) -> list[dict[str, Any]]:
    """What follows in the journal; what the server no longer keeps of it is said."""
    page = await client.journal(after, PAGE)
    if page.lost_through is not None:
        say(f"the server no longer keeps events {after + 1} to {page.lost_through}")
    return page.items


async def _follow(client: CommandClient, after: int | None, as_json: bool) -> int:
    # Told at once when the server or the sign-in is not there; later breaks are waited out.
    await client.me()
    facts: asyncio.Queue[Event | Snapshot | CaughtUp] = asyncio.Queue()

    def taken(fact: Fact) -> None:
        if isinstance(fact, Event | Snapshot | CaughtUp) and fact.channel == TRADING:
            facts.put_nowait(fact)

    stream = TradingClient(client.url, rest=client, on_fact=taken, on_link=_tell_link)
    line = asyncio.create_task(stream.run())
    printing = asyncio.create_task(_print(facts, client, after, as_json))
    try:
        done, _ = await asyncio.wait({line, printing}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _ended(line, printing)
    return DONE


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _print(
    facts: asyncio.Queue[Event | Snapshot | CaughtUp], client: CommandClient, after: int | None, as_json: bool
) -> None:
    """Every journaled event once; a snapshot says where the stream begins."""
    is_first = True
    while True:
        fact = await facts.get()
        if isinstance(fact, CaughtUp):
            say("following")
        elif isinstance(fact, Event):
            if fact.seq is not None or fact.cursor is not None:
                _print_one(_value(fact), as_json)
        elif is_first:
            is_first = False
            for value in await _between(client, after, fact.seq):
                _print_one(value, as_json)
        else:
            say("the server's journal is another one now: what was missed cannot be told")


async def _between(client: CommandClient, after: int | None, head: int | None) -> list[dict[str, Any]]:
    """The journal after `after` up to where the stream begins."""
    found: list[dict[str, Any]] = []
    if after is None or head is None:
        return found
    while after < head and (page := await _page(client, after)):
        found += [one for one in page if one["seq"] <= head]
        after = int(page[-1]["seq"])
    return found


def _tell_link(link: Link) -> None:
    if link.state is LinkState.DOWN:
        say(f"the line is down: {link.reason}; trying again")


def _value(event: Event) -> dict[str, Any]:
    about = {"event": event.name, "seq": event.seq, "account": event.account, "cursor": event.cursor}
    return {name: value for name, value in about.items() if value is not None} | {"data": event.data}


def _print_one(value: dict[str, Any], as_json: bool) -> None:
    """Raises Ending when nobody reads on, or nothing can be written any more."""
    if as_json:
        print_json([value])
    elif _is_read():
        output.write(_line(value))
    else:
        row = _row(value)
        print_pairs([(f"{row['seq'] or '':>8}  {row['time']}  {row['event']:<{NAME_WIDTH}}", row["what"])])
    if output.is_unread:
        raise Ending(DONE, "")
    if output.is_unprinted:
        raise Ending(UNPRINTED, "nothing more can be printed")


def _is_read() -> bool:
    """Does a person read it, at a terminal?"""
    return sys.stdout.isatty()


def _line(value: dict[str, Any]) -> str:
    """Seq, time to the second, and a sentence."""
    at = str(value["data"].get("timestamp", ""))[:19].replace("T", " ")
    words = printable(sentence(value["event"], value["data"]))
    return f"{value.get('seq') or '':>6}  {at}  {words}\n"


def _row(value: dict[str, Any]) -> dict[str, Any]:
    """What a person wants of an event: of an order its side, quantity and state, and so on."""
    data = value["data"]
    kind, thing = next(((name, one) for name, one in data.items() if isinstance(one, dict)), ("", {}))
    keys = _TELLING.get(kind, ())
    words = [str(thing[key]) for key in keys if thing.get(key) is not None]
    return {
        "seq": value.get("seq"),
        "time": data.get("timestamp", ""),
        "event": value["event"],
        "what": " ".join(words),
    }


_TELLING = {
    "order": ("side", "quantity", "symbol", "price", "status", "rejectReason", "id"),
    "trade": ("side", "quantity", "symbol", "price", "fee"),
    "position": ("side", "quantity", "symbol", "entryPrice", "netTotalPnL"),
    "balance": ("asset", "total", "available"),
    "account": ("equity", "available", "tradingState"),
}
