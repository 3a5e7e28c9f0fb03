"""What every dialog does that narrows a list by typing."""

from collections.abc import Sequence

from textual.events import MouseScrollDown

from tests.tradeterm.tui.apps import WIDE, Console, painted, press
from tradeterm.tui.context import Context
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Line, Part
from tradeterm.tui.screens.choosing import ChoosingDialog
from tradeterm.tui.widgets.lines import Lines


class Numbers(ChoosingDialog[int]):
    VERB, NOTHING = "count", "No number is called that."
    SHOWN, LONGEST = 3, 5

    def __init__(self, context: Context) -> None:
        super().__init__(context, "Numbers")

    def _matching(self, text: str) -> Sequence[int]:
        return [one for one in range(10, 16) if text in str(one)]

    def _row(self, one: int, mark: str) -> Line:
        return [Part(f"{mark}{one}", Tone.STRONG)]


async def test_the_list_follows_the_choice_and_ends_at_its_ends() -> None:
    """And nothing is taken where nothing was found."""
    console, taken = Console(), list[int | None]()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        dialog = Numbers(console.app._ctx)
        await console.app.push_screen(dialog, taken.append)
        await pilot.pause()
        found = dialog.query_one("#found", Lines)
        assert found.text.split() == ["▶10", "11", "12"]
        await press(console, pilot, "up", *["down"] * 9)
        assert found.text.split() == ["13", "14", "▶15"]
        await press(console, pilot, "9")
        assert found.text == "No number is called that."
        await press(console, pilot, "enter")
        assert taken == []
        await press(console, pilot, "backspace", "1", "down", "enter")
        assert taken == [11]


async def test_a_click_chooses_and_a_second_one_takes() -> None:
    """The wheel goes through the list as the arrows do; what is no row does nothing."""
    console, taken = Console(), list[int | None]()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        dialog = Numbers(console.app._ctx)
        await console.app.push_screen(dialog, taken.append)
        await pilot.pause()
        found = dialog.query_one("#found", Lines)
        await press(console, pilot, *["down"] * 3)
        assert found.text.split() == ["11", "12", "▶13"]
        await pilot.click(found, offset=(1, 0))
        assert found.text.split() == ["▶11", "12", "13"]  # no row moves away from under the pointer
        await pilot._post_mouse_events([MouseScrollDown], found, offset=(1, 1))
        assert found.text.split() == ["11", "▶12", "13"]
        await pilot.click("#search")
        assert taken == []
        await pilot.click(found, offset=(1, 1))
        await pilot.pause()
    assert taken == [12]
