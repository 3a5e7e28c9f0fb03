"""What `tradeterm.client` exports is what programs are built on: it may grow, and what is there stays and explains itself."""

import inspect
from collections.abc import Iterator

import pytest

import tradeterm.client
from tradeterm.client import session

PROMISED = {
    *("TradingClient", "Rest", "Store", "Depth", "Event", "Snapshot", "StreamPosition", "Link", "LinkState"),
    *("TradetermError", "SignInFailed", "Unreachable", "OutcomeUnknown", "PositionUnreadable", "HistoryLost"),
    *("RequestRefused", "SessionEnded", "new_client_order_id"),
}


def _members() -> Iterator[tuple[str, object]]:
    """Every exported name, and every public method of the exported classes."""
    for name in tradeterm.client.__all__:
        exported = getattr(tradeterm.client, name)
        yield name, exported
        if inspect.isclass(exported):
            for key, member in vars(exported).items():
                if not key.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                    yield f"{name}.{key}", member


def test_what_was_promised_is_there() -> None:
    """Taking a name away breaks somebody's bot."""
    assert set(tradeterm.client.__all__) >= PROMISED
    assert sorted(tradeterm.client.__all__) == tradeterm.client.__all__
    assert session.Position is tradeterm.client.StreamPosition


@pytest.mark.parametrize(("name", "member"), _members(), ids=[name for name, _ in _members()])
def test_every_name_explains_itself(name: str, member: object) -> None:
    """In the editor, where it is used: a sentence with shapes, units and what is raised."""
    text = inspect.getdoc(member)
    assert text, f"{name} says nothing"
    assert text.rstrip().endswith((".", "!")), f"{name} is no sentence"


def test_every_error_is_a_tradeterm_error() -> None:
    """So that one `except` is enough for whoever does not care which."""
    errors = [
        value for value in vars(tradeterm.client).values() if inspect.isclass(value) and "error" in value.__module__
    ]
    assert errors
    assert all(issubclass(error, tradeterm.client.TradetermError) for error in errors)
