"""What changed inside of widgets, line by line, without the rest of the screen.

Textual's compositor asks every widget that is near a change for all of its lines, lays frames and filters over each of
them, and cuts them at every edge on the screen. Here a change is drawn alone: the lines that differ of the widget that
differs, less what stands before it.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.errors import NoWidget
from textual.geometry import Region
from textual.map_geometry import MapGeometry
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
        """In front as pieces; behind a dialog as a part of what Textual draws there."""
        touched, self._touched = self._touched, {}
        app = self._screen.app
        try:
            if not app._running or app._batch_count or app.screen is not self._screen:
                self._leave_to_textual(touched)
                return
            pieces = [piece for widget, rows in touched.items() for piece in self._drawn(widget, rows)]
            app._display(self._screen, PiecesUpdate(pieces))  # type: ignore[arg-type]  # our driver takes it
        except Exception as error:  # as Textual does with what goes wrong in a timer
            app._handle_exception(error)

    def _leave_to_textual(self, touched: Mapping[Widget, set[int]]) -> None:
        for widget, rows in touched.items():
            if widget.is_attached:
                _refresh(widget, (row - widget.gutter.top for row in sorted(rows)))

    # -- one widget ---------------------------------------------------------------------------------------------------

    def _drawn(self, widget: Widget, rows: set[int]) -> Iterator[Piece]:
        """The rows of it that are seen, counted from its top."""
        place = self._place(widget)
        if place is None:
            return
        inside, own = place.inside, widget if isinstance(widget, WholeLines) and not place.before else None
        inks = self._inks_of(widget, own.ground) if own is not None else None
        for row in rows:
            y = place.region.y + row
            if own is not None and inside.y <= y < inside.bottom:
                yield Piece(inside.x, y, own.segments(y - inside.y, inside.width), inks)
            elif place.seen.y <= y < place.seen.bottom:
                yield from _framed(widget, place, y)

    def _inks_of(self, widget: Widget, ground: Style) -> Inks:
        filters = tuple(widget.get_line_filters())
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


def _framed(widget: Widget, place: _Place, y: int) -> Iterator[Piece]:
    """As Textual draws it, less what stands before it."""
    seen, offset = place.seen, place.region.offset
    (strip,) = widget.render_lines(Region(seen.x - offset.x, y - offset.y, seen.width, 1))
    covers = [one.column_span for one in place.before if one.y <= y < one.bottom]
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
