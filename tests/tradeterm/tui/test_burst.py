"""Pasted words and noise give no commands; hands, however fast, do."""

from datetime import timedelta

import pytest

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, screen, toasts, typed
from tradeterm.tui.burst import MOST, MOST_WAITING, BurstGuard


def at(ms: float) -> timedelta:
    return timedelta(milliseconds=ms)


def dropped(keys: str, every_ms: float) -> str:
    guard = BurstGuard()
    return "".join(key for n, key in enumerate(keys) if guard.is_noise(key, at(n * every_ms)))


def test_more_than_six_commands_at_once_are_a_paste() -> None:
    """The seventh and all that follow, until it is silent."""
    assert dropped("abcdefghijkl", 1) == "ghijkl"
    guard = BurstGuard()
    for key in "abcdefgh":
        guard.is_noise(key, at(0))
    assert guard.is_noise("b", at(200))
    assert not guard.is_noise("b", at(600))


@pytest.mark.parametrize("every_ms", [33, 60, 150])
def test_fast_hands_are_no_paste(every_ms: float) -> None:
    """Thirty keys a second."""
    assert dropped("bsfcjkl" * 6, every_ms) == ""


def test_a_held_key_is_no_paste_however_its_repeats_come() -> None:
    """A slow line delivers a second of them in one packet."""
    assert dropped("j" * 40, 0) == ""


async def test_pasted_words_do_nothing_and_it_is_said() -> None:
    """After six keys at most: no ticket, no other market, no order."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        before = screen(console).symbol
        await typed(console, *"qyoUNQ", *"LHzbsf3498JKwW")
        await console.app.keys.done()
        assert screen(console).symbol == before
        assert "dropped" in toasts(console)
        await press(console, pilot, "L")
        assert screen(console).symbol != before
    assert console.desk.log == []
    assert len("qyoUNQ") == MOST


async def test_a_pasted_book_is_dropped_at_once() -> None:
    """Thirteen thousand keys: the queue never holds more than two hundred of them, and nothing is sent."""
    console = Console()
    async with console.app.run_test(size=WIDE):
        painted(console)
        for _ in range(65):
            await typed(console, *"b0.5xyzL" * 25)
            assert len(console.app.keys) <= MOST_WAITING
        await console.app.keys.done()
        assert "dropped" in toasts(console)
    assert console.desk.log == []
