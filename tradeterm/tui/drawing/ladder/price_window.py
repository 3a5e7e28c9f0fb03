"""Which prices the ladder's lines stand for: its step, its middle and its cursor. Pure: no key, no widget.

Every price here is a multiple of the step. The cursor holds a price, never a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradeterm.protocol.arithmetic import round_to_tick
from tradeterm.tui.drawing.ladder.price_grid import fitting_step, middle, steps_of

FOLLOW_SHARE = 4  # the market may move over the middle half before the window follows
Quotes = Sequence[tuple[Decimal, Decimal]]


@dataclass(slots=True)
class PriceWindow:
    """Of one market; another one has another window. `lines` is how many prices can be seen; `follows` is whether it is to
    go with the market, `is_led` whether the cursor has led it away, `is_held` whether an order in the hand keeps it still."""

    tick: Decimal
    lines: int = 0
    step: Decimal | None = None
    centre: Decimal | None = None
    cursor: Decimal | None = None
    follows: bool = True
    is_led: bool = False
    is_held: bool = False
    is_auto: bool = True
    _is_fitted: bool = False
    _saw_market: bool = False  # at the last look, since the cursor moved

    def look(self, bids: Quotes, asks: Quotes, last: Decimal | None) -> None:
        """Take note of where the market is: find the step for its first book, and follow when it leaves the middle."""
        if self.is_auto and not self._is_fitted:
            self._set_step(fitting_step(bids, asks, self.tick, self.lines))
            self._is_fitted = bool(bids and asks)
        assert self.step is not None, "the first look finds one"
        market = middle(bids[0][0] if bids else None, asks[0][0] if asks else None, last, self.step)
        if market is None:
            return
        is_off = self.centre is None or abs(market - self.centre) > self.step * (self.lines // FOLLOW_SHARE)
        self._come_home(market, is_off=is_off)
        if self.centre is None or (self.goes_along and is_off):
            self.centre = market
        self._saw_market = self.sees(market)

    def _come_home(self, market: Decimal, *, is_off: bool) -> None:
        """A window that was led away goes with the market again once it is led back to it, or once the market, which could
        be seen at its edge, leaves its view. One that was led further stays where it is."""
        if self.is_led and not self.is_held and (not is_off or (self._saw_market and not self.sees(market))):
            self.is_led = False

    @property
    def goes_along(self) -> bool:
        """Does the window move when the market does?"""
        return self.follows and not self.is_led and not self.is_held

    @property
    def top(self) -> Decimal | None:
        if self.centre is None or self.step is None:
            return None
        return self.centre + self.step * (self.lines // 2 - 1)

    def sees(self, price: Decimal) -> bool:
        """Is this price one of the lines? One of them is the spread's."""
        if self.centre is None or self.step is None or self.top is None:
            return False
        return self.top - self.step * (self.lines - 1) < price <= self.top

    def move(self, by: int, start: Decimal | None) -> None:
        """Move the cursor by lines; the first press puts it on `start`, and so does one that the market left behind. The
        window scrolls to keep it in view."""
        if self.step is None or self.centre is None:
            return
        if self.cursor is None or not self.sees(self.cursor):
            self.cursor = self.centre if start is None else start
        else:
            self.cursor = max(self.step, self.cursor + by * self.step)
        if abs((self.cursor - self.centre) / self.step) >= self.lines // 2 - 1:
            self.is_led, self.centre, self._saw_market = True, self.cursor, False

    def scroll(self, by: int) -> None:
        """Lead the window so many lines up, and leave the cursor where it is; not while it carries an order."""
        if self.step is None or self.centre is None or self.is_held:
            return
        self.is_led, self.centre, self._saw_market = True, max(self.step, self.centre + by * self.step), False

    def wider(self, price: Decimal | None) -> None:
        """The next coarser step, as long as prices are left to fill the window."""
        coarser = [step for step in steps_of(self.tick) if self.step is not None and step > self.step]
        if coarser and (price is None or coarser[0] * self.lines <= 2 * price):
            self._choose(coarser[0])

    def finer(self) -> None:
        """The next finer step; beyond the tick the step is found by itself again."""
        finer = [step for step in steps_of(self.tick) if self.step is not None and step < self.step]
        if finer:
            self._choose(finer[-1])
        else:
            self.is_auto, self._is_fitted = True, False

    def recentre(self) -> None:
        """To the market, and with it from now on, unless the window is to stand still."""
        self.centre, self.is_led = None, False

    def put_down(self) -> None:
        """Nothing is in the hand any more, wherever it has led."""
        self.is_held = self.is_led = False

    def _choose(self, step: Decimal) -> None:
        self.is_auto = False
        self._set_step(step)

    def _set_step(self, step: Decimal) -> None:
        """What stood on the old step's prices would stand between the new one's."""
        if step != self.step:
            self.step, self.centre = step, None
            self.cursor = None if self.cursor is None else max(step, round_to_tick(self.cursor, step, up=False))
