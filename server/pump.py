"""Plays a feed in real time: what is due goes to the executor as one step, and nothing is caught up after a long stall."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator

from server.ports import Clock, FlowStep, Request

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
    """Steps that fall within one grain as one, at the time of the last of them.

    A step is drawn only when the one before it was handed over, so that it sees the book as it is.
    """
    for wait, step in steps:
        requests, waited = list(step.requests), wait
        # The first step is the standing ladders: nothing may be mixed into it.
        if waited:
            requests, waited = _gather(steps, requests, waited)
        yield waited, FlowStep(requests)


def _gather(
    steps: Iterator[tuple[float, FlowStep]], requests: list[Request], waited: float
) -> tuple[list[Request], float]:
    until = waited + GRAIN_S if waited < GRAIN_S else waited
    while waited < until and len(requests) < LARGEST_STEP:
        following = next(itertools.islice(steps, 1), None)
        if following is None:
            break
        waited += following[0]
        requests.extend(following[1].requests)
    return requests, waited
