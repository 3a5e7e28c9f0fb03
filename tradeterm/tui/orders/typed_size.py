"""Sizes as traders say them: `0.5`, `1.5k`, `5000usd`, `25%` of equity, `25%p` of the position, `25%bp` of buying power,
`1%risk` to the stop, `max`. Each becomes a quantity, or a sentence that says what is missing. Pure.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.arithmetic import HUNDRED, ONE, ZERO, divide, round_down
from tradeterm.protocol.balances import Account
from tradeterm.protocol.market import Market
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.format import size_text
from tradeterm.tui.orders.typed_number import CURRENCIES, NotANumber, typed_number
from tradeterm.tui.orders.walk import Levels, walk

_SHARE = re.compile(r"(?P<number>.*?)\s*%\s*(?P<of>p|bp|risk|)")
SMALLEST = Decimal(1).scaleb(-12)
_UNITS = {"k": Decimal(1000), "m": Decimal(1_000_000)}


@dataclass(frozen=True, slots=True)
class Means:
    """What a size can be a share of: the account, the signed position, the prices of entry and stop; None: not known.

    `ceiling` is the price that money is set aside at, where it is another than the entry; `leverage` is that of an account
    with none of its own; `met` are the levels that the order
    takes at once, as a market order does, no further than `last`."""

    market: Market
    side: Side
    account: Account | None = None
    held: Decimal = ZERO
    entry: Decimal | None = None
    stop: Decimal | None = None
    ceiling: Decimal | None = None
    leverage: Decimal = ONE
    met: Levels = ()
    last: Decimal | None = None


def is_plain(text: str) -> bool:
    """Is it a quantity as it stands, with no word that has to be worked out?"""
    return not _is_money(text) and not isinstance(typed_number(text), NotANumber)


def _is_money(text: str) -> bool:
    """With a sign of currency it is a value, and never that many coins."""
    return any(sign in text for sign in CURRENCIES)


def typed_size(text: str, means: Means) -> Decimal | NotANumber:
    """The quantity that is meant, rounded down to the lot; it may be less than the market takes."""
    word = text.strip().lower()
    if is_plain(word):
        number = typed_number(word)
    elif word == "max":
        number = most(means)
    elif share := _SHARE.fullmatch(word):
        number = _share(share["number"], share["of"], means)
    elif _is_money(word) or word.endswith(means.market.quote.lower()):
        number = _worth(word.removesuffix(means.market.quote.lower()), means)
    elif word[-1:] in _UNITS:
        number = _times(word[:-1], _UNITS[word[-1]])
    else:
        number = typed_number(text)
    return number if isinstance(number, NotANumber) else round_down(number, means.market.lot)


def most(means: Means) -> Decimal | NotANumber:
    """The whole position on the side that closes it, else what buying power and the account's limits let through."""
    return abs(means.held) if means.held * means.side.sign < 0 else most_opened(means)


def most_opened(means: Means) -> Decimal | NotANumber:
    """What buying power and the account's limits let through of what opens."""
    if means.account is None or not means.entry:
        return NotANumber("What it can be at most is not known: no account or no price yet.")
    at = means.ceiling or means.entry
    return max(ZERO, min([how_many(buying_power(means.account, means), at), *_allowed(means.account, at)]))


def buying_power(account: Account, means: Means) -> Decimal:
    """How much value what is available can carry, with the taker's fee on it."""
    leverage = _limit(account, "leverage") or means.leverage
    return divide(account.available, divide(ONE, leverage) + means.market.taker_fee)


def _allowed(account: Account, at: Decimal) -> list[Decimal]:
    """What each limit of the account lets through, as quantities."""
    share, value = _limit(account, "orderNotionalPct"), _limit(account, "maxOrderNotional")
    quantity = _limit(account, "maxOrderQuantity")
    return [
        *([how_many(account.equity * share / HUNDRED, at)] if share is not None else []),
        *([how_many(value, at)] if value is not None else []),
        *([quantity] if quantity is not None else []),
    ]


def _limit(account: Account, name: str) -> Decimal | None:
    value = account.limits.get(name)
    return None if value is None else Decimal(value)


def _share(text: str, of: str, means: Means) -> Decimal | NotANumber:
    number = typed_number(text)
    if isinstance(number, NotANumber):
        return number
    if of == "p":
        return (
            abs(means.held) * number / HUNDRED if means.held else NotANumber("There is no position to take a share of.")
        )
    if means.account is None or not means.entry:
        return NotANumber("A share needs an account and a price: neither is there yet.")
    if of == "risk":
        return _at_risk(means.account.equity * number / HUNDRED, means)
    is_power = of == "bp"
    whole = buying_power(means.account, means) if is_power else means.account.equity
    return how_many(max(ZERO, whole) * number / HUNDRED, (is_power and means.ceiling) or means.entry)


def _at_risk(money: Decimal, means: Means) -> Decimal | NotANumber:
    """The size that loses this much at the stop, both taker fees included, and what it takes beyond the best price."""
    if means.stop is None or means.entry is None:
        return NotANumber("Risk is the way to the stop: type a stop first.")
    lost = (means.entry - means.stop) * means.side.sign
    if lost <= 0:
        return NotANumber("The stop is on the wrong side of the price.")
    size = how_many(money, lost + (means.entry + means.stop) * means.market.taker_fee)
    loses = _lost_by_walking(size, means.entry, means.stop, means)
    return size if loses <= money else size * divide(money, loses)  # a smaller one loses no more for each


def _lost_by_walking(size: Decimal, entry: Decimal, stop: Decimal, means: Means) -> Decimal:
    found = walk(means.met, means.side, size, means.last)
    paid = found.value + (size - found.taken) * (found.worst or entry)
    return (paid - size * stop) * means.side.sign + (paid + size * stop) * means.market.taker_fee


def _worth(text: str, means: Means) -> Decimal | NotANumber:
    value = typed_number(text)
    if isinstance(value, NotANumber):
        return value
    return how_many(value, means.entry) if means.entry else NotANumber("A value needs a price: there is none yet.")


def how_many(money: Decimal, each: Decimal) -> Decimal:
    """How many of a price come to a sum of money: never more than that."""
    found = divide(money, each)
    return found if found * each <= money else found - SMALLEST


def _times(text: str, unit: Decimal) -> Decimal | NotANumber:
    number = typed_number(text)
    return number if isinstance(number, NotANumber) else number * unit


def size_words(quantity: Decimal, market: Market) -> str:
    """`= 0.81208 BTC`: what a word came to."""
    return f"= {size_text(quantity)} {market.base}"
