"""The size that the ladder's keys send: a share of equity from a list, or what it was stepped to. Pure."""

from dataclasses import dataclass, field
from decimal import Decimal

from tradeterm.protocol.arithmetic import divide, round_down
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import quantity_text
from tradeterm.tui.orders.draft import default_quantity, stepped_quantity

PRESETS = (5, 10, 25, 50, 100)  # percent of equity


@dataclass(slots=True)
class Sizing:
    """One preset for the desk; a stepped size belongs to its market and ends with the next preset."""

    _index: int = 0
    _stepped: dict[str, str] = field(default_factory=dict)

    def quantity(self, market: Market, equity: Decimal | None, at: Decimal | None) -> str:
        share = divide(Decimal(PRESETS[self._index]), Decimal(100))
        return self._stepped.get(market.symbol) or default_quantity(equity, at, market, share)

    def describe(self, market: Market, equity: Decimal | None, at: Decimal | None) -> str:
        """`0.11115 (5%)`."""
        share = "" if market.symbol in self._stepped else f" ({PRESETS[self._index]}%)"
        return self.quantity(market, equity, at) + share

    def fix(self, quantity: Decimal, market: Market) -> str | None:
        """Send this size in this market until another is chosen; why not, where it is none."""
        rounded, least = round_down(quantity, market.lot), max(market.min_quantity, market.lot)
        if rounded < least:
            return f"The smallest size is {quantity_text(least)} {market.base}."
        self._stepped[market.symbol] = quantity_text(rounded)
        return None

    def next_preset(self, by: int) -> None:
        self._index = max(0, min(len(PRESETS) - 1, self._index + by))
        self._stepped.clear()

    def step(self, by: int, market: Market, equity: Decimal | None, at: Decimal | None) -> None:
        self._stepped[market.symbol] = stepped_quantity(self.quantity(market, equity, at), market, by)
