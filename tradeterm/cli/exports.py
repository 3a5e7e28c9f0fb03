"""Where lists go that a trader exports: one file each, new, in a folder of theirs, for their eyes alone."""

import os
from itertools import count
from pathlib import Path

from tradeterm import owner_only


def keep_export(folder: Path, name: str, text: str) -> str:
    """Write a new file of this name, or with a number behind it where there is one already; its path. Raises OSError, and
    then there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except FileExistsError:  # a file in its place, or a link that leads nowhere
        raise NotADirectoryError(f"{folder} is no folder") from None
    for number in count(1):
        file = folder / (f"{name}.csv" if number == 1 else f"{name}-{number}.csv")
        try:
            descriptor = owner_only.opened(file, os.O_WRONLY | os.O_EXCL)
        except FileExistsError:
            continue
        try:
            with open(descriptor, "w", encoding="utf-8", newline="") as opened:
                opened.write(text)
        except BaseException:
            file.unlink(missing_ok=True)  # on a disk that is full
            raise
        return str(file)
    raise AssertionError("numbers do not end")
