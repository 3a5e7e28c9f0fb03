"""How a table's lines look: the heading, a row, a sentence where there is none. What was drawn once is kept."""

from collections.abc import Sequence

from rich.segment import Segment

from tradeterm.tui.drawing.cells import Column, Row
from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.drawing.segments import SegmentLine, sized, under
from tradeterm.tui.format import fit
from tradeterm.tui.widgets.grid.lines import GridLine

CACHE_LIMIT = 256  # lines as they were drawn: a screen or two of them


class GridPen:
    """Lines of exactly the width asked for, on no ground of their own."""

    def __init__(self, columns: Sequence[Column], palette: Palette) -> None:
        self._columns, self._palette = tuple(columns), palette
        self._kept: dict[tuple[object, ...], SegmentLine] = {}

    @property
    def row_width(self) -> int:
        return sum(column.width + 1 for column in self._columns)

    def change_columns(self, columns: Sequence[Column]) -> bool:
        """Whether they are others than they were."""
        if tuple(columns) == self._columns:
            return False
        self._columns = tuple(columns)
        self._kept.clear()
        return True

    def heading(self, width: int) -> SegmentLine:
        key = ("head", width, self._palette.changes)
        found = self._kept.get(key)
        return self._keep(key, self._heading(width)) if found is None else found

    def sentence(self, text: str, width: int) -> SegmentLine:
        key = ("text", text, width, self._palette.changes)
        found = self._kept.get(key)
        return self._keep(key, self._sentence(text, width)) if found is None else found

    def line(self, line: GridLine, width: int, *, is_cursor: bool, has_focus: bool, is_marked: bool) -> SegmentLine:
        key = (line.version, width, is_cursor, is_cursor and has_focus, is_marked, self._palette.changes)
        found = self._kept.get(key)
        return self._keep(key, self._row(line.row, width, is_cursor, has_focus, is_marked)) if found is None else found

    def _keep(self, key: tuple[object, ...], drawn: SegmentLine) -> SegmentLine:
        if len(self._kept) >= CACHE_LIMIT:
            self._kept.clear()
        self._kept[key] = drawn
        return drawn

    def _fitting(self, width: int) -> int:
        """How many columns a line of this width shows. A number that is cut is another number: it is left out whole."""
        at = 0
        for count, column in enumerate(self._columns):
            at += 1 + column.width
            if at > width and column.right:
                return count
        return len(self._columns)

    def _heading(self, width: int) -> SegmentLine:
        shown = self._columns[: self._fitting(width)]
        text = "".join(" " + fit(column.title, column.width, column.right) for column in shown)
        return sized([Segment(text, self._palette.styles[Tone.HEAD])], width)

    def _sentence(self, text: str, width: int) -> SegmentLine:
        return sized([Segment(" " + text, self._palette.styles[Tone.MUTED])], width)

    def _row(self, row: Row, width: int, is_cursor: bool, has_focus: bool, is_marked: bool) -> SegmentLine:
        styles = self._palette.styles
        sign = "▶" if is_cursor and has_focus else "▸" if is_marked else " "
        segments = [Segment(sign, styles[Tone.STRONG])]
        shown = self._fitting(width)
        for column, cell in zip(self._columns[:shown], row.cells[:shown], strict=True):
            segments.append(Segment(fit(cell.text, column.width, column.right), styles[cell.tone]))
            segments.append(Segment(" "))
        line = sized(segments, width)
        return line if not is_cursor else under(line, self._palette.cursor if has_focus else self._palette.cursor_quiet)
