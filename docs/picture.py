"""Makes docs/trade.svg, the picture of the Trade screen, from the running console on a private server of its own.

`python -m docs.picture [FILE]`: the server lives in a folder that is thrown away; the seed makes the market repeatable.
"""

import asyncio
import re
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from pathlib import Path

from textual.pilot import Pilot

from tradeterm.cli.private_server import PrivateServer
from tradeterm.config import LOCAL_USER, Folders
from tradeterm.protocol.market import Market
from tradeterm.protocol.money import price_text
from tradeterm.protocol.orders import OrderRequest
from tradeterm.protocol.vocabulary import OrderType, Side
from tradeterm.tui.app import TradeApp
from tradeterm.tui.desk.client_desk import ClientDesk
from tradeterm.tui.desk.port import DeskLinkState, Done, Label
from tradeterm.tui.orders.intent import Clocks

SIZE = (120, 36)
SEED = "11"
FILE = Path(__file__).with_name("trade.svg")
CELL = 12.2  # width of a character in the exported picture
WAIT_S = 30.0
TRADING_S = 12.0
BUILT = (("BTC/USD", Side.BUY, "0.5"), ("ETH/USD", Side.SELL, "4"), ("SOL/USD", Side.BUY, "25"))
RESTING = (("BTC/USD", Side.BUY, "0.25", -14), ("BTC/USD", Side.SELL, "0.3", 22), ("ETH/USD", Side.BUY, "2", -40))


def main() -> int:
    """Write the picture to the file that is named, or to docs/trade.svg."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    with tempfile.TemporaryDirectory() as folder:
        svg = asyncio.run(_picture(Path(folder)))
    target.write_text(svg, "utf-8")
    sys.stdout.write(f"{target}: {len(svg) // 1000} kB\n")
    return 0


async def _picture(folder: Path) -> str:
    folders = Folders(folder / "config", folder / "data", folder / "state")
    house = PrivateServer(folders, ("--db", f"sqlite:///{folder / 'picture.db'}", "--seed", SEED))
    note = await house.open()
    desk = ClientDesk(note.url, _now, user=LOCAL_USER, password=note.secret)
    try:
        await desk.sign_in()
        return await _photographed(desk)
    finally:
        await desk.aclose()
        await house.close()


async def _photographed(desk: ClientDesk) -> str:
    clocks = Clocks(_now, lambda: timedelta(seconds=time.monotonic()), lambda: uuid.uuid4().hex)
    app = TradeApp(desk, clocks, Label(account=LOCAL_USER, is_private=True))
    app.animation_level = "none"
    async with app.run_test(size=SIZE) as pilot:
        await _until(pilot, lambda: desk.link().state is DeskLinkState.LIVE and _has_prices(desk))
        await _build(desk)
        await pilot.pause(TRADING_S)
        await _rest(desk)
        await pilot.press("b", "ctrl+t")
        app.clear_notifications()
        await pilot.pause(1.0)
        return portable(app.export_screenshot(title="tradeterm", simplify=True))


def _has_prices(desk: ClientDesk) -> bool:
    tickers = [desk.ticker(symbol) for symbol in desk.markets()]
    return all(ticker is not None and ticker.bid and ticker.ask for ticker in tickers)


async def _build(desk: ClientDesk) -> None:
    """Some positions."""
    for symbol, side, quantity in BUILT:
        await _place(desk, {"symbol": symbol, "side": side, "type": OrderType.MARKET, "quantity": quantity})


async def _rest(desk: ClientDesk) -> None:
    """Some orders that rest a few ticks from the market, where the ladder shows them."""
    for symbol, side, quantity, ticks in RESTING:
        order = {"symbol": symbol, "side": side, "type": OrderType.LIMIT, "quantity": quantity}
        await _place(desk, {**order, "price": _near(desk, desk.markets()[symbol], ticks)})


def _near(desk: ClientDesk, market: Market, ticks: int) -> str:
    ticker = desk.ticker(market.symbol)
    assert ticker is not None, "the picture waits for every price"
    touch = ticker.bid if ticks < 0 else ticker.ask
    assert touch is not None, "the picture waits for every price"
    return price_text(touch + market.tick * ticks, market.price_decimals)


async def _place(desk: ClientDesk, body: dict[str, str]) -> None:
    answer = await desk.place(OrderRequest.model_validate({**body, "clientOrderId": uuid.uuid4().hex}))
    assert isinstance(answer, Done), answer


async def _until(pilot: Pilot[int], is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline, "the console did not come up"
        await pilot.pause(0.1)


def portable(svg: str) -> str:
    """Every word at its own place, and no font from anywhere: looks alike in every viewer, whatever its monospace is."""
    svg = re.sub(
        r'<text (class="\S+-r\d+") x="([\d.]+)" (y="[\d.]+") textLength="[\d.]+" ([^>]*)>(.*?)</text>', _words, svg
    )
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return re.sub(
        r"font-family: Fira Code, monospace;", "font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace;", svg
    )


def _words(run: "re.Match[str]") -> str:
    kind, left, top, clip, text = run.groups()
    words = re.finditer(r"[^\xa0]+", unescape(text))
    return "".join(
        f'<text {kind} x="{float(left) + word.start() * CELL:.1f}" {top} '
        f'textLength="{len(word[0]) * CELL:.1f}" {clip}>{escape(word[0])}</text>'
        for word in words
    )


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
