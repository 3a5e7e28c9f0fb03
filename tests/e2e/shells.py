"""Somebody's shell for a test: the trading commands as real processes, with what they print and how they end."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from tests.e2e import programs
from tests.e2e.servers import PASSWORD

COMMAND = (sys.executable, "-m", "tradeterm")
TIME_LIMIT_S = 60


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def values(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Shell:
    """Somebody's shell: a server and, where they have one, a token in its environment."""

    server: str | None = None
    token: str | None = None

    def environment(self) -> dict[str, str]:
        said = {"TRADETERM_SERVER": self.server, "TRADETERM_TOKEN": self.token}
        return {**os.environ, **{name: value for name, value in said.items() if value is not None}}

    def run(self, *words: str, text: str = "") -> Done:
        done = programs.run("tradeterm", *words, environment=self.environment(), within_s=TIME_LIMIT_S, text=text)
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *words: str) -> list[Any]:
        """What a command that must be done prints with --json."""
        done = self.run(*words, "--json")
        assert (done.code, done.err) == (0, ""), done
        return done.values

    def login(self, user: str, password: str = PASSWORD) -> Done:
        return self.run("login", "--user", user, "--password-stdin", "--json", text=f"{password}\n")

    def started(self, *words: str) -> subprocess.Popen[str]:
        """By an exec, as a user does, and gone on with while it runs."""
        return subprocess.Popen(
            [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment()
        )
