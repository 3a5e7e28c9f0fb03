"""What cannot be written down decides nothing: a server whose output or log is full, closed or read by nobody trades on."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.servers import COMMAND, READY_TIMEOUT_S, Server
from tests.eventually import eventually

LINES = 20


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def unread() -> int:
    """A pipe that somebody holds open and never reads."""
    reading, writing = os.pipe()
    os.set_inheritable(reading, False)
    return writing


def left() -> int:
    """A pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def full() -> int:
    return os.open("/dev/full", os.O_WRONLY)


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("stream", [1, 2], ids=["output", "log"])
@pytest.mark.parametrize("how", [full, left, unread, None], ids=["full", "left", "unread", "closed"])
def test_stream_that_takes_nothing(tmp_path: Path, stream: int, how: Callable[[], int] | None) -> None:
    """The server starts, trades, answers everybody and ends as told."""
    server = Server(tmp_path)
    server.add_user("ann")
    port = free_port()
    target = None if how is None else how()

    def set_stream() -> None:
        if target is None:
            os.close(stream)
        else:
            os.dup2(target, stream)

    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", str(port), "--feed", "none", "--log-level", "debug"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=server.environment(),
        preexec_fn=set_stream,
    )
    try:
        server.url = f"http://127.0.0.1:{port}"
        eventually(lambda: is_up(server.url), READY_TIMEOUT_S)
        ann = server.sign_in("ann")
        with ann.http:
            for _ in range(LINES):
                ann.order("buy", "0.001", "40000.00")
        metrics = httpx.get(f"{server.url}/metrics", trust_env=False).text
        assert (f"tradeterm_log_lines_lost {float(0)}" in metrics) == (stream == 1 or how in {unread, None})
        process.send_signal(signal.SIGTERM)
        assert process.wait(READY_TIMEOUT_S) == 0
    finally:
        process.kill()
        process.wait()
        if target is not None:
            os.close(target)
