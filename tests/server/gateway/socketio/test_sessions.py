"""Engine.IO sessions as they begin and end: those that nobody signs in, and those that are over."""

import asyncio

from server.gateway.limits import SessionLimits
from tests.eventually import turns
from tests.server.gateway.socketio.polls import Polls


async def test_a_session_that_nobody_signs_in_ends() -> None:
    """After the time for it, and not before; one that is signed in stays."""
    polls = Polls()
    (known, _), stranger = await polls.sign_in(), await polls.open()
    polls.rig.clock.advance(SessionLimits().sign_in_s - 0.1)
    polls.endpoint.sweep()
    await asyncio.sleep(0)
    assert (await polls.ask("POST", stranger, "3"))[0] == 200
    polls.rig.clock.advance(0.1)
    polls.endpoint.sweep()
    await turns()
    assert (await polls.ask("POST", stranger, "3"))[0] == 400
    assert (await polls.ask("POST", known, "3"))[0] == 200


async def test_a_stop_ends_the_sessions_of_strangers() -> None:
    """The hub ends the others, with what they have not read yet."""
    polls = Polls()
    (known, _), stranger = await polls.sign_in(), await polls.open()
    polls.endpoint.drain()
    await turns()
    assert (await polls.ask("POST", stranger, "3"))[0] == 400
    assert (await polls.ask("POST", known, "3"))[0] == 200


async def test_a_session_that_is_over_takes_nothing_more() -> None:
    """What still came in the same body as its end is not heard."""
    polls = Polls()
    sid = await polls.open()
    await polls.ask("POST", sid, '1\x1e40{"token":"ann"}')
    assert not polls.rig.hub.statuses()
