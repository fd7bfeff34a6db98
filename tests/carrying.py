"""Lines of commands for the tests of import and export, and `factledger` run on them as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from api.terminal.importing import Acting, Import, Refused, Report
from ledger.commands import Actor
from ledger.store.keyring import Keyring
from ledger.words import Role
from tests.newsroom import Newsroom

FACTLEDGER = Path(sys.executable).parent / "factledger"
LINK = {"source": "ria", "cue": "reported", "speech": "indirect"}
FACT: dict[str, Any] = {"statement": "A train arrived", "kind": "event", "attribution": [LINK]}
Line = dict[str, Any]


def line(do: str, said: Any, **fields: Any) -> Line:
    """With a key made of all that it says."""
    return {"key": f"{do} {fields} {said}"[:255], "do": do, **fields, "with": said}


def opening(story: str = "story") -> list[Line]:
    return [
        line("register", {"slug": "ria", "name": "RIA", "kind": "agency"}),
        line("open", {"slug": story, "headline": "A headline", "language": "en", "desk": "world"}),
    ]


def reporting(number: int, story: str = "story", **fields: Any) -> Line:
    said = FACT | {"statement": f"Train {number} arrived"} | fields
    return line("report", said, story=story)


def as_file(lines: Iterable[Line | bytes]) -> bytes:
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()) + b"\n"
        for one in lines
    )


def command(newsroom: Newsroom, *words: str) -> tuple[list[str], dict[str, str]]:
    """What to run, and with which settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FACTLEDGER_")}
    return [str(FACTLEDGER), *words], environment | {"DATABASE_URL": newsroom.database.url, "COLUMNS": "80"}


def run(
    newsroom: Newsroom, *words: str, file: bytes = b"", **settings: str
) -> subprocess.CompletedProcess[bytes]:
    program, environment = command(newsroom, *words)
    return subprocess.run(
        program, env=environment | settings, input=file, capture_output=True, check=False, timeout=120
    )


def carry_in(
    newsroom: Newsroom,
    file: Iterable[Line | bytes] | BytesIO,
    role: Role | None = "editor",
    named: Mapping[str, Actor] | None = None,
    *,
    is_strict: bool = False,
) -> tuple[Report, list[Refused]]:
    """The same in this process: what came of it, and what was refused."""
    file = file if isinstance(file, BytesIO) else BytesIO(as_file(file))
    acting = Acting(newsroom.actor(role) if role else None, named or {})
    keyring = Keyring()
    keyring.refresh(newsroom.views)
    refused: list[Refused] = []

    def settled(_: Report, __: int, rows: Any) -> None:
        refused.extend(rows)

    report = Import(newsroom.database, keyring, acting, settled, is_strict=is_strict).run(file)
    return report, refused


def actors(newsroom: Newsroom) -> dict[str, Actor]:
    """Who acts for each label: its newest key in force."""
    newsroom.keyring.refresh(newsroom.views)
    now, issued = datetime.now(UTC), newsroom.keyring.keys()
    return {key.label: Actor(key.member, key.role, key.key) for key in issued if key.opens(now)}
