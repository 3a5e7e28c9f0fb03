"""The door of `/socket.io`: who may open a session, and who may go on with one."""

import pytest

from server.gateway.limits import GatewayLimits
from server.gateway.socketio.session import POSTS_BURST
from tests.server.gateway.socketio.polls import ELSEWHERE, GOOD, Polls


@pytest.mark.parametrize(("origin", "status"), [(GOOD, 200), ("https://evil.example", 403), ("null", 403)])
async def test_a_page_from_elsewhere_does_not_come_in(origin: str, status: int) -> None:
    """A browser says where a page is from; only those that are allowed open a session."""
    assert (await Polls().ask("GET", origin=origin))[0] == status


async def test_a_page_does_not_get_in_as_a_script() -> None:
    """JSONP would get round the Origin."""
    assert (await Polls().ask("GET", more="&j=0"))[0] == 400


async def test_new_sessions_of_an_address_are_bounded() -> None:
    """Of that address alone."""
    polls = Polls(GatewayLimits(sockets_per_min=2))
    assert [(await polls.ask("GET"))[0] for _ in range(3)] == [200, 200, 429]
    assert (await polls.ask("GET", of=ELSEWHERE))[0] == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_session_s_id_is_not_enough_to_go_on_with_it(method: str) -> None:
    """It stands in URLs, which are logged: another address is answered as for a session that there is not."""
    polls = Polls()
    sid, _ = await polls.sign_in()
    answers = [await polls.ask(method, one, "1", of=ELSEWHERE) for one in (sid, "there-is-not")]
    assert answers[0] == answers[1]
    assert answers[0][0] == 400
    assert "42" in (await polls.say(sid, "subscribe", {"channel": "trading"}))[0]


async def test_a_flood_of_posts_is_refused_until_it_has_slowed_down() -> None:
    """The session itself goes on."""
    polls = Polls()
    sid = await polls.open()
    answers = [(await polls.ask("POST", sid, "3"))[0] for _ in range(POSTS_BURST + 1)]
    assert (answers[:-1], answers[-1]) == ([200] * POSTS_BURST, 429)
    polls.rig.clock.advance(1)
    assert (await polls.ask("POST", sid, "3"))[0] == 200


async def test_what_is_counted_is_counted_under_who_signed_in() -> None:
    """A stranger's requests are the address's."""
    polls = Polls()
    stranger, (known, _) = await polls.open(), await polls.sign_in()
    scopes = [{"query_string": f"sid={sid}".encode()} for sid in (stranger, known, "there-is-not")]
    assert [polls.endpoint.budget_of(one) for one in scopes] == [None, "ann", None]
