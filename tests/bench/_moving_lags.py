"""A console on which everything moves, and how late its loop was: `python -m …_moving_lags FILE SECONDS` writes milliseconds."""

import asyncio
import sys
import time
from pathlib import Path

from textual.pilot import Pilot

from tests.tradeterm.tui.moving import moving_app

LAG_EVERY_S = 0.005
WARM_S = 2.0


async def measured_lags(span_s: float) -> list[float]:
    """How much later than asked for the loop woke up, in milliseconds."""
    lags, end = [], time.perf_counter() + span_s
    while (before := time.perf_counter()) < end:
        await asyncio.sleep(LAG_EVERY_S)
        lags.append(max(0.0, time.perf_counter() - before - LAG_EVERY_S) * 1000)
    return lags


def main() -> None:
    file, span_s = Path(sys.argv[1]), float(sys.argv[2])
    app = moving_app()

    lags: list[float] = []

    async def measure(_: Pilot[object]) -> None:
        await asyncio.sleep(WARM_S)
        lags.extend(await measured_lags(span_s))
        app.exit()

    app.run(auto_pilot=measure)
    file.write_text("\n".join(map(str, lags)))


if __name__ == "__main__":
    main()
