"""State from events alone: what is kept, what is dropped, what is bounded, and what is told to have changed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.client import wires
from tradeterm.client import store as module
from tradeterm.client.session import Greeting, Snapshot
from tradeterm.client.store import Store
from tradeterm.protocol.orders import Order
from tradeterm.protocol.trades import Trade


def test_snapshot_replaces_what_was_known() -> None:
    """Orders and positions that are not in it are gone."""
    store = Store()
    store.apply(wires.own(1, "order:created", order=wires.order(1)))
    store.apply(wires.own(2, "position:opened", position=wires.position("ETH/USD")))
    store.apply(
        wires.snapshot(
            9,
            orders=[wires.order(2)],
            positions=[wires.position()],
            balances=[wires.balance()],
            account=wires.account("7.00"),
        )
    )
    assert set(store.orders) == {"o-2"}
    assert set(store.positions) == {"BTC/USD"}
    assert store.balances["USD"].total == Decimal(100_000)
    assert store.account is not None
    assert store.account.equity == 7
    assert store.seq == 9
    assert ("all",) in store.take_dirty()


def test_order_lives_and_ends() -> None:
    """Open while it works, ended when it is final, found by both its ids all along."""
    store = Store()
    store.apply(wires.own(1, "order:created", order=wires.order(1, "pending")))
    assert store.order("o-1") == store.order_of("c-1") == store.orders["o-1"]
    store.apply(wires.own(2, "order:filled", order=wires.order(1, "filled")))
    assert store.orders == {}
    found = store.order_of("c-1")
    assert found is not None
    assert found.status == "filled"


def test_ended_orders_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes, and its client order id with it."""
    monkeypatch.setattr(module, "ENDED_ORDERS", 2)
    store = Store()
    for number in range(4):
        store.apply(wires.own(number + 1, "order:filled", order=wires.order(number, "filled")))
    assert list(store.ended) == ["o-2", "o-3"]
    assert set(store.by_client_id) == {"c-2", "c-3"}


def test_position_is_gone_when_it_is_closed() -> None:
    """The open ones are kept by symbol."""
    store = Store()
    store.apply(wires.own(1, "position:opened", position=wires.position()))
    store.apply(wires.own(2, "position:updated", position=wires.position(quantity="2")))
    assert store.positions["BTC/USD"].quantity == 2
    store.apply(wires.own(3, "position:closed", position=wires.position(status="closed")))
    assert store.positions == {}


def test_only_what_is_journaled_is_counted() -> None:
    """A value that moved with the price changes the state, and not how far the journal was read."""
    store = Store()
    store.apply(wires.own(5, "balance:updated", balance=wires.balance("1.00")))
    store.apply(wires.own(None, "account:updated", account=wires.account("3.00")))
    assert store.seq == 5
    assert store.account is not None
    assert store.account.equity == 3


def test_dirty_keys_name_what_changed_and_are_taken_once() -> None:
    """A painter paints what changed since it last asked."""
    store = Store()
    store.apply(wires.own(1, "order:created", order=wires.order(1)))
    store.apply(wires.own(2, "trade:executed", trade=wires.trade(1)))
    assert store.take_dirty() == {("log",), ("order", "o-1"), ("trades",)}
    assert store.take_dirty() == set()


def test_trades_of_rest_go_under_those_of_the_stream() -> None:
    """Each once, newest first, whichever came first."""
    store = Store()
    store.apply(wires.own(1, "trade:executed", trade=wires.trade(3, "2026-01-05T12:00:03.000Z")))
    older = [wires.trade(number, f"2026-01-05T12:00:0{number}.000Z") for number in (3, 2, 1)]
    store.set_trades([Trade.model_validate(item) for item in older])
    assert [trade.id for trade in store.trades] == ["t-3", "t-2", "t-1"]


def test_fact_without_state_changes_nothing() -> None:
    """Signing in is nothing to paint."""
    store = Store()
    store.apply(Greeting("s", "ann", "trader", 5.0, 15.0, None))
    assert store.take_dirty() == set()


# ---------------------------------------------------------------- books


def test_deltas_change_levels_and_zero_removes() -> None:
    """Best first, on either side."""
    store = Store()
    store.apply(
        wires.seen("book", "book", book=wires.book("snapshot", 1, None, [["10", "1"], ["9", "2"]], [["11", "1"]]))
    )
    store.apply(wires.seen("book", "book", book=wires.book("delta", 2, 1, [["10", "0"], ["9.5", "4"]], [["12", "3"]])))
    bids, asks = store.books["BTC/USD"].top()
    assert bids == [(Decimal("9.5"), Decimal(4)), (Decimal(9), Decimal(2))]
    assert asks == [(Decimal(11), Decimal(1)), (Decimal(12), Decimal(3))]
    assert store.broken == set()


def test_delta_that_does_not_follow_breaks_the_book_until_a_snapshot() -> None:
    """A wrong book is worse than none: it is named, so that somebody asks anew."""
    store = Store()
    store.apply(wires.seen("book", "book", book=wires.book("snapshot", 1, None, [["10", "1"]], [])))
    store.apply(wires.seen("book", "book", book=wires.book("delta", 3, 2, [["10", "5"]], [])))
    assert store.broken == {"BTC/USD"}
    assert store.books["BTC/USD"].top()[0] == [(Decimal(10), Decimal(1))]
    store.apply(wires.seen("book", "book", book=wires.book("snapshot", 9, None, [["7", "1"]], [])))
    assert store.broken == set()


LEVELS = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), max_size=6)


@given(st.lists(LEVELS, max_size=12))
def test_book_by_deltas_equals_the_book_itself(steps: list[list[tuple[int, int]]]) -> None:
    """However levels come and go, the kept book is the server's."""
    store, truth = Store(), dict[Decimal, Decimal]()
    store.apply(wires.seen("book", "book", book=wires.book("snapshot", 0, None, [], [])))
    for seq, levels in enumerate(steps, 1):
        changed = {str(price): str(quantity) for price, quantity in levels}
        for price, quantity in changed.items():
            truth[Decimal(price)] = Decimal(quantity)
        delta = wires.book("delta", seq, seq - 1, [list(item) for item in changed.items()], [])
        store.apply(wires.seen("book", "book", book=delta))
    bids, _ = store.books["BTC/USD"].top(100)
    assert bids == sorted(((price, quantity) for price, quantity in truth.items() if quantity), reverse=True)


def test_channel_that_is_no_longer_watched_is_forgotten() -> None:
    """What nobody keeps true must not be shown."""
    store = Store()
    store.apply(wires.seen("book", "book", book=wires.book("snapshot", 1, None, [], [])))
    store.apply(Snapshot("market:BTC/USD:trades", {"trades": []}, None, None))
    store.forget(["market:BTC/USD:book", "market:BTC/USD:trades", "market:ETH/USD:ticker"])
    assert (store.books, store.tape) == ({}, {})


STATUSES = ["pending", "submitted", "accepted", "partially_filled", "filled", "cancelled", "rejected", "expired"]


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(STATUSES)), max_size=40))
def test_replay_of_the_journal_gives_the_same_state(steps: list[tuple[int, str]]) -> None:
    """The store does not care whether events are live or replayed: the last word on each order stands."""
    store, last = Store(), dict[str, str]()
    for seq, (number, status) in enumerate(steps, 1):
        store.apply(wires.own(seq, "order:created", order=wires.order(number, status)))
        last[f"o-{number}"] = status
    for order_id, status in last.items():
        order = store.order(order_id)
        assert isinstance(order, Order)
        assert order.status == status
        assert (order_id in store.orders) == (status in STATUSES[:4])


def test_nothing_is_later_than_the_candle_that_runs() -> None:
    """A server whose clock was ahead and is right again takes the candles of that future back; a past told again stays."""
    store = Store()

    def candle(time: str, closed: bool) -> None:
        prices = dict.fromkeys(("open", "high", "low", "close"), "100.00")
        value = {"symbol": "BTC/USD", "interval": "1m", "time": time, **prices, "volume": "1", "trades": 1}
        store.apply(wires.seen("candles:1m", "candle", candle={**value, "closed": closed}))

    def known() -> list[str]:
        return [one.time.strftime("%d %H:%M") for one in store.candles["BTC/USD", "1m"].values()]

    candle("2026-01-05T12:00:00.000Z", True)
    candle("2026-01-06T12:00:00.000Z", True)
    candle("2026-01-06T12:01:00.000Z", False)
    assert known() == ["05 12:00", "06 12:00", "06 12:01"]
    candle("2026-01-05T12:01:00.000Z", False)
    assert known() == ["05 12:00", "05 12:01"]
    candle("2026-01-05T11:59:00.000Z", True)
    assert known() == ["05 11:59", "05 12:00", "05 12:01"]
