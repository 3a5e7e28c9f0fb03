"""What of a head is plain enough for the short way: each of the two names once, and nothing unusual."""

import pytest

from server.gateway.transport.short_way import UNUSUAL, Headers, header_lines, plain_head

HOST, BEARER = (b"host", b"desk"), (b"authorization", b"Bearer x")


def test_a_head_with_host_and_token_is_plain_whatever_else_it_says() -> None:
    assert plain_head([HOST, (b"accept", b"*/*"), BEARER, (b"cookie", b"a")]) == (b"desk", "x")


@pytest.mark.parametrize(
    "headers", [[], [HOST], [BEARER], [HOST, BEARER, BEARER], [HOST, (b"authorization", b"Basic x")]]
)
def test_a_head_without_them_or_with_two_tokens_is_not(headers: Headers) -> None:
    assert plain_head(headers) is None


@pytest.mark.parametrize("name", sorted(UNUSUAL))
def test_a_head_with_something_unusual_is_not(name: bytes) -> None:
    assert plain_head([HOST, BEARER, (name, b"x")]) is None


def test_lines_are_written_one_after_the_other() -> None:
    assert header_lines([HOST, BEARER]) == b"host: desk\r\nauthorization: Bearer x\r\n"
