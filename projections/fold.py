from collections.abc import Callable, Collection
from dataclasses import dataclass

from psycopg import Connection

from ledger.database import Row


@dataclass(frozen=True, slots=True)
class Difference:
    view: str
    table: str
    where: str
    wanted: str | None
    found: str | None


def first_difference(
    connection: Connection[Row],
    views: Collection[str],
    up_to: int,
    *,
    since: int = 0,
    note: Callable[[int, int], None] = lambda *_: None,
) -> Difference | None:
    return None
