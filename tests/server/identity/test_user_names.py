"""What a user may be called."""

import pytest

from server.domain.accounts import SERVICE_ACCOUNTS
from server.identity.user_names import PRIVATE_USER, is_private_user, is_user_name


@pytest.mark.parametrize("name", ["a", "ann", "ann.b-c_9", "x" * 32, PRIVATE_USER])
def test_a_plain_name_is_one(name: str) -> None:
    assert is_user_name(name)


@pytest.mark.parametrize("name", ["", "Ann", "x" * 33, "ann ", "ann\n", "a/b", "a:b", "änn", "аnn", "\u0661"])
def test_anything_else_is_none(name: str) -> None:
    """Nor what only looks like one."""
    assert not is_user_name(name)


@pytest.mark.parametrize("name", SERVICE_ACCOUNTS)
def test_nobody_can_be_called_like_an_account_of_the_house(name: str) -> None:
    """They would trade on it."""
    assert not is_user_name(name)


def test_the_console_s_own_user_is_one_name_alone() -> None:
    assert is_private_user(PRIVATE_USER)
    assert not is_private_user(f"{PRIVATE_USER}2")
