"""The paper venue keeps the venue contract; beside it, what is its own."""

from collections.abc import Callable
from decimal import Decimal, localcontext

from server.domain.markets import Market
from server.ports import FillReport, PrintReport, Venue
from server.venues.paper import PaperVenue
from tests.builders import market
from tests.contracts.venue.suite import BUY, SELL, SYMBOL, VenueContract, place
from tradeterm.protocol.arithmetic import MONEY


class TestPaperVenue(VenueContract):
    """The contract suite, on the paper venue."""

    def make(self) -> Callable[[dict[str, Market]], Venue]:
        return PaperVenue


def test_trade_numbers_go_on_from_the_last_one() -> None:
    """A restarted venue does not use a number twice."""
    venue = PaperVenue({SYMBOL: market()}, "41")
    with localcontext(MONEY):
        list(venue.execute(place("s", SELL, "1", "100")))
        (printed,) = [one for one in venue.execute(place("b", BUY, "1", "100")) if type(one) is PrintReport]
    assert printed.venue_trade_id == "42"


def test_markets_do_not_mix() -> None:
    """An order meets its own market's book alone."""
    venue = PaperVenue({SYMBOL: market(), "ETH/USD": market("ETH/USD")})
    with localcontext(MONEY):
        list(venue.execute(place("s", SELL, "1", "100")))
        other = place("b", BUY, "1", "100", account="ann")
        other.symbol = "ETH/USD"
        assert not [one for one in venue.execute(other) if type(one) is FillReport]
    assert venue.best_ask(SYMBOL) == 100
    assert venue.best_bid("ETH/USD") == Decimal(100)


def test_it_knows_what_users_took_out_of_the_flow() -> None:
    """Bought of it less sold to it, as maker or taker; what users or the flow do among themselves counts nothing."""
    venue = PaperVenue({SYMBOL: market()})
    steps = [
        ("", "ann", SELL, 3),
        ("ann", "bob", SELL, 3),
        ("bob", "", SELL, 1),
        ("", "bob", BUY, 1),
        ("", "", SELL, 0),
    ]
    with localcontext(MONEY):
        for number, (first, second, side, change) in enumerate(steps):
            before = venue.users_hold(SYMBOL)
            quantity = str(change or 2)
            list(venue.execute(place(f"r{number}", side, quantity, "100", account=first)))
            list(venue.execute(place(f"t{number}", side.opposite, quantity, "100", account=second)))
            users = {("", "ann"): 3, ("ann", "bob"): 0, ("bob", ""): -1, ("", "bob"): -1, ("", ""): 0}[first, second]
            assert venue.users_hold(SYMBOL) - before == users
