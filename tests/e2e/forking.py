"""A process that has imported the server, and forks one for each line of JSON that it reads; it answers with its number.

`arguments` are those of `python -m server`; `out` and `log` are where the two outputs go.
"""

import json
import os
import signal
import sys

import server.app
from server.commands import serve
from server.commands.main import main

WARM = server.app, serve  # imported by the command only when they are needed


def fork_as_told() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them, so none stays as a zombie
    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(_serve(**json.loads(line)))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _serve(arguments: list[str], out: str, log: str) -> int:
    for number, path in ((0, os.devnull), (1, out), (2, log)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    return main(arguments)


if __name__ == "__main__":
    fork_as_told()
