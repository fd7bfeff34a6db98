"""What was just recorded, told on the page that it leads to: when, as which revision, and what no longer fits in it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from api.pages.rendering import address
from ledger.fact import FactBody
from ledger.rules import fitting, still_told, wording
from ledger.rules.names_told import misspelling
from ledger.story import Copy, Fact, Span, around

_MISFITS = 20  # facts, the first ones


def leading_to(path: str, receipt: Mapping[str, Any], *, is_undoable: bool = True, **asked: Any) -> str:
    """The address of a page that tells of it; receipt: of one act, or of a change of several."""
    of_story = [act for act in receipt.get("acts", [receipt]) if "story" in act]
    revisions = [act["revision"] for act in of_story if "revision" in act]
    misfit = dict.fromkeys(
        one.get("fact", act.get("fact")) for act in of_story for one in act.get("warnings", ())
    )
    return address(
        path,
        **asked,
        recorded=receipt["position"],
        recorded_at=receipt["recorded_at"],
        made=f"{revisions[0]}-{revisions[-1]}" if is_undoable and revisions else None,
        misfit="-".join(map(str, [*misfit][:_MISFITS])),
    )


def misfits(facts: Sequence[Mapping[str, Any]], story: Mapping[str, Any]) -> list[tuple[int, str]]:
    """What does not fit in these facts, and in the words that stand on them, by number."""
    copy = story.get("copy", {"text": "", "spans": ()})
    reading = wording.Reading(copy["text"], story["language"], list)
    return [
        (fact["fact"], said)
        for fact in facts
        if fact["standing"] == "standing"
        for said in _misfits(fact, copy, story["language"], reading)
    ]


def _misfits(
    fact: Mapping[str, Any], copy: Mapping[str, Any], language: str, reading: wording.Reading
) -> Iterator[str]:
    body = FactBody.recorded(**{name: fact[name] for name in FactBody.model_fields if name in fact})
    for one in fitting.found(body, language):
        yield one["detail"]
    spans = [Span.recorded(**span) for span in copy["spans"] if span["fact"] == fact["fact"]]
    passages = [(span.exact, around(copy["text"], span)) for span in spans]
    for place in islice(reading.telling_otherwise(spans, passages, body), _MISFITS):
        yield f"{wording.says_instead(spans[place], body)}."
    for _, word, name in islice(misspelling(copy["text"], spans, body, language, tuple), _MISFITS):
        yield wording.says_misspelt(word, name, body, fact["fact"])


def still_said(
    histories: Sequence[Sequence[Mapping[str, Any]]],
    facts: Sequence[Mapping[str, Any]],
    story: Mapping[str, Any],
) -> list[tuple[int, str]]:
    """What the headline and the copy go on saying of what is told otherwise now, by number. histories: all versions of
    the facts that it is asked of."""
    were = {
        of_one[-1]["fact"]: [_fact(version) for version in of_one[:-1]] for of_one in histories if of_one[1:]
    }
    copy = Copy.recorded(**story["copy"]) if "copy" in story else None
    found = still_told.told(story["headline"], copy, were, [*map(_fact, facts)], story["language"])
    return [(fact, detail) for _, fact, detail in islice(found, _MISFITS)]


def _fact(document: Mapping[str, Any]) -> Fact:
    return Fact.recorded(**{name: document[name] for name in Fact.model_fields if name in document})
