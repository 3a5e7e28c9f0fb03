"""Codes of the second factor: RFC 6238's own, each taken once, and clocks that are off or set."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from server.identity.second_factor import STEP_S, address_of, code_at, new_secret, step_of
from server.ports import SecondFactor
from tests.fakes import START

SECRET = base64.b32encode(b"12345678901234567890").decode()
STEP = timedelta(seconds=STEP_S)


def fresh() -> SecondFactor:
    return SecondFactor(SECRET, 0)


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    """Appendix B of RFC 6238, the last six digits."""
    now = datetime.fromtimestamp(second, UTC)
    assert code_at(SECRET, now) == code
    assert step_of(fresh(), code, now) == second // STEP_S
    assert step_of(fresh(), f"{code[:3]} {code[3:]}", now) == second // STEP_S


@pytest.mark.parametrize(("off", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_telephone_may_be_half_a_minute_off(off: int, taken: bool) -> None:
    """The step before and the one after."""
    assert (step_of(fresh(), code_at(SECRET, START + off * STEP), START) is not None) is taken


def test_code_is_taken_once_and_so_are_those_before_it() -> None:
    """Whoever saw it typed cannot use it."""
    used = step_of(fresh(), code_at(SECRET, START), START)
    assert used is not None
    for off in (-1, 0):
        assert step_of(SecondFactor(SECRET, used), code_at(SECRET, START + off * STEP), START) is None
    assert step_of(SecondFactor(SECRET, used), code_at(SECRET, START + STEP), START) == used + 1


def test_clock_that_is_put_back_keeps_nobody_out() -> None:
    """It was an hour ahead when the last code was used."""
    used = int((START + timedelta(hours=1)).timestamp()) // STEP_S
    assert step_of(SecondFactor(SECRET, used), code_at(SECRET, START), START) is not None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "-12345", "١٢٣٤٥٦", "1e5555", "\0" * 6, "9" * 5000])
def test_what_is_no_code_is_wrong(code: str) -> None:
    """And no error."""
    assert step_of(fresh(), code, START) is None


def test_secret_is_new_each_time_and_its_address_says_whose() -> None:
    """A telephone reads it."""
    one, two = new_secret(), new_secret()
    assert one != two
    assert len(base64.b32decode(one)) >= 20
    parts = urlsplit(address_of(one, "ann"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/tradeterm:ann")
    assert parse_qs(parts.query) == {"secret": [one], "issuer": ["tradeterm"]}
