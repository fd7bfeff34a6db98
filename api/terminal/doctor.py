"""Looks a ledger over, and says what is well and what is not."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ledger.store import audit
from ledger.store.database import Connection, Database, Row
from ledger.store.store import read_clocks, read_head
from projections.engine import catch_up, progress, tables
from projections.engine.proof.fold import first_difference

_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    is_well: bool
    says: str


def examine(database: Database, *, deep: bool = False) -> list[Finding]:
    """deep: also whether every row of every view is what the events say, which takes long."""
    with database.connect(name="doctor") as connection:
        return [
            Finding(what, *look(connection))
            for what, look in (
                ("server", _server),
                ("durability", _durability),
                ("clocks", partial(_clocks, skew=database.skew)),
                ("positions", _positions),
                ("streams", _streams),
                ("commitments", _commitments),
                ("erasures", _erasures),
                ("rights", _rights),
                ("views", _views),
                *((("rows", _rows),) if deep else ()),
            )
        ]


Look = Callable[[Connection[Row]], tuple[bool, str]]


def _server(connection: Connection[Row]) -> tuple[bool, str]:
    return True, f"PostgreSQL {connection.info.server_version // 10_000}"


def _durability(connection: Connection[Row]) -> tuple[bool, str]:
    return audit.durability_holds(connection)


def _clocks(connection: Connection[Row], skew: float) -> tuple[bool, str]:
    clocks = read_clocks(connection)
    wrong = clocks.wrong(skew)
    return wrong is None, wrong or f"{abs(clocks.skew):.1f} s apart, the last event is not in the future"


def _positions(connection: Connection[Row]) -> tuple[bool, str]:
    return audit.positions_hold(connection)


def _streams(connection: Connection[Row]) -> tuple[bool, str]:
    return audit.streams_hold(connection)


def _commitments(connection: Connection[Row]) -> tuple[bool, str]:
    """Recomputes every commitment from its salt and body."""
    checked = erased = after = 0
    broken: list[int] = []
    while rows := audit.sealed(connection, after, _PAGE):
        for position, commitment, salt, body in rows:
            after = position
            if body is None or salt is None:
                erased += 1
            elif hmac.compare_digest(hmac.digest(salt, body, hashlib.sha256), commitment):
                checked += 1
            else:
                broken.append(position)
    if broken:
        return False, f"{len(broken)} bodies are not what was committed to, first at position {broken[0]}"
    return True, f"{checked} bodies are what was committed to, {erased} are erased"


def _erasures(connection: Connection[Row]) -> tuple[bool, str]:
    return audit.erasures_hold(connection)


def _rights(connection: Connection[Row]) -> tuple[bool, str]:
    return audit.application_only_appends(connection)


def _views(connection: Connection[Row]) -> tuple[bool, str]:
    head = read_head(connection)[0]
    ahead = [place.view for place in progress.standing(connection).values() if place.position > head]
    if ahead:
        return False, f"{', '.join(sorted(ahead))}: beyond the head, {head}; run factledger rebuild"
    return True, f"at position {catch_up.position(connection)} of {head}"


def _rows(connection: Connection[Row]) -> tuple[bool, str]:
    """Works every row out a second time. The views may move meanwhile: it looks at one moment of them."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        standing = progress.standing(connection)
        outdated = tables.of_another_release(connection)
        places: dict[int, list[str]] = {}
        for place in standing.values():
            if place.view not in outdated:
                places.setdefault(place.position, []).append(place.view)
        for position, views in places.items():
            difference = first_difference(connection, views, position)
            if difference is not None:
                return False, str(difference)
    left_out = f", but for those of another release: {', '.join(outdated)}" if outdated else ""
    return True, f"every row of the views is what the events say{left_out}"
