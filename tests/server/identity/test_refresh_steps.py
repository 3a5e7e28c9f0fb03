"""Refresh tokens over random steps, beside a model: only the last one is good, the one before for half a minute, and any
other that comes back ends the session for good, whatever the clock on the wall does and however often the server restarts.
"""

import os
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from server.identity.authenticator import Grant
from server.identity.tokens import Refusal
from tests.server.identity.test_tokens_in_time import Desk

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
GRACE_S = 30.0

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("refresh"), st.sampled_from([0, 0, 0, 0, 1, 1, 2, 5])),  # how many tokens ago it was given
        st.tuples(st.just("advance"), st.sampled_from([1, 10, 29, 31, 600])),
        st.tuples(st.just("set the clock"), st.sampled_from([-86_400, -3_600, -60, 60, 3_600])),
    ),
    max_size=25,
)


@settings(max_examples=60 * SOAK, deadline=None)
@given(steps=STEPS)
async def test_only_the_last_token_is_good(steps: list[tuple[str, int]]) -> None:
    """No restart: the grace is counted in steady time."""
    desk = Desk()
    granted = await desk.sign_in()
    given_out, generations, renewed_at, ended = [granted.refresh_token], [0], float("-inf"), False
    for what, number in steps:
        if what == "advance":
            desk.clock.advance(number)
        elif what == "set the clock":
            desk.clock.set_wall(timedelta(seconds=number))
        else:
            back = min(number, len(given_out) - 1)
            used, last = generations[-1 - back], generations[-1]
            answer = await desk.auth.refresh(given_out[-1 - back])
            now = desk.clock.monotonic()
            is_again = used == last - 1 and now - renewed_at <= GRACE_S
            if ended or not (used == last or is_again):
                assert answer is Refusal.REVOKED
                ended = True
                continue
            assert isinstance(answer, Grant)
            if used == last:
                renewed_at = now
            given_out.append(answer.refresh_token)
            generations.append(used + 1)
    found = desk.auth.check(granted.access_token)
    assert not ended or isinstance(found, Refusal)


@settings(max_examples=40 * SOAK, deadline=None)
@given(refreshes=st.integers(2, 6), restarts=st.sets(st.integers(0, 6)), old=st.integers(0, 4))
async def test_restart_makes_no_used_token_good(refreshes: int, restarts: set[int], old: int) -> None:
    """Wherever it falls."""
    desk = Desk()
    tokens = [(await desk.sign_in()).refresh_token]
    for number in range(refreshes):
        if number in restarts:
            desk.start()
        tokens.append((await desk.refresh(tokens[-1])).refresh_token)
    desk.start()
    assert await desk.auth.refresh(tokens[min(old, refreshes - 2)]) is Refusal.REVOKED
    assert await desk.auth.refresh(tokens[-1]) is Refusal.REVOKED
