"""What can be set, by environment variables, and what it is otherwise."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from api.server.clients import Proxies
from api.server.rate import Rate
from ledger import limits


class BadSetting(ValueError):
    """A setting that cannot be used; says which, and what it should look like."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable: what it stands at where nobody sets it, and what it sets."""

    name: str
    default: str | None
    sets: str


# What `factledger --help` and docs/settings.md list; the settings that are not in Settings stand where they are read.
SETTINGS = (
    Setting("DATABASE_URL", None, "a PostgreSQL 15 or later; without it, an embedded one"),
    Setting("FACTLEDGER_HOME", ".factledger", "folder of the embedded database"),
    Setting("FACTLEDGER_SCHEMA", "factledger", "database schema of the ledger"),
    Setting("FACTLEDGER_HOST", "127.0.0.1", "where to serve"),
    Setting("FACTLEDGER_PORT", "8321", "where to serve; 0 takes one that is free"),
    Setting("FACTLEDGER_RATE", "60000/minute", "requests per key"),
    Setting("FACTLEDGER_READER_RATE", "6000/minute", "requests per address without a key"),
    Setting("FACTLEDGER_REQUEST_RATE", "10/hour", "those of them that ask for a correction"),
    Setting(
        "FACTLEDGER_METRICS_TOKEN",
        None,
        "opens /metrics to whoever sends it as a bearer token; auditors' and admins' keys do, too",
    ),
    Setting("FACTLEDGER_PUBLISHER", None, "who publishes, as readers know it; without it, the host"),
    Setting(
        "FACTLEDGER_SECURITY_CONTACT",
        None,
        "where whoever finds a hole can write: an https, mailto or tel address, told in /.well-known/security.txt",
    ),
    Setting(
        "FACTLEDGER_TRUSTED_PROXIES",
        None,
        "addresses or networks, with commas between, whose X-Forwarded-For and X-Forwarded-Proto are believed",
    ),
    Setting(
        "FACTLEDGER_WEBHOOK_HOSTS",
        None,
        "names of hosts, with commas between, that webhooks may reach though they are private or have no TLS",
    ),
    Setting(
        "FACTLEDGER_DATABASE_CONNECTIONS",
        "8",
        "for reading by the desk; readers have half as many of their own, and half of those again",
    ),
    Setting("FACTLEDGER_CLOCK_SKEW", f"{limits.CLOCK_SKEW:g}", "seconds that its clock may be from ours"),
    Setting("FACTLEDGER_KEY", None, "the key that an import acts with"),
    Setting("FACTLEDGER_LOG_LEVEL", "info", "debug, info, warning, error"),
    Setting("NO_COLOR", None, "no colours"),
    Setting("ONCE", None, "with 1, the demonstration ends once it has shown everything"),
)
_DEFAULTS = {setting.name: setting.default or "" for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Settings:
    """database_url: None for the embedded server in `home`; rate: requests a key may make, such as "600/minute";
    reader_rate: those of an address without a key; request_rate: those of them that ask for a correction;
    metrics_token: opens /metrics, beside the keys of auditors and admins;
    publisher: who publishes, as readers know it; security_contact: a URI for whoever finds a hole;
    trusted_proxies: who may say on whose behalf they ask; webhook_hosts: see Sender;
    database_connections: for reading by the desk, beside those of readers (half as many, and a quarter for what is
    dear), of the writer, of the worker and of webhooks; clock_skew: seconds."""

    database_url: str | None
    schema: str
    home: Path
    host: str
    port: int
    rate: str
    reader_rate: str
    request_rate: str
    metrics_token: str | None
    publisher: str | None
    security_contact: str | None
    trusted_proxies: Proxies
    webhook_hosts: frozenset[str]
    database_connections: int
    clock_skew: int
    log_level: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        def given(name: str) -> str:
            return environment.get(name, _DEFAULTS[name])

        def number(name: str, low: int, high: int) -> int:
            text = given(name)
            if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
                raise BadSetting(f"{name}={text!r}: give a whole number from {low} to {high}")
            return int(text)

        def rate(name: str) -> str:
            text = given(name)
            try:
                Rate.parse(text)
            except ValueError as error:
                raise BadSetting(f"{name}={error}") from None
            return text

        def proxies(name: str) -> Proxies:
            text = given(name)
            try:
                return Proxies.parse(text)
            except ValueError as error:
                raise BadSetting(
                    f"{name}={text!r}: {error}; give addresses or networks, with commas between"
                ) from None

        def hosts(name: str) -> frozenset[str]:
            names = frozenset(part.strip().lower() for part in given(name).split(",") if part.strip())
            for host in names:
                if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:]+", host) is None:
                    raise BadSetting(
                        f"{name}: {host!r} is no name of a host; give names, with commas between"
                    )
            return names

        token = given("FACTLEDGER_METRICS_TOKEN") or None
        if token is not None and re.fullmatch(r"[\x21-\x7e]{16,200}", token) is None:
            raise BadSetting(
                "FACTLEDGER_METRICS_TOKEN: give 16 to 200 characters of printable ASCII, without blanks"
            )
        publisher = given("FACTLEDGER_PUBLISHER").strip() or None
        if publisher is not None and (len(publisher) > limits.NAME_LENGTH or not publisher.isprintable()):
            raise BadSetting(f"FACTLEDGER_PUBLISHER: give a name, of {limits.NAME_LENGTH} letters at most")
        contact = given("FACTLEDGER_SECURITY_CONTACT") or None
        if (
            contact is not None
            and re.fullmatch(r"(https://|mailto:|tel:)[\x21-\x7e]{3,500}", contact) is None
        ):
            raise BadSetting(
                f"FACTLEDGER_SECURITY_CONTACT={contact!r}: give an address such as mailto:security@example.org"
            )
        level = given("FACTLEDGER_LOG_LEVEL").lower()
        if level not in ("debug", "info", "warning", "error"):
            raise BadSetting(f"FACTLEDGER_LOG_LEVEL={level!r}: one of debug, info, warning, error")
        return cls(
            database_url=given("DATABASE_URL") or None,
            schema=given("FACTLEDGER_SCHEMA"),
            home=Path(given("FACTLEDGER_HOME")).absolute(),
            host=given("FACTLEDGER_HOST"),
            port=number("FACTLEDGER_PORT", 0, 65_535),
            rate=rate("FACTLEDGER_RATE"),
            reader_rate=rate("FACTLEDGER_READER_RATE"),
            request_rate=rate("FACTLEDGER_REQUEST_RATE"),
            metrics_token=token,
            publisher=publisher,
            security_contact=contact,
            trusted_proxies=proxies("FACTLEDGER_TRUSTED_PROXIES"),
            webhook_hosts=hosts("FACTLEDGER_WEBHOOK_HOSTS"),
            database_connections=number("FACTLEDGER_DATABASE_CONNECTIONS", 1, 100),
            clock_skew=number("FACTLEDGER_CLOCK_SKEW", 1, 3_600),
            log_level=level,
        )
