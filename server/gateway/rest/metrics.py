"""What the gateway counts, for Prometheus. No user, no address and no order is a label: their number has no bound."""

from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from server.ports import Behind


@dataclass(frozen=True, slots=True)
class ExchangeBudget:
    """What of the minute's weight a real exchange still lets through (None where nobody counts it), and for how long it lets
    nothing through."""

    left: Callable[[], int | None]
    banned_for_s: Callable[[], float]


class Metrics:
    """The gateway's counters, and what is looked up whenever somebody asks."""

    def __init__(
        self,
        lost_log_lines: Callable[[], int] = lambda: 0,
        behind: Callable[[], Behind] = Behind,
        exchange: ExchangeBudget | None = None,
    ) -> None:
        """`lost_log_lines()` says how many lines of the log could not be written so far, `behind()` how far the tables are
        behind the journal. `exchange`: of a real one."""
        self._registry = CollectorRegistry()
        self._commands = Counter("tradeterm_commands", "Commands carried out.", ["command"], registry=self._registry)
        self._carried_out = Tally[str]()  # since somebody asked: the library's counting costs ten times as much
        self._refusals = Counter("tradeterm_refusals", "Requests refused, by code.", ["code"], registry=self._registry)
        self._turned_away = Counter(
            "tradeterm_connections_turned_away",
            "Connections refused, or closed while idle to make room.",
            ["what"],
            registry=self._registry,
        )
        self._connections = Gauge("tradeterm_connections", "Connections that are open.", registry=self._registry)
        self._look_up("tradeterm_log_lines_lost", "Lines of the log that could not be written.", lost_log_lines)
        self._look_up("tradeterm_tables_behind_bytes", "Of the journal, not in the tables yet.", lambda: behind().bytes)
        oldest = "Age of the oldest commit that the tables do not have."
        self._look_up("tradeterm_tables_behind_seconds", oldest, lambda: behind().seconds)
        if exchange is not None:
            self._look_up_exchange(exchange)

    def _look_up_exchange(self, exchange: ExchangeBudget) -> None:
        def counted() -> float:
            weight = exchange.left()
            return nan if weight is None else weight  # what nobody counts is no number

        self._look_up("tradeterm_exchange_weight_left", "Weight of this minute that is not used.", counted)
        self._look_up(
            "tradeterm_exchange_banned_seconds", "For how long nothing is let through.", exchange.banned_for_s
        )

    def _look_up(self, name: str, about: str, read: Callable[[], float]) -> None:
        Gauge(name, about, registry=self._registry).set_function(read)

    def carried_out(self, command: str) -> None:
        self._carried_out[command] += 1

    def refused(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def turned_away(self, what: str) -> None:
        self._turned_away.labels(what).inc()

    def connections_open(self, number: int) -> None:
        self._connections.set(number)

    def text(self) -> bytes:
        """Everything in the registry, in Prometheus' text form."""
        carried_out, self._carried_out = self._carried_out, Tally()
        for command, number in carried_out.items():
            self._commands.labels(command).inc(number)
        return generate_latest(self._registry)
