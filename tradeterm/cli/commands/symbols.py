"""Markets as people call them: `btc` is BTC/USD where nothing else could be meant."""

import re
from collections.abc import Iterable

from tradeterm.cli.commands.command_client import CommandClient
from tradeterm.cli.exit_codes import USAGE, Ending

_WHOLE = re.compile(r"[A-Z0-9.]+/[A-Z0-9.:]+")


async def whole_symbol(client: CommandClient, text: str) -> str:
    """The market that is meant; the server is asked for its list unless the name is whole. What matches none stays as it
    is, for the server to refuse. Raises Ending where it could be several."""
    if _WHOLE.fullmatch(text):
        return text
    return matched(text, [market.symbol for market in await client.markets()])


async def whole_symbol_if_any(client: CommandClient, text: str | None) -> str | None:
    """The same for a market that need not be named."""
    return None if text is None else await whole_symbol(client, text)


def matched(text: str, symbols: Iterable[str]) -> str:
    """The one of these that is called so: whole in any letters, with a dash for the slash, or by its first half."""
    wanted, listed = text.strip().upper().replace("-", "/"), list(symbols)
    whole = [symbol for symbol in listed if symbol.upper() == wanted]
    found = whole or [symbol for symbol in listed if symbol.upper().partition("/")[0] == wanted]
    if len(found) > 1:
        raise Ending(USAGE, f"{text} may be {' or '.join(found)}: write it whole")
    return found[0] if found else text
