"""What the tests reached, measured while they run (`--cov`) and said before their closing line: of what decides, and of all.

Other processes are not traced, and neither are the tests that start them (tests/e2e): what only runs there is not in it.
A run of a part of the tests is told its figures, and held to none. With `--trace-deciding` only the tests beside what decides
are run: of all, nothing is said then, and it takes minutes where the whole suite, traced, takes half an hour.
What draws its steps by chance is left out then, and so is what is marked `no_cover`: what decides is to be reached by
a test that means it, the same in every run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Floor:
    """Of some files (patterns; none: of all), how many per cent of lines and branches the whole suite reaches at least."""

    name: str
    percent: float
    files: tuple[str, ...] = ()


# Whole: who may do what, what the two sides say to each other, and what becomes durable.
BORDERS = Floor(
    "contract, sessions, sign-in, limits and journal",
    100,
    (
        *("tradeterm/protocol/*", "tradeterm/client/session.py", "server/identity/*"),
        *("server/gateway/native/session.py", "server/gateway/socketio/session.py", "server/gateway/limits.py"),
        *(f"server/storage/journal/{name}.py" for name in ("file_journal", "numbering", "record", "unprojected")),
        "server/storage/projection/table_writer.py",
    ),
)
DECIDES = Floor("what decides", 100, ("server/domain/*", "server/executor/*"))
ALL = Floor("all", 93)
# Where the tests of what decides are, below `tests`.
DECIDING = (
    *("contracts", "tradeterm/protocol", "tradeterm/client"),
    *("server/domain", "server/executor", "server/identity", "server/storage"),
    *("server/gateway/native", "server/gateway/socketio", "server/gateway/test_limits.py"),
)
HERE = Path(__file__).parent
SAID = pytest.StashKey[list[tuple[str, bool]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--trace-deciding", action="store_true", help="run the tests of what decides alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.trace_deciding:
        items[:] = [test for test in items if decides(test)]


def decides(test: pytest.Item) -> bool:
    """Is it one of those that have to reach what decides? Not where examples are drawn anew in every run."""
    is_drawn = getattr(getattr(test, "function", None), "is_hypothesis_test", False)
    is_left_out = is_drawn or test.get_closest_marker("no_cover") is not None
    return not is_left_out and any(test.path.is_relative_to(HERE / place) for place in DECIDING)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Once every worker has handed in what it traced: below a floor, the run has failed."""
    result = yield
    measuring = session.config.pluginmanager.getplugin("_cov")
    if measuring is not None and not hasattr(session.config, "workerinput"):
        held = is_whole(session.config)
        floors = (BORDERS, DECIDES, *(() if session.config.option.trace_deciding else (ALL,)))
        said = [reached(measuring.cov_controller.cov, floor, held) for floor in floors]
        session.config.stash[SAID] = said
        session.testsfailed += sum(not is_good for _, is_good in said)
    return result


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The figures, above pytest's own last words."""
    for text, is_good in config.stash.get(SAID, []):
        terminalreporter.write(text, red=not is_good)


def is_whole(config: pytest.Config) -> bool:
    """Whether nothing narrows the run."""
    narrowed = config.option.keyword or config.option.markexpr or config.option.deselect or config.option.collectonly
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not narrowed


def reached(measured: Any, floor: Floor, held: bool) -> tuple[str, bool]:
    """What to say of the files of a floor, and whether that is good. Names what is missing where that is to be nothing."""
    from coverage.exceptions import NoDataError

    table = StringIO()
    try:
        figure = measured.report(file=table, include=floor.files or None, show_missing=True, skip_covered=True)
    except NoDataError:
        return f"reached of {floor.name}: none of its files was run\n", not held
    is_good = not held or figure >= floor.percent
    verdict = "" if is_good else "; the run has FAILED for that: reach the lines above by a test"
    # Cut, not rounded: what is not whole is not called so.
    text = f"reached of {floor.name}: {floor_of(figure)} % (at least {floor.percent:g}{verdict})\n"
    return (f"{table.getvalue()}{text}" if floor.files else text), is_good


def floor_of(figure: float) -> float:
    """To one decimal, downwards."""
    return int(figure * 10) / 10
