"""A key whose action fails ends the console, and its test with it: nothing waits for an effect that never comes."""

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.worker import WorkerFailed

from tests.tradeterm.tui.apps import Console
from tradeterm.tui.screens.trade.screen import TradeScreen


class BrokenError(Exception):
    """What the action raises."""


def _breaks(*_: object) -> None:
    raise BrokenError


async def _running(console: Console, do: Callable[[Pilot[int]], Awaitable[None]]) -> None:
    async with console.app.run_test() as pilot:
        await do(pilot)


@pytest.mark.parametrize(("method", "key"), [("action_zoom", "z"), ("action_copy", "y"), ("action_kill", "f12")])
async def test_action_that_raises_fails_the_test_that_pressed_its_key(
    monkeypatch: pytest.MonkeyPatch, method: str, key: str
) -> None:
    """It is told when the console is left; the keys after it do nothing. F12 is heard in the queue's own worker."""
    monkeypatch.setattr(TradeScreen, method, _breaks)

    async def pressing(pilot: Pilot[int]) -> None:
        await pilot.press(key, "j")
        await pilot.pause()

    with pytest.raises((BrokenError, WorkerFailed)):
        await _running(Console(), pressing)


async def test_whoever_waits_for_the_keys_goes_on_when_the_console_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits in a queue that nobody works off any more."""
    monkeypatch.setattr(TradeScreen, "action_zoom", _breaks)
    console = Console()

    async def waiting(pilot: Pilot[int]) -> None:
        await pilot.press("z")
        await console.app.keys.done()

    with pytest.raises(BrokenError):
        await _running(console, waiting)
