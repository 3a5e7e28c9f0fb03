"""The rows that are always visible, at every width."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import LABEL, NOON, FakeDesk, account, position, ticker
from tradeterm.protocol.market import VenueStatus
from tradeterm.protocol.vocabulary import TradingState
from tradeterm.tui.desk.day import Day
from tradeterm.tui.desk.port import DeskLink, DeskLinkState, EventLine, Label
from tradeterm.tui.drawing.bars import account_bar, account_lines, link_lines, status_bar
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.parts import Part
from tradeterm.tui.orders.mode import Mode

DESK = FakeDesk()
BTC = DESK.markets()["BTC/USD"]
QUOTES = ticker("BTC/USD", "45012.5", "0.42", "0.5")
LINK = DESK.line


def text(line: Sequence[Part]) -> str:
    return "".join(part.text for part in line)


def tone_of(line: Sequence[Part], words: str) -> Tone:
    return next(part.tone for part in line if words in part.text)


@pytest.mark.parametrize("width", [100, 120, 200])
def test_the_account_bar_always_says_what_where_and_how(width: int) -> None:
    """What is traded, on what, with which equity, in which mode: never left out, never too wide."""
    bar = text(account_bar(LABEL, Mode.SAFE, BTC, QUOTES, account(), NOON, width))
    assert len(bar) <= width
    for words in ("PAPER · SIM prices", "BTC/USD", "45,012.50", "Eq 100,065.25", "[SAFE]"):
        assert words in bar
    assert " [SAFE]" in bar


def test_the_narrowest_bar_still_says_net_and_what_is_left_of_the_day() -> None:
    """In 80 cells: whose prices they are goes, and cents; what is made, lost and allowed stays."""
    limited = account().model_copy(update={"day_loss_limit": Decimal(5000)})
    bar = text(account_bar(LABEL, Mode.SAFE, BTC, QUOTES, limited, NOON, 80, net=Decimal("-12.94")))
    assert len(bar) <= 80
    for words in (" PAPER ", "BTC/USD 45,012.50 ▲+0.4%", "Eq 100,065", "Net -12.94", "Day +65.25", "[SAFE]"):
        assert words in bar
    assert "/-5,000" in bar


@pytest.mark.parametrize("state", [TradingState.ACTIVE, TradingState.REDUCING])
@pytest.mark.parametrize("mode", [Mode.SAFE, Mode.ARMED])
@pytest.mark.parametrize("label", [LABEL, Label("LIVE · binance", is_live=True)])
@pytest.mark.parametrize(
    ("equity", "made", "limit"), [("98765.43", "-1234.56", 5000), ("1098765.43", "-23456.78", 50000)]
)
def test_the_limit_of_the_day_stays_beside_long_numbers(
    equity: str, made: str, limit: int, label: Label, mode: Mode, state: TradingState
) -> None:
    """Cents go before it, then the change, the equity, what the positions have made, and the price."""
    sums = {
        "equity": Decimal(equity),
        "day_pnl": Decimal(made),
        "day_loss_limit": Decimal(limit),
        "trading_state": state,
    }
    rich = account().model_copy(update=sums)
    quotes = ticker("BTC/USD", "145012.5", "-10.42", "0.5")
    span = timedelta(minutes=9, seconds=41)
    bar = text(account_bar(label, mode, BTC, quotes, rich, NOON, 80, net=Decimal(made), armed_for=span))
    assert len(bar) <= 80
    assert "BTC/USD " in bar
    assert f" Day {Decimal(made):,.0f}/-{limit:,} " in bar or f" Day {Decimal(made):,.2f}/-{limit:,} " in bar
    assert bar.endswith("[SAFE] " if mode is Mode.SAFE else "[ARMED 9:41] ")


def test_what_is_made_keeps_its_cents_while_there_is_room() -> None:
    """What is available and whose prices they are go before them."""
    rich = account().model_copy(update={"day_pnl": Decimal("-1234.56"), "day_loss_limit": Decimal(5000)})
    bar = text(account_bar(LABEL, Mode.SAFE, BTC, QUOTES, rich, NOON, 90, net=Decimal("-23.45")))
    assert "Eq 100,065 Net -23.45 Day -1,234.56/-5,000" in bar


def test_real_money_is_said_whole_in_the_narrowest_bar() -> None:
    """Nothing of its badge is left out."""
    live = Label("LIVE · binance", is_live=True)
    assert "!! LIVE · binance !!" in text(account_bar(live, Mode.SAFE, BTC, QUOTES, account(), NOON, 80))


def test_an_account_that_may_not_trade_says_so() -> None:
    """Reducing and halted stand beside the mode."""
    halted = account().model_copy(update={"trading_state": TradingState.HALTED})
    assert "[HALTED] [SAFE]" in text(account_bar(LABEL, Mode.SAFE, BTC, QUOTES, halted, NOON, 120))


def test_before_anything_is_known_the_bar_says_so() -> None:
    """No market, no price, no account: no number."""
    assert "no market yet" in text(account_bar(LABEL, Mode.SAFE, None, None, None, NOON, 120))
    assert "no price yet" in text(account_bar(LABEL, Mode.SAFE, BTC, None, None, NOON, 120))


@pytest.mark.parametrize(("delay_ms", "glyph"), [(0, "●"), (249, "●"), (250, "◐"), (999, "◐"), (1000, "○")])
def test_a_slow_line_is_a_glyph_and_a_number(delay_ms: int, glyph: str) -> None:
    """Never a colour alone."""
    bar = text(status_bar(replace(LINK, delay=timedelta(milliseconds=delay_ms)), None, NOON, 120))
    assert bar.startswith(f" {glyph} MD {delay_ms}ms")


@pytest.mark.parametrize(("left", "glyph"), [(6_000, "●"), (1_499, "◐"), (599, "○")])
def test_what_is_left_of_an_exchanges_weights_is_a_number(left: int, glyph: str) -> None:
    """Louder the less it is; nothing on paper, and where nobody counts."""
    venue = VenueStatus(venue="binance", mode="live", weight_left=left, weight_limit=6_000, stream_up=True)
    assert f" {glyph} WT {left:,}" in text(status_bar(LINK, None, NOON, 120, venue=venue))
    uncounted = venue.model_copy(update={"weight_left": None, "weight_limit": None})
    for none in (None, uncounted):
        assert "WT" not in text(status_bar(LINK, None, NOON, 120, venue=none))


def test_a_ban_says_until_when_and_a_stream_that_is_down_whose() -> None:
    """A ban that is over is none."""
    venue = VenueStatus(venue="binance", mode="live", weight_left=5, weight_limit=6_000, stream_up=False)
    banned = venue.model_copy(update={"banned_until": NOON + timedelta(seconds=90)})
    bar = status_bar(LINK, None, NOON, 120, venue=banned)
    assert "binance bans until 12:32:37Z" in text(bar)
    assert tone_of(bar, "bans") is Tone.ALERT
    over = text(status_bar(LINK, None, NOON + timedelta(seconds=91), 120, venue=banned))
    assert "bans" not in over
    assert "no order stream of binance" in over


def test_the_age_of_the_newest_data_grows_while_nothing_comes() -> None:
    """Three seconds without data are an alert."""
    bar = status_bar(LINK, None, NOON + timedelta(seconds=9), 120)
    assert "9.1s" in text(bar)
    assert tone_of(bar, "○") is Tone.ALERT


def test_the_newest_event_takes_the_room_that_is_left() -> None:
    """It is cut, never wrapped."""
    bar = text(status_bar(LINK, EventLine("1", NOON, "x" * 300), NOON, 80))
    assert len(bar) <= 80
    assert bar.endswith("…")


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (DeskLink(DeskLinkState.CONNECTING), "connecting to the server"),
        (DeskLink(DeskLinkState.REFUSED, reason="wrong token"), "the server refused: wrong token"),
        (
            DeskLink(DeskLinkState.DOWN, since=NOON, attempt=3, retry_at=NOON + timedelta(seconds=2)),
            "link lost 12:31:07Z, try 3 in 2s",
        ),
        (DeskLink(DeskLinkState.CONNECTING, since=NOON, attempt=4), "link lost 12:31:07Z, try 4"),
    ],
)
def test_the_box_says_what_is_the_matter_with_the_link(link: DeskLink, words: str) -> None:
    """And what stays on the server meanwhile."""
    lines = link_lines(link, 2, NOON)
    assert words in "\n".join(text(line) for line in lines)


def test_a_reason_that_is_longer_than_the_box_goes_on_in_a_second_row() -> None:
    """What is the matter stands at its end."""
    reason = "the private server's files cannot be used: read-only file system"
    lines = [text(line) for line in link_lines(DeskLink(DeskLinkState.REFUSED, reason=reason), 0, NOON)]
    assert " ".join(lines[:-1]) == f"○ the server refused: {reason}"
    assert len(lines) == 3
    assert max(map(len, lines)) <= 56
    assert len(link_lines(DeskLink(DeskLinkState.REFUSED, reason="long " * 99), 0, NOON)) == 3


def test_the_account_stands_where_the_ticket_will_be() -> None:
    """Cash, margin and exposure, with the leverage that they make."""
    lines = [text(line) for line in account_lines(account(), [position()], "BTC/USD", Day())]
    assert "Margin used    4,501.25 level 44.5" in lines
    assert "Exposure      22,506.25  0.22x" in lines
    assert lines[-1] == "b buys, s sells BTC/USD"


def test_the_day_stands_with_what_is_left_of_its_limit() -> None:
    """In the first row and in the box; loud once four fifths of the way are gone."""
    limited = account().model_copy(
        update={"day_loss_limit": Decimal(5_000), "day_pnl": Decimal("-4100"), "equity": Decimal(95_900)}
    )
    bar = account_bar(LABEL, Mode.SAFE, BTC, QUOTES, limited, NOON, 160)
    assert "Day -4,100.00/-5,000" in text(bar)
    assert tone_of(bar, "/-5,000") is Tone.ALERT
    box = [
        text(line)
        for line in account_lines(limited, [], "BTC/USD", Day({"a": Decimal(5), "b": Decimal(-7)}, Decimal(3)))
    ]
    assert any("left 900" in line for line in box)
    assert "Trades 2   win 50%   avg -1.00" in box
    assert "Best +5.00 worst -7.00 fees 3.00" in box


def test_armed_says_how_long_and_real_money_looks_like_nothing_else() -> None:
    """In words too, where there are no colours."""
    bar = account_bar(LABEL, Mode.ARMED, BTC, QUOTES, account(), NOON, 120, armed_for=timedelta(seconds=581))
    assert "[ARMED 9:41]" in text(bar)
    assert tone_of(bar, "ARMED") is Tone.DANGER
    live = account_bar(Label("LIVE · binance", is_live=True), Mode.SAFE, BTC, QUOTES, account(), NOON, 120)
    assert text(live).startswith(" !! LIVE · binance !! ")
    assert tone_of(live, "LIVE") is Tone.DANGER
