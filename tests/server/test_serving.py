"""A server at work: what ends it, and with which code."""

import asyncio
import gc
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.ports import JournalFailure, JournalRewound
from server.serving import FAILED, START_OVER, Server
from server.web import listening
from tests.server.test_composition import composed

pytestmark = pytest.mark.blocks("a start opens its database before anybody waits for it")


@pytest.fixture(autouse=True)
def own_process() -> Iterator[None]:
    """What a server does to its process is taken back."""
    thresholds, before = gc.get_threshold(), {one: signal.getsignal(one) for one in (signal.SIGHUP, signal.SIGQUIT)}
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (JournalRewound("the database is older"), START_OVER),
        (JournalFailure("the disk is full"), FAILED),
        (RuntimeError("a bug"), FAILED),
    ],
)
async def test_half_a_server_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    """One part that fails ends all of them; a database that was put back is started from anew."""
    with composed(tmp_path) as parts, socket.create_server(("127.0.0.1", 0)) as listener:
        served = asyncio.Event()

        async def fail() -> None:
            await served.wait()
            raise error

        monkeypatch.setattr(parts.authenticator, "watch", fail)
        stop = asyncio.Event()
        web = listening(parts.gateway, parts.gateway.uvicorn_options(None))
        server = asyncio.ensure_future(Server(parts, stop, is_private=False).serve(web, listener.dup(), is_first=False))
        await web.accepting.wait()
        assert not server.done()
        served.set()
        assert await server == code
        assert stop.is_set()


async def test_told_to_end_it_ends_well(tmp_path: Path) -> None:
    """By whoever sets its stop, and says so by 0."""
    with composed(tmp_path) as parts, socket.create_server(("127.0.0.1", 0)) as listener:
        stop = asyncio.Event()
        web = listening(parts.gateway, parts.gateway.uvicorn_options(None))
        server = asyncio.ensure_future(Server(parts, stop, is_private=False).serve(web, listener.dup(), is_first=False))
        await web.accepting.wait()
        stop.set()
        assert await server == 0
