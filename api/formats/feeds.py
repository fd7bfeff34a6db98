"""The feeds: corrections of all stories, and the editions of one; what their entries say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from api.formats.addresses import Site
from api.formats.atom import Category, Entry, Feed
from api.formats.wording import duration, how_long, label, what_happened, what_was, words_of
from ledger.moment import rfc3339
from projections.reading.feeds import Correction, Edition
from projections.views.story import CORRECTIONS
from projections.views.story_now import StoryNow

# IPTC NewsCodes; their scheme as its provider names it.
_SIGNAL = "http://cv.iptc.org/newscodes/signal/"
_SIGNAL_LABEL = {"sig:update": "Update", "sig:correction": "Correction"}
_CHANGE = "urn:fact-ledger:change"


def _id(ledger: UUID, *words: object) -> str:
    """Computed from the ledger's own id: no other ledger has it, and no address has to stay for it (RFC 4151 would)."""
    return uuid5(ledger, "/".join(map(str, words))).urn


def of_corrections(site: Site, ledger: UUID, corrections: Sequence[Correction]) -> Feed:
    return Feed(
        id=_id(ledger, "corrections"),
        title="Corrections",
        subtitle="Corrections, correctives and retractions of what readers had seen, what was taken back, and what was"
        " withdrawn whole",
        own=site.address("/v1/corrections/feed"),
        alternate=site.address("/corrections"),
        data=site.address("/v1/corrections"),
        entries=[_of_correction(site, ledger, correction) for correction in corrections],
    )


def _of_correction(site: Site, ledger: UUID, correction: Correction) -> Entry:
    change, head, slug = correction.change, correction.head, correction.slug
    if head is None:
        return _of_withdrawn(site, ledger, correction)
    return Entry(
        id=_id(ledger, "stories", correction.first_slug, "changes", correction.revision),
        title=f"{label(change['kind'])}: {head['headline']}",
        updated=change["published_at"],
        author=head["desk"],
        text="\n".join(filter(None, (words_of(change), what_was(change), how_long(change)))),
        alternate=site.page(slug),
        data=site.story(slug),
        related=site.page(slug, edition=change["edition"]),
        categories=[_kind(change["kind"])],
        language=head["language"],
    )


def _of_withdrawn(site: Site, ledger: UUID, correction: Correction) -> Entry:
    """Nothing of what the story said is told again, nor how it was called."""
    change, slug = correction.change, correction.slug
    return Entry(
        id=_id(ledger, "stories", correction.first_slug, "changes", correction.revision),
        title=label(change["kind"]),
        updated=change["published_at"],
        author="The newsroom",
        text=f"{change['text']}\nIt was public for {duration(change['public_seconds'])}.",
        alternate=site.page(slug),
        data=site.story(slug),
        categories=[_kind(change["kind"])],
    )


def of_story(site: Site, ledger: UUID, story: StoryNow, editions: Sequence[Edition]) -> Feed:
    """`editions`: one at least, for a story is seen from its first edition on. Its ids are made of the slug that
    readers saw it under first, so that none of it is new to whoever follows it, whatever it is called."""
    slug = story.slug
    return Feed(
        id=_id(ledger, "stories", story.first_public_slug),
        title=editions[0].head["headline"],
        subtitle="Every edition of this story, and what it changed. Not carried in this format: its text, facts and"
        f" sources. All of it: {site.story(slug)}",
        own=site.address(f"/v1/stories/{slug}/feed"),
        alternate=site.page(slug),
        data=site.story(slug),
        entries=[_of_edition(site, ledger, story, edition) for edition in editions],
    )


def _of_edition(site: Site, ledger: UUID, story: StoryNow, edition: Edition) -> Entry:
    slug = story.slug
    changes = sorted(edition.changes, key=_prominence)
    kinds = dict.fromkeys(change["kind"] for change in changes)
    return Entry(
        id=_id(ledger, "stories", story.first_public_slug, "editions", edition.revision),
        title=f"{_what(edition, list(kinds))}: {edition.head['headline']}",
        updated=rfc3339(edition.published_at),
        author=edition.head["desk"],
        text="\n".join(_lines(edition, changes))
        or ("Small things were mended." if edition.reads_otherwise else "Nothing in it reads otherwise."),
        alternate=site.page(slug, edition=edition.number),
        data=site.story(slug, edition=edition.number),
        categories=[
            *(Category(signal, _SIGNAL, _SIGNAL_LABEL[signal]) for signal in edition.signals),
            *(_kind(kind) for kind in kinds),
        ],
        language=edition.head["language"],
    )


def of_desk(
    site: Site, ledger: UUID, slug: str, story: Mapping[str, Any], revisions: Sequence[Mapping[str, Any]]
) -> Feed:
    """What happened to the story, whether readers see it or not."""
    first = story.get("first_slug") or slug
    moment = site.story(slug, revision=story["revision"])
    return Feed(
        id=_id(ledger, "stories", first, "revisions"),
        title=story["headline"],
        subtitle="The desk’s view, not for publication: every revision of this story. Not carried in this format: its"
        f" text, facts and sources. All of it: {moment}",
        own=site.address(f"/v1/stories/{slug}.atom", view="desk"),
        alternate=site.page(slug),
        data=moment,
        entries=[_of_revision(site, ledger, first, slug, one) for one in revisions],
    )


def _of_revision(site: Site, ledger: UUID, first: str, slug: str, revision: Mapping[str, Any]) -> Entry:
    number, fact = revision["revision"], revision.get("fact")
    said = (revision.get("was_wrong"), revision.get("reason"))
    return Entry(
        id=_id(ledger, "stories", first, "revisions", number),
        title=what_happened(revision["kind"], fact),
        updated=revision["recorded_at"],
        author=revision.get("by") or str(revision["actor"]),
        text="\n".join(filter(None, said)) or "No reason was given.",
        alternate=site.page(slug, revision=number),
        data=site.story(slug, revision=number),
        categories=[_kind(revision["kind"])],
    )


def _prominence(change: dict[str, Any]) -> int:
    """Corrections stand first."""
    kind = change["kind"]
    return CORRECTIONS.index(kind) if kind in CORRECTIONS else len(CORRECTIONS)


def _what(edition: Edition, kinds: Sequence[str]) -> str:
    if edition.was_head is None:
        return "Published"
    return label(kinds[0]) if kinds and kinds[0] in CORRECTIONS else "Update"


def _lines(edition: Edition, changes: Sequence[dict[str, Any]]) -> Iterator[str]:
    for change in changes:
        yield f"{label(change['kind'])}: {words_of(change)}"
        if sentence := what_was(change):
            yield sentence
        if sentence := how_long(change):
            yield sentence
    if edition.was_head is None:
        yield "First published."
    else:
        if edition.was_head["headline"] != edition.head["headline"]:
            yield f"The headline was: {edition.was_head['headline']}"
        if edition.has_new_copy:
            yield "The text was changed."
        for source in edition.renamed:
            yield f"The source {source['before']} is called {source['after']}."
    for statement in edition.reported:
        yield f"Reported: {statement}"
    if edition.more:
        yield f"Reported: {edition.more} more."


def _kind(kind: str) -> Category:
    return Category(kind, _CHANGE, label(kind))
