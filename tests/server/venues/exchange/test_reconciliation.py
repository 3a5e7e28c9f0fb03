"""What is known here held against what the exchange has."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

import ccxt

from server.ports import AdoptedReport, AgreementReport, Report
from server.venues.exchange.reconciliation import EVERY_S, Reconciliation
from server.venues.exchange.seen import Ending
from tests.exchange.virtual_time import run
from tests.server.venues.exchange.fake_exchange import USER, Bench


def watched(bench: Bench, holdings: Mapping[str, Decimal] | None = None) -> Reconciliation:
    ours = {"USDT": Decimal(100_000)} if holdings is None else holdings
    return Reconciliation(bench.exchange, bench.sightings, USER, lambda: ours, bench.told.extend, asyncio.sleep)


def agreements(told: list[Report]) -> list[tuple[bool, tuple[str, ...]]]:
    return [(one.agrees, one.differences) for one in told if isinstance(one, AgreementReport)]


def test_what_the_stream_never_told_is_found_out() -> None:
    """A fill, an end, and an order made elsewhere; a list that is cut short proves nothing."""

    async def work() -> None:
        bench = Bench()
        orders = [bench.place() for _ in range(4)]
        await asyncio.sleep(1)
        bench.exchange.is_mute = bench.exchange.is_listed_short = True
        bench.exchange.fill(bench.of(orders[0]), "0.4")
        bench.exchange.end(bench.of(orders[1]), Ending.CANCELLED)
        await watched(bench).once()
        await bench.quiet()
        assert bench.names()[4:] == ["FillReport", "CancelledReport", "AgreementReport"] or bench.names()[4:] == [
            "CancelledReport",
            "FillReport",
            "AgreementReport",
        ]
        bench.exchange.is_listed_short = False
        bench.exchange.accept(bench.trading_ask())
        await watched(bench).once()
        assert [one.late_of for one in bench.told if isinstance(one, AdoptedReport)] == [None]

    run(work())


def test_differences_are_named_and_less_than_we_hold_keeps_entries_waiting() -> None:
    """More of something there was not traded here, and is only named."""

    async def work() -> None:
        bench = Bench()
        bench.exchange.held = {"USDT": Decimal(100_000), "BTC": Decimal(2)}
        ours = {"USDT": Decimal(100_000), "BTC": Decimal(1)}
        await watched(bench, ours).once()
        assert agreements(bench.told) == [(True, ("BTC: 2 at the exchange, 1 more than was traded here",))]
        bench.exchange.held["BTC"] = Decimal("0.5")
        await watched(bench, ours).once()
        assert agreements(bench.told)[-1] == (
            False,
            ("BTC: 0.5 at the exchange, 0.5 less than was traded here",),
        )

    run(work())


def test_what_an_exchange_rounds_is_named_and_holds_nothing_up() -> None:
    """A ten-millionth of a coin and a millionth of what is held; more than that does."""

    async def work() -> None:
        bench = Bench()
        ours = {"USDT": Decimal(100_000), "BTC": Decimal("0.00000655")}
        shown = []
        for money, coins in (("99999.95", "0.00000654"), ("99999.95", "0.000006"), ("99999.85", "0.00000655")):
            bench.exchange.held = {"USDT": Decimal(money), "BTC": Decimal(coins)}
            await watched(bench, ours).once()
            agrees, differences = agreements(bench.told)[-1]
            shown.append((agrees, len(differences)))
        assert shown == [(True, 2), (False, 2), (False, 1)]

    run(work())


def test_it_runs_now_and_then_and_when_asked() -> None:
    """An exchange that cannot be asked once is asked again soon; for longer, and entries wait until it can be."""

    async def work() -> None:
        bench = Bench()
        reconciliation = watched(bench)
        task = asyncio.ensure_future(reconciliation.run())
        await asyncio.sleep(EVERY_S * 3 + 1)
        assert reconciliation.done == 4
        reconciliation.soon()
        await asyncio.sleep(1)
        assert reconciliation.done == 5
        bench.exchange.deaf = lambda: ccxt.RequestTimeout("late")
        reconciliation.soon()
        await asyncio.sleep(1)
        assert reconciliation.agrees
        await asyncio.sleep(EVERY_S)
        assert agreements(bench.told)[-1] == (False, ("the exchange cannot be asked for its state",))
        bench.exchange.deaf = lambda: None
        await asyncio.sleep(EVERY_S)
        assert agreements(bench.told)[-1] == (True, ())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(work())
