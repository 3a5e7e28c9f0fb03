"""What a query says: a checked value, or a refusal that names the parameter."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from starlette.requests import Request

from server.gateway.rest import reading
from server.gateway.rest.errors import Refused


def asked(query: str = "", **path: str) -> Request:
    return Request(
        {"type": "http", "method": "GET", "query_string": query.encode(), "headers": [], "path_params": path}
    )


def refused(read: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as found:
        read()
    return found.value


def test_what_is_not_asked_for_is_the_usual() -> None:
    nothing = asked()
    assert reading.page_size(nothing) == reading.DEFAULT_PAGE
    assert (reading.text_in(nothing, "status"), reading.symbol_in(nothing), reading.time_in(nothing, "from")) == (
        *(None, None, None),
    )
    assert reading.one_of(nothing, "side", ["buy", "sell"]) is None


@pytest.mark.parametrize("text", ["1", "100", "500", "007"])
def test_a_page_has_as_many_as_it_is_asked_for(text: str) -> None:
    assert reading.page_size(asked(f"limit={text}")) == int(text)


@pytest.mark.parametrize("text", ["0", "501", "-1", "+5", "1.0", "1e2", "", "%20 5", "٣", "9" * 5000, "0001"])
def test_a_page_that_is_none_is_refused_by_name(text: str) -> None:
    """Digits of other scripts and numbers of a thousand digits as well."""
    refusal = refused(lambda: reading.page_size(asked(f"limit={text}")))
    assert (refusal.status, refusal.details) == (422, {"field": "limit"})
    assert refusal.message == "limit is a whole number from 1 to 500"


def test_a_word_is_one_of_those_there_are() -> None:
    assert reading.one_of(asked("side=buy"), "side", ["buy", "sell"]) == "buy"
    refusal = refused(lambda: reading.one_of(asked("side=Buy"), "side", ["buy", "sell"]))
    assert refusal.message == "side is one of buy, sell"


def test_a_time_is_read_with_its_zone() -> None:
    assert reading.time_in(asked("from=2026-01-05T12:00:00Z"), "from") == datetime(2026, 1, 5, 12, tzinfo=UTC)
    for text in ("yesterday", "", "2026-13-01T00:00:00Z", "99999-01-01T00:00:00Z"):
        assert refused(partial(reading.time_in, asked(f"from={text}"), "from")).details == {"field": "from"}


def test_text_that_nothing_could_equal_is_refused() -> None:
    """Control characters, and more than any name has."""
    assert reading.text_in(asked("status=open"), "status") == "open"
    for text in ("%1b%5b2J", "%00", "x" * (reading.MAX_TEXT + 1)):
        assert refused(partial(reading.text_in, asked(f"status={text}"), "status")).status == 422


@pytest.mark.parametrize("found", ["../etc", "", "a b", "x" * 300, "\x00"])
def test_an_id_that_could_be_none_is_not_found(found: str) -> None:
    """In the words of what was looked for."""
    refusal = refused(lambda: reading.known_id(asked(id=found), "alert"))
    assert (refusal.status, refusal.message) == (404, "there is no alert of that id")
