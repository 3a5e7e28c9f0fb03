"""What every test can rely on: folders of its own, and nothing of the machine's settings."""

import os
import signal
from pathlib import Path

import pytest


def pytest_configure() -> None:
    """Take SIGINT seriously again where the suite was started in the background: the programs under test would inherit
    that it is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point every platform folder into the test's own, and drop what the shell has set for tradeterm."""
    for name in [name for name in os.environ if name.startswith("TRADETERM_")]:
        if name not in {"TRADETERM_SOAK", "TRADETERM_TEST_POSTGRES"}:
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
