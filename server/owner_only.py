"""Files that their owner alone can read: databases and journals, the signing secret, keys of exchanges."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# What a disk answers that knows no second name of a file, as those of most USB sticks.
NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def opened(path: Path, flags: int = os.O_RDWR) -> int:
    """The descriptor of a file, made empty where there is none. Raises OSError."""
    return os.open(path, flags | os.O_CREAT, 0o600)


def made(path: Path, *, is_new: bool = False) -> None:
    """Have an empty file there, or leave the one that is; `is_new`: there may be none yet. Raises OSError."""
    os.close(opened(path, os.O_RDWR | (os.O_EXCL if is_new else 0)))


def named(fresh: Path, path: Path) -> None:
    """Give a whole file its name, which no other has yet. Raises FileExistsError, and OSError."""
    try:
        os.link(fresh, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        made(path, is_new=True)
        os.replace(fresh, path)


@contextmanager
def written_beside(path: Path, data: bytes) -> Iterator[Path]:
    """A whole file under another name, for whoever puts it into its place: a crash in between leaves no half of it there.
    It is gone at the end of the block. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with open(opened(fresh, os.O_WRONLY | os.O_EXCL), "wb") as file:
            file.write(data)
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)
