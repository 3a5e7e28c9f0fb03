"""A secret that comes in as one line: on a stream, as `--password-stdin` reads it, or typed unseen; on both sides."""

import getpass
import warnings
from typing import TextIO


def secret_line(stream: TextIO) -> str:
    """The first line without its end, a carriage return of other systems neither. Raises ValueError for what is no text."""
    try:
        line = stream.readline().rstrip("\r\n")
        line.encode()
    except UnicodeError:
        raise ValueError("the password is no text in UTF-8") from None
    return line


def typed_secret(prompt: str) -> str:
    """What is typed on the terminal, and not shown there. Raises EOFError where there is none to type on, or nothing more."""
    with warnings.catch_warnings():
        # Else it would ask on a stream that shows what is typed, with a warning of several lines.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except getpass.GetPassWarning:
            raise EOFError("there is no terminal to type on") from None
