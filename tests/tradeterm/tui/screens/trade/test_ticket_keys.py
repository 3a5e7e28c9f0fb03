"""The ticket as hands use it: what it offers, where its price comes from, and how it is left."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.apps import WIDE, Console, painted, press, screen, toasts
from tests.tradeterm.tui.desks import FakeDesk, account, order, position
from tradeterm.protocol.orders import StopLoss, TakeProfit
from tradeterm.protocol.vocabulary import OrderStatus, OrderType, PositionSide, Side, TimeInForce, TradingState
from tradeterm.tui.desk.port import Done, Refused
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.screens.review import ReviewDialog
from tradeterm.tui.widgets.lines import Lines
from tradeterm.tui.widgets.ticket import Ticket

D = Decimal


def draft(console: Console) -> Draft:
    found = screen(console).query_one(Ticket).draft
    assert found is not None
    return found


async def test_an_arrow_on_a_distance_says_why_it_steps_nothing() -> None:
    """`-2%` stays as it was typed; a price goes on being stepped."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "tab", *"-2", "percent_sign", "up")
        assert draft(console).stop == "-2%"
        facts = screen(console).query_one("#ticket-facts", Lines)
        assert "Arrows step a price" in " ".join(facts.text.split())
        await press(console, pilot, *"44000", "up")
        assert draft(console).stop == "44000.50"


@pytest.mark.parametrize(
    ("side", "key", "size"), [(PositionSide.LONG, "s", "0.11117"), (PositionSide.SHORT, "b", "0.11117")]
)
async def test_the_side_that_closes_offers_the_whole_position(side: PositionSide, key: str, size: str) -> None:
    """No dust is left."""
    console = Console(FakeDesk(held=[position(side=side, quantity=size)]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, key)
        assert draft(console).quantity == size
        await press(console, pilot, "enter")
        assert f"closes {side.upper()} {size}" in console.app.screen.query_one("#review-text", Lines).text


async def test_a_limit_starts_at_the_ladder_s_cursor() -> None:
    """What is meant is what is hit; flipping the side keeps it."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "j", "j", "j", "b", "ctrl+t")
        assert draft(console).price == "45010.00"
        await press(console, pilot, "ctrl+y")
        assert draft(console).price == "45010.00"


async def test_flipping_the_side_moves_a_price_that_nobody_typed() -> None:
    """A sell rests at the offer; what was typed stays."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t")
        assert draft(console).price == "45012.50"
        await press(console, pilot, "ctrl+y")
        assert draft(console).price == "45013.00"
        await press(console, pilot, "ctrl+u", *"45020", "ctrl+y")
        assert draft(console).price == "45020"


async def test_ticket_and_review_say_the_same_fee() -> None:
    """A limit that rests pays the maker's, in both."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t", "ctrl+u", *"45000")
        painted(console)
        facts = screen(console).query_one("#ticket-facts", Lines).text
        await press(console, pilot, "enter")
        assert isinstance(console.app.screen, ReviewDialog)
        review = console.app.screen.query_one("#review-text", Lines).text
    fee = next(line for line in facts.splitlines() if "Fee" in line)
    assert fee in review
    assert "Fee ≈ 5.00" in fee


async def test_escape_puts_the_ticket_away_from_any_pane() -> None:
    """Once is enough."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "escape", "b")
        screen(console).query_one("#ladder").focus()
        await pilot.pause()
        await press(console, pilot, "escape")
        assert not screen(console).query_one(Ticket).is_open


async def test_a_half_written_ticket_waits_for_its_market() -> None:
    """Another market is looked at in between: nothing is lost, and it is said."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", "ctrl+t", "ctrl+u", *"44000")
        screen(console).query_one("#ladder").focus()
        await pilot.pause()
        await press(console, pilot, "L")
        assert "put away" in toasts(console)
        await press(console, pilot, "H", "b")
        assert draft(console).price == "44000"


@pytest.mark.parametrize(
    ("state", "words"), [(TradingState.REDUCING, "only orders that reduce"), (TradingState.HALTED, "HALTED")]
)
async def test_an_account_that_may_not_open_says_so_at_the_key(state: TradingState, words: str) -> None:
    """Not after the review; and what still works is named."""
    console = Console(FakeDesk(money=account().model_copy(update={"trading_state": state})))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b")
        assert not screen(console).query_one(Ticket).is_open
        assert words in toasts(console)


async def test_a_reducing_account_may_still_close() -> None:
    """The ticket on that side is the position's, reduce-only."""
    money = account().model_copy(update={"trading_state": TradingState.REDUCING})
    console = Console(FakeDesk(money=money, held=[position(quantity="0.2")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "s")
        assert draft(console).reduce_only
        assert draft(console).quantity == "0.2"


async def test_a_limit_brings_its_stop_and_its_target_sized_by_risk() -> None:
    """Typed in one go; the review says the money of both, and one request carries all of it."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", *"1%risk", "ctrl+t", "ctrl+u", *"45000", "tab", *"44000", "tab", *"47000")
        await press(console, pilot, "enter")
        review = console.app.screen.query_one("#review-text", Lines).text
        assert "Stop   44,000.00  net ≈ -" in review
        assert "Target 47,000.00  net ≈ +" in review
        await press(console, pilot, "y")
    (sent,) = console.desk.sent
    assert sent.quantity == D("0.81261")
    assert (sent.price, sent.stop_loss, sent.take_profit) == (
        D(45_000),
        StopLoss(stop_price=D(44_000)),
        TakeProfit(price=D(47_000)),
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            ("ctrl+t", "ctrl+t", *"46000"),
            {"type": OrderType.STOP, "stop_price": D(46_000), "time_in_force": TimeInForce.GTC},
        ),
        (
            ("ctrl+t", "ctrl+t", "ctrl+t", *"46000", "tab", "ctrl+u", *"46010", "ctrl+g"),
            {
                "type": OrderType.STOP_LIMIT,
                "stop_price": D(46_000),
                "price": D(46_010),
                "time_in_force": TimeInForce.DAY,
            },
        ),
        (("ctrl+t",) * 4 + tuple("1.5%"), {"type": OrderType.TRAILING_STOP, "trail_percent": D("1.5")}),
        (("ctrl+t",) * 4 + tuple("500"), {"type": OrderType.TRAILING_STOP, "trail_amount": D(500)}),
        (("ctrl+g",), {"type": OrderType.MARKET, "time_in_force": TimeInForce.FOK}),
    ],
    ids=["stop", "stop limit", "trails by percent", "trails by amount", "fok"],
)
async def test_every_type_is_written_with_its_own_fields(typed: tuple[str, ...], expected: dict[str, object]) -> None:
    """Tab goes through those fields only, and each may work for as long as its type can."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", *typed, "enter", "y")
    (sent,) = console.desk.sent
    assert {name: getattr(sent, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("tab", *"46000"), "A buy's stop is below 45,013.00"),
        (("tab", "tab", *"44000"), "A buy's target is above 45,013.00"),
        (("tab", *"44000.3"), "Off the tick of 0.5"),
    ],
)
async def test_an_exit_on_the_wrong_side_is_a_fault_in_its_field(typed: tuple[str, ...], words: str) -> None:
    """Nothing is reviewed."""
    console = Console()
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "b", *typed, "enter")
        assert words.replace(",", "") in screen(console).query_one("#ticket-facts", Lines).text.replace(",", "")


async def test_what_only_reduces_has_no_exits_of_its_own() -> None:
    """Their rows go, and what was typed in them is not sent."""
    console = Console(FakeDesk(held=[position(quantity="0.2")]))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "s", "tab", *"46000", "ctrl+n")
        assert not screen(console).query_one("#stop-row").display
        await press(console, pilot, "enter", "y")
    (sent,) = console.desk.sent
    assert (sent.reduce_only, sent.stop_loss) == (True, None)


@pytest.mark.parametrize("is_event", [True, False], ids=["rejected", "refused"])
async def test_what_was_refused_comes_back_with_the_reason(is_event: bool) -> None:
    """Readable, with the most that would be taken; the focus is not moved, and nothing is sent again."""
    text = "value 4501300.00 is above 100 % of the equity: 100065.25 (orderNotionalPct)"
    rejected = order(1, Side.BUY, "100", "45013").model_copy(
        update={"status": OrderStatus.REJECTED, "reject_text": text}
    )
    money = account().model_copy(update={"limits": {"orderNotionalPct": "100", "leverage": "5"}})
    console = Console(FakeDesk(money=money, answer=Done(order=rejected) if is_event else Refused(text)))
    async with console.app.run_test(size=WIDE) as pilot:
        painted(console)
        await press(console, pilot, "3", "b", *"100", "enter", *"100", "enter", "y")
        for _ in range(3):
            await pilot.pause()
        ticket = screen(console).query_one(Ticket)
        facts = screen(console).query_one("#ticket-facts", Lines).text
        assert ticket.is_open
        assert draft(console).quantity == "100"
        assert screen(console).focused_pane is Pane.LADDER
        for words in ("4,501,300.00", "the most is", "2.20101 BTC"):
            assert words in " ".join(facts.split())
    assert len(console.desk.sent) == 1
