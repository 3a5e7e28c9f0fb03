"""Textual's driver with a terminal that is never sent more than it can show: frames by cell, one at a time."""

import os
import signal
import time
from collections.abc import Callable
from typing import IO, Any

from textual._compositor import CompositorUpdate
from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition
from textual.message import Message

from tradeterm.tui.terminal.cells import CellScreen
from tradeterm.tui.terminal.pace import Pace
from tradeterm.tui.terminal.pens import system_of
from tradeterm.tui.terminal.pieces import TakesPieces, lay
from tradeterm.tui.terminal.plain import in_ascii, shows_ascii_alone

ASK = "\x1b[6n"
SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"


class FrameWriter(WriterThread):
    """Writes in a thread of its own, and tells when the terminal has taken all of it."""

    def __init__(self, file: IO[str], drained: Callable[[], None]) -> None:
        super().__init__(file)
        self._drained = drained

    def run(self) -> None:
        """A terminal that is gone takes everything: whoever waits for it must be able to leave."""
        is_there = True
        while (text := self._queue.get()) is not None:
            try:
                if is_there:
                    self._file.write(text)
                    self._file.flush()
            except (OSError, ValueError):
                is_there = False
            if self._queue.empty():
                self._drained()


class PacedDriver(TakesPieces, LinuxDriver):
    """`show` takes what the screen is to look like; it goes out when the terminal has shown what went before."""

    def __init__(self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: Any = None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.pace = Pace()
        self._screen = CellScreen()
        self._is_held = False
        self._is_plain = shows_ascii_alone(os.environ)
        self._has_terminal = self._is_suspended = self._is_continuing = False
        # Between two steps of the loop: one that is obeyed wherever it comes may wait for a lock that is held right there.
        self._loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        self._loop.add_signal_handler(signal.SIGCONT, self._continued)

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is None:
            return  # resumed in the background: it is stopped again
        self._has_terminal, self._is_suspended = True, False
        self._writer_thread.stop()
        assert self._file is not None, "there is a standard error to draw on"
        self._writer_thread = FrameWriter(self._file, lambda: self._soon(self._drained))
        self._writer_thread.start()
        self.pace = Pace(self.pace.answers)
        self._screen.forget()
        self._soon(self.send)

    def stop_application_mode(self) -> None:
        self._has_terminal = False
        super().stop_application_mode()

    def suspend_application_mode(self) -> None:
        super().suspend_application_mode()
        self._is_suspended = True

    def _continued(self) -> None:
        """However many come at once, one is obeyed, and none by a console that leaves: each takes a tenth of a second."""
        if not self._is_continuing and not self._app._exit:
            self._is_continuing = True
            self._loop.call_soon(self._continue)

    def _continue(self) -> None:
        self._is_continuing = False
        self._sigcont_application()

    def resume_application_mode(self) -> None:
        """Called for every SIGCONT, whatever was before it: nothing to a console that leaves. One that was stopped without
        being asked gives the terminal back first, as it was: a second reader of its keys would never end."""
        if self._has_terminal:
            self.suspend_application_mode()
        if self._is_suspended:
            super().resume_application_mode()

    # -- frames -------------------------------------------------------------------------------------------------------

    def show(self, update: CompositorUpdate, width: int, height: int) -> None:
        """Want this on the screen."""
        self._screen.system = system_of(self._app.console)
        self._screen.resize(width, height)
        lay(update, self._screen)
        self.send()

    def hold(self, is_held: bool) -> None:
        """Keep frames back: more of what they show is about to be drawn. What has come meanwhile goes out as one."""
        self._is_held = is_held
        self.send()

    def send(self) -> None:
        """Send what differs, unless the last frame is still under way, or more is about to be drawn."""
        now = time.monotonic()
        if self._is_held or not self._screen.is_stale or self._writer_thread is None or not self.pace.may_send(now):
            return
        if frame := self._screen.frame():
            frame = in_ascii(frame) if self._is_plain else frame
            self.pace.sent(now)
            is_synced = self._app._sync_available
            self.write(f"{SYNC_START}{frame}{SYNC_END}{ASK}" if is_synced else frame + ASK)

    def forget(self) -> None:
        """Whatever the terminal shows now, draw all of it anew."""
        self._screen.forget()

    def _drained(self) -> None:
        self.pace.drained(time.monotonic())
        self.send()

    def _answered(self) -> None:
        self.pace.answered(time.monotonic())
        self.send()

    def _soon(self, what: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what)

    # -- answers ------------------------------------------------------------------------------------------------------

    def process_message(self, message: Message) -> None:
        """The answer to a frame is nobody else's. Called in the thread that reads."""
        if isinstance(message, CursorPosition):
            self._soon(self._answered)
        else:
            super().process_message(message)
