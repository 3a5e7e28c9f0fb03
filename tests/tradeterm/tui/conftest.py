"""What holds for every console under test."""

import asyncio

import pytest
from textual._context import active_app
from textual.app import App
from textual.pilot import Pilot

from tests.eventually import PATIENCE_S
from tradeterm.tui import key_queue
from tradeterm.tui.app import TradeApp


@pytest.fixture(autouse=True)
def patient_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is busy with other things a key's whole effect is waited for all the same."""
    monkeypatch.setattr(key_queue, "SETTLE_LIMIT_S", PATIENCE_S)


@pytest.fixture(autouse=True)
def pilot_that_knows_when_all_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's waits three times a key until the process has been idle for a fiftieth of a second; on a machine that is
    busy with other things, for whole seconds. All is done when no key waits and the loop has nothing left to do."""
    for module in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", until_nothing_is_left)
    monkeypatch.setattr(Pilot, "_wait_for_screen", until_nothing_is_left)
    monkeypatch.setattr(
        "textual.screen.UPDATE_PERIOD", 0.001
    )  # a frame is drawn when there is something new, not later


async def until_nothing_is_left(*_: object) -> bool:
    """Until nothing in the loop waits for its turn, no key for what it may mean, no size to be taken and nothing to be
    drawn. What another timer or a thread will do has a wait of its own in its test. A console that something has broken does
    nothing more: its test goes on, and is told what it was."""
    app = active_app.get()
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    quiet = 0
    while quiet < 2 and app._exception is None:
        has_keys = isinstance(app, TradeApp) and app.keys.is_busy and not app._exit
        is_due_later = has_keys or app._resize_timer is not None or _is_to_be_drawn(app)
        await asyncio.sleep(0.001 if is_due_later and not ready else 0)
        quiet = 0 if ready or is_due_later else quiet + 1
    return True


def _is_to_be_drawn(app: App[object]) -> bool:
    """Does the screen wait for its next frame, and do others for what it shows then?"""
    front = app._screen_stack[-1] if app._screen_stack else None
    if front is None or not front.is_current or app._batch_count:
        return False
    return bool(
        front._layout_required
        or front._scroll_required
        or front._repaint_required
        or front._dirty_widgets
        or front._callbacks
    )
