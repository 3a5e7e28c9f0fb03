"""A real server process for a test: started by what `tradeterm serve` starts, spoken to over real sockets, ended by its pid."""

import contextlib
import functools
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from server.clock_and_ids import SystemClock
from server.identity.passwords import hash_password
from server.storage.database import open_users
from tests.e2e import programs
from tests.eventually import PATIENCE_S
from tests.free_ports import free_port
from tradeterm.protocol.vocabulary import Role

READY_TIMEOUT_S = PATIENCE_S
START_TIMEOUT_S = 120
PASSWORD = "correct horse battery"
COMMAND = (sys.executable, "-P", "-m", "server")


@functools.cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


@dataclass
class Server:
    """One server process and its database. Flags are those of `tradeterm serve`."""

    folder: Path
    flags: Sequence[str] = ("--feed", "none")
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    command: Sequence[str] = ()  # of another program than the server
    url: str = ""
    process: programs.Process | None = None
    traders: list["Trader"] = field(default_factory=list)
    newcomers: int = 0

    @property
    def db(self) -> str:
        return f"sqlite:///{self.folder / 'tradeterm.db'}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def environment(self) -> dict[str, str]:
        return {**os.environ, "TRADETERM_DB": self.db, **self.environ}

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """One command of the server's command line, to its end."""
        return programs.run("server", *arguments, environment=self.environment(), within_s=START_TIMEOUT_S, text=text)

    def add_user(self, name: str, role: str = "trader") -> None:
        """As `tradeterm user add` does, which is tried elsewhere: a process each would be a third of the suite's work."""
        with contextlib.closing(open_users(self.environment()["TRADETERM_DB"])) as users:
            users.add(name, Role(role), _password_hash(), SystemClock().now())

    def start(self) -> "Server":
        self.port = self.port or free_port()  # the same after every end
        reading, writing = os.pipe()
        with open(reading) as said:
            with (
                open(writing, "w") as out,
                (self.folder / "server.log").open("a") as errors,
                open(os.devnull) as nothing,
            ):
                self.process = self._started((nothing.fileno(), out.fileno(), errors.fileno()))
            line = said.readline() if select.select([said], [], [], START_TIMEOUT_S)[0] else ""
        assert line.startswith("ready "), f"no ready line: {line!r}\n{self.log}"
        self.url = line.split()[1]
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def _started(self, streams: tuple[int, int, int]) -> programs.Process:
        arguments = ("serve", "--port", str(self.port), *self.flags)
        if not self.command:
            return programs.start("server", *arguments, environment=self.environment(), streams=streams)
        stdin, stdout, stderr = streams
        command = [*self.command, *arguments]
        return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, env=self.environment())

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal this very process and wait for it; its exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            return process.wait(timeout=READY_TIMEOUT_S)
        finally:
            process.kill()

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def newcomer(self) -> "Trader":
        """A trader with an untouched account: a test's own, on a server that it shares with others."""
        self.newcomers += 1
        self.add_user(f"newcomer{self.newcomers}")
        return self.sign_in(f"newcomer{self.newcomers}")

    def sign_in(self, name: str, scope: str = "trade") -> "Trader":
        with httpx.Client(base_url=f"{self.url}/api/v1", trust_env=False, timeout=READY_TIMEOUT_S) as http:
            answer = http.post("/auth/token", data={"username": name, "password": PASSWORD, "scope": scope})
            assert answer.status_code == 200, answer.text
            self.traders.append(Trader(self.url, name, answer.json()["accessToken"]))
            return self.traders[-1]


@dataclass
class Trader:
    """A signed-in user over REST."""

    url: str
    name: str
    token: str

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        self.http = httpx.Client(
            base_url=f"{self.url}/api/v1", headers=headers, trust_env=False, timeout=READY_TIMEOUT_S
        )

    def leave(self) -> None:
        """Take every order out of the book, so that those who come next meet nobody."""
        self.http.delete("/orders", params={"include": "all"})

    def order(self, side: str, quantity: str, price: str | None = None, **more: Any) -> dict[str, Any]:
        """Post an order that must be taken (201): a limit when a price is given, else a market order."""
        body = {"symbol": "BTC/USD", "side": side, "type": "limit" if price else "market", "quantity": quantity, **more}
        if price:
            body["price"] = price
        answer = self.http.post("/orders", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(path, **parameters)["items"]
        return found

    def events(self) -> list[dict[str, Any]]:
        """The whole journal of the account."""
        found: list[dict[str, Any]] = []
        while page := self.items("/events", after=found[-1]["seq"] if found else 0):
            found += page
        return found


@contextlib.contextmanager
def running(folder: Path, *flags: str, users: Sequence[str] = ("ann",), **environ: str) -> Iterator[Server]:
    """A started server with users, ended at the end whatever happens."""
    server = Server(folder, flags or ("--feed", "none"), environ)
    for user in users:
        server.add_user(user)
    try:
        yield server.start()
    finally:
        server.kill()
        for trader in server.traders:
            trader.http.close()
