"""What a terminal that is too small shows, instead of a broken screen: how large it is and how large it must be."""

from textual.app import ComposeResult
from textual.events import Resize
from textual.geometry import Size
from textual.screen import ModalScreen

from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.drawing.panes import MIN_HEIGHT, MIN_WIDTH
from tradeterm.tui.drawing.parts import Part
from tradeterm.tui.widgets.lines import Lines


def is_too_small(size: Size) -> bool:
    return size.width < MIN_WIDTH or size.height < MIN_HEIGHT


class TooSmallScreen(ModalScreen[None]):
    """Lies over everything and takes every key but the one that quits."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def compose(self) -> ComposeResult:
        yield Lines(self._palette, widget_id="too-small")

    def on_mount(self) -> None:
        self._say(self.app.size)

    def on_resize(self, event: Resize) -> None:
        self._say(event.size)

    def on_screen_resume(self) -> None:
        """What lay over it has gone: meanwhile there may be room."""
        if not is_too_small(self.app.size):
            self.dismiss()

    def _say(self, size: Size) -> None:
        self.query_one(Lines).show(
            [
                [Part("Too small", Tone.ALERT)],
                [Part(f"This terminal is {size.width}x{size.height}.")],
                [Part(f"tradeterm needs {MIN_WIDTH}x{MIN_HEIGHT}.")],
                [Part("Enlarge it; ctrl+q quits.", Tone.MUTED)],
            ]
        )
