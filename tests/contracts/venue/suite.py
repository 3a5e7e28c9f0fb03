"""What every venue that answers in the same turn must do. A test class inherits this and says how one is made."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from itertools import count

import pytest

from server.domain.markets import Market
from server.ports import (
    AcceptedReport,
    Amend,
    AmendedReport,
    AmendRejectedReport,
    Cancel,
    CancelledReport,
    CancelRejectedReport,
    ExpiredReport,
    FillReport,
    Place,
    PrintReport,
    RejectedReport,
    Report,
    Request,
    Venue,
)
from tests.builders import market
from tradeterm.protocol.arithmetic import MONEY
from tradeterm.protocol.vocabulary import Liquidity, MarketState, Reason, Side, TimeInForce

SYMBOL = "BTC/USD"
BUY, SELL = Side.BUY, Side.SELL
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK
Fill = tuple[str, str, str]  # order, quantity, price


def place(
    order_id: str,
    side: Side,
    quantity: str,
    price: str | None,
    force: TimeInForce = GTC,
    account: str = "",
    post_only: bool = False,
) -> Place:
    limit = None if price is None else Decimal(price)
    return Place(order_id, account, SYMBOL, side, Decimal(quantity), limit, force, post_only)


class Floor:
    """A venue with one market, and the reports that its requests led to."""

    def __init__(self, make: Callable[[dict[str, Market]], Venue]) -> None:
        self.market = market()
        self.venue = make({SYMBOL: self.market})
        self._drawn = count()

    def do(self, request: Request) -> list[Report]:
        with localcontext(MONEY):
            return list(self.venue.execute(request))

    def book(self, text: str) -> None:
        """Lines `side quantity @ price [account]`, resting in that order; the ids are the account (or `flow`) and a number."""
        for line in text.splitlines():
            number = next(self._drawn)
            side, quantity, _, price, *account = line.split()
            owner = account[0] if account else ""
            self.do(place(f"{owner or 'flow'}{number}", Side(side), quantity, price, account=owner))

    def shape(self) -> tuple[list[str], list[str]]:
        bids, asks = self.venue.depth(SYMBOL, 100)
        return [f"{size} @ {price}" for price, size in bids], [f"{size} @ {price}" for price, size in asks]


def fills(reports: list[Report], account: str | None = None) -> list[Fill]:
    found = [one for one in reports if type(one) is FillReport and (account is None or one.account == account)]
    return [(one.order_id, str(one.quantity), str(one.price)) for one in found]


def prints(reports: list[Report]) -> list[tuple[str, str, str]]:
    return [(str(one.quantity), str(one.price), str(one.side)) for one in reports if type(one) is PrintReport]


class VenueContract:
    """Inherit, and return a factory from `make`, or a floor that knows how the venue is spoken to."""

    def make(self) -> Callable[[dict[str, Market]], Venue]:
        raise NotImplementedError

    @pytest.fixture
    def floor(self) -> Floor:
        return Floor(self.make())

    # ------------------------------------------------------------ resting and cancelling

    def test_a_limit_that_meets_nobody_rests(self, floor: Floor) -> None:
        """It is accepted and stands in the book."""
        (report,) = floor.do(place("a", BUY, "1", "100"))
        assert isinstance(report, AcceptedReport)
        assert floor.shape() == (["1 @ 100"], [])
        assert floor.venue.best_bid(SYMBOL) == 100
        assert floor.venue.best_ask(SYMBOL) is None

    def test_a_cancelled_order_is_gone_and_cannot_be_cancelled_again(self, floor: Floor) -> None:
        """The first cancel takes it out, the second is refused and changes nothing."""
        floor.do(place("a", BUY, "1", "100"))
        assert [CancelledReport("a", Reason.USER_REQUEST)] == floor.do(Cancel("a", SYMBOL))
        assert floor.shape() == ([], [])
        (again,) = floor.do(Cancel("a", SYMBOL))
        assert isinstance(again, CancelRejectedReport)

    def test_what_was_restored_rests_in_its_order_and_matches_nobody(self, floor: Floor) -> None:
        """Orders from before a restart come back as they were, first come first served."""
        for number in ("1", "2"):
            floor.venue.restore(place(number, BUY, "1", "100", account="ann"))
        assert floor.shape() == (["2 @ 100"], [])
        assert [one[0] for one in fills(floor.do(place("s", SELL, "1", "100", IOC)), "ann")] == ["1"]

    def test_every_change_of_a_book_is_told_once(self, floor: Floor) -> None:
        """The touched symbols since the last question."""
        floor.do(place("a", BUY, "1", "100"))
        assert floor.venue.take_touched() == {SYMBOL}
        assert floor.venue.take_touched() == set()

    # ------------------------------------------------------------ matching

    def test_the_best_price_is_taken_first_then_the_oldest_order(self, floor: Floor) -> None:
        """Price, then time; each at its own price, from the book drawn here."""
        floor.book("sell 1 @ 101 ann\nsell 1 @ 100 bob\nsell 1 @ 100 ann")
        reports = floor.do(place("b", BUY, "2.5", "101", account="joe"))
        assert fills(reports, "ann") + fills(reports, "bob") == [
            ("ann2", "1", "100"),
            ("ann0", "0.5", "101"),
            ("bob1", "1", "100"),
        ]
        assert prints(reports) == [("1", "100", "buy"), ("1", "100", "buy"), ("0.5", "101", "buy")]
        assert floor.shape() == ([], ["0.5 @ 101"])

    def test_both_sides_of_a_users_trade_are_told_before_its_print(self, floor: Floor) -> None:
        """Maker and taker carry the print's own trade number, also when the other side is the flow."""
        floor.book("sell 1 @ 100")
        reports = floor.do(place("b", BUY, "1", "100", account="ann"))
        maker, taker, printed = reports[:3]
        assert isinstance(maker, FillReport)
        assert isinstance(taker, FillReport)
        assert isinstance(printed, PrintReport)
        assert (maker.account, maker.side, maker.liquidity) == ("", SELL, Liquidity.MAKER)
        assert (taker.account, taker.side, taker.liquidity) == ("ann", BUY, Liquidity.TAKER)
        assert maker.venue_trade_id == taker.venue_trade_id == printed.venue_trade_id

    def test_the_flow_trading_with_itself_is_a_print_alone(self, floor: Floor) -> None:
        """Nobody's account moved, and everybody sees the trade."""
        floor.book("sell 1 @ 100")
        reports = floor.do(place("b", BUY, "1", "100", IOC))
        assert fills(reports) == []
        assert prints(reports) == [("1", "100", "buy")]

    def test_trade_numbers_never_repeat(self, floor: Floor) -> None:
        """Each print has one of its own."""
        floor.book("sell 1 @ 100\nsell 1 @ 100\nsell 1 @ 101")
        numbers = [one.venue_trade_id for one in floor.do(place("b", BUY, "3", None, IOC)) if type(one) is PrintReport]
        assert len(set(numbers)) == 3

    def test_we_fill_by_our_place_in_the_queue(self, floor: Floor) -> None:
        """100 rests, our 50 joins behind it; sells of 80, 30 and 50 fill 0, 10 and 40."""
        floor.book("buy 100 @ 45000\nbuy 50 @ 45000 ann")
        ours = []
        for number, quantity in enumerate(("80", "30", "50")):
            reports = floor.do(place(f"s{number}", SELL, quantity, "45000", IOC))
            ours.append([quantity for _, quantity, _ in fills(reports, "ann")])
        assert ours == [[], ["10"], ["40"]]

    def test_what_stands_before_an_order_is_known_until_it_is_gone(self, floor: Floor) -> None:
        """It shrinks with what trades there; in front nothing stands, and what does not rest has no place."""
        floor.book("buy 100 @ 45000\nbuy 50 @ 45000 ann\nbuy 7 @ 45000 ann\nbuy 3 @ 44999 ann")
        places = [floor.venue.ahead(SYMBOL, order_id) for order_id in ("ann1", "ann2", "ann3", "flow0", "nobody")]
        assert [None if one is None else str(one) for one in places] == ["100", "150", "0", "0", None]
        floor.do(place("s1", SELL, "120", "45000", IOC))
        assert [floor.venue.ahead(SYMBOL, order_id) for order_id in ("ann1", "ann2", "flow0")] == [0, 30, None]

    def test_two_orders_against_one_displayed_size_take_it_once(self, floor: Floor) -> None:
        """What the first took is not there for the second."""
        floor.book("sell 1 @ 100")
        first = floor.do(place("a", BUY, "1", "100", IOC, account="ann"))
        second = floor.do(place("b", BUY, "1", "100", IOC, account="ann"))
        assert [len(fills(reports, "ann")) for reports in (first, second)] == [1, 0]

    def test_a_market_order_larger_than_the_book_walks_it_and_expires(self, floor: Floor) -> None:
        """Each level at its price; what is left is gone."""
        floor.book("sell 1 @ 100\nsell 1 @ 105")
        reports = floor.do(place("m", BUY, "3", None, IOC, account="ann"))
        assert fills(reports, "ann") == [("m", "1", "100"), ("m", "1", "105")]
        assert reports[-1] == ExpiredReport("m", Reason.NO_LIQUIDITY)
        assert floor.shape() == ([], [])

    def test_an_ioc_takes_what_is_there_and_rests_never(self, floor: Floor) -> None:
        """IOC buy 1.0 with 0.5 offered: 0.5 fills, the rest expires."""
        floor.book("sell 0.5 @ 100\nsell 5 @ 101")
        reports = floor.do(place("i", BUY, "1.0", "100", IOC, account="ann"))
        assert fills(reports, "ann") == [("i", "0.5", "100")]
        assert reports[-1] == ExpiredReport("i", Reason.IOC_REMAINDER)
        assert floor.shape() == ([], ["5 @ 101"])

    def test_a_fok_fills_whole_or_not_at_all(self, floor: Floor) -> None:
        """FOK buy 1.0 with 0.5 offered: nothing; with 1.0 offered: all."""
        floor.book("sell 0.5 @ 100")
        assert floor.do(place("f", BUY, "1.0", "100", FOK, account="ann")) == [
            ExpiredReport("f", Reason.FOK_NOT_FILLABLE)
        ]
        floor.book("sell 0.5 @ 100")
        assert len(fills(floor.do(place("g", BUY, "1.0", "100", FOK, account="ann")), "ann")) == 2

    def test_own_resting_size_is_no_liquidity_for_a_fok(self, floor: Floor) -> None:
        """What one would take from oneself does not count."""
        floor.book("sell 0.5 @ 100\nsell 0.5 @ 100 ann")
        assert fills(floor.do(place("f", BUY, "1.0", "100", FOK, account="ann"))) == []

    def test_a_post_only_that_would_cross_is_rejected(self, floor: Floor) -> None:
        """And leaves the book as it was; one tick away it rests."""
        floor.book("sell 1 @ 100")
        (refused,) = floor.do(place("p", BUY, "1", "100", account="ann", post_only=True))
        assert isinstance(refused, RejectedReport)
        assert refused.reason is Reason.POST_ONLY_WOULD_CROSS
        (rests,) = floor.do(place("q", BUY, "1", "99.5", account="ann", post_only=True))
        assert isinstance(rests, AcceptedReport)

    def test_nobody_trades_with_themselves(self, floor: Floor) -> None:
        """The older own order is cancelled before any print, and the next in the queue is met."""
        floor.book("sell 1 @ 100 ann\nsell 1 @ 100 bob")
        reports = floor.do(place("b", BUY, "1", "100", account="ann"))
        assert isinstance(reports[0], CancelledReport)
        assert (reports[0].order_id, reports[0].reason) == ("ann0", Reason.SELF_TRADE)
        assert "b" in str(reports[0].text)
        assert [one[0] for one in fills(reports)] == ["bob1", "b"]

    # ------------------------------------------------------------ amending

    def test_an_amend_to_less_keeps_the_place_in_the_queue(self, floor: Floor) -> None:
        """A smaller order is still first."""
        floor.book("sell 1 @ 100 ann\nsell 1 @ 100 bob")
        assert floor.do(Amend("ann0", SYMBOL, Decimal("0.4"), Decimal(100))) == [
            AmendedReport("ann0", Decimal("0.4"), Decimal(100))
        ]
        assert floor.shape() == ([], ["1.4 @ 100"])
        assert fills(floor.do(place("b", BUY, "0.5", "100")))[::2] == [("ann0", "0.4", "100"), ("bob1", "0.1", "100")]

    @pytest.mark.parametrize(("leaves", "price"), [("2", "100"), ("1", "99")])
    def test_an_amend_to_more_or_elsewhere_goes_to_the_back(self, floor: Floor, leaves: str, price: str) -> None:
        """A larger order, or one at another price, queues anew."""
        floor.book(f"sell 1 @ 100 ann\nsell 1 @ {price} bob")
        floor.do(Amend("ann0", SYMBOL, Decimal(leaves), Decimal(price)))
        assert fills(floor.do(place("b", BUY, "1", price)))[0][0] == "bob1"

    def test_an_amend_to_a_price_that_crosses_trades_there(self, floor: Floor) -> None:
        """Amended first, filled as taker next, and acknowledged no second time."""
        floor.book("buy 1 @ 100\nsell 2 @ 105 ann")
        reports = floor.do(Amend("ann1", SYMBOL, Decimal(2), Decimal(100)))
        assert reports[0] == AmendedReport("ann1", Decimal(2), Decimal(100))
        assert fills(reports, "ann") == [("ann1", "1", "100")]
        assert not [one for one in reports if type(one) is AcceptedReport]
        assert floor.shape() == ([], ["1 @ 100"])

    def test_an_amend_of_what_is_gone_is_refused(self, floor: Floor) -> None:
        """Nothing changes."""
        (report,) = floor.do(Amend("gone", SYMBOL, Decimal(1), Decimal(100)))
        assert isinstance(report, AmendRejectedReport)

    # ------------------------------------------------------------ market states

    def test_a_paused_market_takes_cancels_only(self, floor: Floor) -> None:
        """New orders are rejected with that reason; what rests can be taken out."""
        floor.book("buy 1 @ 100 ann")
        floor.market.state = MarketState.PAUSED
        (refused,) = floor.do(place("b", SELL, "1", "100", account="bob"))
        assert isinstance(refused, RejectedReport)
        assert refused.reason is Reason.MARKET_PAUSED
        (gone,) = floor.do(Cancel("ann0", SYMBOL))
        assert isinstance(gone, CancelledReport)
