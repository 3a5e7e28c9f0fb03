"""The console on a server that means harm: every text that it shows is hostile, and the terminal never obeys.

The real console in a pseudo-terminal; the real sockets and routes on contents that no honest server would give.
"""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.ports import Batch, EventRow
from tests.builders import market
from tests.contracts.journals import of_trades, trade
from tests.eventually import PATIENCE_S
from tests.fakes import START
from tests.server.gateway.rest.rig import Rig, StillMarketData
from tests.server.gateway.served import served
from tradeterm.protocol.times import time_text
from tradeterm.protocol.vocabulary import EventName

HOSTILE = {
    "escapes": "\x1b]0;PWN\x07\x1b[31mPWN\x1bPPWN\x1b\\\x1b[2J\x1b[?1049l",
    "8-bit escapes": "\x9d0;PWN\x9c\x9b31mPWN\x90PWN",
    "bells and lines": "PWN\x07\r\nPWN\x08\x08\t\x0bPWN\x00\x7f",
    "directions": "PWN\u202e\u2067PWN\u2069\u200b\u200d\ufeff",
    "piles": "PWN" + "\u0301" * 400,
    "markup": "[bold red]PWN[/] [@click=app.quit]PWN[/]",
    "length": "PWN" * 5_000,
}
# What the console itself never sends: everything of these would be the server's.
FOREIGN = (
    "PWN\x07",
    "\x1b]0;PWN",
    "\x1b[31mPWN",
    "\x9b",
    "\x9d",
    "\x90",
    "\u202e",
    "\u2067",
    "\u200b",
    "\ufeff",
    "\x1b[?1049lPWN",
)
NOW = time_text(START)


def order(text: str, number: int, status: str = "accepted") -> dict[str, Any]:
    return {
        "id": f"{number}{text}", "clientOrderId": text, "symbol": "BTC/USD", "side": "buy", "type": "limit",
        "quantity": "0.01", "price": "100.00", "status": status, "filledQuantity": "0", "averagePrice": None,
        "timeInForce": "gtc", "createdAt": NOW, "updatedAt": NOW, "rejectReason": text, "rejectText": text, "rejectedBy": None,
        "cancelReason": text, "venueOrderId": text,
    }  # fmt: skip


def contents(text: str) -> dict[str, list[bytes]]:
    """An account whose every text is this one."""
    amounts = "equity cash available reserved marginUsed maintenanceMargin realizedPnL unrealizedPnL feesPaid dayPnL"
    account = {
        "currency": text, **dict.fromkeys(amounts.split(), "1.00"), "tradingState": "reducing", "tradingStateReason": text,
        "warnings": [text, text], "limits": {text: text},
    }  # fmt: skip
    position = {
        "id": text, "symbol": "BTC/USD", "side": "long", "quantity": "1", "entryPrice": "100.00", "currentPrice": "100.00",
        "unrealizedPnL": "0.00", "unrealizedPnLPercent": "0.00", "realizedPnL": "0.00", "totalPnL": "0.00", "status": "open",
        "openedAt": NOW, "feesPaid": "0.00", "netRealizedPnL": "0.00", "netTotalPnL": "0.00",
    }  # fmt: skip
    balance = {"asset": text, "total": "1.00", "available": "1.00", "reserved": "0.00"}
    return {
        "orders": [orjson.dumps(order(text, number)) for number in range(3)],
        "positions": [orjson.dumps(position), orjson.dumps({**position, "symbol": text[:300]})],
        "balances": [orjson.dumps(balance)],
        "account": [orjson.dumps(account)],
    }


def events(text: str) -> list[tuple[EventName, dict[str, Any]]]:
    """What is told while the console looks on."""
    trade = {
        "id": text, "orderId": text, "symbol": text[:300], "side": "buy", "type": "entry", "quantity": "1", "price": "100.00",
        "value": "100.00", "fee": "0.10", "executedAt": NOW, "feeCurrency": text,
    }  # fmt: skip
    return [
        (EventName.TRADING_STATE, {"trading": {"state": "halted", "reason": text}, "timestamp": NOW}),
        (EventName.ORDER_REJECTED, {"order": order(text, 7, "rejected"), "timestamp": NOW}),
        (EventName.ORDER_CANCELLED, {"order": order(text, 8, "cancelled"), "timestamp": NOW}),
        (EventName.TRADE_EXECUTED, {"trade": trade, "timestamp": NOW}),
        (EventName.ORDER_CANCEL_REJECTED, {"order": order(text, 9), "rejectText": text, "timestamp": NOW}),
    ]


def shown(written: bytes) -> str:
    """The words, without what moves and colours them."""
    return " ".join(re.sub(r"\x1b\[[0-9;?>]*[a-zA-Z]", " ", written.decode(errors="replace")).split())


class Console:
    """`python -m tradeterm` in a pseudo-terminal: what it writes is kept as it is."""

    def __init__(self, url: str, token: str, home: str) -> None:
        self.written = b""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
            settings = {"HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
            environment = {**kept, **settings, "TRADETERM_TOKEN": token}
            os.execve(sys.executable, [sys.executable, "-m", "tradeterm", "--server", url], environment)
        os.set_blocking(self._terminal, False)
        self.repaint(0)

    def read(self) -> bytes:
        try:
            while data := os.read(self._terminal, 65_536):
                self.written += data
        except (BlockingIOError, OSError):
            pass
        return self.written

    async def until(self, is_there: Callable[[bytes], object], what: str) -> None:
        for number in range(int(PATIENCE_S / 0.1)):
            if is_there(self.read()):
                return
            if number % 10 == 9:
                self.repaint(number // 10 % 2)
            await asyncio.sleep(0.1)
        raise AssertionError(f"{what} did not come: {shown(self.written)[-4000:]}")

    def repaint(self, more: int) -> None:
        """Only what changes is written, cell by cell: in another size all words are written whole again."""
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120 + more, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def exit_code(self) -> int | None:
        done, status = os.waitpid(self._pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if done else None

    async def quit(self) -> int:
        """Ctrl+Q, as often as it takes; the exit code."""
        for _ in range(int(PATIENCE_S / 0.1)):
            code = self.exit_code()
            if code is not None:
                self.read()
                return code
            self.press("\x11")
            self.read()
            await asyncio.sleep(0.1)
        os.kill(self._pid, signal.SIGKILL)
        raise AssertionError(f"the console does not end: {shown(self.written)[-4000:]}")


class Tape(StillMarketData):
    """Market data that the console can read; its markets' names are hostile."""

    def ticker(self, symbol: str) -> bytes:
        return orjson.dumps({"symbol": symbol, "bid": "99.00", "ask": "101.00", "last": "100.00", "time": NOW})

    def book(self, symbol: str, depth: int) -> bytes:
        levels = {"bids": [["99.00", "1"]], "asks": [["101.00", "1"]]}
        return orjson.dumps({"symbol": symbol, "type": "snapshot", "seq": 1, **levels, "time": NOW})

    def trades(self, symbol: str, limit: int) -> list[bytes]:
        return []

    def candles(self, symbol: str, interval: str, limit: int) -> list[bytes]:
        return []

    def watch(self, channel: str) -> None:
        """Nothing changes."""

    unwatch = watch


def hostile_rig(symbol: str) -> Rig:
    """A server on which every text is hostile; so is the name of a second market."""
    rig = Rig()
    rig.services.market_data = Tape()
    accounts = [contents(text) for text in HOSTILE.values()]
    rig.view.contents["ann"] = {
        "account": accounts[0]["account"],
        **{
            kind: [one for account in accounts for one in account[kind]] for kind in ("orders", "positions", "balances")
        },
    }
    trades = [data["trade"] for text in HOSTILE.values() for event, data in events(text) if "trade" in data]
    rig.history.commit(
        of_trades(*(replace(trade(place), payload=orjson.dumps(one)) for place, one in enumerate(trades)))
    )
    other = market("X/USD", base=HOSTILE["escapes"], quote=HOSTILE["bells and lines"])
    rig.view.listed = {"BTC/USD": market(), symbol: replace(other, symbol=symbol)}
    return rig


def told() -> list[EventRow]:
    """Every kind of event with every kind of text, one after the other."""
    said = [one for text in HOSTILE.values() for one in events(text)]
    return [EventRow("ann", seq, event, orjson.dumps(data), START) for seq, (event, data) in enumerate(said, 1)]


def assert_unharmed(console: Console, code: int) -> None:
    written = console.written.decode(errors="replace")
    assert code == 0, written[-3000:]
    assert "Traceback" not in written
    assert [one for one in FOREIGN if one in written] == []


@pytest.mark.slow
async def test_no_text_of_the_server_steers_the_terminal(tmp_path: Path) -> None:
    """In every field of the account, orders, positions, trades, markets and events; and the console stays usable."""
    rig = hostile_rig("\x1b[31mX\x07\u202e/USD")
    rows = told()
    rig.history.commit(Batch(events=rows))
    async with served(rig) as server:
        console = Console(server.url, (await rig.grant()).access_token, str(tmp_path))
        await console.until(lambda written: b"REDUC" in written.upper(), "the account's state")
        server.gateway.hub.deliver(rows)
        await console.until(lambda written: b"PWN" in written, "the last event")
        for key in ("\t", "\t", "j", "k", "\r", "\x1b", "?", "\x1b"):
            console.press(key)
            await asyncio.sleep(0.1)
        assert_unharmed(console, await console.quit())


@pytest.mark.slow
async def test_a_symbol_that_is_too_long_is_said_and_ends_nothing(tmp_path: Path) -> None:
    """No market can be called that: the console says that the server breaks the contract, and stays."""
    async with served(hostile_rig("X" * 33 + "/USD")) as server:
        console = Console(server.url, (await server.rig.grant()).access_token, str(tmp_path))
        await console.until(lambda written: b"refused" in written, "the end of the line")
        console.press("j")
        assert_unharmed(console, await console.quit())
