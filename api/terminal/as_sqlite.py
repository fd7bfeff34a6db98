"""Writes what the ledger says of its stories into a SQLite file of tables, to be opened in Datasette or by hand: as the
desk sees it, or as readers do, all of it as of one position.

A story at a time is read and written, so that it takes no more memory than the longest of them.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from ledger import limits
from ledger.refusals import Missing, StoryMoved
from ledger.store.database import Connection, Row
from projections.reading import reader_replay, replay
from projections.reading.replay import Asked
from projections.views import corrections, public_changes, revisions, search, story_now
from projections.views.story import SET_RIGHT

TABLES: Final = """
create table about (
    position integer not null, -- of the ledger, as of which all of this is
    view text not null check (view in ('desk', 'reader'))
);
create table sources (
    slug text primary key,
    name text not null,
    kind text not null,
    description text
);
create table stories (
    slug text primary key,
    headline text not null,
    language text not null,
    desk text not null,
    dateline_place text,
    dateline_date text,
    copy text,
    state text, -- null in the view of readers, who see what is published
    signals text not null,
    edition integer,
    revision integer not null,
    first_published_at text,
    published_at text,
    independent_origins integer not null
);
create table facts (
    story text not null references stories (slug),
    fact integer not null,
    version integer not null,
    kind text not null,
    standing text not null,
    statement text,
    place text,
    figure_value text,
    figure_unit text,
    occurred text, -- EDTF
    occurred_status text,
    verification text,
    dispute text,
    terms text,
    primary key (story, fact)
);
create table attributions (
    story text not null,
    fact integer not null,
    place integer not null, -- in the chain, from 1: the last one said it, the others passed it on
    source text references sources (slug), -- null where it is not named
    cue text,
    speech text,
    quote text,
    primary key (story, fact, place),
    foreign key (story, fact) references facts (story, fact)
);
create table citations (
    story text not null,
    fact integer not null,
    place integer not null,
    source text references sources (slug),
    url text,
    title text,
    published_at text,
    archived_url text,
    excerpt text,
    primary key (story, fact, place),
    foreign key (story, fact) references facts (story, fact)
);
create table entities (
    story text not null,
    fact integer not null,
    name text not null,
    primary key (story, fact, name),
    foreign key (story, fact) references facts (story, fact)
);
create table rests_on (
    story text not null,
    fact integer not null,
    ground_story text not null,
    ground_fact integer not null,
    primary key (story, fact, ground_story, ground_fact),
    foreign key (story, fact) references facts (story, fact),
    foreign key (ground_story, ground_fact) references facts (story, fact)
);
create table notes (
    story text not null references stories (slug),
    place integer not null,
    role text not null,
    text text not null,
    primary key (story, place)
);
create table changes ( -- every revision of a story; of readers' view every edition
    story text not null references stories (slug),
    number integer not null, -- of the revision, or of the edition
    at text not null,
    kind text, -- of a revision
    fact integer,
    version integer,
    by text,
    reason text,
    told text not null, -- all of it, as JSON
    primary key (story, number)
);
create table corrections (
    story text not null references stories (slug),
    revision integer not null,
    kind text not null,
    fact integer,
    text text not null, -- what was wrong, or what readers are told
    cause text,
    affects text,
    at text not null,
    public_seconds real, -- for how long the wrong version was public
    primary key (story, revision)
);
create index facts_kind on facts (kind);
create index attributions_source on attributions (source);
create index citations_source on citations (source);
create index rests_on_ground on rests_on (ground_story, ground_fact);
create index corrections_at on corrections (at);
"""
_FOUND_BY_WORDS: Final = """
create virtual table stories_fts using fts5 (headline, copy, content="stories");
insert into stories_fts (stories_fts) values ('rebuild');
create virtual table facts_fts using fts5 (statement, place, content="facts");
insert into facts_fts (facts_fts) values ('rebuild');
"""
_PAGE = 100  # stories, changes
Rows = dict[str, list[Sequence[Any]]]


class CannotWrite(Exception):
    """Why nothing was written, in a sentence."""


@dataclass
class Written:
    position: int = 0
    rows: dict[str, int] = field(default_factory=dict)


def write(
    connection: Connection[Row],
    path: Path,
    *,
    for_readers: bool,
    note: Callable[[int], object] = lambda _: None,
) -> Written:
    """Into a file that is not there yet; it is there once it is whole. note: is told how many stories are written."""
    if path.exists():
        raise CannotWrite(f"{path} is there already: name a file that is not")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part)) as file:
            written = _fill(connection, file, for_readers=for_readers, note=note)
        part.rename(path)
    except (sqlite3.Error, OSError) as error:
        raise CannotWrite(f"{path} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return written


def _fill(
    connection: Connection[Row], file: sqlite3.Connection, *, for_readers: bool, note: Callable[[int], object]
) -> Written:
    asked = Asked(view="reader" if for_readers else "desk", is_keyless=for_readers)
    position = replay.resolve(connection, asked, "search", "corrections")
    tell = _Readers(connection, position) if for_readers else _Desk(connection, position)
    file.executescript(TABLES)
    file.execute("insert into about values (?, ?)", (position, asked.view))
    written = Written(position)
    for number, slug in enumerate(tell.slugs(), 1):
        try:
            told = tell.rows(slug)
        except Missing:
            continue  # withdrawn from readers this instant
        for table, rows in told.items():
            if rows:
                marks = ",".join("?" * len(rows[0]))
                file.executemany(f"insert or ignore into {table} values ({marks})", rows)  # noqa: S608  ours
        if number % _PAGE == 0:
            file.commit()
            note(number)
    # What a fact rests on is said by the slug that its story had then.
    file.executemany(
        "update or ignore rests_on set ground_story = ? where ground_story = ?",
        story_now.called_otherwise(connection, for_readers=for_readers),
    )
    # Of a story that is gone, others may still have said that they rest on it.
    file.execute(
        "delete from rests_on where (ground_story, ground_fact) not in (select story, fact from facts)"
    )
    file.executescript(_FOUND_BY_WORDS)
    file.commit()
    assert not file.execute("pragma foreign_key_check").fetchall(), "every reference leads somewhere"
    tables = [row[0] for row in file.execute("select name from sqlite_master where type = 'table'")]
    for table in tables:
        if "_fts" not in table:
            (written.rows[table],) = file.execute(f"select count(*) from {table}").fetchone()  # noqa: S608
    file.execute("pragma optimize")
    return written


@dataclass
class _Desk:
    """Whose view it is: the desk's."""

    connection: Connection[Row]
    position: int

    def slugs(self) -> Iterator[str]:
        before = limits.POSITION
        while page := self._page(before):
            for _, text in page:
                yield orjson.loads(text)["story"]
            before = page[-1][0]

    def _page(self, before: int) -> Sequence[tuple[int, str]]:
        return search.page(self.connection, None, self.position, before, _PAGE)

    def rows(self, slug: str) -> Rows:
        now = replay.follow(self.connection, slug).slug  # which it may have got since the position
        then = replay.story(self.connection, now, Asked(position=self.position))
        told: Rows = _of_story(orjson.loads(then.text))
        told["changes"] = list(self._changes(slug, then.moment.story.number))
        told["corrections"] = list(self._corrections(slug))
        return told

    def _changes(self, slug: str, story: int) -> Iterator[Sequence[Any]]:
        after = 0
        while page := revisions.page(self.connection, story, after, _PAGE):
            for number, text in page:
                one = orjson.loads(text)
                if one["position"] > self.position:
                    return
                by = (one.get("kind"), one.get("fact"), one.get("version"), one.get("by"), one.get("reason"))
                yield (slug, number, one["recorded_at"], *by, text)
            after = page[-1][0]

    def _corrections(self, slug: str) -> Iterator[Sequence[Any]]:
        before = self.position + 1
        while page := corrections.page(self.connection, before, _PAGE, slug):
            for _, text in page:
                yield _correction(slug, orjson.loads(text))
            before = page[-1][0]


@dataclass
class _Readers(_Desk):
    """Readers': by what every answer to them is made of."""

    def _page(self, before: int) -> Sequence[tuple[int, str]]:
        return search.page_for_readers(self.connection, None, self.position, before, _PAGE)

    def rows(self, slug: str) -> Rows:
        asked = Asked(position=self.position, view="reader", is_keyless=True)
        try:
            seen = reader_replay.story(self.connection, slug, asked)
        except StoryMoved as moved:  # since the position
            seen = reader_replay.story(self.connection, moved.details["story"], asked)
        told: Rows = _of_story(orjson.loads(seen.text))
        told["changes"] = list(self._editions(slug, seen.then))
        told["corrections"] = list(self._told(slug))
        return told

    def _editions(self, slug: str, then: reader_replay.Moment) -> Iterator[Sequence[Any]]:
        after = 0
        while page := reader_replay.editions(self.connection, then, after, _PAGE):
            for edition in page:
                at = orjson.loads(edition.text)["published_at"]
                yield (slug, edition.number, at, None, None, None, None, None, edition.text)
            after = page[-1].position

    def _told(self, slug: str) -> Iterator[Sequence[Any]]:
        before = (limits.POSITION, limits.POSITION)
        while page := public_changes.changes_shown(
            self.connection, self.position, kinds=SET_RIGHT, before=before, story=slug, limit=_PAGE
        ):
            for _, revision, _, text in page:
                yield _correction(slug, {"revision": revision, **orjson.loads(text)})
            before = (page[-1][0], page[-1][1])


def _of_story(told: Mapping[str, Any]) -> Rows:
    slug, publication, dateline = told["story"], told["publication"], told.get("dateline", {})
    rows: Rows = {
        "sources": [
            (source, one["name"], one["kind"], one.get("description"))
            for source, one in told["sources"].items()
        ],
        "stories": [
            (
                slug,
                told["headline"],
                told["language"],
                told["desk"],
                dateline.get("place"),
                dateline.get("date"),
                told.get("copy", {}).get("text"),
                publication.get("state"),
                " ".join(publication.get("signals", ())),
                told.get("edition", publication.get("edition")),
                told["revision"],
                publication.get("first_published_at"),
                publication.get("published_at"),
                told["independent_origins"],
            )
        ],
        "notes": [(slug, place, note["role"], note["text"]) for place, note in enumerate(told["notes"], 1)],
        "facts": [],
        "attributions": [],
        "citations": [],
        "entities": [],
        "rests_on": [],
    }
    for fact in told["facts"]:
        _add_fact(rows, slug, fact, told["sources"])
    return rows


def _add_fact(rows: Rows, slug: str, fact: Mapping[str, Any], sources: Mapping[str, Any]) -> None:
    number = fact["fact"]
    figure, when = fact.get("figure") or {}, fact.get("when") or {}
    rows["facts"].append(
        (
            slug,
            number,
            *(fact.get(name) for name in ("version", "kind", "standing", "statement", "place")),
            figure.get("value"),
            figure.get("unit"),
            when.get("edtf"),
            when.get("status"),
            *(fact.get(name) for name in ("verification", "dispute", "terms")),
        )
    )
    for place, link in enumerate(fact.get("attribution") or (), 1):
        source = link.get("source") if link.get("source") in sources else None
        said = (link.get("cue"), link.get("speech"), link.get("quote"))
        rows["attributions"].append((slug, number, place, source, *said))
    for place, one in enumerate(fact.get("citations") or (), 1):
        source = one.get("source") if one.get("source") in sources else None
        where = (one.get(name) for name in ("url", "title", "published_at", "archived_url"))
        rows["citations"].append(
            (slug, number, place, source, *where, (one.get("excerpt") or {}).get("exact"))
        )
    rows["entities"] += [(slug, number, name) for name in fact.get("entities") or ()]
    rows["rests_on"] += [(slug, number, one["story"], one["fact"]) for one in fact.get("rests_on") or ()]


def _correction(slug: str, told: Mapping[str, Any]) -> Sequence[Any]:
    text = told.get("was_wrong") or told.get("text") or told.get("reason") or ""
    at = told.get("published_at") or told["recorded_at"]
    affects = " ".join(told.get("affects", ())) or None
    how_long = told.get("public_seconds")
    return (
        slug,
        told["revision"],
        told["kind"],
        told.get("fact"),
        text,
        told.get("cause"),
        affects,
        at,
        how_long,
    )
