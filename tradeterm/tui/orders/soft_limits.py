"""The console's own limits: an order beyond one goes out only when its size was typed once more. Pure reading of what is known.

They keep a slip of the hand from becoming an order. What the server refuses is another matter, and nothing here widens it.
"""

from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.arithmetic import HUNDRED, ZERO, divide, percent
from tradeterm.protocol.market import Market, Ticker
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType
from tradeterm.tui.format import fixed, money
from tradeterm.tui.orders.expected import Expected, exit_outcome


@dataclass(frozen=True, slots=True)
class SoftLimits:
    """Zero is no limit. `value` in the account's currency; the others in times of equity and in percent."""

    leverage: Decimal = Decimal(3)
    value: Decimal = ZERO
    off_market_pct: Decimal = Decimal(10)
    slippage_pct: Decimal = Decimal(1)
    risk_pct: Decimal = Decimal(5)

    def broken(
        self,
        request: OrderRequest,
        market: Market,
        ticker: Ticker | None,
        known: Expected | None,
        equity: Decimal | None,
    ) -> str | None:
        """The first limit that an order which opens something is beyond, in words; None where it is within all."""
        if known is None:
            return None
        return (
            _above(known.leverage, self.leverage, "leverage {}x is above {}x")
            or self._too_large(known)
            or _above(
                _off_market(request, ticker), self.off_market_pct, "the limit is {}% off the market, more than {}%"
            )
            or _above(_slippage(known), self.slippage_pct, "slippage of {}% is above {}%")
            or _above(
                _risk(request, market, known, equity), self.risk_pct, "the stop risks {}% of equity, more than {}%"
            )
        )

    def _too_large(self, known: Expected) -> str | None:
        if self.value and known.value > self.value:
            return f"value {money(known.value)} is above {money(self.value)}"
        return None


def _above(found: Decimal | None, most: Decimal, words: str) -> str | None:
    return words.format(fixed(found, 2), f"{most:f}") if most and found is not None and found > most else None


def _off_market(request: OrderRequest, ticker: Ticker | None) -> Decimal | None:
    """How far a limit lies from the last price, in percent of it."""
    if request.type is not OrderType.LIMIT or request.price is None or ticker is None or not ticker.last:
        return None
    return divide(abs(request.price - ticker.last) * HUNDRED, ticker.last)


def _slippage(known: Expected) -> Decimal | None:
    return divide(known.walk.slippage * HUNDRED, known.walk.value) if known.walk.value else None


def _risk(request: OrderRequest, market: Market, known: Expected, equity: Decimal | None) -> Decimal | None:
    """What the order's own stop loses, in percent of equity."""
    stop = request.stop_loss.stop_price if request.stop_loss is not None else None
    if stop is None or not equity or equity < 0:
        return None
    return percent(max(ZERO, -exit_outcome(known, request.side, stop, market.taker_fee)), equity)
