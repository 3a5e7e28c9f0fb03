"""The table of keys: complete, free of clashes, and refused whole when a user's file is wrong."""

import pytest

from tradeterm.tui.drawing.keymap import COMMANDS, default_keymap, faults, keys_of, shown_keys, user_keymap


def test_the_packaged_keys_have_no_fault() -> None:
    """No clash in any focus chain, no key that a terminal cannot send."""
    assert faults(default_keymap()) == []


def test_every_command_has_a_key() -> None:
    """What can be done can be reached."""
    keymap = default_keymap()
    assert [command.id for command in COMMANDS if not keys_of(keymap, command.id)] == []


def test_a_users_file_changes_only_what_it_names() -> None:
    """One line rebinds one command."""
    keymap = user_keymap('[trade]\n"ticket.buy" = "O"\n')
    assert isinstance(keymap, dict)
    assert keymap["ticket.buy"] == "O"
    assert keymap["ticket.sell"] == default_keymap()["ticket.sell"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[trade]\n"ticket.buy" = "s"\n', "s is both"),
        ('[trade]\n"ticket.bye" = "p"\n', "there is no such binding"),
        ('[trade]\n"ticket.buy" = "ctrl+i"\n', "cannot be used"),
        ('[trade]\n"ticket.buy" = "nokey"\n', "there is no key nokey"),
        ('[trade]\n"ticket.buy" = ""\n', "no key is given"),
        ('[ticket]\n"ticket.tif" = "g"\n', "edits the ticket's fields"),
        ("[trade\n", "not a keymap"),
        ("a = " + "[" * 5_000, "not a keymap"),
        ("a = " + "1" * 5_000, "not a keymap"),
        ("trade = 3\n", "is not a table"),
        ('[trade]\n"ticket.buy" = 3\n', "is not a text"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_the_fault_named(text: str, words: str) -> None:
    """A key that would be dead or dangerous is said before the console opens."""
    found = user_keymap(text)
    assert isinstance(found, list)
    assert words in "; ".join(found)


def test_keys_are_shown_as_a_keyboard_has_them() -> None:
    """The help writes `?` and `F1`, not their names."""
    assert shown_keys(default_keymap(), "app.help") == "F1 ?"
