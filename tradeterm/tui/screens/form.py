"""A few numbers to type, checked together: what they make goes on to a review, and never to the server from here."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Label

from tradeterm.tui.context import Context
from tradeterm.tui.drawing.hint_bar import Hint
from tradeterm.tui.drawing.keymap import bindings
from tradeterm.tui.drawing.parts import Line
from tradeterm.tui.orders.draft import FieldFault
from tradeterm.tui.orders.sendable import Sendable
from tradeterm.tui.screens.dialog import Dialog
from tradeterm.tui.widgets.field import NumberField
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.ticket import alert_lines
from tradeterm.tui.widgets.titles import retitle

Check = Callable[[Mapping[str, str]], Sendable | FieldFault]
Row = tuple[str, str, str]  # name, label, first text


class FormDialog(Dialog[Sendable | None]):
    """Tab goes from field to field, Enter answers with what the texts make, Escape leaves. `note` is to be known before."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(
        self, context: Context, title: str, rows: Sequence[Row], check: Check, note: Sequence[Line] = ()
    ) -> None:
        super().__init__()
        self._ctx, self._note = context, note
        self._title = title
        self._rows = rows
        self._check = check

    @property
    def rows(self) -> Sequence[Row]:
        """As they are to be typed, or were typed."""
        return self._rows

    @property
    def hints(self) -> Sequence[Hint]:
        return (("form.next", "next"), ("form.take", "review"), ("form.close", "back"))

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Lines(self._ctx.palette, widget_id="form-note")
            for name, label, text in self._rows:
                with Horizontal(classes="form-row"):
                    yield Label(f"{label:<8}", markup=False)
                    yield NumberField(text, id=name, compact=True)
            yield Lines(self._ctx.palette, widget_id="form-fault")

    def on_mount(self) -> None:
        retitle(self.query_one("#dialog"), self._title)
        self.show_keys(self._ctx.keymap)
        note = self.query_one("#form-note", Lines)
        note.display = bool(self._note)
        note.show(self._note)
        self._go_to(self._rows[0][0])

    def action_next(self) -> None:
        self._step(1)

    def action_previous(self) -> None:
        self._step(-1)

    def action_take(self) -> None:
        typed = {name: self.query_one(f"#{name}", NumberField).value for name, _, _ in self._rows}
        made = self._check(typed)
        if isinstance(made, FieldFault):
            self.query_one("#form-fault", Lines).show(alert_lines(made.text, 54))
            if made.field:
                self._go_to(made.field)
        else:
            self._rows = [(name, label, typed[name]) for name, label, _ in self._rows]
            self.dismiss(made)

    def action_back(self) -> None:
        self.dismiss(None)

    def _step(self, by: int) -> None:
        names = [name for name, _, _ in self._rows]
        here = next((n for n, name in enumerate(names) if self.query_one(f"#{name}").has_focus), 0)
        self._go_to(names[(here + by) % len(names)])

    def _go_to(self, name: str) -> None:
        field = self.query_one(f"#{name}", NumberField)
        field.focus()
        field.select_all()
