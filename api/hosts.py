"""Which host a request is for, said once and so that it can be read (RFC 9112, 3.2; RFC 9110, 7.2)."""

import re

from starlette.types import Scope

from api.errors import BadParameter

# A name, an IPv4 or a bracketed IPv6 address, and perhaps a port.
_HOST = re.compile(rb"(?:[A-Za-z0-9_.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def check_host(scope: Scope) -> None:
    """BadParameter where a request names two hosts, or none that is one. Links are made of it, and addresses that
    answers are kept under: whoever stands in front must read the same one."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts and scope.get("http_version") == "1.0":
        return
    if len(hosts) != 1:
        why = "The header Host is given more than once." if hosts else "The header Host is missing."
        raise BadParameter(why=why, header="Host")
    if not _HOST.fullmatch(hosts[0]):
        raise BadParameter(why="The header Host names no host, such as example.org:8321.", header="Host")
