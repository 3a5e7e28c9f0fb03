"""Which prices turned round just now, and which way: those are tinted for a moment. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal

from tradeterm.protocol.market import Ticker
from tradeterm.tui.drawing.palette import Tone

FLASH = timedelta(milliseconds=300)
FLASH_GAP = timedelta(milliseconds=334)


class Flashes:
    """A tint a symbol, at most three times a second. A price that goes on its way is not news."""

    def __init__(self, *, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        self._lasts: dict[str, Decimal] = {}
        self._ways: dict[str, Tone] = {}  # which way each price went last
        self._flashes: dict[str, tuple[datetime, Tone]] = {}

    def __bool__(self) -> bool:
        """Is there any, or was there one so lately that its row has to be drawn without it?"""
        return bool(self._flashes)

    def see(self, ticker: Ticker, now: datetime) -> None:
        before, last = self._lasts.get(ticker.symbol), ticker.last
        if last is None:
            return
        self._lasts[ticker.symbol] = last
        if before is None or before == last:
            return
        way = Tone.FLASH_UP if last > before else Tone.FLASH_DOWN
        has_turned = self._ways.get(ticker.symbol, way) is not way
        self._ways[ticker.symbol] = way
        if has_turned and self._is_wanted and ticker.symbol not in self._flashes:
            self._flashes[ticker.symbol] = (now, way)

    def forget(self, now: datetime) -> None:
        """Let go of those that are so old that another may come."""
        self._flashes = {name: flash for name, flash in self._flashes.items() if now - flash[0] < FLASH_GAP}

    def tone(self, symbol: str, now: datetime) -> Tone | None:
        """What a price is tinted with now; None: nothing."""
        flash = self._flashes.get(symbol)
        return flash[1] if flash is not None and now - flash[0] < FLASH else None
