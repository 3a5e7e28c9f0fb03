"""Every key of the console as one table: what can be bound, where, and what it is called.

Which key it is stands in keymap.toml only. The classes bind ids to keys that nobody can type, and the app lays the
loaded file over them, so that a key is written down once. Knows no widget. Textual is imported where it is asked: the
doctor looks at keymaps too, and should not wait for it.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.binding import BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """Something a key can do: `action` is the method's name, `context` the pane or dialog whose keys it is among."""

    id: str
    context: str
    action: str
    text: str
    is_priority: bool = False


def _context(name: str, *rows: tuple[str, str, str]) -> tuple[Command, ...]:
    return tuple(Command(id_, name, action, text) for id_, action, text in rows)


COMMANDS: tuple[Command, ...] = (
    *_context(
        "global",
        ("app.help", "help", "this help"),
        *((f"pane.{n}", f"focus_pane({n})", f"pane {n}") for n in range(10)),
        ("pane.next", "next_pane", "next pane"),
        ("pane.prev", "previous_pane", "previous pane"),
        ("pane.zoom", "zoom", "zoom pane"),
        ("app.search", "search", "find, filter"),
        ("grid.next_match", "match(1)", "next match"),
        ("grid.prev_match", "match(-1)", "match before"),
        ("grid.sort", "sort", "sort the list"),
        ("grid.export", "export", "list to a file"),
        ("app.back", "back", "back"),
        ("app.resync", "resync", "all anew"),
        ("app.redraw", "redraw", "redraw"),
        ("app.copy", "copy", "copy it"),
    ),
    # No priority: F8 comes through a field by itself, and X is a letter there.
    Command("order.cancel_everything", "trade", "cancel_entries(False)", "cancel all"),
    Command("safety.kill", "trade", "kill", "KILL", is_priority=True),
    Command("safety.arm_toggle", "trade", "arm", "arm, disarm"),
    Command("app.command", "global", "order_line", "order line"),
    Command("app.palette", "global", "palette", "all commands"),
    Command("app.quit", "app", "quit", "quit", is_priority=True),
    Command("app.suspend", "app", "suspend_process", "suspend (fg)", is_priority=True),
    *_context(
        "trade",
        ("ticket.buy", "ticket('buy')", "buy ticket"),
        ("ticket.sell", "ticket('sell')", "sell ticket"),
        ("order.buy_at_cursor", "at_cursor('BUY_HERE')", "buy at price"),
        ("order.sell_at_cursor", "at_cursor('SELL_HERE')", "sell at price"),
        ("order.amend", "amend", "amend at cursor"),
        ("order.tick_up", "nudge(1)", "a tick up"),
        ("order.tick_down", "nudge(-1)", "a tick down"),
        ("order.tick10_up", "nudge(10)", "ten ticks up"),
        ("order.tick10_down", "nudge(-10)", "ten ticks down"),
        ("order.cancel", "cancel_order", "cancel the row"),
        ("order.cancel_symbol", "cancel_entries(True)", "cancel symbol"),
        ("order.replace_last_cancelled", "undo", "cancelled again"),
        ("position.flatten", "flatten", "flatten the row"),
        ("position.flatten_all", "flatten_all", "flatten all"),
        ("position.reverse", "reverse", "reverse"),
        ("position.protect", "protect", "stop and target"),
        ("position.breakeven", "break_even", "break-even stop"),
        ("symbol.next", "step_symbol(1)", "next symbol"),
        ("symbol.prev", "step_symbol(-1)", "previous symbol"),
        ("tab.next", "step_tab(1)", "next tab, time"),
        ("tab.prev", "step_tab(-1)", "prev. tab, time"),
    ),
    *_context(
        "grid",
        ("grid.down", "down", "down"),
        ("grid.up", "up", "up"),
        ("grid.left", "left", "left"),
        ("grid.right", "right", "right"),
        ("grid.top", "top", "first"),
        ("grid.bottom", "bottom", "last"),
        ("grid.half_down", "half_down", "half page down"),
        ("grid.half_up", "half_up", "half page up"),
        ("grid.page_down", "page_down", "page down"),
        ("grid.page_up", "page_up", "page up"),
        ("grid.open", "open", "choose the row"),
    ),
    *_context(
        "watch",
        ("watch.add", "add", "add a market"),
        ("watch.remove", "remove", "take it off"),
        ("watch.move_down", "move(1)", "move it down"),
        ("watch.move_up", "move(-1)", "move it up"),
        ("watch.favourite", "favourite", "favourite"),
        ("watch.group", "group", "all, favourites"),
    ),
    *_context(
        "alerts",
        ("alerts.add", "add", "set an alert"),
        ("alerts.delete", "delete", "take it away"),
    ),
    *_context(
        "search",
        ("search.next", "step(1)", "next"),
        ("search.prev", "step(-1)", "previous"),
        ("search.take", "take", "take it"),
        ("search.close", "back", "back"),
    ),
    *_context(
        "ladder",
        ("ladder.down10", "down(10)", "10 levels down"),
        ("ladder.up10", "up(10)", "10 levels up"),
        ("ladder.join_bid", "want('JOIN_BID')", "join the bid"),
        ("ladder.join_offer", "want('JOIN_OFFER')", "join the offer"),
        ("ladder.take_offer", "want('TAKE_OFFER')", "take the offer"),
        ("ladder.hit_bid", "want('HIT_BID')", "hit the bid"),
        ("ladder.preset_up", "size(1, True)", "next size"),
        ("ladder.preset_down", "size(-1, True)", "size before"),
        ("ladder.size_up", "size(1, False)", "size up"),
        ("ladder.size_down", "size(-1, False)", "size down"),
        ("ladder.recentre", "recentre", "centre"),
        ("ladder.auto_centre", "auto_centre", "follow it"),
        ("ladder.wider", "regroup(1)", "wider steps"),
        ("ladder.finer", "regroup(-1)", "finer, or auto"),
        ("ladder.cancel_at_cursor", "cancel_at_cursor", "cancel at price"),
        ("ladder.pick_up", "pick_up", "move an order"),
        ("ladder.order_type", "order_type", "limit or stop"),
        ("ladder.more", "more", "more ladders"),
        ("ladder.pin", "pin", "pin, or follow"),
    ),
    *_context(
        "chart",
        ("chart.zoom_in", "zoom_in", "fewer candles"),
        ("chart.zoom_out", "zoom_out", "more candles"),
        ("chart.latest", "latest", "back to now"),
        ("chart.type", "type", "candles, line"),
        ("chart.crosshair", "crosshair", "crosshair"),
        ("chart.indicators", "indicators", "VWAP, averages"),
        ("chart.alert_here", "alert", "alert at price"),
    ),
    *_context(
        "ticket",
        ("ticket.next", "next_field", "next field"),
        ("ticket.prev", "previous_field", "previous field"),
        ("ticket.step_up", "step(1)", "one step up"),
        ("ticket.step_down", "step(-1)", "one step down"),
        ("ticket.step10_up", "step(10)", "ten steps up"),
        ("ticket.step10_down", "step(-10)", "ten steps down"),
        ("ticket.type", "switch_type", "type of order"),
        ("ticket.tif", "switch_time_in_force", "time in force"),
        ("ticket.post_only", "switch_post_only", "post-only"),
        ("ticket.reduce_only", "switch_reduce_only", "reduce-only"),
        ("ticket.flip_side", "flip_side", "buy or sell"),
        ("ticket.review", "review", "review"),
        ("ticket.close", "close", "close"),
    ),
    *_context(
        "form",
        ("form.next", "next", "next field"),
        ("form.prev", "previous", "previous field"),
        ("form.take", "take", "review"),
        ("form.close", "back", "back"),
    ),
    *_context(
        "arm",
        ("arm.send", "send", "arm"),
        ("arm.edit", "edit", "change it"),
        ("arm.next", "step(1)", "next field"),
        ("arm.prev", "step(-1)", "previous field"),
        ("arm.take", "take", "take"),
        ("arm.back", "back", "back"),
    ),
    *_context(
        "command",
        ("command.run", "run", "review or do it"),
        ("command.complete", "complete", "complete"),
        ("command.history_prev", "older", "line before"),
        ("command.history_next", "newer", "line after"),
        ("command.close", "close", "close"),
    ),
    *_context(
        "review",
        ("review.send", "send", "send"),
        ("review.tick_up", "nudge(1)", "tick up (amend)"),
        ("review.tick_down", "nudge(-1)", "tick down"),
        ("review.edit", "edit", "edit"),
        ("review.take_size", "take", "size typed"),
        ("review.back", "back", "back"),
    ),
)

# Contexts that hear the same key, nearest first. A ticket's fields take every letter, so only its own keys count there.
FOCUS_CHAINS: tuple[tuple[str, ...], ...] = (
    ("grid", "trade", "global", "app"),
    ("watch", "grid", "trade", "global", "app"),
    ("alerts", "grid", "trade", "global", "app"),
    ("ladder", "grid", "trade", "global", "app"),
    ("chart", "grid", "trade", "global", "app"),
    ("ticket",),
    ("search",),
    ("review",),
    ("form",),
    ("arm",),
    ("command",),
)

# What ARMED sends without a review.
ONE_PRESS = (
    *("order.buy_at_cursor", "order.sell_at_cursor", "order.cancel", "position.flatten", "ladder.cancel_at_cursor"),
    *("ladder.join_bid", "ladder.join_offer", "ladder.take_offer", "ladder.hit_bid"),
)

_UNSAFE: Mapping[str, str] = {
    **{f"ctrl+{letter}": "terminals send it for another key" for letter in "imhj"},
    **dict.fromkeys(("ctrl+enter", "shift+enter", "alt+enter", "ctrl+space", "ctrl+at"), "terminals do not send it"),
    **dict.fromkeys(("ctrl+a", "ctrl+b"), "it is the prefix of tmux or screen"),
    **dict.fromkeys(("f10", "f11", "ctrl+c"), "it belongs to the terminal"),
}
_EDITING = frozenset(f"ctrl+{letter}" for letter in "xkeduw")

Keymap = Mapping[str, str]


def bindings(*contexts: str) -> "list[BindingType]":
    """What a class with these contexts declares as BINDINGS; the keys come with the keymap."""
    from textual.binding import Binding

    return [
        Binding(f"unbound:{command.id}", command.action, command.text, id=command.id, priority=command.is_priority)
        for command in COMMANDS
        if command.context in contexts
    ]


def default_keymap() -> Keymap:
    """Read the packaged file."""
    return _flat(tomllib.loads(files("tradeterm.tui").joinpath("keymap.toml").read_text("utf-8")))


def user_keymap(text: str) -> Keymap | list[str]:
    """Lay a user's file over the defaults; a file with any fault is refused whole, with every fault named."""
    try:
        own = _flat(tomllib.loads(text))
    except (ValueError, TypeError, RecursionError) as fault:
        return [f"not a keymap: {fault}"]
    keymap = {**default_keymap(), **own}
    return faults(keymap) or keymap


def faults(keymap: Keymap) -> list[str]:
    """Say what is wrong with a keymap: unknown ids, impossible or unsafe keys, one key twice where both would hear it."""
    known = {command.id for command in COMMANDS}
    named = [f"{id_}: there is no such binding" for id_ in keymap if id_ not in known]
    return [*named, *_key_faults(keymap), *_clashes(keymap)]


def keys_of(keymap: Keymap, binding_id: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in keymap.get(binding_id, "").split(",") if key.strip())


_SHORT: Mapping[str, str] = {
    "question_mark": "?",
    "circumflex_accent": "^",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "plus": "+",
    "minus": "-",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "equals_sign": "=",
    "slash": "/",
    "asterisk": "*",
    "colon": ":",
    "space": "space",
}


def shown_keys(keymap: Keymap, binding_id: str) -> str:
    """The keys as a help page writes them: `? F1`."""
    keys = keys_of(keymap, binding_id)
    return " ".join(_SHORT.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key) for key in keys)


def _flat(tables: Mapping[str, object]) -> Keymap:
    keymap: dict[str, str] = {}
    for context, table in tables.items():
        if not isinstance(table, dict):
            raise TypeError(f"[{context}] is not a table")
        for id_, keys in table.items():
            if not isinstance(keys, str):
                raise TypeError(f"{id_} is not a text")
            keymap[id_] = keys
    return keymap


def _key_faults(keymap: Keymap) -> Iterable[str]:
    possible = _possible_keys()
    for id_ in keymap:
        keys = keys_of(keymap, id_)
        if not keys:
            yield f"{id_}: no key is given"
        for key in keys:
            if key in _UNSAFE:
                yield f"{id_}: {key} cannot be used, {_UNSAFE[key]}"
            elif key not in possible:
                yield f"{id_}: there is no key {key}"
            elif id_.startswith("ticket.") and _context_of(id_) == "ticket" and (len(key) == 1 or key in _EDITING):
                yield f"{id_}: {key} edits the ticket's fields"


def _clashes(keymap: Keymap) -> Iterable[str]:
    seen: set[tuple[str, str]] = set()
    for chain in FOCUS_CHAINS:
        heard = [command for command in COMMANDS if command.context in chain or command.is_priority]
        for one, other in combinations(heard, 2):
            for key in set(keys_of(keymap, one.id)) & set(keys_of(keymap, other.id)):
                if (one.id, other.id) not in seen:
                    seen.add((one.id, other.id))
                    yield f"{key} is both {one.id} and {other.id}"


def _context_of(binding_id: str) -> str:
    return next((command.context for command in COMMANDS if command.id == binding_id), "")


def _possible_keys() -> frozenset[str]:
    from textual.keys import Keys

    return frozenset({key.value for key in Keys} | {_key_name(chr(code)) for code in range(33, 127)} | {"space"})


def _key_name(character: str) -> str:
    from textual.keys import KEY_NAME_REPLACEMENTS

    if character.isalnum():
        return character
    name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)
