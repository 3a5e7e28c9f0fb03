"""The question before what cannot be taken back: asked of a person at a terminal, never of a script."""

import sys

from tradeterm.cli.exit_codes import INTERRUPTED, Ending


def make_sure(question: str, *, is_sure: bool) -> None:
    """Ask on standard error, so that data can be piped on; all but `y` and `yes` is no. Raises Ending then: nothing was sent.

    `is_sure`: --yes was said. Where nobody can be asked, the command itself was the word.
    """
    if is_sure or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    sys.stderr.write(f"tradeterm: {question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Ending(INTERRUPTED, "nothing was sent")
