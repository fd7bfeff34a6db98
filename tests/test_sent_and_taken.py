"""Is a story that goes out in a format of the agencies the same story where another takes it in?

A law over random stories, each filed, published, read as anybody reads it and sent to the ledger again as an item of
a provider, or as a text with a header. A paragraph is a line there, with single spaces; earlier versions, facts and
sources are not carried.
Lost in ninjs are tags and entities of HTML in the name of a place: nothing says
whether that is plain, and agencies send both.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.formats.catalogue import BY_SUFFIX
from api.formats.xml_text import in_xml
from api.intake import values
from ledger.words import CopyText, Name
from tests.desk import CHANGES, Desk
from tests.test_taking import Wire, as_read

ROLES = ["editor", "legal", "Nord (Süd)"]
LANGUAGES = ["en", "de", "fr-CA", "zh-Hant-TW", "sr-Latn"]
# What means something in XML, HTML or Markdown, in a line of a note, or runs from right to left.
PARTS = [
    *"<>&'\"*_#[]()-.,:;=!?…—“”",
    "<br/>",
    "&amp;",
    "]]>",
    "-->",
    "CDATA",
    "Note (",
    "Note: ",
    "שלום",
    "مرحبا",
    "김",
    "👩‍🚀",
    "é",
]
LETTERS = st.characters(categories=["L", "N", "P", "S", "Zs"])
WORDS = st.one_of(st.sampled_from(PARTS), st.text(LETTERS, min_size=1, max_size=5))


def is_taken(kind: TypeAdapter[str], text: str) -> bool:
    """By the ledger, from somebody at the desk; and something is left of it in a line."""
    try:
        return values.line(kind.validate_python(text)) is not None
    except ValidationError:
        return False


NAME: TypeAdapter[str] = TypeAdapter(Name)
TEXT: TypeAdapter[str] = TypeAdapter(CopyText)
LINES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join).filter(lambda text: is_taken(NAME, text))
TEXTS = st.lists(LINES, min_size=1, max_size=4).map("\n".join).filter(lambda text: is_taken(TEXT, text))


@pytest.fixture(scope="module")
def taker(desk: Desk) -> Iterator[Wire]:
    with closing(Wire(desk, public_notes=ROLES, names=["127.0.0.1"])) as wire:
        yield wire


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", ["ninjs", "newsml", "jsonld", "md", "txt"])
@given(
    headline=LINES,
    text=TEXTS,
    place=LINES.filter(lambda text: not set("<&") & set(text)),
    language=st.sampled_from(LANGUAGES),
    notes=st.lists(st.tuples(st.sampled_from(ROLES), TEXTS), max_size=3, unique=True),
    is_corrected=st.booleans(),
)
# Whatever fails takes a story anew each time: it is told as it was found.
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_what_goes_out_is_taken_in_as_the_same_story(
    desk: Desk,
    taker: Wire,
    suffix: str,
    headline: str,
    text: str,
    place: str,
    language: str,
    notes: list[tuple[str, str]],
    is_corrected: bool,
) -> None:
    slug = desk.slug("sent")
    said = {"headline": headline, "language": language, "desk": "world"}
    dateline = {"place": place, "date": "2023-09-12"}
    desk.post("/v1/stories", {"slug": slug, **said, "dateline": dateline})
    desk.report(slug, statement="A train")
    desk.post(f"/v1/stories/{slug}/copy", {"text": text, "reason": "First."})
    for role, note in notes:
        desk.post(f"/v1/stories/{slug}/notes", {"role": role, "text": note, "is_publishable": True})
    desk.post(f"/v1/stories/{slug}/notes", {"role": "editor", "text": "CANARY", "is_publishable": False})
    desk.publish(slug)
    if is_corrected:
        body = CHANGES["corrections"] | {"expected_version": 1}
        desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)
        desk.publish(slug)
    sent = as_read(desk, slug).json()
    form = BY_SUFFIX[suffix]
    item = desk.client(None).get(f"/v1/stories/{slug}.{suffix}").content
    answer = taker.send(item, form.media_type)
    assert answer.status_code == 201, answer.text
    taken = as_read(desk, answer.json()["story"]).json()
    assert as_carried(taken, suffix) == as_carried(sent, suffix) | {"notes": notes_of(taken, suffix)}
    assert notes_of(sent, suffix) <= notes_of(taken, suffix)
    more = {role for role, _ in notes_of(taken, suffix) - notes_of(sent, suffix)}
    # What was corrected is a note to whoever takes it, where the format has nothing of its own for it.
    assert more == ({"editor"} if is_corrected and suffix in ("ninjs", "newsml") else set())


def as_carried(story: dict[str, Any], suffix: str) -> dict[str, Any]:
    written = in_xml if suffix == "newsml" else str
    return {
        "headline": values.line(written(story["headline"])),
        "text": values.lines(written(story["copy"]["text"])),
        "language": story["language"],
        "desk": story["desk"],
        "place": values.line(written(story["dateline"]["place"])),
        "notes": notes_of(story, suffix),
    }


def notes_of(story: dict[str, Any], suffix: str) -> set[tuple[str, str | None]]:
    written = in_xml if suffix == "newsml" else str
    read = values.line if suffix in ("md", "txt") else values.lines  # a note is a line of the header there
    return {(note["role"], read(written(note["text"]))) for note in story["notes"]}
