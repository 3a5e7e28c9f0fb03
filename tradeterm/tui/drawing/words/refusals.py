"""The server's refusals as people read them: numbers grouped, no names of settings, and the most that would be taken. Pure."""

from decimal import Decimal

from tradeterm.tui.format import readable, size_text
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.orders.expected import means_of
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.typed_number import NotANumber
from tradeterm.tui.orders.typed_size import most, typed_size


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
    return f"{readable(text).rstrip('.')}; the most is {size_text(allowed)} {market.base}"
