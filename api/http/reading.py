"""The endpoints that show: stories, facts, sources and corrections, now and as they stood."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from api.formats.addresses import site
from api.formats.catalogue import preferred
from api.formats.http_dates import http_date
from api.http import examples, mementos, shapes
from api.http.access import Reader, Visitor, dear
from api.http.documents import (
    PAGE,
    AcceptedDatetime,
    AskedInstant,
    AskedMoment,
    AskedNow,
    ClockOfFigures,
    Cursor,
    EditionParameter,
    FactsAfter,
    Limit,
    bound_to,
    cursor_of,
    digest_tag,
    document,
    elsewhere,
    key_of,
    listing,
    page,
)
from api.http.endpoints import FactOf, SourceSlug, StorySlug, negotiated, router, shown
from api.http.representations import represented
from api.http.statuses import BadParameter
from ledger import limits
from ledger.refusals import NoSuchFact, NoSuchRevision, NoSuchSource, NothingThere
from ledger.source import Source
from ledger.words import FactKind, Name, Slug, Verification
from projections.reading import diff, facts, figures, reader_replay, replay, steps, timeline, withdrawals
from projections.reading.facts import Like
from projections.reading.reader_replay import Seen
from projections.reading.replay import Asked, Part
from projections.views import (
    corrections,
    fact_versions,
    public_changes,
    revisions,
    search,
    source_usage,
    sources,
)
from projections.views.reader_view import ReaderSource
from projections.views.search.questions import TooManyWords
from projections.views.story import SET_RIGHT

endpoints = router("Reading", is_open=True)

_CHANGE: dict[str, Any] = {
    "kind": "report",
    "revision": 2,
    "position": 1037,
    "recorded_at": "2026-11-23T10:00:00.000001Z",
    "actor": "5912628d-b868-4c9a-bf16-299643d15a42",
}
_FACT: dict[str, Any] = {
    "fact": 1,
    "version": 1,
    **examples.FACT,
    "citations": [],
    "terms": "on_record",
    "rests_on": [],
    "note": [],
    "standing": "standing",
    "verification": "unverified",
    "dispute": "undisputed",
    "responses": [],
    "corrections": 0,
    "changed": _CHANGE,
    "independent_origins": 1,
    "when": {"status": "unresolved", "candidates": [], "basis": "relative, and the story has no dateline"},
}
_HEAD: dict[str, Any] = {
    "story": "kim-visits-russia",
    "headline": "Kim Jong-un arrives in Russia",
    "language": "en",
    "desk": "world",
    "opened": _CHANGE | {"kind": "opening", "revision": 1, "position": 1036},
}
_FOUND: dict[str, Any] = {
    "of": "statement",
    "fact": 1,
    "text": "Kim left Pyongyang for Vladivostok by his private train.",
    "marks": [{"start": 23, "end": 34}],
}
_SOURCE: dict[str, Any] = {
    "source": "ria-novosti",
    "name": "RIA Novosti",
    "kind": "agency",
    "registered_at": "2026-11-23T09:59:00.000001Z",
}
_NAMES: dict[str, Any] = {
    "sources": {"ria-novosti": _SOURCE},
    "members": {"5912628d-b868-4c9a-bf16-299643d15a42": "wire script"},
}
_REVISION: dict[str, Any] = {
    **_CHANGE,
    "substantive": True,
    "fact": 1,
    "version": 1,
    "after": {"statement": examples.FACT["statement"]},
    "event_id": "0d3c8a52-7d3c-4d1e-9f4e-0f8f3f9f7c11",
    "by": "wire script",
}
_STORY = (
    _HEAD
    | _NAMES
    | {
        "revision": 2,
        "position": 1037,
        "recorded_at": _CHANGE["recorded_at"],
        "publication": {"state": "draft", "signals": [], "approvals": []},
        "notes": [],
        "correctives": [],
        "facts": [_FACT],
        "independent_origins": 1,
    }
)
_STEPS: dict[str, Any] = {
    "story": "kim-visits-russia",
    "items": [
        {
            "revision": 2,
            "position": 1037,
            "at": "2026-11-23T10:00:00.000001Z",
            "kind": "report",
            "substantive": True,
            "fact": 1,
            "version": 1,
            "by": "wire script",
        }
    ],
    "earlier": 1,
}
_FACTS: dict[str, Any] = {
    "story": "kim-visits-russia",
    "revision": 2,
    "position": 1037,
    "total": 2,
    "matching": 2,
    **_NAMES,
    "items": [_FACT],
    "next": "MQ",
}
_DIFF: dict[str, Any] = {
    "story": "kim-visits-russia",
    "from_revision": 2,
    "to_revision": 3,
    "fields": {"headline": {"before": "Kim Jong-un arrives in Russia", "after": "Kim and Putin meet"}},
    "copy_lines": [],
    "facts": [],
    "sources": [{"source": "x-corp", "before": "Twitter", "after": "X Corp"}],
}
_FIGURES: dict[str, Any] = {
    "facts": 400,
    "corrections": 10,
    "retractions": 2,
    "kills": 1,
    "takedowns": 0,
    "corrections_per_100_facts": 2.5,
    "median_seconds_to_correction": 7200.5,
    "by_cause": {
        "source_error": 4,
        "our_error": 6,
        "transmission": 0,
        "misquotation": 0,
        "misidentification": 0,
    }
    | {"other": 0},
    "by_affects": {"numbers": 5, "names": 3, "attribution": 0, "quote": 0, "date": 3, "other": 0},
    "by_month": [{"month": "2026-11", "corrections": 10, "retractions": 2, "kills": 1, "takedowns": 0}],
}


def _listed(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next": "MTAzNg"}


def seen(
    request: Request,
    found: Seen,
    path: str,
    asked: Asked,
    headers: Mapping[str, str] | None = None,
    facts_after: int = 0,
) -> Response:
    """A document for readers."""
    return document(
        request,
        found.text,
        etag=digest_tag(found.text),
        is_bound=found.is_bound_by(asked),
        headers=bound_to(found.asked_position, path, facts_after=facts_after or None, view="reader")
        | dict(headers or {}),
        view="reader",
    )


@endpoints.get(
    "/stories",
    responses=shown(
        shapes.Listed[shapes.StorySummary] | shapes.Listed[shapes.ReaderSummary],
        _listed(_HEAD | {"revision": 2, "position": 1037, "facts": 1, "state": "draft", "found": _FOUND}),
        is_then=True,
    ),
)
@dear
def list_stories(
    reader: Reader,
    asked: AskedInstant,
    request: Request,
    q: Annotated[
        Name | None,
        Query(
            description=(
                "Words that the story has, in any of its parts: headline, copy, dateline, facts with their quotes,"
                ' places and entities, names of the sources that they cite. `"a phrase"`: words next to each other;'
                ' `-word`, `-"a phrase"`: stories that have it nowhere; `or` between two: one of them. The last word'
                " may be the beginning of one, unless it is quoted or a space follows; so may any with `*`. At most"
                f" {limits.SEARCH_WORDS} words. Capitals, accents and other forms of a word make no difference."
            ),
            examples=["vladivostok"],
        ),
    ] = None,
    slugs: Annotated[
        str | None,
        Query(
            max_length=limits.STORIES_NAMED * (limits.SLUG_LENGTH + 1),
            pattern=rf"^[a-z0-9-]+(,[a-z0-9-]+){{0,{limits.STORIES_NAMED - 1}}}$",
            description=f"Only those with these slugs, at most {limits.STORIES_NAMED}, with commas between them:"
            " how they are called. In one page, and without `q`",
            examples=["kim-visits-russia"],
        ),
    ] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Stories, newest first; those that held the words of `q`, now or at the moment asked for, each with the words as
    it has them (`found`)."""
    (before,) = key_of(cursor, start=(limits.POSITION,))
    if slugs is not None:
        return _named(reader, asked, request, slugs.split(","), is_alone=q is None and cursor is None)
    find = search.page_for_readers if asked.view == "reader" else search.page
    with reader.reading() as connection:
        position = replay.resolve(connection, asked, "search")
        try:
            rows = find(connection, q, position, before, limit + 1)
        except TooManyWords as error:
            why = f"q: should hold at most {limits.SEARCH_WORDS} words; take some away."
            raise BadParameter(why=why, parameter="q") from error
    headers = bound_to(position, "/v1/stories", q=q, limit=limit, cursor=cursor, view=asked.view)
    # A story that is killed must not stay in a list that somebody keeps: for readers no list is kept.
    is_bound = asked.is_bound and asked.view == "desk"
    return listing(request, rows, limit, is_bound=is_bound, headers=headers, view=asked.view)


def _named(reader: Visitor, asked: Asked, request: Request, slugs: list[str], *, is_alone: bool) -> Response:
    if not is_alone:
        raise BadParameter(why="slugs: give them without q and cursor.", parameter="slugs")
    is_reader = asked.view == "reader"
    with reader.reading() as connection:
        position = replay.resolve(connection, asked, "search")
        rows = search.named(connection, slugs, position, for_readers=is_reader)
    headers = bound_to(position, "/v1/stories", slugs=",".join(slugs), view=asked.view)
    is_bound = asked.is_bound and not is_reader
    return listing(request, rows, len(slugs), is_bound=is_bound, headers=headers, view=asked.view)


@endpoints.get(
    "/stories/{slug}",
    responses=negotiated(
        shown(shapes.StoryDocument | shapes.ReaderStory, _STORY, 404, 410, 451, is_then=True)
    ),
)
def show_story(
    slug: StorySlug,
    reader: Reader,
    asked: AskedMoment,
    accepted: AcceptedDatetime,
    request: Request,
    facts_after: FactsAfter = 0,
) -> Response:
    """The story, now or as it stood at an instant, a revision or a position. For readers it is its own TimeGate:
    Accept-Datetime asks for the edition that was public then (RFC 7089). Accept asks for another format; each has an
    address of its own, too."""
    path = f"/v1/stories/{slug}"
    form = preferred(request.headers.get("accept"), "application/json")
    is_elsewhere = asked.view == "reader" and accepted is not None and not asked.is_bound
    if form is not None and not is_elsewhere:
        return represented(
            form, slug, reader, asked, request, _VARYING[asked.view == "reader" and not asked.is_bound]
        )
    if asked.view == "reader":
        return show_story_to_readers(slug, reader, asked, accepted, request, facts_after)
    with reader.reading() as connection:
        story = replay.story(connection, slug, asked, Part.beyond(facts_after))
    etag = f'"r{story.moment.revision}-{story.since}"'
    headers = bound_to(story.moment.asked_position, path, facts_after=facts_after or None)
    headers |= {"link": ", ".join(mementos.of_desk(site(request), slug)), "vary": _VARYING[False]}
    return document(request, story.text, etag=etag, is_bound=asked.is_bound, headers=headers)


# An answer that names its moment is fixed; the other one depends on the moment that is asked for.
_VARYING = {False: "Authorization, Accept", True: "Authorization, Accept, Accept-Datetime"}
_NEGOTIATED = {"vary": _VARYING[True]}


def show_story_to_readers(
    slug: str, reader: Visitor, asked: Asked, accepted: datetime | None, request: Request, facts_after: int
) -> Response:
    here = site(request)
    with reader.reading() as connection:
        if accepted is not None and not asked.is_bound:
            then = reader_replay.moment(connection, slug, asked)
            beside = timeline.at(connection, then.story.number, accepted)
            links = ", ".join(mementos.of_memento(here, slug, beside))
            moment = {"edition": beside.this.edition} | ({"facts_after": facts_after} if facts_after else {})
            return elsewhere(here.story(slug, **moment), _NEGOTIATED | {"link": links})
        found = reader_replay.story(
            connection, slug, asked, Part.beyond(facts_after), with_beside=asked.is_bound
        )
    if found.beside is None:
        links = ", ".join(mementos.of_original(here, slug))
        return seen(request, found, f"/v1/stories/{slug}", asked, _NEGOTIATED | {"link": links}, facts_after)
    headers = {
        "memento-datetime": http_date(found.then.shown.edition_at),
        "vary": _VARYING[False],
        "link": ", ".join(mementos.of_memento(here, slug, found.beside)),
    }
    return seen(request, found, f"/v1/stories/{slug}", asked, headers, facts_after)


@endpoints.get(
    "/stories/{slug}/revisions",
    responses=shown(
        shapes.Listed[shapes.Revision] | shapes.Listed[shapes.Edition], _listed(_REVISION), 404, 410, 451
    ),
)
def list_revisions(
    slug: StorySlug,
    reader: Reader,
    asked: AskedNow,
    request: Request,
    substantive: Annotated[
        bool, Query(description="Leave out what readers of the story would not notice")
    ] = False,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Everything that happened to the story, oldest first: who, when, what kind, why, and what differs. For readers
    every revision that they saw, with the changes that it brought."""
    (after,) = key_of(cursor, start=(0,))
    with reader.reading() as connection:
        if asked.view == "reader":
            then = reader_replay.moment(connection, slug, asked)
            editions = reader_replay.editions(connection, then, after, limit + 1)
            pairs = [(edition.position, edition.text) for edition in editions]
            return listing(request, pairs, limit, view="reader")
        replay.resolve(connection, asked)
        story = replay.find(connection, slug)
        rows = revisions.page(connection, story.number, after, limit + 1, substantive=substantive)
    return listing(request, rows, limit)


@endpoints.get(
    "/stories/{slug}/revisions/{revision}",
    responses=shown(shapes.Revision | shapes.Edition, _REVISION, 404, 410, 451),
)
def show_revision(
    slug: StorySlug,
    revision: Annotated[
        int, Path(ge=1, le=limits.POSITION, description="Its number in the story", examples=[2])
    ],
    reader: Reader,
    asked: AskedNow,
    request: Request,
) -> Response:
    """One revision of the story; for readers the edition that it came to."""
    with reader.reading() as connection:
        if asked.view == "reader":
            edition = reader_replay.edition(connection, slug, replace(asked, revision=revision))
            is_bound, tag = edition.revision == revision, digest_tag(edition.text)
            return document(request, edition.text, etag=tag, is_bound=is_bound, view="reader")
        replay.resolve(connection, asked)
        story = replay.find(connection, slug)
        found = replay.sure(connection, lambda: revisions.one(connection, story.number, revision))
    if found is None:
        raise NoSuchRevision(story=slug, revision=revision, revisions=story.revision)
    return document(request, found, etag=f'"r{revision}"', is_bound=True)


@endpoints.get(
    "/stories/{slug}/steps",
    responses=shown(shapes.Steps[shapes.Step] | shapes.Steps[shapes.ReaderStep], _STEPS, 404, 410, 451),
)
def show_steps(slug: StorySlug, reader: Reader, asked: AskedNow, request: Request) -> Response:
    """The line of the story's moments in one compact answer, oldest first: who did what when. For readers every
    revision that they saw, with how many changes and new facts it brought. Of more than 2,000 moments the last."""
    with reader.reading() as connection:
        if asked.view == "reader":
            found = steps.of_readers(connection, reader_replay.moment(connection, slug, asked))
        else:
            replay.resolve(connection, asked)
            found = steps.of_desk(connection, replay.find(connection, slug).number)
    text = f'{{"story":"{slug}","items":[{",".join(found.items)}],"earlier":{found.earlier}}}'
    return document(request, text, etag=digest_tag(text), is_bound=False, view=asked.view)


@endpoints.get(
    "/stories/{slug}/diff",
    responses=shown(shapes.Difference, _DIFF, 404, 410, 451, description="What differs"),
)
@dear
def show_difference(
    slug: StorySlug,
    reader: Reader,
    asked: AskedNow,
    request: Request,
    from_: Annotated[
        int | None, Query(alias="from", ge=1, le=limits.POSITION, description="Revision", examples=[2])
    ] = None,
    to: Annotated[int | None, Query(ge=1, le=limits.POSITION, description="Revision", examples=[3])] = None,
    from_edition: EditionParameter = None,
    to_edition: EditionParameter = None,
) -> Response:
    """What changed from one revision of the story to another, or from one edition; of a revision that is none readers
    are shown the edition before it."""
    earlier = _moment_named(asked, from_, from_edition, "from")
    later = _moment_named(asked, to, to_edition, "to")
    with reader.reading() as connection:
        text = diff.between(connection, slug, earlier, later)
    is_bound = asked.view == "desk" or (from_edition is not None and to_edition is not None)
    return document(request, text, etag=digest_tag(text), is_bound=is_bound, view=asked.view)


def _moment_named(asked: Asked, revision: int | None, edition: int | None, name: str) -> Asked:
    if revision is None and edition is None:
        raise BadParameter(why=f"{name}: is required; add it, or {name}_edition.", parameter=name)
    if revision is not None and edition is not None:
        raise BadParameter(why=f"{name}: give this or {name}_edition, not both.", parameter=name)
    return replace(asked, revision=revision, edition=edition)


@endpoints.get(
    "/stories/{slug}/facts",
    responses=shown(shapes.FactsOfStory | shapes.ReaderFactsOfStory, _FACTS, 404, 410, 451, is_then=True),
)
def list_facts(
    slug: StorySlug,
    reader: Reader,
    asked: AskedMoment,
    request: Request,
    kind: Annotated[FactKind | None, Query(description="Those of this kind")] = None,
    verification: Annotated[Verification | None, Query(description="Those that are so far verified")] = None,
    source: Annotated[
        Slug | None, Query(description="Those that name this source", examples=["ria-novosti"])
    ] = None,
    changed_since: Annotated[
        int | None,
        Query(ge=1, le=limits.POSITION, description="Those that changed after this revision of the story"),
    ] = None,
    set_right: Annotated[
        bool,
        Query(
            description="Those of which something was corrected, clarified, withdrawn or taken back;"
            " for the desk’s view"
        ),
    ] = False,
    fact: Annotated[
        str | None,
        Query(
            pattern=rf"^[1-9][0-9]{{0,4}}(,[1-9][0-9]{{0,4}}){{0,{limits.FACTS_NAMED - 1}}}$",
            description=f"Those with these numbers, {limits.FACTS_NAMED} at most, such as 3,4",
            examples=["3,4"],
        ),
    ] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """The facts of the story, by number, now or as it stood; those alone that are as it is asked for. `total`: how many
    there are; `matching`: how many of them are so. A page ends earlier where its facts are long."""
    if set_right and asked.view == "reader":
        raise BadParameter(why="set_right: is for the desk’s view; leave it out.", parameter="set_right")
    numbers = None if fact is None else [int(one) for one in fact.split(",")]
    like = Like(kind, verification, source, set_right, changed_since, numbers)
    (after,) = key_of(cursor, start=(0,))
    with reader.reading() as connection:
        found = facts.page(connection, slug, asked, like, after, limit)
    filters = {
        "kind": kind,
        "verification": verification,
        "source": source,
        "changed_since": changed_since,
        "set_right": "true" if set_right else None,
        "fact": fact,
        "limit": limit,
        "cursor": cursor,
        "view": asked.view,
    }
    shown_last = found.items[-1][0] if found.items else found.last
    return page(
        request,
        [text for _, text in found.items],
        f'"{cursor_of(shown_last)}"' if shown_last < found.last else "null",
        is_bound=asked.is_bound_to(found.asked_position),
        headers=bound_to(found.asked_position, f"/v1/stories/{slug}/facts", **filters),
        view=asked.view,
        about=found.about,
    )


@endpoints.get(
    "/stories/{slug}/facts/{fact}",
    responses=shown(
        shapes.OneFact | shapes.OneReaderFact | shapes.OneTombstone,
        _FACT | _NAMES | {"story": "kim-visits-russia"},
        404,
        410,
        451,
        is_then=True,
    ),
)
def show_fact(
    slug: StorySlug, fact: FactOf, reader: Reader, asked: AskedMoment, request: Request
) -> Response:
    """One fact, now or as it stood. The desk's ETag can be sent as If-Match with a change."""
    path = f"/v1/stories/{slug}/facts/{fact}"
    with reader.reading() as connection:
        if asked.view == "reader":
            return seen(request, reader_replay.fact(connection, slug, fact, asked), path, asked)
        found = replay.fact(connection, slug, fact, asked)
    etag = f'"v{found.version}-{found.since}"'
    headers = bound_to(found.moment.asked_position, path)
    return document(request, found.text, etag=etag, is_bound=asked.is_bound, headers=headers)


@endpoints.get(
    "/stories/{slug}/facts/{fact}/history",
    responses=shown(
        shapes.Listed[shapes.FactVersion] | shapes.Listed[shapes.ReaderFactVersion | shapes.TombstoneVersion],
        _listed(_FACT | {"since": 1037}),
        404,
        410,
        451,
    ),
)
def show_history(
    slug: StorySlug,
    fact: FactOf,
    reader: Reader,
    asked: AskedNow,
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Every version of one fact, oldest first, each with who changed it and why (`changed`). For readers every version
    that they saw."""
    (after,) = key_of(cursor, start=(0,))
    with reader.reading() as connection:
        if asked.view == "reader":
            then = reader_replay.moment(connection, slug, asked)
            versions = reader_replay.history(connection, then, fact, after, limit + 1)
            if not versions and cursor is None:
                raise NothingThere
            return listing(request, versions, limit, view="reader")
        replay.resolve(connection, asked)
        story = replay.find(connection, slug)
        rows = replay.sure(
            connection,
            lambda: fact_versions.history(connection, story.number, fact, after, limit + 1) or None,
        )
    if not rows and cursor is None:
        raise NoSuchFact(story=slug, fact=fact, facts=story.facts)
    return listing(request, rows or (), limit)


@endpoints.get(
    "/sources",
    responses=shown(
        shapes.Listed[shapes.SourceListed] | shapes.Listed[shapes.ReaderSourceListed],
        _listed(_SOURCE | {"figures": {"facts": 40, "stories": 12, "corrected": 3, "retracted": 1}}),
    ),
)
@dear
def list_sources(
    reader: Reader,
    asked: AskedNow,
    request: Request,
    q: Annotated[
        Name | None,
        Query(
            description=(
                "Parts of words of its name or its slug, and for the desk of other names that it has or had, or of"
                " one that is joined to it, whatever their capitals and accents; all of them must be there"
            ),
            examples=["novost"],
        ),
    ] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Sources, newest first, or, where a part of a name is asked for, the shortest name first, each with how much leans
    on it (as in its figures); for readers those that a published fact names."""
    start = sources.NEWEST if q is None else sources.SHORTEST
    after = key_of(cursor, start=start)
    with reader.reading() as connection:
        position = replay.resolve(connection, asked, "sources", "source_usage", "figures")
        if asked.view == "reader":
            rows = sources.page_for_readers(connection, q, after, limit + 1, position)
        else:
            rows = sources.page(connection, q, after, limit + 1)
    return listing(request, rows, limit, view=asked.view)


@endpoints.get(
    "/sources/{slug}",
    responses=shown(Source | ReaderSource, _SOURCE, 404, description="The source"),
)
def show_source(slug: SourceSlug, reader: Reader, asked: AskedNow, request: Request) -> Response:
    """One source, as it is called now; for readers, if a published fact names it, as the last edition that they see it
    in calls it."""
    with reader.reading() as connection:
        position = replay.resolve(connection, asked, "figures")
        if asked.view == "reader":
            text = sources.one_for_readers(connection, slug, position)
            if text is None:
                raise NothingThere
            return document(request, text, etag=digest_tag(text), is_bound=False, view="reader")
        found = sources.one(connection, slug)
    if found is None:
        raise NoSuchSource(source=slug)
    revision, text = found
    return document(request, text, etag=f'"{revision}"', is_bound=False)


@endpoints.get(
    "/sources/{slug}/facts",
    responses=shown(
        shapes.Listed[shapes.FactOfSource] | shapes.Listed[shapes.ReaderFactOfSource],
        _listed(_FACT | {"story": "kim-visits-russia"}),
        404,
    ),
)
@dear
def list_facts_of_source(
    slug: SourceSlug,
    reader: Reader,
    asked: AskedNow,
    request: Request,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """The facts, of any story, that lean on the source now, or on one that is joined to it; for readers those that are
    published and name it."""
    story, fact = key_of(cursor, start=(0, 0))
    with reader.reading() as connection:
        position = replay.resolve(connection, asked, "sources", "source_usage", "figures")
        if asked.view == "reader":
            if sources.one_for_readers(connection, slug, position) is None:
                raise NothingThere
            found = source_usage.page_for_readers(connection, slug, position, (story, fact), limit + 1)
            texts = reader_replay.hiding_facts(
                connection, position, [(text, stories, edition) for _, _, text, stories, edition in found]
            )
            rows = [(row[0], row[1], text) for row, text in zip(found, texts, strict=True)]
        else:
            if sources.one(connection, slug) is None:
                raise NoSuchSource(source=slug)
            rows = list(source_usage.page(connection, slug, (story, fact), limit + 1))
    items = [((number, index), text) for number, index, text in rows]
    return listing(request, items, limit, view=asked.view)


_SOURCE_FIGURES = {"source": "ria-novosti", "facts": 40, "stories": 12, "corrected": 3, "retracted": 1}


@endpoints.get(
    "/sources/{slug}/figures",
    responses=shown(shapes.SourceFigures, _SOURCE_FIGURES, 404, description="As it is"),
)
@dear
def show_source_figures(slug: SourceSlug, reader: Reader, asked: AskedNow, request: Request) -> Response:
    """How many facts have leant on the source, or on one that is joined to it, in how many stories, and how many of
    them were corrected since; for readers of the facts that they see lean on it."""
    with reader.reading() as connection:
        position = replay.resolve(connection, asked, "sources", "source_usage", "figures")
        if asked.view == "reader":
            if sources.one_for_readers(connection, slug, position) is None:
                raise NothingThere
            text = source_usage.figures_of_readers(connection, slug)
        else:
            if sources.one(connection, slug) is None:
                raise NoSuchSource(source=slug)
            text = source_usage.figures_of_desk(connection, slug)
    return document(request, text, etag=digest_tag(text), is_bound=False, view=asked.view)


@endpoints.get(
    "/corrections",
    responses=shown(
        shapes.Listed[shapes.Correction] | shapes.Listed[shapes.PublicCorrection],
        _listed(
            _REVISION
            | {"story": "kim-visits-russia", "kind": "correction", "was_wrong": "The day.", "version": 2}
        ),
    ),
)
@dear
def list_corrections(
    reader: Reader,
    asked: AskedNow,
    request: Request,
    story: Annotated[
        Slug | None, Query(description="Those of this story", examples=["kim-visits-russia"])
    ] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> Response:
    """Corrections, and what undid them, the newest first, of all stories or of one; with how long readers read what was
    wrong. For readers also the correctives and retractions, and whatever else was taken back that they were told of.
    Among them the stories that were killed or taken down after readers had seen them, as that: for readers while it
    stands, in the desk's public words."""
    start: tuple[int, ...] = (limits.POSITION, limits.POSITION)
    if asked.view == "reader":
        published, revision = key_of(cursor, start=start)
        with reader.reading() as connection:
            position = replay.resolve(connection, asked)
            found = [
                *public_changes.changes_shown(
                    connection,
                    position,
                    kinds=SET_RIGHT,
                    before=(published, revision),
                    story=story,
                    limit=limit + 1,
                ),
                # At the position of a publication is no withdrawal.
                *(
                    (at, number, slug, text)
                    for at, number, slug, _, text in withdrawals.for_readers(
                        connection, position, published, limit + 1, story
                    )
                ),
            ]
        found.sort(key=itemgetter(0, 1), reverse=True)
        items = [((at, number), f'{{"story":"{slug}",{text[1:]}') for at, number, slug, text in found]
        return listing(request, items, limit, view="reader")
    (before,) = key_of(cursor, start=start[:1])
    with reader.reading() as connection:
        replay.resolve(connection, asked, "corrections")
        rows = [
            *corrections.page(connection, before, limit + 1, story),
            *withdrawals.for_desk(connection, before, limit + 1, story),
        ]
    rows.sort(key=itemgetter(0), reverse=True)
    return listing(request, rows, limit)


@endpoints.get(
    "/corrections/figures", responses=shown(shapes.CorrectionFigures, _FIGURES, description="As it is")
)
@dear
def show_correction_figures(
    reader: Reader, asked: AskedNow, request: Request, clock: ClockOfFigures = "recorded"
) -> Response:
    """How many facts there are and how many of them were wrong, in what and why, and how long that took. For readers of
    what they see: its facts, the corrections that they were told of, and for how long they saw what was wrong."""
    if clock == "source" and asked.view == "reader":
        raise BadParameter(
            why="clock=source is for the desk's view: readers are told of no origin.", parameter="clock"
        )
    with reader.reading() as connection:
        replay.resolve(connection, asked, "figures")
        text = figures.of_corrections(connection, asked.view, clock)
    return document(request, text, etag=digest_tag(text), is_bound=False, view=asked.view)
