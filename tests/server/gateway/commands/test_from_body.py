"""From a body to a command: nothing that a client says is lost on the way, and what means the same is the same."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from server.domain.commands import BracketLeg, OrderTerms
from server.gateway.commands import from_body
from server.gateway.commands.from_body import BadRequest
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import ErrorCode, OrderType, SelfTrade, Side, TimeInForce

MARKET = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "1"}
LIMIT = {**MARKET, "type": "limit", "price": "45000.00"}
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)

# Every key of an order with a value that is not its default, in a body in which it may stand, and what becomes of it.
SAID: dict[str, tuple[dict[str, Any], object]] = {
    "symbol": ({**LIMIT, "symbol": "ETH/USD"}, "ETH/USD"),
    "side": ({**LIMIT, "side": "sell"}, Side.SELL),
    "type": (MARKET, OrderType.MARKET),
    "quantity": ({**LIMIT, "quantity": "2.50"}, Decimal("2.5")),
    "price": ({**LIMIT, "price": "44000"}, Decimal(44000)),
    "stop_price": ({**MARKET, "type": "stop", "stopPrice": "44000"}, Decimal(44000)),
    "trail_amount": ({**MARKET, "type": "trailing_stop", "trailAmount": "10"}, Decimal(10)),
    "trail_percent": ({**MARKET, "type": "trailing_stop", "trailPercent": "1.5"}, Decimal("1.5")),
    "time_in_force": ({**LIMIT, "timeInForce": "fok"}, TimeInForce.FOK),
    "expire_at": ({**LIMIT, "timeInForce": "gtd", "expireAt": "2027-01-01T00:00:00Z"}, UNTIL),
    "post_only": ({**LIMIT, "postOnly": True}, True),
    "reduce_only": ({**LIMIT, "reduceOnly": True}, True),
    "self_trade": ({**LIMIT, "selfTrade": "cancel_taking"}, SelfTrade.CANCEL_TAKING),
    "client_order_id": ({**LIMIT, "clientOrderId": "a-1"}, "a-1"),
    "take_profit": ({**LIMIT, "takeProfit": {"price": "50000"}}, BracketLeg(Decimal(50000))),
    "stop_loss": (
        {**LIMIT, "stopLoss": {"stopPrice": "44000", "price": "43900"}},
        BracketLeg(Decimal(44000), Decimal(43900)),
    ),
}
BASE = OrderTerms("BTC/USD", Side.BUY, OrderType.LIMIT, Decimal(1), Decimal(45000))


def terms(body: dict[str, Any]) -> OrderTerms:
    return from_body.create_order("ann", json.dumps(body).encode()).terms


def test_every_key_of_an_order_is_tried_here() -> None:
    """A key that is added to the wire is missing in this test until somebody says what becomes of it."""
    assert set(SAID) == set(OrderRequest.model_fields) == {field.name for field in fields(OrderTerms)}


@pytest.mark.parametrize("key", SAID)
def test_what_an_order_says_arrives(key: str) -> None:
    """As a number, an enum or a time, in the field of the same name."""
    body, expected = SAID[key]
    assert getattr(terms(body), key) == expected


@pytest.mark.parametrize("key", sorted(set(SAID) - {"client_order_id"}))
def test_an_order_with_another_value_is_another_order(key: str) -> None:
    """The same id with it is a conflict, whichever key it is."""
    body, _ = SAID[key]
    assert from_body.fingerprint(terms(body)) != from_body.fingerprint(BASE)
    assert from_body.fingerprint(terms(body)) == from_body.fingerprint(terms(dict(reversed(body.items()))))


def test_a_stop_s_limit_makes_another_order() -> None:
    """Each part of what protects it counts."""
    stops = [BracketLeg(Decimal(44000)), BracketLeg(Decimal(44000), Decimal(43900)), BracketLeg(Decimal(43900))]
    assert len({from_body.fingerprint(replace(BASE, stop_loss=one)) for one in stops}) == 3
    assert from_body.fingerprint(replace(BASE, take_profit=stops[0])) != from_body.fingerprint(
        replace(BASE, stop_loss=stops[0])
    )


@pytest.mark.parametrize(
    "other",
    [
        {**LIMIT, "quantity": "1.000"},
        {**LIMIT, "price": "45000"},
        {**LIMIT, "timeInForce": "gtc"},
        {**LIMIT, "postOnly": False},
        {**LIMIT, "stopPrice": None},
        {**LIMIT, "selfTrade": "cancel_resting"},
        {**LIMIT, "clientOrderId": "another"},
    ],
)
def test_bodies_that_mean_the_same_are_the_same_order(other: dict[str, Any]) -> None:
    """However a number is written, and whether a default is said."""
    assert from_body.fingerprint(terms(other)) == from_body.fingerprint(BASE)


def test_a_market_order_is_ioc_whether_it_says_so_or_not() -> None:
    """Its own default."""
    assert from_body.fingerprint(terms(MARKET)) == from_body.fingerprint(terms({**MARKET, "timeInForce": "ioc"}))


def test_two_symbols_cannot_be_written_to_look_like_one_order() -> None:
    """Whatever stands in a name, the words of the digest stay apart."""
    odd = replace(BASE, symbol='BTC/USD", "sell')
    assert from_body.fingerprint(odd) != from_body.fingerprint(replace(BASE, side=Side.SELL))


def test_an_oco_s_legs_do_not_change_places() -> None:
    """Which one is first is part of what was asked for."""
    above = {**LIMIT, "side": "sell", "price": "50000", "clientOrderId": "a"}
    below = {**MARKET, "side": "sell", "type": "stop", "stopPrice": "44000"}
    one, other = (
        from_body.create_oco("ann", json.dumps({"first": first, "second": second}).encode())
        for first, second in ((above, below), (below, above))
    )
    assert (one.first, one.second) == (other.second, other.first)
    assert one.fingerprint != other.fingerprint


def test_who_gives_no_id_needs_no_digest() -> None:
    """Nobody can ask for that order again."""
    assert from_body.create_order("ann", LIMIT).fingerprint == ""
    assert from_body.create_order("ann", {**LIMIT, "clientOrderId": "a"}).fingerprint


@pytest.mark.parametrize(
    ("amount", "taken"), [("5.50", Decimal("5.5")), ("-5", Decimal(-5)), ("0", None), ("0.00", None), (5, None)]
)
def test_a_deposit_moves_something(amount: object, taken: Decimal | None) -> None:
    """In or out; nothing is a mistake."""
    if taken is None:
        with pytest.raises(BadRequest, match="amount"):
            from_body.deposit("ann", {"amount": amount})
    else:
        assert from_body.deposit("ann", {"amount": amount}).amount == taken


@pytest.mark.parametrize(("value", "taken"), [("45000.00", Decimal(45000)), (3, 3), (None, None)])
def test_a_limit_is_a_decimal_a_count_or_none(value: object, taken: object) -> None:
    assert from_body.set_limits("ann", {"maxOpenOrders": value}).limits == {"maxOpenOrders": taken}


@pytest.mark.parametrize("value", [True, 1.5, [1], {"a": 1}, "many", "NaN"])
def test_anything_else_is_no_limit(value: object) -> None:
    """The key is named, its value is not repeated."""
    with pytest.raises(BadRequest) as refused:
        from_body.set_limits("ann", json.dumps({"maxOpenOrders": value}).encode())
    assert refused.value.code is ErrorCode.VALIDATION_FAILED
    assert str(refused.value.field).startswith("maxOpenOrders")


@pytest.mark.parametrize(("include", "with_exits"), [(None, False), ("entries", False), ("all", True)])
def test_a_cancel_of_all_leaves_exits_unless_it_says_so(include: str | None, with_exits: bool) -> None:
    command = from_body.cancel_all("ann", "BTC/USD", include)
    assert (command.symbol, command.include_exits) == ("BTC/USD", with_exits)


@pytest.mark.parametrize("include", ["", "ALL", "exits"])
def test_a_cancel_of_what_there_is_not_is_refused(include: str) -> None:
    with pytest.raises(BadRequest, match="include is one of entries and all"):
        from_body.cancel_all("ann", None, include)


@pytest.mark.parametrize("make", [from_body.close_position, from_body.reverse_position])
def test_a_way_out_needs_no_body(make: Any) -> None:
    """And takes an id for a retry."""
    assert make("ann", "BTC/USD").client_order_id is None
    assert make("ann", "BTC/USD", b'{"clientOrderId":"x-1"}').client_order_id == "x-1"


def test_protection_that_is_absent_is_taken_away() -> None:
    """Both legs as they are to be from now on."""
    command = from_body.set_protection("ann", "BTC/USD", {"stopLoss": {"stopPrice": "44000"}, "takeProfit": None})
    assert (command.stop_loss, command.take_profit) == (BracketLeg(Decimal(44000)), None)
