"""The figure that `make coverage` holds: a suite that reaches too little fails, and says so before its closing line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports import ROOT

CODE = """
def sign(number):
    if number < 0:
        return -1
    return 1
"""
HALF, WHOLE = (
    "from code_of import sign\n\ndef test_plus(): assert sign(2) == 1\n",
    "def test_minus(): assert sign(-2) == -1\n",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One function and its tests, measured as this project is."""
    (tmp_path / "code_of.py").write_text(CODE)
    (tmp_path / "conftest.py").write_text(
        "from tests import reach\n\n"
        "reach.BORDERS = reach.Floor('the borders', 0)\n"
        "reach.DECIDES = reach.Floor('what decides', 100, ('code_of.py',))\n"
        f"reach.HERE, reach.DECIDING = reach.Path({str(tmp_path)!r}), ('test_half.py',)\n"
        "pytest_plugins = ['tests.reach']\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = .\n")
    (tmp_path / ".coveragerc").write_text("[run]\nbranch = true\nomit = conftest.py\n")
    return tmp_path


def run(project: Path, *args: str) -> tuple[int, list[str]]:
    """The exit code, and the last lines that it prints."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "pytest_cov", "--cov=.", "--cov-report=", *args]
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.splitlines()


def test_a_suite_that_reaches_too_little_fails_with_the_figure(project: Path) -> None:
    """It names the lines, and pytest still has the last word."""
    (project / "test_half.py").write_text(HALF)
    code, lines = run(project)
    assert code == 1
    assert any("code_of.py" in line and "4" in line for line in lines)
    assert any(line.startswith("reached of what decides: 66.6 %") for line in lines)
    assert "1 passed" in lines[-1]


def test_a_suite_that_reaches_everything_passes(project: Path) -> None:
    """And says what it reached."""
    (project / "test_whole.py").write_text(HALF + WHOLE)
    code, lines = run(project)
    assert code == 0
    assert any(line.startswith("reached of all: 100.0 %") for line in lines)


def test_a_part_of_the_suite_is_held_to_nothing(project: Path) -> None:
    """Who runs one test while they work is not told that the others are missing."""
    (project / "test_half.py").write_text(HALF)
    code, lines = run(project, "-k", "plus")
    assert code == 0
    assert any(line.startswith("reached of what decides: 66.6 %") for line in lines)


def test_where_only_what_decides_is_run_its_own_tests_have_to_reach_it(project: Path) -> None:
    """The others are not run, and of all nothing is said."""
    (project / "test_half.py").write_text(HALF)
    (project / "test_other.py").write_text("from code_of import sign\n\n" + WHOLE)
    code, lines = run(project, "--trace-deciding")
    assert code == 1
    assert any(line.startswith("reached of what decides: 66.6 %") for line in lines)
    assert not any(line.startswith("reached of all") for line in lines)
    assert "1 passed" in lines[-1]


CHANCE = """
import pytest
from hypothesis import given, strategies

@given(strategies.just(-2))
def test_drawn(number): assert sign(number) == -1

@pytest.mark.no_cover
def test_marked(): assert sign(-2) == -1
"""


def test_what_is_drawn_by_chance_reaches_nothing(project: Path) -> None:
    """Where what decides is run alone: the next run would draw something else."""
    (project / "test_half.py").write_text(HALF + CHANCE)
    (project / "test_other.py").write_text("from code_of import sign\n\n" + CHANCE + WHOLE)
    code, lines = run(project, "--trace-deciding")
    assert code == 1
    assert any(line.startswith("reached of what decides: 66.6 % (at least 100; the run has FAILED") for line in lines)
    assert "1 passed" in lines[-1]


def test_workers_hand_in_what_they_traced(project: Path) -> None:
    """The suite runs in several processes: each reaches a part, and the floor is of all together."""
    (project / "test_half.py").write_text(HALF)
    (project / "test_rest.py").write_text("from code_of import sign\n\n" + WHOLE)
    code, lines = run(project, "-p", "xdist.plugin", "-n", "2")
    assert code == 0
    assert any(line.startswith("reached of what decides: 100.0 %") for line in lines)
    (project / "test_rest.py").unlink()
    code, lines = run(project, "-p", "xdist.plugin", "-n", "2")
    assert code == 1
    assert any(line.startswith("reached of what decides: 66.6 %") for line in lines)
