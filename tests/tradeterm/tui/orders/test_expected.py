"""What an order is expected to cost: the walk, who pays which fee, and what its exits make."""

from dataclasses import replace
from decimal import Decimal

from tests.tradeterm.tui.desks import FakeDesk, position
from tradeterm.protocol.arithmetic import divide
from tradeterm.protocol.market import VenueStatus
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.orders.expected import Expected, crossed_ticks, exit_outcome, expected, means_of
from tradeterm.tui.orders.typed_size import buying_power

D = Decimal


def reckoned(desk: FakeDesk, side: Side = Side.BUY, quantity: str = "1", **more: str | bool) -> Expected | None:
    kind = more.pop("type", OrderType.LIMIT if "price" in more else OrderType.MARKET)
    request = OrderRequest.model_validate(
        {"symbol": "BTC/USD", "side": side, "type": kind, "quantity": quantity, **more}
    )
    return expected(desk, desk.markets()["BTC/USD"], request)


def test_a_market_order_walks_the_levels_and_pays_the_taker_s_fee() -> None:
    """8 BTC: 7.877 at 45,013 and 0.123 a tick above."""
    found = reckoned(FakeDesk(), quantity="8")
    assert found is not None
    assert found.value == D("7.877") * 45_013 + D("0.123") * D("45013.5")
    assert found.fee == found.value * D("0.0026")
    assert (found.walk.slippage, found.walk.levels, found.beyond) == (D("0.0615"), 2, D(0))


def test_a_limit_that_crosses_in_part_pays_both_fees() -> None:
    """What is taken the taker's, what rests the maker's."""
    found = reckoned(FakeDesk(), quantity="8", price="45013")
    assert found is not None
    assert found.value == 8 * D(45_013)
    assert found.fee == D("7.877") * 45_013 * D("0.0026") + D("0.123") * 45_013 * D("0.001")


def test_what_may_not_rest_counts_what_it_takes() -> None:
    """An ioc beyond the level is gone, post-only takes nothing, and a stop trades at its trigger."""
    desk = FakeDesk()
    taking = reckoned(desk, quantity="8", price="45013", timeInForce="ioc")
    assert taking is not None
    assert taking.quantity == D("7.877")
    resting = reckoned(desk, quantity="8", price="45013", postOnly=True)
    assert resting is not None
    assert resting.fee == 8 * D(45_013) * D("0.001")
    waiting = reckoned(desk, type="stop", stopPrice="46000")
    assert waiting is not None
    assert (waiting.average, waiting.fee) == (D(46_000), 46_000 * D("0.0026"))


def test_more_than_the_known_book_gives_is_said() -> None:
    """It is reckoned at the last price there is, and how much that is is known."""
    found = reckoned(FakeDesk(), quantity="1000")
    assert found is not None
    assert 0 < found.beyond < 1000


def test_without_a_book_the_touch_speaks_and_without_a_price_nobody() -> None:
    """No cost is made up."""
    desk = FakeDesk()
    desk.depths.clear()
    found = reckoned(desk)
    assert found is not None
    assert found.average == 45_013
    desk.tickers.clear()
    assert reckoned(desk) is None


def test_an_exit_makes_what_is_between_the_prices_less_both_fees() -> None:
    """1 BTC from 45,013 to 44,000."""
    found = reckoned(FakeDesk())
    assert found is not None
    lost = exit_outcome(found, Side.BUY, D(44_000), D("0.0026"))
    assert lost == D(-1013) - D("0.0026") * (45_013 + 44_000)


def test_means_are_those_of_the_draft_s_side_and_type() -> None:
    """A bought market order sets money aside 1 % above the touch."""
    desk = FakeDesk(held=[position()])
    found = means_of(desk, Draft("BTC/USD", Side.BUY), desk.markets()["BTC/USD"])
    assert (found.held, found.entry, found.ceiling) == (D("0.5"), D(45_013), 45_013 * D("1.01"))
    desk.exchange = VenueStatus(venue="paper", mode="paper")  # it has no such bound
    unbound = means_of(desk, Draft("BTC/USD", Side.BUY), desk.markets()["BTC/USD"])
    assert (unbound.last, unbound.ceiling) == (None, desk.depths["BTC/USD"].asks[-1][0])
    limit = Draft("BTC/USD", Side.SELL, OrderType.LIMIT, price="45020")
    assert means_of(desk, limit, desk.markets()["BTC/USD"]).ceiling == 45_020
    assert means_of(desk, replace(limit, price=""), desk.markets()["BTC/USD"]).entry is None


def test_an_account_without_leverage_of_its_own_has_the_venue_s() -> None:
    """Its own comes first; a server that does not say is taken to lend nothing."""
    desk, limit = FakeDesk(), Draft("BTC/USD", Side.BUY, OrderType.LIMIT, price="45000")
    assert desk.money is not None

    def carried() -> Decimal:
        means = means_of(desk, limit, desk.markets()["BTC/USD"])
        assert means.account is not None
        return buying_power(means.account, means)

    share = desk.money.available
    assert carried() == divide(share, 1 + D("0.0026"))
    desk.exchange = VenueStatus(venue="paper", mode="paper", leverage=D(5))
    assert carried() == divide(share, D("0.2") + D("0.0026"))
    desk.money = desk.money.model_copy(update={"limits": {"leverage": "2"}})
    assert carried() == divide(share, D("0.5") + D("0.0026"))


def test_a_limit_is_measured_past_the_other_side() -> None:
    """Below zero where it rests."""
    desk = FakeDesk()
    btc = desk.markets()["BTC/USD"]
    assert crossed_ticks(Side.BUY, D(45_020), desk.ticker("BTC/USD"), btc) == 14
    assert crossed_ticks(Side.SELL, D(45_020), desk.ticker("BTC/USD"), btc) < 0
