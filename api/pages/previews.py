"""How it will read: what a dry run came to, beside what is there now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from api.pages import differences, marked
from api.pages.changes import Told
from api.pages.differences import Changed, FactThen
from api.pages.marked import Paragraph
from api.pages.page import Visit
from ledger.moment import rfc3339
from ledger.story import Copy, Corrective, Head, StoryNote
from ledger.words import Closed
from projections.views.documents import FactDocument, json_of
from projections.views.reader_view import (
    reader_copy,
    reader_corrective,
    reader_fact,
    reader_head,
    reader_note,
    sources_shown,
    without_words,
)

_TRACES = (
    "changed",
    "corrected",
    "corrections",
    "version",
    "opened",
    "filed",
    "added",
    "issued",
    "registered_at",
)


@dataclass(frozen=True, slots=True)
class Preview:
    """facts: as on the page of the story, those that differ; fields: of whatever else it is about; copy: with marks.
    Of what readers do not see yet, all that they will see.

    told: what is said of it, beside it; readers: whether this is what readers will see; awaits: whether a second person
    has to approve it first; tried: the answer to the dry run, which says whom readers see named."""

    facts: Sequence[FactThen] = ()
    fields: Sequence[Changed] = ()
    copy: Sequence[Paragraph] = ()
    readers: bool = False
    awaits: bool = False
    is_gone: bool = False
    told: Sequence[Told] = ()
    all: Mapping[int, Any] = field(default_factory=dict)
    tried: Mapping[str, Any] = field(default_factory=dict)
    hanging: Mapping[str, Any] | None = None  # on a source that is discredited by it

    @property
    def warnings(self) -> list[str]:
        return misfits(self.tried)


async def preview_of(visit: Visit, tried: Mapping[str, Any], story: Mapping[str, Any] | None) -> Preview:
    """tried: the answer to a dry run; story: its document as it is, where it is about one."""
    hanging = None
    if isinstance(tried["becomes"], Mapping) and "discredited" in tried["becomes"]:
        hanging = await visit.get(f"/v1/sources/{tried['becomes']['source']}/hanging")
    return replace(await _preview_of(visit, tried, story), tried=tried, hanging=hanging)


async def _preview_of(visit: Visit, tried: Mapping[str, Any], story: Mapping[str, Any] | None) -> Preview:
    becomes = tried["becomes"]
    if becomes is None:
        return Preview(is_gone=True)
    if "pub_status" in becomes or "signals" in becomes:
        assert story is not None
        return await _of_publication(visit, tried, story)
    if "statement" in becomes:
        assert story is not None
        return await visit.worked_out(partial(_of_fact, becomes, story))
    if "spans" in becomes:
        assert story is not None
        was = story if "copy" in story else {}
        return Preview(copy=await visit.worked_out(partial(marked.paragraphs, becomes, was)))
    before = story if story and "headline" in becomes else {}
    kept = {name: before[name] for name in becomes if name in before}
    fields = await visit.worked_out(partial(differences.of_document, _said(kept), _said(becomes)))
    return Preview(fields=fields)


def misfits(tried: Mapping[str, Any]) -> list[str]:
    """What no longer fits in the facts that an act is about, or any act of a change."""
    return [one["detail"] for act in (tried, *tried.get("acts", ())) for one in act.get("warnings", ())]


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _TRACES}


def _of_fact(becomes: Mapping[str, Any], story: Mapping[str, Any]) -> Preview:
    before = [fact for fact in story["facts"] if fact["fact"] == becomes["fact"]]
    then = differences.facts(dict(story) | {"facts": [becomes]}, {"facts": before})
    return Preview(facts=then, all={fact["fact"]: fact for fact in [*story["facts"], becomes]})


async def _of_publication(visit: Visit, tried: Mapping[str, Any], story: Mapping[str, Any]) -> Preview:
    becomes = tried["becomes"]
    fields = differences.of_document(_stands(story["publication"]), _stands(becomes))
    awaits = bool(tried.get("pending"))
    embargo = becomes.get("embargo")
    revision = embargo["revision"] if embargo else becomes.get("revision")
    if awaits or revision is None or becomes["state"] not in ("published", "embargoed"):
        return Preview(fields=fields, awaits=awaits)
    path = f"/v1/stories/{story['story']}"
    wanted = await visit.get(path, {"revision": revision})
    # Sources are called in an edition as they are when it is published.
    then = as_readers_see({**wanted, "sources": {**wanted["sources"], **story["sources"]}})
    now = await visit.find(path, {"view": "reader"})
    found = await _between(visit, now, then)
    return replace(found, fields=[*fields, *found.fields], told=_told(tried))


async def preview_of_change(visit: Visit, tried: Mapping[str, Any], story: Mapping[str, Any]) -> Preview:
    """Of several acts: what readers will read once they are published, against what they read; of a story that they do
    not see, against what they would."""
    touched: dict[str, Any] = {
        "facts": {fact["fact"]: fact for fact in story["facts"]},
        "notes": story["notes"],
    }
    for document in filter(None, tried["each"]):
        if "statement" in document:
            touched["facts"][document["fact"]] = document
        elif "spans" in document:
            touched["copy"] = document
        elif "headline" in document:
            touched |= document
        elif "role" in document:
            touched["notes"] = [*touched["notes"], document]
    then = as_readers_see({**story, **touched, "facts": [*touched["facts"].values()]})
    now = await visit.find(f"/v1/stories/{story['story']}", {"view": "reader"})
    found = await _between(visit, now or as_readers_see(story), then)
    return replace(found, told=_told(tried), readers=now is not None, tried=tried)


def _told(tried: Mapping[str, Any]) -> list[Told]:
    """The newest first, as beside the facts of a story; its notes stand above it."""
    now = rfc3339(datetime.now(UTC))
    return [
        Told(one["kind"], one["said"], now, 0, one.get("fact"), one.get("public_seconds"))
        for one in reversed(tried.get("told", ()))
        if "fact" in one
    ]


async def _between(visit: Visit, now: Mapping[str, Any] | None, then: Mapping[str, Any]) -> Preview:
    """What differs for readers; all of it where they see nothing now."""
    read = {
        fact["fact"]: fact["statement"] for fact in (now or {"facts": ()})["facts"] if "statement" in fact
    }
    # What was withdrawn goes on standing there as readers read it last, struck out.
    facts_then = [
        fact | {"statement": read[fact["fact"]]}
        if fact["standing"] == "retracted" and fact["fact"] in read
        else fact
        for fact in then["facts"]
    ]
    then = {**then, "facts": facts_then}
    facts = await visit.worked_out(partial(differences.facts, then, now))
    copy = await visit.worked_out(partial(marked.paragraphs, then.get("copy"), now))
    return Preview(
        facts=[fact for fact in facts if now is None or fact.label],
        fields=[*differences.fields(then, now), *differences.renamed(then, now)] if now else (),
        copy=[paragraph for paragraph in copy if now is None or paragraph.kind != "same"],
        readers=True,
        all={fact["fact"]: fact for fact in then["facts"]},
    )


def _stands(publication: Mapping[str, Any]) -> dict[str, Any]:
    """How it stands, without what is worked out of that."""
    return {
        name: publication[name]
        for name in ("state", "revision", "embargo", "tombstone")
        if name in publication
    }


def as_readers_see(story: Mapping[str, Any]) -> dict[str, Any]:
    """What readers would see of a story, were it published as it is in this document for the desk."""
    facts = [reader_fact(FactDocument.recorded(**_own(FactDocument, fact))) for fact in story["facts"]]
    hidden = {fact["fact"] for fact, seen in zip(story["facts"], facts, strict=True) if seen is None}
    named: set[str] = set().union(*map(sources_shown, facts))
    notes = [reader_note(StoryNote.recorded(**note)) for note in story["notes"]]
    told = {
        **orjson.loads(json_of(reader_head(Head.recorded(**_own(Head, story))))),
        "notes": [orjson.loads(json_of(note)) for note in notes if note is not None],
        "correctives": [
            orjson.loads(json_of(reader_corrective(Corrective.recorded(**corrective))))
            for corrective in story["correctives"]
            if corrective["fact"] not in hidden
        ],
        "facts": [orjson.loads(json_of(fact)) for fact in facts if fact is not None],
        "sources": {slug: story["sources"][slug] for slug in named & story["sources"].keys()},
    }
    if "copy" in story:
        copy = json_of(reader_copy(Copy.recorded(**story["copy"])))
        told["copy"] = orjson.loads(without_words(copy, hidden))
    return told


def _own(shape: type[Closed], document: Mapping[str, Any]) -> dict[str, Any]:
    """What of the document is of that shape."""
    return {name: document[name] for name in shape.model_fields if name in document}
