"""What a console holds all day that it has no use for: nothing."""

import os
import signal
from pathlib import Path

from tests.e2e.terminals import WAIT_S
from tests.rawterm import RawTerminal
from tests.test_architecture import NOT_OF_A_CONSOLE, libraries


def test_a_console_on_a_live_line_has_loaded_no_more_than_it_trades_with(tmp_path: Path) -> None:
    """Also in the course of it: for its server, its sign-in and its first prices."""
    told = tmp_path / "loaded"
    with RawTerminal(["tests.e2e.loaded_console", str(told)], environment={"HOME": str(tmp_path)}) as terminal:
        assert terminal.run(WAIT_S, lambda: "spread" in terminal.seen.text), terminal.seen.text
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ended_with(WAIT_S) == 128 + signal.SIGTERM
    loaded = set(told.read_text().split())
    assert "tradeterm.tui.desk.client_desk" in loaded
    assert not libraries(loaded) & NOT_OF_A_CONSOLE
