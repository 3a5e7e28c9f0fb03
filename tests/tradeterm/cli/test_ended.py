"""How a run of the terminal side ends."""

import errno

import pytest

from tradeterm.cli.ended import ended
from tradeterm.cli.exit_codes import CONNECTION, DONE, INTERRUPTED, UNPRINTED, USAGE, Ending

CASES = (
    (Ending(CONNECTION, "nobody\x1b answers"), CONNECTION, "tradeterm: nobody? answers\n"),
    (Ending(USAGE, ""), USAGE, ""),
    (OSError(errno.ENOSPC, "No space left on device"), UNPRINTED, "what was to be written cannot be: no space left"),
    (PermissionError(errno.EACCES, "Permission denied", "/x"), USAGE, "/x cannot be used: permission denied"),
    (KeyboardInterrupt(), INTERRUPTED, ""),
)


@pytest.mark.parametrize(("error", "code", "sentence"), CASES)
def test_what_goes_wrong_is_a_code_and_a_sentence(
    error: BaseException, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never a traceback, and nothing that a terminal would obey."""

    def work() -> int:
        raise error

    assert ended(work) == code
    said = capsys.readouterr().err
    assert sentence in said
    assert bool(said) == bool(sentence)
    assert "\x1b" not in said


def test_work_that_ends_well_says_itself_how() -> None:
    assert ended(lambda: DONE) == DONE
    assert ended(lambda: CONNECTION) == CONNECTION
