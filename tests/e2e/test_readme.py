"""What the README shows works as it stands there."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tests.e2e.servers import PASSWORD, running

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ENOUGH = 200  # lines: no order of the example takes as many levels


def test_the_python_example_trades_and_prints_its_events(tmp_path: Path) -> None:
    """The block, with a real address and password, prints the events of its order."""
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    with running(tmp_path, "--seed", "1") as server:
        code = block.replace("http://127.0.0.1:8787", server.url).replace("…", PASSWORD)
        # -u: else it keeps what it prints until there is more of it.
        process = subprocess.Popen([sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stdout is not None
        try:
            seen = [*names_until("order:filled", process.stdout)]
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
    assert "order:created" in seen
    assert "order:filled" in seen


def names_until(last: str, lines: Iterable[str]) -> Iterator[str]:
    """What each line begins with. How many there are hangs on what the book holds just then: an order takes level by level."""
    for line in islice(lines, ENOUGH):
        yield (name := line.split()[0])
        if name == last:
            return


def test_every_link_leads_somewhere() -> None:
    """Pictures and pages that the README names are there."""
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_map_of_the_code_is_true() -> None:
    """Every folder and file in the table exists."""
    for row in re.findall(r"^\| (`.*?`) \|", README, re.MULTILINE):
        for name in re.findall(r"`([a-z_./]+)`", row):
            if "/" in name:
                assert (ROOT / name).exists(), name
