"""A story as people read it, in plain text and in Markdown (CommonMark), below a small header that says what it is."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from api.formats.telling import Telling
from api.formats.wording import how_long, label, words_of

TEXT: Final = "text/plain; charset=utf-8"
MARKDOWN: Final = "text/markdown; charset=utf-8"
# What CommonMark would read otherwise than as itself, anywhere and at the start of a line.
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&!])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # shows nothing, and has no place in a text
_AT_START = re.compile(r"^(\s*)([-+=:]|\d+(?=[.)]))", re.MULTILINE)


def as_text(story: Telling) -> str:
    return "\n\n".join(["\n".join(_header(story, _bare)), *_paragraphs(story, str)]) + "\n"


def as_markdown(story: Telling) -> str:
    header = "\n".join(["---", *_header(story, _in_yaml), "---"])
    return "\n\n".join([header, f"# {_plain(_line(story.headline))}", *_paragraphs(story, _plain)]) + "\n"


def _paragraphs(story: Telling, said: Callable[[str], str]) -> Iterator[str]:
    """said: how a text of somebody's is written, so that it reads as itself."""
    return (said(_CONTROL.sub("", paragraph)) for paragraph in story.paragraphs)


def _header(story: Telling, said: Callable[[str], str]) -> Iterator[str]:
    """In the names that are read where such a text comes in; beside them, what this does not carry."""
    dateline = story.document.get("dateline", {})
    values = [
        ("Headline", story.headline),
        ("Id", story.id),
        ("Version", str(story.version)),
        ("Created", story.changed),
        ("Published", story.published),
        ("Status", story.status),
        *(("Signal", signal.removeprefix("sig:")) for signal in story.signals),
        ("Language", story.document["language"]),
        ("Desk", story.document["desk"]),
        ("Place", dateline.get("place")),
        ("Dated", dateline.get("date")),
        ("Slugline", story.slug),
        ("Address", story.page),
        *(("Correction", text) for text in _corrections(story)),
        *(_note(note["role"], note["text"]) for note in story.document["notes"]),
        *([("Note", story.notes[0])] if story.is_desk else []),
        ("Left out", story.left_out("copy", "corrections", "notes", "day of the dateline")),
    ]
    for name, value in values:
        if value and (text := _line(value)):
            yield f"{name}: {said(text)}"


def _note(role: str, text: str) -> tuple[str, str]:
    """With its role in the name of the line, or before the text where it would end the name there."""
    is_plain = re.fullmatch(r"[\w .'()-]{1,80}", role) is not None
    return (f"Note ({role})", text) if is_plain else ("Note", f"{role}: {text}")


def _bare(text: str) -> str:
    """In quotes where it would lose its own."""
    return f'"{text}"' if text[0] in "\"'" and text[-1] == text[0] else text


def _in_yaml(text: str) -> str:
    """As the header of a Markdown file is read; and by who does not know such headers, as no markup."""
    if not _MARKUP.search(text) and text[0] not in "\"'":
        return text
    escaped = re.sub(rf'{_MARKUP.pattern}|"', lambda found: f"\\u{ord(found[0]):04x}", text)
    return f'"{escaped}"'


def _corrections(story: Telling) -> Iterator[str]:
    for change in story.corrections:
        sentences = (
            f"{label(change['kind'])}, {change['published_at']}: {words_of(change)}",
            how_long(change),
        )
        yield " ".join(filter(None, sentences))


def _line(text: str) -> str:
    return " ".join(_CONTROL.sub("", text).split())


def _plain(text: str) -> str:
    escaped = _MARKUP.sub(r"\\\1", text)
    return _AT_START.sub(lambda found: f"{found[1]}{_escaped(found[2])}", escaped)


def _escaped(start: str) -> str:
    """A number is not escaped itself, but what makes it one of a list; an entity says the same and is neither."""
    return f"\\{start}" if not start.isdigit() else f"&#{ord(start[0])};{start[1:]}"
