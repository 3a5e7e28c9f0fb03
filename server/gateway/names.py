"""The shapes of names that come from outside, held before any storage is asked. What exists is not known here."""

import re

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


def is_id(text: str) -> bool:
    """Whether one of our ids could look so."""
    return _ID.fullmatch(text) is not None


def symbol_of(text: str) -> str:
    """The symbol behind its form in a path, where a dash stands for the slash: `BTC-USD` is BTC/USD."""
    return text.replace("-", "/", 1)
