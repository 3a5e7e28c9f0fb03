"""Markets by the names that people give them."""

import pytest

from tradeterm.cli.commands.symbols import matched
from tradeterm.cli.exit_codes import USAGE, Ending

LISTED = ("BTC/USD", "ETH/USD", "SOL/USD", "SOL/BTC")


@pytest.mark.parametrize("text", ["btc", "BTC", "btc/usd", "BTC-USD", " Btc-usd "])
def test_a_market_is_found_by_what_can_only_mean_it(text: str) -> None:
    """In any letters, with a dash, or by its base."""
    assert matched(text, LISTED) == "BTC/USD"


def test_what_could_be_two_is_asked_back() -> None:
    """Never a guess where money is meant."""
    with pytest.raises(Ending, match="sol may be SOL/USD or SOL/BTC") as ending:
        matched("sol", LISTED)
    assert ending.value.code == USAGE
    assert matched("sol/btc", LISTED) == "SOL/BTC"


@pytest.mark.parametrize("text", ["usd", "bt", "", "doge", "BTC/EUR"])
def test_what_matches_nothing_is_left_to_the_server(text: str) -> None:
    """It refuses with its own words; the quote and a part of a name mean no market."""
    assert matched(text, LISTED) == text
