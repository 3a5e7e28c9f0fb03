"""What comes with the library that speaks HTTP."""

import subprocess
import sys

from tradeterm.lean_httpx import httpx


def test_it_comes_without_the_libraries_of_its_own_command_line() -> None:
    """And what is imported later finds them."""
    code = "import sys, tradeterm.lean_httpx; print('rich' in sys.modules, 'pygments' in sys.modules); import click"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_it_is_the_library_that_everybody_has() -> None:
    assert httpx is sys.modules["httpx"]
