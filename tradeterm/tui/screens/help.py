"""Every key there is, read from the key map: what it shows cannot differ from what works."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.screen import ModalScreen

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.keymap import COMMANDS, Keymap, bindings, shown_keys
from tradeterm.tui.drawing.palette import Palette, Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.titles import retitle

_TITLES = {
    "global": "Everywhere",
    "trade": "Trading",
    "review": "Review",
    "grid": "Lists",
    "chart": "Chart",
    "watch": "Watchlist",
    "alerts": "Alerts",
    "ladder": "Ladder",
    "ticket": "Ticket",
    "form": "Forms",
    "command": "Order line",
}
_COLUMNS = (("global", "review"), ("trade", "chart"), ("grid", "watch", "alerts"), ("ladder", "ticket", "command"))
_KEYS_WIDTH = 9

_SYMBOLS: Sequence[str] = (
    "▲▼ change since a day ago    ~14s no update for 14 s    ● ok  ◐ slow  ○ down    ▶ cursor    B/S own orders",
    "! warning    ? unknown: no answer came, nothing is sent again    SAFE: every order is reviewed, only y sends",
    "ARMED: some keys send at one press, for a while, up to a size    VIEW: nothing is sent    LOCKED: only cancels",
)


def key_lines(keymap: Keymap, context: str) -> list[Line]:
    """One line a command of this context; the panes are one line."""
    lines: list[Line] = []
    contexts = ("global", "app") if context == "global" else (context,)
    for command in COMMANDS:
        if command.context not in contexts or (command.id.startswith("pane.") and command.id[-1] in "023456789"):
            continue
        keys = "1-9 0" if command.id == "pane.1" else shown_keys(keymap, command.id)
        text = "go to pane" if command.id == "pane.1" else command.text
        lines.append([Part(f"{keys:<{_KEYS_WIDTH}} ", Tone.STRONG), Part(text)])
    return lines


class HelpScreen(ModalScreen[None]):
    """Over everything; Escape, `q`, or the help key again, closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("global", "grid"), Binding("q", "back", "Close", show=False)]

    def __init__(self, context: Context, from_pane: str) -> None:
        super().__init__()
        self._ctx = context
        self._from_pane = from_pane

    def compose(self) -> ComposeResult:
        palette = self._ctx.palette
        yield Lines(palette, widget_id="help-head")
        with VerticalScroll(id="help-body"):
            with Container(id="help-columns"):
                for contexts in _from(self._from_pane.lower()):
                    with Vertical(classes="help-column"):
                        yield from (_box(palette, self._ctx.keymap, context) for context in contexts)
            yield Lines(palette, widget_id="help-symbols")
        yield Lines(palette, widget_id="help-foot")

    def on_mount(self) -> None:
        label = self._ctx.label
        head = [Part(f" {label.text}  "), Part("HELP", Tone.STRONG), Part(f"   (from: {self._from_pane})", Tone.MUTED)]
        self.query_one("#help-head", Lines).show([head])
        retitle(self.query_one("#help-symbols"), "Signs on the screen")
        self.query_one("#help-symbols", Lines).show([[Part(text, Tone.MUTED)] for text in _SYMBOLS])
        self.query_one("#help-foot", Lines).show([[Part(" esc q close   j k scroll", Tone.MUTED)]])
        self.query_one("#help-body").focus()

    def action_back(self) -> None:
        self.dismiss(None)

    def action_help(self) -> None:
        self.dismiss(None)

    def action_down(self) -> None:
        self.query_one("#help-body").scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one("#help-body").scroll_up(animate=False)

    def action_page_down(self) -> None:
        self.query_one("#help-body").scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        self.query_one("#help-body").scroll_page_up(animate=False)


def _from(pane: str) -> list[list[str]]:
    """The columns, with the keys of the pane one comes from first."""
    near = pane if pane in _TITLES else "grid"
    columns = sorted(_COLUMNS, key=lambda contexts: near not in contexts)
    return [sorted(contexts, key=lambda context: context != near) for contexts in columns]


def _box(palette: Palette, keymap: Keymap, context: str) -> Lines:
    box = Lines(palette)
    box.add_class("help-box")
    retitle(box, _TITLES[context])
    box.show(key_lines(keymap, context))
    return box
