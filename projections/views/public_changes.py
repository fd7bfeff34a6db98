"""The changes that readers saw happen: "what did they read that was wrong, what did they hear of it, and when?"."""

from collections.abc import Sequence

from psycopg import Connection

from ledger import limits
from ledger.moment import ChangeKind
from ledger.store.database import Row
from ledger.words import Affects, Cause, Closed, FactNumber, Text, Version
from projections.views.documents import instant
from projections.views.happened import Happened
from projections.views.story import Step, Story, text_of, wrong_version
from projections.views.story_now import has_had
from projections.views.view import OPEN, Table
from projections.views.visibility import READER, shown_of

DDL = """
create table public_changes (
    published_position bigint not null,
    story bigint not null,
    revision bigint not null,
    kind text not null,
    fact int,
    wrong_version int,
    published_at timestamptz not null,
    -- What readers saw before, and since: the fact must have been there both times.
    before_content bigint not null,
    content bigint not null,
    reader text not null,
    primary key (story, revision)
);
create index public_changes_newest on public_changes (published_position, revision);
create index public_changes_of_story on public_changes (story, published_position, revision);
"""

# The desk's reason is for the desk where there are other words for readers; of these it is all there is.
_EXPLAINED_BY_ITS_REASON = frozenset({"update", "clarification", "retraction", "reversion", "withdrawal"})


class PublicChange(Closed):
    """A change that readers saw happen: what they had seen before was corrected, updated, clarified or withdrawn; or
    the editor speaks to them. edition: the one that brought it. How long the wrong version was public is added on
    reading."""

    kind: ChangeKind
    revision: int
    edition: Version | None = None
    fact: FactNumber | None = None
    version: Version | None = None
    wrong_version: Version | None = None
    was_wrong: Text | None = None
    affects: tuple[Affects, ...] | None = None
    cause: Cause | None = None
    ran_in: Version | None = None
    text: Text | None = None
    reason: Text | None = None
    published_at: str


# --- How they become public --------------------------------------------------------------------------------------


def row(story: Story, step: Step, change: Happened) -> Row:
    """Of a change that an edition brought, which replaces another."""
    before, edition, said = step.edition_before, step.edition, change.said
    assert before is not None
    assert edition is not None
    wrong = wrong_version(change) if change.kind == "correction" else None
    given = {
        **said,
        "kind": change.kind,
        "revision": change.revision,
        "edition": edition.number,
        "wrong_version": wrong,
        "reason": said["reason"] if change.kind in _EXPLAINED_BY_ITS_REASON else None,
        "published_at": edition.at,
    }
    reader = {name: given[name] for name in PublicChange.model_fields if given.get(name) is not None}
    return (
        story.number, change.revision, edition.position, change.kind, said.get("fact"), wrong, edition.at,
        before.content, edition.content, text_of(reader),
    )  # fmt: skip


ROWS = Table(
    "public_changes",
    ("story", "revision"),
    (
        "published_position", "kind", "fact", "wrong_version", "published_at", "before_content", "content",
        "reader",
    ),
)  # fmt: skip


# --- Reading -----------------------------------------------------------------------------------------------------


def public_time(story: str, wrong_from: str, up_to: str) -> str:
    """SQL: since when readers saw what was wrong since a position, up to another, until when, and for how many seconds;
    what was held or killed in between does not count. The names are those of columns."""
    return (
        "(select min(since) as public_from, max(until) as public_to,"
        " round(extract(epoch from sum(until - since)), 6) as public_seconds"
        " from (select since, is_open, content, lead(since) over (order by from_position) as until"
        " from publications z"
        f" where z.story = {story} and from_position > {wrong_from} and from_position <= {up_to}) s"
        f" where is_open and until is not null and content >= {wrong_from})"
    )


def public_so_far(connection: Connection[Row], story: int, fact: int, version: int) -> float | None:
    """For how many seconds readers have read a fact as it is since a version, by now as the ledger reckons it."""
    row = connection.execute(
        "select extract(epoch from sum(until - since))::float8 from (select since, is_open, content,"
        " coalesce(lead(since) over (order by from_position), greatest(now(), (select recorded_at from head))) as until"
        " from publications, (select min(from_position) as began from fact_versions"
        "  where story = %(story)s and fact = %(fact)s and version = %(version)s) wrong"
        " where story = %(story)s and from_position > began) s"
        " where is_open and content >= (select min(from_position) from fact_versions"
        "  where story = %(story)s and fact = %(fact)s and version = %(version)s)",
        {"story": story, "fact": fact, "version": version},
    ).fetchone()
    return row[0] if row else None


def _fact_at(position: str, where: str = "") -> str:
    """SQL: the version of the changed fact that held at a position; not looked up where that is of no use."""
    return (
        "(select * from fact_versions where (story, fact) = (c.story, c.fact)"
        f" and from_position <= {position}{where} order by from_position desc limit 1)"
    )


def told(which: str = "", story: str = "c.story") -> str:
    """SQL: those of the changes that readers had seen happen by %(position)s, with where what was wrong began, and what
    a retraction took from them. `story`:
    only those of one, where it is known which; then what is shown of it is looked up once.

    A change of a fact counts where the fact was seen before and after it, and what was corrected had been seen.
    """
    was_seen = " and was.reader is not null and (c.wrong_version is null or was.version >= c.wrong_version)"
    return (
        "select c.*,"
        " (select wrong_from from corrections k where (k.story, k.revision) = (c.story, c.revision)) as wrong_from,"
        f" case when c.kind = 'retraction' then {READER.replace('v.', 'was.')}::json -> 'statement' end as withdrawn"
        f" from public_changes c cross join {shown_of(story)}"
        f" left join lateral {_fact_at('c.before_content')} was on true"
        f" left join lateral {_fact_at('c.content', was_seen)} became on true"
        f" where {which}{' and ' if which else ''}c.story = {story} and c.published_position <= %(position)s"
        "  and (c.fact is null or became.reader is not null)"
    )


LAST_FIRST = "order by c.published_position desc, c.revision desc"


def _told_of_editions() -> str:
    """SQL: those of some editions of a story, of each the last ones."""
    told_of_one = told("c.published_position = edition.position", story="%(story)s::bigint")
    return (
        "select c.* from unnest(%(editions)s::bigint[]) as edition (position)"
        f" cross join lateral ({told_of_one} {LAST_FIRST} limit %(limit)s) c"
    )


def _as_shown(page: str) -> str:
    """SQL: published_position, revision, story and text of the changes of a page of those that `told` has."""
    return (
        "select c.published_position, c.revision, c.story,"
        " left(c.reader, -1) || coalesce(',\"statement\":' || c.withdrawn, '')"
        f' || coalesce(\',"public_from":"\' || {instant("t.public_from")}'
        " || '\",\"public_seconds\":' || t.public_seconds, '') || '}' as text"
        # How long is worked out for the page alone.
        f" from ({page}) c"
        f" left join lateral {public_time('c.story', 'c.wrong_from', 'c.published_position')} t"
        "  on c.wrong_from is not null"
    )


def of_a_story() -> str:
    """SQL: published_position, revision, story and text of the last %(limit)s changes of %(story)s that readers had
    seen happen by %(position)s."""
    return _as_shown(f"{told(story='%(story)s::bigint')} {LAST_FIRST} limit %(limit)s")


def changes_shown(
    connection: Connection[Row],
    position: int,
    *,
    kinds: Sequence[ChangeKind] = (),
    before: tuple[int, int] = (OPEN, OPEN),
    story: str | None = None,
    limit: int,
) -> Sequence[tuple[int, int, str, str]]:
    """(position of the publication, revision, slug, text) of the changes that readers had seen happen by the
    position, the last first, at most `limit`; of some kinds or of all, of the story of a slug or of all."""
    which = "(c.published_position, c.revision) < (%(published)s, %(revision)s)"
    if kinds:
        which += " and c.kind = any(%(kinds)s)"
    if story is not None:
        which += f" and c.story = {has_had('%(slug)s', for_readers=True)}"
    page = _as_shown(f"{told(which)} {LAST_FIRST} limit %(limit)s")
    return connection.execute(
        "select published_position, revision, (select public_slug from story_now n where n.story = c.story), text"
        f" from ({page}) c {LAST_FIRST}",
        {
            "position": position,
            "kinds": list(kinds),
            "published": before[0],
            "revision": before[1],
            "slug": story,
            "limit": limit,
        },
    ).fetchall()


def changes_of(
    connection: Connection[Row], position: int, *, story: int, editions: Sequence[int], limit: int
) -> Sequence[tuple[int, str]]:
    """(position of the publication, text) of the changes that some editions of a story brought, whose positions are
    given; the last first, at most `limit` of each."""
    return connection.execute(
        f"select published_position, text from ({_as_shown(_told_of_editions())}) c {LAST_FIRST}",
        {"position": position, "story": story, "editions": list(editions), "limit": limit},
    ).fetchall()


def kinds_shown(
    connection: Connection[Row], position: int, *, story: int, editions: Sequence[int]
) -> Sequence[tuple[int, str, int]]:
    """(position of the publication, kind, how many) of all changes that some editions of a story brought: a list may
    be cut, a count may not."""
    return connection.execute(
        f"select c.published_position, c.kind, count(*) from ({_told_of_editions()}) c"
        " group by c.published_position, c.kind order by c.published_position, min(c.revision)",
        {
            "position": position,
            "story": story,
            "editions": list(editions),
            "limit": limits.REVISIONS_OF_STORY,  # so many there are not; said, so that each edition's are looked up
        },
    ).fetchall()
