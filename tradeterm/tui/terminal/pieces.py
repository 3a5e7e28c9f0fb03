"""What changed inside of widgets, line by line, without the rest of the screen.

Textual's compositor asks every widget that is near a change for all of its lines, lays frames and filters over each of
them, and cuts them at every edge on the screen. Here a change is drawn alone: the lines that differ of the widget that
differs, less what stands before it.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.color import Color
from textual.errors import NoWidget
from textual.filter import LineFilter
from textual.geometry import Region
from textual.map_geometry import MapGeometry
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tradeterm.tui.terminal.cells import CellScreen
from tradeterm.tui.terminal.inks import Inks
from tradeterm.tui.terminal.pens import system_of


class WholeLines:
    """Beside Widget: one whose lines are all that is seen inside of its frame. `segments` gives one of exactly the width
    that is asked for, `ground` what all of them are laid on."""

    @property
    def ground(self) -> Style:
        raise NotImplementedError

    def segments(self, y: int, width: int) -> Sequence[Segment]:
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """The same for Textual."""
        assert isinstance(self, Widget), "it stands beside one"
        return Strip(self.segments(y, self.size.width)).apply_style(self.ground)


def repaint_lines(widget: Widget, lines: Iterable[int]) -> None:
    """Draw these lines of a widget anew, counted from the first one inside of its frame."""
    if not widget.is_mounted or not widget.is_attached:
        widget.refresh()
        return
    compositor = widget.screen._compositor
    if isinstance(compositor, PieceCompositor) and compositor.takes_pieces:
        compositor.touch(widget, lines)
    else:
        _refresh(widget, lines)


def _refresh(widget: Widget, lines: Iterable[int]) -> None:
    """By Textual: its lines from edge to edge."""
    left, width = -widget.gutter.left, widget.outer_size.width
    widget.refresh(*(Region(left, y, width, 1) for y in lines))


@dataclass(frozen=True, slots=True)
class Piece:
    """What is to be seen from this cell on, written with these inks; without any it is as the terminal shall have it."""

    x: int
    y: int
    segments: Iterable[Segment]
    inks: Inks | None = None


class PiecesUpdate(CompositorUpdate):
    """Pieces in any order; none lies over another."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces


def lay(update: CompositorUpdate, screen: CellScreen) -> None:
    """Want on the screen what the update says."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            screen.want(update.region.x, y, strips)
    elif isinstance(update, ChopsUpdate):
        for y, start, end in update.spans:  # beside a span are strips of what lies behind other widgets
            for x, strip in update.chops[y].items():
                if strip is not None and x < end and x + strip.cell_length > start:
                    first = max(x, start)
                    screen.want(first, y, [strip.crop(first - x, end - x)])
    elif isinstance(update, PiecesUpdate):
        for piece in update.pieces:
            if piece.inks is None:
                screen.want(piece.x, piece.y, [piece.segments])
            else:
                screen.want_line(piece.x, piece.y, piece.segments, piece.inks)


class TakesPieces:
    """Beside Driver: one that draws what it is shown by itself."""

    def show(self, update: CompositorUpdate, width: int, height: int) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a widget lies on the screen: all of it, what is seen, and that without its frame where no line of it is cut."""

    region: Region
    seen: Region
    inside: Region
    before: Sequence[Region]  # what stands before it


class Tint(LineFilter):
    """What a dialog lays over the screen behind it."""

    def __init__(self, colour: Color) -> None:
        super().__init__()
        self._colour = colour

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return list(BackgroundScreen.process_segments(segments, self._colour))


@lru_cache(maxsize=8)
def _tint(colour: Color) -> Tint:
    return Tint(colour)


@dataclass(frozen=True, slots=True)
class _Veil:
    """What stands between a screen and the eye: nothing, or a dialog's widgets and its tint."""

    covers: Sequence[Region] = ()
    filters: Sequence[LineFilter] = ()
    behind: Color | None = None  # the colour that the filters see behind


class PieceCompositor(Compositor):
    """Textual's own, for all but the lines that `repaint_lines` touches, of widgets that lie where they lay. Those are drawn
    as soon as whoever touches them is done, without a message to anybody."""

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self._screen = screen
        self._touched: dict[Widget, set[int]] = {}
        self._places: dict[Widget, _Place] = {}
        self._placed: object = None  # the layout of which they are
        self._inks: dict[object, Inks] = {}

    @property
    def takes_pieces(self) -> bool:
        return isinstance(self._screen.app._driver, TakesPieces)

    def find_widget(self, widget: Widget) -> MapGeometry:
        """Where it was laid. Textual would lay the whole screen anew when it is asked before a layout that is due, and then not
        draw what that layout moved."""
        for known in (self._visible_map or {}, self._full_map):
            if widget in known:
                return known[widget]
        raise NoWidget("it was not laid anywhere")

    def touch(self, widget: Widget, lines: Iterable[int]) -> None:
        top = widget.gutter.top
        rows = {top + y for y in lines}
        widget._styles_cache._dirty_lines.update(rows)  # for the next time that Textual draws all of it
        if not self._touched:
            asyncio.get_running_loop().call_soon(self._draw)
        self._touched.setdefault(widget, set()).update(rows)

    def _draw(self) -> None:
        """In front, and behind one dialog; behind more than that as a part of what Textual draws there."""
        touched, self._touched = self._touched, {}
        app = self._screen.app
        try:
            veil = self._veil() if app._running and not app._batch_count else None
            if veil is None:
                self._leave_to_textual(touched)
                return
            pieces = [piece for widget, rows in touched.items() for piece in self._drawn(widget, rows, veil)]
            app._display(self._screen, PiecesUpdate(pieces))  # type: ignore[arg-type]  # our driver takes it
        except Exception as error:  # as Textual does with what goes wrong in a timer
            app._handle_exception(error)

    def _leave_to_textual(self, touched: Mapping[Widget, set[int]]) -> None:
        for widget, rows in touched.items():
            if widget.is_attached:
                _refresh(widget, (row - widget.gutter.top for row in sorted(rows)))

    def _veil(self) -> _Veil | None:
        """What this screen is seen through; None where it has to be drawn as a part of what stands before it. Textual keeps
        its picture of what is behind a dialog: that is made anew when it next has to draw any of it."""
        front = self._screen.app.screen
        if front is self._screen:
            return _Veil()
        is_seen = front.styles.background.a < 1 and self._screen.app._background_screens == [self._screen]
        if not is_seen or not _is_laid(front):
            return None
        front._dirty_regions.add(front.size.region)
        front._styles_cache._dirty_lines.update(range(front.size.height))
        covers = [region.intersection(clip) for one, (region, clip) in _seen_of(front).items() if one is not front]
        tint = _tint(front.styles.background)
        return _Veil(covers, (tint, *front.get_line_filters()), front.background_colors[1])

    # -- one widget ---------------------------------------------------------------------------------------------------

    def _drawn(self, widget: Widget, rows: set[int], veil: _Veil) -> Iterator[Piece]:
        """The rows of it that are seen, counted from its top."""
        place = self._place(widget)
        if place is None:
            return
        inside, own = place.inside, widget if isinstance(widget, WholeLines) else None
        before = place.before
        if veil.covers:
            before = [*before, *(one for one in veil.covers if one.overlaps(place.seen))]
        inks = self._inks_of(widget, own.ground, veil) if own is not None else None
        for row in rows:
            y = place.region.y + row
            covers = [one.column_span for one in before if one.y <= y < one.bottom] if before else []
            if own is not None and inside.y <= y < inside.bottom and not covers:
                yield Piece(inside.x, y, own.segments(y - inside.y, inside.width), inks)
            elif place.seen.y <= y < place.seen.bottom:
                yield from _framed(widget, place, y, covers, veil)

    def _inks_of(self, widget: Widget, ground: Style, veil: _Veil) -> Inks:
        filters = (*widget.get_line_filters(), *veil.filters)
        system = system_of(widget.app.console)
        key = (ground, filters, system)
        if key not in self._inks:
            self._inks[key] = Inks(ground, filters, widget.background_colors[1], system)
        return self._inks[key]

    def _place(self, widget: Widget) -> _Place | None:
        """Known until the next layout; None for what is not seen."""
        visible = self.visible_widgets
        if self._placed is not visible:
            self._placed = visible
            self._places.clear()
        if widget not in visible:
            return None
        if widget not in self._places:
            self._places[widget] = _place_of(widget, visible, self.size.region)
        return self._places[widget]


def _is_laid(screen: Screen[Any]) -> bool:
    """Does it lie where it shall?"""
    return not screen._layout_required and bool(screen.size) and screen._compositor.size == screen.app.size


def _seen_of(screen: Screen[Any]) -> Mapping[Widget, tuple[Region, Region]]:
    return screen._compositor.visible_widgets


def _framed(widget: Widget, place: _Place, y: int, covers: Sequence[tuple[int, int]], veil: _Veil) -> Iterator[Piece]:
    """As Textual draws it, less what stands before it."""
    seen, offset = place.seen, place.region.offset
    (strip,) = widget.render_lines(Region(seen.x - offset.x, y - offset.y, seen.width, 1))
    for one in veil.filters:
        strip = strip.apply_filter(one, veil.behind or widget.background_colors[1])
    for start, end in uncovered(seen.column_span, covers):
        yield Piece(start, y, strip.crop(start - seen.x, end - seen.x))


def _place_of(widget: Widget, visible: dict[Widget, tuple[Region, Region]], screen: Region) -> _Place:
    region, clip = visible[widget]
    seen = region.intersection(clip).intersection(screen)
    nearer = list(visible)[: list(visible).index(widget)]  # Textual counts from the front
    before = [visible[other][0].intersection(visible[other][1]) for other in nearer]
    inside = region.shrink(widget.gutter)
    if inside.x < seen.x or inside.right > seen.right:
        inside = Region()  # cut: its lines are too
    return _Place(region, seen, inside.intersection(seen), [one for one in before if one.overlaps(seen)])


def uncovered(span: tuple[int, int], covers: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of the span none of these covers, as (start, end)."""
    left = [span]
    for start, end in covers:
        parts = [part for begin, stop in left for part in ((begin, min(stop, start)), (max(begin, end), stop))]
        left = [(begin, stop) for begin, stop in parts if begin < stop]
    return left
