"""What the gateway counts, for Prometheus. No user, no address and no order is a label: their number has no bound."""

from collections.abc import Callable
from functools import cache
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from server.ports import Behind


class Metrics:
    """The gateway's counters in a registry that others may add to."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._commands = Counter("tradeterm_commands", "Commands carried out.", ["command"], registry=self.registry)
        self._command = cache(
            self._commands.labels
        )  # there are a few, and each is looked up thousands of times a second
        self._refusals = Counter("tradeterm_refusals", "Requests refused, by code.", ["code"], registry=self.registry)
        self._turned_away = Counter(
            "tradeterm_connections_turned_away",
            "Connections refused, or closed while idle to make room.",
            ["what"],
            registry=self.registry,
        )
        self._lost_log_lines = Gauge(
            "tradeterm_log_lines_lost", "Lines of the log that could not be written.", registry=self.registry
        )
        self._behind_bytes = Gauge(
            "tradeterm_tables_behind_bytes", "Of the journal, not in the tables yet.", registry=self.registry
        )
        self._behind_seconds = Gauge(
            "tradeterm_tables_behind_seconds",
            "Age of the oldest commit that the tables do not have.",
            registry=self.registry,
        )
        self._connections = Gauge("tradeterm_connections", "Connections that are open.", registry=self.registry)

    def carried_out(self, command: str) -> None:
        self._command(command).inc()

    def refused(self, code: str) -> None:
        self._refusals.labels(code).inc()

    def turned_away(self, what: str) -> None:
        self._turned_away.labels(what).inc()

    def watch_connections(self, count: Callable[[], int]) -> None:
        """`count()` says how many are open now."""
        self._connections.set_function(count)

    def watch_lost_log_lines(self, count: Callable[[], int]) -> None:
        """`count()` says how many lines of the log could not be written so far."""
        self._lost_log_lines.set_function(count)

    def watch_behind(self, behind: Callable[[], Behind]) -> None:
        """`behind()` says how far the tables are behind the journal."""
        self._behind_bytes.set_function(lambda: behind().bytes)
        self._behind_seconds.set_function(lambda: behind().seconds)

    def watch_exchange(self, left: Callable[[], int | None], banned_for_s: Callable[[], float]) -> None:
        """What of the minute's weight a real exchange still lets through (None where nobody counts it: no number), and for how
        long it lets nothing through."""

        def counted() -> float:
            weight = left()
            return nan if weight is None else weight

        for name, about, read in (
            ("tradeterm_exchange_weight_left", "Weight of this minute that is not used.", counted),
            ("tradeterm_exchange_banned_seconds", "For how long nothing is let through.", banned_for_s),
        ):
            Gauge(name, about, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        """Everything in the registry, in Prometheus' text form."""
        return generate_latest(self.registry)
