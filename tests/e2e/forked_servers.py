"""Many lives of one server in little time: a process that has imported everything forks one for each life.

What is forked runs the same command line as `python -m server`; only the second of imports before it is spent once.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.e2e import forking
from tests.e2e.servers import Server
from tests.eventually import eventually

FORKING = (sys.executable, "-P", forking.__file__)


@dataclass
class ForkedServer(Server):
    """Its process is the child of one that stays; `pid` is 0 while it has none."""

    forking: "subprocess.Popen[str] | None" = None
    pid: int = 0
    lives: int = 0

    def start(self) -> Self:
        self.lives += 1
        said = self.folder / f"ready-{self.lives}"
        arguments = ["serve", "--port", str(self.port), *self.flags]
        asked = {"arguments": arguments, "out": str(said), "log": str(self.folder / "server.log")}
        self.pid = int(self._ask(asked))
        eventually(lambda: _is_gone(self.pid) or (said.exists() and said.read_text().endswith("\n")))
        line = said.read_text()
        assert line.startswith("ready "), f"no ready line: {line!r}\n{self.log}"
        self.url = line.split()[1]
        self.port = int(self.url.rsplit(":", 1)[1])
        said.unlink()
        return self

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal this very process and wait until it is gone. Its exit code is not known."""
        pid, self.pid = self.pid, 0
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
            eventually(lambda: _is_gone(pid))
        return 0

    def _ask(self, asked: dict[str, Any]) -> str:
        assert self.forking is not None
        assert self.forking.stdin is not None
        assert self.forking.stdout is not None
        self.forking.stdin.write(json.dumps(asked) + "\n")
        self.forking.stdin.flush()
        return self.forking.stdout.readline()


def _is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@contextlib.contextmanager
def forked(folder: Path, *flags: str, users: Sequence[str], **environ: str) -> Iterator[ForkedServer]:
    """A started server with users, and what starts it again; both are ended at the end whatever happens."""
    server = ForkedServer(folder, flags, environ)
    for user in users:
        server.add_user(user)
    command, pipe = FORKING, subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=server.environment()) as server.forking:
        try:
            yield server.start()
        finally:
            server.kill()
            for trader in server.traders:
                trader.http.close()
            assert server.forking.stdin is not None
            server.forking.stdin.close()
