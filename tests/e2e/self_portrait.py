"""`python -P -m tests.e2e.self_portrait WORD…`: a program that says what it finds, as JSON, and ends with the code in
`PORTRAIT`."""

import gc
import json
import os
import signal
import sys
import threading
from random import random


def main() -> int:
    line = sys.stdin.read()
    signals = {
        one.name: str(signal.getsignal(one)).partition(" at ")[0]
        for one in signal.valid_signals()
        if isinstance(one, signal.Signals)
    }
    portrait = {
        "words": sys.argv[1:],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "read": line,
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd"))[:4],  # the last reads that folder
        "signals": signals,
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "group": os.getpgrp(),
        "session": os.getsid(0),
        "threads": threading.active_count(),
        "main": [__name__, sys.modules["__main__"].main is main],
        "streams": [
            (one.encoding, one.errors, one.line_buffering, one.isatty()) for one in (sys.stdin, sys.stdout, sys.stderr)
        ],
        "gc": [gc.isenabled(), gc.get_threshold()],
        "umask": os.umask(0),
    }
    chance = random()
    sys.stdout.write(json.dumps([portrait, chance]))
    sys.stderr.write("said to the end")
    return int(os.environ["PORTRAIT"])


if __name__ == "__main__":
    sys.exit(main())
