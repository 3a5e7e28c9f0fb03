"""Hands, and what passes for hands, on an armed desk: exactly what was meant goes out, and at the price that was meant."""

import os
from collections.abc import Sequence
from random import Random

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from tests.tradeterm.tui.apps import WIDE, Console, key_event, painted, press, screen
from tests.tradeterm.tui.desks import in_the_middle
from tests.tradeterm.tui.screens.trade.test_mode_keys import armed, mode, refresh
from tradeterm.tui.orders.mode import Mode
from tradeterm.tui.screens.trade.screen import TradeScreen
from tradeterm.tui.widgets.ladder import Ladder
from tradeterm.tui.widgets.lines import Lines

GESTURES = 10 * int(os.environ.get("TRADETERM_SOAK", "1"))
AT_ONCE = "BSidID"
HELD = ((0.25, 0.092), (0.5, 0.033), (0.66, 0.04))  # the first repeat of terminals, and how fast they go on
CAPS_LOCK = ("F", "C", "r", "X")  # reviewed, armed or not
PASTED = ("BUY 5 BTC now", "Some idea: SELL", "iIdD kill them", "DIBS for all", "B S i d I D B S")


async def typed_at(console: Console, keys: Sequence[str], *, after: Sequence[float]) -> None:
    """Keys with the times at which hands pressed them, in one packet."""
    start = console.clock.elapsed.total_seconds()
    console.clock.advance(max(after, default=0) + 2)
    refresh(console.desk)
    for key, at in zip(keys, after, strict=True):
        event = key_event(key)
        event.time = start + at
        await console.app.on_event(event)
    await console.app.keys.done()


async def gesture(console: Console, pilot: Pilot[int], chance: Random) -> int:
    """One thing that hands or machines do; how many orders are meant by it."""
    key = chance.choice(AT_ONCE)
    match chance.randrange(6):
        case 0:
            await typed_at(console, [key], after=[0])
            return 1
        case 1:
            await typed_at(console, [key, key], after=[0, chance.uniform(0.2, 0.9)])
            return 2
        case 2:
            first, period = chance.choice(HELD)
            repeats = [first + period * n for n in range(chance.randrange(2, 30))]
            await typed_at(console, [key] * (len(repeats) + 1), after=[0, *repeats])
            return 1
        case 3:
            await typed_at(console, [chance.choice(CAPS_LOCK)], after=[0])
            await press(console, pilot, *chance.choice([("escape",), ("enter",), ("circumflex_accent", "enter")]))
            return 0
        case 4:
            await console.app.on_event(Paste(chance.choice(PASTED)))
            await console.app.keys.done()
            return 0
        case _:
            text = chance.choice(PASTED)
            names = ["space" if letter == " " else letter for letter in text]
            await typed_at(console, names, after=[0.0005 * n for n in range(len(names))])
            return 0


async def test_armed_hands_send_exactly_what_was_meant() -> None:
    """Taps, keys held down at the rates of terminals, Caps Lock, pastes with and without brackets, Escape and Enter."""
    chance, console = Random(7), Console(in_the_middle())
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        for n in range(GESTURES):
            if mode(console) is not Mode.ARMED:
                await press(
                    console, pilot, "A", "y"
                )  # where the cursor is: further off, an order crosses and is reviewed
                refresh(console.desk)
            before = len(console.desk.sent)
            meant = await gesture(console, pilot, chance)
            await pilot.pause()
            assert isinstance(console.app.screen, TradeScreen), n
            assert len(console.desk.sent) - before == meant, n
    assert {name for name, _ in console.desk.log} == {"place"}


async def test_a_key_after_a_second_tap_moves_nothing_under_it() -> None:
    """The second `B` waits to see whether it is held; `j` comes 20 ms after it and waits too: one price, twice."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        here = screen(console).query_one(Ladder).cursor_price
        await typed_at(console, ["B", "B", "j", "j"], after=[0, 0.25, 0.27, 0.29])
        await pilot.pause()
        assert [one.price for one in console.desk.sent] == [here, here]
        assert screen(console).query_one(Ladder).cursor_price != here


@pytest.mark.parametrize("is_armed", [True, False])
@pytest.mark.parametrize("held", HELD)
async def test_why_a_held_key_does_nothing_stands_until_another_is_pressed(
    held: tuple[float, float], is_armed: bool
) -> None:
    """There is no cursor yet to buy at: the key says so, and its own repeats do not take the word away."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", *(("A", "y") if is_armed else ()))
        refresh(console.desk)
        await typed_at(console, ["B"] * 30, after=[0, *(held[0] + held[1] * n for n in range(29))])
        await pilot.pause()
        assert console.desk.sent == []
        assert foot(console).startswith(" ! No price at the cursor")
        await press(console, pilot, "j")
        assert not foot(console).startswith(" ! No price")


def foot(console: Console) -> str:
    """The last row."""
    painted(console)
    return screen(console).query_one("#hint-bar", Lines).text


async def test_the_first_letters_of_a_paste_send_nothing() -> None:
    """Though they come before anyone can know that it is one; and it disarms."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        await armed(console, pilot)
        await typed_at(console, list("BSidIDBS"), after=[0.001 * n for n in range(8)])
        assert mode(console) is Mode.SAFE
        painted(console)
        assert console.desk.log == []
