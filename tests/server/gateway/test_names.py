"""The shapes of names that come from outside."""

import pytest

from server.gateway.names import is_id, symbol_of


@pytest.mark.parametrize("text", ["a", "0192f0c0-0000-7000-8000-000000000001", "A_b-9", "x" * 64])
def test_what_could_be_one_of_our_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "x" * 65, "a b", "a\n", "é", "\u0661", "a/b", "%41"])
def test_what_could_not(text: str) -> None:
    """No database is asked for it."""
    assert not is_id(text)


def test_a_dash_in_a_path_stands_for_the_slash() -> None:
    """The first one alone; a symbol written out stays as it is."""
    assert [symbol_of(one) for one in ("BTC-USD", "BTC/USD", "A-B-C", "X")] == ["BTC/USD", "BTC/USD", "A/B-C", "X"]
