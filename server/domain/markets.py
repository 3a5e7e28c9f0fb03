"""One market's terms and which prices and sizes it takes; pure values."""

from dataclasses import dataclass, field
from decimal import Decimal

from server.domain.capacity import largest
from tradeterm.protocol.vocabulary import MarketState


def decimals_of(tick: Decimal) -> int:
    """How many decimals a price on that tick needs."""
    return max(0, -int(tick.normalize().as_tuple().exponent))


@dataclass(slots=True)
class Market:
    """The terms of one market. Prices step by `tick`, quantities by `lot`; fees are rates (0.0026 is 0.26 %)."""

    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    price_decimals: int
    maker_fee: Decimal
    taker_fee: Decimal
    start_price: Decimal
    state: MarketState = MarketState.OPEN
    largest_price: Decimal = field(init=False)  # what arithmetic carries exactly
    largest_quantity: Decimal = field(init=False)
    highest_fee: Decimal = field(init=False)  # of the two rates: which of them a fill meets is not known before

    def __post_init__(self) -> None:
        self.highest_fee = max(self.maker_fee, self.taker_fee)
        bounds = largest(self.tick, self.lot, self.start_price, self.maker_fee, self.taker_fee)
        self.largest_price, self.largest_quantity = bounds
