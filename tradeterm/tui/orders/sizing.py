"""The size that the ladder's keys send: a share of equity from a list, or what it was stepped to. Pure."""

from dataclasses import dataclass, field
from decimal import Decimal

from tradeterm.protocol.arithmetic import ZERO, divide, round_down
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import quantity_text
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.format import quantity, size_text
from tradeterm.tui.orders.draft import default_quantity, stepped_quantity

PRESETS = (5, 10, 25, 50, 100)  # percent of equity
DIGITS = 3  # of a preset's size: it says about how much, and stays the same while prices move a little
NEAR = Decimal("0.1")  # of a preset's size: a position so near to it is meant to be closed whole


@dataclass(slots=True)
class Sizing:
    """One preset for the desk; a stepped size belongs to its market and ends with the next preset."""

    _index: int = 0
    _stepped: dict[str, str] = field(default_factory=dict)

    def quantity(self, market: Market, equity: Decimal | None, at: Decimal | None, closes: Decimal = ZERO) -> str:
        """`closes` is how much a position of the other side is: no preset leaves a crumb of it, or turns it into one."""
        if (stepped := self._stepped.get(market.symbol)) is not None:
            return stepped
        share = divide(Decimal(PRESETS[self._index]), Decimal(100))
        size = _rounded(Decimal(default_quantity(equity, at, market, share)), market)
        whole = round_down(closes, market.lot)
        return quantity_text(whole if abs(whole - size) <= size * NEAR else size)

    def describe(
        self,
        market: Market,
        equity: Decimal | None,
        at: Decimal | None,
        held: Decimal = ZERO,
        *,
        is_stop: bool = False,
    ) -> str:
        """`B S i d I D  0.11100 (5%)`; `B 0.11100  S 0.11119 (5%)` where one side would close what is held; `STOP` before it
        where those two place stops."""
        buys, sells = (
            quantity(Decimal(self.quantity(market, equity, at, max(ZERO, -held * side.sign))), market.lot)
            for side in (Side.BUY, Side.SELL)
        )
        is_share = market.symbol not in self._stepped and equity and at
        share = f" ({PRESETS[self._index]}%)" if is_share else ""
        keys, kind = ("B S", "STOP ") if is_stop else ("B S i d I D", "")
        return kind + (f"{keys}  {buys}" if buys == sells else f"B {buys}  S {sells}") + share

    def fix(self, quantity: Decimal, market: Market) -> str | None:
        """Send this size in this market until another is chosen; why not, where it is none."""
        rounded, least = round_down(quantity, market.lot), max(market.min_quantity, market.lot)
        if rounded < least:
            return f"The smallest size is {size_text(least)} {market.base}."
        self._stepped[market.symbol] = quantity_text(rounded)
        return None

    def next_preset(self, by: int) -> None:
        self._index = max(0, min(len(PRESETS) - 1, self._index + by))
        self._stepped.clear()

    def step(self, by: int, market: Market, equity: Decimal | None, at: Decimal | None) -> None:
        self._stepped[market.symbol] = stepped_quantity(self.quantity(market, equity, at), market, by)


def _rounded(size: Decimal, market: Market) -> Decimal:
    """Down to a few digits, and never below what the market takes."""
    step = max(market.lot, Decimal(1).scaleb(size.adjusted() - DIGITS + 1))
    return max(round_down(size, step), market.min_quantity)
