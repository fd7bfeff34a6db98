"""Every version of what a story says besides its facts: "what was the headline then, and the copy?"."""

from ledger.words import Closed
from projections.views.happened import Values
from projections.views.reader_view import (
    ReaderCopy,
    ReaderCorrective,
    ReaderHead,
    ReaderNote,
)
from projections.views.story import Step, change_of, text_of
from projections.views.view import OPEN, Look, Sheets, Table, View, held_at

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


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    del look
    rows, story, event = sheets["story_versions"], step.story, step.event
    said, at = event.said, event.position
    match event.kind:
        case (
            "opening" | "headline" | "dateline" | "slug" | "merge" | "parting" | "take" | "agency_correction"
        ):
            head = story.head
            values = (head["opened"]["actor"], text_of(head), _reader_text(head, ReaderHead))
            rows.begin((story.number, "head", 0), at, values, is_new=event.kind == "opening")
        case "copy" | "refile":
            copy = {"text": said["text"], "spans": said["spans"], "filed": change_of(event)}
            values = (event.actor, text_of(copy), _reader_text(copy, ReaderCopy))
            rows.begin((story.number, "copy", 0), at, values, is_new=False)
        case "note" | "editors_note":
            given = said.get("note") or {"role": "editor", "text": said["text"], "is_publishable": True}
            note = {**given, "added": change_of(event)}
            shown = _reader_text(note, ReaderNote) if note["is_publishable"] else None
            rows.begin(
                (story.number, "note", event.revision), at, (event.actor, text_of(note), shown), is_new=True
            )
        case "withdrawal":
            rows.end((story.number, "note", said["note"]), at)
        case "corrective":
            issued = {name: said[name] for name in ReaderCorrective.model_fields}
            values = (event.actor, text_of(issued | {"issued": change_of(event)}), text_of(issued))
            rows.begin((story.number, "corrective", event.revision), at, values, is_new=True)
        case _:
            pass


def _reader_text(document: Values, shown: type[Closed]) -> str:
    return text_of({name: document[name] for name in shown.model_fields if name in document})


ROWS = Table("story_versions", ("story", "part", "item"), ("actor", "desk", "reader"), lasting=True)
VIEW = View("story_versions", ("story_versions",), DDL, ("story",), (ROWS,), fold, indexes=INDEXES)


# --- Reading -----------------------------------------------------------------------------------------------------


def shown_then() -> str:
    """SQL: part, item and text of head, copy, notes and correctives as readers see them as of %(content)s."""
    return (
        "select part, item, reader as text from story_versions"
        f" where reader is not null and {held_at('%(content)s')}"
    )
