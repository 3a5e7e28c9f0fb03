"""Ports for servers that must know theirs before they start, or come back to it after an end.

None of those that the kernel gives to whoever asks for any: in the moment in which nobody listens there, another test's
socket would be given it.
"""

import socket
from pathlib import Path
from random import SystemRandom

LOWEST, HIGHEST = 10_000, 65_535
TRIES = 1_000
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def outside(first: int, last: int) -> list[int]:
    """The ports that are not within what the kernel gives, as far as anybody may have them."""
    return [port for port in range(LOWEST, HIGHEST) if not first <= port <= last]


def free_port(given: Path = RANGE) -> int:
    """One that nobody listens at now. Where the kernel gives them all, or does not say which, one that it gives."""
    try:
        first, last = map(int, given.read_text().split())
    except (OSError, ValueError):
        return _probed(0)
    ports = outside(first, last)
    # Not the random numbers that a test may have seeded: another process would draw the same.
    for port in SystemRandom().sample(ports, min(TRIES, len(ports))):
        try:
            return _probed(port)
        except OSError:
            continue  # somebody's
    return _probed(0)


def _probed(port: int) -> int:
    with socket.create_server(("127.0.0.1", port)) as probe:
        found: int = probe.getsockname()[1]
        return found
