"""Notifications of the desktop: off until asked for, and nothing of somebody else's reaches the terminal as a command."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tradeterm.tui.apps import WIDE, Console, painted
from tests.tradeterm.tui.desks import NOON, trade
from tradeterm.tui.desk.port import EventLine, News
from tradeterm.tui.desktop import LONGEST, Desktop, Way
from tradeterm.tui.habits import Habits


def test_it_is_off_until_a_kind_is_switched_on() -> None:
    """And then for that kind alone."""
    desktop = Desktop()
    assert [desktop.asks(kind, "Filled") for kind in News] == [""] * len(News)
    desktop.switch("fill")
    assert desktop.asks(News.FILL, "Filled BUY") == "\x1b]9;Filled BUY\x07"
    assert (desktop.asks(News.LINK, "lost"), desktop.asks(None, "other")) == ("", "")
    assert "told of: fill." in desktop.words


def test_each_terminal_is_asked_in_its_own_words() -> None:
    """Through tmux wrapped; in ASCII where it has no more."""
    assert Desktop(News, Way.OSC_777).asks(News.FILL, "a; b") == "\x1b]777;notify;tradeterm;a, b\x07"
    wrapped = Desktop(News, in_tmux=True).asks(News.FILL, "a")
    assert wrapped == "\x1bPtmux;\x1b\x1b]9;a\x07\x1b\\"
    assert Desktop(News, is_plain=True).asks(News.FILL, "x → y") == "\x1b]9;x > y\x07"


@given(st.text(), st.sampled_from(Way))
def test_no_text_ends_the_sequence_or_begins_another(text: str, way: Way) -> None:
    """Whatever a market is called: one escape at the start, one bell at the end, no field but ours, no endless line."""
    asked = Desktop(News, way).asks(News.ALERT, text)
    inside = asked[1:-1]
    assert (asked[0], asked[-1]) == ("\x1b", "\x07")
    assert inside.isprintable()
    assert inside.count(";") == (1 if way is Way.OSC_9 else 3)
    assert len(inside) <= LONGEST + 25


@pytest.mark.parametrize("is_on", [True, False])
async def test_a_fill_is_told_to_the_terminal(is_on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, with what stands on the screen; and nothing of it where nobody asked."""
    console = Console(habits=Habits(desktop=Desktop([News.FILL] if is_on else [])))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        written: list[str] = []
        assert console.app._driver is not None
        monkeypatch.setattr(console.app._driver, "write", written.append)
        console.desk.trades = [trade(1, at=NOON + timedelta(seconds=5))]
        console.desk.lines = [EventLine("9", NOON + timedelta(seconds=5), "rejected", True, News.REJECT)]
        painted(console)
        painted(console)
        await pilot.pause()
    told = [text for text in written if "\x1b]9;" in text]
    assert told == (["\x1b]9;Filled BUY 0.5 BTC/USD @ 44,765.50\x07"] if is_on else [])
