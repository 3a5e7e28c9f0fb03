"""What every trading command takes: which server, and in which form the answer is wanted. Reads no file."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Options:
    """The flags that all trading commands share."""

    server: Annotated[
        str | None, Parameter(env_var="TRADETERM_SERVER", help="The server's address, http://HOST:PORT.")
    ] = None
    json: Annotated[bool, Parameter(negative=(), help="Print JSON, one value a line.")] = False


DEFAULTS = Options()
# Said to what a person at a terminal is asked about; a script is never asked.
Sure = Annotated[bool, Parameter(name="--yes", negative=(), help="Do not ask.")]
