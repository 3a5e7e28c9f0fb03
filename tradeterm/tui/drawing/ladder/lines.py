"""What a line of the ladder looks like: rows in, segments out. Knows no widget and no key."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rich.segment import Segment

from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.ladder.view import LadderRow, Own
from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.drawing.segments import SegmentLine, sized, under
from tradeterm.tui.drawing.tones import sign_tone
from tradeterm.tui.format import decimals_of, fit, fixed, price, shortest_quantity, signed, thousands

UNKNOWN = "·"  # beyond the levels that are known


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of each column; 0 is a column that there is no room for."""

    own: int
    size: int
    price: int
    volume: int
    ahead: int = 0
    flow: int = 0
    profit: int = 0


PRICE, SHORT_PRICE = 10, 9  # the latter where every cell counts, as long as prices are so short
MOST_DECIMALS = 28  # of any size
LEAST_SIZE = 4
FULL_FROM = 58  # from here on every column has room
WIDE_FROM = 38  # from here on prices and own orders need not be short
QUEUE_FROM = 42  # from here on what stands before own orders has


def widths(width: int, price: int = PRICE) -> Widths:
    """Share the cells out: the rest goes to the sizes. One cell each for cursor, two rules, the entry's mark and the gaps.

    `price` is how long prices are: what they need beyond the usual comes off the sizes, and off the volume where it must.
    """
    price = max(price, SHORT_PRICE if width < WIDE_FROM else PRICE)
    if width >= FULL_FROM:
        own, ahead, flow, profit = 6 + (width > FULL_FROM + 1), 6, 7, 7
        size = (width - own - ahead - 2 * flow - profit - price - 7) // 2
        return Widths(own, size, price, 0, ahead, flow, profit)
    narrow = (6, 4 + (price < PRICE)) if width >= 34 else (5, 0)
    own, volume = (7, 5) if width >= WIDE_FROM else narrow
    ahead = 6 if width >= QUEUE_FROM else 0
    if width - own - ahead - volume - price - 6 < 2 * LEAST_SIZE:
        ahead = volume = 0
    size = max(LEAST_SIZE, (width - 1 - own - ahead - volume - price - 1 - 2 - 2) // 2)
    return Widths(own, size, price, volume, ahead)


def size_decimals(lot: Decimal, sizes: Iterable[Decimal], room: int, before: int | None) -> int | None:
    """As many decimals as the largest size leaves room for, the same on every line; they shrink, and never grow."""
    largest = max(sizes, default=ZERO)
    decimals = decimals_of(lot)
    while decimals and len(fixed(largest, decimals)) > room:
        decimals -= 1
    if not largest:
        return before
    return decimals if before is None else min(decimals, before)


def _cells(share: int, width: int) -> int:
    return share * width // 8


@dataclass(frozen=True, slots=True)
class LadderPen:
    """Draws lines of one width; `decimals` are those of prices, `size_decimals` those of sizes, `volume_decimals` those of
    what traded."""

    palette: Palette
    decimals: int
    size_decimals: int
    width: int
    price_width: int = PRICE
    volume_decimals: int = MOST_DECIMALS

    def heading(self) -> SegmentLine:
        w = widths(self.width, self.price_width)
        head, muted = self.palette.styles[Tone.HEAD], self.palette.styles[Tone.MUTED]
        left = " " + fit("Mine", w.own) + self._queue("ahead", w) + _gapped("Sold", w.flow)
        left += fit("Bid", w.size, right=True) + " "
        right = " " + fit("Ask", w.size, right=True) + fit("Bought", w.flow, right=True)
        right += fit("Vol", w.volume, right=True) + fit("Net", w.profit, right=True)
        middle = " " * bool(w.flow) + fit("Price", w.price, right=True) + " "
        parts = [Segment(left, head), Segment("│", muted), Segment(middle, head)]
        return sized([*parts, Segment("│", muted), Segment(right, head)], self.width)

    def line(self, row: LadderRow, moved: Own | None = None) -> SegmentLine:
        """`moved` is an own order that the keys hold over this price."""
        w, styles = widths(self.width, self.price_width), self.palette.styles
        if row.spread is not None:
            return self._spread(row, w)
        rule = Segment("│", styles[Tone.MUTED])
        segments = [
            Segment("▶" if row.is_focused else "▸" if row.is_cursor else " ", styles[Tone.STRONG]),
            *(self._held(moved, w) if moved is not None else self._own(row.own, w)),
            self._sold(row, w.flow),
            *self._bid(row, w.size),
            rule,
            *self._price(row, w),
            rule,
            *self._ask(row, w.size),
            self._bought(row, w.flow),
            Segment(fit(self._volume_text(row.volume, w.volume - 1), w.volume, right=True), styles[Tone.MUTED]),
            self._profit(row, w.profit),
        ]
        line = sized([one for one in segments if one.text], self.width)
        if not row.is_cursor:
            return line
        return under(line, self.palette.cursor if row.is_focused else self.palette.cursor_quiet)

    def _price(self, row: LadderRow, w: Widths) -> list[Segment]:
        """The price, with the mark of the position's entry before it."""
        text = fit(price(row.price, self.decimals), w.price + bool(w.flow), right=True)
        style = self.palette.styles[self._price_tone(row)]
        if not row.is_entry:
            return [Segment(text + " ", style)]
        rest = text[1:] if text.startswith(" ") else text
        mark = Segment("E" if text.startswith(" ") else "", self.palette.styles[Tone.BADGE])
        return [mark, Segment(rest, style), Segment(" " if mark.text else "E", style if mark.text else mark.style)]

    def _price_tone(self, row: LadderRow) -> Tone:
        if row.is_stale:
            return Tone.STALE
        return Tone.STRONG if row.is_last else Tone.PLAIN

    def _own(self, own: tuple[Own, ...], w: Widths) -> list[Segment]:
        """Side and size of the first order here, `+` where there are more; then what stands before it in the queue."""
        if not own:
            return [Segment(" " * (w.own + w.ahead))]
        first = own[0]
        text = _side_letter(first) + shortest_quantity(first.quantity, w.own - 2 - (len(own) > 1))
        text += "+" if len(own) > 1 else ""
        ahead = "" if first.waits else "?" if first.ahead is None else self._size_text(first.ahead, w.ahead - 1) or "0"
        tone = Tone.BUY if first.side is Side.BUY else Tone.SELL
        return [
            Segment(fit(text, w.own), self.palette.styles[tone]),
            Segment(self._queue(ahead, w), self.palette.styles[Tone.MUTED]),
        ]

    def _queue(self, text: str, w: Widths) -> str:
        """A place in the queue; where the sizes come right after it, with a blank between."""
        return fit(text, w.ahead, right=True) if w.flow else _gapped(text, w.ahead)

    def _held(self, moved: Own, w: Widths) -> list[Segment]:
        """An order in the hand."""
        text = "→" + _side_letter(moved) + shortest_quantity(moved.quantity, w.own - 3)
        return [Segment(fit(text, w.own) + " " * w.ahead, self.palette.styles[Tone.BADGE])]

    def _sold(self, row: LadderRow, width: int) -> Segment:
        text = _gapped(self._size_text(row.sold, width - 2), width)
        return Segment(text, self.palette.styles[Tone.STALE if row.is_stale else Tone.DOWN])

    def _bought(self, row: LadderRow, width: int) -> Segment:
        text = fit(self._size_text(row.bought, width - 1), width, right=True)
        return Segment(text, self.palette.styles[Tone.STALE if row.is_stale else Tone.UP])

    def _profit(self, row: LadderRow, width: int) -> Segment:
        if row.profit is None or not width:
            return Segment(" " * width)
        text = next((t for d in (2, 1, 0) if len(t := signed(row.profit, d)) < width), "")
        tone = Tone.STALE if row.is_stale else sign_tone(row.profit)
        return Segment(fit(text or thousands(row.profit, width - 1), width, right=True), self.palette.styles[tone])

    def _bid(self, row: LadderRow, width: int) -> list[Segment]:
        if row.bid is None:
            return [Segment(fit(UNKNOWN, width, right=True) + " ", self.palette.styles[Tone.MUTED])]
        text = fit(self._size_text(row.bid, width), width, right=True) + " "
        bar = min(len(text), _cells(row.bid_share, len(text)))
        tone, bar_tone = (Tone.STALE, Tone.STALE) if row.is_stale else (Tone.UP, Tone.BID_BAR)
        plain, lit = self.palette.styles[tone], self.palette.styles[bar_tone]
        return [Segment(text[: len(text) - bar], plain), Segment(text[len(text) - bar :], lit)]

    def _ask(self, row: LadderRow, width: int) -> list[Segment]:
        if row.ask is None:
            return [Segment(" " + fit(UNKNOWN, width, right=True), self.palette.styles[Tone.MUTED])]
        text = " " + fit(self._size_text(row.ask, width), width, right=True)
        bar = min(len(text), _cells(row.ask_share, len(text)))
        tone, bar_tone = (Tone.STALE, Tone.STALE) if row.is_stale else (Tone.DOWN, Tone.ASK_BAR)
        return [Segment(text[:bar], self.palette.styles[bar_tone]), Segment(text[bar:], self.palette.styles[tone])]

    def _volume_text(self, quantity: Decimal, width: int) -> str:
        return self._size_text(quantity, width, min(self.size_decimals, self.volume_decimals))

    def _size_text(self, quantity: Decimal, width: int, most: int | None = None) -> str:
        """Blank for nothing; what would be rounded to nothing is said to be small."""
        if not quantity or width < 1:
            return ""
        for decimals in range(self.size_decimals if most is None else most, -1, -1):
            if len(text := fixed(quantity, decimals)) <= width:
                return text if quantity * 2 >= Decimal(1).scaleb(-decimals) else "<" + text[1:-1] + "1"
        return thousands(quantity, width)

    def _spread(self, row: LadderRow, w: Widths) -> SegmentLine:
        """The gap, and the real best bid where the lines are coarser than the tick; each where there is room for all of it."""
        if row.beyond:
            return self._beyond(row, w)
        left, gap = "", price(row.spread, self.decimals)
        if row.touch is not None and row.touch != (row.price, row.price + (row.spread or ZERO)):
            left = f" {price(row.touch[0], self.decimals)} "
        before = w.own + w.ahead + w.flow + w.size + 2
        text = (left if len(left) <= before else "").rjust(before, "─")
        text += next((one for one in (f"┼─ spread {gap} ", f"┼ {gap} ") if len(text + one) <= self.width), "┼")
        return sized([Segment(text.ljust(self.width, "─"), self.palette.styles[Tone.MUTED])], self.width)

    def _beyond(self, row: LadderRow, w: Widths) -> SegmentLine:
        """Where the market is, which none of the lines shows: above or below them all."""
        left = f" {row.beyond} {price(row.touch[0] if row.touch is not None else row.price, self.decimals)} "
        text = left.rjust(w.own + w.ahead + w.flow + w.size + 2, "─") + f"┼─ market {row.beyond} "
        return sized([Segment(text.ljust(self.width, "─"), self.palette.styles[Tone.STRONG])], self.width)


def _gapped(text: str, width: int) -> str:
    """Aligned right, with a blank before what comes next; nothing where there is no column."""
    return fit(text, width - 1, right=True) + " " if width else ""


def _side_letter(own: Own) -> str:
    """Capital for what rests, small for what waits for its trigger."""
    letter = own.side.value[0]
    return letter if own.waits else letter.upper()
