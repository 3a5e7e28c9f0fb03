"""Toasts: own fills merged per order and alerts, each once, none of the past."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import NOON, FakeDesk, trade
from tradeterm.protocol.vocabulary import Side, TradeType
from tradeterm.tui.desk.announce import Announcer
from tradeterm.tui.desk.port import DeskLink, DeskLinkState, EventLine

D = Decimal


def test_the_past_is_no_news() -> None:
    """What was there before the console opened is not toasted."""
    desk = FakeDesk(trades=[trade(1, at=NOON - timedelta(seconds=1))])
    assert Announcer(desk, NOON).news() == []


def test_the_fills_of_one_order_are_one_toast_at_their_average() -> None:
    """Three fills of a market order are one sentence."""
    desk = FakeDesk()
    announcer = Announcer(desk, NOON)
    desk.trades = [
        trade(n, quantity="0.5", price=price).model_copy(update={"order_id": "o"})
        for n, price in ((2, "45001"), (1, "45000"))
    ]
    assert [toast.text for toast in announcer.news()] == ["Filled BUY 1 BTC/USD @ 45,000.50"]
    assert announcer.news() == []


def test_an_order_filled_bit_by_bit_says_all_that_it_was_filled() -> None:
    """Not the last bit of it, as if that were all."""
    desk = FakeDesk()
    announcer = Announcer(desk, NOON)
    bits = [trade(n, quantity="0.5").model_copy(update={"order_id": "o"}) for n in (1, 2)]
    told = []
    for count in (1, 2):
        desk.trades = bits[:count][::-1]
        told += [toast.text for toast in announcer.news()]
    assert told == ["Filled BUY 0.5 BTC/USD @ 44,765.50", "Filled BUY 1 BTC/USD @ 44,765.50"]


def test_a_way_out_says_what_it_made() -> None:
    """Its fee and its share of the entry's off: 0.25 of 0.5, 100 higher."""
    desk = FakeDesk()
    announcer = Announcer(desk, NOON)
    entry = trade(1)
    out = trade(2, quantity="0.25", price="44865.5").model_copy(
        update={"type": TradeType.EXIT, "side": Side.SELL, "realized_pnl": D(25), "fee": D(10)}
    )
    desk.trades = [out, entry]
    assert [toast.text for toast in announcer.news()] == [
        "Filled BUY 0.5 BTC/USD @ 44,765.50",
        "Filled SELL 0.25 BTC/USD @ 44,865.50  net -14.10",
    ]


def test_an_alert_is_told_once_and_other_events_never() -> None:
    """Events that are no alert stay in their pane."""
    desk = FakeDesk()
    announcer = Announcer(desk, NOON)
    desk.lines = [EventLine("2", NOON, "rejected", is_alert=True), EventLine("1", NOON, "working")]
    assert [(toast.text, toast.is_alert) for toast in announcer.news()] == [("rejected", True)]
    assert announcer.news() == []


def test_a_flood_is_cut_to_five() -> None:
    """The rest can be read in Events."""
    desk = FakeDesk()
    announcer = Announcer(desk, NOON)
    desk.lines = [EventLine(str(n), NOON, f"no {n}", is_alert=True) for n in range(20)]
    assert len(announcer.news()) == 5


@pytest.mark.parametrize(
    "way", [[], [DeskLinkState.CONNECTING], [DeskLinkState.DOWN, DeskLinkState.CONNECTING, DeskLinkState.DOWN]]
)
def test_a_link_that_was_lost_is_told_to_be_back_whatever_was_between(way: list[DeskLinkState]) -> None:
    """Both are said of the same thing, so that no line says that a link is lost which is there; each once."""
    desk = FakeDesk()
    announcer = Announcer(desk, NOON)

    def told(state: DeskLinkState) -> list[tuple[str, bool, str | None]]:
        desk.line = DeskLink(state)
        return [(toast.text, toast.is_alert, toast.about) for toast in announcer.news()]

    lost, back = "The link to the server is lost", "The link to the server is back"
    assert told(DeskLinkState.LIVE) == []
    assert told(DeskLinkState.DOWN) == [(lost, True, "link")]
    assert [told(state) for state in way] == [[] for _ in way]
    assert told(DeskLinkState.LIVE) == [(back, False, "link")]
    assert told(DeskLinkState.LIVE) == []


def test_a_link_that_was_not_there_before_is_no_news() -> None:
    """A server that takes its time to come up is on the screen, and nothing was lost."""
    desk = FakeDesk()
    announcer = Announcer(desk, NOON)
    for state in (DeskLinkState.CONNECTING, DeskLinkState.DOWN, DeskLinkState.CONNECTING, DeskLinkState.LIVE):
        desk.line = DeskLink(state)
        assert announcer.news() == []
