"""How orders meet on the paper venue: whose turn it is, what keeps two apart, and what is left."""

from decimal import Decimal

import pytest

from server.ports import AcceptedReport, AmendedReport, CancelledReport, ExpiredReport, FillReport, Place, PrintReport
from server.venues.paper_books import PaperBooks
from server.venues.paper_matching import PaperMatching
from tests.builders import market
from tradeterm.protocol.vocabulary import MarketState, Reason, SelfTrade, Side, TimeInForce

SYMBOL = "BTC/USD"
GTC, IOC, FOK = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK


class Pit:
    """Books of one market and the matching on them; nobody holds anything."""

    def __init__(self, refuses: bool = False) -> None:
        self.market = market(SYMBOL)
        self.books = PaperBooks({SYMBOL: self.market}, 0, lambda account, symbol, fills: Decimal(0))
        self.matching = PaperMatching(self.books, lambda: refuses)

    def match(self, *terms: object, how: TimeInForce = GTC, **more: object) -> list[object]:
        placed = order(*terms, how=how, **more)
        return list(self.matching.fill_or_kill(placed) if how is FOK else self.matching.match(placed))


def order(*terms: object, how: TimeInForce = GTC, **more: object) -> Place:
    name, account, side, quantity, price = map(str, terms)
    limit = None if price == "market" else Decimal(price)
    return Place(name, account, SYMBOL, Side(side), Decimal(quantity), limit, how, **more)  # type: ignore[arg-type]


def kinds(reports: list[object]) -> list[type]:
    return [type(one) for one in reports]


def test_price_comes_first_then_time() -> None:
    """Makers are told before takers, fills before their print, and what is left rests behind everybody."""
    pit = Pit()
    for name, price in (("late", "101"), ("first", "100"), ("second", "100")):
        pit.match(name, "bob", "sell", "1", price)
    reports = pit.match("a", "ann", "buy", "4", "100.5")
    assert [one.order_id for one in reports if isinstance(one, FillReport)] == ["first", "a", "second", "a"]
    assert kinds(reports) == [*[FillReport, FillReport, PrintReport] * 2, AcceptedReport]
    assert pit.books.by_symbol[SYMBOL].best_bid() == Decimal("100.5")


def test_what_nobody_takes_of_an_order_that_may_not_rest_expires() -> None:
    """For want of anybody, or because only so much was wanted."""
    pit = Pit()
    assert pit.match("a", "ann", "buy", "1", "market", how=IOC) == [ExpiredReport("a", Reason.NO_LIQUIDITY)]
    assert pit.match("b", "ann", "buy", "1", "100", how=IOC) == [ExpiredReport("b", Reason.IOC_REMAINDER)]


def test_all_or_nothing_prints_after_all_of_its_fills() -> None:
    """So that what a print sets off takes nothing away that was counted on."""
    pit = Pit()
    for name in "xy":
        pit.match(name, "bob", "sell", "1", "100")
    assert pit.match("a", "ann", "buy", "3", "100", how=FOK) == [ExpiredReport("a", Reason.FOK_NOT_FILLABLE)]
    assert kinds(pit.match("a", "ann", "buy", "2", "100", how=FOK)) == [*[FillReport] * 4, *[PrintReport] * 2]


def test_the_flow_with_itself_is_a_print_alone() -> None:
    """With a user it is told whole, and counted."""
    pit = Pit()
    pit.match("x", "", "sell", "2", "100")
    assert kinds(pit.match("y", "", "buy", "1", "100")) == [PrintReport]
    pit.match("a", "ann", "buy", "1", "100")
    assert pit.books.users_hold[SYMBOL] == 1


@pytest.mark.parametrize(
    ("rule", "gone", "rests"),
    [
        (SelfTrade.CANCEL_RESTING, ["r"], "a"),
        (SelfTrade.CANCEL_TAKING, ["a"], "r"),
        (SelfTrade.CANCEL_BOTH, ["r", "a"], None),
    ],
)
def test_nobody_trades_with_themselves(rule: SelfTrade, gone: list[str], rests: str | None) -> None:
    pit = Pit()
    pit.match("r", "ann", "sell", "1", "100")
    reports = pit.match("a", "ann", "buy", "1", "100", self_trade=rule)
    assert [one.order_id for one in reports if isinstance(one, CancelledReport)] == gone
    assert [one.order_id for one in pit.books.by_symbol[SYMBOL]] == ([] if rests is None else [rests])


def test_exits_of_who_holds_nothing_end_when_they_are_met() -> None:
    """The resting one makes way, the coming one ends; neither trades."""
    pit = Pit()
    pit.match("exit", "bob", "sell", "1", "100", reduce_only=True)
    pit.match("x", "", "sell", "1", "100")
    first, *_, last = pit.match("a", "ann", "buy", "1", "100")
    assert first == CancelledReport("exit", Reason.POSITION_CLOSED)
    assert isinstance(last, PrintReport)
    pit.match("x", "", "sell", "1", "100")
    assert pit.match("c", "eve", "buy", "1", "100", reduce_only=True) == [CancelledReport("c", Reason.POSITION_CLOSED)]


def test_nothing_trades_off_the_band() -> None:
    """What presses beyond it expires or, an exit, goes to its edge; who would have to trade there expires or waits."""
    pit = Pit()
    pit.match("low", "bob", "sell", "1", "80")
    pit.match("low exit", "bob", "sell", "1", "80", reduce_only=True)
    pit.match("high", "bob", "sell", "1", "120")
    pit.books.set_band(SYMBOL, Decimal(90), Decimal(110))
    expired, sent_back, last = pit.match("a", "ann", "buy", "1", "85")
    assert (expired, kinds([sent_back, last])) == (
        ExpiredReport("low", Reason.PRICE_OUTSIDE_BAND),
        [AmendedReport, AcceptedReport],
    )
    assert pit.books.by_symbol[SYMBOL].best_ask() == 90
    pit.books.take_out(SYMBOL, "low exit")
    assert pit.match("b", "ann", "buy", "1", "130") == [ExpiredReport("b", Reason.PRICE_OUTSIDE_BAND)]
    (waits,) = pit.match("c", "ann", "buy", "1", "130", reduce_only=True)
    assert isinstance(waits, AcceptedReport)
    assert waits.rests_at == 110


def test_what_is_refused_before_it_trades() -> None:
    """A paused market, chance (of users alone, and never foreseen), and a post-only order that would take."""
    pit = Pit(refuses=True)
    mine, flows = order("a", "ann", "buy", "1", "100"), order("x", "", "sell", "1", "100")
    refused = pit.matching.refusal(mine)
    assert refused is not None
    assert refused.reason is Reason.PRACTICE_REJECT
    assert (pit.matching.refusal(flows), pit.matching.refusal(mine, by_chance=False)) == (None, None)
    pit.match("x", "", "sell", "1", "100")
    mine.post_only = True
    refused = pit.matching.refusal(mine, by_chance=False)
    assert refused is not None
    assert refused.reason is Reason.POST_ONLY_WOULD_CROSS
    pit.market.state = MarketState.PAUSED
    refused = pit.matching.refusal(mine)
    assert refused is not None
    assert refused.reason is Reason.MARKET_PAUSED
