"""Requests to addresses that others run: to what is public on the internet, and to hosts that are allowed by name."""

import asyncio
import socket
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx2

_GIVEN_OUT: Final = IPv6Network(
    "2000::/3"
)  # nothing of IPv6 is outside of it that anybody has (RFC 4291, 2.4)
_DOCUMENTS: Final = IPv6Network("3fff::/20")  # RFC 9637, which not every Python knows
_CONNECTIONS: Final = 64


class NotSent(Exception):
    """Why a request got no answer, in words for whoever runs the ledger."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: str | None


class Sender:
    """Posts, each time on a connection of its own. Follows no redirect, and heeds no proxy of the environment.

    allowed: names of hosts that may be private, and asked without TLS."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(name.lower() for name in allowed)
        self._client: httpx2.AsyncClient | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """Raises NotSent. In so many seconds all is done, from looking up the host to the headers of the answer; what
        follows these is not read."""
        try:
            async with asyncio.timeout(seconds):
                target, host = await self._resolved(url)
                client = self._client = self._client or _client()
                request = client.build_request(
                    "POST",
                    target,
                    content=body,
                    headers={**headers, "host": host.header},
                    timeout=seconds,
                    extensions={"sni_hostname": host.name},
                )
                response = await client.send(request, stream=True)
                await response.aclose()
        except TimeoutError:
            raise NotSent(f"no answer within {seconds:g} s") from None
        except httpx2.TimeoutException:
            raise NotSent(f"no answer within {seconds:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            raise NotSent(f"{type(error).__name__}: {error}"[:500]) from None
        return Answer(response.status_code, response.headers.get("retry-after"))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _resolved(self, url: str) -> tuple[str, "_Host"]:
        """The address to connect to, which is looked at and then kept to: a second look could find another."""
        asked = httpx2.URL(url)  # which writes a name in other letters in ASCII (RFC 5891)
        parts = urlsplit(url)
        host = _Host(asked.raw_host.decode().rstrip("."), asked.netloc.decode())
        is_allowed = host.name.lower() in self._allowed
        if parts.scheme != "https" and not is_allowed:
            raise NotSent("it is sent over https alone, unless the host is allowed by name")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host.name, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError):
            raise NotSent(f"the host {host.name} is not known") from None
        addresses = [str(each[4][0]) for each in found]
        private = [address for address in addresses if not is_public(address)]
        if private and not is_allowed:
            raise NotSent(
                f"the host {host.name} is at {private[0]}, which is private, and it is not allowed by name"
            )
        address = addresses[0]
        literal = f"[{address}]" if ":" in address else address
        rest = url.split("://", 1)[1][len(parts.netloc) :]
        return f"{parts.scheme}://{literal}:{port}{rest}", host


def _client() -> httpx2.AsyncClient:
    """Made when there is something to send: to read the certificates of all authorities takes 50 ms."""
    return httpx2.AsyncClient(
        verify=ssl.create_default_context(),
        follow_redirects=False,
        trust_env=False,
        # None is kept: it would be found by the address, under which there may be another host.
        limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=0),
    )


@dataclass(frozen=True, slots=True)
class _Host:
    name: str
    header: str


def is_public(address: str) -> bool:
    """Whether anybody on the internet could be there; so must be what an address carries that is made of another."""
    ip = ip_address(address.partition("%")[0])
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    if isinstance(ip, IPv6Address) and (ip not in _GIVEN_OUT or ip in _DOCUMENTS):
        return False
    return all(is_public(str(inner)) for inner in _within(ip))


def _within(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return []
    found = [ip.sixtofour, *(ip.teredo or ())]
    return [inner for inner in found if inner is not None]
