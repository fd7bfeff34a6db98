"""The facts of a story as a table in CSV (RFC 4180), a row a fact, for spreadsheets."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from api.formats.telling import Document, Telling

CSV: Final = "text/csv; charset=utf-8"
COLUMNS: Final = (
    "story", "fact", "version", "kind", "standing", "statement", "said_by", "quotes", "cited", "when", "place",
    "entities", "figure", "unit", "verification", "dispute", "terms", "left_out",
)  # fmt: skip
# A spreadsheet takes what begins so for a formula, and works it out.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_MORE = ("note", "responses", "rests_on", "unattributed")


def written(story: Telling) -> str:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for fact in story.document["facts"]:
        told = dict(_row(story, fact))
        rows.writerow([harmless(told.get(column)) for column in COLUMNS])
    if not story.document["facts"] and (missing := _of_story(story)):
        rows.writerow([story.slug, *[""] * (len(COLUMNS) - 2), f"no facts{missing}"])
    return out.getvalue()


def _row(story: Telling, fact: Document) -> Iterator[tuple[str, Any]]:
    yield "story", story.slug
    for name in (
        "fact",
        "version",
        "kind",
        "standing",
        "statement",
        "place",
        "verification",
        "dispute",
        "terms",
    ):
        yield name, fact.get(name)
    chain = fact.get("attribution") or ()
    yield (
        "said_by",
        " < ".join(story.sources.get(link.get("source", ""), {}).get("name", "?") for link in chain),
    )
    yield "quotes", "\n".join(link["quote"] for link in chain if link.get("quote"))
    yield "cited", " ".join(one["url"] for one in fact.get("citations", ()) if one.get("url"))
    yield "when", fact.get("when", {}).get("edtf")
    yield "entities", "; ".join(fact.get("entities", ()))
    figure = fact.get("figure") or {}
    yield "figure", figure.get("value")
    yield "unit", figure.get("unit")
    # So that whoever reads a row knows that there is more, of the fact and then of its story.
    of_fact = ["earlier versions", *(name.replace("_", " ") for name in _MORE if fact.get(name))]
    yield "left_out", f"{', '.join(of_fact)}{_of_story(story)}"


def _of_story(story: Telling) -> str:
    missing = story.missing("facts", "sources")
    return f"; of the story: {', '.join(missing)}" if missing else ""


def harmless(value: Any) -> str:
    """As a spreadsheet shows it and works nothing out; no character that ends a text there."""
    text = "" if value is None else str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text.startswith(_FORMULA) else text
