"""Every module has a test of its own, where it is looked for: `server/identity/tokens.py` in `tests/server/identity/`.

Those that have none yet are in `without_own_test.txt`: held by other tests, most of them end to end. The list only shrinks.
"""

from pathlib import Path

from tests.imports import ROOT, modules

LIST = Path(__file__).with_name("without_own_test.txt")


def _has_own_test(name: str) -> bool:
    """`test_tokens.py`, or `test_tokens_in_time.py`, beside it in the mirror."""
    folder, _, stem = name.replace(".", "/").rpartition("/")
    return any((ROOT / "tests" / folder).glob(f"test_{stem}*.py"))


def _without() -> set[str]:
    found = (module.name for module in modules() if module.path.name not in {"__init__.py", "__main__.py"})
    return {name for name in found if not _has_own_test(name) and "migrations" not in name}


def test_no_module_joins_those_without_a_test_of_their_own() -> None:
    """A new file comes with its test."""
    assert not _without() - set(LIST.read_text().split())


def test_the_list_names_no_module_that_has_one() -> None:
    """Who writes a test takes the module off the list."""
    assert not set(LIST.read_text().split()) - _without()
