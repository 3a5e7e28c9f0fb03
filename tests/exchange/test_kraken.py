"""A desk on Kraken, as far as a loopback one is Kraken: unmodified ccxt on production addresses, and the faults that it can
meet there. After each: what the exchange filled is what is held here, and no intent has more than one order there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from server.venues import unconfirmed
from tests.exchange import kraken as exchange
from tests.exchange.faults import Fault, plain
from tests.exchange.kraken import Kraken, kraken
from tests.exchange.live_desk import LiveDesk, started
from tests.exchange.loopback import until
from tradeterm.protocol.vocabulary import TimeInForce


class KrakenDesk(LiveDesk):
    name, symbol, key, secret = "kraken", exchange.SYMBOL, exchange.KEY, exchange.SECRET
    options: Mapping[str, Any] = MappingProxyType({})
    exchange: Kraken


@pytest.fixture(autouse=True)
def _short_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exchange that processes and finds at once, so that absence is proven soon."""
    for name in ("PROCESSING_S", "FINDING_S", "MARGIN_S", "APART_S"):
        monkeypatch.setattr(unconfirmed, name, 0.2)


@asynccontextmanager
async def sound() -> AsyncIterator[KrakenDesk]:
    async with kraken() as (one, more), started(KrakenDesk(one, more)) as desk:
        desk.ccxt.window_s = 0.5  # its own is waited for else
        yield desk
        fills = one.exchange.fills[exchange.KEY]
        names = [order.client_id for order in one.exchange.orders.values() if order.account == exchange.KEY]
        assert len(names) == len({*names}), "an intent has two orders there"
        moved = sum((fill.quantity if fill.is_buyer else -fill.quantity for fill in fills), Decimal(0))
        await until(lambda: desk.held == moved)
        there = one.account
        assert there.free["USD"] + there.locked.get("USD", Decimal(0)) == desk.cash


async def test_an_order_lives_and_ends_there() -> None:
    """Taken, partly filled, filled with its fee in quote currency; one that is cancelled, which the stream tells by its name
    alone; one that is immediate; sold again."""
    async with sound() as desk:
        order_id = await desk.order("buy", "0.3", "49000")
        await desk.until_status(order_id, "accepted")
        await desk.exchange.make("SELL", "0.1", "49000")
        await desk.until_status(order_id, "partially_filled")
        await desk.exchange.make("SELL", "0.2", "49000")
        assert (await desk.until_status(order_id, "filled"))["feesByCurrency"] == {"USD": "14.70"}
        by_hand = await desk.order("buy", "0.1", "48000")
        await desk.until_status(by_hand, "accepted")
        (there,) = desk.of_client(by_hand)
        desk.exchange.exchange.cancel(there, "")
        await desk.exchange.flush()
        assert (await desk.until_status(by_hand, "cancelled"))["rejectReason"] == "VENUE_ENDED"
        cancelled = await desk.order("buy", "0.1", "48000")
        await desk.until_status(cancelled, "accepted")
        await desk.cancel(cancelled)
        await desk.until_status(cancelled, "cancelled")
        await desk.exchange.make("BUY", "0.2", "49500")
        sold = await desk.order("sell", "0.3", "49500", time_in_force=TimeInForce.IOC)
        ended = await desk.until_status(sold, "expired")
        assert (ended["filledQuantity"], ended["rejectReason"]) == ("0.2", "IOC_REMAINDER")


def said(text: str, *, is_processed: bool) -> Fault:
    return plain(200, f'{{"error":["{text}"]}}', is_processed=is_processed)


OVERTAKEN = "arrived after a later request, whose number is higher"
FAULTS = {
    "dropped before it was processed": Fault(is_processed=False, is_dropped=True),
    "dropped after it was processed": Fault(is_dropped=True),
    "half an answer": Fault(is_truncated=True),
    "an answer of html": plain(520, "<html>", is_processed=True),
    "an empty answer": plain(200, "", is_processed=True),
    "answered late": Fault(after_s=1.5),
    "arrived late": Fault(before_s=0.7),
    OVERTAKEN: Fault(before_s=1.5),
    "unavailable": said("EService:Unavailable", is_processed=False),
    "unavailable, and processed": said("EService:Unavailable", is_processed=True),
    "busy": said("EService:Busy", is_processed=False),
    "timed out": said("EService:Timeout", is_processed=True),
    "internal error": said("EGeneral:Internal error", is_processed=True),
    "a word that nobody knows": said("EOrder:Something new", is_processed=True),
    "a number that is too low": said("EAPI:Invalid nonce", is_processed=False),
    "no money": said("EOrder:Insufficient funds", is_processed=False),
}


async def test_each_fault_of_a_submit_ends_as_the_exchange_has_it() -> None:
    """Refused, taken, or unconfirmed until it is found or shown absent; then all that was taken fills and is counted."""
    async with sound() as desk:
        ends = {}
        for name, fault in FAULTS.items():
            desk.exchange.faults.meet("POST", "AddOrder", fault)
            is_there = fault.is_processed and name != OVERTAKEN
            ends[await desk.order("buy", "0.001", "49000")] = name, is_there
            await until(lambda: not desk.exchange.faults.is_set("POST", "AddOrder"))
        for order_id, (name, is_there) in ends.items():
            found = await desk.until_status(order_id, "accepted", "rejected")
            assert found["status"] == ("accepted" if is_there else "rejected"), name
        taken = [order_id for order_id, (_, is_there) in ends.items() if is_there]
        await desk.exchange.make("SELL", str(Decimal("0.001") * len(taken)), "49000")
        for order_id in taken:
            await desk.until_status(order_id, "filled")


async def test_an_order_that_is_not_found_at_first_is_there_all_the_same() -> None:
    """Its answer was lost, its stream is down, and for a while no look-up shows it."""
    async with sound() as desk:
        await desk.exchange.cut()
        desk.exchange.hides_s = 1.0
        desk.ccxt.window_s = 3.0
        desk.exchange.faults.meet("POST", "AddOrder", Fault(is_dropped=True))
        await until(lambda: desk._trades)
        order_id = await desk.order("buy", "0.01", "49000")
        await desk.until_status(order_id, "accepted")
        desk.exchange.hides_s = 0.0


async def test_an_order_that_arrives_after_its_deadline_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """It carries one: what comes late is absent, however late that is."""
    async with sound() as desk:
        monkeypatch.setattr(desk.ccxt, "_quirks", replace(desk.ccxt._quirks, window_s=0.5))
        desk.exchange.faults.meet("POST", "AddOrder", Fault(before_s=0.8))
        order_id = await desk.order("buy", "0.1", "49000")
        refused = await desk.until_status(order_id, "rejected")
        assert refused["rejectReason"] == "NEVER_ARRIVED"
        assert desk.events(order_id).count("order:unconfirmed") == 1
        assert not desk.of_client(order_id)


async def test_too_many_requests_stop_orders_and_look_ups_for_a_while() -> None:
    """Said with until when; nothing goes out meanwhile."""
    async with sound() as desk:
        desk.exchange.faults.meet("POST", "AddOrder", said("EAPI:Rate limit exceeded", is_processed=False))
        first = await desk.until_status(await desk.order("buy", "0.01", "49000"), "rejected")
        second = await desk.until_status(await desk.order("buy", "0.01", "49000"), "rejected")
        assert {first["rejectReason"], second["rejectReason"]} == {"RATE_LIMIT_EXCEEDED"}
        assert "lets nothing through for" in second["rejectText"]
        assert "AddOrder" not in {path for path, _ in desk.exchange.requests}


async def test_orders_beside_look_ups_carry_numbers_that_rise() -> None:
    """Two clients of one key, each with many requests at once: none is refused for its number."""
    async with sound() as desk:
        looks = [asyncio.ensure_future(desk.ccxt.open_orders(())) for _ in range(20)]
        orders = [await desk.order("buy", "0.001", str(48_000 + number)) for number in range(10)]
        await asyncio.gather(*looks)
        for order_id in orders:
            await desk.until_status(order_id, "accepted")
        numbers = [int(asked["nonce"]) for _, asked in desk.exchange.requests]
        assert numbers == sorted({*numbers})


async def test_a_restart_finds_what_became_of_orders() -> None:
    """Filled, cancelled and still there, while nobody was here."""
    async with sound() as desk:
        orders = [await desk.order("buy", "0.01", price) for price in ("49000", "48900", "48800")]
        for order_id in orders:
            await desk.until_status(order_id, "accepted")
        await desk.kill()
        await desk.exchange.make("SELL", "0.01", "49000")
        desk.exchange.exchange.cancel(desk.of_client(orders[1])[0], "")
        await desk.start()
        desk.ccxt.window_s = 0.5
        await desk.until_status(orders[0], "filled")
        await desk.until_status(orders[1], "cancelled")
        assert desk.wire(orders[2])["status"] == "accepted"
