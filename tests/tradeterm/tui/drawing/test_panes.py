"""Where the panes lie: they cover the body and never overlap, at every size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradeterm.tui.drawing.columns import columns
from tradeterm.tui.drawing.panes import (
    HUGE_FROM,
    MIN_HEIGHT,
    MIN_WIDTH,
    ULTRA_FROM,
    WIDE_FROM,
    Pane,
    Shown,
    arranged,
    ladder_id,
    pane_of,
)
from tradeterm.tui.pins import MOST_LADDERS

LISTS = (Pane.POSITIONS, Pane.ORDERS, Pane.FILLS)


@given(
    st.integers(MIN_WIDTH, 300),
    st.integers(MIN_HEIGHT - 3, 100),
    st.lists(st.sampled_from(Pane), max_size=4),
    st.integers(1, MOST_LADDERS),
    st.none() | st.sampled_from(Pane),
)
def test_visible_panes_tile_the_body(
    width: int, height: int, brought: list[Pane], ladders: int, zoomed: Pane | None
) -> None:
    """Every cell belongs to one pane, whatever was brought to the front, and to one ladder of as many as there are."""
    shown = Shown(zoomed=zoomed).having(ladders).at(width)
    for pane in brought:
        shown = shown.bringing(pane)
    regions = arranged(shown, width, height)
    beside = {ladder_id(n) for n in range(2, shown.seen_ladders + 1) if Pane.LADDER in shown.visible}
    assert set(regions) == {*shown.visible, *beside}
    assert sum(region.area for region in regions.values()) == width * height
    places = list(regions.values())
    assert not any(one.overlaps(other) for n, one in enumerate(places) for other in places[n + 1 :])


@pytest.mark.parametrize("width", [MIN_WIDTH, WIDE_FROM, ULTRA_FROM])
@pytest.mark.parametrize("pane", Pane)
def test_a_pane_that_is_asked_for_is_visible(width: int, pane: Pane) -> None:
    """Every number leads somewhere at every width."""
    assert pane in Shown().at(width).bringing(pane).visible


@pytest.mark.parametrize("pane", Pane)
def test_a_zoomed_pane_has_the_whole_body(pane: Pane) -> None:
    """And the zoom follows the pane that is asked for."""
    shown = Shown(zoomed=Pane.WATCH).bringing(pane)
    assert shown.visible == (pane,)


def test_numbers_are_those_of_the_titles() -> None:
    """`pane_of` is the inverse of the number."""
    assert [pane_of(pane.number) for pane in Pane] == list(Pane)


@given(st.lists(st.tuples(st.integers(MIN_WIDTH, 300), st.integers(1, MOST_LADDERS)), min_size=1, max_size=8))
def test_resizing_never_leaves_a_pane_where_it_has_no_place(steps: list[tuple[int, int]]) -> None:
    """What is in front below is always one of the panes that live there; no pane is lost at any width."""
    shown = Shown()
    for width, ladders in steps:
        shown = shown.at(width).having(ladders)
        assert shown.lower in shown.lower_panes
        assert all(pane in shown.bringing(pane).visible for pane in Pane)


@pytest.mark.parametrize(("width", "ladders", "least"), [(HUGE_FROM, 2, 60), (HUGE_FROM, 3, 44), (260, 3, 60)])
def test_every_ladder_has_room_for_the_queue(width: int, ladders: int, least: int) -> None:
    """And the chart beside them stays one."""
    regions = arranged(Shown().at(width).having(ladders), width, 47)
    assert all(regions[ladder_id(n + 1)].width >= least for n in range(ladders))
    assert regions[Pane.CHART].width >= 40


@pytest.mark.parametrize(
    ("width", "ladders", "has_room"),
    [(MIN_WIDTH, 1, False), (WIDE_FROM, 1, False), (120, 1, True), (HUGE_FROM, 1, True), (HUGE_FROM, 2, True)],
)
def test_lists_have_the_columns_that_they_have_room_for(width: int, ladders: int, has_room: bool) -> None:
    """So that a stop is never what the frame cuts off."""
    shown = Shown().at(width).having(ladders)
    widest = max(sum(column.width + 1 for column in columns(pane, is_wide=True)) for pane in LISTS)
    place = arranged(shown, width, 47)[Pane.POSITIONS].width - 2
    assert shown.has_room(Pane.POSITIONS) is has_room is (place >= widest - 1)


@pytest.mark.parametrize(("width", "height"), [(MIN_WIDTH, MIN_HEIGHT - 3), (WIDE_FROM, 33), (200, 47)])
def test_positions_and_orders_are_seen_together_at_every_size(width: int, height: int) -> None:
    """With two rows of each at least, below a heading."""
    shown = Shown().at(width)
    regions = arranged(shown, width, height)
    assert {Pane.POSITIONS, Pane.ORDERS} <= set(shown.visible)
    assert min(regions[Pane.POSITIONS].height, regions[Pane.ORDERS].height) >= 5
