"""Which binding a key is, for whom: the keymap is laid over a class's bindings once, not at every key."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tradeterm.tui.key_table import KeyTable


class Pane(Widget):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("unbound:one", "one", id="pane.one"),
        Binding("unbound:two", "two", id="pane.two"),
        Binding("ctrl+w", "own"),
    ]


class Other(Widget):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("unbound:one", "other", id="other.one")]


def actions(table: KeyTable, node: Widget, key: str) -> list[str]:
    return [binding.action for binding in table.bound(node, key)]


def test_a_key_is_what_the_map_says_for_that_class() -> None:
    """Several keys for one action, the same key for another class's, and a binding without an id as it stands."""
    table = KeyTable({"pane.one": "a,question_mark", "pane.two": "b", "other.one": "a"})
    pane, other = Pane(), Other()
    assert actions(table, pane, "a") == actions(table, pane, "question_mark") == ["one"]
    assert actions(table, pane, "b") == ["two"]
    assert actions(table, pane, "ctrl+w") == ["own"]
    assert actions(table, other, "a") == ["other"]
    assert actions(table, other, "b") == actions(table, pane, "unbound:one") == []


def test_two_widgets_of_a_class_share_what_was_laid() -> None:
    """However many there are and however often they are asked, the map is laid once."""
    table = KeyTable({"pane.one": "a"})
    assert table.bound(Pane(), "a") is table.bound(Pane(), "a")
