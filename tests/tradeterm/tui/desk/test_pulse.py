"""The console's beat: often enough, at once when it is wanted, again when it was not heard, silent when it is not."""

import asyncio

from tests.eventually import in_time
from tradeterm.tui.desk.pulse import Pulse


async def test_it_beats_as_long_as_it_is_wanted() -> None:
    """At once with the number of seconds; then within a third of them; 0 ends it."""
    heard: list[int] = []

    async def beat(seconds: int) -> bool:
        heard.append(seconds)
        return len(heard) > 1  # the first does not arrive

    heart = Pulse(beat)
    running = asyncio.create_task(heart.run())
    await asyncio.sleep(0)
    assert heard == []
    heart.want(1)
    await in_time(lambda: len(heard) >= 3)
    assert (set(heard), heart.seconds) == ({1}, 1)
    heart.want(60)
    await in_time(lambda: heard[-1] == 60)
    heart.want(0)
    count = len(heard)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    assert len(heard) == count
