"""How lists are sorted: by a column, marked at its title, or as they came."""

from decimal import Decimal

import pytest

from tradeterm.tui.drawing.columns import columns
from tradeterm.tui.drawing.panes import Pane
from tradeterm.tui.drawing.sorting import SORTS, Sort, Sorting, Value


def numbers(item: Value, title: str) -> Value:
    return item


def test_it_goes_through_the_orders_of_a_list_and_back_to_how_it_came() -> None:
    """Each list for itself; what is not known stands last either way."""
    sorting, shown = Sorting(), columns(Pane.POSITIONS, is_wide=True)
    items = [Decimal(2), None, Decimal(-3), Decimal(0)]
    assert sorting.sorted(Pane.POSITIONS, items, numbers) == items
    assert sorting.next(Pane.POSITIONS, shown) == Sort("Net")
    assert sorting.sorted(Pane.POSITIONS, items, numbers) == [-3, 0, 2, None]
    assert sorting.next(Pane.POSITIONS, shown) == Sort("Net", falls=True)
    assert sorting.sorted(Pane.POSITIONS, items, numbers) == [2, 0, -3, None]
    assert sorting.of(Pane.ORDERS) is None
    sorting.next(Pane.POSITIONS, shown)
    assert sorting.next(Pane.POSITIONS, shown) is None
    assert sorting.sorted(Pane.POSITIONS, items, numbers) == items


def test_a_column_that_is_shown_no_more_sorts_nothing() -> None:
    """In a narrower terminal the fills do not say what they made: an order by it could not be seen."""
    sorting, wide = Sorting(), columns(Pane.FILLS, is_wide=True)
    while sorting.next(Pane.FILLS, wide) != Sort("Realised"):
        pass
    sorting.forget_hidden(Pane.FILLS, wide)
    assert sorting.of(Pane.FILLS) == Sort("Realised")
    sorting.forget_hidden(Pane.FILLS, columns(Pane.FILLS, is_wide=False))
    assert sorting.of(Pane.FILLS) is None


def test_an_order_is_said_in_words() -> None:
    """Names have no largest one."""
    assert [Sort("Sym").words, Sort("Net").words] == ["Sym, from A to Z", "Net, smallest first"]


def test_what_is_equal_stays_as_it_came() -> None:
    """Rows do not change places for nothing, from above or from below."""
    sorting, shown = Sorting(), columns(Pane.WATCH, is_wide=True)
    for _ in range(2):
        sorting.next(Pane.WATCH, shown)
        assert sorting.sorted(Pane.WATCH, ["b", "a"], lambda item, title: Decimal(1)) == ["b", "a"]


@pytest.mark.parametrize("is_wide", [True, False])
@pytest.mark.parametrize("pane", SORTS)
def test_the_column_is_marked_and_its_title_still_fits(pane: Pane, is_wide: bool) -> None:
    """No column that the list does not show is offered."""
    sorting, shown = Sorting(), columns(pane, is_wide=is_wide)
    seen = 0
    while (by := sorting.next(pane, shown)) is not None:
        seen += 1
        (title,) = (one.title for one in sorting.marked(pane, shown) if one.title[-1:] in ("▲", "▼"))
        assert by.title.startswith(title[:-1])
        assert all(len(one.title) <= one.width for one in sorting.marked(pane, shown))
    assert seen >= 3
    assert sorting.marked(pane, shown) == shown
