"""What five exchanges have answered and told, through unmodified ccxt and the adapter's own reading: what is concluded is
what it means."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from server.venues.exchange.ccxt.loading import market_from
from server.venues.exchange.seen import SeenOrder, SeenTrade
from server.venues.submit_outcome import Verdict, outcome_of_answer
from tests.exchange.recorded import binance, bybit, coinbase, kraken, okx
from tests.exchange.recorded.form import Order, Recorded, Trade, number
from tests.exchange.recorded_client import RecordedClient
from tests.exchange.test_other_exchanges import ANSWERS
from tradeterm.protocol.vocabulary import Liquidity, Side

EXCHANGES = {one.RECORDED.name: one.RECORDED for one in (binance, kraken, coinbase, okx, bybit)}
SIZE_HIDDEN = ("coinbase",)  # whose stream says of an order's size only what has filled of it


@pytest.fixture(params=EXCHANGES)
async def client(request: pytest.FixtureRequest) -> RecordedClient:
    made = RecordedClient(EXCHANGES[request.param])
    await made.load()
    return made


def _is(seen: SeenOrder | None, wanted: Order, one: Recorded) -> None:
    assert seen is not None, wanted.what
    found = (seen.ending, seen.filled, seen.quantity, seen.price, seen.why, seen.client_id)
    meant = (wanted.ending, Decimal(wanted.filled), number(wanted.quantity), number(wanted.price), wanted.why)
    assert found == (*meant, wanted.client_id), wanted.what
    assert (seen.venue_order_id, seen.symbol, seen.side) == (one.order_id, one.symbol, Side.BUY), wanted.what


def _is_trade(trades: list[SeenTrade], wanted: Trade, one: Recorded) -> None:
    (seen,) = trades
    found = (seen.trade_id, seen.quantity, seen.price, seen.side, seen.liquidity, seen.fee, seen.fee_currency)
    size = (Decimal(wanted.quantity), Decimal(wanted.price), Side(wanted.side), Liquidity(wanted.liquidity))
    assert found == (wanted.trade_id, *size, number(wanted.fee), wanted.fee_currency), wanted.what
    assert (seen.venue_order_id, seen.symbol) == (one.order_id, one.symbol), wanted.what


async def test_a_markets_terms_are_the_exchanges(client: RecordedClient) -> None:
    """Tick, lot, least size and value, fees: exactly, and spot alone."""
    one = client.recorded
    assert [market["symbol"] for market in client.client.markets.values()] == [one.symbol]
    market = market_from(client.client.markets[one.symbol], one.quote)
    assert market is not None
    terms = one.terms
    assert (market.tick, market.lot) == (Decimal(terms.tick), Decimal(terms.lot))
    assert (market.min_quantity, market.min_notional) == (Decimal(terms.min_quantity), Decimal(terms.min_notional))
    assert (market.maker_fee, market.taker_fee) == (Decimal(terms.maker_fee), Decimal(terms.taker_fee))


async def test_an_answer_to_a_submit_is_an_acknowledgement_and_no_more(client: RecordedClient) -> None:
    """Four of five say no status with it, which is no end."""
    client.answers[""] = client.recorded.created
    raw = await client.client.create_order(client.recorded.symbol, "limit", "buy", "1", "100", {})
    outcome = outcome_of_answer(raw)
    assert (outcome.verdict, outcome.venue_order_id) == (Verdict.ACK, client.recorded.order_id)
    seen, trades = client.exchange.read(raw)
    assert trades == []
    assert seen is None or (seen.ending is None and not seen.filled)


async def test_an_order_that_is_looked_up_is_read_as_it_is_meant(client: RecordedClient) -> None:
    """Its state, what has filled, our id, and why it ended."""
    for wanted in client.recorded.orders:
        _is(await client.find(wanted.raw), wanted, client.recorded)


async def test_trades_that_are_looked_up_say_what_was_paid(client: RecordedClient) -> None:
    """Of that order alone, and no more of them asked for at once than the exchange answers."""
    for wanted in client.recorded.trades:
        _is_trade(await client.trades(wanted.raw), wanted, client.recorded)
    assert client.recorded.order_id in " ".join(client.requests)


async def test_balances_are_all_that_is_held(client: RecordedClient) -> None:
    """Bound by orders or not, exactly; nothing of what there is none of."""
    client.answers[client.recorded.balance_route] = client.recorded.balance
    assert await client.exchange.balances() == {name: Decimal(held) for name, held in client.recorded.holds.items()}


async def test_what_the_stream_tells_means_what_a_look_up_shows(client: RecordedClient) -> None:
    """Orders, executions with the same number and fee, and frames that do not say what they are about."""
    one = client.recorded
    for order in one.streamed_orders:
        heard = await client.hear(order.raw)
        (seen,) = heard.orders
        if one.name in SIZE_HIDDEN:  # nobody takes an order in by it: it is asked for
            assert (seen.ending, seen.filled, seen.client_id) == (order.ending, Decimal(order.filled), order.client_id)
        else:
            _is(seen, order, one)
    for trade in one.streamed_trades:
        _is_trade((await client.hear(trade.raw)).trades, trade, one)
    for frame in one.untold:
        heard = await client.hear(frame)
        assert (heard.orders, heard.touched) == ([], [one.order_id])


def _names() -> Iterator[str]:
    return (name for name, *_ in ANSWERS)


def test_every_exchange_has_its_answers_and_its_refusals() -> None:
    """None is left out of either table."""
    assert {*EXCHANGES} - {*_names()} == {"binance"}  # whose refusals are tried against a loopback exchange
