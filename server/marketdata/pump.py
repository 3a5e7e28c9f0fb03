"""Plays a feed in real time: what is due goes to the executor as one step, and nothing is caught up after a long stall."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator

from server.ports import Clock, FlowStep

GRAIN_S = 0.01  # what falls due within this time goes in one step
STALL_S = 1.0  # after a longer stall the market goes on from now: a burst of old orders would be no market
LARGEST_STEP = 200


async def pump(
    steps: Iterator[tuple[float, FlowStep]], into: Callable[[FlowStep], Awaitable[None]], clock: Clock
) -> None:
    """Hand over the feed's steps when they are due, until it ends. `into` may wait: the flow can be slowed down."""
    due = clock.monotonic()
    for wait, step in merged(steps):
        due += wait
        now = clock.monotonic()
        if now - due > STALL_S:
            due = now
        if due > now:
            await asyncio.sleep(due - now)
        if step.requests:
            await into(step)


def merged(steps: Iterator[tuple[float, FlowStep]]) -> Iterator[tuple[float, FlowStep]]:
    """Steps that fall within one grain as one, at the time of the last of them. The first, the standing ladders, stays
    by itself."""
    coming = next(steps, None)
    is_first = True
    while coming is not None:
        waited, step = coming
        requests, gathered, coming = list(step.requests), 0.0, None
        for wait, following in itertools.islice(steps, 1) if is_first else steps:
            if is_first or gathered + wait > GRAIN_S or len(requests) >= LARGEST_STEP:
                coming = wait, following
                break
            gathered += wait
            requests.extend(following.requests)
        is_first = False
        yield waited + gathered, FlowStep(requests)
