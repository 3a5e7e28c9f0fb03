"""The one socket against a real server on loopback: it comes back, or says why it does not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from random import Random
from typing import Any

import pytest

from tests.eventually import PATIENCE_S
from tests.tradeterm.client.lines import HELLO, Line, Serving, serving
from tradeterm.client import connection as module
from tradeterm.client.connection import Connection, Link, LinkState
from tradeterm.client.errors import OutcomeUnknown, SessionEnded, Unreachable
from tradeterm.client.session import TRADING, CaughtUp, Event, Fact, StreamPosition


class Client:
    """A connection under test, and all that it told."""

    def __init__(self, url: str) -> None:
        self.links: list[Link] = []
        self.facts: list[Fact] = []
        self.asked_expired: list[bool] = []
        self._changed = asyncio.Event()
        positions: dict[str, StreamPosition | None] = {TRADING: StreamPosition("e", 0)}
        self.connection = Connection(url, self._token, self._fact, self._link, positions=positions, random=Random(7))

    async def _token(self, expired: bool) -> str:
        self.asked_expired.append(expired)
        return f"token-{len(self.asked_expired)}"

    def _fact(self, fact: Fact) -> None:
        self.facts.append(fact)
        self._changed.set()

    def _link(self, link: Link) -> None:
        self.links.append(link)
        self._changed.set()

    def seqs(self) -> list[int | None]:
        return [fact.seq for fact in self.facts if isinstance(fact, Event)]

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not met():
                self._changed.clear()
                await self._changed.wait()


@contextlib.asynccontextmanager
async def joined(*lives: Serving) -> AsyncIterator[tuple[Client, asyncio.Task[None]]]:
    """A client on a server whose first socket is served by the first function, and so on; the last serves the rest."""
    async with serving(*lives) as url:
        client = Client(url)
        running = asyncio.create_task(client.connection.run())
        try:
            yield client, running
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, SessionEnded):
                await running


async def stays(line: Line) -> None:
    """Signs in, goes live, and stays until the client leaves."""
    await line.welcome()
    await line.say(op="live", channel=TRADING, seq=0)
    await line.socket.wait_closed()


async def test_break_is_mended_from_the_last_event() -> None:
    """Two events, a cut, and the next socket asks for what comes after 2."""
    asked: list[dict[str, Any]] = []

    async def first(line: Line) -> None:
        await line.welcome()
        await line.event(1)
        await line.event(2)
        await line.socket.close(4000)

    async def second(line: Line) -> None:
        asked.append(await line.welcome())
        await line.event(3)
        await line.socket.wait_closed()

    async with joined(first, second) as (client, _):
        await client.until(lambda: client.seqs() == [1, 2, 3])
    assert asked[0]["from"] == {"epoch": "e", "seq": 2}
    states = [link.state for link in client.links]
    assert states[:5] == [
        LinkState.CONNECTING,
        LinkState.LIVE,
        LinkState.DOWN,
        LinkState.CONNECTING,
        LinkState.LIVE,
    ]


@pytest.mark.parametrize("code", [4501, 4502])
async def test_final_code_ends_the_line(code: int) -> None:
    """The server says not to come back: the client does not, and says why."""

    async def refuse(line: Line) -> None:
        await line.welcome()
        await line.socket.close(code, "enough")

    async with joined(refuse) as (client, running):
        with pytest.raises(SessionEnded, match="enough") as ended:
            await asyncio.wait_for(running, PATIENCE_S)
    assert ended.value.code == code
    assert client.links[-1].state is LinkState.ENDED


@pytest.mark.parametrize("code", [4013, 4504])
async def test_client_that_is_too_much_waits_and_comes_back(code: int) -> None:
    """Hanging sockets are swept in a quarter of a minute: nothing is final about it, and nothing is hurried."""

    async def refuse(line: Line) -> None:
        await line.welcome()
        await line.socket.close(code, "too many")

    async with joined(refuse, stays) as (client, _):
        await client.until(lambda: bool(client.links) and client.links[-1].state is LinkState.DOWN)
        down = client.links[-1]
        assert (down.reason, down.retry_at is not None and down.retry_at - down.since >= 1.0) == ("too many", True)
        await client.until(lambda: any(isinstance(fact, CaughtUp) for fact in client.facts))


async def test_waits_grow_while_it_stays_crowded() -> None:
    """The longest of a hundred waits at each attempt, up to a quarter of a minute on top of the least."""
    client = Client("http://127.0.0.1:1")
    longest = [max(client.connection._wait(attempt, 1.0) for _ in range(100)) for attempt in range(1, 12)]
    assert 1.0 <= longest[0] <= 1.2
    assert 10.0 < longest[-1] <= 16.0


@pytest.mark.parametrize("code", [4003, 4500, 4503])
async def test_token_that_is_no_longer_taken_is_replaced(code: int) -> None:
    """The next socket comes with a fresh one."""

    async def refuse(line: Line) -> None:
        await line.welcome()
        await line.socket.close(code)

    async with joined(refuse, stays) as (client, _):
        await client.until(lambda: any(isinstance(fact, CaughtUp) for fact in client.facts))
    assert client.asked_expired == [False, True]


async def test_token_that_is_refused_twice_ends_the_line() -> None:
    """A fresh sign-in did not help: no endless knocking."""

    async def refuse(line: Line) -> None:
        await line.welcome()
        await line.socket.close(4500, "bad token")

    async with joined(refuse) as (client, running):
        with pytest.raises(SessionEnded):
            await asyncio.wait_for(running, PATIENCE_S)
    assert client.asked_expired == [False, True]


async def test_silent_server_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """No heartbeat within the time that the server itself named: the line is cut and made anew."""
    monkeypatch.setattr(module, "TICK_S", 0.01)

    async def silent(line: Line) -> None:
        await line.hear()
        await line.say(**{**HELLO, "deadMs": 20})
        await line.socket.wait_closed()

    async with joined(silent, stays) as (client, _):
        await client.until(lambda: any(isinstance(fact, CaughtUp) for fact in client.facts))


async def test_server_that_takes_no_more_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands still with the line full of what it did not read: commands have an end, and the line is made anew."""
    monkeypatch.setattr(module, "TICK_S", 0.01)
    monkeypatch.setattr(module, "COMMAND_TIMEOUT_S", 0.01)

    async def stands_still(line: Line) -> None:
        await line.welcome()
        line.socket.transport.pause_reading()
        await line.say(**{**HELLO, "deadMs": 300})
        await line.event(1)
        await line.socket.wait_closed()

    async with joined(stands_still, stays) as (client, _):
        await client.until(lambda: client.seqs() == [1])
        orders = [client.connection.command("order.create", {"a": "1" * 900_000}) for _ in range(20)]
        answers = await asyncio.gather(*orders, return_exceptions=True)
        assert {type(one) for one in answers} == {OutcomeUnknown}
        await client.until(lambda: any(isinstance(fact, CaughtUp) for fact in client.facts))


async def test_frame_that_nobody_knows_makes_the_line_anew() -> None:
    """A broken server does not break the client."""

    async def babble(line: Line) -> None:
        await line.welcome()
        await line.socket.send("{")
        await line.socket.wait_closed()

    async with joined(babble, stays) as (client, _):
        await client.until(lambda: any(isinstance(fact, CaughtUp) for fact in client.facts))
    assert any("contract" in link.reason for link in client.links)


async def test_bytes_that_are_no_text_make_the_line_anew() -> None:
    """Not the client's end: what stands between may spoil one frame."""

    async def spoilt(line: Line) -> None:
        await line.welcome()
        await line.socket.send(b"\xff\xfe")
        await line.socket.wait_closed()

    async with joined(spoilt, stays) as (client, _):
        await client.until(lambda: any(isinstance(fact, CaughtUp) for fact in client.facts))


async def test_server_that_is_not_there_is_tried_again_with_growing_waits() -> None:
    """Each failure is told with its reason and the time of the next attempt."""
    client = Client("http://127.0.0.1:1")
    running = asyncio.create_task(client.connection.run())
    try:
        await client.until(lambda: [link.state for link in client.links].count(LinkState.DOWN) == 3)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    down = [link for link in client.links if link.state is LinkState.DOWN]
    assert [link.attempt for link in down] == [1, 2, 3]
    assert all(link.reason and link.retry_at is not None for link in down)


async def test_who_hurries_does_not_wait_for_the_next_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """However far off it is; the one after it is waited for again."""
    for name in ("FIRST_WAIT_S", "LONGEST_WAIT_S"):
        monkeypatch.setattr(module, name, 1e9)
    client = Client("http://127.0.0.1:1")
    running = asyncio.create_task(client.connection.run())
    try:
        for attempt in (1, 2, 3):
            await client.until(lambda: [link.state for link in client.links].count(LinkState.DOWN) == attempt)  # noqa: B023
            client.connection.hurry()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert client.links[-1].attempt >= 3


async def test_command_over_the_socket_is_answered() -> None:
    """By its own id, with the server's data."""

    async def answer(line: Line) -> None:
        await line.welcome()
        command = await line.hear()
        await line.say(op="result", id=command["id"], ok=True, data={"echo": command["data"]}, seq=1)
        await line.socket.wait_closed()

    async with joined(answer) as (client, _):
        await client.until(lambda: bool(client.facts))
        result = await client.connection.command("order.create", {"a": "1"})
    assert result.data == {"echo": {"a": "1"}}


async def test_command_whose_line_breaks_is_unknown() -> None:
    """Sent, and no answer: it may have happened."""

    async def cut(line: Line) -> None:
        await line.welcome()
        await line.hear()
        await line.socket.close(1011)

    async with joined(cut, stays) as (client, _):
        await client.until(lambda: bool(client.facts))
        with pytest.raises(OutcomeUnknown):
            await client.connection.command("order.create", {"clientOrderId": "c"})


async def test_command_without_a_line_was_not_sent() -> None:
    """And is known not to have happened."""
    client = Client("http://127.0.0.1:1")
    with pytest.raises(Unreachable, match="nothing was sent"):
        await client.connection.command("order.create", {})


async def test_rewound_channel_is_asked_for_again() -> None:
    """Over the open line, from the place that was given."""
    asked: list[dict[str, Any]] = []

    async def serve_twice(line: Line) -> None:
        await line.welcome()
        await line.event(1)
        asked.append(await line.hear())
        await line.say(op="subscribed", id=asked[0]["id"], channel=TRADING, epoch="e", head=1, mode="replay")
        await line.event(1)
        await line.socket.wait_closed()

    async with joined(serve_twice) as (client, _):
        await client.until(lambda: client.seqs() == [1])
        await client.connection.rewind(TRADING, StreamPosition("e", 0))
        await client.until(lambda: client.seqs() == [1, 1])
    assert asked[0]["from"] == {"epoch": "e", "seq": 0}


async def give_up(asked: Coroutine[Any, Any, None]) -> None:
    """Ask, and be cancelled while it waits."""
    asking = asyncio.create_task(asked)
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_who_is_cancelled_while_the_line_takes_no_more_has_asked_for_all_of_it() -> None:
    """The server reads nothing for a while, and whoever asked gives up: no channel is left that the client waits for and the
    server has not heard of, nor half of what was asked for."""
    asked: list[tuple[str, str]] = []
    reads, left = asyncio.Event(), asyncio.Event()

    async def stands_still(line: Line) -> None:
        await line.welcome()
        line.socket.transport.pause_reading()
        await line.event(1)
        await reads.wait()
        line.socket.transport.resume_reading()
        while len(asked) < 5:
            heard = await line.hear()
            if heard["op"].endswith("subscribe"):
                asked.append((heard["op"], heard["channel"]))
        left.set()
        await line.socket.wait_closed()

    async with joined(stands_still) as (client, _):
        await client.until(lambda: client.seqs() == [1])
        data = {"a": "1" * 900_000}
        full = [asyncio.create_task(client.connection.command("order.create", data)) for _ in range(20)]
        await asyncio.sleep(0)
        await give_up(client.connection.subscribe("a", "b"))
        await give_up(client.connection.resubscribe("a"))
        await give_up(client.connection.unsubscribe("b"))
        reads.set()
        await asyncio.wait_for(left.wait(), PATIENCE_S)
        for command in full:
            command.cancel()
        await asyncio.gather(*full, return_exceptions=True)
        assert client.connection.positions() == {TRADING: StreamPosition("e", 1), "a": None}
    assert asked == [
        *(("subscribe", "a"), ("subscribe", "b")),
        *(("unsubscribe", "a"), ("subscribe", "a")),
        ("unsubscribe", "b"),
    ]
