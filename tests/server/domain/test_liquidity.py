"""How much of a book could really be taken: what vanishes while it is taken does not count."""

from decimal import Decimal
from typing import Any

import pytest

from server.domain.book import Book, Resting
from server.domain.liquidity import Held, Taker, hidden, taking
from tradeterm.protocol.vocabulary import SelfTrade, Side

D, BUY, SELL = Decimal, Side.BUY, Side.SELL


def book(*lines: str) -> Book:
    """Lines `side quantity @ price [account] [exit] [pair=…]`, in the order of their places."""
    made = Book()
    for number, line in enumerate(lines):
        side, quantity, _, price, *more = line.split()
        account = next((word for word in more if word.isalpha() and word != "exit"), "")
        pair = next((word.removeprefix("pair=") for word in more if word.startswith("pair=")), None)
        made.add(
            Resting(*(str(number), account, Side(side), D(price), D(quantity)), reduce_only="exit" in more, pair=pair)
        )
    return made


def takeable(offers: Book, taker: Taker, held: Held | None = None, **more: Any) -> Decimal:
    """How much in all."""
    return taking(offers, taker, held, **more).total


def buyer(limit: str | None = None, account: str = "zoe", self_trade: SelfTrade = SelfTrade.CANCEL_RESTING) -> Taker:
    return Taker(BUY, None if limit is None else D(limit), account, self_trade)


@pytest.mark.parametrize(("limit", "size"), [(None, 6), ("101", 3), ("100", 1), ("99", 0)])
def test_a_limit_reaches_so_far(limit: str | None, size: int) -> None:
    """And no limit to the end of the book; for a seller the other way round."""
    offers = book("sell 1 @ 100", "sell 2 @ 101", "sell 3 @ 102")
    assert takeable(offers, buyer(limit)) == size
    bids = book("buy 1 @ 100", "buy 2 @ 99")
    assert takeable(bids, Taker(SELL, D(100), "zoe")) == 1


def test_counting_ends_where_there_is_enough() -> None:
    """A level at a time: a small order costs a look at the top."""
    assert takeable(book("sell 1 @ 100", "sell 2 @ 101", "sell 3 @ 102"), buyer(), enough=D(2)) == 2


@pytest.mark.parametrize(
    ("rule", "size"), [(SelfTrade.CANCEL_RESTING, 3), (SelfTrade.CANCEL_TAKING, 1), (SelfTrade.CANCEL_BOTH, 1)]
)
def test_own_orders_are_no_liquidity(rule: SelfTrade, size: int) -> None:
    """They give way, or end the walk where it meets them; the flow, which has no name, owns nothing."""
    offers = book("sell 1 @ 100", "sell 5 @ 101 ann", "sell 2 @ 102")
    assert takeable(offers, buyer(account="ann", self_trade=rule)) == size
    assert takeable(offers, buyer(account="")) == 8


def test_exits_of_an_account_are_as_much_as_its_position() -> None:
    """As the walk leaves it: what it sells on the way makes less of it."""
    offers = book("sell 2 @ 100 ann exit", "sell 2 @ 101 ann", "sell 2 @ 102 ann exit")
    held = {"ann": D(5)}.__getitem__
    assert takeable(offers, buyer(), held) == 2 + 2 + 1
    assert takeable(offers, buyer(), {"ann": D(-1)}.__getitem__) == 2
    assert takeable(offers, buyer()) == 6


def test_of_a_linked_pair_one_leg_can_be_taken() -> None:
    """Of entries the first alone; of exits the second as far as the first was not filled."""
    assert takeable(book("sell 2 @ 100 ann pair=p", "sell 3 @ 101 ann pair=p"), buyer()) == 2
    exits = book("sell 2 @ 100 ann exit pair=p", "sell 3 @ 101 ann exit pair=p")
    assert takeable(exits, buyer(), {"ann": D(9)}.__getitem__) == 3


def test_nothing_is_taken_beyond_the_band() -> None:
    """Nor what asks for less than it allows: that is sent away when it is met."""
    offers = book("sell 1 @ 90", "sell 2 @ 100", "sell 3 @ 110")
    assert takeable(offers, buyer(), band=(D(95), D(105))) == 2


def test_a_book_hides_what_could_not_trade() -> None:
    """Several exits of one account show its position together, from the best on; a single one is kept in bounds by who
    made it."""
    offers = book("sell 2 @ 100 ann exit", "sell 2 @ 101 ann exit", "sell 4 @ 100 bob exit", "sell 1 @ 100")
    assert hidden(offers.asks, {"ann": D(3), "bob": D(0)}.__getitem__) == {D(101): D(1)}
    assert hidden(offers.asks, {"ann": D(-1), "bob": D(0)}.__getitem__) == {D(100): D(2), D(101): D(2)}
