"""What strangers write into the log, and how much of it."""

import logging
import subprocess
import sys

import structlog

from server.logs import LINES_AT_ONCE, LINES_PER_S, LONGEST, BoundedLibraries, BoundedRate, tamed
from tests.eventually import PATIENCE_S

HOSTILE = "eve\x1b]0;pwn\x07\x9b31m\r\n2026 level=info event=forged \u202e" + "y" * 30_000


def test_every_value_is_printable_and_cut() -> None:
    """Whoever logs it, and whatever type it has; numbers stay numbers."""
    line = tamed(None, "info", {"event": "x", "user": HOSTILE, "list": [HOSTILE], "what": Exception(HOSTILE), "n": 3})
    assert line["n"] == 3
    for name in ("user", "list", "what"):
        assert line[name].isprintable()
        assert len(line[name]) <= LONGEST


def test_lines_on_standard_error_carry_nothing_that_steers() -> None:
    """Ours and the libraries', tracebacks too: the real set-up, on a real stream."""
    code = f"""
import logging, structlog
from server.logs import set_up_logs
writer = set_up_logs("info")
log, hostile = structlog.get_logger("x"), {HOSTILE!r}
log.warning("sign-in failed", user=hostile)
logging.getLogger("asyncio").error("of a library: %s", hostile)
try:
    raise ValueError(hostile)
except ValueError:
    log.exception("it failed")
    logging.getLogger("asyncio").exception("and here")
writer.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE_S)
    text = done.stderr.decode()
    assert "pwn" in text
    assert "Traceback" in text
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text) < 10_000
    assert not [line for line in text.split("\n") if line.startswith("2026 level=info event=forged")]


class Spoken:
    """What passes the bound."""

    def __init__(self) -> None:
        self.now = 0.0
        self._bound = BoundedRate(lambda: self.now)

    def say(self, event: str, **more: object) -> dict[str, object] | None:
        try:
            return dict(self._bound(None, "info", {"event": event, **more}))
        except structlog.DropEvent:
            return None


def test_lines_that_strangers_provoke_come_at_a_bounded_rate() -> None:
    """The next one that is said tells how many were not."""
    spoken = Spoken()
    said = [spoken.say("sign-in held back", user="eve") for _ in range(10_000)]
    assert sum(one is not None for one in said) == LINES_AT_ONCE
    spoken.now = 1 / LINES_PER_S
    assert spoken.say("sign-in held back", user="eve") == {
        "event": "sign-in held back",
        "user": "eve",
        "unsaid": 10_000 - LINES_AT_ONCE,
    }
    assert spoken.say("sign-in held back", user="eve") is None


def test_other_lines_are_never_held_back() -> None:
    """Who was closed and why is always logged where somebody is signed in; one flood hides no other fact."""
    spoken = Spoken()
    for _ in range(1_000):
        spoken.say("socket_refused")
        assert spoken.say("socket_closed", user="ann") is not None
        assert spoken.say("signed in", user="ann") is not None
    assert spoken.say("request_refused") is not None


def test_what_libraries_log_is_bounded_too() -> None:
    """uvicorn warns of every request that it cannot read, and of every upgrade that it does not know."""
    now = 0.0
    bound = BoundedLibraries(lambda: now)

    def said(text: str, line: int = 1) -> str | None:
        record = logging.LogRecord("uvicorn.error", logging.WARNING, "http.py", line, "%s", (text,), None)
        return record.getMessage() if bound.filter(record) else None

    flood = [said(f"stranger {number}") for number in range(1_000)]
    assert len([line for line in flood if line]) == LINES_AT_ONCE
    assert said("another", line=2) == "another"
    now = 1.0
    assert said("later") == f"later unsaid={1_000 - int(LINES_AT_ONCE)}"
