"""The ways in which the ladder's keys place an order: side, price and how it may rest. Pure."""

from decimal import Decimal
from enum import Enum

from tradeterm.protocol.market import Ticker
from tradeterm.protocol.vocabulary import Side, TimeInForce


class Placing(Enum):
    """At the cursor's price, beside the best price of the own side, or at the best price of the other."""

    BUY_HERE = "a buy at the cursor"
    SELL_HERE = "a sell at the cursor"
    JOIN_BID = "a buy that joins the bid"
    JOIN_OFFER = "a sell that joins the offer"
    TAKE_OFFER = "a buy that takes the offer"
    HIT_BID = "a sell that hits the bid"

    @property
    def side(self) -> Side:
        return Side.BUY if self in (Placing.BUY_HERE, Placing.JOIN_BID, Placing.TAKE_OFFER) else Side.SELL

    @property
    def is_at_cursor(self) -> bool:
        return self in (Placing.BUY_HERE, Placing.SELL_HERE)

    @property
    def post_only(self) -> bool:
        """Joining means to rest: if the price has gone, there is no order."""
        return self in (Placing.JOIN_BID, Placing.JOIN_OFFER)

    @property
    def time_in_force(self) -> TimeInForce:
        return TimeInForce.IOC if self in (Placing.TAKE_OFFER, Placing.HIT_BID) else TimeInForce.GTC

    def price(self, cursor: Decimal | None, ticker: Ticker | None) -> Decimal | None:
        """The price that is meant; None while nothing stands there."""
        if self.is_at_cursor:
            return cursor
        if ticker is None:
            return None
        return ticker.bid if self in (Placing.JOIN_BID, Placing.HIT_BID) else ticker.ask
