"""Where a request comes from: the address that is counted, and the proxies that may say on whose behalf they ask."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from starlette.datastructures import Headers
from starlette.types import Scope

Network = IPv4Network | IPv6Network


@lru_cache(maxsize=4_096)
def counted_as(host: str) -> str:
    """What an address is counted as. Of IPv6 the first 64 bits: whoever has one such address has the others, too. An
    IPv4 address that is written as one of IPv6 is the same as ever. What is no address counts as itself."""
    address = _address(host)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), 64), strict=False))
    return host if address is None else str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class Proxies:
    """Those in front of the server that are believed: X-Forwarded-For says there who asks, X-Forwarded-Proto how. From
    anybody else both mean nothing; so does Forwarded (RFC 7239), from everybody."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads "127.0.0.1, 10.0.0.0/8"; ValueError for anything else. Nothing is no proxy."""
        return cls(ip_network(each.strip()) for each in text.split(",") if each.strip())

    def trusts(self, host: str) -> bool:
        address = _address(host) if self._networks else None
        return address is not None and any(address in network for network in self._networks)

    def tell(self, scope: Scope) -> None:
        """Puts into the scope who asks and how, where a proxy that is trusted says so."""
        client = scope.get("client")
        if client is None or not self.trusts(client[0]):
            return
        headers = Headers(scope=scope)
        hops = [hop for line in headers.getlist("x-forwarded-for") for hop in line.split(",")]
        scope["client"] = (self._last_untrusted(hops, client[0]), 0)
        scheme = headers.getlist("x-forwarded-proto")[-1:]
        if scheme in (["http"], ["https"]):
            scope["scheme"] = scheme[0]

    def _last_untrusted(self, hops: Sequence[str], peer: str) -> str:
        """Each proxy adds whom it saw at the right; what stands left of one that is not trusted, anybody may have
        written."""
        for hop in reversed(hops):
            address = _address(_without_port(hop.strip()))
            if address is None:
                return peer
            peer = str(address)
            if not self.trusts(peer):
                return peer
        return peer


def _without_port(hop: str) -> str:
    """192.0.2.1:443 and [2001:db8::1]:443, as some proxies write them."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, colon, port = hop.partition(":")
    return host if colon and port.isdecimal() else hop
