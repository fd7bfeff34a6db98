"""What differs between two states of a story, as it is shown: word by word where words differ."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.formats.wording import kind, words
from api.pages.rendering import day, edtf, isolated, minute
from projections.reading import diff, text_diff
from projections.reading.text_diff import Run

_LABELS = {
    "reported": "New",
    "changed": "Changed",
    "retracted": "Withdrawn",
    "standing again": "Standing again",
    "not yet reported": "Not there any more",
    "not yet retracted": "Not withdrawn any more",
}
_NAMES = {"when": "date read as", "occurred": "when, in the words", "note": "notes"}
# Of these the words are compared; of the others whole values.
_PROSE = ("statement", "headline", "text")

Names = Mapping[str, str]  # of sources, by slug


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that differs; words: its text, compared, where it is text."""

    name: str
    before: str | None
    after: str | None
    words: Sequence[Run] = ()
    field: str = ""  # by its name in the document


@dataclass(frozen=True, slots=True)
class FactThen:
    """A fact as it is shown; `label`: what happened to it in this step, none where nothing did."""

    fact: Mapping[str, Any]
    label: str | None = None
    words: Sequence[Run] = ()
    changed: Sequence[Changed] = ()
    is_gone: bool = False


def facts(story: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[FactThen]:
    """Every fact of the story, and in their places those that it does not have any more."""
    if before is None:
        return [FactThen(fact) for fact in story["facts"]]
    changes = {change["fact"]: change for change in diff.facts_between(before["facts"], story["facts"])}
    names = _names(story, before), _names(before, story)
    now = {fact["fact"]: fact for fact in story["facts"]}
    was = {fact["fact"]: fact for fact in before["facts"]}
    return [
        _then(now.get(number) or was[number], was.get(number), changes.get(number), names)
        for number in sorted(now.keys() | was.keys())
    ]


def _then(
    fact: Mapping[str, Any],
    was: Mapping[str, Any] | None,
    change: Mapping[str, Any] | None,
    names: tuple[Names, Names],
) -> FactThen:
    if change is None:
        return FactThen(fact)
    is_gone = change["kind"] == "not yet reported"
    fields = {} if was is None or is_gone else change["fields"]
    return FactThen(
        fact,
        _LABELS[change["kind"]],
        words_between(was.get("statement") or "", fact.get("statement") or "") if was else (),
        _all_changed({name: field for name, field in fields.items() if name != "statement"}, *names),
        is_gone,
    )


def fields(
    story: Mapping[str, Any], before: Mapping[str, Any], names: Sequence[str] = diff.STORY_FIELDS
) -> list[Changed]:
    """What the story says of itself that differs; not its copy and its facts."""
    found = diff.fields_between(before, story, names)
    return _all_changed(found, _names(story, before), _names(before, story))


def renamed(story: Mapping[str, Any], before: Mapping[str, Any]) -> list[Changed]:
    """Of the sources of both, those that have another name."""
    return [
        Changed("name of a source", isolated(one["before"]), isolated(one["after"]), field="sources")
        for one in diff.renamed_between(before["sources"], story["sources"])
    ]


def of_document(
    before: Mapping[str, Any], after: Mapping[str, Any], sources: Mapping[str, Any] | None = None
) -> list[Changed]:
    """Every field that differs between two states of anything. sources: by slug, those that it names."""
    names = {slug: source["name"] for slug, source in (sources or {}).items()}
    found = diff.fields_between(before, after, dict.fromkeys([*before, *after]))
    return _all_changed(found, names, names)


def _names(*stories: Mapping[str, Any]) -> Names:
    """As the last of the stories that names it does."""
    names = {slug: source["name"] for story in stories for slug, source in story.get("sources", {}).items()}
    return names | {_story(story["story"]): story["headline"] for story in stories if "headline" in story}


def _all_changed(found: Mapping[str, Any], was_named: Names, named: Names) -> list[Changed]:
    """Without those that say nothing before and nothing after: an empty list is none."""
    changed = (_changed(name, change, was_named, named) for name, change in found.items())
    return [one for one in changed if one.before or one.after]


def _changed(name: str, change: Mapping[str, Any], was_named: Names, named: Names) -> Changed:
    before, after = change.get("before"), change.get("after")
    words = words_between(before or "", after or "") if name in _PROSE else ()
    said = _SAID.get(name, _as_it_is)
    return Changed(
        _NAMES.get(name, name.replace("_", " ")),
        None if before is None else said(before, was_named),
        None if after is None else said(after, named),
        words,
        name,
    )


def words_between(before: str, after: str) -> list[Run]:
    """The words of both, in the order of reading; each line that has words on a line of its own."""
    lines: list[Run] = []
    for block in text_diff.compare(before, after):
        if lines and block.words:
            lines.append(Run("same", "\n"))
        lines += block.words
    return lines


def shown(value: Any) -> str | None:
    """A value of a document, to be read: names and values in a row, no braces."""
    if value is None or value == [] or value == {}:
        return None
    if isinstance(value, str):
        return isolated(value)
    if isinstance(value, Mapping):
        parts = ((name.replace("_", " "), shown(inner)) for name, inner in value.items())
        return ", ".join(f"{name} {text}" for name, text in parts if text)
    if isinstance(value, list):
        return "; ".join(text for item in value if (text := shown(item)))
    return json.dumps(value)


def _as_it_is(value: Any, _: Names) -> str | None:
    return shown(value)


def _code(value: str, _: Names) -> str:
    return words(value)


def _codes(value: Sequence[str], _: Names) -> str:
    return ", ".join(map(words, value))


def _instant(value: str, _: Names) -> str:
    return f"{minute(value)} UTC"


def _figure(value: Mapping[str, Any], _: Names) -> str:
    return f"{value['value']} {isolated(value['unit'])}"


def _embargo(value: Mapping[str, Any], _: Names) -> str:
    return f"revision {value['revision']}, until {minute(value['until'])} UTC"


def _tombstone(value: Mapping[str, Any], _: Names) -> str:
    return isolated(value.get("notice", "")) or f"{kind(value['kind'])} without further words"


def _when(value: Mapping[str, Any], _: Names) -> str:
    if value["status"] == "unresolved":
        return "unknown"
    read = value.get("edtf") or " or ".join(value["candidates"])
    return f"{edtf(read)} ({value['status']})"


def _occurred(value: Mapping[str, Any], _: Names) -> str:
    literal, resolved = value.get("literal"), value.get("resolved")
    parts = [f"“{literal}”" if literal else None, resolved and edtf(resolved), value.get("basis")]
    return ", ".join(isolated(part) for part in parts if part)


def _attribution(value: Sequence[Mapping[str, Any]], names: Names) -> str:
    return " → ".join(f"{_name(link['source'], names)} {isolated('“' + link['cue'] + '”')}" for link in value)


def _citations(value: Sequence[Mapping[str, Any]], names: Names) -> str:
    return "; ".join(
        " ".join(
            filter(None, [_name(link["source"], names), isolated(link.get("title", "")), link.get("url")])
        )
        for link in value
    )


def _story(slug: str) -> str:
    """How the headline of a story is found among names: a source may have the same slug."""
    return f"/stories/{slug}"


def _grounds(value: Sequence[Mapping[str, Any]], names: Names) -> str:
    called = ((one["fact"], names.get(_story(one["story"]), one["story"])) for one in value)
    return ", ".join(f"fact {fact} of {isolated(f'“{story}”')}" for fact, story in called)


def _responses(value: Sequence[Mapping[str, Any]], names: Names) -> str:
    return "; ".join(f"{words(one['kind'])} by {_by(one['by'], names)}" for one in value)


def _by(by: Mapping[str, Any], names: Names) -> str:
    return _name(by["source"], names) if "source" in by else _grounds([by], names)


def _name(slug: str, names: Names) -> str:
    return isolated(names.get(slug, slug))


def _texts(value: Sequence[Mapping[str, Any]], _: Names) -> str:
    return "; ".join(
        f"{one['role']}: {isolated(one['text'])}" if "role" in one else isolated(one["text"]) for one in value
    )


def _dateline(value: Mapping[str, Any], _: Names) -> str:
    return ", ".join(filter(None, [isolated(value.get("place", "")), day(value["date"])]))


_SAID: Mapping[str, Callable[[Any, Names], str | None]] = {
    "when": _when,
    "occurred": _occurred,
    "attribution": _attribution,
    "citations": _citations,
    "rests_on": _grounds,
    "responses": _responses,
    "note": _texts,
    "notes": _texts,
    "correctives": _texts,
    "dateline": _dateline,
    "figure": _figure,
    "embargo": _embargo,
    "tombstone": _tombstone,
    "registered_at": _instant,
    **dict.fromkeys(("terms", "verification", "dispute", "standing", "kind", "state", "ground"), _code),
    "signals": _codes,
}
