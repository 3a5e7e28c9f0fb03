"""A review in words: what it does, what it costs, and what a careful friend would say."""

from decimal import Decimal
from typing import Any

import pytest

from tests.tradeterm.tui.desks import LABEL, FakeDesk, order, position
from tradeterm.protocol.market import VenueStatus
from tradeterm.protocol.orders import OrderRequest, StopLoss
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.drawing.words.review import review_lines, verb
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.sendable import Close

D = Decimal


def request(side: Side, quantity: str, price: str | None = None, **more: Any) -> OrderRequest:
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    body = {"symbol": "BTC/USD", "side": side, "type": kind, "quantity": quantity, **more}
    return OrderRequest.model_validate(body if price is None else {**body, "price": price})


def words(desk: FakeDesk, thing: OrderRequest | Close) -> str:
    lines = review_lines(thing, Trading(desk, desk.clock.clocks()), LABEL)
    return "\n".join("".join(part.text for part in line) for line in lines)


def test_a_market_order_is_a_full_sentence_with_its_cost_at_the_touch() -> None:
    """0.1 at the ask of 45,013: cost, taker's fee, leverage, account."""
    text = words(FakeDesk(), request(Side.BUY, "0.1"))
    for part in ("BUY MARKET  0.1 BTC/USD", "opens LONG 0.1", "Cost 4,501.30 Fee ≈ 11.70", "0.04x", "Account local"):
        assert part in text
    assert "!" not in text


@pytest.mark.parametrize(
    ("venue", "said"),
    [
        (VenueStatus(venue="paper", mode="paper", market_reach_pct=D("0.5")), "market, stops 0.5 % past the touch\n"),
        (VenueStatus(venue="paper", mode="paper"), "market, as far as the book goes\n"),
        (None, "market\n"),
    ],
)
def test_where_a_market_order_stops_is_said_as_the_venue_says_it(venue: VenueStatus | None, said: str) -> None:
    """And not before it has said so."""
    assert f"\n{said}" in words(FakeDesk(exchange=venue), request(Side.BUY, "0.1"))


@pytest.mark.parametrize(
    ("price", "stop", "is_past"),
    [("45020", "45013", True), ("45020", "45012", False), ("45013", "45010", False), ("45000", "44990", False)],
)
def test_a_limit_that_fills_past_its_own_stop_is_warned_of(price: str, stop: str, is_past: bool) -> None:
    """It buys at 45,013 or better, where its stop has been passed; the server takes such an order."""
    said = words(FakeDesk(), request(Side.BUY, "0.1", price, stop_loss=StopLoss(stop_price=D(stop))))
    assert ("! it fills past its own stop: out again at once" in said) is is_past


def test_a_resting_limit_pays_the_makers_fee_and_says_how_far_it_is() -> None:
    """One that crosses pays the taker's."""
    resting = words(FakeDesk(), request(Side.BUY, "0.1", "45000", post_only=True))
    assert "@ 45,000.00  GTC  post-only" in resting
    assert "Fee ≈ 4.50" in resting
    assert "25 ticks below bid" in resting
    crossing = words(FakeDesk(), request(Side.BUY, "0.1", "45020"))
    assert "Fee ≈ 11.70" in crossing
    assert "! crosses the spread by 14 ticks: it trades at once" in crossing


@pytest.mark.parametrize(
    ("side", "quantity", "leverage"),
    [(Side.BUY, "0.5", "0.45x"), (Side.SELL, "0.25", "0.11x"), (Side.SELL, "0.5", "0.00x"), (Side.SELL, "1", "0.22x")],
)
def test_leverage_is_that_of_the_position_after_the_order(side: Side, quantity: str, leverage: str) -> None:
    """Adding raises it, reducing lowers it, a flip counts what is left."""
    assert f"lev {leverage}" in words(FakeDesk(held=[position()]), request(side, quantity))


def test_a_size_that_is_large_for_the_account_is_warned_about() -> None:
    """In percent of equity, and by its leverage."""
    text = words(FakeDesk(), request(Side.BUY, "10"))
    assert "! leverage 4.50x is above 2x" in text
    assert "! size is 450% of equity" in text
    assert "! more than max, which is 2.09655 BTC" in text


def test_exits_of_an_order_that_only_closes_are_called_vain() -> None:
    """They are made of what it opens: money that they would make is no figure of this order's."""
    more: dict[str, Any] = {"stopLoss": {"stopPrice": "47000"}, "takeProfit": {"price": "44000"}}
    closing = words(FakeDesk(held=[position()]), request(Side.SELL, "0.2", **more))
    assert "! it only closes: no stop and no target comes of it" in closing
    assert "Target" not in closing
    assert "Target 44,000.00" in words(FakeDesk(held=[position()]), request(Side.SELL, "1", **more))


def test_without_a_price_no_cost_is_made_up() -> None:
    """It says that it is not known."""
    desk = FakeDesk()
    desk.tickers.clear()
    desk.depths.clear()
    text = words(desk, request(Side.BUY, "1"))
    assert "Cost not known: no price yet" in text
    assert "No market data yet" in text


def test_the_verb_is_what_y_does() -> None:
    """Send with its side, or close."""
    assert verb(request(Side.SELL, "1")) == "SEND SELL"
    assert verb(Close("BTC/USD", "0" * 32)) == "CLOSE"


@pytest.mark.parametrize(
    ("tif", "limit", "said"),
    [
        ("ioc", "45013.0", "! only 7.877 is there now: the rest expires"),
        ("ioc", "45012.5", "! nothing is there now: all of it expires"),
        ("fok", "45013.0", "! nothing is there now: all of it expires"),
    ],
    ids=["a part", "nobody", "all or nothing"],
)
def test_what_expires_at_once_is_said_before_it_is_sent(tif: str, limit: str, said: str) -> None:
    """Buy 9 where the best ask has 7.877."""
    body = {"symbol": "BTC/USD", "side": Side.BUY, "type": OrderType.LIMIT, "quantity": "9", "price": limit}
    text = words(FakeDesk(), OrderRequest.model_validate({**body, "time_in_force": tif}))
    assert said in text
    assert "not known" not in text
    assert "expires" not in words(FakeDesk(), OrderRequest.model_validate({**body, "time_in_force": "gtc"}))


def test_what_only_closes_has_a_value_and_no_cost() -> None:
    """A flip costs what it opens."""
    desk = FakeDesk(held=[position()])
    assert "Value 11,253.13" in words(desk, request(Side.SELL, "0.25"))
    assert "Cost" in words(desk, request(Side.SELL, "0.75"))


@pytest.mark.parametrize(
    ("side", "kind", "trigger", "is_past"),
    [
        (Side.BUY, OrderType.STOP, "45012.5", True),
        (Side.BUY, OrderType.STOP, "45013.0", False),
        (Side.SELL, OrderType.STOP, "45013.0", True),
        (Side.SELL, OrderType.TAKE_PROFIT, "45012.5", True),
        (Side.SELL, OrderType.TAKE_PROFIT, "45013.0", False),
    ],
)
def test_a_trigger_that_the_market_has_passed_is_said(side: Side, kind: OrderType, trigger: str, is_past: bool) -> None:
    """The market moves while a review stands open; the server refuses what would fire at once."""
    said = " ".join(words(FakeDesk(), request(side, "0.1", type=kind, stop_price=D(trigger))).split())
    assert ("the last price, 45,012.50, is past its trigger: it would be refused" in said) is is_past


@pytest.mark.parametrize(
    ("covered", "said"),
    [
        ("0.5", "stops that work leave it nothing to close: it would be refused"),
        ("0.4", "stops that work leave it 0.1 to close: it is cut to 0.1"),
        ("0.3", ""),
    ],
)
def test_an_exit_beside_others_says_what_is_left_for_it(covered: str, said: str) -> None:
    """Stops count against stops: a target takes nothing from them."""
    stop = order(8, Side.SELL, covered, "44000").model_copy(
        update={"reduce_only": True, "type": OrderType.STOP, "price": None, "stop_price": D(44_000)}
    )
    target = order(9, Side.SELL, "0.5", "47000").model_copy(update={"reduce_only": True})
    desk = FakeDesk(held=[position()], orders=[stop, target])
    exit_ = request(Side.SELL, "0.2", type=OrderType.STOP, stop_price=D(44_100), reduce_only=True)
    text = " ".join(words(desk, exit_).split())
    assert said in text
    assert ("that work" in text) is bool(said)
    resting = request(Side.SELL, "0.2", "48000", reduce_only=True)
    assert "targets that work leave it nothing to close" in " ".join(words(desk, resting).split())
    assert "that work" not in words(desk, request(Side.SELL, "0.2", "45012.5", reduce_only=True))
