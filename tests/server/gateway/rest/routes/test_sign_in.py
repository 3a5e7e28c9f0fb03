"""Signing in over REST with a second factor, the own sessions, and a new password."""

from datetime import timedelta

import httpx
import pytest

from server.identity.second_factor import STEP_S, code_at, new_secret
from tests.server.gateway.rest.rig import PASSWORD, Rig, refusal
from tradeterm.protocol.sign_in import SignInSession
from tradeterm.protocol.vocabulary import Scope

NEW = "another long password"


async def ask(client: httpx.AsyncClient, name: str = "ann", password: str = PASSWORD, **more: str) -> httpx.Response:
    return await client.post("/auth/token", data={"username": name, "password": password, **more})


# ---------------------------------------------------------------- the second factor


@pytest.fixture
def secret(rig: Rig) -> str:
    """Ann has a second factor."""
    made = new_secret()
    rig.users.set_second_factor("ann", made)
    return made


async def test_code_is_wanted_where_the_password_is_right(rig: Rig, secret: str) -> None:
    """Who does not know the password hears nothing of it; who has none is not asked."""
    async with rig.client() as client:
        assert refusal(await ask(client)) == (401, "OTP_REQUIRED")
        assert refusal(await ask(client, otp="")) == (401, "OTP_REQUIRED")
        assert refusal(await ask(client, password="wrong")) == (401, "UNAUTHENTICATED")
        assert refusal(await ask(client, password="wrong", otp=code_at(secret, rig.clock.now()))) == (
            401,
            "UNAUTHENTICATED",
        )
        assert (await ask(client, "bob")).status_code == 200
        assert (await ask(client, otp=code_at(secret, rig.clock.now()))).status_code == 200


async def test_code_works_once(rig: Rig, secret: str) -> None:
    """For reading too; the next one is taken, and a refresh wants none."""
    async with rig.client() as client:
        code = code_at(secret, rig.clock.now())
        first = await ask(client, otp=code, scope="read")
        assert first.status_code == 200
        assert refusal(await ask(client, otp=code)) == (401, "OTP_INVALID")
        renewed = await client.post("/auth/refresh", json={"refreshToken": first.json()["refreshToken"]})
        assert renewed.status_code == 200
        rig.clock.advance(STEP_S)
        assert (await ask(client, otp=code_at(secret, rig.clock.now()))).status_code == 200


async def test_codes_are_not_to_be_guessed(rig: Rig, secret: str) -> None:
    """Five wrong ones for a user, from wherever, and asking without a code gives none of them back."""
    statuses = []
    for number in range(9):
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(rig.app, client=(f"192.0.2.{number}", 1)), base_url="http://desk/api/v1"
        )
        async with client:
            assert refusal(await ask(client)) == (401, "OTP_REQUIRED")
            statuses.append((await ask(client, otp=f"{number:06}")).status_code)
    assert statuses == [401] * 5 + [429] * 4


async def test_asking_for_the_code_is_no_failure(rig: Rig, secret: str) -> None:
    """Every sign-in begins so."""
    async with rig.client() as client:
        for _ in range(20):
            assert refusal(await ask(client)) == (401, "OTP_REQUIRED")


# ---------------------------------------------------------------- sessions


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


async def test_reader_ends_his_own_session_alone(rig: Rig) -> None:
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
