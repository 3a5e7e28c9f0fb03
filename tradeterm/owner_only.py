"""Files that their owner alone can read: kept sign-ins, the note of the private server, its log. What is in them is theirs."""

import os
from pathlib import Path


def replace(path: Path, text: str, mode: int = 0o600) -> None:
    """Put a text into the place of a file in one step: who reads it finds the old or the new one, whole. `mode`: who may
    read it where it is not its owner alone. Raises OSError, and then all is as it was."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with open(opened(fresh, os.O_WRONLY | os.O_EXCL), "w", encoding="utf-8") as file:
            file.write(text)
        fresh.chmod(mode)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)  # on a disk that is full
        raise


def opened(path: Path, flags: int) -> int:
    """The descriptor of a file, made with its folder where they are not there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, flags | os.O_CREAT, 0o600)
