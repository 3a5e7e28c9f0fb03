"""The server's refusals as people read them: numbers grouped, no names of settings, and the most that would be taken. Pure."""

import re
from decimal import Decimal

from tradeterm.protocol.money import quantity_text
from tradeterm.tui.format import fixed
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.orders.expected import means_of
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.typed_number import NotANumber
from tradeterm.tui.orders.typed_size import most, typed_size

_NUMBER = re.compile(r"(?<![\w.,])\d+(\.\d+)?(?![\w])")
_SETTING = re.compile(r" \([a-z]+[A-Z]\w*\)")
LARGE = 1000  # from here on nobody reads a number without marks, nor its thousandths


def readable(text: str) -> str:
    """`value 4546150.00 is above … 99879.960928519` with its numbers grouped; small ones, which may be prices, stay."""
    return _NUMBER.sub(_grouped, _SETTING.sub("", text))


def _grouped(number: "re.Match[str]") -> str:
    value = Decimal(number[0])
    if value < LARGE:
        return number[0]
    decimals = min(2, len(number[1] or ".") - 1)
    return fixed(value, decimals)


def with_the_most(text: str, draft: Draft, trading: Trading) -> str:
    """The refusal of this draft, and how much would be taken where it asked for more."""
    market = trading.market(draft.symbol)
    if market is None:
        return readable(text)
    means = means_of(trading.desk, draft, market)
    size, largest = typed_size(draft.quantity, means), most(means)
    if isinstance(size, NotANumber) or isinstance(largest, NotANumber) or size <= largest:
        return readable(text)
    allowed = typed_size("max", means)
    assert isinstance(allowed, Decimal), "it was found a moment ago"
    return f"{readable(text).rstrip('.')}; the most is {quantity_text(allowed)} {market.base}"
