"""Lines on their way to a descriptor that may be full, gone or read by nobody: whoever writes them never waits.

A bounded queue and a thread of its own. What does not fit or cannot be written is counted, and said when writing works
again.
"""

import os
import select
import threading
import time
from typing import Final

QUEUE_BYTES: Final = 4 << 20
LINE_BYTES: Final = 16_384
PAUSE_S: Final = 0.5  # after a write that failed: a disk that is full stays so for a while
CLOSE_WITHIN_S: Final = 0.5


class LogWriter:
    """A text stream that takes whole lines at any time. For any number of threads."""

    def __init__(self, descriptor: int, name: str = "log") -> None:
        self._descriptor = descriptor
        self._waiting: list[bytes] = []
        self._bytes = self._told = self._telling = 0
        self.lost = 0  # lines that were not written, since the start
        self._closed = False
        self._changed = threading.Condition()
        self._idle = threading.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Take lines, each ended; a very long one is cut. Never waits, never raises."""
        data = text.encode("utf-8", "backslashreplace")
        if len(data) > LINE_BYTES:
            data = data[:LINE_BYTES] + b"...\n"
        with self._changed:
            if self._bytes + len(data) > QUEUE_BYTES or self._closed:
                self.lost += data.count(b"\n")
            else:
                self._waiting.append(data)
                self._bytes += len(data)
                self._idle.clear()
                self._changed.notify()
        return len(text)

    def flush(self) -> None:
        """Nothing to do: lines go out by themselves."""

    def close(self) -> bool:
        """Let what waits go out, if that takes no more than a moment. Whether every line has gone out."""
        is_idle = self._idle.wait(CLOSE_WITHIN_S)
        with self._changed:
            self._closed = True
            self._changed.notify()
            return is_idle and not self.lost

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while lines := self._next():
            failed = self._write(lines)
            with self._changed:
                self.lost += failed.count(b"\n")
                if not self._waiting:
                    self._idle.set()
            if failed:
                time.sleep(PAUSE_S)

    def _next(self) -> bytes:
        """What waits, with what is to be said of what was lost before it; nothing when the writer is closed."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            lines, self._waiting, self._bytes = b"".join(self._waiting), [], 0
            if lines and self.lost > self._told:
                lines = f"level=warning event='log lines were lost' count={self.lost - self._told}\n".encode() + lines
            self._telling = self.lost
            return lines

    def _write(self, lines: bytes) -> bytes:
        """Write; what could not be written."""
        try:
            while lines:
                try:
                    lines = lines[os.write(self._descriptor, lines) :]
                except BlockingIOError:
                    select.select([], [self._descriptor], [])
        except OSError:
            return lines
        self._told = self._telling
        return b""
