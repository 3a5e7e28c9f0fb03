"""The markets that are listed, and that their terms fit each other: an order at the smallest size can be placed at all."""

from decimal import Decimal

from server.marketdata.markets import MIN_NOTIONAL, default_markets, market_of

MARKETS = default_markets(Decimal("0.0016"), Decimal("0.0026"))


def test_symbols_are_named_once_and_the_console_s_first_is_bitcoin() -> None:
    symbols = [market.symbol for market in MARKETS]
    assert len(set(symbols)) == len(symbols) == 12
    assert symbols[0] == "BTC/USD"
    assert {market.quote for market in MARKETS} == {"USD"}
    assert [f"{market.base}/{market.quote}" for market in MARKETS] == symbols


def test_every_start_price_and_smallest_size_is_on_its_grid() -> None:
    """Else nothing could trade there, or a first quote would be refused."""
    for market in MARKETS:
        assert market.start_price is not None
        assert market.start_price % market.tick == 0, market.symbol
        assert market.min_quantity % market.lot == 0, market.symbol
        assert market.start_price * market.min_quantity >= MIN_NOTIONAL, market.symbol


def test_decimals_show_every_tick() -> None:
    """A price that is shown is the price that is meant."""
    for market in MARKETS:
        shown = Decimal(1).scaleb(-market.price_decimals)
        assert market.tick % shown == 0, market.symbol


def test_fees_are_those_that_were_set() -> None:
    assert {(market.maker_fee, market.taker_fee) for market in MARKETS} == {(Decimal("0.0016"), Decimal("0.0026"))}


def test_decimals_that_nobody_named_are_the_tick_s() -> None:
    tick, one = Decimal("0.0025"), Decimal(1)
    assert market_of("A/B", tick, one, one, one, one, None, one, one).price_decimals == 4
    assert market_of("A/B", tick, one, one, one, one, 6, one, one).price_decimals == 6
