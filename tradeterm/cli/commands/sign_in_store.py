"""The kept sign-ins: tokens by server, in a file of the state folder that its owner alone can read. No network here."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tradeterm import owner_only
from tradeterm.config import Folders


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signed in on a server, and the tokens of that session."""

    url: str
    user: str
    access_token: str
    refresh_token: str


def kept_sign_ins(folders: Folders) -> list[SignIn]:
    """The latest last. A file that is missing or damaged holds none."""
    try:
        entries = json.loads(_path(folders).read_text("utf-8"))
        return [SignIn(**entry) for entry in entries]
    except (OSError, ValueError, TypeError, RecursionError):
        return []


def kept_sign_in(folders: Folders, url: str) -> SignIn | None:
    return next((one for one in kept_sign_ins(folders) if one.url == url), None)


def keep(folders: Folders, sign_in: SignIn) -> None:
    """Keep a sign-in as the latest, in the place of the one that the server had."""
    _write(folders, [*(one for one in kept_sign_ins(folders) if one.url != sign_in.url), sign_in])


def renew_kept(folders: Folders, sign_in: SignIn) -> None:
    """New tokens for a sign-in, which stays where it is in the order."""
    _write(folders, [sign_in if one.url == sign_in.url else one for one in kept_sign_ins(folders)])


def forget(folders: Folders, url: str) -> None:
    _write(folders, [one for one in kept_sign_ins(folders) if one.url != url])


@contextlib.contextmanager
def alone(folders: Folders) -> Iterator[None]:
    """Nobody else reads tokens to renew them meanwhile: a refresh token works once."""
    descriptor = owner_only.opened(_path(folders).with_suffix(".lock"), os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _path(folders: Folders) -> Path:
    return folders.state / "sign-ins.json"


def _write(folders: Folders, sign_ins: list[SignIn]) -> None:
    owner_only.replace(_path(folders), json.dumps([asdict(one) for one in sign_ins]))
