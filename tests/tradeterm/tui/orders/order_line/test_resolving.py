"""What a line makes of the market and the account: exact sizes, prices that never go past what was said, and refusals."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.desks import NOON, FakeDesk, account, position
from tradeterm.protocol.arithmetic import is_multiple
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, PositionSide, Side, TimeInForce
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.order_line.commands import OrderWords
from tradeterm.tui.orders.order_line.parsing import Parsed, parse
from tradeterm.tui.orders.order_line.resolving import Unfit, request_of

D = Decimal
BTC = "BTC/USD"  # bid 45,012.5, ask 45,013, tick 0.5, lot 0.00001


def trading(**account_changes: object) -> Trading:
    money = account().model_copy(update={"equity": D(100_000), "available": D(100_000), **account_changes})
    desk = FakeDesk(money=money, held=[position(quantity="0.5"), position("SOL/USD", PositionSide.SHORT, "3")])
    return Trading(desk, desk.clock.clocks())


def made(line: str, on: Trading | None = None) -> OrderRequest:
    parsed = parse(line)
    assert isinstance(parsed, Parsed), parsed
    assert isinstance(parsed.command, OrderWords)
    return request_of(parsed.command, on or trading(), BTC)


@pytest.mark.parametrize(
    ("line", "quantity"),
    [
        ("buy 0.5", "0.5"),
        ("buy 0.123456789", "0.12345"),
        ("buy 1.5k ada", "1500"),
        ("buy 500usd", "0.0111"),
        ("sell 25%p", "0.125"),
        ("sell max", "0.5"),
        ("buy 50%bp @ 45000", "1.10822"),
        ("buy 1%risk @ 45000 stop 44000", "0.81208"),
        ("sell 1%risk @ 45000 stop 46000", "0.80866"),
        ("buy 100%p sol", "3"),
    ],
)
def test_sizes_are_cut_to_the_lot_and_include_what_they_cost(line: str, quantity: str) -> None:
    """%risk includes both fees: on 100,000, 45,000 to 44,000 at 0.26 % is 0.81208."""
    assert made(line).quantity == D(quantity)


def test_a_share_of_buying_power_stays_within_the_limit_on_one_order() -> None:
    """The server would refuse it otherwise."""
    on = trading(available=D(1_000_000), limits={"orderNotionalPct": "50"})
    assert made("buy max eth @ 2000", on).quantity == D(25)


@pytest.mark.parametrize("size", ["max", "100%bp"])
def test_the_most_at_the_market_is_what_the_ticket_makes_it(size: str) -> None:
    """Money is set aside for a market order at the furthest price that it may pay: more than this would be refused."""
    on = trading(available=D(90_000), limits={"leverage": "2"})
    quantity = made(f"buy {size} eth", on).quantity
    ticker, lot = on.desk.ticker("ETH/USD"), on.desk.markets()["ETH/USD"].lot
    assert ticker is not None
    assert ticker.ask is not None
    binds = ticker.ask * D("1.01") * (D("0.5") + D("0.0026"))  # half of the value, and the fee
    assert quantity * binds <= 90_000 < (quantity + lot) * binds


@pytest.mark.parametrize(
    ("line", "price"),
    [
        ("buy 1 @ 45000.5", "45000.5"),
        ("buy 1 @ bid", "45012.5"),
        ("buy 1 @ bid -2t", "45011.5"),
        ("sell 1 @ ask+5", "45018"),
        ("buy 1 @ mid", "45012.5"),
        ("sell 1 @ mid", "45013"),
        ("buy 1 @ last -0.1%", "44967"),
        ("sell 1 @ last +0.1%", "45058"),
    ],
)
def test_prices_are_counted_from_quotes(line: str, price: str) -> None:
    """A buy is rounded down to the tick, a sell up."""
    request = made(line)
    assert (request.type, request.price, request.time_in_force) == (OrderType.LIMIT, D(price), TimeInForce.GTC)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("buy 1 when 46000", OrderType.STOP),
        ("buy 1 when 44000", OrderType.TAKE_PROFIT),
        ("sell 1 when 44000", OrderType.STOP),
        ("sell 1 when 46000 @ 45990", OrderType.TAKE_PROFIT_LIMIT),
        ("buy 1 when 46000 @ 46010", OrderType.STOP_LIMIT),
        ("sell 0.5 trail -2% reduce", OrderType.TRAILING_STOP),
        ("sell 0.5", OrderType.MARKET),
    ],
)
def test_what_wakes_is_named_by_the_side_of_the_market(line: str, kind: OrderType) -> None:
    """A stop where the price comes from behind, else a take-profit."""
    assert made(line).type is kind


@pytest.mark.parametrize(
    ("line", "kind", "at"),
    [
        ("buy 1 when last+50t", OrderType.STOP, "45037.5"),
        ("buy 1 when last +0.01%", OrderType.STOP, "45017.5"),
        ("sell 1 when last-0.01%", OrderType.STOP, "45007.5"),
        ("buy 1 when bid-0.01%", OrderType.TAKE_PROFIT, "45007.5"),
        ("sell 1 when ask+0.3 @ bid", OrderType.TAKE_PROFIT_LIMIT, "45013.5"),
    ],
)
def test_what_wakes_may_be_counted_from_a_quote(line: str, kind: OrderType, at: str) -> None:
    """It wakes no sooner than was said: the tick is the one further from the market."""
    request = made(line)
    assert (request.type, request.stop_price) == (kind, D(at))


def test_exits_flags_and_time_go_with_the_order() -> None:
    """Each as the server names it."""
    request = made("buy 0.5 @ 45000 stop -2% tp 2r post until 18:00")
    assert request.stop_loss is not None
    assert request.take_profit is not None
    assert (request.stop_loss.stop_price, request.take_profit.price) == (D(44100), D(46800))
    assert (request.post_only, request.time_in_force) == (True, TimeInForce.GTD)
    assert request.expire_at == NOON.replace(hour=18, minute=0, second=0)
    assert made("buy 1 @ 45000 until 12:00").expire_at == NOON.replace(minute=0, second=0) + timedelta(days=1)
    assert made("sell 0.5 trail -10t reduce").trail_amount == D(5)


@pytest.mark.parametrize(
    ("line", "part", "word"),
    [
        ("buy 1 nope", "symbol", "no market"),
        ("buy 1 @ 45000.3", "price", "45,000.00 or 45,000.50"),
        ("buy 1 @ 45000 stop 46000", "stop", "below"),
        ("sell 1 @ 45000 stop 44000", "stop", "above"),
        ("buy 1 @ 45000 tp 44000", "target", "above"),
        ("sell 1 @ 45000 tp 46000", "target", "below"),
        ("buy 1 stop 45100", "stop", "below"),
        ("buy 0.000001", "size", "smallest"),
        ("buy 25%p eth", "size", "no position"),
        ("buy 1%risk", "size", "needs a stop"),
        ("buy 1 when 45012.5", "when", "last price"),
        ("buy 1 when last", "when", "last price"),
        ("sell 1 when last-99999", "when", "below zero"),
        ("buy 1 @ bid -99999", "price", "below zero"),
    ],
)
def test_what_the_market_or_the_account_says_names_its_words(line: str, part: str, word: str) -> None:
    """Levels on the wrong side are errors, not warnings."""
    with pytest.raises(Unfit) as refused:
        made(line)
    assert refused.value.part == part
    assert word in refused.value.text


def test_a_base_that_two_markets_share_is_asked_for() -> None:
    """Nothing is guessed."""
    on = trading()
    assert isinstance(on.desk, FakeDesk)
    on.desk.market_list.append(on.desk.market_list[0].model_copy(update={"symbol": "BTC/EUR", "quote": "EUR"}))
    with pytest.raises(Unfit, match=r"BTC/USD, BTC/EUR"):
        made("buy 1 btc", on)
    assert made("buy 1 btc/usd", on).symbol == BTC


# ---------------------------------------------------------------- rounding never crosses what was said

SIDES = st.sampled_from(["buy", "sell"])
FAR = st.decimals("0.01", "20", places=2)
COUNTS = st.decimals("0.001", "99999", places=3)


@given(SIDES, st.sampled_from(["bid", "ask", "mid", "last"]), st.sampled_from("+-"), FAR, st.sampled_from(["", "%"]))
def test_a_price_from_a_quote_is_never_worse_than_said(
    side: str, anchor: str, sign: str, far: Decimal, unit: str
) -> None:
    """A buy pays no more, a sell gets no less, and it is on the tick, not a whole tick away."""
    request = made(f"{side} 0.01 @ {anchor}{sign}{far}{unit}")
    quote = {"bid": D("45012.5"), "ask": D(45013), "mid": D("45012.75"), "last": D("45012.5")}[anchor]
    away = quote * far / 100 if unit else far
    exact = quote + (away if sign == "+" else -away)
    assert request.price is not None
    better = (exact - request.price) * Side(side).sign
    assert 0 <= better < D("0.5")
    assert is_multiple(request.price, D("0.5"))


@given(SIDES, COUNTS)
def test_a_worth_is_never_passed(side: str, worth: Decimal) -> None:
    """Lots that cost more than was said are not bought; one more would."""
    try:
        request = made(f"{side} {worth}usd")
    except Unfit:
        return
    price = D(45013) if side == "buy" else D("45012.5")
    assert request.quantity * price <= worth < (request.quantity + D("0.00001")) * price


@given(SIDES, st.decimals("0.01", "5", places=2), st.decimals("0.05", "20", places=2))
def test_a_risk_is_never_passed(side: str, share: Decimal, far: Decimal) -> None:
    """What the stop would cost, both fees in it, is within the share of equity."""
    sign = "-" if side == "buy" else "+"
    try:
        request = made(f"{side} {share}%risk @ 45000 stop {sign}{far}%")
    except Unfit:
        return
    assert request.stop_loss is not None
    stop = request.stop_loss.stop_price
    lost = abs(45000 - stop) + D("0.0026") * (45000 + stop)
    assert request.quantity * lost <= share * 1000
    said = 45000 * far / 100
    assert abs(45000 - stop) <= said
