"""Ports that nobody is given by chance."""

import socket
from pathlib import Path

import pytest

from tests.free_ports import HIGHEST, LOWEST, free_port, outside


def given(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "range"
    file.write_text(text)
    return file


def test_a_port_is_none_that_the_kernel_gives(tmp_path: Path) -> None:
    """And nobody listens at it."""
    file = given(tmp_path, "32768\t60999\n")
    for _ in range(20):
        port = free_port(file)
        assert LOWEST <= port < 32768 or 60999 < port < HIGHEST
        socket.create_server(("127.0.0.1", port)).close()


def test_one_that_is_taken_is_not_given(tmp_path: Path) -> None:
    """However often one is asked for."""
    port = free_port(given(tmp_path, "32768 60999"))
    with socket.create_server(("127.0.0.1", port)):
        assert port not in {free_port(given(tmp_path, "32768 60999")) for _ in range(20)}


@pytest.mark.parametrize("text", ["1024 65535", "", "no numbers"])
def test_where_none_is_left_any_is_taken(tmp_path: Path, text: str) -> None:
    """Some machines give all of them."""
    assert free_port(given(tmp_path, text)) > 0
    assert free_port(tmp_path / "nothing") > 0


def test_what_is_outside_is_both_ends() -> None:
    assert outside(LOWEST + 1, HIGHEST - 2) == [LOWEST, HIGHEST - 1]
