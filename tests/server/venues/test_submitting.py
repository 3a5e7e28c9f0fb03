"""An order that was sent and its certain end, in virtual time: no submit twice, nothing guessed, whatever goes wrong."""

import asyncio
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import ccxt
import pytest

from server.venues.submit_outcome import Outcome, Verdict
from server.venues.submitting import SUBMIT_S, Submission
from server.venues.unconfirmed import FINDING_S, PROCESSING_S
from tests.exchange.virtual_time import run

SUBMITS = int(500 * float(os.environ.get("TRADETERM_SOAK", "1")))
WINDOW_S = 10.0
ACK, REJECTED, UNKNOWN = Verdict.ACK, Verdict.REJECTED, Verdict.UNKNOWN


class LoopClock:
    """Our clock is the loop's."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.monotonic(), UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


@dataclass
class Fate:
    """What becomes of one order between us and an exchange. Seconds; `accepted_s` None: it never gets there, or too late."""

    accepted_s: float | None
    found_after_s: float = 0.0  # from its acceptance
    answer: Any = field(default_factory=lambda: {"id": "1001"})  # or an error
    answer_s: float = 0.1
    deaf: float = 0.0  # share of look-ups that fail
    submits: int = 0
    looks: int = 0
    chance: Random = field(default_factory=lambda: Random(1))
    window_s: float = WINDOW_S
    began: float = 0.0

    async def submit(self) -> Any:
        self.submits += 1
        self.began = asyncio.get_running_loop().time()
        await asyncio.sleep(self.answer_s)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    async def find(self) -> str | None:
        self.looks += 1
        await asyncio.sleep(self.chance.uniform(0.05, 1))
        if self.chance.random() < self.deaf:
            raise ccxt.RequestTimeout("binance GET https://api.binance.com/api/v3/order")
        if self.accepted_s is None:
            return None
        is_there = asyncio.get_running_loop().time() >= self.began + self.accepted_s + self.found_after_s
        return "1001" if is_there else None


def followed(fate: Fate) -> tuple[Outcome, list[Outcome], float]:
    """(what is certain, all that was told, when it was certain)"""

    async def work() -> tuple[Outcome, list[Outcome], float]:
        told: list[Outcome] = []
        outcome = await Submission(fate, LoopClock(), told.append, asyncio.sleep).run()
        return outcome, told, asyncio.get_running_loop().time()

    return run(work())


def test_an_answer_ends_it_at_once() -> None:
    """Taken or refused: told once, and nobody looks."""
    for fate, verdict in ((Fate(0.05), ACK), (Fate(None, answer=ccxt.InsufficientFunds("no")), REJECTED)):
        outcome, told, _ = followed(fate)
        assert (outcome.verdict, told, fate.looks) == (verdict, [outcome], 0)


def test_what_is_unknown_is_told_first_and_found_soon() -> None:
    """The answer was lost; the order is there."""
    outcome, told, ended = followed(Fate(0.05, answer=ccxt.RequestTimeout("late")))
    assert [one.verdict for one in told] == [UNKNOWN, ACK]
    assert outcome.venue_order_id == "1001"
    assert ended < 2


def test_an_order_that_shows_late_is_waited_for() -> None:
    """Accepted at the last moment, processed slowly, and not found for ten seconds more."""
    fate = Fate(WINDOW_S + PROCESSING_S, found_after_s=FINDING_S, answer=ccxt.ExchangeNotAvailable("gone"))
    outcome, _, ended = followed(fate)
    assert outcome.verdict is ACK
    assert ended > WINDOW_S + PROCESSING_S + FINDING_S


def test_one_that_never_arrived_is_proven_absent() -> None:
    """Not before it could have come, and within a minute."""
    outcome, told, ended = followed(Fate(None, answer=ccxt.RequestTimeout("late")))
    assert [one.verdict for one in told] == [UNKNOWN, REJECTED]
    assert outcome.venue_order_id is None
    assert WINDOW_S + PROCESSING_S + FINDING_S < ended < 60


def test_an_exchange_that_never_answers_is_waited_for_only_so_long() -> None:
    """Then the order is unknown, and settled as any other."""
    outcome, told, _ = followed(Fate(5.0, answer_s=3_600))
    assert [one.verdict for one in told] == [UNKNOWN, ACK]
    assert outcome.verdict is ACK


def test_a_submission_that_is_cancelled_is_told_as_unknown() -> None:
    """Whoever starts next settles it from when it was sent at the latest."""

    async def work() -> None:
        told: list[Outcome] = []
        fate = Fate(0.5, answer_s=5)
        submission = Submission(fate, LoopClock(), told.append, asyncio.sleep)
        task = asyncio.ensure_future(submission.run())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [one.verdict for one in told] == [UNKNOWN]
        assert (await submission.settle(asyncio.get_running_loop().time())).verdict is ACK
        assert fate.submits == 1

    run(work())


AMBIGUOUS: tuple[Any, ...] = (
    ccxt.RequestTimeout("late"),
    ccxt.ExchangeNotAvailable("gone"),
    ccxt.OperationFailed("-1006"),
    ccxt.ExchangeError("-9999"),
    ccxt.InvalidOrder('{"code":-2010,"msg":"Duplicate order sent."}'),
    KeyError("spot"),
    {},
    {"id": None},
)


def drawn(chance: Random) -> Fate:
    """An order whose answer says nothing: there or not, soon or late, among look-ups that fail."""
    accepted = chance.choice([None, chance.uniform(0, 1), chance.uniform(0, WINDOW_S + PROCESSING_S)])
    return Fate(
        accepted,
        chance.choice([0.0, chance.uniform(0, FINDING_S)]),
        chance.choice(AMBIGUOUS),
        chance.choice([0.1, chance.uniform(0, 2 * SUBMIT_S)]),
        chance.choice([0.0, 0.3, 0.8]),
        chance=Random(chance.getrandbits(64)),
    )


@pytest.mark.timeout(0)
def test_ambiguous_submits_are_neither_doubled_nor_guessed() -> None:
    """Each ends by proof, and the proof is true."""
    chance = Random(20260106)
    fates = [drawn(chance) for _ in range(SUBMITS)]

    async def one(fate: Fate) -> tuple[Fate, Outcome, list[Outcome]]:
        told: list[Outcome] = []
        return fate, await Submission(fate, LoopClock(), told.append, asyncio.sleep).run(), told

    async def work() -> list[tuple[Fate, Outcome, list[Outcome]]]:
        return await asyncio.gather(*(one(fate) for fate in fates))

    ends = run(work())
    assert len(ends) == SUBMITS
    for fate, outcome, told in ends:
        assert fate.submits == 1
        assert [each.verdict for each in told] == [UNKNOWN, outcome.verdict]
        assert outcome.verdict is (REJECTED if fate.accepted_s is None else ACK), fate
    assert {outcome.verdict for _, outcome, _ in ends} == {ACK, REJECTED}
