"""The account's stream, kept up by a clock of its own."""

import asyncio
from decimal import Decimal

from server.venues.exchange.hearsay import Hearsay
from server.venues.exchange.owed_word import OWED_S, OwedWord
from server.venues.exchange.seen import Listeners, SeenOrder
from server.venues.exchange.user_stream import UserStream
from tests.exchange.virtual_time import run
from tests.server.venues.exchange.fake_exchange import Bench, FakeExchange, LoopClock


class Listened(Hearsay):
    """Keeps what it hears."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.exchange, bench.sightings, lambda work: work.close())
        self.seen: list[SeenOrder] = []

    def order(self, seen: SeenOrder) -> None:
        self.seen.append(seen)


def test_a_stream_is_opened_anew_when_it_breaks_or_owes() -> None:
    """Told down and up each time; one that says what it owes, before or after, is left alone."""

    async def work() -> None:
        bench = Bench(FakeExchange())
        exchange, told, hearsay = bench.exchange, list[bool](), Listened(bench)
        owed = OwedWord(LoopClock())
        stream = UserStream(exchange, hearsay, told.append, owed, asyncio.sleep)
        task = asyncio.ensure_future(stream.run())
        await asyncio.sleep(1)
        assert told == [True]
        exchange.dropped.set()
        await asyncio.sleep(1)
        assert told == [True, False, True]
        order = exchange.accept(bench.trading_ask())
        owed.owe(order.seen.venue_order_id)  # it told of it a moment ago
        await asyncio.sleep(10 * OWED_S)
        assert len(told) == 3
        owed.owe("another")
        exchange.accept(bench.trading_ask())  # any word pays
        await asyncio.sleep(10 * OWED_S)
        assert len(told) == 3
        exchange.is_mute = True
        owed.owe("one that is never told of")
        await asyncio.sleep(OWED_S + 2)
        assert told[3:] == [False, True]
        assert [one.filled for one in hearsay.seen] == [Decimal(0)] * 2
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(work())


class FailsAtLast(FakeExchange):
    """Its line fails while it is being closed."""

    async def listen(self, listening: Listeners) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectionResetError("closing")


def test_a_line_that_fails_while_it_is_closed_keeps_nothing_running() -> None:
    """A server that stops waits for its stream: a failure in that moment must not stand for the cancellation."""

    async def work() -> None:
        bench = Bench(FailsAtLast())
        stream = UserStream(bench.exchange, Listened(bench), lambda _: None, OwedWord(LoopClock()), asyncio.sleep)
        task = asyncio.ensure_future(stream.run())
        await asyncio.sleep(1)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=60)
        assert done
        assert task.cancelled()

    run(work())
