"""A console that is ended while it is still being put on the screen."""

import asyncio

import pytest

from tests.tradeterm.tui.apps import Console, screen
from tradeterm.tui.app import TradeApp
from tradeterm.tui.screens.quit import QuitDialog

CODE = 143


@pytest.mark.parametrize("turns", range(6))
async def test_end_while_the_panes_are_put_in_place_leaves_in_silence(
    monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """With the code that it was told, and no word of what was not there yet."""
    console, tasks = Console(), set[asyncio.Task[None]]()
    mount = TradeApp.on_mount

    async def end() -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        console.app.exit(CODE, return_code=CODE)

    def on_mount(app: TradeApp) -> None:
        mount(app)
        tasks.add(asyncio.create_task(end()))

    monkeypatch.setattr(TradeApp, "on_mount", on_mount)
    assert await console.app.run_async(headless=True, size=(120, 36)) == CODE
    assert console.app._exception is None


@pytest.mark.parametrize("turns", [1, 2, 5, 40])
async def test_cancelled_console_leaves_in_silence(turns: int) -> None:
    """An interrupt that comes before it hears signals itself."""
    console = Console()
    running = asyncio.create_task(console.app.run_async(headless=True, size=(120, 36)))
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert console.app._exception is None


async def test_end_while_a_dialog_opens_leaves_in_silence() -> None:
    """The same for what is laid over the desk."""
    console = Console()
    async with console.app.run_test():
        console.app.push_screen(QuitDialog(screen(console)._ctx, ["One order works."]))
        console.app.exit(CODE, return_code=CODE)
    assert console.app._exception is None
    assert console.app.return_code == CODE
