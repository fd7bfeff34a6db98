"""Which host a request is for, said once and so that it can be read (RFC 9112, 3.2; RFC 9110, 7.2)."""

import re
from ipaddress import IPv6Address

from starlette.types import Scope

from api.http.statuses import BadParameter

# A name, an IPv4 or a bracketed IPv6 address, and perhaps a port.
_HOST = re.compile(
    rb"(?:(?=[^:]{1,255}(?::|$))(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+\.?|\[([0-9A-Fa-f:.]{2,45})\])(?::([1-9][0-9]{0,4}))?"
)
_LAST_PORT = 65_535


def check_host(scope: Scope) -> None:
    """BadParameter where a request names two hosts, or none that is one. Links are made of it, and addresses that
    answers are kept under: whoever stands in front must read the same one."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts and scope.get("http_version") == "1.0":
        return
    if len(hosts) != 1:
        why = "The header Host is given more than once." if hosts else "The header Host is missing."
        raise BadParameter(why=why, header="Host")
    if not _is_host(hosts[0]):
        raise BadParameter(why="The header Host names no host, such as example.org:8321.", header="Host")


def _is_host(host: bytes) -> bool:
    found = _HOST.fullmatch(host)
    if found is None or (found[2] and int(found[2]) > _LAST_PORT):
        return False
    try:
        return found[1] is None or IPv6Address(found[1].decode()) is not None
    except ValueError:
        return False
