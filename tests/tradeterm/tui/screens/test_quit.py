"""The question before leaving: when it is asked, what it says, and which keys leave."""

from dataclasses import replace

import pytest

from tests.tradeterm.tui.apps import NARROW, Console, painted, press
from tests.tradeterm.tui.desks import FakeDesk, order, position
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.context import Context
from tradeterm.tui.screens.quit import QuitDialog, left_behind
from tradeterm.tui.widgets.lines import Lines

ONE, TWO = [order(1, Side.BUY, "1", "100")], [order(number, Side.BUY, "1", "100") for number in (1, 2)]


def context(desk: FakeDesk, *, is_private: bool) -> Context:
    found = Console(desk).app._ctx
    return replace(found, label=replace(found.label, is_private=is_private))


@pytest.mark.parametrize(
    ("desk", "words"),
    [
        (FakeDesk(), []),
        (FakeDesk(orders=ONE), ["1 working order stays on the server."]),
        (FakeDesk(orders=TWO), ["2 working orders stay on the server."]),
        (FakeDesk(held=[position()]), ["1 open position stays on the server."]),
        (FakeDesk(orders=ONE, held=[position()]), ["1 working order and 1 open position stay on the server."]),
    ],
)
def test_what_is_left_behind_is_counted(desk: FakeDesk, words: list[str]) -> None:
    """Nothing at stake is nothing to ask."""
    assert left_behind(context(desk, is_private=False)) == words


def test_a_private_server_stands_still_with_its_market() -> None:
    """Nobody trades there while the console is closed."""
    what, market = left_behind(context(FakeDesk(orders=ONE), is_private=True))
    assert what == "1 working order waits in the private server."
    assert "pauses" in market


@pytest.mark.parametrize(("key", "leaves"), [("y", True), ("enter", False), ("escape", False)])
async def test_only_a_word_leaves(key: str, leaves: bool) -> None:
    console, answers = Console(), list[bool | None]()
    async with console.app.run_test(size=NARROW) as pilot:
        painted(console)
        dialog = QuitDialog(console.app._ctx, ["1 working order stays on the server."])
        await console.app.push_screen(dialog, answers.append)
        await pilot.pause()
        assert "1 working order stays" in dialog.query_one("#quit-text", Lines).text
        await press(console, pilot, key)
    assert answers == [leaves]
