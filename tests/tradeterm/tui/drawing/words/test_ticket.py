"""The ticket's own words: what stands beside each field and under all of them."""

from dataclasses import replace

import pytest

from tests.tradeterm.tui.desks import FakeDesk
from tradeterm.protocol.vocabulary import OrderType, Side, TimeInForce
from tradeterm.tui.drawing.parts import Line
from tradeterm.tui.drawing.words.ticket import ticket_text
from tradeterm.tui.orders.draft import Draft
from tradeterm.tui.orders.intent import Trading

BUY = Draft("BTC/USD", Side.BUY, OrderType.LIMIT, quantity="0.1", price="45010.5", stop="44000", target="47000")


def words(line: Line) -> str:
    return "".join(part.text for part in line)


def text_of(draft: Draft, desk: FakeDesk | None = None) -> tuple[str, dict[str, str], list[str]]:
    desk = desk or FakeDesk()
    text = ticket_text(draft, Trading(desk, desk.clock.clocks()))
    return "\n".join(map(words, text.facts)), {name: words(line) for name, line in text.notes.items()}, text.faults


def test_stop_and_target_say_their_money_beside_them() -> None:
    """Fees of both ways in it; percent of equity, and how many times the risk."""
    facts, notes, faults = text_of(BUY)
    assert notes["stop"] == "-116.99  0.12%"
    assert notes["target"] == "+189.75  1.62R net"
    assert notes["price"] == "4t below bid"
    assert "opens LONG 0.1" in facts
    assert "Cost 4,501.05 Fee ≈ 4.50 lev 0.04x" in facts
    assert not faults


def test_a_word_for_a_size_shows_what_it_comes_to() -> None:
    """And the facts are those of that size; reckoned as if both ways took, it risks no more than was said."""
    facts, notes, _ = text_of(replace(BUY, quantity="1%risk"))
    assert notes["quantity"].startswith("= 0.80572")
    assert "opens LONG 0.80572" in facts
    assert notes["stop"].endswith("0.94%")


def test_a_word_for_an_exit_shows_where_it_stands() -> None:
    """Counted from the limit; the size at risk counts with it."""
    _, notes, faults = text_of(replace(BUY, stop="-2%", target="2r"))
    assert notes["stop"] == "44,110.50 -105.97  0.11%"
    assert notes["target"].startswith("46,810.50 ")
    assert not faults
    assert "type a stop first" not in "".join(text_of(replace(BUY, quantity="1%risk", stop="-2%"))[2])
    assert text_of(replace(BUY, stop="2%"))[2] == ["Which way? -2% or +2%."]


def test_an_exit_on_the_wrong_side_says_where_it_belongs_while_it_is_typed() -> None:
    """Its money would look like a gain; the other one is reckoned as ever, and the error comes with Enter."""
    _, notes, faults = text_of(replace(BUY, stop="46000"))
    assert notes["stop"] == "! below 45,010.50"
    assert text_of(replace(BUY, target="4700"))[1]["target"] == "! above 45,010.50"
    assert text_of(replace(BUY, side=Side.SELL, stop="46000"))[1]["target"] == "! below 45,010.50"
    assert not faults


def test_a_plain_size_has_the_words_beside_it() -> None:
    """So that they are found."""
    assert text_of(BUY)[1]["quantity"] == "25% 1%risk max"


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (replace(BUY, quantity="1%risk", stop=""), "type a stop first"),
        (replace(BUY, price="45o"), "not a number"),
        (replace(BUY, type=OrderType.TRAILING_STOP, trigger="x%"), "not a number"),
    ],
)
def test_what_is_no_number_is_said_while_it_is_typed(draft: Draft, fault: str) -> None:
    """Not first when it is sent."""
    assert fault in " ".join(text_of(draft)[2])


def test_a_large_market_order_says_what_it_does_to_the_book() -> None:
    """Average, levels and slippage, and that it leaves no room."""
    facts, _, _ = text_of(Draft("BTC/USD", Side.BUY, quantity="15"))
    assert "4 levels, slippage" in facts
    assert "! leverage 6.75x is above 2x" in facts


def test_a_half_typed_stop_leaves_the_rest_standing() -> None:
    """`4` is on the way to `44000`."""
    facts, notes, faults = text_of(replace(BUY, stop="4"))
    assert "Cost 4,501.05" in facts
    assert not faults
    assert "stop" in notes


def test_the_end_of_an_order_is_shown_as_it_will_be() -> None:
    """By the clock and how long that is; what is no time yet shows how one is written, and costs no figure."""
    till = replace(BUY, time_in_force=TimeInForce.GTD, until="18:00")
    facts, notes, faults = text_of(till)
    assert notes["until"] == "18:00:00Z, in 5h"
    assert "Cost" in facts
    facts, notes, faults = text_of(replace(till, until="18"))
    assert (notes["until"], faults) == ("18:00, 90m, 2h, 3d", [])
    assert "Cost" in facts
