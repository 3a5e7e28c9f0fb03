"""A bot in a process of its own that keeps its place in a file: writes the seq of each event it is given as one line."""

import asyncio
import sys
from pathlib import Path

from tradeterm.client import TradingClient


async def follow(url: str, token: str, file: str) -> None:
    """Follow the stream until killed."""
    async with TradingClient(url, token=token, position_file=Path(file)) as client:
        async for event in client.events():
            print(event.seq, flush=True)  # noqa: T201 - the lines are what the test reads


if __name__ == "__main__":
    asyncio.run(follow(*sys.argv[1:4]))
