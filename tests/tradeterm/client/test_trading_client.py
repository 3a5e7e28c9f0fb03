"""The SDK's face over a small server: what the consumer of events is given when they are slow and when the line ends."""

import asyncio
import threading
from pathlib import Path

import httpx
import pytest

from tests.eventually import PATIENCE_S, in_time, turns
from tests.tradeterm.client.lines import HELLO, Line, serving
from tradeterm.client import trading_client as module
from tradeterm.client.errors import ClientClosed, HistoryLost, PositionUnreadable, SessionEnded, Unreachable
from tradeterm.client.position_file import PositionFile
from tradeterm.client.rest import Rest
from tradeterm.client.session import TRADING, CaughtUp, Fact, Snapshot, StreamPosition
from tradeterm.client.trading_client import TradingClient


def journal(head: int) -> httpx.MockTransport:
    """REST that knows the own journal up to `head`, two events a page."""

    def answer(request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        seqs = range(after + 1, min(after + 2, head) + 1)
        items = [{"event": "order:created", "seq": seq, "data": {}} for seq in seqs]
        return httpx.Response(200, json={"items": items, "nextCursor": None})

    return httpx.MockTransport(answer)


async def tells_ten_and_ends(line: Line) -> None:
    await snapshot(line)
    for seq in range(1, 11):
        await line.event(seq)
    await line.socket.close(4502, "too many")


async def snapshot(line: Line) -> None:
    await line.welcome(mode="snapshot")
    await line.say(op="snapshot", channel=TRADING, asOf=0, part=1, of=1, data={"orders": []})
    await line.say(op="live", channel=TRADING, seq=0)


async def collect(client: TradingClient, seqs: list[int | None]) -> None:
    async for event in client.events():
        seqs.append(event.seq)


async def test_slow_consumer_is_given_everything_and_then_why_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue holds four, ten events come, the server ends the session: ten events in order, then the reason."""
    monkeypatch.setattr(module, "EVENTS_WAITING", 4)
    async with serving(tells_ten_and_ends) as url:
        client = TradingClient(url, token="token")
        await client.rest.close()
        client.rest = Rest(url, "token", journal(10))
        with pytest.raises(SessionEnded):
            await asyncio.wait_for(client.run(), PATIENCE_S)
        seqs: list[int | None] = []
        with pytest.raises(SessionEnded, match="too many"):
            await collect(client, seqs)
        await client.rest.close()
    assert seqs == list(range(1, 11))


class Gate:
    """REST whose journal is not answered before the test says so."""

    def __init__(self, head: int) -> None:
        self.is_asked, self.may_answer = asyncio.Event(), asyncio.Event()
        self._journal = journal(head)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.is_asked.set()
        await self.may_answer.wait()
        return await self._journal.handle_async_request(request)


async def fell_behind(client: TradingClient) -> None:
    """Ten events come, and the line ends."""
    with pytest.raises(SessionEnded):
        await asyncio.wait_for(client.run(), PATIENCE_S)


async def rest_of(client: TradingClient) -> list[int | None]:
    """What is given until the end."""
    seqs: list[int | None] = []
    with pytest.raises(SessionEnded):
        await asyncio.wait_for(collect(client, seqs), PATIENCE_S)
    await client.rest.close()
    return seqs


@pytest.mark.parametrize("room", [1, 2, 4, 10_000])
async def test_whoever_leaves_after_each_event_is_given_each_once(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of the queue, or from the journal because there was no room: the next call goes on after the last event."""
    monkeypatch.setattr(module, "EVENTS_WAITING", room)
    async with serving(tells_ten_and_ends) as url:
        client = TradingClient(url, rest=Rest(url, "token", journal(10)))
        await fell_behind(client)
        seqs = [(await asyncio.wait_for(anext(client.events()), PATIENCE_S)).seq for _ in range(10)]
        assert (seqs, await rest_of(client)) == ([*range(1, 11)], [])


@pytest.mark.parametrize("room", [1, 2, 4])
async def test_whoever_is_cancelled_while_the_journal_is_asked_misses_nothing(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What closes a hole, and the event behind it, are there for the next call; no further event has to come for that."""
    monkeypatch.setattr(module, "EVENTS_WAITING", room)
    gate = Gate(10)
    async with serving(tells_ten_and_ends) as url:
        client = TradingClient(url, rest=Rest(url, "token", httpx.MockTransport(gate)))
        await fell_behind(client)
        before: list[int | None] = []
        impatient = asyncio.create_task(collect(client, before))
        await gate.is_asked.wait()
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        gate.may_answer.set()
        assert before + await rest_of(client) == [*range(1, 11)]


async def test_journal_that_cannot_be_asked_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is away while the line is made anew is no end of the events."""
    monkeypatch.setattr(module, "EVENTS_WAITING", 1)
    monkeypatch.setattr(module, "ASK_AGAIN_S", 0.0)
    answers: list[httpx.ConnectError | httpx.Response] = [
        httpx.ConnectError("away"),
        httpx.Response(503),
        httpx.Response(429),
        httpx.Response(502),
    ]

    async def answer(request: httpx.Request) -> httpx.Response:
        first = answers.pop(0) if answers else await journal(10).handle_async_request(request)
        if isinstance(first, Exception):
            raise first
        return first

    async def tells_ten(line: Line) -> None:
        await snapshot(line)
        for seq in range(1, 11):
            await line.event(seq)
        await line.socket.wait_closed()

    async with serving(tells_ten) as url:
        client = TradingClient(url, rest=Rest(url, "token", httpx.MockTransport(answer)))
        running = asyncio.create_task(client.run())
        await in_time(lambda: client._dropped == 10)
        stream = client.events()
        assert [(await asyncio.wait_for(anext(stream), PATIENCE_S)).seq for _ in range(10)] == [*range(1, 11)]
        running.cancel()
        await client.rest.close()


async def test_another_history_is_told_to_whoever_is_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room for an event there is room for the word that the journal is another one now."""
    monkeypatch.setattr(module, "EVENTS_WAITING", 2)

    async def first(line: Line) -> None:
        await snapshot(line)
        for seq in range(1, 5):
            await line.event(seq)
        await line.socket.close(4000)

    async def another(line: Line) -> None:
        await line.hear()
        await line.say(**HELLO)
        asked = await line.hear()
        await line.say(op="subscribed", id=asked["id"], channel=TRADING, epoch="f", head=3, mode="snapshot")
        await line.say(op="snapshot", channel=TRADING, asOf=3, part=1, of=1, data={"orders": []})
        await line.say(op="live", channel=TRADING, seq=3)
        await line.socket.close(4502, "too many")

    async with serving(first, another) as url:
        client = TradingClient(url, rest=Rest(url, "token", journal(3)))
        await fell_behind(client)
        seqs: list[int | None] = []
        with pytest.raises(HistoryLost):
            await asyncio.wait_for(collect(client, seqs), PATIENCE_S)
        assert (seqs, await rest_of(client)) == ([1], [])


async def test_whoever_falls_behind_what_is_kept_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hole passes in silence: the consumer hears of it, and goes on with what there is."""
    monkeypatch.setattr(module, "EVENTS_WAITING", 2)

    def answer(request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        items = [{"event": "order:created", "seq": seq, "data": {}} for seq in range(max(after + 1, 8), 11)]
        return httpx.Response(200, json={"items": items} | ({"lostThrough": 7} if after < 7 else {}))

    async with serving(tells_ten_and_ends) as url:
        client = TradingClient(url, rest=Rest(url, token="token", transport=httpx.MockTransport(answer)))
        with pytest.raises(SessionEnded):
            await asyncio.wait_for(client.run(), PATIENCE_S)
        seqs: list[int | None] = []
        with pytest.raises(HistoryLost, match="no longer keeps"):
            await asyncio.wait_for(collect(client, seqs), PATIENCE_S)
        with pytest.raises(SessionEnded):
            await asyncio.wait_for(collect(client, seqs), PATIENCE_S)
        await client.rest.close()
    assert seqs == [1, 8, 9, 10]


async def test_whoever_asks_again_after_the_end_is_told_again() -> None:
    """Nobody waits for ever on a line that does not come back."""

    async def refuse(line: Line) -> None:
        await snapshot(line)
        await line.socket.close(4502, "too many")

    async with serving(refuse) as url:
        client = TradingClient(url, token="token")
        with pytest.raises(SessionEnded):
            await asyncio.wait_for(client.run(), PATIENCE_S)
        for _ in range(2):
            with pytest.raises(SessionEnded):
                await asyncio.wait_for(anext(aiter(client.events())), PATIENCE_S)
        await client.rest.close()


async def test_event_that_cannot_be_read_ends_the_stream_loudly() -> None:
    """A server that breaks the contract leaves nobody waiting."""

    async def broken(line: Line) -> None:
        await snapshot(line)
        await line.say(event="order:created", channel=TRADING, epoch="e", seq=1, data={"order": {}})
        await line.socket.wait_closed()

    async with serving(broken) as url:
        client = TradingClient(url, token="token")
        running = asyncio.create_task(client.run())
        with pytest.raises(ValueError, match="Order"):
            await asyncio.wait_for(collect(client, []), PATIENCE_S)
        with pytest.raises(ValueError, match="Order"):
            await running
        await client.rest.close()


@pytest.mark.blocks("a client reads its position file as it is made, before there is a line to hold up")
async def test_snapshot_s_place_is_kept_in_the_file_too(tmp_path: Path) -> None:
    """Nothing came after the snapshot: the next process goes on from it."""
    asked = []

    async def first(line: Line) -> None:
        await snapshot(line)
        await line.event(1)
        await line.event(2)
        await line.socket.wait_closed()

    async def second(line: Line) -> None:
        asked.append(await line.welcome())
        await line.say(op="live", channel=TRADING, seq=1)
        await line.socket.wait_closed()

    async with serving(first, second) as url:
        async with TradingClient(url, token="token", position_file=tmp_path / "place") as client:
            stream = client.events()
            assert [(await anext(stream)).seq for _ in range(2)] == [1, 2]
        async with TradingClient(url, token="token", position_file=tmp_path / "place"):
            pass
    assert asked[0]["from"] == {"epoch": "e", "seq": 1}


@pytest.mark.blocks("a client reads its position file as it is made, before there is a line to hold up")
async def test_places_are_written_one_at_a_time_whoever_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that writes the first goes on when the consumer is gone: the second comes after it, never before."""
    is_writing, may_write, alone, written = threading.Event(), threading.Event(), threading.Lock(), []

    def write(file: PositionFile, place: StreamPosition) -> None:
        assert alone.acquire(blocking=False)
        is_writing.set()
        assert may_write.wait(PATIENCE_S)
        written.append(place.seq)
        alone.release()

    monkeypatch.setattr(PositionFile, "write", write)
    async with serving(tells_ten_and_ends) as url:
        client = TradingClient(url, rest=Rest(url, "token", journal(10)), position_file=tmp_path / "place")
        await fell_behind(client)
        impatient = asyncio.create_task(collect(client, []))
        await in_time(is_writing.is_set)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        again = asyncio.create_task(rest_of(client))
        await turns()
        may_write.set()
        await again
    assert written == sorted({*written})
    assert written[-1] == 10


@pytest.mark.blocks("a client reads its position file as it is made, before there is a line to hold up")
async def test_another_user_s_place_is_never_gone_on_from(tmp_path: Path) -> None:
    """A number in their stream is one in this too: what came before it would be missed, and nobody would know."""
    of_bob = PositionFile(tmp_path / "place")
    of_bob.claim("bob")
    of_bob.write(StreamPosition("e", 1))

    async def greets(line: Line) -> None:
        await line.welcome()
        await line.socket.wait_closed()

    async with serving(greets) as url:
        with pytest.raises(PositionUnreadable, match="bob's, not ann's"):
            async with TradingClient(url, token="token", position_file=tmp_path / "place"):
                pass


async def test_cancelling_whoever_closes_a_client_is_not_swallowed() -> None:
    """The line takes a while to close: a time limit round it all counts then too."""

    async def lingers(line: Line) -> None:
        await snapshot(line)
        await line.socket.wait_closed()

    async with serving(lingers) as url:
        client = await TradingClient(url, token="token").__aenter__()
        closing = asyncio.create_task(client.__aexit__(None, None, None))
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert client.rest._http.is_closed


async def test_server_that_is_not_there_is_told_by_opening() -> None:
    """`async with` waits a while for the line, then says that there is none."""
    with pytest.raises(Unreachable, match="did not answer"):
        async with TradingClient("http://127.0.0.1:1", token="token", open_timeout_s=0.05):
            pass


async def test_whoever_takes_no_events_has_none_waiting() -> None:
    """A desk reads the store: ten thousand events that nobody takes would be its largest list."""
    client = TradingClient("http://127.0.0.1:9", token="token", keeps_events=False)
    for seq in range(1, 4):
        client._fact(Snapshot(TRADING, {}, seq, "e"))
    assert client._queue.empty()
    await client.rest.close()


async def stays(line: Line) -> None:
    await snapshot(line)
    await line.event(1)
    await line.socket.wait_closed()


async def test_closing_a_client_ends_whoever_takes_its_events_or_waits_for_it() -> None:
    """In other tasks too, and afterwards: nobody waits for ever on what comes no more."""
    async with serving(stays) as url:
        client = TradingClient(url, token="token")
        taken: list[list[int | None]] = [[], []]
        async with client:
            takers = [asyncio.create_task(collect(client, seqs)) for seqs in taken]
            await in_time(lambda: bool(taken[0] + taken[1]))
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*takers)
            await collect(client, taken[0])
        assert sorted(taken) == [[], [1]]
        with pytest.raises(ClientClosed):
            await client.live(PATIENCE_S)


async def test_a_client_is_opened_once() -> None:
    """A second line would be left open by whoever closes one; what closed its connections cannot ask again."""
    async with serving(stays) as url:
        client = TradingClient(url, token="token")
        async with client:
            with pytest.raises(RuntimeError, match="once"):
                await client.__aenter__()
        with pytest.raises(RuntimeError, match="once"):
            await client.__aenter__()


async def test_cancelling_whoever_opens_a_client_is_not_swallowed() -> None:
    """Nor is it in the very moment that the line is live."""
    opening: asyncio.Task[TradingClient]

    def cancel(fact: Fact) -> None:
        if isinstance(fact, CaughtUp):
            opening.cancel()

    async with serving(stays) as url:
        client = TradingClient(url, token="token", on_fact=cancel)
        opening = asyncio.create_task(client.__aenter__())
        with pytest.raises(asyncio.CancelledError):
            await opening
