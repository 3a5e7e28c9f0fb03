"""Where each pane of the Trade screen lies at each size: pure rectangles that cover the body and never overlap."""

from dataclasses import dataclass, replace
from enum import StrEnum

from textual.geometry import Region

MIN_WIDTH, MIN_HEIGHT = 80, 24
WIDE_FROM = 110
ULTRA_FROM = 160  # from here on the tape and the alerts have places of their own
COURSE_FROM = 140  # from here on the watchlist has room for the course of the day
FULL_LADDER_FROM = 196  # from here on the ladder has all its columns
LISTS_FROM = 80  # from here on the lists under the chart have all their columns
HUGE_FROM = 200  # from here on several ladders have room side by side


class Pane(StrEnum):
    """The panes by their number on the screen."""

    WATCH = "watch"
    CHART = "chart"
    LADDER = "ladder"
    ORDERS = "orders"
    POSITIONS = "positions"
    FILLS = "fills"
    EVENTS = "events"
    TICKET = "ticket"
    TAPE = "tape"
    ALERTS = "alerts"

    @property
    def number(self) -> int:
        return (_ORDER.index(self) + 1) % 10


_ORDER = (
    Pane.WATCH,
    Pane.CHART,
    Pane.LADDER,
    Pane.ORDERS,
    Pane.POSITIONS,
    Pane.FILLS,
    Pane.EVENTS,
    Pane.TICKET,
    Pane.TAPE,
    Pane.ALERTS,
)
LOWER = (Pane.ORDERS, Pane.FILLS, Pane.EVENTS, Pane.TAPE, Pane.ALERTS)
ULTRA_LOWER = (Pane.ORDERS, Pane.FILLS, Pane.EVENTS)
NARROW_LEFT = (Pane.CHART, Pane.WATCH, Pane.TICKET)


def pane_of(number: int) -> Pane:
    """The pane of this number: 0 comes after 9, as on a keyboard."""
    return _ORDER[(number - 1) % 10]


@dataclass(frozen=True, slots=True)
class Shown:
    """Which of the panes that share a place is in front, and whether one has the whole body. `ladders` is how many are
    asked for, `width` that of the body."""

    width: int = WIDE_FROM
    left: Pane = Pane.CHART
    lower: Pane = Pane.ORDERS
    zoomed: Pane | None = None
    ladders: int = 1

    def at(self, width: int) -> "Shown":
        """The same at another width; what has no place there gives way."""
        return replace(self, width=width)._settled()

    def having(self, ladders: int) -> "Shown":
        """The same with so many ladders."""
        return replace(self, ladders=ladders)._settled()

    def _settled(self) -> "Shown":
        return self if self.lower in self.lower_panes else replace(self, lower=Pane.ORDERS)

    @property
    def is_wide(self) -> bool:
        return self.width >= WIDE_FROM

    @property
    def is_ultra(self) -> bool:
        return self.width >= ULTRA_FROM

    @property
    def seen_ladders(self) -> int:
        """How many ladders there is room for, of those that are asked for."""
        return self.ladders if self.width >= HUGE_FROM else 1

    @property
    def has_tape(self) -> bool:
        """Has the tape a place of its own?"""
        several = self.seen_ladders > 1
        return self.is_ultra and (not several or self.width >= self.seen_ladders * _FULL + _TAPE + _LEAST_LEFT)

    def bringing(self, pane: Pane) -> "Shown":
        """With `pane` in front where it lives; a zoom follows it."""
        shown = replace(self, zoomed=pane) if self.zoomed else self
        if pane in self.lower_panes:
            return replace(shown, lower=pane)
        return replace(shown, left=pane) if not self.is_wide and pane in NARROW_LEFT else shown

    def has_room(self, pane: Pane) -> bool:
        """Is this list wide enough for all its columns? Zoomed it is at every width."""
        left = self.width - self.seen_ladders * _ladder_width(self.seen_ladders, self.width) - self._tape
        return self.zoomed is pane or left >= LISTS_FROM

    @property
    def _tape(self) -> int:
        return _TAPE if self.has_tape else 0

    @property
    def lower_panes(self) -> tuple[Pane, ...]:
        if not self.is_ultra:
            return LOWER
        return ULTRA_LOWER if self.has_tape else (*ULTRA_LOWER, Pane.TAPE)

    @property
    def visible(self) -> tuple[Pane, ...]:
        """In the order of their numbers."""
        if self.zoomed is not None:
            return (self.zoomed,)
        always = (Pane.LADDER, Pane.POSITIONS, self.lower)
        own = [*([Pane.TAPE] if self.has_tape else []), *([Pane.ALERTS] if self.is_ultra else [])]
        wide = (Pane.WATCH, Pane.CHART, Pane.TICKET, *own)
        return tuple(pane for pane in _ORDER if pane in (*always, *(wide if self.is_wide else (self.left,))))


def ladder_id(number: int) -> str:
    """The name of one of the ladders that stand side by side; the first has that of the pane."""
    return Pane.LADDER if number == 1 else f"{Pane.LADDER}-{number}"


def arranged(shown: Shown, width: int, height: int) -> dict[str, Region]:
    """The rectangle of each visible pane in a body of this size, by its name; ladders beside the first by theirs."""
    body = Region(0, 0, width, height)
    if shown.zoomed is Pane.LADDER:
        return _side_by_side(body, shown.seen_ladders)
    if shown.zoomed is not None:
        return {shown.zoomed: body}
    return _wide(shown, width, height) if shown.is_wide else _narrow(shown, width, height)


_FULL, _TIGHT = 60, 44  # cells of one ladder among several: with all its columns, and with the queue at least
_TAPE = 37
_LEAST_LEFT = 68  # watchlist and chart beside several ladders


def _wide(shown: Shown, width: int, height: int) -> dict[str, Region]:
    count, tape = shown.seen_ladders, shown._tape
    watch = 34 if width >= COURSE_FROM and count == 1 else 28
    ladder = _ladder_width(count, width)
    middle, ticket = width - count * ladder - tape, 11
    top, held = _thirds(height)
    ladders = _side_by_side(Region(middle, 0, count * ladder, height), count)
    first = Region(middle, 0, ladder, height - ticket)  # the ticket is of the market on the page, and stands under it
    places = {
        Pane.WATCH: Region(0, 0, watch, top),
        Pane.CHART: Region(watch, 0, middle - watch, top),
        Pane.POSITIONS: Region(0, top, middle, held),
        shown.lower: Region(0, top + held, middle, height - top - held),
        Pane.TICKET: Region(middle, height - ticket, ladder, ticket),
    }
    own_tape = {Pane.TAPE: Region(width - tape, 0, tape, height)} if tape else {}
    return ladders | {Pane.LADDER: first} | places | own_tape | (_alerts(watch, top) if shown.is_ultra else {})


def _ladder_width(count: int, width: int) -> int:
    if count == 1:
        return 66 if width >= FULL_LADDER_FROM else 40
    return _FULL if count * _FULL + _LEAST_LEFT <= width else _TIGHT


def _side_by_side(place: Region, count: int) -> dict[str, Region]:
    """The ladders' places; the last one has what is left over."""
    width = place.width // count
    places = {ladder_id(n + 1): Region(place.x + n * width, place.y, width, place.height) for n in range(count)}
    last = places[ladder_id(count)]
    return places | {ladder_id(count): Region(last.x, last.y, place.right - last.x, last.height)}


def _alerts(watch: int, top: int) -> dict[str, Region]:
    """Under the watchlist."""
    alerts = max(4, top // 3)
    return {Pane.WATCH: Region(0, 0, watch, top - alerts), Pane.ALERTS: Region(0, top - alerts, watch, alerts)}


def _thirds(height: int) -> tuple[int, int]:
    """Of the left side: the chart, then the positions; what is left is the orders'."""
    held = max(5, height // 5)
    return height - held - max(6, height // 4), held


def _narrow(shown: Shown, width: int, height: int) -> dict[str, Region]:
    ladder = 36
    left, (top, held) = width - ladder, _thirds(height)
    return {
        shown.left: Region(0, 0, left, top),
        Pane.POSITIONS: Region(0, top, left, held),
        shown.lower: Region(0, top + held, left, height - top - held),
        Pane.LADDER: Region(left, 0, ladder, height),
    }
