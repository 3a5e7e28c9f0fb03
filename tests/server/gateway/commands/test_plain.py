"""The plain way of reading a body is a shortcut and never a second opinion: what it takes, the models take for the same."""

import json
import os
from random import Random
from typing import Any

import pytest

from server.domain.commands import AmendOrder, CreateOrder
from server.gateway.commands import from_body
from server.gateway.commands.from_body import BadRequest
from server.gateway.commands.plain import parsed, plain_amend, plain_order
from tests.builders import market

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
BODIES = 10_000 * SOAK
MARKETS = {"BTC/USD": market(), "ETH/USD": market("ETH/USD")}
# Good and bad values of every key, of which most bodies get the good ones.
NUMBERS = (
    "0.001",
    "1",
    "45000.00",
    "0",
    "-1",
    "01",
    "1e3",
    " 1",
    "1.",
    ".5",
    "१",
    "1" * 19,
    "0." + "0" * 18,
    1,
    1.5,
    None,
    "",
)
VALUES: dict[str, tuple[Any, ...]] = {
    "symbol": ("BTC/USD", "ETH/USD", "DOGE/USD", "", "btc/usd", None, 7, "BTC/USD "),
    "side": ("buy", "sell", "BUY", "", None, 1, ["buy"]),
    "type": ("market", "limit", "stop", "stop_limit", "Market", None, {}, "trailing_stop"),
    "quantity": NUMBERS,
    "price": NUMBERS,
    "clientOrderId": ("a-1", "0" * 32, "x" * 65, "", "a b", "a:b", "é", None, 5, "a\n"),
    "client_order_id": ("a-1",),
    "timeInForce": ("gtc", "ioc", "fok", "day", "gtd", "GTC", None, ""),
    "reduceOnly": (True, False, None, 1, "true"),
    "postOnly": (True, False, None, 0, "false"),
    "selfTrade": ("cancel_resting", "cancel_incoming"),
    "takeProfit": ({"price": "50000.00"}, None),
    "stopPrice": ("44000.00", None),
    "expireAt": ("2027-01-01T00:00:00Z",),
    "unknown": (1, "x"),
}
USUAL = ("symbol", "side", "type", "quantity", "price")
DRESSINGS = ("{}", " {} ", "{},", "[{}]", "\ufeff{}", "{}\n", "{}x")


def some_body(chance: Random) -> bytes:
    """A body as a client, a careless one or a hostile one may write it."""
    keys = [key for key in USUAL if chance.random() < 0.97]
    keys += [key for key in VALUES if key not in USUAL and chance.random() < 0.06]
    said = {key: chance.choice(VALUES[key][: 2 if chance.random() < 0.93 else None]) for key in keys}
    if said.get("type") == "market" and chance.random() < 0.9:
        said.pop("price", None)
    pairs = list(said.items())
    if pairs and chance.random() < 0.02:
        pairs.append(chance.choice(pairs))
    chance.shuffle(pairs)
    ascii_only, gap = chance.random() < 0.5, chance.choice(("", " "))
    text = ",".join(f"{json.dumps(key)}:{gap}{json.dumps(value, ensure_ascii=ascii_only)}" for key, value in pairs)
    return ("{" + text + "}").join(chance.choice(DRESSINGS if chance.random() < 0.05 else ("{}",)).split("{}")).encode()


def by_model(make: Any, *arguments: Any) -> Any:
    try:
        return make(*arguments)
    except BadRequest as bad:
        return (bad.code, bad.text, bad.field)


def test_every_body_that_is_taken_becomes_the_command_of_the_models() -> None:
    """Terms, fingerprint and all. And it takes most of what clients send, or it would be no shortcut."""
    chance, taken, good = Random(1), 0, 0
    for _ in range(BODIES):
        body = some_body(chance)
        plain = plain_order("ann", parsed(body), MARKETS)
        known = by_model(from_body.create_order, "ann", body)
        good += isinstance(known, CreateOrder)
        if plain is not None:
            taken += 1
            assert plain == known, body
    assert good > BODIES * 0.4
    assert taken > good * 0.6


def test_every_amend_that_is_taken_becomes_the_command_of_the_model() -> None:
    chance, taken = Random(2), 0
    for _ in range(BODIES // 5):
        keys = [key for key in ("quantity", "price", "stopPrice", "unknown") if chance.random() < 0.4]
        said = {key: chance.choice(VALUES[key][: 2 if chance.random() < 0.8 else None]) for key in keys}
        body = json.dumps(said).encode()
        plain = plain_amend("ann", "o-1", parsed(body))
        known = by_model(from_body.amend_order, "ann", "o-1", body)
        if plain is not None:
            taken += 1
            assert plain == known, body
    assert taken > BODIES // 20


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"symbol":"BTC/USD","symbol":"BTC/USD","side":"buy","type":"market","quantity":"1"}',
        b'{"symbol":"BTC/USD","side":"buy","type":"market","quantity":"1","quantity":"2"}',
        b'{"symbol":"BTC/USD","side":"buy","type":"market","quantity":"1","price":null}',
        b'{"symbol":"BTC/USD","side":"buy","type":"limit","quantity":"1"}',
        b'{"symbol":"BTC/USD","side":"buy","type":"market","quantity":"1","postOnly":true}',
        b'{"symbol":"BTC/USD","side":"buy","type":"limit","quantity":"1","price":"1","postOnly":true,"timeInForce":"ioc"}',
        b'{"symbol":"\xff","side":"buy","type":"market","quantity":"1"}',
        b'{"symbol":["BTC/USD"],"side":"buy","type":"market","quantity":"1"}',
        b'{"symbol":"BTC/USD","side":{"a":1},"type":"market","quantity":"1"}',
    ],
)
def test_what_is_not_plain_is_left_to_the_models(body: bytes) -> None:
    assert plain_order("ann", parsed(body), MARKETS) is None


def test_an_order_of_no_id_needs_no_fingerprint_and_one_with_an_id_has_it() -> None:
    """What was asked under an id is held against what is asked under it again."""
    said = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": "1"}
    bare, named = plain_order("ann", said, MARKETS), plain_order("ann", {**said, "clientOrderId": "a"}, MARKETS)
    assert bare is not None
    assert named is not None
    assert (bare.fingerprint, len(named.fingerprint)) == ("", 64)


def test_an_amend_names_something() -> None:
    assert plain_amend("ann", "o-1", {}) is None
    assert isinstance(plain_amend("ann", "o-1", {"price": "1.0"}), AmendOrder)
