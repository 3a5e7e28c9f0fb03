"""`tradeterm doctor --venue NAME`: whether one could trade there now. Asks, and changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import cyclopts

from server.clock_and_ids import SystemClock
from server.commands.keys import explained
from server.config import load_settings
from server.domain.markets import Market
from server.live import LiveExchange, reach
from server.venue_keys import typed_passphrase
from server.venues.exchange.ccxt.rights import rights_of
from server.venues.submit_outcome import outcome_of_error
from tradeterm.protocol.money import amount_text, quantity_text
from tradeterm.standard_streams import output

app = cyclopts.App(name="doctor", result_action="return_value", help="Whether one could trade on an exchange now.")

FAULT, OK = 1, 0
AHEAD_MS = 1_000  # further ahead of its own time an exchange takes no request
Check = tuple[str, str, str]  # what was looked at; ok, note or fault; what was found


@app.default
def doctor(*, venue: str, market: str | None = None, config: Path | None = None) -> int:
    """Look at the key's rights, the clock, what the exchange can do, and a market's rules. 1 when something is wrong.

    Parameters
    ----------
    venue
        The name of a [venues.NAME], or ccxt's name of the exchange.
    market
        Whose rules to show; else those of the first.
    config
        The settings file (TOML).
    """
    settings = load_settings(config, {"server": {"venue": venue}})

    async def look() -> list[Check]:
        live = await reach(settings, SystemClock(), typed_passphrase)
        try:
            return [check async for check in _checks(live, market)]
        finally:
            await live.close()

    checks: list[Check] = []
    code = explained(lambda: checks.extend(asyncio.run(look())))
    for check in checks:
        output.write("\t".join(check) + "\n")
    return code or (FAULT if any(state == "fault" for _, state, _ in checks) else OK)


async def _checks(live: LiveExchange, market: str | None) -> AsyncIterator[Check]:
    client = live.clients.orders  # which has agreed on the time: a clock that is wrong is a finding of its own
    yield "exchange", "ok", f"{live.access.exchange}, {live.mode} money; tried: {live.access.quirks.tried}"
    yield await _found("key", _key(client))
    yield await _found("clock", _clock(client))
    yield "balance", "ok", f"{amount_text(live.cash)} {live.section.settle}"
    yield "orders", "ok", _features(live.loaded.features)
    yield "amend", "note", "an order is changed by cancelling it and putting it anew: its place in the queue is lost"
    yield "held here", "note", "stops, targets, brackets, OCO, trailing: they die with the server"
    chosen = live.markets.get(market) if market else next(iter(live.markets.values()))
    if chosen is None:
        yield "market", "fault", f"{market} is not listed there in {live.section.settle}"
    else:
        yield "market", "ok", f"{_rules(chosen)}; {len(live.markets)} markets in {live.section.settle}"


async def _found(what: str, look: Awaitable[tuple[str, str]]) -> Check:
    """An exchange that does not answer one question is a finding, and what follows is looked at all the same."""
    try:
        return what, *await look
    except Exception as error:
        return what, "fault", f"{type(error).__name__}: {outcome_of_error(error).text}"


async def _key(client: Any) -> tuple[str, str]:
    rights = await rights_of(client)
    is_wrong = rights.can_withdraw or rights.can_trade is False
    return "fault" if is_wrong else "note" if rights.can_withdraw is None else "ok", rights.text


async def _clock(client: Any) -> tuple[str, str]:
    if not client.has.get("fetchTime"):
        return "note", "the exchange does not say what time it is"
    before = client.milliseconds()
    said = await client.fetch_time()
    ahead = (before + client.milliseconds()) // 2 - said
    return "ok" if abs(ahead) < AHEAD_MS else "fault", f"{ahead} ms from the exchange's"


def _features(features: Any) -> str:
    forces = [name for name, can in sorted((features.get("timeInForce") or {}).items()) if can]
    return f"time in force {' '.join(forces) or 'unknown'}"


def _rules(market: Market) -> str:
    terms = (market.tick, market.lot, market.min_quantity, market.min_notional)
    tick, lot, least, cost = map(quantity_text, terms)
    return f"{market.symbol}: tick {tick}, lot {lot}, least size {least}, least value {cost} {market.quote}"
