"""Whose request it is that a proxy hands on: the address in X-Forwarded-For, where a proxy that is trusted wrote it."""

import ipaddress
from collections.abc import Iterable
from typing import Final

from server.gateway.transport.asgi import Scope

FORWARDED_FOR: Final = b"x-forwarded-for"
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_of(text: str) -> Network:
    """An address, or a network like 10.0.0.0/8. Raises ValueError."""
    return ipaddress.ip_network(text)


class TrustedProxies:
    """The proxies whose word is taken for whom they speak for."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Raises ValueError for what is no address and no network."""
        self._networks = [network_of(one) for one in networks]

    def trusts(self, address: str) -> bool:
        found = _address_of(address) if self._networks else None
        return found is not None and any(found in network for network in self._networks)

    def see_through(self, scope: Scope) -> None:
        """Put the one who asks in the place of the proxy, `scope["client"]`."""
        client = scope.get("client")
        if client is not None and self.trusts(client[0]):
            said = [value for name, value in scope["headers"] if name == FORWARDED_FOR]
            scope["client"] = (self._behind(client[0], b",".join(said).decode("latin-1")), client[1])

    def _behind(self, proxy: str, forwarded: str) -> str:
        """The last address that no trusted proxy has: what stands before it, anybody may have written."""
        for text in reversed(forwarded.split(",")):
            found = _address_of(text.strip())
            if found is None:
                return proxy
            proxy = str(found)
            if not self.trusts(proxy):
                return proxy
        return proxy


def _address_of(text: str) -> Address | None:
    """An address, with a port perhaps; None for what is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped) or found
