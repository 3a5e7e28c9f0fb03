"""How a command ends: the exit codes, and the exception that carries one with its sentence."""

from tradeterm.standard_streams import UNPRINTED as UNPRINTED  # 5: done, but what was to be printed could not be

DONE = 0
REFUSED = 1  # the server or the venue said no; also an order that was rejected, or ended with nothing filled (`commands/outcomes.py`)
USAGE = 2  # what was typed makes no sense, or wants a setting
CONNECTION = 3  # no server, or no sign-in
UNKNOWN = 4  # nobody knows what became of it
INTERRUPTED = 130  # by ctrl-c, or nobody said yes


class Ending(Exception):
    """The command ends here, with an exit code and one sentence that says why."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
