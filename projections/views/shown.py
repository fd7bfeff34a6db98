"""A fact as readers see it, made of its document. What may be in it says `reader_view.py`."""

from typing import Any, Final

from projections.views.happened import Values
from projections.views.reader_view import NOT_NAMED, ReaderFact

_NAMES: Final = tuple(ReaderFact.model_fields)
_UNNAMED: Final = {"reason": NOT_NAMED}


def shown_of(fact: Values) -> Values | None:
    """None for what is off the record; of what is retracted without what it says."""
    terms = fact["terms"]
    if terms == "off_record":
        return None
    if fact["standing"] == "retracted":
        return {name: fact[name] for name in ("fact", "version", "kind", "standing")}
    is_named = terms == "on_record"
    given: dict[str, Any] = {**fact}
    if "unattributed" in fact:
        given["unattributed"] = {"reason": fact["unattributed"]["reason"]}
    if "occurred" in fact:
        occurred = fact["occurred"]
        given["occurred"] = {name: occurred[name] for name in ("literal", "resolved") if name in occurred}
    if fact["note"]:
        given["note"] = [
            {"role": note["role"], "text": note["text"]} for note in fact["note"] if note["is_publishable"]
        ]
    when = fact.get("when")
    if when is not None and when["status"] == "confirmed" and "basis" in when:
        # What a date was confirmed by is the desk's own note; how a provisional one was computed is not.
        given["when"] = {name: value for name, value in when.items() if name != "basis"}
    if not is_named:
        leaning = {link["source"] for link in fact.get("attribution", ())}
        for cited in fact["citations"]:
            leaning |= {cited["source"], cited.get("origin", cited["source"])}
        given |= {"unattributed": _UNNAMED, "citations": [], "independent_origins": 0}
        given.pop("attribution", None)
        # Who is not to be named is not named as who answers, either.
        given["responses"] = [
            response for response in fact["responses"] if response["by"].get("source") not in leaning
        ]
    return {name: given[name] for name in _NAMES if name in given}


def names_shown(shown: Values | None) -> set[str]:
    """Slugs of the sources that readers see named."""
    if not shown or "statement" not in shown:
        return set()
    names = {link["source"] for link in shown.get("attribution", ())}
    for cited in shown["citations"]:
        names.add(cited["source"])
        if "origin" in cited:
            names.add(cited["origin"])
    names.update(response["by"]["source"] for response in shown["responses"] if "source" in response["by"])
    return names
