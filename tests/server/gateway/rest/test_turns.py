"""Big answers in slices, so that everybody else has a turn between them."""

import asyncio
from collections.abc import Iterator

from server.gateway.rest.turns import ITEMS_A_SLICE, ROWS_A_SLICE, Turns
from server.ports import Page


def numbered(count: int, made: list[int]) -> Iterator[bytes]:
    for number in range(count):
        made.append(number)
        yield b"%d" % number


async def test_items_are_made_a_slice_at_a_time() -> None:
    """All of them, in order; of two answers at once none makes more than a slice before the other has its turn."""
    turns, first, second = Turns(), list[int](), list[int]()
    total = 3 * ITEMS_A_SLICE
    asked = asyncio.gather(turns.slices(numbered(total, first)), turns.slices(numbered(total, second)))
    while not asked.done():
        assert abs(len(first) - len(second)) <= ITEMS_A_SLICE
        await asyncio.sleep(0)
    expected = [b"%d" % number for number in range(total)]
    assert [*await asked] == [expected, expected]


async def test_a_page_is_read_in_smaller_ones() -> None:
    """Never more than was asked for in all, and on from where the last one ended."""
    asked: list[tuple[int, str | None]] = []

    def ask(limit: int, cursor: str | None) -> Page:
        asked.append((limit, cursor))
        return Page([b"x"] * limit, f"after {len(asked)}")

    page = await Turns().page(ask, 2 * ROWS_A_SLICE + 5, None)
    assert (len(page.items), page.next_cursor) == (2 * ROWS_A_SLICE + 5, "after 3")
    assert asked == [(ROWS_A_SLICE, None), (ROWS_A_SLICE, "after 1"), (5, "after 2")]


async def test_a_page_ends_where_there_is_no_more() -> None:
    page = await Turns().page(lambda limit, cursor: Page([b"x"], None), 1_000, None)
    assert page == Page([b"x"], None)
