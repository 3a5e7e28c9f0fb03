"""Everything that can go wrong between a desk and its exchange, through unmodified ccxt on production addresses.

After each: what the exchange filled is what is held here, and no intent has more than one order there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from random import Random

import pytest

from server.venues import unconfirmed
from server.venues.exchange import owed_word
from server.venues.exchange.ccxt import stream as ccxt_stream
from server.venues.submit_outcome import Verdict
from tests.exchange.faults import Fault, coded
from tests.exchange.live_desk import LiveDesk, live_desk
from tests.exchange.loopback import KEY, until
from tests.exchange.streams import Frame
from tests.exchange.test_submit_outcomes import FAULTS

# Of these the exchange asks for silence: they have a test of their own.
BANS = ("429", "418", "-1015")
LATE = ("answered late", "arrived late")  # slow here: the storm in virtual time is full of them


@pytest.fixture(autouse=True)
def _short_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exchange that processes and finds at once, so that absence is proven soon."""
    for name in ("PROCESSING_S", "FINDING_S", "MARGIN_S", "APART_S"):
        monkeypatch.setattr(unconfirmed, name, 0.2)


@asynccontextmanager
async def sound() -> AsyncIterator[LiveDesk]:
    """A desk whose books are the exchange's at the end, whatever happened."""
    async with live_desk() as desk:
        yield desk
        own = [one for one in desk.exchange.exchange.orders.values() if one.account == KEY]
        names = [one.client_id for one in own]
        assert len(names) == len({*names}), "an intent has two orders there"
        bought = sum((fill.quantity - fill.fee for fill in desk.exchange.exchange.fills[KEY]), Decimal(0))
        await until(lambda: desk.held == bought)
        there = desk.exchange.account
        assert there.free["USDT"] + there.locked.get("USDT", Decimal(0)) == desk.cash


async def test_each_fault_of_a_submit_ends_as_the_exchange_has_it() -> None:
    """Refused, taken, or unconfirmed until it is found or shown absent; then all that was taken fills and is counted."""
    async with sound() as desk:
        ends = {}
        for name, (fault, verdict) in FAULTS.items():
            if name in BANS + LATE:
                continue
            desk.exchange.faults.meet("POST", "order", fault)
            order_id = await desk.order("buy", "0.001", "49000")
            await until(lambda order=order_id: len(desk.events(order)) > 2)  # type: ignore[misc]
            # The stream may know sooner that it is there.
            is_told = "order:unconfirmed" in desk.events(order_id) or fault.is_processed
            assert is_told or verdict is not Verdict.UNKNOWN, name
            ends[order_id] = name, "accepted" if fault.is_processed else "rejected"
        for order_id, (name, end) in ends.items():
            found = await desk.until_status(order_id, "accepted", "rejected")
            assert found["status"] == end, name
            assert "unconfirmed" not in found
        taken = [order_id for order_id, (_, end) in ends.items() if end == "accepted"]
        await desk.exchange.make("SELL", str(Decimal("0.001") * len(taken)), "49000")
        for order_id in taken:
            await desk.until_status(order_id, "filled")


async def test_a_cancel_that_meets_faults_ends_the_order_all_the_same() -> None:
    """Lost on its way, lost on its way back, or crossed by a fill."""
    async with sound() as desk:
        orders = [await desk.order("buy", "0.01", "49000") for _ in range(3)]
        for order_id in orders:
            await desk.until_status(order_id, "accepted")
        for order_id, fault in zip(
            orders, (Fault(is_processed=False, is_dropped=True), Fault(is_dropped=True), coded(504, -1007)), strict=True
        ):
            desk.exchange.faults.meet("DELETE", "order", fault)
            await desk.cancel(order_id)
            await desk.until_status(order_id, "cancelled")
        crossed = await desk.order("buy", "0.01", "49000")
        await desk.until_status(crossed, "accepted")
        desk.exchange.streams.is_mute = True
        await desk.exchange.make("SELL", "0.01", "49000")
        await desk.cancel(crossed)
        assert (await desk.until_status(crossed, "filled"))["filledQuantity"] == "0.01"


@pytest.mark.parametrize("way", ["mute", "cut", "garbled"])
async def test_a_stream_that_died_is_noticed_in_seconds_and_nothing_is_missed(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Open and silent, closed, or ended by a broken frame; what filled meanwhile is asked for."""
    # As many seconds as a test has to spare.
    monkeypatch.setattr(owed_word, "OWED_S", 1.0)
    monkeypatch.setattr(ccxt_stream, "PING_MS", 500)
    monkeypatch.setattr(ccxt_stream, "SILENT_MS", 3_000)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    async with sound() as desk:
        resting = [await desk.order("buy", "0.01", price) for price in ("49000", "48900")]
        for order_id in resting:
            await desk.until_status(order_id, "accepted")
        streams = desk.exchange.streams
        if way == "mute":
            streams.is_mute = True
            await desk.order("buy", "0.001", "40000")  # its stream owes a word about this one
        elif way == "cut":
            await streams.cut()
        else:
            await streams.garble()
        await desk.exchange.make("SELL", "0.015", "48900")
        await desk.until_status(resting[0], "filled")
        await desk.until_status(resting[1], "partially_filled")


async def test_a_stream_that_is_out_of_order_or_doubled_changes_nothing() -> None:
    """Frames shuffled, each twice, and some never: fills and ends are told once, as the exchange has them."""
    chance = Random(11)

    def twist(frames: list[Frame]) -> list[Frame]:
        told = [frame for frame in frames * 2 if chance.random() < 0.8]
        chance.shuffle(told)
        return told

    async with sound() as desk:
        orders = [await desk.order("buy", "0.03", price) for price in ("49000", "48900", "48800", "48700")]
        for order_id in orders:
            await desk.until_status(order_id, "accepted")
        desk.exchange.streams.twist = twist
        for _ in range(10):
            await desk.exchange.make("SELL", "0.007", "48800")
        await desk.cancel(orders[2])
        desk.exchange.exchange.cancel(desk.of_client(orders[3])[0], "by-hand")
        await desk.exchange.streams.flush()
        ends = [await desk.until_status(order_id, "filled", "cancelled") for order_id in orders]
        assert [one["status"] for one in ends] == ["filled", "filled", "cancelled", "cancelled"]
        assert ends[2]["filledQuantity"] == "0.01"
        for order_id in orders:
            told = desk.events(order_id)
            assert len([name for name in told if name in ("order:filled", "order:cancelled")]) == 1


async def test_orders_that_nobody_here_made_are_shown_and_move_nothing() -> None:
    """Made, filled and ended by another hand, and one that still works: it alone is shown, as external."""
    async with live_desk() as desk:
        there = desk.exchange.exchange
        for number in range(5):
            there.place(
                *(KEY, "BTCUSDT", "BUY", "LIMIT"),
                client_id=f"by-hand-{number}",
                quantity=Decimal("0.01"),
                price=Decimal(49_000 - number),
            )
        await desk.exchange.make("SELL", "0.04", "48900")
        await desk.exchange.streams.flush()
        await until(lambda: len(desk.orders()) == 1)
        (shown,) = desk.orders()
        assert (shown["price"], shown["status"], shown["filledQuantity"]) == ("48996.00", "accepted", "0")
        desk.venue.reconciliation.soon()
        await until(lambda: any(text.startswith("BTC: ") for text in desk.venue.reconciliation.differences))
        assert (len(desk.orders()), desk.held) == (1, Decimal(0))


async def test_a_kill_between_intent_and_answer_sends_nothing_twice() -> None:
    """One order had arrived, one had not, one was cancelled before anybody knew: each ends by proof after the restart."""
    async with sound() as desk:
        faults = (Fault(after_s=60), Fault(is_processed=False, after_s=60), Fault(after_s=60))
        orders = []
        for fault in faults:
            desk.exchange.faults.meet("POST", "order", fault)
            orders.append(await desk.order("buy", "0.01", "49000"))
            await until(lambda: not desk.exchange.faults.is_set("POST", "order"))
        await until(lambda: sum(method == "POST" for method, _, _ in desk.exchange.rest.requests) == 2)
        await desk.cancel(orders[2])
        await desk.kill()
        await desk.start()
        assert "order:unconfirmed" in desk.events(orders[1])
        await desk.until_status(orders[0], "accepted")
        assert (await desk.until_status(orders[1], "rejected"))["rejectReason"] == "NEVER_ARRIVED"
        await desk.until_status(orders[2], "cancelled")
        sent = [asked["newClientOrderId"] for method, _, asked in desk.exchange.rest.requests if method == "POST"]
        assert len(sent) == len({*sent}) == 2


async def test_a_ban_stops_orders_and_says_until_when() -> None:
    """Nothing is sent meanwhile."""
    async with sound() as desk:
        until_ms = desk.exchange.now_ms() + 60_000
        banned = coded(418, -1003, f"Way too many requests; IP banned until {until_ms}.")
        desk.exchange.faults.meet("POST", "order", banned)
        first = await desk.until_status(await desk.order("buy", "0.01", "49000"), "rejected")
        second = await desk.until_status(await desk.order("buy", "0.01", "49000"), "rejected")
        assert {first["rejectReason"], second["rejectReason"]} == {"RATE_LIMIT_EXCEEDED"}
        assert "lets nothing through for" in second["rejectText"]
        # A look-up may have been on its way when the ban came; no order was.
        assert "POST" not in {method for method, _, _ in desk.exchange.rest.requests}


async def test_a_clock_that_went_wrong_is_set_by_the_exchanges() -> None:
    """The first request is refused for it, the next one carries the exchange's time."""
    async with sound() as desk:
        desk.exchange.skew_ms = -5_000
        refused = await desk.until_status(await desk.order("buy", "0.01", "49000"), "rejected")
        assert "1000ms ahead" in refused["rejectText"]
        await desk.until_status(await desk.order("buy", "0.01", "49000"), "accepted")
