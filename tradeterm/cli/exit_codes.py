"""How a command ends: the exit codes, and the exception that carries one with its sentence."""

from tradeterm.standard_streams import UNPRINTED as UNPRINTED  # 5: done, but what was to be printed could not be

DONE, REFUSED, USAGE, CONNECTION, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 4, 130


class Ending(Exception):
    """The command ends here, with an exit code and one sentence that says why."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
