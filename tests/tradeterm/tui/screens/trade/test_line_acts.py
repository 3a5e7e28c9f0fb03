"""What each line asks for: its review, its question to the server, or why it can do nothing."""

from decimal import Decimal

import pytest

from tests.eventually import in_time
from tests.tradeterm.tui.apps import WIDE, Console, painted, press, screen, toasts
from tests.tradeterm.tui.desks import NOON, FakeDesk, busy_desk, order, position, stop_order
from tests.tradeterm.tui.screens.trade.test_line_keys import busy, line, preview, said
from tradeterm.protocol.alerts import Alert
from tradeterm.protocol.vocabulary import AlertCondition, AlertStatus, OrderType, PositionSide, Reason, Side
from tradeterm.tui.desk.port import Refused
from tradeterm.tui.habits import Habits
from tradeterm.tui.palette_names import PaletteName
from tradeterm.tui.widgets.ladder import Ladder

D = Decimal
ID = order(1, Side.BUY, "0.5", "45010.5").id


def desk() -> FakeDesk:
    stop = stop_order(9, "44000", Reason.PROTECTION)
    found = busy()
    found.held.append(position("SOL/USD", PositionSide.SHORT, "3"))
    found.orders += [order(3, Side.BUY, "2", "90", symbol="SOL/USD"), stop]
    found.waiting = [
        Alert(
            id=f"a-{n}",
            symbol=symbol,
            condition=AlertCondition.ABOVE,
            price=D(46_000),
            status=AlertStatus.WAITING,
            created_at=NOON,
        )
        for n, symbol in enumerate(("BTC/USD", "SOL/USD"))
    ]
    return found


REVIEWED: list[tuple[str, list[tuple[str, object]]]] = [
    ("c all", [("cancel entries", None)]),
    ("c sol", [("cancel entries", "SOL/USD")]),
    ("flat", [("close", "BTC/USD")]),
    ("flat sol", [("close", "SOL/USD")]),
    ("flat all", [("close all", None)]),
    ("rev btc", [("reverse", "BTC/USD")]),
    ("protect btc tp 47000", [("protect", ("BTC/USD", D(44_000), D(47_000)))]),
    ("protect stop -1%", [("protect", ("BTC/USD", D(44_318), None))]),
    ("mv 000001 @ 45,000.0", [("amend", (ID, D(45_000), None))]),
    ("mv 000001 @ bid-1 qty 0.25", [("amend", (ID, D("45011.5"), D("0.25")))]),
    ("kill", [("kill", None)]),  # the last: only cancels are taken after it
]


async def test_what_costs_money_is_reviewed_first() -> None:
    """Nothing is asked before `y`."""
    console = Console(desk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        for text, asked in REVIEWED:
            await said(console, pilot, text, "enter")
            assert console.desk.log == [], (text, preview(console))
            await press(console, pilot, "y")
            await in_time(lambda: console.desk.log)
            assert console.desk.log == asked, text
            console.desk.log.clear()


@pytest.mark.parametrize(("trail", "percent", "amount"), [("-2%", D(2), None), ("+150t", None, D("1.5"))])
async def test_a_stop_that_trails_protects_all_of_the_position(
    trail: str, percent: Decimal | None, amount: Decimal | None
) -> None:
    """On the side that closes it, and it opens nothing."""
    console = Console(desk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, f"protect sol trail {trail}", "enter", "y")
    (sent,) = console.desk.sent
    assert (sent.symbol, sent.side, sent.type, sent.quantity) == ("SOL/USD", Side.BUY, OrderType.TRAILING_STOP, D(3))
    assert (sent.trail_percent, sent.trail_amount, sent.reduce_only) == (percent, amount, True)


AT_ONCE: list[tuple[str, list[tuple[str, object]]]] = [
    ("c 000001", [("cancel", ID)]),
    ("alert btc > 46,000.5", [("alert", ("BTC/USD", "above", D("46000.5")))]),
    ("alert < 44000.5", [("alert", ("BTC/USD", "below", D("44000.5")))]),
    ("unalert sol", [("delete alert", "a-1")]),
    ("unalert all", [("delete alert", "a-0"), ("delete alert", "a-1")]),
    ("deadman 60", [("dead man", 60)]),
    ("deadman off", [("dead man", 0)]),
]


async def test_what_costs_nothing_is_done_at_once() -> None:
    """A cancel of one order, alerts, the switch."""
    console = Console(desk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        for text, asked in AT_ONCE:
            await said(console, pilot, text, "enter")
            await pilot.pause()
            assert not line(console).is_open, text
            assert console.desk.log == asked, text
            console.desk.log.clear()


IMPOSSIBLE = [
    ("c 7777", "No order and no market"),
    ("mv 7777 @ 45000", "No working order"),
    ("mv 0 @ 45000", "No working order"),
    ("flat eth", "No position in ETH/USD"),
    ("rev eth", "No position in ETH/USD"),
    ("protect eth stop 2000", "no position"),
    ("protect btc stop 46000", "stop is below"),
    ("protect btc trail -2%", "stop at 44,000.00 is still there"),
    ("alert nope > 1", "no market nope"),
    ("unalert eth", "No alert waits"),
    ("qty 0.000001", "smallest size"),
    ("sym nope", "no market"),
]


async def test_what_cannot_be_done_is_said_under_the_line() -> None:
    """It stays open, with a caret, until it is put away."""
    console = Console(desk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        for text, words in IMPOSSIBLE:
            await said(console, pilot, text, "enter")
            assert words in preview(console), text
            assert "^" in preview(console), text
            assert line(console).is_open, text
            await press(console, pilot, "escape")
            assert not line(console).is_open, text
    assert console.desk.log == []


async def test_sizes_and_bells_are_kept() -> None:
    """The ladder's size, and what is heard."""
    kept: list[tuple[str, str, object]] = []
    console = Console(desk(), habits=Habits(keep=lambda *what: kept.append(what)))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, "qty 0.25", "enter")
        assert "0.25" in str(screen(console).query_one(Ladder).border_subtitle)
        await said(console, pilot, "sound off", "enter")
        assert "silent" in toasts(console)
        await said(console, pilot, "sound fill", "enter")
        assert "rings for: fill" in toasts(console)
        assert kept[-2:] == [("bell", "link", False), ("bell", "fill", True)]
        await said(console, pilot, "notify reject", "enter")
        assert "told of: reject" in toasts(console)
        assert kept[-1] == ("notify", "reject", True)


@pytest.mark.parametrize("colour", [True, False])
async def test_another_palette_is_worn_at_once_and_kept(colour: bool) -> None:
    """As if it had been there from the start, in every pane, and back again; also where there are no colours at all."""
    kept: list[tuple[str, str, object]] = []
    habits = Habits(keep=lambda *what: kept.append(what))
    console = Console(busy_desk(), colour=colour, habits=habits)
    from_the_start = {}
    for name in (PaletteName.GREEN_RED, PaletteName.LIGHT):
        other = Console(busy_desk(), name, colour=colour)
        async with other.app.run_test(size=WIDE) as pilot:
            painted(other)
            await pilot.pause()
            from_the_start[name] = looks(other)
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await pilot.pause()
        for name in (PaletteName.LIGHT, PaletteName.GREEN_RED, PaletteName.LIGHT):
            await said(console, pilot, f"theme {name}", "enter")
            await pilot.pause()
            console.app._ctx.notices.read()
            console.clock.wall = NOON
            painted(console)
            await pilot.pause()
            assert looks(console) == from_the_start[name], name
    assert kept[-1] == ("ui", "palette", "light")


def looks(console: Console) -> list[list[tuple[str, object]]]:
    """Every cell run of the screen with its colours."""
    strips = console.app.screen._compositor.render_strips()
    return [[(segment.text, segment.style) for segment in strip.simplify()] for strip in strips]


async def test_a_palette_that_cannot_be_kept_is_worn_all_the_same() -> None:
    """With a word."""

    def full(section: str, key: str, value: object) -> None:
        raise OSError("no space left on device")

    console = Console(desk(), habits=Habits(keep=full))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, "theme mono", "enter")
        await pilot.pause()
        assert "no space left" in toasts(console)
        assert console.app._ctx.palette.is_mono


async def test_a_refusal_of_the_server_is_said() -> None:
    """In its own words."""
    console = Console(desk())
    console.desk.answer = Refused("100 alerts wait already: delete one first")
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, "alert > 46000", "enter")
        await pilot.pause()
        assert "100 alerts wait already" in toasts(console)


async def test_waiting_alerts_are_named_where_one_is_set_or_deleted() -> None:
    """While the line is still being typed."""
    console = Console(desk())
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await said(console, pilot, "unalert")
        assert "2 wait: BTC/USD > 46,000   SOL/USD > 46,000" in preview(console)
        console.desk.waiting = []
        await press(console, pilot, "space", "a")
        assert "No alert waits" in preview(console)
