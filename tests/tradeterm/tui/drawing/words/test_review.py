"""A review in words: what it does, what it costs, and what a careful friend would say."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import LABEL, FakeDesk, order, position
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, PositionSide, Side
from tradeterm.tui.drawing.words.review import review_lines, verb
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.sendable import Close

D = Decimal


def request(side: Side, quantity: str, price: str | None = None, **more: bool) -> OrderRequest:
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


def test_closing_says_what_is_closed_and_what_is_cancelled_first() -> None:
    """A short is bought back; its resting entries go first."""
    desk = FakeDesk(held=[position(side=PositionSide.SHORT)], orders=[order(1, Side.SELL, "0.5", "46000")])
    text = words(desk, Close("BTC/USD", "0" * 32))
    assert "BUY MARKET  0.5 BTC/USD" in text
    assert "closes SHORT 0.5" in text
    assert "! cancels 1 working entry order of BTC/USD first" in text


def test_a_position_that_has_gone_meanwhile_is_flat_already() -> None:
    """The review is written anew while it is open."""
    assert "BTC/USD is flat already." in words(FakeDesk(), Close("BTC/USD", "0" * 32))


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


def test_a_close_says_what_it_will_have_made_with_its_last_fee() -> None:
    """0.5 bought at 44,765.60, sold at the bid: gross 123.45, less 58.20 so far and 58.52 now; its stop goes too."""
    told = {"type": OrderType.STOP, "reduce_only": True, "price": None, "stop_price": Decimal("44000")}
    stop = order(9, Side.SELL, "0.5", "44000").model_copy(update=told)
    text = words(FakeDesk(held=[position()], orders=[stop]), Close("BTC/USD", "0" * 32))
    assert "at ≈ 45,012.50: net +6.73" in text
    assert "Value 22,506.25" in text
    assert "cancels its stop 44,000.00" in text
