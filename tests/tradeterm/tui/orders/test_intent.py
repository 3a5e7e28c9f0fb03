"""Intent without a widget: what may be asked, and the one way through a review."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import FakeDesk, account, position
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import MarketState, PositionSide, Side, TradingState
from tradeterm.tui.desk.port import DeskLink, DeskLinkState
from tradeterm.tui.orders.draft import Draft, FieldFault
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.safe_mode import REVIEW_HOLD


def trading_of(desk: FakeDesk) -> Trading:
    return Trading(desk, desk.clock.clocks())


def in_state(state: TradingState) -> FakeDesk:
    return FakeDesk(money=account().model_copy(update={"trading_state": state}), held=[position()])


def test_y_hands_out_what_was_reviewed_once_and_after_it_could_be_read() -> None:
    """And from then on the order is on its way."""
    desk = FakeDesk()
    trading = trading_of(desk)
    request = trading.review_order(Draft("BTC/USD", Side.BUY, quantity="0.5"))
    assert isinstance(request, OrderRequest)
    trading.review_shown()
    assert trading.confirm() is None
    desk.clock.advance(REVIEW_HOLD.total_seconds())
    assert trading.confirm() == request
    assert trading.confirm() is None
    assert [sent.request for sent in trading.sender.outbox] == [request]


def test_without_a_link_nothing_is_handed_out() -> None:
    """Not what was reviewed while there was one either."""
    desk = FakeDesk()
    trading = trading_of(desk)
    trading.review_order(Draft("BTC/USD", Side.BUY, quantity="0.5"))
    desk.clock.advance(REVIEW_HOLD.total_seconds())
    desk.line = DeskLink(DeskLinkState.DOWN)
    assert "no link" in str(trading.confirm())
    assert isinstance(trading.review_order(Draft("BTC/USD", Side.BUY, quantity="0.5")), FieldFault)
    assert list(trading.sender.outbox) == []


@pytest.mark.parametrize(
    ("state", "side", "word"),
    [
        (TradingState.ACTIVE, Side.BUY, None),
        (TradingState.HALTED, Side.SELL, "HALTED"),
        (TradingState.REDUCING, Side.BUY, "REDUCING: only orders that reduce a position are taken. s or f closes"),
        (TradingState.REDUCING, Side.SELL, None),
    ],
)
def test_what_the_account_takes_now(state: TradingState, side: Side, word: str | None) -> None:
    """A long is reduced by a sale; the refusal says what would be taken."""
    said = trading_of(in_state(state)).not_now("BTC/USD", side)
    assert said is None if word is None else word in str(said)


def test_a_paused_market_takes_only_cancels() -> None:
    """Whatever the account may do."""
    desk = FakeDesk()
    desk.market_list = [one.model_copy(update={"state": MarketState.PAUSED}) for one in desk.market_list]
    assert trading_of(desk).not_now("BTC/USD", Side.BUY) == "BTC/USD is paused: only cancels are taken."


def test_what_is_held_has_a_sign() -> None:
    """Shorts are below zero, nothing is zero."""
    trading = trading_of(FakeDesk(held=[position(), position("SOL/USD", PositionSide.SHORT, "3")]))
    assert [trading.held(symbol) for symbol in ("BTC/USD", "SOL/USD", "ETH/USD")] == [Decimal("0.5"), -3, 0]


def test_the_ladder_s_size_in_words() -> None:
    """A share of equity at first, a typed one after steps; nothing where no market is known."""
    trading = trading_of(FakeDesk())
    assert trading.describe_size("BTC/USD") == "B S i d I D  0.11100 (5%)"
    before = trading.describe_size("BTC/USD")
    trading.resize("BTC/USD", 1, is_preset=False)
    assert trading.describe_size("BTC/USD") != before
    assert trading.describe_size("NO/USD") == ""


def test_a_market_that_has_not_traded_yet_is_sized_by_its_quotes() -> None:
    """There are offers, and so about a price: a share of equity can be said, and is one."""
    desk = FakeDesk()
    desk.tickers["BTC/USD"] = desk.tickers["BTC/USD"].model_copy(update={"last": None})
    trading = trading_of(desk)
    assert trading.describe_size("BTC/USD") == "B S i d I D  0.11100 (5%)"
    desk.tickers["BTC/USD"] = desk.tickers["BTC/USD"].model_copy(update={"bid": None, "ask": None})
    assert "%" not in trading.describe_size("BTC/USD")
