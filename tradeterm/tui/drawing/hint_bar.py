"""The last row: the keys of what has the focus, or what has to be said. Pure."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

from tradeterm.tui.drawing.keymap import Keymap, shown_keys
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.drawing.parts import Line, Part

Hint = tuple[str, str]  # a binding's id, and a word for what it does
MARK_WIDTH = 4  # cells that a sentence leaves: a mark before it, and blanks about
_OF_A_LIST = (("grid.sort", "sort"), ("grid.export", "export"))
_HINTS: Mapping[Pane, Sequence[Hint]] = {
    Pane.LADDER: (
        ("order.buy_at_cursor", "buy here"),
        ("order.sell_at_cursor", "sell here"),
        ("ladder.cancel_at_cursor", "cancel"),
        ("ladder.recentre", "centre"),
        ("ladder.wider", "step"),
        ("ladder.preset_up", "size"),
        ("ladder.order_type", "stop"),
        ("ladder.more", "ladders"),
        ("ladder.pin", "pin"),
    ),
    Pane.POSITIONS: (
        ("position.flatten", "flatten row"),
        ("position.protect", "protect"),
        ("position.breakeven", "break-even"),
        ("position.reverse", "reverse"),
        ("position.flatten_all", "flatten all"),
        *_OF_A_LIST,
    ),
    Pane.ORDERS: (
        ("order.cancel", "cancel"),
        ("order.amend", "amend"),
        ("order.tick_down", "tick down"),
        ("order.tick_up", "up"),
        ("order.cancel_symbol", "cancel symbol"),
        ("order.replace_last_cancelled", "undo"),
        *_OF_A_LIST,
    ),
    Pane.WATCH: (
        ("grid.open", "choose"),
        ("watch.add", "add"),
        ("watch.remove", "take off"),
        ("watch.move_down", "move"),
        ("watch.favourite", "favourite"),
        ("watch.group", "group"),
        *_OF_A_LIST,
    ),
    Pane.ALERTS: (
        ("alerts.add", "set one"),
        ("alerts.delete", "take away"),
        ("order.replace_last_cancelled", "undo"),
        ("grid.open", "to its market"),
        *_OF_A_LIST,
    ),
    Pane.FILLS: (("grid.open", "to its market"), *_OF_A_LIST),
    Pane.EVENTS: (("grid.export", "export"),),
    Pane.TAPE: (("grid.export", "export"),),
    Pane.CHART: (
        ("chart.zoom_in", "nearer"),
        ("chart.zoom_out", "farther"),
        ("grid.left", "back"),
        ("chart.latest", "now"),
        ("chart.crosshair", "crosshair"),
        ("chart.alert_here", "alert"),
        ("chart.type", "type"),
        ("tab.next", "interval"),
    ),
    Pane.TICKET: (
        ("ticket.review", "review"),
        ("ticket.type", "type"),
        ("ticket.tif", "time"),
        ("ticket.step_up", "step"),
        ("ticket.close", "close"),
    ),
}
# What `m` makes of the keys at the ladder's cursor.
_OF_STOPS: Mapping[str, str] = {
    "order.buy_at_cursor": "buy stop here",
    "order.sell_at_cursor": "sell stop here",
    "ladder.order_type": "limits again",
}
_LINE_HINTS = (
    ("command.run", "review, or do it"),
    ("command.complete", "complete"),
    ("command.history_prev", "line before"),
    ("command.close", "close"),
)
TICKET_FOOT = (("ticket.review", "review"), ("ticket.close", "close"))
_TAIL = (
    ("ticket.buy", "buy"),
    ("ticket.sell", "sell"),
    ("position.flatten", "flatten"),
    ("pane.zoom", "zoom"),
    ("app.search", "find"),
    ("app.command", "line"),
    ("app.palette", "commands"),
    ("app.quit", "quit"),
)


def hint_bar(keymap: Keymap, pane: Pane, *, places_stops: bool = False) -> Line:
    """The keys of the focused pane, as they are bound now, then those that work everywhere; help is always named.
    `places_stops` is whether the ladder's keys at its cursor do."""
    own = _HINTS.get(pane, ())
    if pane is Pane.LADDER and places_stops:
        changed = [(id_, _OF_STOPS.get(id_, word)) for id_, word in own]
        own = sorted(changed, key=lambda hint: hint[0] not in _OF_STOPS)  # the way back is not the first to go
    if pane is Pane.TICKET:
        return _hints(keymap, pane, own, is_typing=True)
    return _hints(keymap, pane, [*own, *(hint for hint in _TAIL if hint[0] not in {id_ for id_, _ in own})])


def line_hint_bar(keymap: Keymap) -> Line:
    """The keys of the order line."""
    return _hints(keymap, "line", _LINE_HINTS, is_typing=True)


def dialog_hint_bar(keymap: Keymap, hints: Sequence[Hint]) -> Line:
    """The keys of a dialog: no other is heard, the help's neither."""
    return _named_keys(keymap, hints)


def hint_words(keymap: Keymap, hints: Sequence[Hint]) -> str:
    """The same in the frame of a dialog: `↑ ↓ choose · enter take`; a key without a word goes with the next one."""
    words, keys = [], ""
    for binding_id, text in hints:
        keys += f"{_first_key(keymap, binding_id)} "
        if text:
            words.append(keys + text)
            keys = ""
    return " · ".join(words)


def _hints(keymap: Keymap, name: str, hints: Sequence[Hint], *, is_typing: bool = False) -> Line:
    """The keys of what has a name; in a field a letter is text, so help has another key there."""
    parts = [Part(f" {name}:", Tone.MUTED), *_named_keys(keymap, hints)]
    keys = shown_keys(keymap, "app.help").split()
    help_key = next((key for key in keys if (len(key) > 1) is is_typing), keys[0])
    return [*parts, Part(f" {help_key}", Tone.STRONG, 0, "app.help"), Part(" help", Tone.MUTED, 0, "app.help")]


def _named_keys(keymap: Keymap, hints: Sequence[Hint]) -> list[Part]:
    """Key and word, the first ones last to go."""
    parts: list[Part] = []
    for rank, (binding_id, text) in enumerate(hints, 1):
        key = Part(f" {_first_key(keymap, binding_id)}", Tone.STRONG, rank, binding_id)
        parts += [key, Part(f" {text} ", Tone.MUTED, rank, binding_id)]
    return parts


def _first_key(keymap: Keymap, binding_id: str) -> str:
    shown = shown_keys(keymap, binding_id).split()
    return next((key for key in shown if key == "esc" or (len(key) == 1 and key.isascii())), shown[0])


def notice_lines(text: str, is_alert: bool, width: int) -> Sequence[Line]:
    """A sentence in the place of the hints; what is longer than the row goes on in others, and no word is lost."""
    mark, tone = ("!", Tone.ALERT) if is_alert else ("✔", Tone.STRONG)
    rows = wrap(text, max(1, width - MARK_WIDTH)) or [""]
    return [[Part(f" {' ' if n else mark} {row}", tone)] for n, row in enumerate(rows)]
