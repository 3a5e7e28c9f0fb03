"""`tradeterm markets | quote | depth | candles`: what there is to trade, and at what prices. Nothing is changed here."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Annotated, Any

from cyclopts import Parameter, validators

from tradeterm.cli.commands.columns import CANDLES, DEPTH, MARKETS, QUOTES
from tradeterm.cli.commands.command_client import CommandClient, carry_out
from tradeterm.cli.commands.options import DEFAULTS, Options
from tradeterm.cli.commands.printing import show_rows, wire_value
from tradeterm.cli.commands.symbols import matched, whole_symbol
from tradeterm.cli.exit_codes import DONE
from tradeterm.protocol.market import INTERVALS, Book
from tradeterm.standard_streams import say

Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]


def _known_interval(_: Any, text: str) -> None:
    if text not in INTERVALS:
        raise ValueError(f"there are {', '.join(INTERVALS)}")


def markets(*, options: Options = DEFAULTS) -> int:
    """List the markets, with the steps of price and quantity and the fees."""

    async def work(client: CommandClient) -> int:
        show_rows(options.json, MARKETS, [wire_value(one) for one in await client.markets()])
        return DONE

    return carry_out(options, work)


def quote(*symbols: str, options: Options = DEFAULTS) -> int:
    """Show bid, ask and last price: of the markets that are named, or of all.

    Parameters
    ----------
    symbols
        Markets like BTC/USD, or only btc.
    """

    async def work(client: CommandClient) -> int:
        listed = [market.symbol for market in await client.markets()]
        wanted = [matched(symbol, listed) for symbol in symbols] or listed
        tickers = [await client.ticker(symbol) for symbol in dict.fromkeys(wanted)]
        show_rows(options.json, QUOTES, [wire_value(one) for one in tickers])
        if stale := [one.symbol for one in tickers if one.stale]:
            say(f"nothing was heard for a while of {', '.join(stale)}")
        return DONE

    return carry_out(options, work)


def depth(symbol: str, /, *, levels: Count = 10, options: Options = DEFAULTS) -> int:
    """Show the order book, best prices first.

    Parameters
    ----------
    symbol
        The market, like BTC/USD, or only btc.
    levels
        How many of each side.
    """

    async def work(client: CommandClient) -> int:
        book = await client.book(await whole_symbol(client, symbol), levels)
        show_rows(options.json, DEPTH, [wire_value(book)] if options.json else _levels(book))
        return DONE

    return carry_out(options, work)


def candles(
    symbol: str,
    /,
    *,
    interval: Annotated[str, Parameter(validator=_known_interval)] = "1m",
    limit: Count = 20,
    options: Options = DEFAULTS,
) -> int:
    """List the newest candles, oldest first; the last one is still moving.

    Parameters
    ----------
    symbol
        The market, like BTC/USD, or only btc.
    interval
        1s, 1m, 5m, 15m, 1h or 1d.
    limit
        At most so many.
    """

    async def work(client: CommandClient) -> int:
        found = await client.candles(await whole_symbol(client, symbol), interval, limit)
        show_rows(options.json, CANDLES, [wire_value(one) for one in found])
        return DONE

    return carry_out(options, work)


def _levels(book: Book) -> Sequence[dict[str, Any]]:
    """Both sides beside each other."""
    sides = wire_value(book)
    empty = (None, None)
    return [
        {"bidSize": bid[1], "bid": bid[0], "ask": ask[0], "askSize": ask[1]}
        for bid, ask in zip_longest(sides["bids"], sides["asks"], fillvalue=empty)
    ]
