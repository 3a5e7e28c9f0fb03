"""Signals that end a program: the console leaves by its own door, so that the terminal is as it was before."""

import asyncio
import os
import signal
from collections.abc import Callable

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LEAVE_WITHIN_S = 5.0


def leave_on_signals(leave: Callable[[int], None]) -> None:
    """Call `leave` with the exit code that a shell expects; whoever hangs on the way out is ended all the same."""
    loop = asyncio.get_running_loop()

    def end(number: signal.Signals) -> None:
        code = 128 + number
        loop.call_later(LEAVE_WITHIN_S, os._exit, code)
        leave(code)

    for number in ENDING:
        loop.add_signal_handler(number, end, number)
