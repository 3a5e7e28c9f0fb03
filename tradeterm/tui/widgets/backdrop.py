"""What a widget draws on: its own style, worked out once a palette. Asking Textual walks up to the screen, for each line."""

from rich.style import Style
from textual.widget import Widget

from tradeterm.tui.drawing.palette import Palette


class Backdrop:
    """The style under all that `widget` draws, as the palette has it now."""

    def __init__(self, widget: Widget, palette: Palette) -> None:
        self._widget, self._palette = widget, palette
        self._style, self._drawn_in = Style(), -1

    @property
    def style(self) -> Style:
        if self._drawn_in != self._palette.changes:
            self._style, self._drawn_in = self._widget.rich_style, self._palette.changes
        return self._style
