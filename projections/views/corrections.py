"""Every correction, newest first, and which was taken back: "what did we get wrong, and how?"."""

from collections.abc import Sequence

from psycopg import Connection

from ledger.store.database import Row
from projections.views.documents import instant
from projections.views.happened import Values
from projections.views.public_changes import public_time
from projections.views.story import Step, text_of, wrong_version
from projections.views.story_now import has_had
from projections.views.view import OPEN, Look, Sheets, Table, View

DDL = """
create table corrections (
    position bigint primary key,
    story bigint not null,
    revision bigint not null,
    -- Neither is known where somebody else says that the story was wrong, nor said of a correction that is taken back:
    -- that one counts as none.
    fact int,
    -- Where the version that was wrong began.
    wrong_from bigint,
    actor uuid not null,
    desk text not null
);
create unique index corrections_of_story on corrections (story, revision);
"""


def fold(sheets: Sheets, step: Step, look: Look) -> None:
    """With where the version that was wrong began."""
    del look
    story, event = step.story, step.event
    takes_back = event.kind == "reversion" and story.undone_kind(event.revision) == "correction"
    if event.kind not in ("correction", "agency_correction") and not takes_back:
        return
    fact = None if takes_back else event.said.get("fact")
    sheets["corrections"].add(
        event.position,
        story.number,
        event.revision,
        fact,
        story.begun[fact, wrong_version(event)] if fact else None,
        event.actor,
        text_of({"story": story.slug, **step.revision, **_told(event.kind, event.said)}),
    )


def _told(kind: str, said: Values) -> Values:
    """What an agency says, where readers' log has it, too."""
    return {"text": said["text"]} if kind == "agency_correction" else {}


ROWS = Table("corrections", ("position",), ("story", "revision", "fact", "wrong_from", "actor", "desk"))
VIEW = View("corrections", ("corrections",), DDL, ("story",), (ROWS,), fold)


# --- Reading -----------------------------------------------------------------------------------------------------


# The publication that showed readers the correction, or no end.
END = f"coalesce(p.published_position, {OPEN})"


def page(
    connection: Connection[Row], before: int, limit: int, story: str | None = None
) -> Sequence[tuple[int, str]]:
    """(position, text) of corrections before a position, of all stories or of one, newest first, each with how long the
    wrong version was public: up to the publication of the correction, or, without an end, up to now."""
    return connection.execute(
        "select c.position, left(c.desk, -1) || ',\"by\":' || coalesce(m.desk, 'null')"
        f" || coalesce(',\"public_from\":\"' || {instant('t.public_from')} || '\"', '')"
        f' || coalesce(\',"public_to":"\' || {instant("p.published_at")} || \'","public_seconds":\''
        " || t.public_seconds, '') || '}'"
        " from corrections c left join members m on m.member = c.actor"
        " left join public_changes p on p.story = c.story and p.revision = c.revision"
        f" left join lateral {public_time('c.story', 'c.wrong_from', END)} t on true"
        " where c.position < %(before)s"
        + (f" and c.story = {has_had('%(story)s')}" if story else "")
        + " order by c.position desc limit %(limit)s",
        {"before": before, "story": story, "limit": limit},
    ).fetchall()
