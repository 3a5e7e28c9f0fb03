"""`tradeterm keys`: the keys of exchanges, kept where nobody else reads them. What one may do is asked before it is kept."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from server.config import PAPER, Settings, SettingsError, VenueSection, load_settings
from server.venue_keys import KeysUnavailable, VenueKey, key_store, typed_passphrase
from server.venues.exchange.ccxt.quirks import Quirks, quirks_of
from server.venues.submit_outcome import class_names, outcome_of_error
from tradeterm.secret_line import secret_line, typed_secret
from tradeterm.standard_streams import output, say

app = cyclopts.App(name="keys", result_action="return_value", help="Keep the keys of exchanges.")

REFUSED, USAGE_ERROR = 1, 2
CHECK_WITHIN_S = 30.0


class KeyRefused(Exception):
    """The key is not kept; the text says why, without a word of it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, or read from standard input: key, secret, and the passphrase of the file where that is wanted."""

    key: VenueKey
    passphrase: Callable[[], str | None]


@app.command
def add(
    venue: str,
    *,
    config: Path | None = None,
    stdin: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Ask for a key and its secret, ask the exchange what they may do, and keep them. One that can withdraw is refused.

    Parameters
    ----------
    venue
        The name of a [venues.NAME], or ccxt's name of the exchange.
    config
        The settings file (TOML).
    stdin
        Read three lines from standard input instead: key, secret, passphrase of the kept keys; a fourth where the
        exchange's keys have a passphrase of their own.
    """

    def work() -> None:
        section = _section(load_settings(config, {"server": {"venue": venue}}), venue)
        _known(section)
        typed = _typed(quirks_of(section.exchange), from_stdin=stdin)
        rights = asyncio.run(_checked(section, typed.key))
        key_store(typed.passphrase).put(venue, typed.key)
        output.write(f"kept the key of {venue}: {rights}\n")

    return explained(work)


@app.command(name="list")
def show() -> int:
    """The venues whose keys are kept."""

    def work() -> None:
        for name in key_store(lambda: None).names():
            output.write(f"{name}\n")

    return explained(work)


@app.command
def remove(venue: str) -> int:
    """Forget a key.

    Parameters
    ----------
    venue
        Whose.
    """

    def work() -> None:
        if not key_store(lambda: None).remove(venue):
            raise KeyRefused(f"there is no kept key of {venue}")
        output.write(f"forgot the key of {venue}\n")

    return explained(work)


def explained(work: Callable[[], None]) -> int:
    """Carry it out; what is wrong is one sentence on standard error, and the exit code."""
    try:
        work()
    except KeyRefused as error:
        say(str(error))
        return REFUSED
    except (KeysUnavailable, SettingsError) as error:
        say(str(error))
        return USAGE_ERROR
    return 0


def _section(settings: Settings, venue: str) -> VenueSection:
    from server.live import venue_section

    if venue == PAPER:
        raise SettingsError("paper needs no key")
    return venue_section(settings)


def _typed(quirks: Quirks, *, from_stdin: bool) -> Typed:
    if from_stdin:
        key, secret, passphrase = (_line() for _ in range(3))
        return Typed(VenueKey(key, secret, _own(quirks, _line)), lambda: passphrase)
    try:
        key, secret = typed_secret("Key: ").strip(), typed_secret("Secret: ").strip()
        own = _own(quirks, lambda: typed_secret("The key's own passphrase: ").strip())
    except EOFError:
        raise KeyRefused("no key was typed") from None
    if not key or not secret:
        raise KeyRefused("no key was typed")
    return Typed(VenueKey(key, secret, own), lambda: typed_passphrase("Passphrase to keep it under: "))


def _own(quirks: Quirks, ask: Callable[[], str]) -> dict[str, str]:
    """What the exchange gave beside key and secret, where it does."""
    return {"password": ask()} if quirks.has_passphrase else {}


def _line() -> str:
    try:
        return secret_line(sys.stdin)
    except ValueError as error:
        raise KeyRefused(str(error)) from None


def _known(section: VenueSection) -> None:
    """Raises SettingsError for an exchange that there is none of: before anything is typed."""
    from server.venues.exchange.ccxt.loading import ExchangeUnusable, class_of

    try:
        class_of(section.exchange)
    except ExchangeUnusable as error:
        raise SettingsError(f"the venue cannot be used: {error}") from None


async def _checked(section: VenueSection, key: VenueKey) -> str:
    """What the key may do, in words. Raises KeyRefused for one that can withdraw, cannot trade, or is wrong."""
    from server.live import agree_on_time
    from server.venues.exchange.ccxt.loading import Access, ExchangeUnusable, make_client
    from server.venues.exchange.ccxt.rights import rights_of

    access = Access(section.exchange, key.api_key, key.secret, section.sandbox, {**key.more, **section.ccxt})
    try:
        client = make_client(access)
    except ExchangeUnusable as error:
        raise SettingsError(f"the venue cannot be used: {error}") from None
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            await agree_on_time(client)
            rights = await rights_of(client)
    except Exception as error:
        text = outcome_of_error(error).text
        for word in filter(None, (key.secret, key.api_key, *key.more.values())):
            text = text.replace(word, "…")
        raise KeyRefused(f"{_not_taken(error)}: {type(error).__name__}: {text}") from None
    finally:
        with contextlib.suppress(Exception):
            await client.close()
    if rights.can_withdraw:
        raise KeyRefused("this key can withdraw: make one that cannot, nothing here needs it")
    if rights.can_trade is False:
        raise KeyRefused("this key cannot trade")
    return rights.text


def _not_taken(error: Exception) -> str:
    """Whether it was the key's fault is not said of an exchange that was not reached."""
    if {"NetworkError", "TimeoutError"} & {*class_names(error)}:
        return "the exchange could not be asked, and the key is not kept"
    return "the exchange does not take the key"
