"""Who is believed about where a request comes from, and what is an address counted as?"""

from collections.abc import Callable

import pytest

from api.server.clients import Proxies, counted_as
from api.server.embedded import EmbeddedPostgres
from api.server.settings import BadSetting, Settings
from tests.desk import REQUEST, Desk, open_desk


def scope_of(peer: str, *fields: tuple[str, str]) -> dict[str, object]:
    headers = [(name.encode(), value.encode()) for name, value in fields]
    return {"type": "http", "scheme": "http", "client": (peer, 4711), "headers": headers}


def asks(proxies: str, peer: str, *forwarded: str) -> str:
    scope = scope_of(peer, *(("x-forwarded-for", each) for each in forwarded))
    Proxies.parse(proxies).tell(scope)
    client = scope["client"]
    assert isinstance(client, tuple)
    return str(client[0])


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        ("", "127.0.0.1", ["192.0.2.1"], "127.0.0.1"),
        ("10.0.0.0/8", "127.0.0.1", ["192.0.2.1"], "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", "127.0.0.1", ["198.51.100.9, 192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1", "127.0.0.1", ["198.51.100.9", "192.0.2.1"], "192.0.2.1"),
        ("127.0.0.1, 10.0.0.0/8", "127.0.0.1", ["198.51.100.9, 192.0.2.1, 10.1.2.3"], "192.0.2.1"),
        ("127.0.0.1, 10.0.0.0/8", "127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ("127.0.0.1", "127.0.0.1", ["192.0.2.1:443"], "192.0.2.1"),
        ("127.0.0.1", "127.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("127.0.0.1", "127.0.0.1", ["192.0.2.1, unknown"], "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", ["nonsense" * 1_000], "127.0.0.1"),
        ("127.0.0.0/8", "::ffff:127.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("::1", "::1", ["192.0.2.1"], "192.0.2.1"),
    ],
)
def test_the_last_address_that_no_trusted_proxy_has_is_who_asks(
    proxies: str, peer: str, forwarded: list[str], client: str
) -> None:
    assert asks(proxies, peer, *forwarded) == client


@pytest.mark.parametrize(("proxies", "scheme"), [("", "http"), ("127.0.0.1", "https")])
def test_how_it_was_asked_is_believed_from_the_same(proxies: str, scheme: str) -> None:
    scope = scope_of("127.0.0.1", ("x-forwarded-proto", "https"))
    Proxies.parse(proxies).tell(scope)
    assert scope["scheme"] == scheme


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:DB8:0:1:ffff::8", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
    ],
)
def test_addresses_that_one_client_has_are_counted_together(host: str, counted: str) -> None:
    assert counted_as(host) == counted


def test_proxies_are_a_setting_and_nobody_is_one_unless_it_is_said() -> None:
    name = "FACTLEDGER_TRUSTED_PROXIES"
    assert not Settings.from_environment({}).trusted_proxies.trusts("127.0.0.1")
    assert Settings.from_environment({name: "10.0.0.0/8,::1"}).trusted_proxies.trusts("10.1.2.3")
    with pytest.raises(BadSetting, match=r"FACTLEDGER_TRUSTED_PROXIES='10\.0\.0\.1/8'"):
        Settings.from_environment({name: "10.0.0.1/8"})


def asked_from_many(desk: Desk) -> list[int]:
    body = REQUEST | {"story": desk.public()}
    return [
        desk.client(None)
        .post("/v1/requests", json=body, headers={"x-forwarded-for": f"192.0.2.{number}"})
        .status_code
        for number in range(13)
    ]


@pytest.mark.thorough
def test_whoever_only_says_that_they_ask_for_others_passes_no_limit(
    servers: Callable[[str], EmbeddedPostgres],
) -> None:
    with open_desk(servers) as desk:
        assert asked_from_many(desk) == [201] * 10 + [429] * 3
    with open_desk(servers, proxies=Proxies.parse("127.0.0.1")) as desk:
        assert asked_from_many(desk) == [201] * 13
