"""Every module has a test of its own, where it is looked for: `server/identity/tokens.py` in `tests/server/identity/`.

Those that have none yet are in `without_own_test.txt`: held by other tests, most of them end to end. The list only shrinks.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.imports import ROOT, modules

LIST = Path(__file__).with_name("without_own_test.txt")


CONTRACTS = ("server/ports", "server/storage")  # a port, and what keeps to it, have one suite: tests/contracts


def _has_own_test(name: str, others: Iterable[str]) -> bool:
    """`test_tokens.py`, or `test_tokens_in_time.py`, beside it in the mirror, where that is no other module's."""
    folder, _, stem = name.replace(".", "/").rpartition("/")
    places = [folder, *(["contracts"] if folder.startswith(CONTRACTS) else [])]
    found = (one.stem for place in places for one in (ROOT / "tests" / place).glob(f"test_{stem}*.py"))
    longer = tuple(f"test_{one}" for one in others if one.startswith(f"{stem}_"))
    return any(not test.startswith(longer) for test in found)


def _without() -> set[str]:
    found = [module for module in modules() if module.path.name not in {"__init__.py", "__main__.py"}]
    beside = defaultdict(list)
    for module in found:
        beside[module.path.parent].append(module.path.stem)
    return {
        module.name
        for module in found
        if "migrations" not in module.name and not _has_own_test(module.name, beside[module.path.parent])
    }


def test_no_module_joins_those_without_a_test_of_their_own() -> None:
    """A new file comes with its test."""
    assert sorted(_without() - set(LIST.read_text().split())) == []


def test_the_list_names_no_module_that_has_one() -> None:
    """Who writes a test takes the module off the list."""
    assert sorted(set(LIST.read_text().split()) - _without()) == []
