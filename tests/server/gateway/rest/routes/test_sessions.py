"""The own sign-ins over REST, listed and ended one by one, and the own password."""

from datetime import timedelta

import pytest

from tests.server.gateway.rest.rig import PASSWORD, Rig, refusal
from tests.server.gateway.rest.routes.test_sign_in import ask
from tradeterm.protocol.sign_in import SignInSession
from tradeterm.protocol.vocabulary import Scope

NEW = "another long password"


async def test_own_sessions_are_listed_and_ended_one_by_one(rig: Rig) -> None:
    """Others' are not there, neither to see nor to end; the ended one's token counts no more."""
    here, bob = await rig.signed_in(), await rig.signed_in("bob")
    there = await rig.grant(scope=Scope.READ)
    async with here, bob:
        items = (await here.get("/auth/sessions")).json()["items"]
        listed = [SignInSession.model_validate(one) for one in items]
        assert [(one.scope, one.current, one.address) for one in listed] == [
            (Scope.TRADE, True, "192.0.2.9"),
            (Scope.READ, False, "192.0.2.9"),
        ]
        assert listed[0].expires_at - listed[0].opened_at == timedelta(days=30)
        assert refusal(await bob.delete(f"/auth/sessions/{listed[1].id}")) == (404, "NOT_FOUND")
        assert refusal(await here.delete("/auth/sessions/nothing")) == (404, "NOT_FOUND")
        assert (await here.delete(f"/auth/sessions/{listed[1].id}")).status_code == 204
        async with rig.client(there.access_token) as ended:
            assert refusal(await ended.get("/auth/me")) == (401, "UNAUTHENTICATED")
        assert (await here.delete(f"/auth/sessions/{listed[0].id}")).status_code == 204
        assert refusal(await here.get("/auth/sessions")) == (401, "UNAUTHENTICATED")


async def test_session_that_was_refreshed_says_when(rig: Rig) -> None:
    """And no secret of it."""
    granted = await rig.grant()
    rig.clock.advance(60)
    async with rig.client() as client:
        answer = await client.post("/auth/refresh", json={"refreshToken": granted.refresh_token})
    async with rig.client(answer.json()["accessToken"]) as client:
        listed = await client.get("/auth/sessions")
    assert listed.json()["items"][0]["renewedAt"] == "2026-01-05T12:01:00.000Z"
    assert set(listed.json()["items"][0]) == {
        *("id", "scope", "address", "openedAt", "renewedAt", "expiresAt", "current")
    }


async def test_reader_ends_their_own_session_alone(rig: Rig) -> None:
    """And changes no password."""
    await rig.grant()
    async with await rig.signed_in(scope=Scope.READ) as reader:
        items = (await reader.get("/auth/sessions")).json()["items"]
        other, own = items[0]["id"], items[1]["id"]
        assert refusal(await reader.delete(f"/auth/sessions/{other}")) == (403, "FORBIDDEN")
        body = {"oldPassword": PASSWORD, "newPassword": NEW}
        assert refusal(await reader.post("/auth/password", json=body)) == (403, "FORBIDDEN")
        assert (await reader.delete(f"/auth/sessions/{own}")).status_code == 204


# ---------------------------------------------------------------- the password


async def test_new_password_ends_the_other_sessions(rig: Rig) -> None:
    """The one that changed it goes on; the old password is none any more."""
    other = await rig.grant()
    async with await rig.signed_in() as ann:
        body = {"oldPassword": PASSWORD, "newPassword": NEW}
        assert (await ann.post("/auth/password", json=body)).status_code == 204
        assert (await ann.get("/auth/me")).status_code == 200
        async with rig.client(other.access_token) as ended:
            assert refusal(await ended.get("/auth/me")) == (401, "UNAUTHENTICATED")
        async with rig.client() as client:
            assert refusal(await ask(client)) == (401, "UNAUTHENTICATED")
            assert (await ask(client, password=NEW)).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("wrong", NEW, (403, "FORBIDDEN")),
        (PASSWORD, "short", (422, "VALIDATION_FAILED")),
        (PASSWORD, "password", (422, "VALIDATION_FAILED")),
        (PASSWORD, PASSWORD, (422, "VALIDATION_FAILED")),
        (PASSWORD, "", (422, "VALIDATION_FAILED")),
    ],
)
async def test_change_that_is_refused_changes_nothing(rig: Rig, old: str, new: str, wanted: tuple[int, str]) -> None:
    """The old one is wrong, the new one is too easy, or the same."""
    other = await rig.grant()
    async with await rig.signed_in() as ann:
        assert refusal(await ann.post("/auth/password", json={"oldPassword": old, "newPassword": new})) == wanted
    async with rig.client(other.access_token) as still:
        assert (await still.get("/auth/me")).status_code == 200
    async with rig.client() as client:
        assert (await ask(client)).status_code == 200


async def test_stolen_token_does_not_guess_the_password(rig: Rig) -> None:
    """Five tries, as at the sign-in."""
    async with await rig.signed_in() as thief:
        answers = [
            await thief.post("/auth/password", json={"oldPassword": f"guess {n}", "newPassword": NEW}) for n in range(8)
        ]
    assert [one.status_code for one in answers] == [403] * 5 + [429] * 3
