"""What a chart says over its frame, and of the candle at its crosshair. Pure."""

from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal

from tradeterm.protocol.market import Candle, Market
from tradeterm.tui.format import price, shortest_quantity


def chart_title(market: Market, interval: str, times: int, newest: Candle | None, vwap: float | None, room: int) -> str:
    """`2 BTC/USD 1m ×10  O… H… L… C…  VWAP …`: the newest candle, as much of it as there is room for."""
    head = f"2 {market.symbol} {interval}" + (f" ×{times}" if times > 1 else "")
    if newest is None:
        return head
    average = "" if vwap is None else f"  VWAP {price(Decimal(vwap), market.price_decimals)}"
    whole, ends = (f"  {_figures(newest, market.price_decimals, letters)}" for letters in ("OHLC", "HL"))
    return head + next(
        (text for text in (whole + average, whole, ends + average, ends) if len(head + text) <= room), ""
    )


def readout(candle: Candle, decimals: int) -> Sequence[str]:
    """Its time and four prices and its volume, in two lines that are as long."""
    time = candle.time.astimezone(UTC).strftime("%d %b" if candle.interval == "1d" else "%H:%M:%S")
    volume = f"V{shortest_quantity(candle.volume, 7)}"
    return (f"{time:8} {_figures(candle, decimals, 'OH')} ", f"{volume:8} {_figures(candle, decimals, 'LC')} ")


def _figures(candle: Candle, decimals: int, letters: str) -> str:
    figures = {"O": candle.open, "H": candle.high, "L": candle.low, "C": candle.close}
    return " ".join(letter + price(figures[letter], decimals) for letter in letters)
