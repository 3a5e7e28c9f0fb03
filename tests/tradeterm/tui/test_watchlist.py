"""The watchlist: the trader's own order, kept after every change."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tradeterm.tui.watchlist import Group, Watchlist, matching

MARKETS = ("BTC/USD", "ETH/USD", "SOL/USD", "BTC/EUR")


def test_an_empty_list_is_every_market() -> None:
    """In the server's order."""
    assert Watchlist().shown(MARKETS) == list(MARKETS)


def test_a_market_that_the_server_does_not_list_is_kept_and_not_shown() -> None:
    """It is there again with a server that lists it."""
    watchlist = Watchlist(("XRP/USD", "ETH/USD"))
    assert watchlist.shown(MARKETS) == ["ETH/USD"]
    assert watchlist.shown(("XRP/USD",)) == ["XRP/USD"]


def test_changes_are_kept_as_they_are_made() -> None:
    """Each once, whole; what changes nothing is not kept again."""
    kept: list[Sequence[str]] = []
    watchlist = Watchlist(keep=kept.append)
    watchlist.move("SOL/USD", -1, MARKETS)
    watchlist.move("BTC/USD", -1, MARKETS)
    watchlist.remove("BTC/EUR", MARKETS)
    watchlist.add("BTC/EUR", MARKETS, before="SOL/USD")
    assert kept == [
        ("BTC/USD", "SOL/USD", "ETH/USD", "BTC/EUR"),
        ("BTC/USD", "SOL/USD", "ETH/USD"),
        ("BTC/USD", "BTC/EUR", "SOL/USD", "ETH/USD"),
    ]


def test_the_last_market_stays() -> None:
    """An empty list would mean all of them."""
    watchlist = Watchlist(("BTC/USD",))
    assert not watchlist.remove("BTC/USD", MARKETS)
    assert watchlist.shown(MARKETS) == ["BTC/USD"]


@given(st.lists(st.tuples(st.sampled_from("amr"), st.sampled_from(MARKETS), st.sampled_from((-1, 1))), max_size=30))
def test_no_market_is_ever_twice_on_the_list(steps: list[tuple[str, str, int]]) -> None:
    """Whatever is added, moved and taken off."""
    watchlist = Watchlist()
    for what, symbol, by in steps:
        if what == "a":
            watchlist.add(symbol, MARKETS)
        elif what == "m":
            watchlist.move(symbol, by, MARKETS)
        else:
            watchlist.remove(symbol, MARKETS)
        shown = watchlist.shown(MARKETS)
        assert shown
        assert len(shown) == len(set(shown))


def test_a_search_finds_beginnings_first() -> None:
    """By any part of the name, whatever its case."""
    assert matching(MARKETS, "eu") == ["BTC/EUR"]
    assert matching(("XBTC/USD", "BTC/USD"), "btc") == ["BTC/USD", "XBTC/USD"]
    assert matching(MARKETS, "btc-usd") == ["BTC/USD"]
    assert matching(MARKETS, "") == list(MARKETS)


def test_groups_narrow_what_is_seen_and_nothing_else() -> None:
    """All, the favourites, what is held, and all again; the list itself stays."""
    watchlist, markets = Watchlist(["b", "a", "c"], favourites=["c", "x"]), ["a", "b", "c", "d"]
    assert watchlist.favour("b")
    seen = [(watchlist.next_group(), watchlist.seen(markets, {"a"})) for _ in Group]
    assert seen == [(Group.FAVOURITES, ["b", "c"]), (Group.HELD, ["a"]), (Group.ALL, ["b", "a", "c"])]
    assert not watchlist.favour("b")
    assert watchlist.favourites == ["c", "x"]
    assert watchlist.shown(markets) == ["b", "a", "c"]
