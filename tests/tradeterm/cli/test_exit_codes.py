"""What a script can tell from how a command ended."""

import signal

from tradeterm.cli import exit_codes
from tradeterm.cli.exit_codes import DONE, INTERRUPTED, UNPRINTED, USAGE, Ending


def test_every_ending_has_a_code_of_its_own() -> None:
    """Below those that shells use for themselves; only success is 0."""
    codes = [value for value in vars(exit_codes).values() if type(value) is int]
    assert sorted(codes) == [0, 1, 2, 3, 4, 5, INTERRUPTED]
    assert (DONE, UNPRINTED) == (0, 5)
    assert INTERRUPTED == 128 + signal.SIGINT


def test_an_ending_carries_its_code_and_its_sentence() -> None:
    ending = Ending(USAGE, "that makes no sense")
    assert (ending.code, str(ending)) == (USAGE, "that makes no sense")
