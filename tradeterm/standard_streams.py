"""Standard input, output and error, whatever the caller did to them before we were started."""

import os
import sys


def open_standard_streams() -> None:
    """Have descriptors 0 to 2 open: where the caller closed one, the first file or socket that is opened would take its
    number, and what is printed would go into it. What is printed on such a one goes nowhere."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", buffering=1, closefd=False)
