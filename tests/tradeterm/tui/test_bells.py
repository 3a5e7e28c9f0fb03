"""Which news rings the bell, how often, and how it is switched; and what of it the terminal is sent."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from tests.eventually import in_time
from tests.tradeterm.tui.apps import WIDE, Console, painted
from tests.tradeterm.tui.desks import NOON, order, trade
from tradeterm.protocol.vocabulary import Side
from tradeterm.tui.bells import PATTERNS, Bells
from tradeterm.tui.desk.port import DeskLinkState, EventLine, News
from tradeterm.tui.habits import Habits


def test_every_kind_has_its_own_switch() -> None:
    """A kind's name turns it over; `on` and `off` are all."""
    bells = Bells()
    assert [bells.rings(kind) for kind in News] == [PATTERNS[kind] for kind in News]
    assert bells.switch("reject") == [News.REJECT]
    assert "fill, alert, link" in bells.words
    assert (bells.rings(News.REJECT), bells.rings(News.FILL)) == (0, 1)
    bells.switch("off")
    assert "silent" in bells.words
    assert not any(bells.rings(kind) for kind in News)
    bells.switch("alert")
    assert (bells.rings(News.ALERT), bells.rings(News.FILL)) == (3, 0)
    bells.switch("on")
    assert all(bells.rings(kind) for kind in News)
    assert Bells().rings(None) == 0


@asynccontextmanager
async def ringing(
    bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Console, Pilot[int], list[str]]]:
    """A console before a terminal that writes down what it is sent."""
    console, sent = Console(habits=Habits(bells=bells)), list[str]()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        monkeypatch.setattr(HeadlessDriver, "is_headless", False)
        monkeypatch.setattr(HeadlessDriver, "write", lambda driver, data: sent.append(data))
        yield console, pilot, sent


def line(number: int, news: News | None, *, is_alert: bool = True) -> EventLine:
    return EventLine(str(number), NOON + timedelta(seconds=5), "something happened", is_alert, news)


def lose_the_link(console: Console) -> None:
    console.desk.line = replace(console.desk.line, state=DeskLinkState.DOWN)


def fill(console: Console) -> None:
    console.desk.trades = [trade(1, at=NOON + timedelta(seconds=5))]


HAPPENS: dict[News, Callable[[Console], None]] = {
    News.FILL: fill,
    News.REJECT: lambda console: console.desk.lines.insert(0, line(7, News.REJECT)),
    News.ALERT: lambda console: console.desk.lines.insert(0, line(8, News.ALERT)),
    News.LINK: lose_the_link,
}


@pytest.mark.parametrize("kind", News)
@pytest.mark.parametrize("how", ["all", "alone", "all but it"])
async def test_the_terminal_is_sent_a_bell_for_each_kind_as_often_as_its_pattern(
    kind: News, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once each; with that kind off none, and with that kind alone its own."""
    bells = {"all": Bells(), "alone": Bells([kind]), "all but it": Bells(set(News) - {kind})}[how]
    times = 0 if how == "all but it" else PATTERNS[kind]
    async with ringing(bells, monkeypatch) as (console, pilot, sent):
        HAPPENS[kind](console)
        painted(console)
        painted(console)
        await in_time(lambda: sent.count("\a") >= times)
        await pilot.pause()
        assert sent.count("\a") == times


async def test_nothing_else_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders that come and go, lines that are read only, alerts of no kind, keys, words at the foot."""
    async with ringing(Bells(), monkeypatch) as (console, pilot, sent):
        console.desk.orders = [order(1, Side.BUY, "0.5", "45010.5")]
        console.desk.lines[:0] = [line(5, None), line(6, None, is_alert=False), line(4, News.FILL, is_alert=False)]
        painted(console)
        console.app._ctx.tell("said", is_alert=True)
        for key in ("3", "j", "x", "c", "question_mark", "escape", "b", "escape", "W", "5", "8"):
            console.wait_out()
            await pilot.press(key)
        console.clock.advance(60)
        painted(console)
        await pilot.pause()
        assert "\a" not in sent
