"""Every version of what a story says besides its facts: "what was the headline then, and the copy?"."""

from psycopg import Connection

from ledger.store.database import Row
from ledger.story import (
    CopyFiled,
    CopyRefiled,
    CorrectiveIssued,
    DatelineSet,
    EditorsNoteAdded,
    HeadlineSet,
    NoteAdded,
    NoteWithdrawn,
    StoryOpened,
    added,
    filed,
    issued,
)
from projections.views.documents import json_of
from projections.views.reader_view import reader_copy, reader_corrective, reader_head, reader_note
from projections.views.view import OPEN, Page, Spells, View, held_at

DDL = f"""
create table story_versions (
    story bigint not null,
    part text not null check (part in ('head', 'copy', 'note', 'corrective')),
    item int not null default 0,
    from_position bigint not null,
    to_position bigint not null default {OPEN},
    actor uuid not null,
    desk text not null,
    -- Null where readers may not see it.
    reader text,
    primary key (story, part, item, from_position)
);
create index story_versions_now on story_versions (story, part) where to_position = {OPEN};
"""
INDEXES = """
create index if not exists story_versions_then on story_versions
    using gist (box(point(story, from_position), point(story, to_position - 1)));
"""


def project(connection: Connection[Row], page: Page) -> None:
    spells = Spells()
    for move in page.moves:
        story, event, at = move.story, move.recorded.event, move.recorded.at
        if story is None:
            continue
        if isinstance(event, StoryOpened | HeadlineSet | DatelineSet):
            values: Row = (story.head.opened.actor, json_of(story.head), json_of(reader_head(story.head)))
            spells.begin(
                (story.number, "head", 0), at.position, values, is_new=isinstance(event, StoryOpened)
            )
        elif isinstance(event, CopyFiled | CopyRefiled):
            text = filed(event, at)
            values = (at.actor, json_of(text), json_of(reader_copy(text)))
            spells.begin((story.number, "copy", 0), at.position, values, is_new=False)
        elif isinstance(event, NoteAdded | EditorsNoteAdded):
            note = added(event, at)
            shown = reader_note(note)
            values = (at.actor, json_of(note), json_of(shown) if shown else None)
            spells.begin((story.number, "note", at.revision), at.position, values, is_new=True)
        elif isinstance(event, NoteWithdrawn):
            spells.end((story.number, "note", event.note), at.position)
        elif isinstance(event, CorrectiveIssued):
            corrective = issued(event, at)
            values = (at.actor, json_of(corrective), json_of(reader_corrective(corrective)))
            spells.begin((story.number, "corrective", at.revision), at.position, values, is_new=True)
    spells.write_ends(connection, "story_versions", {"story": "bigint", "part": "text", "item": "int"})
    if spells.begun:
        with connection.cursor().copy(
            "copy story_versions (story, part, item, from_position, to_position, actor, desk, reader)"
            " from stdin (format binary)"
        ) as copy:
            copy.set_types(["int8", "text", "int4", "int8", "int8", "uuid", "text", "text"])
            for row in spells.rows():
                copy.write_row(row)


VIEW = View("story_versions", ("story_versions",), DDL, project, indexes=INDEXES)


# --- Reading -----------------------------------------------------------------------------------------------------


def shown_then() -> str:
    """SQL: part, item and text of head, copy, notes and correctives as readers see them as of %(content)s."""
    return (
        "select part, item, reader as text from story_versions"
        f" where reader is not null and {held_at('%(content)s')}"
    )
