"""What cannot be written down decides nothing: a server whose output or log is full, closed or read by nobody trades on."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.servers import COMMAND, PASSWORD, READY_TIMEOUT_S, Server, running
from tests.e2e.shells import COMMAND as TRADETERM
from tests.eventually import PATIENCE_S, eventually
from tests.free_ports import free_port
from tradeterm.standard_streams import UNPRINTED

LINES = 20


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
        return httpx.get(f"{url}/healthz", trust_env=False, timeout=PATIENCE_S).status_code == 200
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
        metrics = httpx.get(f"{server.url}/metrics", trust_env=False, timeout=PATIENCE_S).text
        assert (f"tradeterm_log_lines_lost {float(0)}" in metrics) == (stream == 1 or how in {unread, None})
        process.send_signal(signal.SIGTERM)
        assert process.wait(READY_TIMEOUT_S) == 0
    finally:
        process.kill()
        process.wait()
        if target is not None:
            os.close(target)


# ---------------------------------------------------------------- commands


def printing_to(target: int | None, server: Server, *words: str, **environ: str) -> tuple[int, str]:
    """One command of ann's with its standard output there, or closed: its exit code and what it said on standard error."""
    done = subprocess.run(
        [*TRADETERM, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if target is None else target,
        stderr=subprocess.PIPE,
        text=True,
        env={**server.environment(), "TRADETERM_SERVER": server.url, **environ},
        preexec_fn=(lambda: os.close(1)) if target is None else None,
        timeout=READY_TIMEOUT_S,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_order_whose_output_cannot_be_written_is_said_to_be_made(tmp_path: Path) -> None:
    """Not "refused", and not silent: the order is named on standard error. The server's own commands likewise."""
    with running(tmp_path) as server:
        ann, target = server.sign_in("ann"), full()
        token = {"TRADETERM_TOKEN": ann.token}
        buy = ("buy", "BTC/USD", "0.001", "--price", "40000")
        try:
            code, said = printing_to(target, server, *buy, **token)
            (order,) = ann.items("/orders")
            assert code == UNPRINTED
            assert f"the order {order['id']} was made and is accepted" in said
            assert "standard output cannot be written" in said
            assert printing_to(target, server, "user", "list")[0] == UNPRINTED
            for words in (("--help",), ("--version",), ("buy", "--help")):
                code, said = printing_to(target, server, *words)
                assert (code, "no space left on device" in said) == (UNPRINTED, True)
        finally:
            os.close(target)
        assert printing_to(None, server, *buy, **token) == (0, "")
        assert printing_to(left(), server, *buy, **token) == (0, "")
        assert len(ann.items("/orders")) == 3
        code, said = printing_to(None, server, *buy, **token, XDG_STATE_HOME="/dev/null", XDG_CONFIG_HOME="/dev/null")
        assert (code, said) == (0, ""), "an order needs none of the folders"


def test_folders_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """Exit 2 and one sentence with the folder in it."""
    with running(tmp_path) as server:
        done = subprocess.run(
            [*TRADETERM, "login", "--user", "ann", "--password-stdin"],
            input=f"{PASSWORD}\n",
            capture_output=True,
            text=True,
            env={**server.environment(), "TRADETERM_SERVER": server.url, "XDG_STATE_HOME": "/dev/null"},
            timeout=READY_TIMEOUT_S,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "/dev/null/tradeterm" in done.stderr
        assert done.stderr.count("\n") == 1
    done = Server(tmp_path).run("serve", "--port", "0", "--db", "sqlite:////dev/null/x/tradeterm.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
