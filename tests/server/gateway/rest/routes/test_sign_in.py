"""Signing in over REST with a second factor."""

import httpx
import pytest

from server.identity.second_factor import STEP_S, code_at, new_secret
from tests.server.gateway.rest.rig import PASSWORD, Rig, refusal

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
