"""The ways in which the ladder's keys place an order: side, price and how it may rest. Pure."""

from decimal import Decimal
from enum import Enum

from tradeterm.protocol.market import Ticker
from tradeterm.protocol.vocabulary import Side, TimeInForce


class Placing(Enum):
    """At the cursor's price, beside the best price of the own side, or at the best price of the other."""

    BUY_HERE = "a buy at the cursor"
    SELL_HERE = "a sell at the cursor"
    BUY_STOP = "a buy that waits for the cursor's price"
    SELL_STOP = "a sell that waits for the cursor's price"
    JOIN_BID = "a buy that joins the bid"
    JOIN_OFFER = "a sell that joins the offer"
    TAKE_OFFER = "a buy that takes the offer"
    HIT_BID = "a sell that hits the bid"

    @property
    def side(self) -> Side:
        return Side.BUY if self in _BUYS else Side.SELL

    @property
    def is_at_cursor(self) -> bool:
        return self in (*_STOPS, *_STOPS.values())

    @property
    def is_stop(self) -> bool:
        return self in _STOPS.values()

    @property
    def as_stop(self) -> "Placing":
        """What the same key means where stops are placed: joining and taking stay what they are."""
        return _STOPS.get(self, self)

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


_BUYS = (Placing.BUY_HERE, Placing.BUY_STOP, Placing.JOIN_BID, Placing.TAKE_OFFER)
_STOPS = {Placing.BUY_HERE: Placing.BUY_STOP, Placing.SELL_HERE: Placing.SELL_STOP}
