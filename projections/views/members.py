"""Who acts: "who is behind this id?"."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from psycopg import Connection

from ledger.store.database import Row
from ledger.words import LEDGER, OPERATOR, READER
from projections.views.documents import label_text
from projections.views.others import MemberStep
from projections.views.view import Look, Sheets, Table, View

DDL = """
create table members (
    member uuid primary key,
    label text not null,
    desk text not null
);
"""


def fold(sheets: Sheets, step: MemberStep, look: Look) -> None:
    del look
    label = step.label
    sheets["members"].keep(step.event.stream, label, label_text(label))


ROWS = Table("members", ("member",), ("label", "desk"), kept=True)
VIEW = View("members", ("members",), DDL, ("member",), (ROWS,), fold)


# --- Reading -----------------------------------------------------------------------------------------------------


# Who acts without being a member.
_NOBODY = {OPERATOR: '"operator"', LEDGER: '"the ledger"', READER: '"a reader"'}


# SQL: every member and whoever acts without being one.
EVERYBODY: Final = "(select member, desk from members union all values {})".format(
    ", ".join(f"('{member}'::uuid, '{text}')" for member, text in _NOBODY.items())
)


def label(actor: str) -> str:
    """SQL: the label of who acted, as JSON text, null where it is not known; `m` is the row of the members joined."""
    nobody = " ".join(f"when '{known}' then '{text}'" for known, text in _NOBODY.items())
    return f"coalesce(m.desk, case {actor} {nobody} else 'null' end)"


def page(connection: Connection[Row], after: UUID | None, limit: int) -> Sequence[tuple[UUID, str]]:
    """(id, JSON text) of the members behind one of them, by their ids; without it from the first on."""
    return connection.execute(
        "select member, '{\"member\":\"' || member || '\",\"label\":' || desk || '}' from members"
        " where %(after)s::uuid is null or member > %(after)s order by member limit %(limit)s",
        {"after": after, "limit": limit},
    ).fetchall()


def some(connection: Connection[Row], members: Iterable[UUID]) -> dict[UUID, str]:
    """The label of each member as JSON text."""
    wanted = list(members)
    if not wanted:
        return {}
    found: dict[UUID, str] = dict(
        connection.execute("select member, desk from members where member = any(%s)", [wanted]).fetchall()
    )
    return found | {known: label for known, label in _NOBODY.items() if known in wanted}
