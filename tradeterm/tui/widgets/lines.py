"""A few lines of toned text that repaint when they differ: bars, summaries, the body of dialogs."""

from collections.abc import Sequence
from itertools import zip_longest

from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.drawing.parts import Line, Part, fitted, part_at
from tradeterm.tui.drawing.segments import SegmentLine, sized
from tradeterm.tui.terminal.pieces import WholeLines, repaint_lines
from tradeterm.tui.widgets.backdrop import Backdrop


class Lines(WholeLines, Widget):
    """Draws lines of parts; foreign text is only ever drawn, never read as markup."""

    class Pressed(Message):
        """A click on a part that stands for a command."""

        def __init__(self, binding: str) -> None:
            super().__init__()
            self.binding = binding

    def __init__(self, palette: Palette, *, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._palette, self._backdrop = palette, Backdrop(self, palette)
        self._lines: tuple[tuple[Part, ...], ...] = ()

    @property
    def text(self) -> str:
        return "\n".join("".join(part.text for part in line) for line in self._lines)

    def show(self, lines: Sequence[Line]) -> None:
        fresh = tuple(tuple(line) for line in lines)
        if fresh != self._lines:
            before, self._lines = self._lines, fresh
            if len(before) != len(fresh) and self.styles.auto_dimensions:
                self.refresh(layout=True)  # of the whole screen: only where the height follows the text
            else:
                repaint_lines(self, [y for y, (was, now) in enumerate(zip_longest(before, fresh)) if was != now])

    async def on_click(self, event: Click) -> None:
        if 0 <= event.y < len(self._lines):
            part = part_at(fitted(self._lines[event.y], self.size.width), event.x)
            if part is not None and part.binding:
                self.post_message(self.Pressed(part.binding))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines)

    @property
    def ground(self) -> Style:
        return self._backdrop.style

    def segments(self, y: int, width: int) -> SegmentLine:
        parts = fitted(self._lines[y], width) if y < len(self._lines) else ()
        return sized([Segment(part.text, self._palette.styles[part.tone]) for part in parts], width)
