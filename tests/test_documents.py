"""What the documents name is there: files, folders and flags. A reader who follows them must not end up nowhere."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.imports import ROOT

DOCUMENTS = ("README.md", "server/README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
TOPS = ("docs", "server", "tests", "tradeterm")
PATH = re.compile(r"[\w./-]+\.(?:py|md|toml|tcss|svg|txt)|(?:docs|server|tests|tradeterm|tui)(?:/[\w.-]+)+")
FLAG = re.compile(r"--[a-z][a-z-]+")
_WORDS = ("he", "him", "his", "himself", "she")
ONE_OF_TWO = re.compile(rf"(?<![^\W_])(?:{'|'.join(_WORDS)})(?![^\W_])", re.IGNORECASE)
NO_FILE_OF_OURS = {"session.js"}


@cache
def _files() -> frozenset[str]:
    """Every file and folder of the project, by its path."""
    found = [path for top in TOPS for path in (ROOT / top).rglob("*") if "__pycache__" not in path.parts]
    return frozenset(path.relative_to(ROOT).as_posix() for path in (*found, *ROOT.glob("*.*")))


@cache
def _source() -> str:
    """The text of both packages, and of what measures the tests."""
    files = [path for top in ("server", "tradeterm") for path in (ROOT / top).rglob("*.py")]
    return "\n".join(path.read_text("utf-8") for path in (*files, ROOT / "tests/reach.py"))


def _words(document: str) -> list[str]:
    """What stands in backticks outside code blocks, and where links lead."""
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text("utf-8"), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    return [*re.findall(r"`([^`\n]+)`", text), *links]


def _is_there(name: str) -> bool:
    name = name.removeprefix("../")
    return any(path == name or path.endswith(f"/{name}") for path in _files())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_exists(document: str) -> None:
    """By its whole path, or by the end of it."""
    named = {word.split("::")[0].rstrip("/") for word in _words(document)} - NO_FILE_OF_OURS
    assert not sorted(name for name in named if PATH.fullmatch(name) and not _is_there(name))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_flag_that_is_named_exists(document: str) -> None:
    """As it is written, or as the parameter that it is made of."""
    named = {flag for word in _words(document) for flag in FLAG.findall(word)}
    unknown = {flag for flag in named if flag not in _source() and flag[2:].replace("-", "_") not in _source()}
    assert not unknown


@pytest.mark.parametrize("top", TOPS)
def test_people_are_they(top: str) -> None:
    """In names and in sentences: nobody knows who reads, trades or attacks."""
    texts = [path for kind in ("*.py", "*.md") for path in (ROOT / top).rglob(kind)]
    assert not [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if ONE_OF_TWO.search(line)
    ]


def test_a_name_that_is_nowhere_would_be_found() -> None:
    assert PATH.fullmatch("server/nowhere.py")
    assert not _is_there("server/nowhere.py")
    assert _is_there("executor/runner.py")
