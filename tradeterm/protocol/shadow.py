"""An account's orders at a real exchange beside their twins on paper, on the wire."""

from tradeterm.protocol.money import Money
from tradeterm.protocol.vocabulary import Side
from tradeterm.protocol.wire import WireOut


class ShadowTraded(WireOut):
    """What one of the two came to."""

    filled_quantity: Money
    """The quantity traded, in the base currency."""
    average_price: Money | None
    """At which price on average, in the quote currency; none before the first fill."""
    fee: Money | None
    """In the quote currency; none where it was taken in a coin whose worth is not known here."""
    filled_after_ms: int | None
    """From when the order left to its last fill, in milliseconds."""


class ShadowOrder(WireOut):
    """An order and its twin. A difference above zero: it was worse at the exchange."""

    order_id: str
    """The order's id."""
    symbol: str
    """The market."""
    side: Side
    """Whether it bought or sold."""
    quantity: Money
    """How much was asked for, in the base currency."""
    exchange: ShadowTraded
    """What it came to at the exchange."""
    paper: ShadowTraded
    """What its twin came to on paper."""
    price_difference: Money | None
    """Of a unit, on average, in the quote currency; none until both have traded."""
    fee_difference: Money | None
    """In the quote currency, for what both have traded."""
    time_difference_ms: int | None
    """How much later the exchange filled, in milliseconds."""


class ShadowSum(WireOut):
    """What the orders come to together."""

    orders: int
    """How many there are."""
    compared: int
    """Of how many both have traded."""
    only_exchange: int
    """Of how many the exchange alone has traded something."""
    only_paper: int
    """Of how many paper alone has."""
    value_difference: Money
    """What the exchange's prices cost more, in the quote currency, for what both have traded."""
    fee_difference: Money
    """What its fees cost more, in the quote currency."""
    time_difference_ms: int | None
    """How much later it filled on average, in milliseconds."""


class Shadow(WireOut):
    """Orders at a real exchange beside their twins on paper, since the server's start."""

    on: bool
    """Whether it is kept."""
    items: list[ShadowOrder]
    """The last 200, the newest first."""
    sum: ShadowSum
    """Together."""
