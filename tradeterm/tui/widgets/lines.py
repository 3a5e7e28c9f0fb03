"""A few lines of toned text that repaint when they differ: bars, summaries, the body of dialogs."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tradeterm.tui.drawing.palette import Palette
from tradeterm.tui.drawing.parts import Line, Part, fitted, part_at
from tradeterm.tui.widgets.backdrop import Backdrop


class Lines(Widget):
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
            is_taller = len(fresh) != len(self._lines)
            self._lines = fresh
            self.refresh(layout=is_taller)

    async def on_click(self, event: Click) -> None:
        if 0 <= event.y < len(self._lines):
            part = part_at(fitted(self._lines[event.y], self.size.width), event.x)
            if part is not None and part.binding:
                self.post_message(self.Pressed(part.binding))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        parts = fitted(self._lines[y], width) if y < len(self._lines) else ()
        segments = [Segment(part.text, self._palette.styles[part.tone]) for part in parts]
        return self._backdrop.under(Strip(segments).adjust_cell_length(width))
