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
class Settings:
    """database_url: None for the embedded server in `home`; rate: requests a key may make, such as "600/minute";
    reader_rate: those of an address without a key; request_rate: those of them that ask for a correction;
    metrics_token: opens /metrics, beside the keys of auditors and admins;
    trusted_proxies: who may say on whose behalf they ask;
    database_connections: for reading by the desk, beside those of readers (half as many, and a quarter for what is
    dear), of the writer and of the worker; clock_skew: seconds."""

    database_url: str | None
    schema: str
    home: Path
    host: str
    port: int
    rate: str
    reader_rate: str
    request_rate: str
    metrics_token: str | None
    trusted_proxies: Proxies
    database_connections: int
    clock_skew: int
    log_level: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        def number(name: str, default: int, low: int, high: int) -> int:
            text = environment.get(name, str(default))
            if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
                raise BadSetting(f"{name}={text!r}: give a whole number from {low} to {high}")
            return int(text)

        def rate(name: str, default: str) -> str:
            text = environment.get(name, default)
            try:
                Rate.parse(text)
            except ValueError as error:
                raise BadSetting(f"{name}={error}") from None
            return text

        def proxies(name: str) -> Proxies:
            text = environment.get(name, "")
            try:
                return Proxies.parse(text)
            except ValueError as error:
                raise BadSetting(
                    f"{name}={text!r}: {error}; give addresses or networks, with commas between"
                ) from None

        token = environment.get("FACTLEDGER_METRICS_TOKEN") or None
        if token is not None and re.fullmatch(r"[\x21-\x7e]{16,200}", token) is None:
            raise BadSetting(
                "FACTLEDGER_METRICS_TOKEN: give 16 to 200 characters of printable ASCII, without blanks"
            )
        level = environment.get("FACTLEDGER_LOG_LEVEL", "info").lower()
        if level not in ("debug", "info", "warning", "error"):
            raise BadSetting(f"FACTLEDGER_LOG_LEVEL={level!r}: one of debug, info, warning, error")
        return cls(
            database_url=environment.get("DATABASE_URL") or None,
            schema=environment.get("FACTLEDGER_SCHEMA", "factledger"),
            home=Path(environment.get("FACTLEDGER_HOME", ".factledger")).absolute(),
            host=environment.get("FACTLEDGER_HOST", "127.0.0.1"),
            port=number("FACTLEDGER_PORT", 8321, 0, 65_535),
            rate=rate("FACTLEDGER_RATE", "60000/minute"),
            reader_rate=rate("FACTLEDGER_READER_RATE", "6000/minute"),
            request_rate=rate("FACTLEDGER_REQUEST_RATE", "10/hour"),
            metrics_token=token,
            trusted_proxies=proxies("FACTLEDGER_TRUSTED_PROXIES"),
            database_connections=number("FACTLEDGER_DATABASE_CONNECTIONS", 8, 1, 100),
            clock_skew=number("FACTLEDGER_CLOCK_SKEW", int(limits.CLOCK_SKEW), 1, 3_600),
            log_level=level,
        )
