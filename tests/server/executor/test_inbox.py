"""The inbox: all at once, in order, bounded for commands alone, and it knows when everything is done."""

import asyncio

import pytest

from server.executor.inbox import Inbox
from server.executor.items import Beat, Item
from server.ports import Busy


async def test_everything_that_came_in_one_turn_of_the_loop_is_handed_over_together() -> None:
    inbox, items = Inbox(), [Beat(str(number)) for number in range(50)]
    draining = asyncio.create_task(inbox.drain())
    await asyncio.sleep(0)
    for one in items:
        inbox.offer(one)
    assert await draining == items
    assert len(inbox) == 0


async def test_no_turn_takes_more_than_it_may() -> None:
    """And what is left comes first in the next."""
    inbox, items = Inbox(turn_size=2), [Beat(str(number)) for number in range(5)]
    for one in items:
        inbox.put(one)
    found: list[list[Item]] = []
    while len(inbox):
        found.append(await inbox.drain())
    assert found == [items[:2], items[2:4], items[4:]]


@pytest.mark.parametrize(
    ("answered", "waiting", "found"),
    [(0, 0, 0), (1, 0, 0), (2, 0, 2), (3, 0, 3), (50, 0, 5), (1, 1, 2), (3, 2, 5), (50, 2, 7)],
)
async def test_those_who_come_one_after_the_other_are_gathered(answered: int, waiting: int, found: int) -> None:
    """Until they are all back, or nobody more comes at once; who is alone is not waited for."""
    inbox = Inbox()
    for number in range(waiting):
        inbox.put(Beat(f"waits {number}"))

    async def come() -> None:
        for number in range(5):
            inbox.put(Beat(str(number)))
            await asyncio.sleep(0)

    coming = asyncio.create_task(come())
    await inbox.gather(answered)
    assert len(inbox) == found
    await coming


def test_only_commands_meet_the_bound() -> None:
    """The server's own items are bounded by who puts them in, and must not be lost."""
    inbox = Inbox(size=2)
    inbox.offer(Beat())
    inbox.offer(Beat())
    with pytest.raises(Busy):
        inbox.offer(Beat())
    inbox.put(Beat())
    assert len(inbox) == 3


async def test_it_is_finished_when_what_was_handed_over_is_done() -> None:
    """Not when it is empty: what was taken may still be under way."""
    inbox = Inbox()
    await inbox.finished()
    inbox.put(Beat())
    await inbox.drain()
    finished = asyncio.create_task(inbox.finished())
    await asyncio.sleep(0)
    assert not finished.done()
    inbox.put(Beat())
    inbox.done()
    await asyncio.sleep(0)
    assert not finished.done()
    await inbox.drain()
    inbox.done()
    await finished


async def test_what_is_emptied_is_waited_for_by_nobody() -> None:
    inbox, beat = Inbox(), Beat()
    inbox.put(beat)
    assert inbox.emptied() == [beat]
    await inbox.finished()
    draining = asyncio.create_task(inbox.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    inbox.put(beat)
    assert await draining == [beat]
