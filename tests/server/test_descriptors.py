"""As many descriptors as are allowed, and no error where that is refused."""

import pytest

from server import descriptors
from server.descriptors import MOST_OF_MACOS, allowed_descriptors, raise_descriptors


class Limits:
    """A system that allows `most`, whatever it says."""

    RLIMIT_NOFILE, RLIM_INFINITY = 7, -1

    def __init__(self, soft: int, hard: int, most: int) -> None:
        self.now, self._most = (soft, hard), most

    def getrlimit(self, what: int) -> tuple[int, int]:
        return self.now

    def setrlimit(self, what: int, wanted: tuple[int, int]) -> None:
        if wanted[0] == self.RLIM_INFINITY or wanted[0] > self._most:
            raise ValueError("not allowed to raise maximum limit")
        self.now = wanted


@pytest.mark.parametrize(
    ("soft", "hard", "most", "then"),
    [
        (256, 4_096, 4_096, 4_096),
        (4_096, 4_096, 4_096, 4_096),
        (256, -1, MOST_OF_MACOS, MOST_OF_MACOS),  # it says that there is no limit, and has one
        (20_000, -1, MOST_OF_MACOS, 20_000),
        (256, 4_096, 0, 256),
    ],
    ids=["raised", "there already", "macOS", "above that already", "refused"],
)
def test_the_limit_is_raised_as_far_as_it_goes(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, most: int, then: int
) -> None:
    monkeypatch.setattr(descriptors, "resource", Limits(soft, hard, most))
    raise_descriptors()
    assert allowed_descriptors() == then


def test_where_there_is_no_limit_nothing_binds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where the system knows of none, nor where it says so."""
    monkeypatch.setattr(descriptors, "resource", Limits(-1, -1, 0))
    raise_descriptors()
    assert allowed_descriptors() == 0
    monkeypatch.setattr(descriptors, "resource", None)
    raise_descriptors()
    assert allowed_descriptors() == 0
