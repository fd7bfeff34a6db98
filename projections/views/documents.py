"""What is sent: the JSON text of facts and stories, put together from states, and from rows that hold such text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

import orjson

from ledger import dates
from ledger.fact import independent_origins
from ledger.moment import rfc3339
from ledger.story import Copy, Dateline, Fact, Head, StoryNote
from ledger.words import Closed

# Raise it when the text of any document changes: views of another edition are built anew at the next start.
EDITION = 20


class When(Closed):
    """How a fact's date reads: confirmed by who filed it, or computed from the dateline and then never more than
    provisional. `anchor` is the day of the dateline that it was computed from; `edtf` is ISO 8601-2, `earliest` and
    `latest` its first and last day; `candidates` are the readings of an ambiguous literal."""

    status: str
    anchor: str | None = None
    edtf: str | None = None
    earliest: str | None = None
    latest: str | None = None
    candidates: tuple[str, ...] = ()
    part_of_day: str | None = None
    relation: str | None = None
    basis: str | None = None


class FactDocument(Fact):
    """A fact as it is sent. `independent_origins`: how many they are whose own word it is; two that quote the same one
    are one."""

    independent_origins: int
    when: When | None = None

    @cached_property
    def named(self) -> frozenset[str]:
        """Slugs of the sources that it names."""
        return frozenset(named_sources(self))

    @cached_property
    def origins(self) -> frozenset[str]:
        """Slugs of those whose own word the fact is."""
        return independent_origins(self)


def read_when(fact: Fact, dateline: Dateline | None, language: str) -> When | None:
    occurred, day = fact.occurred, dateline.date if dateline else None
    if occurred is None:
        return None
    return _read_when(occurred.literal, occurred.resolved, occurred.basis, fact.kind, day, language)


@lru_cache(maxsize=10_000)  # a story's dates are few, and they are read again with each change
def when_of(
    literal: str | None, resolved: str | None, basis: str | None, kind: str, day: str | None, language: str
) -> dict[str, Any]:
    """The date of a fact of that kind as it is sent, read against the day of the dateline. Not to be changed."""
    return _read_when(literal, resolved, basis, kind, day, language).model_dump(
        mode="json", exclude_none=True
    )


def _read_when(
    literal: str | None, resolved: str | None, basis: str | None, kind: str, day: str | None, language: str
) -> When:
    if resolved is not None:
        earliest, latest = dates.edtf_bounds(resolved)
        return When(
            status="confirmed",
            edtf=resolved,
            earliest=_iso(earliest),
            latest=_iso(latest),
            basis=basis,
        )
    assert literal is not None
    tense: dates.Tense = "future" if kind == "planned" else "past"
    anchor = date.fromisoformat(day) if day else None
    reading = dates.resolve(literal, anchor, tense=tense, language=language)
    alone = dates.resolve(literal, None, tense=tense, language=language)
    return When(
        status=reading.status,
        anchor=day if reading != alone else None,
        edtf=reading.edtf,
        earliest=_iso(reading.earliest),
        latest=_iso(reading.latest),
        candidates=reading.candidates,
        part_of_day=reading.part_of_day,
        relation=reading.relation,
        basis=reading.basis,
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


_FIELDS = tuple(Fact.model_fields)


def fact_document(fact: Fact, head: Head) -> FactDocument:
    """The fact as it is sent, its date read against the story's dateline in the story's language."""
    given = fact.__dict__
    fields = {name: given[name] for name in _FIELDS}
    origins = independent_origins(fact)
    document = FactDocument.model_construct(
        **fields,
        independent_origins=len(origins),
        when=read_when(fact, head.dateline, head.language),
    )
    document.__dict__["origins"] = origins  # worked out already
    return document


def json_of(document: Closed) -> str:
    """Compact JSON; what is absent is left out."""
    return document.model_dump_json(exclude_none=True)


def instant(column: str) -> str:
    """SQL: an instant as it is sent."""
    return f"to_char({column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def actors_of(fact: Fact) -> list[UUID]:
    """Who is named in a fact's document."""
    return sorted({change.actor for change in (fact.changed, fact.corrected) if change is not None})


_DRAFT = '{"state":"draft","signals":[],"approvals":[]}'


@dataclass(frozen=True, slots=True)
class StoryParts:
    """A story at one moment, each part as the text that is sent. `following`: the number of the last fact that could be
    among these, where there are others beyond."""

    revision: int
    position: int
    recorded_at: datetime
    head: str
    publication: str | None
    copy: str | None
    notes: Iterable[str]
    correctives: Iterable[str]
    facts: Iterable[str]
    independent_origins: int
    sources: Mapping[str, str]
    members: Mapping[str, str]
    following: int | None = None

    def text(self) -> str:
        """The whole document. Texts are spliced, not parsed: the head's braces go, the rest is set in as it is."""
        return "".join(
            (
                f'{{"revision":{self.revision},"position":{self.position}',
                f',"recorded_at":"{rfc3339(self.recorded_at)}",',
                self.head[1:-1],
                f',"publication":{self.publication or _DRAFT}',
                f',"copy":{self.copy}' if self.copy else "",
                f',"notes":[{",".join(self.notes)}]',
                f',"correctives":[{",".join(self.correctives)}]',
                f',"facts":[{",".join(self.facts)}]',
                f',"next":{self.following}' if self.following else "",
                f',"independent_origins":{self.independent_origins}',
                f',"sources":{mapping_text(self.sources)},"members":{mapping_text(self.members)}}}',
            )
        )


def mapping_text(texts: Mapping[str, str]) -> str:
    """The JSON object of names and texts, in the order of the names."""
    return "{" + ",".join(f'"{name}":{texts[name]}' for name in sorted(texts)) + "}"


def label_text(label: str) -> str:
    return orjson.dumps(label).decode()


def named_sources(fact: Fact) -> set[str]:
    """Slugs of the sources that a fact's document names: its attribution, its citations, and who answers it."""
    return fact.source_slugs() | {
        source for response in fact.responses if (source := getattr(response.by, "source", None)) is not None
    }


def actors_of_story(head: Head, copy: Copy | None, notes: Iterable[StoryNote]) -> set[UUID]:
    return (
        {head.opened.actor} | ({copy.filed.actor} if copy else set()) | {note.added.actor for note in notes}
    )
