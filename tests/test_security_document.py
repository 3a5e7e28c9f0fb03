"""What docs/SECURITY.md says of tests is so: each that it names is there."""

import re

from tests.imports import ROOT

NAMED = re.compile(r"`(test_\w+\.py)(?:::(test_\w+))?`")


def test_every_test_that_a_line_names_is_there() -> None:
    """A file by its name, and a function in it."""
    text = (ROOT / "docs" / "SECURITY.md").read_text()
    files: dict[str, str] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        files[path.name] = files.get(path.name, "") + path.read_text()
    named = NAMED.findall(text)
    assert len(named) > 60
    assert [file for file, _ in named if file not in files] == []
    assert [name for file, name in named if name and f"def {name}(" not in files[file]] == []


def test_every_item_has_a_test_or_says_why_not() -> None:
    """A line without a test is of what a test cannot show, or is not met."""
    lines = [line for line in (ROOT / "docs" / "SECURITY.md").read_text().splitlines() if re.match(r"\| \d", line)]
    without = [line for line in lines if line.endswith("| – |") and "not met" not in line]
    shown_by_nothing = ("no rotation", "documented", "no hints", "not shown")
    assert [line for line in without if not any(words in line for words in shown_by_nothing)] == []
