"""What each of several ladders is about."""

from tradeterm.tui.pins import Pins

LISTED = ("BTC/USD", "ETH/USD", "SOL/USD")


def test_a_ladder_follows_the_page_until_it_is_pinned() -> None:
    """And again when the pin is taken out."""
    pins = Pins()
    assert pins.symbols("BTC/USD", LISTED) == ["BTC/USD"]
    pins.step()
    pins.pin(2, "ETH/USD")
    assert pins.symbols("SOL/USD", LISTED) == ["SOL/USD", "ETH/USD"]
    pins.follow(2)
    assert pins.symbols("SOL/USD", LISTED) == ["SOL/USD", "SOL/USD"]
    assert not pins.is_pinned(2)


def test_the_number_of_ladders_goes_round_and_pins_are_remembered() -> None:
    """One, two, three, one; what was put away comes back as it was."""
    pins = Pins()
    counts = []
    for _ in range(3):
        counts.append(pins.count)
        pins.step()
    assert (counts, pins.count) == ([1, 2, 3], 1)
    pins.step()
    pins.pin(2, "ETH/USD")
    for _ in range(3):
        pins.step()
    assert pins.symbols("BTC/USD", LISTED) == ["BTC/USD", "ETH/USD"]


def test_a_pin_to_a_market_that_is_not_listed_waits() -> None:
    """Another server may have another list: the ladder is not empty there, and the pin is not lost."""
    pins = Pins(["", "GONE/USD"])
    assert pins.symbols("BTC/USD", LISTED) == ["BTC/USD", "BTC/USD"]
    assert pins.symbols("BTC/USD", (*LISTED, "GONE/USD")) == ["BTC/USD", "GONE/USD"]
    assert pins.kept == ["", "GONE/USD"]


def test_nothing_kept_is_one_ladder() -> None:
    """An empty list in the file is no fault."""
    assert Pins([]).symbols("BTC/USD", LISTED) == ["BTC/USD"]
