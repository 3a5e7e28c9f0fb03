"""A secret that comes in on a stream, one line: what `--password-stdin` reads, on both sides."""

from typing import TextIO


def secret_line(stream: TextIO) -> str:
    """The first line without its end, a carriage return of other systems neither. Raises ValueError for what is no text."""
    try:
        line = stream.readline().rstrip("\r\n")
        line.encode()
    except UnicodeError:
        raise ValueError("the password is no text in UTF-8") from None
    return line
