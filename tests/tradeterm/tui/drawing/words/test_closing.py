"""Reviews of what closes: each says what the position will have made with its last fee, and which orders go."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import LABEL, FakeDesk, order, position
from tradeterm.protocol.vocabulary import OrderType, PositionSide, Side
from tradeterm.tui.drawing.words.review import review_lines
from tradeterm.tui.orders.intent import Trading
from tradeterm.tui.orders.sendable import Close, CloseAll, Kill, Reverse, Sendable

D = Decimal


def words(desk: FakeDesk, thing: Sendable) -> str:
    lines = review_lines(thing, Trading(desk, desk.clock.clocks()), LABEL)
    return "\n".join("".join(part.text for part in line) for line in lines)


def protected() -> FakeDesk:
    """Half a bitcoin bought at 44,765.60, with a stop for all of it, an entry, and another market."""
    told = {"type": OrderType.STOP, "reduce_only": True, "price": None, "stop_price": D("44000")}
    stop = order(9, Side.SELL, "0.5", "44000").model_copy(update=told)
    return FakeDesk(held=[position()], orders=[stop, order(1, Side.BUY, "0.1", "44500")])


def test_closing_says_what_is_closed_and_what_is_cancelled_first() -> None:
    """A short is bought back; its resting entries go first."""
    desk = FakeDesk(held=[position(side=PositionSide.SHORT)], orders=[order(1, Side.SELL, "0.5", "46000")])
    text = words(desk, Close("BTC/USD", "0" * 32))
    assert "BUY MARKET  0.5 BTC/USD" in text
    assert "closes SHORT 0.5" in text
    assert "! cancels 1 working entry of BTC/USD first" in text


def test_a_position_that_has_gone_meanwhile_is_flat_already() -> None:
    """The review is written anew while it is open."""
    assert "BTC/USD is flat already." in words(FakeDesk(), Close("BTC/USD", "0" * 32))


def test_a_close_says_what_it_will_have_made_with_its_last_fee() -> None:
    """0.5 bought at 44,765.60, sold at the bid: gross 123.45, less 58.20 so far and 58.52 now; its stop goes too."""
    told = {"type": OrderType.STOP, "reduce_only": True, "price": None, "stop_price": Decimal("44000")}
    stop = order(9, Side.SELL, "0.5", "44000").model_copy(update=told)
    text = words(FakeDesk(held=[position()], orders=[stop]), Close("BTC/USD", "0" * 32))
    assert "at ≈ 45,012.50: net +6.73" in text
    assert "Value 22,506.25" in text
    assert "cancels its stop 44,000.00" in text


def test_flatten_all_says_what_each_and_all_will_have_made() -> None:
    """The fee of the way out is in it, as it is for one."""
    text = words(protected(), CloseAll())
    assert "closes LONG 0.5 BTC/USD at ≈ 45,012.50: net +6.73" in text
    assert "Net of all ≈ +6.73" in text
    assert "! cancels 1 working entry first" in text
    assert "cancels 1 exit" in text


def test_a_kill_says_so_too_and_what_ends_the_halt() -> None:
    """Orders go, exits among them."""
    text = words(protected(), Kill())
    assert "Net of all ≈ +6.73" in text
    assert "! cancels 2 orders, exits too" in text
    assert "until :unlock" in text


def test_the_sum_is_left_out_while_one_price_is_missing() -> None:
    """No number is made up."""
    desk = protected()
    desk.tickers.clear()
    desk.depths.clear()
    text = words(desk, CloseAll())
    assert "net –" in text
    assert "Net of all" not in text


def test_reversing_says_what_closes_what_opens_and_what_it_costs() -> None:
    """One order of twice the size: what it closes fills first."""
    text = words(protected(), Reverse("BTC/USD", "0" * 32))
    for said in (
        "SELL MARKET  1 BTC/USD",
        "FLIPS to SHORT 0.5",
        "closes LONG 0.5 at ≈ 45,012.50: net +6.73",
        "Cost 45,012.50 Fee ≈ 117.03",
        "cancels its stop 44,000.00",
        "! cancels 1 working entry of BTC/USD first",
    ):
        assert said in text


def test_turning_round_what_has_gone_says_that_it_is_flat() -> None:
    """The review is written anew while it is open."""
    assert "BTC/USD is flat already." in words(FakeDesk(), Reverse("BTC/USD", "0" * 32))


@pytest.mark.parametrize("thing", [CloseAll(), Kill()])
def test_a_review_of_many_positions_keeps_to_its_rows(thing: Sendable) -> None:
    """What it does, the sum and the account are said whatever there is room for; how many more there are, too."""
    desk = FakeDesk(held=[position().model_copy(update={"id": f"p-{number}"}) for number in range(12)])
    for rows in (16, 22, 40):
        lines = review_lines(thing, Trading(desk, desk.clock.clocks()), LABEL, rows)
        text = "\n".join("".join(part.text for part in line) for line in lines)
        assert len(lines) <= rows
        assert ("and 6 more" in text) == (rows == 16)
        assert "Net of all ≈ +80.81" in text
        assert "Account local" in text


def test_a_review_that_is_too_long_has_fewer_empty_lines() -> None:
    desk = protected()
    whole, tight = (
        review_lines(Close("BTC/USD", "0" * 32), Trading(desk, desk.clock.clocks()), LABEL, n) for n in (40, 9)
    )
    assert [line for line in whole if line] == tight
    assert len(whole) > len(tight)
