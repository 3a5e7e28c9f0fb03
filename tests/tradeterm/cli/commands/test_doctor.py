"""What the doctor says of a server that gives no answer."""

import asyncio
import socket

import pytest

from tradeterm.cli.commands import doctor


def test_a_server_that_does_not_answer_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection and says nothing: a time-out has no words of its own."""
    monkeypatch.setattr(doctor, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (check,) = asyncio.run(doctor._reached(url))
    assert (check.state, check.detail) == (doctor.State.FAULT, f"{url} cannot be reached: ReadTimeout")
