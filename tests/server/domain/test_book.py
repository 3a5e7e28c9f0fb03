"""The book: price first, time second, and never another answer than a slow one would give."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from server.domain.book import Book, Resting
from server.domain.liquidity import Taker, taking
from tradeterm.protocol.vocabulary import Side

BUY, SELL = Side.BUY, Side.SELL


def rest(order_id: str, side: Side, quantity: str, price: str, account: str = "") -> Resting:
    return Resting(order_id, account, side, Decimal(price), Decimal(quantity))


def shape(book: Book) -> tuple[list[str], list[str]]:
    bids, asks = book.depth(100)
    return [f"{size} @ {price}" for price, size in bids], [f"{size} @ {price}" for price, size in asks]


# ---------------------------------------------------------------- by hand


def test_depth_is_best_first_with_the_sum_of_each_price() -> None:
    """Bids fall, asks rise; orders at one price are one level."""
    book = Book()
    for number, (side, quantity, price) in enumerate(
        [(BUY, "1", "99"), (BUY, "2", "100"), (BUY, "3", "99"), (SELL, "1", "102"), (SELL, "4", "101")]
    ):
        book.add(rest(str(number), side, quantity, price))
    assert shape(book) == (["2 @ 100", "4 @ 99"], ["4 @ 101", "1 @ 102"])
    assert (book.best_bid(), book.best_ask(), len(book)) == (Decimal(100), Decimal(101), 5)
    assert book.depth(1) == ([(Decimal(100), Decimal(2))], [(Decimal(101), Decimal(4))])


def test_a_level_queues_first_come_first_served_and_reducing_keeps_the_place() -> None:
    """What is left of the first order is still first."""
    book = Book()
    for name in "abc":
        book.add(rest(name, SELL, "2", "100"))
    first = book.get("a")
    assert first is not None
    book.reduce(first, Decimal("1.5"))
    level = book.asks.best
    assert level is not None
    assert [(one.order_id, one.leaves) for one in level.queue.values()] == [
        ("a", Decimal("0.5")),
        ("b", Decimal(2)),
        ("c", Decimal(2)),
    ]
    assert level.total == Decimal("4.5")


def test_the_last_order_of_a_price_takes_the_level_with_it() -> None:
    """No empty level is left behind, wherever in the book it stood."""
    book = Book()
    for name, price in (("a", "99"), ("b", "100"), ("c", "101")):
        book.add(rest(name, BUY, "1", price))
    book.cancel("b")
    assert shape(book) == (["1 @ 101", "1 @ 99"], [])
    book.cancel("c")
    assert book.best_bid() == 99
    assert book.cancel("b") is None


def test_an_order_crosses_at_the_best_opposite_price_and_beyond() -> None:
    """And never in an empty book."""
    book = Book()
    assert not book.crosses(BUY, Decimal(100))
    book.add(rest("a", SELL, "1", "100"))
    assert [book.crosses(BUY, Decimal(price)) for price in (99, 100, 101)] == [False, True, True]
    book.add(rest("b", BUY, "1", "98"))
    assert [book.crosses(SELL, Decimal(price)) for price in (97, 98, 99)] == [True, True, False]


def test_fillable_counts_to_the_limit_without_ones_own() -> None:
    """Own size is left out; the flow (account empty) is never its own."""
    book = Book()
    for name, quantity, price, account in (("a", "1", "100", ""), ("b", "2", "100", "ann"), ("c", "4", "101", "bob")):
        book.add(rest(name, SELL, quantity, price, account))
    assert taking(book, Taker(BUY, Decimal(100), "ann")).total == 1
    assert taking(book, Taker(BUY, Decimal(101), "ann")).total == 5
    assert taking(book, Taker(BUY, None, "")).total == 7
    assert taking(book, Taker(SELL, None, "ann")).total == 0
    assert taking(book, Taker(BUY, None, "joe"), enough=Decimal("0.5")).total >= Decimal("0.5")


# ---------------------------------------------------------------- against a naive one


@dataclass
class Naive:
    """The same book as one list in order of arrival: every question is a scan."""

    orders: list[Resting]

    def side(self, side: Side) -> list[Resting]:
        found = [one for one in self.orders if one.side is side]
        return sorted(found, key=lambda one: -one.price if side is BUY else one.price)

    def depth(self, side: Side) -> list[tuple[Decimal, Decimal]]:
        levels: dict[Decimal, Decimal] = {}
        for one in self.side(side):
            levels[one.price] = levels.get(one.price, Decimal(0)) + one.leaves
        return list(levels.items())


actions = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "cancel", "reduce", "best"]),
        st.sampled_from([BUY, SELL]),
        st.integers(1, 12),
        st.integers(1, 9),
        st.sampled_from(["", "ann", "bob"]),
    ),
    max_size=60,
)


@given(actions)
def test_any_sequence_of_changes_leaves_the_book_of_a_slow_one(
    steps: list[tuple[str, Side, int, int, str]],
) -> None:
    """Levels, queues, totals, fillable sizes and the index by id agree after every step."""
    book, naive = Book(), Naive([])
    for number, (what, side, price, quantity, account) in enumerate(steps):
        if what == "add":
            one = Resting(str(number), account, side, Decimal(price), Decimal(quantity))
            book.add(one)
            naive.orders.append(Resting(str(number), account, side, Decimal(price), Decimal(quantity)))
        elif naive.orders:
            chosen = naive.side(side)[:1] if what == "best" else [naive.orders[price % len(naive.orders)]]
            for slow in chosen:
                fast = book.get(slow.order_id)
                assert fast is not None
                if what == "cancel":
                    assert book.cancel(slow.order_id) is fast
                    naive.orders.remove(slow)
                else:
                    taken = min(slow.leaves, Decimal(quantity))
                    book.reduce(fast, taken)
                    slow.leaves -= taken
                    if not slow.leaves:
                        naive.orders.remove(slow)
        agree(book, naive)


def agree(book: Book, naive: Naive) -> None:
    assert book.depth(1000) == (naive.depth(BUY), naive.depth(SELL))
    assert len(book) == len(naive.orders)
    for side in (BUY, SELL):
        queue = [one for level in book.side(side).walk() for one in level.queue.values()]
        assert [(one.order_id, one.leaves) for one in queue] == [(one.order_id, one.leaves) for one in naive.side(side)]
        for limit in (None, Decimal(6)):
            wanted = sum(
                one.leaves
                for one in naive.side(side)
                if one.account != "ann"
                and (limit is None or (one.price >= limit if side is BUY else one.price <= limit))
            )
            assert taking(book, Taker(side.opposite, limit, "ann")).total == wanted


def test_nobody_stands_before_what_does_not_rest_here() -> None:
    """An order that has gone has no place to tell."""
    assert Book().ahead("gone") is None
