"""What every desk must do: the console's own, over a real gateway, and the fake that its screens are tested with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Protocol

import orjson
import pytest

from server.ports import Answer as CoreAnswer
from tests.server.gateway.rest.rig import Rig
from tests.server.gateway.served import served
from tests.tradeterm.client import wires
from tests.tradeterm.tui.desk.test_client_desk import REFUSAL, Quotes, live_desk
from tests.tradeterm.tui.desks import FakeDesk, market, order, position
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import AlertCondition, Side
from tradeterm.tui.desk.port import Answer, Desk, DeskLinkState, Dirty, Refused, View

BTC, NOWHERE = "BTC/USD", "NO/WHERE"
BUY = OrderRequest.model_validate({"symbol": BTC, "side": "buy", "type": "market", "quantity": "1"})


class House(Protocol):
    """A desk with one market, an open order and a position; `refuse` has every command refused as off the tick."""

    @property
    def desk(self) -> Desk: ...

    def refuse(self) -> None: ...


class FakeHouse:
    def __init__(self) -> None:
        self.desk = FakeDesk(market_list=[market("BTC", "0.5", "0.00001", 2)])
        self.desk.orders, self.desk.held = [order(1, Side.BUY, "1", "99")], [position(BTC)]

    def refuse(self) -> None:
        self.desk.answer = Refused(REFUSAL["error"]["message"] or "")


class ClientHouse:
    def __init__(self, rig: Rig, desk: Desk) -> None:
        self._rig, self.desk = rig, desk

    def refuse(self) -> None:
        self._rig.orders.answer = CoreAnswer(422, orjson.dumps(REFUSAL), 1)


@asynccontextmanager
async def client_house() -> AsyncIterator[House]:
    rig = Rig()
    rig.services.market_data = Quotes()
    rig.view.contents["ann"] = {
        "orders": [orjson.dumps(wires.order(1))],
        "positions": [orjson.dumps(wires.position())],
        "balances": [orjson.dumps(wires.balance())],
        "account": [orjson.dumps(wires.account())],
    }
    async with served(rig) as server, live_desk(server) as desk:
        yield ClientHouse(rig, desk)


@asynccontextmanager
async def fake_house() -> AsyncIterator[House]:
    yield FakeHouse()


@pytest.fixture(params=[client_house, fake_house], ids=["client", "fake"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    async with request.param() as made:
        yield made


async def test_what_there_is_is_found_under_every_name(house: House) -> None:
    """An order by both of its ids, a market by its symbol, the account by itself."""
    desk = house.desk
    (one,) = desk.open_orders()
    assert desk.order(one.id) == one
    assert one.client_order_id is None or desk.order_of(one.client_order_id) == one
    assert [held.symbol for held in desk.positions()] == [BTC]
    assert {symbol: listed.symbol for symbol, listed in desk.markets().items()} == {BTC: BTC}
    assert desk.account() is not None
    assert desk.link().state is DeskLinkState.LIVE
    assert set(desk.queue()) <= {one.id}


async def test_what_there_is_not_is_nothing(house: House) -> None:
    """Nobody who paints has to catch anything."""
    desk = house.desk
    assert (desk.ticker(NOWHERE), desk.depth(NOWHERE), desk.order("nobody's"), desk.order_of("nobody's")) == (None,) * 4
    assert [*desk.candles(NOWHERE, "1m"), *desk.closes(NOWHERE), *desk.prints(NOWHERE)] == []
    assert [*desk.fills(), *desk.events(), *desk.alerts()] == []


async def test_what_changed_is_told_once(house: House) -> None:
    """Also after another view was asked for."""
    house.desk.show(View(BTC, "1m"))
    house.desk.take_dirty()
    assert house.desk.take_dirty() == Dirty()


def commands(desk: Desk) -> dict[str, Callable[[], Awaitable[Answer]]]:
    """Everything that can be asked for."""
    return {
        "place": lambda: desk.place(BUY),
        "cancel": lambda: desk.cancel("o-1"),
        "close_position": lambda: desk.close_position(BTC, "0" * 32),
        "close_all": desk.close_all,
        "reverse": lambda: desk.reverse(BTC, "1" * 32),
        "cancel_entries": lambda: desk.cancel_entries(BTC),
        "kill": desk.kill,
        "resume": desk.resume,
        "set_alert": lambda: desk.set_alert(BTC, AlertCondition.ABOVE, Decimal(200)),
        "delete_alert": lambda: desk.delete_alert("a-1"),
        "set_dead_man": lambda: desk.set_dead_man(30),
        "protect": lambda: desk.protect(BTC, Decimal(90), None),
        "amend": lambda: desk.amend("o-1", price=Decimal(98), quantity=None),
    }


async def test_a_refusal_is_an_answer_in_the_servers_words(house: House) -> None:
    """Of every command: nothing raises."""
    house.refuse()
    answers = {name: await ask() for name, ask in commands(house.desk).items()}
    assert answers == dict.fromkeys(answers, Refused("off the tick"))


async def test_an_order_that_nobody_has_is_said_not_to_be_there(house: House) -> None:
    assert isinstance(await house.desk.look_up(BUY), Refused)
