"""What the ladder shows and what a line of it looks like: values in, strips out. Knows no widget and no key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tradeterm.protocol.arithmetic import ZERO, round_to_tick
from tradeterm.protocol.market import Market, Print
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.drawing.price_grid import Levels
from tradeterm.tui.drawing.price_window import PriceWindow
from tradeterm.tui.format import decimals_of, fit, fixed, price, shortest_quantity, thousands


@dataclass(frozen=True, slots=True)
class Own:
    """Own resting orders at one price."""

    side: Side
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class LadderView:
    """All that the ladder shows of one market; prices as they are, not grouped."""

    market: Market
    bids: Sequence[tuple[Decimal, Decimal]] = ()
    asks: Sequence[tuple[Decimal, Decimal]] = ()
    last: Decimal | None = None
    own: Mapping[Decimal, Own] = field(default_factory=dict)
    prints: Sequence[Print] = ()
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One line; equal ones are drawn once."""

    price: Decimal
    bid: Decimal
    ask: Decimal
    bid_share: int
    ask_share: int
    own: tuple[Own, ...]
    volume: Decimal
    is_last: bool
    spread: Decimal | None
    is_cursor: bool
    is_focused: bool
    is_stale: bool
    touch: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Widths:
    own: int
    size: int
    price: int
    volume: int


def widths(width: int) -> Widths:
    """Share the cells out: the rest goes to the sizes. One cell each for cursor, two rules, and the gaps beside them."""
    price_width = 10
    own, volume = (7, 5) if width >= 38 else (6, 4) if width >= 34 else (5, 0)
    size = max(4, (width - 1 - own - volume - price_width - 1 - 2 - 2) // 2)
    return Widths(own, size, price_width, volume)


def by_step(own: Mapping[Decimal, Own], step: Decimal) -> Mapping[Decimal, tuple[Own, ...]]:
    """Own orders by displayed price: like the book, bids downward and offers upward."""
    rows: dict[Decimal, tuple[Own, ...]] = {}
    for at, order in own.items():
        whole = at // step * step
        key = whole if order.side is Side.BUY or whole == at else whole + step
        rows[key] = (*rows.get(key, ()), order)
    return rows


def traded(prints: Sequence[Print], step: Decimal) -> Mapping[Decimal, Decimal]:
    """What was traded by displayed price, summed like the book: what buyers took at offers' prices, upward."""
    volume: dict[Decimal, Decimal] = {}
    for one in prints:
        key = round_to_tick(one.price, step, up=one.side is Side.BUY)
        volume[key] = volume.get(key, ZERO) + one.quantity
    return volume


def size_decimals(lot: Decimal, levels: Levels, width: int, before: int | None) -> int | None:
    """As many decimals as the largest size leaves room for, the same on every line; they shrink, and never grow."""
    largest = max([*levels.bids.values(), *levels.asks.values()], default=ZERO)
    room, decimals = widths(width).size, decimals_of(lot)
    while decimals and len(fixed(largest, decimals)) > room:
        decimals -= 1
    if not largest:
        return before
    return decimals if before is None else min(decimals, before)


def rows_of(view: LadderView, levels: Levels, window: PriceWindow, *, has_focus: bool) -> list[LadderRow | None]:
    """A line a price from the window's top, with the line of the spread above the best bid."""
    at, step = window.top, levels.step
    if at is None:
        return [None] * window.lines
    best_bid = max(levels.bids, default=None)
    row = _RowMaker(view, levels, window.cursor, has_focus)
    rows: list[LadderRow | None] = []
    while len(rows) < window.lines:
        if at == best_bid and rows and levels.asks:
            rows.append(row.at(at, spread=view.asks[0][0] - view.bids[0][0]))
        rows.append(row.at(at) if at > 0 else None)
        at -= step
    return rows[: window.lines]


class _RowMaker:
    """What all lines of one state share."""

    def __init__(self, view: LadderView, levels: Levels, cursor: Decimal | None, has_focus: bool) -> None:
        self._view, self._levels = view, levels
        self._cursor, self._has_focus = cursor, has_focus
        self._largest = max([*levels.bids.values(), *levels.asks.values()], default=ZERO)
        self._own = by_step(view.own, levels.step)
        self._volume = traded(view.prints, levels.step)

    def at(self, price: Decimal, spread: Decimal | None = None) -> LadderRow:
        view, levels = self._view, self._levels
        bid, ask = levels.bids.get(price, ZERO), levels.asks.get(price, ZERO)
        is_cursor = price == self._cursor and spread is None
        return LadderRow(
            price=price,
            bid=bid,
            ask=ask,
            bid_share=share_of(bid, self._largest),
            ask_share=share_of(ask, self._largest),
            own=self._own.get(price, ()),
            volume=self._volume.get(price, ZERO),
            is_last=view.last is not None and price <= view.last < price + levels.step,
            spread=spread,
            is_cursor=is_cursor,
            is_focused=is_cursor and self._has_focus,
            is_stale=view.is_stale,
            touch=(view.bids[0][0], view.asks[0][0]) if spread is not None else None,
        )


def share_of(quantity: Decimal, largest: Decimal) -> int:
    """Eighths of the largest size on either side, so that small changes repaint nothing."""
    return int(quantity * 8 / largest) if largest else 0


def _cells(share: int, width: int) -> int:
    return share * width // 8


@dataclass(frozen=True, slots=True)
class LadderPen:
    """Draws lines of one width; `decimals` are those of prices, `size_decimals` those of sizes."""

    palette: Palette
    decimals: int
    size_decimals: int
    width: int

    def heading(self) -> Strip:
        w = widths(self.width)
        head, muted = self.palette.styles[Tone.HEAD], self.palette.styles[Tone.MUTED]
        left = " " + fit("Mine", w.own) + fit("Bid", w.size, right=True) + " "
        right = " " + fit("Ask", w.size) + fit("Vol", w.volume, right=True)
        parts = [Segment(left, head), Segment("│", muted), Segment(fit("Price", w.price, right=True) + " ", head)]
        return Strip([*parts, Segment("│", muted), Segment(right, head)]).adjust_cell_length(self.width)

    def line(self, row: LadderRow) -> Strip:
        w, styles = widths(self.width), self.palette.styles
        if row.spread is not None:
            return self._spread(row, w)
        muted = styles[Tone.MUTED]
        segments = [
            Segment("▶" if row.is_focused else "▸" if row.is_cursor else " ", styles[Tone.STRONG]),
            *self._own(row.own, w.own),
            *self._bid(row, w.size),
            Segment("│", muted),
            Segment(fit(price(row.price, self.decimals), w.price, right=True) + " ", styles[self._price_tone(row)]),
            Segment("│", muted),
            *self._ask(row, w.size),
            Segment(fit(self._size_text(row.volume, w.volume - 1), w.volume, right=True), muted),
        ]
        over = Style() if not row.is_cursor else self.palette.cursor if row.is_focused else self.palette.cursor_quiet
        strip = Strip(segments).adjust_cell_length(self.width)
        return Strip([Segment(s.text, (s.style or Style()) + over) for s in strip], self.width)

    def _price_tone(self, row: LadderRow) -> Tone:
        if row.is_stale:
            return Tone.STALE
        return Tone.STRONG if row.is_last else Tone.PLAIN

    def _own(self, own: tuple[Own, ...], width: int) -> list[Segment]:
        if not own:
            return [Segment(" " * width)]
        first = own[0]
        text = first.side.value[0].upper() + shortest_quantity(first.quantity, width - 2 - (len(own) > 1))
        text += "+" if len(own) > 1 else ""
        return [Segment(fit(text, width), self.palette.styles[Tone.BUY if first.side is Side.BUY else Tone.SELL])]

    def _bid(self, row: LadderRow, width: int) -> list[Segment]:
        text = fit(self._size_text(row.bid, width), width, right=True) + " "
        bar = min(len(text), _cells(row.bid_share, len(text)))
        tone, bar_tone = (Tone.STALE, Tone.STALE) if row.is_stale else (Tone.UP, Tone.BID_BAR)
        plain, lit = self.palette.styles[tone], self.palette.styles[bar_tone]
        return [Segment(text[: len(text) - bar], plain), Segment(text[len(text) - bar :], lit)]

    def _ask(self, row: LadderRow, width: int) -> list[Segment]:
        text = " " + fit(self._size_text(row.ask, width), width, right=True)
        bar = min(len(text), _cells(row.ask_share, len(text)))
        tone, bar_tone = (Tone.STALE, Tone.STALE) if row.is_stale else (Tone.DOWN, Tone.ASK_BAR)
        return [Segment(text[:bar], self.palette.styles[bar_tone]), Segment(text[bar:], self.palette.styles[tone])]

    def _size_text(self, quantity: Decimal, width: int) -> str:
        """Blank for nothing; what would be rounded to nothing is said to be small."""
        if not quantity or width < 1:
            return ""
        for decimals in range(self.size_decimals, -1, -1):
            if len(text := fixed(quantity, decimals)) <= width:
                return text if quantity * 2 >= Decimal(1).scaleb(-decimals) else "<" + text[1:-1] + "1"
        return thousands(quantity, width)

    def _spread(self, row: LadderRow, w: Widths) -> Strip:
        """The gap, and the real best bid where the lines are coarser than the tick."""
        left, right = "", f"┼─ spread {price(row.spread, self.decimals)} "
        if row.touch is not None and row.touch != (row.price, row.price + (row.spread or ZERO)):
            left = f" {price(row.touch[0], self.decimals)} "
        text = left.rjust(w.own + w.size + 2, "─")[-(w.own + w.size + 2) :] + right
        return Strip([Segment(text.ljust(self.width, "─")[: self.width], self.palette.styles[Tone.MUTED])])
