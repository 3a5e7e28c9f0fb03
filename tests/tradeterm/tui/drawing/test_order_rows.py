"""Rows of the tables: what stands in them, and what is said when something is not known."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.tradeterm.tui.desks import NOON, market, order, position, tape, ticker, trade
from tradeterm.protocol.orders import Order, OrderRequest, StopLoss, TakeProfit
from tradeterm.protocol.vocabulary import OrderType, PositionSide, Side
from tradeterm.tui.drawing.cells import Row
from tradeterm.tui.drawing.columns import columns
from tradeterm.tui.drawing.market_rows import tape_row, watch_row
from tradeterm.tui.drawing.order_rows import Stop, cover_words, fill_row, order_row, position_row, sent_row, stop_of
from tradeterm.tui.drawing.palette import Tone
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.orders.in_flight import Sent

D = Decimal
BTC = market("BTC", "0.5", "0.00001", 2)


def texts(row: Row) -> list[str]:
    return [cell.text for cell in row.cells]


@pytest.mark.parametrize("is_wide", [True, False])
def test_every_row_has_a_cell_for_every_column(is_wide: bool) -> None:
    """At both widths, for everything that a table can show."""
    request = OrderRequest(
        symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, quantity=D(1), client_order_id="0" * 32
    )
    rows = [
        (Pane.ORDERS, order_row(order(1, Side.BUY, "1", "45000"), BTC, is_wide=is_wide)),
        (Pane.ORDERS, sent_row(Sent(request, NOON), BTC, is_wide=is_wide)),
        (Pane.POSITIONS, position_row(position(), BTC, None, is_wide=is_wide)),
        (Pane.FILLS, fill_row(trade(1), BTC, is_wide=is_wide)),
        (Pane.WATCH, watch_row(BTC, None, NOON, None, is_wide=is_wide)),
        (Pane.WATCH, watch_row(BTC, ticker("BTC/USD", "45000", "1", "0.5"), NOON, None, is_wide=is_wide)),
        (Pane.TAPE, tape_row(tape(1)[0], BTC)),
    ]
    for pane, row in rows:
        assert len(row.cells) == len(columns(pane, is_wide=is_wide)), pane


@pytest.mark.parametrize("is_wide", [True, False])
def test_what_the_server_alone_holds_is_shown_as_that_where_it_matters(is_wide: bool) -> None:
    """It dies with the server; on paper everything stands there."""
    held = replace_held(order(1, Side.BUY, "1", "45000"), "server")
    assert "SRV" in texts(order_row(held, BTC, is_wide=is_wide, names_holder=True))
    assert "SRV" not in texts(order_row(held, BTC, is_wide=is_wide))
    there = replace_held(held, "venue")
    assert "SRV" not in texts(order_row(there, BTC, is_wide=is_wide, names_holder=True))


def replace_held(one: Order, held: str) -> Order:
    return one.model_copy(update={"held": held})


def test_a_position_shows_its_net_profit_at_its_mark() -> None:
    """Side, size, entry, break-even, mark, net, percent, stop."""
    assert texts(position_row(position(), BTC, Stop(D(44_000), D("0.5"), D("0.5")), is_wide=True)) == [
        *("BTC", "LONG", "0.50000", "44,765.60", "44,998.70", "45,012.50", "+65.25", "+0.29", "44,000.00")
    ]


def test_percent_of_a_position_has_the_sign_of_the_money_beside_it() -> None:
    """Bought a moment ago, 0.1 at 45,000 is down by its fee, 0.26 %, however the mark stands to the entry."""
    told = {
        "entry_price": D(45_000),
        "current_price": D("45_000.50"),
        "unrealized_pnl": D("0.05"),
        "net_total_pnl": D("-11.65"),
    }
    row = position_row(position(quantity="0.1").model_copy(update=told), BTC, None, is_wide=True)
    assert [(cell.text, cell.tone) for cell in row.cells[6:8]] == [("-11.65", Tone.DOWN), ("-0.26", Tone.DOWN)]


def test_a_position_without_a_mark_says_so_instead_of_a_profit() -> None:
    """No number is shown that is not known."""
    unmarked = position().model_copy(update={"current_price": None})
    assert texts(position_row(unmarked, BTC, None, is_wide=True))[5:8] == ["–", "no mark", "–"]


def test_a_profit_at_an_old_mark_is_dimmed() -> None:
    """It is not the present one."""
    row = position_row(position(), BTC, None, is_wide=True, is_old=True)
    assert {row.cells[n].tone for n in (5, 6, 7)} == {Tone.STALE}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "NEW"),
        ({"unconfirmed": True}, "? unknown"),
        ({"pending_cancel": True}, "CANCEL…"),
        ({"pending_replace": True}, "AMEND…"),
    ],
)
def test_what_an_order_waits_for_stands_in_its_row(change: dict[str, bool], text: str) -> None:
    """A flag is shown over the status."""
    row = order_row(order(1, Side.BUY, "1", "45000").model_copy(update=change), BTC, is_wide=True)
    assert texts(row)[7] == text


def test_an_order_keeps_its_row_from_the_key_press_on() -> None:
    """The row's id is the client's, before and after the server has named the order."""
    placed = order(1, Side.BUY, "1", "45000")
    request = OrderRequest(
        symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, quantity=D(1), client_order_id=placed.client_order_id
    )
    sent = Sent(request, NOON)
    assert sent_row(sent, BTC, is_wide=True).id == order_row(placed, BTC, is_wide=True).id
    assert replace(sent).id == placed.client_order_id


def stop(number: int, side: Side, at: str, *, quantity: str = "1", reduces: bool = True) -> Order:
    told = {"type": OrderType.STOP, "stop_price": D(at), "price": None, "reduce_only": reduces}
    return order(number, side, quantity, at).model_copy(update=told)


def test_the_nearest_stop_is_the_one_that_counts() -> None:
    """For a long the highest sell stop, for a short the lowest buy stop."""
    orders = [
        stop(1, Side.SELL, "44000"),
        stop(2, Side.SELL, "44500"),
        stop(3, Side.BUY, "46000"),
        stop(4, Side.BUY, "47000"),
    ]
    assert stop_of(position(), orders) == Stop(D(44_500), D(2), D("0.5"))
    assert stop_of(position(side=PositionSide.SHORT), orders) == Stop(D(46_000), D(2), D("0.5"))
    assert stop_of(position(), []) is None


def test_a_stop_that_is_cancelled_with_the_entries_is_no_stop() -> None:
    """A plain sell stop goes when entries go: a position that relies on it has none."""
    assert stop_of(position(), [stop(1, Side.SELL, "44000", reduces=False)]) is None


def test_a_stop_for_a_part_says_that_it_is_one() -> None:
    """Half of what is held; two halves are a whole."""
    half = [stop(1, Side.SELL, "44000", quantity="0.25")]
    assert texts(position_row(position(), BTC, stop_of(position(), half), is_wide=True))[-1] == "44,000½"
    assert cover_words("BTC/USD", stop_of(position(), half)) == "BTC stop 0.25 of 0.5"
    odd = [stop(1, Side.SELL, "44555.5", quantity="0.25")]
    narrow = texts(position_row(position(), BTC, stop_of(position(), odd), is_wide=False))
    assert narrow[-1] == "44555.5½"
    both = [*half, stop(2, Side.SELL, "43000", quantity="0.25")]
    assert texts(position_row(position(), BTC, stop_of(position(), both), is_wide=True))[-1] == "44,000.00"
    assert cover_words("BTC/USD", stop_of(position(), both)) == ""


def test_orders_say_whether_they_only_reduce_or_only_rest() -> None:
    """Beside the time in force."""
    stop, target = {"stop_loss": StopLoss(stop_price=D(44_000))}, {"take_profit": TakeProfit(price=D(46_000))}
    brings: tuple[tuple[dict[str, Any], str], ...] = (
        (stop, "S"),
        (target, "T"),
        (stop | target | {"post_only": True}, "ST"),
    )
    for told, flag in (({"reduce_only": True}, "RO"), ({"post_only": True}, "PO"), ({}, ""), *brings):
        row = order_row(order(1, Side.BUY, "1", "45000").model_copy(update=told), BTC, is_wide=True)
        assert texts(row)[9] == flag


def test_prices_of_many_zeros_can_be_told_apart() -> None:
    """Entry, break-even and mark of a market whose tick is a billionth."""
    shib = market("SHIB", "0.000000001", "1", 9)
    prices = {"entry_price": D("0.000012345"), "break_even_price": D("0.000012346"), "current_price": D("0.000012347")}
    row = position_row(position("SHIB/USD").model_copy(update=prices), shib, None, is_wide=True)
    assert texts(row)[3:6] == ["0.0₄12345", "0.0₄12346", "0.0₄12347"]


@pytest.mark.parametrize(
    ("kind", "is_reducing", "said"),
    [
        (OrderType.STOP, True, "STP RO"),
        (OrderType.TRAILING_STOP, False, "TRL"),
        (OrderType.LIMIT, True, "NEW RO"),
        (OrderType.LIMIT, False, "NEW"),
    ],
)
def test_a_narrow_row_says_what_waits_and_what_only_reduces(kind: OrderType, is_reducing: bool, said: str) -> None:
    """There is no column for either: of a stop it said that it waits, and of a target nothing."""
    one = order(1, Side.SELL, "1", "44000").model_copy(
        update={"type": kind, "stop_price": D(44_000), "reduce_only": is_reducing}
    )
    assert texts(order_row(one, BTC, is_wide=False))[-2] == said
    assert len(said) <= columns(Pane.ORDERS, is_wide=False)[-2].width


def test_a_narrow_row_says_which_exits_an_entry_brings() -> None:
    exits = {"stop_loss": StopLoss(stop_price=D(44_000)), "take_profit": TakeProfit(price=D(46_000))}
    one = order(1, Side.BUY, "1", "45000").model_copy(update=exits)
    assert texts(order_row(one, BTC, is_wide=False))[-2] == "NEW ST"


@pytest.mark.parametrize(("is_wide", "at"), [(True, -2), (False, -1)])
def test_an_order_says_how_far_the_market_is(is_wide: bool, at: int) -> None:
    """At both widths, under its heading."""
    assert texts(order_row(order(1, Side.BUY, "1", "45000"), BTC, "-25t", is_wide=is_wide))[at] == "-25t"
    assert columns(Pane.ORDERS, is_wide=is_wide)[at].title == "Away"


def test_a_narrow_row_that_is_on_its_way_says_only_that() -> None:
    """It must not be cut."""
    leaving = order(1, Side.SELL, "1", "44000").model_copy(update={"pending_cancel": True, "reduce_only": True})
    assert texts(order_row(leaving, BTC, is_wide=False))[-2] == "CANCEL…"
