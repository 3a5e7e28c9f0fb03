"""What every test can rely on: folders of its own, nothing of the machine's settings, and a loop that nobody holds up."""

import os
import signal
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.garbage import what_stays

# Where a loop is shared with others who wait. What is on a screen begins with files that are read before it is there.
WATCHED = ("server", "tradeterm.client", "tradeterm.cli", "tradeterm.tui.desk")
UNWATCHED = {"e2e", "exchange"}
pytest_plugins = ["tests.reach"]
# How long an example takes says something of the machine, and of the tracer, not of the code.
settings.register_profile(
    "unhurried",
    deadline=None,
    max_examples=int(50 * float(os.environ.get("TRADETERM_SOAK", "1"))),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")
HAS_WATCH = find_spec("blockbuster") is not None  # an older environment lacks it until `make` brings it up to date


def pytest_configure() -> None:
    """Take SIGINT seriously again where the suite was started in the background: the programs under test would inherit
    that it is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Six thousand tests, and all that they import, stay to the end."""
    with what_stays():
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: some tests only wait, for a heartbeat that does not come, a token that ends."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def free_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in whose event loop our code waits for a disk, a socket or a lock; a `blocks` marker says why one may.

    End to end the loops that matter are those of other processes, and the test's own is in nobody's way; an exchange's
    library reads its certificates as it is made, in the loop of whoever makes it.
    """
    reason = request.node.get_closest_marker("blocks")
    assert reason is None or reason.args, "say why"
    if not HAS_WATCH or reason is not None or UNWATCHED.intersection(request.path.parts):
        yield
        return
    from blockbuster import blockbuster_ctx

    with blockbuster_ctx(WATCHED) as functions:
        for function in functions.functions.values():
            # A traceback reads the source that it shows. The server's log does that in a thread of its own.
            function.can_block_in("structlog/_base.py", "_process_event")
        yield


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point every platform folder into the test's own, and drop what the shell has set for tradeterm."""
    for name in [name for name in os.environ if name.startswith("TRADETERM_")]:
        if name not in {"TRADETERM_SOAK", "TRADETERM_TEST_POSTGRES"}:
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
