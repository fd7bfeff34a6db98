"""What readers would be told beside a story, were what is tried published now: as `views/public_changes.py` tells it
once it has happened."""

from typing import Any

import orjson
from psycopg import Connection

from ledger.fact import FactBody
from ledger.publication import StoryPublished
from ledger.store.database import Row
from ledger.store.writer import Rehearsal
from ledger.story import KIND, Story, StoryEvent
from projections.views import fact_versions, public_changes, visibility
from projections.views.documents import fact_document
from projections.views.happened import Happened
from projections.views.reader_view import reader_fact
from projections.views.story import TOLD, is_alike, other_fields, readers_hear, wrong_version
from projections.views.view import OPEN


def foretold(connection: Connection[Row], rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """kind, fact, was_wrong or reason or text of each change, the first of them first; of a correction for how long
    readers have read the wrong version so far. Nothing of a story that they do not see, and nothing of what they have
    not read."""
    before = rehearsal.before
    after = next((one for one in (rehearsal.after, *rehearsal.each[::-1]) if isinstance(one, Story)), None)
    if not isinstance(before, Story) or after is None:
        return []
    found = visibility.shown(connection, before.public_slug, OPEN - 1)
    if found is None or found[1] is None:
        return []
    story, shown = found[0].number, found[1]
    rows = connection.execute(
        "select revision, kind, fact, version, desk from revisions"
        " where story = %s and revision > %s and revision <= %s and kind = any(%s) order by revision",
        [story, shown.revision, before.revision, [*TOLD]],
    ).fetchall()
    changes = [
        _happened(number, kind, {"fact": fact, "version": version, **orjson.loads("{" + desk[1:] + "}")})
        for number, kind, fact, version, desk in rows
    ]
    touched = {
        one.revision: one.said.get("before", {}).keys() | one.said.get("after", {}).keys() for one in changes
    }
    bodies: dict[int, dict[str, Any]] = {}  # of each fact that a change corrects more than once
    events = [event for event in rehearsal.events if isinstance(event, StoryEvent)]
    first = after.revision - len(events) + 1
    for number, event in enumerate(events, first):
        if KIND[type(event)] in TOLD:
            said = event.model_dump(mode="json", exclude_none=True)
            if (body := said.get("becomes")) is not None:
                fact = said["fact"]
                was = bodies.get(fact) or _body(before, fact)
                touched[number] = {*other_fields(was, body, FactBody.model_fields)}
                bodies[fact] = body
            changes.append(
                _happened(number, KIND[type(event)], said | {"undoes": getattr(event, "undoes", None)})
            )
    published = [event.revision for event in events if isinstance(event, StoryPublished)]
    changes = [one for one in changes if one.revision <= (published or [after.revision])[-1]]
    undoes = {one.revision: one.said["undoes"] for one in changes if one.said.get("undoes")}

    def undone_kind(revision: int) -> str:
        undone = undoes[revision]
        while True:
            row = connection.execute(
                "select kind, (('{' || substr(desk, 2) || '}')::json ->> 'undoes')::int from revisions"
                " where story = %s and revision = %s",
                [story, undone],
            ).fetchone()
            if row is None or row[0] != "reversion":
                return str(row[0]) if row else ""
            undone = row[1]

    def comes_to_nothing(change: Happened) -> bool:
        number = change.said["fact"]
        had = fact_versions.one(connection, story, number, shown.content)
        return had is not None and is_alike(
            orjson.loads(had[-1]), _body(after, number), touched[change.revision]
        )

    heard = readers_hear(changes, undoes, undone_kind, comes_to_nothing)
    return [
        told for one in heard if (told := _told(connection, story, shown.content, one, after)) is not None
    ]


def _body(story: Story, fact: int) -> dict[str, Any]:
    """Of a fact, as documents have it; of one that is not there yet nothing."""
    found = story.facts[fact - 1 : fact]
    return found[0].model_dump(mode="json", exclude_none=True) if found else {}


def _happened(revision: int, kind: str, said: dict[str, Any]) -> Happened:
    return Happened(0, "", revision, "", "", "", "story", kind, said)


def _told(
    connection: Connection[Row], story: int, content: int, change: Happened, after: Story
) -> dict[str, Any] | None:
    said, number = change.said, change.said.get("fact")
    told = {"kind": change.kind, "said": said.get("was_wrong") or said.get("text") or said["reason"]}
    if number is None:
        return told
    told["fact"] = number
    was = connection.execute(
        "select version, reader is not null from fact_versions"
        " where story = %s and fact = %s and from_position <= %s order by from_position desc limit 1",
        [story, number, content],
    ).fetchone()
    fact = after.facts[number - 1]
    if was is None or not was[1] or reader_fact(fact_document(fact, after.head)) is None:
        return None
    if change.kind == "correction":
        wrong = wrong_version(change)
        if was[0] < wrong:
            return None
        told["public_seconds"] = public_changes.public_so_far(connection, story, number, wrong)
    return told
