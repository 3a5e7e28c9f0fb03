"""How long an exchange wants to be left alone: as its words, its headers, or nothing but its refusal say."""

import pytest

from server.venues.exchange.ccxt.bans import LOCKOUT_S, LONGEST_BAN_S, TOO_MANY_S, ban_of

NOW_MS = 1_767_600_000_000  # Mon, 05 Jan 2026 08:00:00 GMT
SOON = "Mon, 05 Jan 2026 08:02:00 GMT"


@pytest.mark.parametrize(
    ("text", "headers", "expected"),
    [
        ("binance 429 Too Many Requests", {"Retry-After": "30"}, (30.0, False)),
        ("binance 429 Too Many Requests", {"retry-after": "0"}, (TOO_MANY_S, False)),
        ("binance 429 Too Many Requests", {"retry-after": "-5"}, (TOO_MANY_S, False)),
        ("binance 429 Too Many Requests", {"retry-after": "inf"}, (TOO_MANY_S, False)),
        ("binance 429 Too Many Requests", {"retry-after": "nan"}, (TOO_MANY_S, False)),
        ("binance 429 Too Many Requests", {"retry-after": "soon"}, (TOO_MANY_S, False)),
        ("binance 429 Too Many Requests", {"retry-after": ""}, (TOO_MANY_S, False)),
        ("binance 429 Too Many Requests", None, (TOO_MANY_S, False)),
        ("x 429", {"RETRY-AFTER": SOON}, (120.0, False)),
        ("x 429", {"retry-after": SOON, "date": "Mon, 05 Jan 2026 08:01:30 GMT"}, (30.0, False)),
        ("x 429", {"retry-after": SOON, "date": "Mon, 05 Jan 2026 09:00:00 GMT"}, (TOO_MANY_S, False)),
        ("x 429", {"retry-after": SOON, "date": "yesterday"}, (120.0, False)),
        ("x 429", {"retry-after": "Mon, 05 Jan 2099 08:02:00 GMT"}, (LONGEST_BAN_S, False)),
        ("binance 418 I'm a teapot", {"retry-after": "99"}, (99.0, True)),
        (f"418 IP banned until {NOW_MS + 60_000}", {"retry-after": "5"}, (60.0, True)),
        (f"418 IP banned until {NOW_MS - 60_000}", {}, (TOO_MANY_S, True)),
        (f"418 IP banned until {NOW_MS + 10**12}", {}, (LONGEST_BAN_S, True)),
        ("kraken EGeneral:Temporary lockout", {}, (LOCKOUT_S, True)),
    ],
)
def test_a_ban_is_as_long_as_the_exchange_says(
    text: str, headers: dict[str, str] | None, expected: tuple[float, bool]
) -> None:
    """Never none at all, and never for ever."""
    assert ban_of(text, headers, NOW_MS) == expected
