"""Every way in which a submit can go wrong, through unmodified ccxt on production addresses: what is concluded is true.

Refused means that no order exists and none will; taken means that it exists; everything else must be unknown, and is
then found by its client id, or proven absent.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

import ccxt
import ccxt.pro
import pytest

from server.venues.submit_outcome import Outcome, Verdict, outcome_of_answer, outcome_of_error
from server.venues.unconfirmed import Proof, Unconfirmed
from tests.exchange.faults import Fault, coded, plain
from tests.exchange.loopback import Loopback, loopback, production, until
from tests.server.marketdata.recordings.test_replay import SOAK

SYMBOL = "BTC/USDT"
TIMEOUT_MS, SHORT_MS = 60_000, 300
LATE_S = 0.6  # later than the short time that who waits for it is given
HTML = "<html><body>Bad Gateway</body></html>"
UNKNOWN, REJECTED, ACK = Verdict.UNKNOWN, Verdict.REJECTED, Verdict.ACK


@dataclass
class Rig:
    """The exchange and a client of it, whose submits are judged."""

    exchange: Loopback
    client: Any

    async def submit(self, client_id: str) -> Outcome:
        parameters = {"clientOrderId": client_id}
        try:
            answer = await self.client.create_order(SYMBOL, "limit", "buy", 0.001, 49_000, parameters)
        except BaseException as error:
            return outcome_of_error(error)
        return outcome_of_answer(answer)

    async def look(self, client_id: str) -> bool | None:
        """Whether the exchange knows it; None when it could not be asked."""
        try:
            await self.client.fetch_order(None, SYMBOL, {"clientOrderId": client_id})
        except ccxt.OrderNotFound:
            return False
        except ccxt.BaseError:
            return None
        return True

    def knows(self, client_id: str) -> bool:
        return self.orders(client_id) > 0

    def orders(self, client_id: str) -> int:
        return sum(1 for one in self.exchange.exchange.orders.values() if one.client_id == client_id)


@asynccontextmanager
async def trading() -> AsyncIterator[Rig]:
    async with loopback(with_tls=True) as one, production(one) as settings:
        client = ccxt.pro.binance({**settings, "timeout": TIMEOUT_MS})
        try:
            await client.load_markets()
            yield Rig(one, client)
        finally:
            await client.close()


# What is done to the submit, and what is to be concluded of it.
FAULTS: dict[str, tuple[Fault, Verdict]] = {
    "nothing": (Fault(), ACK),
    "dropped before it was processed": (Fault(is_processed=False, is_dropped=True), UNKNOWN),
    "dropped after it was processed": (Fault(is_dropped=True), UNKNOWN),
    "answered late": (Fault(after_s=LATE_S), UNKNOWN),
    "arrived late": (Fault(before_s=LATE_S), UNKNOWN),
    "half an answer": (Fault(is_truncated=True), UNKNOWN),
    "an answer of html": (Fault(body=HTML), UNKNOWN),
    "an answer of broken json": (Fault(body='{"orderId": 10'), UNKNOWN),
    "an empty answer": (Fault(body=""), UNKNOWN),
    "an empty object": (Fault(body="{}"), UNKNOWN),
    "-1007 in time-out": (
        coded(504, -1007, "Timeout waiting for response from backend server.", is_processed=True),
        UNKNOWN,
    ),
    "504 of a proxy": (plain(504, HTML, is_processed=True), UNKNOWN),
    "502 of a proxy": (plain(502, HTML, is_processed=True), UNKNOWN),
    "503 that was processed": (
        plain(503, "Unknown error, please check your request or try again later.", is_processed=True),
        UNKNOWN,
    ),
    "-1006": (coded(500, -1006, "An unexpected response was received.", is_processed=True), UNKNOWN),
    "-1001": (coded(500, -1001, "Internal error; unable to process your request.", is_processed=True), UNKNOWN),
    "-1000": (coded(500, -1000, "An unknown error occurred.", is_processed=True), UNKNOWN),
    "-1008": (coded(503, -1008, "Server is currently overloaded."), UNKNOWN),
    "-1004": (coded(400, -1004, "Server is busy, please wait and try again."), UNKNOWN),
    "403 of a wall": (plain(403, HTML, is_processed=False), UNKNOWN),
    "400 without a code": (plain(400, HTML, is_processed=True), UNKNOWN),
    "404 without a code": (plain(404, "", is_processed=True), UNKNOWN),
    "409 without a code": (plain(409, HTML, is_processed=True), UNKNOWN),
    "a code that nobody knows": (coded(400, -9_999, "Something new."), UNKNOWN),
    "429": (coded(429, -1003, "Too many requests."), REJECTED),
    "418": (coded(418, -1003, "Way too many requests; IP banned until 1767657600000."), REJECTED),
    "-1015": (coded(400, -1015, "Too many new orders."), REJECTED),
    "-1021": (coded(400, -1021, "Timestamp for this request is outside of the recvWindow."), REJECTED),
    "-2015": (coded(401, -2015, "Invalid API-key, IP, or permissions for action."), REJECTED),
    "-1013": (coded(400, -1013, "Filter failure: NOTIONAL"), REJECTED),
    "-2010": (coded(400, -2010, "Account has insufficient balance for requested action."), REJECTED),
    "an order of that id is there": (coded(400, -2010, "Duplicate order sent."), UNKNOWN),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_what_is_concluded_of_a_submit_is_true(name: str) -> None:
    """As measured, and sound: once everything that was on its way has come, the exchange agrees."""
    fault, wanted = FAULTS[name]
    async with trading() as rig:
        rig.exchange.faults.meet("POST", "order", fault)
        client_id = uuid.uuid4().hex
        if LATE_S in (fault.before_s, fault.after_s):
            rig.client.timeout = SHORT_MS
        outcome = await rig.submit(client_id)
        assert outcome.verdict is wanted, outcome
        rig.client.timeout = TIMEOUT_MS
        if fault.is_processed:  # it may still be on its way
            await until(partial(rig.knows, client_id))
        assert rig.orders(client_id) == (1 if fault.is_processed else 0)
        if outcome.verdict is not UNKNOWN:
            assert rig.orders(client_id) == (1 if outcome.verdict is ACK else 0)
        if fault.is_processed:
            assert await rig.look(client_id) is True
        assert "signature" not in outcome.text


async def test_a_host_that_is_not_there_got_nothing() -> None:
    """No name and no listener: refused, because nothing was sent."""
    async with trading() as rig:
        for address in ("https://nowhere.binance.com/api/v3", "http://127.0.0.1:9/api/v3"):
            rig.client.urls["api"]["private"] = address
            outcome = await rig.submit("c" * 32)
            assert outcome.verdict is REJECTED, (address, outcome)


async def test_a_wait_that_is_cancelled_is_unknown() -> None:
    """By a task's end or by a deadline of our own: the order goes its way."""
    async with trading() as rig:
        for name in ("cancelled", "timed out"):
            client_id = uuid.uuid4().hex
            rig.exchange.faults.meet("POST", "order", Fault(after_s=30))
            task = asyncio.ensure_future(rig.submit(client_id))
            await until(partial(rig.knows, client_id))
            task.cancel()
            assert (await task).verdict is UNKNOWN, name
            assert await rig.look(client_id) is True


async def test_storm_of_faults_doubles_and_guesses_nothing() -> None:
    """Submits with faults drawn at random, look-ups that fail too: each ends taken, refused or proven, and the exchange
    agrees with every end."""
    chance = Random(7)
    kinds = [one for one in FAULTS.values() if not one[0].before_s and not one[0].after_s]
    async with trading() as rig:
        ends: dict[str, Verdict | Proof] = {}
        for _ in range(int(60 * SOAK)):
            client_id = uuid.UUID(int=chance.getrandbits(128), version=4).hex
            fault, _ = chance.choice(kinds)
            rig.exchange.faults.meet("POST", "order", fault)
            outcome = await rig.submit(client_id)
            if outcome.verdict is not UNKNOWN:
                ends[client_id] = outcome.verdict
                continue
            # The time in which it could still arrive is over at once here: what comes late is tried above.
            doubt, now = Unconfirmed(sent_at=-100.0, window_s=10.0), 0.0
            while doubt.proof is None:
                if chance.random() < 0.3:
                    rig.exchange.faults.meet("GET", "order", Fault(is_dropped=True))
                now = doubt.next_look(now)
                doubt.looked(now, found=await rig.look(client_id))
            ends[client_id] = doubt.proof
        for client_id, end in ends.items():
            assert rig.orders(client_id) == (1 if end in (ACK, Proof.FOUND) else 0), (client_id, end)
        assert {*ends.values()} == {ACK, REJECTED, Proof.FOUND, Proof.ABSENT}
