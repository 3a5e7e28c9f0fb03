"""What every view must do: the core's, and those that stand for it where the gateway is tested."""

from collections.abc import Callable
from decimal import Decimal

import orjson
import pytest

from server.executor.durable_view import DurableView
from server.ports import View
from tests.builders import Desk
from tests.server.executor.desks import FREE, body
from tests.server.gateway.rest.rig import StillView
from tests.server.gateway.rig import MemoryJournal

KINDS = {"orders", "positions", "balances", "account"}


def core_view() -> View:
    """Of ann, with an order, and bob, who has none."""
    desk = Desk(FREE)
    desk.open("ann", "bob")
    assert body(desk.order("ann", "buy", "1", "99.0"))["status"] == "accepted"
    return DurableView(desk.core, "k1")


def still_view() -> View:
    """The same, written down from the core's own words."""
    real = core_view()
    contents = {name: dict(real.snapshot(name)[1]) for name in real.accounts()}
    places = {name: dict(real.ahead(name)) for name in real.accounts()}
    return StillView(contents, places, dict(real.markets()))


def journal_view() -> View:
    """Of accounts in which nothing but events has happened."""
    made = MemoryJournal()
    made.append("ann")
    made.append("bob")
    return made


both = pytest.mark.parametrize("make", [core_view, still_view])
each = pytest.mark.parametrize("make", [core_view, still_view, journal_view])


@each
async def test_who_waits_until_it_is_settled_finds_it_so(make: Callable[[], View]) -> None:
    view = make()
    await view.settled()
    assert view.is_settled


@each
def test_accounts_and_markets_are_named(make: Callable[[], View]) -> None:
    """Those of people alone."""
    view = make()
    assert sorted(view.accounts()) == ["ann", "bob"]
    assert {symbol: market.symbol for symbol, market in view.markets().items()} == {"BTC/USD": "BTC/USD"}
    assert view.epoch() == "k1"


@each
def test_an_account_that_nobody_opened_is_empty(make: Callable[[], View]) -> None:
    """And no error: who signs in for the first time looks before anything was done."""
    view = make()
    assert view.head("nobody") == 0
    seq, contents = view.snapshot("nobody")
    assert seq == 0
    assert contents.keys() >= KINDS
    assert not any(contents.values())
    assert (view.order("nobody", "o-1"), [*view.alerts("nobody")], dict(view.ahead("nobody"))) == (None, [], {})


@each
def test_a_snapshot_is_of_the_head(make: Callable[[], View]) -> None:
    """Who reads on from where it says misses nothing and reads nothing twice."""
    view = make()
    for name in view.accounts():
        assert view.snapshot(name)[0] == view.head(name)


@both
def test_an_open_order_is_the_same_alone_and_among_all(make: Callable[[], View]) -> None:
    """For its owner; to everybody else it does not exist."""
    view = make()
    (listed,) = view.snapshot("ann")[1]["orders"]
    order_id = orjson.loads(listed)["id"]
    assert view.order("ann", order_id) == listed
    assert view.order("bob", order_id) is None
    assert view.order("ann", "o-unknown") is None


@both
def test_only_own_open_orders_stand_in_a_queue(make: Callable[[], View]) -> None:
    view = make()
    (listed,) = view.snapshot("ann")[1]["orders"]
    assert view.ahead("ann") == {orjson.loads(listed)["id"]: Decimal(0)}
    assert view.ahead("bob") == {}
