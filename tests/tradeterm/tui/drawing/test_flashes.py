"""A price that turned round is tinted for a moment; one that goes on its way is not news."""

from datetime import timedelta

from tests.tradeterm.tui.desks import NOON, ticker
from tradeterm.tui.drawing.flashes import FLASH, FLASH_GAP, Flashes
from tradeterm.tui.drawing.palette import Tone

BTC = "BTC/USD"


def seen(*prices: str, is_wanted: bool = True) -> Flashes:
    """Prices that came at noon, one after another."""
    flashes = Flashes(is_wanted=is_wanted)
    for price in prices:
        flashes.see(ticker(BTC, price, "1.0", "0.5"), NOON)
    return flashes


def test_what_turns_round_is_tinted_its_way() -> None:
    assert seen("45000.0", "45010.0", "45000.0").tone(BTC, NOON) is Tone.FLASH_DOWN
    assert seen("45000.0", "44990.0", "45000.0").tone(BTC, NOON) is Tone.FLASH_UP
    assert seen("45000.0", "45010.0", "45000.0").tone("ETH/USD", NOON) is None


def test_what_goes_on_its_way_or_stands_is_not() -> None:
    assert not seen("45000.0", "45010.0", "45010.0", "45020.0")


def test_nothing_is_tinted_where_that_is_switched_off() -> None:
    assert not seen("45000.0", "45010.0", "45000.0", is_wanted=False)


def test_a_tint_lasts_a_moment_and_another_comes_a_little_later() -> None:
    """Three in a second at most: whoever is sensitive to flicker looks at it too."""
    flashes = seen("45000.0", "45010.0", "45000.0")
    assert flashes.tone(BTC, NOON + FLASH - timedelta(milliseconds=1)) is Tone.FLASH_DOWN
    assert flashes.tone(BTC, NOON + FLASH) is None
    flashes.forget(NOON + FLASH)
    flashes.see(ticker(BTC, "45010.0", "1.0", "0.5"), NOON + FLASH)
    assert flashes.tone(BTC, NOON + FLASH) is None
    flashes.forget(NOON + FLASH_GAP)
    assert not flashes
    flashes.see(ticker(BTC, "45000.0", "1.0", "0.5"), NOON + FLASH_GAP)
    assert flashes.tone(BTC, NOON + FLASH_GAP) is Tone.FLASH_DOWN
