"""Reviews of what is no new order: what stays when entries go, what protection makes, and what an amend costs in the queue."""

from decimal import Decimal

import pytest

from tests.tradeterm.tui.desks import FakeDesk, order, position
from tests.tradeterm.tui.drawing.words.test_closing import protected, words
from tradeterm.protocol.orders import Order, StopLoss, TakeProfit
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.orders.sendable import Amend, CancelEntries, Protect

D = Decimal


def stop_order() -> Order:
    told = {"type": OrderType.STOP, "price": None, "stop_price": D("44000")}
    return order(9, Side.SELL, "0.5", "44000").model_copy(update=told)


def test_cancelling_says_which_exits_stay_and_where_none_does() -> None:
    """A position without a stop is not said to keep one."""
    assert "1 exit stays: positions keep their stops." in words(protected(), CancelEntries())
    bare = FakeDesk(held=[position()], orders=[order(1, Side.BUY, "0.1", "44500")])
    text = words(bare, CancelEntries())
    assert "no stop works" in text
    assert "keep" not in text
    target = order(9, Side.SELL, "0.5", "46000").model_copy(update={"reduce_only": True})
    text = words(FakeDesk(held=[position()], orders=[target, order(1, Side.BUY, "0.1", "44500")]), CancelEntries())
    assert "1 exit stays, and no stop is among them." in text


def test_cancelling_lists_some_entries_with_what_is_left_of_them_and_counts_the_others() -> None:
    """Of the named market alone where one is named."""
    entries = [order(number, Side.BUY, "0.3", "44500", filled="0.1") for number in range(14)]
    elsewhere = order(20, Side.SELL, "1", "2500", symbol="ETH/USD")
    desk = FakeDesk(orders=[*entries, elsewhere])
    text = words(desk, CancelEntries())
    assert "CANCEL 15 working entries" in text
    assert text.count("BUY 0.2 BTC/USD @ 44,500.00") == 12
    assert "and 3 more" in text
    text = words(desk, CancelEntries("ETH/USD"))
    assert "CANCEL 1 working entry" in text
    assert "SELL 1 ETH/USD @ 2,500.00" in text
    assert "more" not in text


def test_protection_says_what_stop_and_target_will_have_made() -> None:
    """Of the equity too; a stop that is not there is an alert, and no protection at all is said first."""
    desk = FakeDesk(held=[position()])
    text = words(desk, Protect("BTC/USD", stop=D(44_000), target=D(46_000)))
    assert "PROTECT LONG 0.5 BTC/USD" in text
    assert "Stop    44,000.00  net ≈ -498.20" in text
    assert "Target  46,000.00  net ≈ +536.00" in text
    assert text.count("% of equity") == 2
    assert "Stop    none" in words(desk, Protect("BTC/USD", stop=None, target=D(46_000)))
    assert "NO PROTECTION" in words(desk, Protect("BTC/USD", stop=None, target=None))
    assert "BTC/USD is flat already." in words(FakeDesk(), Protect("BTC/USD", stop=D(44_000), target=None))


def test_protection_whose_level_the_market_has_passed_says_so() -> None:
    """While its review stands open."""
    desk = FakeDesk(held=[position()])
    assert "! A long's stop is below 45,012.50." in words(desk, Protect("BTC/USD", D(45_500), None))
    assert "!" not in words(desk, Protect("BTC/USD", D(44_500), None))


def test_protection_names_the_exits_that_it_replaces_and_those_that_stay() -> None:
    """A bracket's stop of a part of the position goes, with its target; what was placed by hand stays beside it."""
    told = {"type": OrderType.STOP, "price": None, "stop_price": D(44_000), "reduce_only": True}
    stop = order(7, Side.SELL, "0.2", "1").model_copy(update={**told, "reason": "BRACKET"})
    target = order(8, Side.SELL, "0.2", "47000").model_copy(update={"reduce_only": True, "reason": "BRACKET"})
    own = order(9, Side.SELL, "0.1", "1").model_copy(update={**told, "stop_price": D(43_000)})
    desk = FakeDesk(held=[position()], orders=[stop, target, own])
    text = words(desk, Protect("BTC/USD", stop=D(44_500), target=None))
    assert "Replaces stop 44,000.00 of 0.2, limit 47,000.00 of 0.2" in text
    assert "Beside it stays stop 43,000.00 of 0.1" in text
    assert "Replaces stop 44,000.00" in words(desk, Protect("BTC/USD", stop=None, target=None))
    assert "Replaces" not in words(FakeDesk(held=[position()]), Protect("BTC/USD", stop=D(44_500), target=None))


@pytest.mark.parametrize(
    ("price", "quantity", "place"),
    [
        (None, "0.05", "keeps its place"),
        (None, "0.2", "goes to the end"),
        ("44600", None, "goes to the end"),
        ("44600", "0.05", "goes to the end"),
    ],
)
def test_only_a_smaller_size_keeps_the_place_in_the_queue(price: str | None, quantity: str | None, place: str) -> None:
    thing = Amend(order(1, Side.BUY, "0.1", "44500"), D(price) if price else None, D(quantity) if quantity else None)
    text = words(FakeDesk(), thing)
    assert f"It {place}" in text
    assert ("Price  44,500.00 → 44,600.00" in text) is (price is not None)
    assert (f"Size   0.1 → {quantity}" in text) is (quantity is not None)
    assert ("ticks" in text) is (price is not None)


def test_what_waits_for_a_trigger_stands_in_no_queue() -> None:
    text = words(FakeDesk(), Amend(stop_order(), D(44_100), None))
    assert "AMEND SELL STOP" in text
    assert "When   44,000.00 → 44,100.00" in text
    assert "queue" not in text


def test_an_amend_says_which_exits_the_entry_brings() -> None:
    """They stay where they were: whoever moves an entry past its own stop should see it."""
    exits = {"stop_loss": StopLoss(stop_price=D(44_000)), "take_profit": TakeProfit(price=D(46_000))}
    entry = order(1, Side.BUY, "0.1", "44500")
    assert "It brings its stop 44,000.00 and target 46,000.00." in words(
        FakeDesk(), Amend(entry.model_copy(update=exits), D(44_600), None)
    )
    assert "brings" not in words(FakeDesk(), Amend(entry, D(44_600), None))
