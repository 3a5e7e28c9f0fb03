"""Which binding a key is: the keymap laid over each class's bindings once.

Textual lays the whole map over every widget from the focus to the app at each key, twice: more than most keys cost.
"""

from collections.abc import Mapping, Sequence

from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.screen import Screen


class KeyTable:
    """`keymap` is by binding id, in Textual's long names of keys."""

    def __init__(self, keymap: Mapping[str, str]) -> None:
        self._keymap = dict(keymap)
        self._laid: dict[type[DOMNode], BindingsMap] = {}

    def bound(self, node: DOMNode, key: str) -> Sequence[Binding]:
        """What the key does there."""
        laid = self._laid.get(type(node))
        if laid is None:
            laid = self._laid[type(node)] = node._bindings.copy()
            laid.apply_keymap(self._keymap)
        return laid.key_to_bindings.get(key, ())


def listeners(screen: Screen[object]) -> list[DOMNode]:
    """Who hears a key, nearest first: from the focus to the dialog, or where there is none, to the app."""
    heard: list[DOMNode] = []
    for node in screen.focused.ancestors_with_self if screen.focused is not None else (screen, screen.app):
        heard.append(node)
        if node.is_modal:
            break
    return heard
