"""Markets over REST: their terms as the wire has them, and how much of their past may be asked for."""

from decimal import Decimal

import pytest

from server.gateway.rest.routes.markets import MAX_CANDLES, MAX_DEPTH, market_bytes
from tests.builders import market
from tests.server.gateway.rest.rig import Rig, refusal
from tradeterm.protocol.market import BOOK_LEVELS, Market
from tradeterm.protocol.vocabulary import MarketState

HERE = "/markets/BTC-USD"


def test_a_market_s_terms_are_decimals_as_people_write_them() -> None:
    """Whatever tick and fee are inside."""
    made = market(tick=Decimal("1E-8"), lot=Decimal("0.010"), min_notional=Decimal(5))
    made.state = MarketState.PAUSED
    found = Market.model_validate_json(market_bytes(made))
    assert b'"tick":"0.00000001","lot":"0.01"' in market_bytes(made)
    assert (found.min_notional, found.taker_fee, found.state) == (Decimal(5), Decimal("0.0026"), MarketState.PAUSED)


async def test_one_market_is_as_it_is_among_all(rig: Rig) -> None:
    rig.view.listed["ETH/USD"] = market("ETH/USD")
    async with await rig.signed_in() as http:
        listed = (await http.get("/markets")).json()["items"]
        assert [one["symbol"] for one in listed] == ["BTC/USD", "ETH/USD"]
        assert (await http.get("/markets/ETH-USD")).json() == listed[1]


@pytest.mark.parametrize(
    ("path", "query", "answer"),
    [
        ("/book", {}, {"depth": BOOK_LEVELS}),
        ("/book", {"depth": MAX_DEPTH}, {"depth": MAX_DEPTH}),
        ("/book", {"depth": MAX_DEPTH + 1}, None),
        ("/book", {"depth": 0}, None),
        ("/trades", {}, {"limit": 100}),
        ("/trades", {"limit": 501}, None),
        ("/candles", {}, {"interval": "1m", "limit": 500}),
        ("/candles", {"interval": "1h", "limit": MAX_CANDLES}, {"interval": "1h", "limit": MAX_CANDLES}),
        ("/candles", {"limit": MAX_CANDLES + 1}, None),
        ("/candles", {"interval": "7m"}, None),
    ],
)
async def test_as_much_is_asked_for_as_was_said_within_bounds(
    rig: Rig, path: str, query: dict[str, str], answer: dict[str, object] | None
) -> None:
    async with await rig.signed_in() as http:
        found = await http.get(HERE + path, params=query)
    if answer is None:
        assert refusal(found) == (422, "VALIDATION_FAILED")
        return
    said = found.json()
    assert answer.items() <= (said["items"][0] if "items" in said else said).items()


@pytest.mark.parametrize("path", ["", "/ticker", "/book", "/trades", "/candles"])
async def test_prices_are_for_who_is_signed_in_and_of_markets_that_there_are(rig: Rig, path: str) -> None:
    """A monitor too."""
    async with rig.client() as http:
        assert refusal(await http.get(HERE + path)) == (401, "UNAUTHENTICATED")
    async with await rig.signed_in("mona") as http:
        assert (await http.get(HERE + path)).status_code == 200
        assert refusal(await http.get(f"/markets/NO-NE{path}")) == (404, "NOT_FOUND")
