"""How a run of the terminal side ends, whatever becomes of it: an exit code, and one sentence where something is wrong."""

from collections.abc import Callable

from tradeterm.cli.exit_codes import DONE, INTERRUPTED, USAGE, Ending
from tradeterm.standard_streams import UNPRINTED, output, say


def ended(work: Callable[[], int]) -> int:
    """The exit code of this work."""
    return output.code(_ended(work))


def _ended(work: Callable[[], int]) -> int:
    try:
        return work()
    except Ending as ending:
        if str(ending):
            say(str(ending))
        return ending.code
    except BrokenPipeError:
        output.is_unread = True
        return DONE
    except OSError as error:
        # Help that cannot be printed, or a file or folder that cannot be used: the second has a name.
        reason = (error.strerror or "it failed").lower()
        if error.filename is None:
            say(f"what was to be written cannot be: {reason}")
            return UNPRINTED
        say(f"{error.filename} cannot be used: {reason}")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
