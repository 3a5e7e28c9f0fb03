"""The desk over a real gateway in the test's own process: what panes read, and what becomes of what is asked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
import pytest

from server.ports import Answer as CoreAnswer
from server.ports import Batch, EventRow
from tests.eventually import in_time
from tests.fakes import START
from tests.server.gateway.rest.rig import PASSWORD, Rig, StillMarketData
from tests.server.gateway.served import Served, served
from tests.tradeterm.client import wires
from tradeterm.client.errors import SignInFailed
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import EventName
from tradeterm.tui.desk.client_desk import ClientDesk
from tradeterm.tui.desk.port import DeskLinkState, Done, Refused, Unknown, View

BTC = "BTC/USD"
BUY = OrderRequest.model_validate({"symbol": BTC, "side": "buy", "type": "market", "quantity": "1"})


class Quotes(StillMarketData):
    """A market that stands still."""

    def ticker(self, symbol: str) -> bytes:
        return orjson.dumps({"symbol": symbol, "bid": "99.00", "ask": "101.00", "last": "100.00", "time": wires.AT})

    def book(self, symbol: str, depth: int) -> bytes:
        return orjson.dumps(wires.book("snapshot", 1, None, [["99.00", "1"]], [["101.00", "1"]]))

    def trades(self, symbol: str, limit: int) -> list[bytes]:
        return []

    def candles(self, symbol: str, interval: str, limit: int) -> list[bytes]:
        return []

    def watch(self, channel: str) -> None:
        """Nothing changes."""

    unwatch = watch


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    """A gateway that knows ann with one order and one position."""
    rig = Rig()
    rig.services.market_data = Quotes()
    rig.view.contents["ann"] = {
        "orders": [orjson.dumps(wires.order(1))],
        "positions": [orjson.dumps(wires.position())],
        "balances": [orjson.dumps(wires.balance())],
        "account": [orjson.dumps(wires.account())],
    }
    async with served(rig) as started:
        yield started


def desk_of(server: Served, user: str = "ann", password: str = PASSWORD) -> ClientDesk:
    return ClientDesk(server.url, lambda: datetime.now(UTC), user=user, password=password)


@asynccontextmanager
async def live_desk(server: Served) -> AsyncIterator[ClientDesk]:
    desk = desk_of(server)
    assert await desk.sign_in() == "ann"
    running = asyncio.create_task(desk.run())
    try:
        await in_time(lambda: desk.link().state is DeskLinkState.LIVE)
        yield desk
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await desk.aclose()


def tell(server: Served, seq: int, name: EventName, data: dict[str, object]) -> None:
    """Commit one event of ann's and tell the sockets."""
    payload = orjson.dumps({**data, "timestamp": wires.AT})
    row = EventRow("ann", seq, name, payload, START)
    server.rig.history.commit(Batch(events=[row]))
    server.gateway.hub.deliver([row])


async def test_sign_in_says_who_it_is_and_who_has_no_desk(server: Served) -> None:
    """Before there is a screen: a wrong password, and a monitor, whose stream would be shown as one account."""
    for user, password, why in (("ann", "wrong", "wrong"), ("mona", PASSWORD, "mona is a monitor")):
        desk = desk_of(server, user, password)
        with pytest.raises(SignInFailed, match=why):
            await desk.sign_in()
        await desk.aclose()


async def test_what_the_server_holds_is_there_when_the_line_is_live(server: Served) -> None:
    """Orders, positions, account and markets; and everything is to be painted, once."""
    async with live_desk(server) as desk:
        assert [order.id for order in desk.open_orders()] == ["o-1"]
        assert [position.symbol for position in desk.positions()] == [BTC]
        assert set(desk.markets()) == {BTC}
        account = desk.account()
        assert account is not None
        assert account.equity == 100_000
        desk.take_dirty()
        dirty = desk.take_dirty()
        assert (dirty.everything, dirty.orders, dirty.tickers) == (False, False, frozenset())


async def test_an_event_makes_dirty_what_it_changed_and_is_a_sentence(server: Served) -> None:
    """The order goes from the list, the log has it, and the positions are as they were."""
    async with live_desk(server) as desk:
        desk.take_dirty()
        tell(server, 1, EventName.ORDER_CANCELLED, {"order": wires.order(1, "cancelled")})
        await in_time(lambda: not desk.open_orders())
        dirty = desk.take_dirty()
        assert (dirty.orders, dirty.events, dirty.positions) == (True, True, False)
        assert "cancelled" in desk.events()[0].text
        assert desk.link().seq == 1


async def test_a_resync_asks_for_everything_anew(server: Served) -> None:
    """What was not told is there then: orders, and what is fetched beside the stream."""
    server.gateway.hub.market_data = Quotes()
    async with live_desk(server) as desk:
        desk.show(View(BTC, "1m", [BTC]))
        await in_time(lambda: desk.depth(BTC) is not None)
        desk.take_dirty()
        server.rig.view.contents["ann"]["orders"] = [orjson.dumps(wires.order(number)) for number in (1, 2)]
        desk.resync()
        await in_time(lambda: len(desk.open_orders()) == 2)
        await in_time(lambda: desk.take_dirty().everything)
        assert desk.link().state is DeskLinkState.LIVE
        assert desk.ticker(BTC) is not None


def answered(status: int, body: Mapping[str, object]) -> CoreAnswer:
    return CoreAnswer(status, orjson.dumps(body), 1)


REFUSAL = {"error": {"code": "OFF_TICK", "message": "off the tick", "details": None}}


@pytest.mark.parametrize(
    ("answer", "is_so"),
    [
        (answered(201, wires.order(2)), lambda said: isinstance(said, Done) and said.order is not None),
        (answered(422, REFUSAL), lambda said: said == Refused("off the tick")),
    ],
    ids=["taken", "refused"],
)
async def test_what_comes_of_an_order_is_told(
    server: Served, answer: CoreAnswer, is_so: Callable[[object], bool]
) -> None:
    """Taken, with the order; refused, in the server's words."""
    async with live_desk(server) as desk:
        server.rig.orders.answer = answer
        assert is_so(await desk.place(BUY))


async def test_without_an_answer_nobody_pretends_to_know(server: Served) -> None:
    """Gone before the send is refused: nothing was sent. The panes say that the line is down, and keep what they had."""
    async with live_desk(server) as desk:
        server.web.should_exit = True
        await in_time(lambda: desk.link().state is not DeskLinkState.LIVE)
        assert isinstance(await desk.place(BUY), Refused | Unknown)
        assert [order.id for order in desk.open_orders()] == ["o-1"]
        assert desk.link().since is not None
