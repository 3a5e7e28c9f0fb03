"""A body that cannot be used is refused in one sentence, in the words of the wire, without what was sent."""

import orjson
import pytest

from server.gateway.commands.bodies import BadRequest, parse
from tradeterm.protocol.orders import OrderRequest

GOOD = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "1", "price": "100"}


def refused(body: bytes) -> BadRequest:
    with pytest.raises(BadRequest) as found:
        parse(OrderRequest, body)
    return found.value


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"quantity": None}, "quantity", ()),
        ({"side": "long"}, "side", ("must be", "'buy'", "'sell'")),
        ({"type": 5}, "type", ("must be",)),
        ({"postOnly": "perhaps"}, "postOnly", ("true or false",)),
        ({"colour": "red"}, "colour", ("there is no key colour",)),
        ({"symbol": 7}, "symbol", ("symbol must be a string",)),
        ({"takeProfit": 3}, "takeProfit", ("must be a JSON object",)),
        ({"takeProfit": {"colour": 1}}, "takeProfit.", ("takeProfit.",)),
    ],
)
def test_the_key_is_named_and_the_value_is_not(changed: dict[str, object], field: str, words: tuple[str, ...]) -> None:
    """Also of a key within another."""
    error = refused(orjson.dumps(GOOD | changed))
    assert (error.field or "").startswith(field)
    assert error.code == "VALIDATION_FAILED"
    assert error.field is not None
    assert error.field in error.text
    assert all(word in error.text for word in words), error.text
    for sent in ("long", "perhaps", "red"):
        assert sent not in error.text
    assert not {"pydantic", "Input", "input"} & set(error.text.replace(":", " ").split())


@pytest.mark.parametrize("key", ["symbol", "side", "type"])
def test_a_key_that_is_not_there_is_said_to_be_missing(key: str) -> None:
    error = refused(orjson.dumps({name: value for name, value in GOOD.items() if name != key}))
    assert (error.text, error.field) == (f"{key} is missing", key)


@pytest.mark.parametrize("body", [b"", b"{", b'{"symbol":', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_told_from_what_is_wrong_in_it(body: bytes) -> None:
    assert refused(body).code == "MALFORMED"


@pytest.mark.parametrize("body", [b"[]", b"3", b'"order"', b"null"])
def test_json_that_is_no_object_is_said_to_be_none(body: bytes) -> None:
    assert "must be" in refused(body).text


def test_a_key_that_stands_twice_is_refused() -> None:
    """JSON would take the last: an order with two prices is nobody's intention. Colons elsewhere are no keys."""
    text = orjson.dumps(GOOD).decode()
    twice = refused(text.replace('"price":"100"', '"price":"100","price":"200"').encode())
    assert (twice.text, twice.field) == ("price is there twice", "price")
    within = text[:-1] + ',"stopLoss":{"stopPrice":"90","stopPrice":"80"}}'
    assert refused(within.encode()).field == "stopPrice"
    colons = parse(OrderRequest, orjson.dumps(GOOD | {"clientOrderId": "a:b:c"}))
    assert colons.client_order_id == "a:b:c"


def test_a_key_is_shown_without_what_would_steer_a_terminal() -> None:
    error = refused(orjson.dumps(GOOD | {"\x1b[2J" + "x" * 500: 1}))
    assert error.text.isprintable()
    assert len(error.text) < 100


def test_an_object_that_was_read_already_is_checked_alike() -> None:
    """As it comes over a socket; names of ours are none of the wire's."""
    assert parse(OrderRequest, GOOD) == parse(OrderRequest, orjson.dumps(GOOD))
    with pytest.raises(BadRequest, match="there is no key post_only"):
        parse(OrderRequest, GOOD | {"post_only": True})
