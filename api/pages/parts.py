"""The part of a story that its page shows: some of its facts, some of its copy, so that no page is ever too long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from api.http.documents import cursor_of
from api.pages import differences, marked
from api.pages.changes import AT_THE_WORDS, BESIDE_A_FACT, by_fact, changes_of
from api.pages.inside import Asked
from api.pages.marked import Paragraph
from api.pages.page import Visit
from api.pages.rendering import address, at_fact
from ledger import limits

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of the facts those beyond a number, or those that stand where one fact does, and of all those that are alike; of
    the copy what is beyond so many paragraphs. asked: the parameters of the page that stay as one goes on in it."""

    fact: int | None = None
    facts_after: int = 0
    copy_after: int = 0
    alike: Mapping[str, str | int | None] = field(default_factory=dict)
    asked: Mapping[str, str | int | None] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        return self.fact is None and any(value is not None for value in self.alike.values())


@dataclass(frozen=True, slots=True)
class Facts:
    """Those on the page, as the API answers them. after: the number that they are beyond; known: others, too, that they
    or the copy speak of; was: those on the page as they were before; touched: numbers of those of which a version began
    in this step, the first ones, and how many they are."""

    found: Document
    after: int
    known: Mapping[int, Document]
    is_narrowed: bool = False
    was: Sequence[Document] = ()
    touched: Sequence[int] = ()
    touched_count: int = 0

    @property
    def items(self) -> Sequence[Document]:
        items: Sequence[Document] = self.found["items"]
        return items

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(fact["fact"] for fact in self.items)

    @property
    def parts(self) -> range:
        """The numbers that other parts are beyond."""
        return range(0, self.found["total"], limits.FACTS_ON_PAGE)

    @property
    def next(self) -> int | None:
        """The number that the next ones are beyond."""
        return self.items[-1]["fact"] if self.found["next"] else None

    @property
    def before(self) -> int | None:
        """The number that those before are beyond; of facts that are picked out the first ones."""
        if not self.after:
            return None
        return 0 if self.is_narrowed else max(0, self.after - limits.FACTS_ON_PAGE)


def _at(here: frozenset[int], asked: str, fact: int) -> str:
    """Where a fact stands: on this page, or on one that has it. Relative: a copy has thousands of these."""
    return at_fact(fact) if fact in here else f"?{asked}fact={fact}{at_fact(fact)}"


async def shown(
    visit: Visit, path: str, story: Document, before: Document | None, wanted: Wanted, view: str | None
) -> dict[str, Any]:
    """What the page tells of copy and facts. before: the story one step before, where that is compared."""
    then: Asked = {"revision": story["revision"], "view": view}
    found, after = await _facts(visit, f"{path}/facts", then, wanted)
    copy = await visit.worked_out(partial(marked.paragraphs, story.get("copy"), before))
    part, _ = marked.part(copy, wanted.copy_after)
    facts = await _besides(visit, f"{path}/facts", then, found, after, part, before, wanted.is_narrowed)
    return await visit.worked_out(partial(_told, story, before, copy, facts, wanted))


async def _facts(visit: Visit, path: str, then: Asked, wanted: Wanted) -> tuple[Document, int]:
    def beyond(after: int, alike: Asked) -> Any:
        cursor = cursor_of(after) if after else None
        return visit.get(path, {**then, **alike, "cursor": cursor, "limit": limits.FACTS_ON_PAGE})

    if wanted.fact is None:
        return await beyond(wanted.facts_after, wanted.alike), wanted.facts_after
    after = (wanted.fact - 1) // limits.FACTS_ON_PAGE * limits.FACTS_ON_PAGE
    found = await beyond(after, {})
    if found["next"] is None or any(fact["fact"] >= wanted.fact for fact in found["items"]):
        return found, after
    return await beyond(wanted.fact - 1, {}), wanted.fact - 1  # long facts before it take up the page


async def _besides(
    visit: Visit,
    path: str,
    then: Asked,
    found: Document,
    after: int,
    copy: Sequence[Paragraph],
    before: Document | None,
    is_narrowed: bool,
) -> Facts:
    """With the facts that those on the page, and the copy that is shown, speak of."""
    known = {fact["fact"]: fact for fact in found["items"]}
    at_words = {fact for paragraph in copy for piece in paragraph.pieces for fact in piece.ends}
    named = {
        response["by"]["fact"]
        for fact in known.values()
        for response in fact.get("responses", ())
        if response["by"].get("story") == found["story"]
    }
    others = await _all(visit, path, then, named - known.keys())
    if "members" in found:  # to readers what was set right is told with the story
        others += await _all(visit, path, {**then, "set_right": "true"}, at_words - known.keys())
    was: list[Document] = []
    touched: Document = {"items": (), "matching": 0}
    if before is not None:
        was = await _all(visit, path, {**then, "revision": before["revision"]}, known)
        touched = await visit.get(path, {**then, "changed_since": before["revision"]})
    return Facts(
        found,
        after,
        known | {fact["fact"]: fact for fact in others},
        is_narrowed,
        was,
        [fact["fact"] for fact in touched["items"]],
        touched["matching"],
    )


async def _all(visit: Visit, path: str, asked: Asked, numbers: Any) -> list[Document]:
    """All of them that there are, however many pages that takes."""
    found: list[Document] = []
    wanted = sorted(numbers)
    for begin in range(0, len(wanted), limits.FACTS_NAMED):
        some = ",".join(map(str, wanted[begin : begin + limits.FACTS_NAMED]))
        cursor = None
        while True:
            page = await visit.get(path, {**asked, "fact": some, "cursor": cursor, "limit": 200})
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
    return found


def _told(
    story: Document, before: Document | None, copy: Sequence[Paragraph], facts: Facts, wanted: Wanted
) -> dict[str, Any]:
    speaking = {**story, "facts": list(facts.known.values())}
    changes = by_fact(changes_of(speaking), last=BESIDE_A_FACT)
    at_the_words = {
        fact: [change for change in told if change.kind in AT_THE_WORDS] for fact, told in changes.items()
    }
    part, following = marked.part(marked.telling(copy, at_the_words), wanted.copy_after)
    placed = {id(change) for paragraph in part for change in paragraph.told}
    asked = address("", **wanted.asked).removeprefix("?")
    now = {**story, "facts": facts.items}
    then = {**before, "facts": facts.was} if before is not None else None
    return {
        "copy": part,
        "copy_after": wanted.copy_after,
        "copy_next": following,
        # What was told at the words is not told again beside the fact.
        "beside_facts": {
            fact: [change for change in told if id(change) not in placed] for fact, told in changes.items()
        },
        "all": facts.known,
        "facts": differences.facts(now, then),
        "found": facts,
        "wanted": wanted,
        "at": partial(_at, facts.numbers, asked and f"{asked}&"),
        "touched": facts.touched,
    }


_SET_RIGHT = ("correction", "retraction", "reversion")


def set_right_since(now: Document, then: Document, found: Facts) -> dict[int, Document]:
    """By fact that readers saw in an edition, the first change that set it right in a later one: what they are told of
    the story as it is now. found: the facts of that edition that are on the page: beyond it nothing is known."""
    later = {
        change["fact"]: change
        for change in now["changes"]  # the newest first
        if change["kind"] in _SET_RIGHT and change["edition"] > then["edition"]
    }
    is_whole = not found.is_narrowed and not found.after and found.next is None
    return {fact: later[fact] for fact in sorted(later) if fact in found.numbers or not is_whole}
