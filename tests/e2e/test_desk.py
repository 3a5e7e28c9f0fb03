"""The console's desk over a real server: what panes would read, and what comes of what is asked."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.e2e.servers import PASSWORD, Server, Trader, running
from tests.eventually import in_time
from tradeterm.client.errors import SignInFailed, TradetermError, Unreachable
from tradeterm.protocol.arithmetic import ZERO
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderStatus
from tradeterm.tui.desk.client_desk import ClientDesk
from tradeterm.tui.desk.port import DeskLinkState, Done, Refused, View
from tradeterm.tui.desk.valuation import signed_quantity

D = Decimal
BTC, ETH = "BTC/USD", "ETH/USD"
pytestmark = pytest.mark.slow


def now() -> datetime:
    return datetime.now(UTC)


def request(side: str, quantity: str, price: str | None = None) -> OrderRequest:
    body = {"symbol": BTC, "side": side, "quantity": quantity, "clientOrderId": uuid.uuid4().hex}
    kind = {"type": "market"} if price is None else {"type": "limit", "price": price}
    return OrderRequest.model_validate({**body, **kind})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("desk"), "--seed", "3", users=()) as started:
        yield started


@pytest.fixture
def ann(server: Server) -> Iterator[Trader]:
    """A test's own account."""
    trader = server.newcomer()
    yield trader
    trader.leave()


@pytest.fixture
async def desk(ann: Trader) -> AsyncIterator[ClientDesk]:
    desk = ClientDesk(ann.url, now, user=ann.name, password=PASSWORD)
    await desk.sign_in()
    running = asyncio.create_task(desk.run())
    await in_time(lambda: desk.link().state is DeskLinkState.LIVE)
    desk.show(View(BTC, "1m", tuple(desk.markets())))
    await in_time(lambda: desk.ticker(BTC) and desk.depth(BTC))
    yield desk
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await desk.aclose()


async def test_the_first_screen_is_not_empty(desk: ClientDesk) -> None:
    """Markets, prices, a book, candles, a tape and the day's line are there within a moment."""
    await in_time(lambda: all(desk.ticker(symbol) for symbol in desk.markets()))
    await in_time(lambda: len(desk.candles(BTC, "1m")) > 60 and desk.prints(BTC))
    await in_time(lambda: all(len(desk.closes(symbol)) == 24 for symbol in desk.markets()))
    candles = desk.candles(BTC, "1m")
    assert [candle.time for candle in candles] == sorted(candle.time for candle in candles)
    depth = desk.depth(BTC)
    assert depth is not None
    assert depth.bids[0][0] < depth.asks[0][0]
    account = desk.account()
    assert account is not None
    assert account.equity == D(100_000)
    await in_time(lambda: desk.link().delay is not None)


async def test_a_position_is_worth_its_size_at_the_price_on_the_screen(desk: ClientDesk) -> None:
    """Equity is cash and the position at the last price of the stream, exactly, at every moment."""
    answer = await desk.place(request("buy", "0.5"))
    assert isinstance(answer, Done)
    await in_time(desk.positions)
    first = desk.positions()[0].net_total_pnl
    await in_time(lambda: desk.positions()[0].net_total_pnl != first)
    (position,), account, ticker = desk.positions(), desk.account(), desk.ticker(BTC)
    assert ticker is not None
    assert ticker.last is not None
    assert account is not None
    assert position.current_price == ticker.last
    assert account.equity == account.cash + signed_quantity(position) * ticker.last
    cost = sum((fill.value for fill in desk.fills()), ZERO)
    assert position.unrealized_pnl == position.quantity * ticker.last - cost


async def test_what_is_done_is_told_and_what_is_closed_is_gone(desk: ClientDesk) -> None:
    """Buy and flatten: the events are sentences, newest first, and nothing is held."""
    await desk.place(request("buy", "0.1"))
    await in_time(desk.positions)
    answer = await desk.close_position(BTC, uuid.uuid4().hex)
    assert isinstance(answer, Done)
    await in_time(lambda: not desk.positions())
    texts = [line.text for line in desk.events()]
    assert any(text.startswith("LONG BTC/USD closed, net") for text in texts[:2])
    assert any("opened @" in text for text in texts)
    assert desk.link().round_trip is not None


async def test_an_order_rests_until_it_is_cancelled(desk: ClientDesk) -> None:
    """By both its ids it is the same order; after the cancel it is remembered as ended."""
    asked = request("buy", "0.1", "40000.00")
    assert isinstance(await desk.place(asked), Done)
    await in_time(desk.open_orders)
    (resting,) = desk.open_orders()
    assert asked.client_order_id is not None
    assert desk.order_of(asked.client_order_id) == resting
    assert isinstance(await desk.cancel(resting.id), Done)
    await in_time(lambda: not desk.open_orders())
    assert desk.order(resting.id) is not None


async def test_an_order_can_be_looked_up_by_the_id_it_was_sent_with(desk: ClientDesk) -> None:
    """Also one that has ended; one that never was is told to be none."""
    sent, never = request("buy", "0.1"), request("buy", "0.1")
    await desk.place(sent)
    found = await desk.look_up(sent)
    assert isinstance(found, Done)
    assert found.order is not None
    assert found.order.client_order_id == sent.client_order_id
    assert isinstance(await desk.look_up(never), Refused)


async def test_what_is_wrong_is_refused_in_the_servers_words(desk: ClientDesk) -> None:
    """Off the tick: no order, no event."""
    before = desk.link().seq
    answer = await desk.place(request("buy", "0.1", "44000.30"))
    assert isinstance(answer, Refused)
    assert "tick" in answer.text
    assert desk.link().seq == before


async def test_only_what_is_on_the_screen_is_kept(desk: ClientDesk) -> None:
    """Another symbol: the old book is gone, its ticker stays in the watchlist."""
    desk.show(View(ETH, "5m", tuple(desk.markets())))
    await in_time(lambda: desk.depth(ETH) and desk.candles(ETH, "5m"))
    await in_time(lambda: desk.depth(BTC) is None)
    assert desk.ticker(BTC) is not None


async def test_all_is_right_again_after_the_server_was_killed(server: Server, desk: ClientDesk) -> None:
    """The position is there, the link says since when it was gone, and prices move again."""
    await desk.place(request("sell", "0.2"))
    await in_time(desk.positions)
    seq = desk.link().seq
    await asyncio.to_thread(server.kill)
    await in_time(lambda: desk.link().state is not DeskLinkState.LIVE)
    assert desk.link().since is not None
    assert isinstance(await desk.place(request("buy", "0.1")), Refused)
    await asyncio.to_thread(server.start)
    await in_time(lambda: desk.link().state is DeskLinkState.LIVE)
    assert [position.quantity for position in desk.positions()] == [D("0.2")]
    assert desk.link().seq >= seq
    newest = desk.link().newest
    await in_time(lambda: desk.link().newest != newest)


async def test_who_trades_nothing_has_no_desk(server: Server) -> None:
    """A monitor sees everybody's orders: that is another screen."""
    server.add_user("mona", "monitor")
    desk = ClientDesk(server.url, now, user="mona", password=PASSWORD)
    with pytest.raises(SignInFailed, match="mona is a monitor"):
        await desk.sign_in()
    await desk.aclose()


async def test_a_token_is_enough_and_a_wrong_one_is_told(ann: Trader) -> None:
    """It says whose desk it is."""
    by_password = ClientDesk(ann.url, now, user=ann.name, password=PASSWORD)
    assert await by_password.sign_in() == ann.name
    token = by_password._client.rest.token
    await by_password.aclose()
    by_token = ClientDesk(ann.url, now, token=token)
    assert await by_token.sign_in() == ann.name
    await by_token.aclose()
    wrong = ClientDesk(ann.url, now, token="nonsense")
    with pytest.raises(TradetermError):
        await wrong.sign_in()
    await wrong.aclose()


async def test_a_wrong_password_and_no_server_are_told_apart(ann: Trader) -> None:
    """Before there is a screen."""
    desk = ClientDesk(ann.url, now, user=ann.name, password="not it")
    with pytest.raises(SignInFailed):
        await desk.sign_in()
    await desk.aclose()
    nobody = ClientDesk("http://127.0.0.1:9", now, user=ann.name, password="any")
    with pytest.raises(Unreachable):
        await nobody.sign_in()
    await nobody.aclose()


async def test_an_order_is_moved_and_entries_go_while_exits_stay(desk: ClientDesk) -> None:
    """Amend by price and by size, protect a position, cancel all entries: the stop is still there."""
    await desk.place(request("buy", "0.1"))
    await in_time(desk.positions)
    low = D("30000")
    placed = await desk.place(request("buy", "0.2", str(low)))
    assert isinstance(placed, Done)
    assert placed.order is not None
    assert isinstance(await desk.amend(placed.order.id, price=low + 1, quantity=D("0.15")), Done)
    await in_time(lambda: [(o.price, o.quantity) for o in desk.open_orders()] == [(low + 1, D("0.15"))])

    assert isinstance(await desk.protect(BTC, D("20000"), D("90000")), Done)
    await in_time(lambda: len(desk.open_orders()) == 3)
    assert isinstance(await desk.cancel_entries(None), Done)
    await in_time(lambda: len(desk.open_orders()) == 2)
    assert all(order.reduce_only for order in desk.open_orders())
    assert isinstance(await desk.protect(BTC, None, None), Done)
    await in_time(lambda: not desk.open_orders())


async def test_positions_are_turned_round_closed_and_killed(desk: ClientDesk) -> None:
    """Each as the key says it; after a kill nothing is taken, and the desk is told why."""
    await desk.place(request("buy", "0.1"))
    await in_time(desk.positions)
    assert isinstance(await desk.reverse(BTC, uuid.uuid4().hex), Done)
    await in_time(lambda: [signed_quantity(one) for one in desk.positions()] == [D("-0.1")])
    assert isinstance(await desk.close_all(), Done)
    await in_time(lambda: not desk.positions())

    await desk.place(request("buy", "0.1"))
    await in_time(desk.positions)
    assert isinstance(await desk.kill(), Done)
    await in_time(lambda: not desk.positions())
    answer = await desk.place(request("buy", "0.1"))
    assert isinstance(answer, Done)
    assert answer.order is not None
    assert answer.order.status is OrderStatus.REJECTED
    await in_time(lambda: any(line.text.startswith("KILL: halted") for line in desk.events()))
