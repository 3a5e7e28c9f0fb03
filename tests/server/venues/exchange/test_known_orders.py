"""Which order is meant."""

from decimal import Decimal

import pytest

from server.ports import Place
from server.venues.exchange import known_orders
from server.venues.exchange.known_orders import KnownOrders, client_id_of, order_id_of
from server.venues.exchange.seen import SeenOrder
from server.venues.exchange.working import Working
from tradeterm.protocol.vocabulary import Side, TimeInForce

ORDER_ID = "01a21804-f7bb-7000-af7d-44064f1773a2"


def working(venue_order_id: str | None = None) -> Working:
    place = Place(ORDER_ID, "ann", "BTC/USDT", Side.BUY, Decimal(1), Decimal(100), TimeInForce.GTC)
    place.venue_order_id = venue_order_id
    return Working(place, client_id_of(ORDER_ID))


def seen(venue_order_id: str, client_id: str | None) -> SeenOrder:
    one = Decimal(1)
    return SeenOrder(venue_order_id, client_id, "BTC/USDT", Side.BUY, one, one, Decimal(0), None)


def test_our_id_is_32_hex_digits_and_leads_back_to_the_order() -> None:
    """Each time that it is put anew it is another one."""
    ids = [client_id_of(ORDER_ID, replaced) for replaced in (None, "77", "78")]
    assert len({*ids}) == 3
    assert all(len(one) == 32 and int(one, 16) for one in ids)
    assert order_id_of(ids[0]) == ORDER_ID
    assert order_id_of("from-a-telephone") is order_id_of(None) is order_id_of("x" * 32) is None


def test_an_order_is_found_by_our_id_until_it_has_a_name_there() -> None:
    """A second one with our id is another order: no exchange keeps ids of orders that have ended."""
    known, one = KnownOrders(), working()
    known.add(one)
    assert known.of_order(seen("77", client_id_of(ORDER_ID))) is one
    one.known("77")
    known.add(one)
    assert known.of_order(seen("77", None)) is one
    assert known.of_order(seen("78", client_id_of(ORDER_ID))) is None
    assert known.replaced_by(client_id_of(ORDER_ID, "77")) is one
    assert known.replaced_by(client_id_of(ORDER_ID)) is known.replaced_by(None) is None


def test_what_has_ended_is_remembered_and_the_oldest_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trade of it may come twice."""
    known, one = KnownOrders(), working("77")
    known.add(one)
    one.is_over = True
    known.tidy()
    assert (list(known.open()), known.of_order(seen("77", None))) == ([], one)
    monkeypatch.setattr(known_orders, "ENDED", 0)
    known.tidy()
    assert known.of_order(seen("77", None)) is None


def test_what_was_given_up_is_looked_for_by_our_id() -> None:
    """And works no more."""
    known, one = KnownOrders(), working()
    known.add(one)
    known.give_up(one)
    assert known.lost == {client_id_of(ORDER_ID): one}
    named = working("78")
    known.add(named)
    known.give_up(named)
    assert known.of_order(seen("78", None)) is None
    assert known.of_order(seen("77", client_id_of(ORDER_ID))) is None
