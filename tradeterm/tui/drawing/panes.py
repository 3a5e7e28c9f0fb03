"""Where each pane of the Trade screen lies at each size: pure rectangles that cover the body and never overlap."""

from dataclasses import dataclass, replace
from enum import StrEnum

from textual.geometry import Region

MIN_WIDTH, MIN_HEIGHT = 80, 24
WIDE_FROM = 110
ULTRA_FROM = 160  # from here on the tape and the alerts have places of their own
COURSE_FROM = 140  # from here on the watchlist has room for the course of the day
FULL_LADDER_FROM = 196  # from here on the ladder has all its columns


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
    """Which of the panes that share a place is in front, and whether one has the whole body."""

    is_wide: bool = True
    left: Pane = Pane.CHART
    lower: Pane = Pane.ORDERS
    zoomed: Pane | None = None
    is_ultra: bool = False

    def at(self, width: int) -> "Shown":
        """The same at another width; what has no place there gives way."""
        is_wide, is_ultra = width >= WIDE_FROM, width >= ULTRA_FROM
        lower = Pane.ORDERS if is_ultra and self.lower not in ULTRA_LOWER else self.lower
        return replace(self, is_wide=is_wide, is_ultra=is_ultra, lower=lower)

    def bringing(self, pane: Pane) -> "Shown":
        """With `pane` in front where it lives; a zoom follows it."""
        shown = replace(self, zoomed=pane) if self.zoomed else self
        if pane in self.lower_panes:
            return replace(shown, lower=pane)
        return replace(shown, left=pane) if not self.is_wide and pane in NARROW_LEFT else shown

    def has_room(self, pane: Pane) -> bool:
        """Is this pane wide enough for all its columns? Zoomed it is at every width."""
        return self.is_wide or self.zoomed is pane

    @property
    def lower_panes(self) -> tuple[Pane, ...]:
        return ULTRA_LOWER if self.is_ultra else LOWER

    @property
    def visible(self) -> tuple[Pane, ...]:
        """In the order of their numbers."""
        if self.zoomed is not None:
            return (self.zoomed,)
        always = (Pane.LADDER, Pane.POSITIONS, self.lower)
        wide = (Pane.WATCH, Pane.CHART, Pane.TICKET, *([Pane.TAPE, Pane.ALERTS] if self.is_ultra else []))
        return tuple(pane for pane in _ORDER if pane in (*always, *(wide if self.is_wide else (self.left,))))


def arranged(shown: Shown, width: int, height: int) -> dict[Pane, Region]:
    """The rectangle of each visible pane in a body of this size."""
    if shown.zoomed is not None:
        return {shown.zoomed: Region(0, 0, width, height)}
    return _wide(shown, width, height) if shown.is_wide else _narrow(shown, width, height)


def _wide(shown: Shown, width: int, height: int) -> dict[Pane, Region]:
    watch, ladder = 34 if width >= COURSE_FROM else 28, 66 if width >= FULL_LADDER_FROM else 40
    tape = 37 if shown.is_ultra else 0
    middle, ticket = width - ladder - tape, 11
    top, held = _thirds(height)
    places = {
        Pane.WATCH: Region(0, 0, watch, top),
        Pane.CHART: Region(watch, 0, middle - watch, top),
        Pane.POSITIONS: Region(0, top, middle, held),
        shown.lower: Region(0, top + held, middle, height - top - held),
        Pane.LADDER: Region(middle, 0, ladder, height - ticket),
        Pane.TICKET: Region(middle, height - ticket, ladder, ticket),
    }
    return places | (_ultra(watch, middle + ladder, tape, top, height) if shown.is_ultra else {})


def _ultra(watch: int, right: int, tape: int, top: int, height: int) -> dict[Pane, Region]:
    """What has a place of its own only here: the tape on the right, the alerts under the watchlist."""
    alerts = max(4, top // 3)
    return {
        Pane.WATCH: Region(0, 0, watch, top - alerts),
        Pane.ALERTS: Region(0, top - alerts, watch, alerts),
        Pane.TAPE: Region(right, 0, tape, height),
    }


def _thirds(height: int) -> tuple[int, int]:
    """Of the left side: the chart, then the positions; what is left is the orders'."""
    held = max(5, height // 5)
    return height - held - max(6, height // 4), held


def _narrow(shown: Shown, width: int, height: int) -> dict[Pane, Region]:
    ladder = 36
    left, (top, held) = width - ladder, _thirds(height)
    return {
        shown.left: Region(0, 0, left, top),
        Pane.POSITIONS: Region(0, top, left, held),
        shown.lower: Region(0, top + held, left, height - top - held),
        Pane.LADDER: Region(left, 0, ladder, height),
    }
