"""A reader who walks through every page there is. Pages are a client of the API, so nothing may stand on them that no
door of it tells; and where its door says that there is nothing, so does the page."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

from tests import walk
from tests.readers import Answer, Told
from tests.walk import WALKS, Question

Walk = Callable[[Told], Iterator[Question]]
_MOST = 8  # pages of a kind, of those that a walk comes by: each takes as long as several doors


def may_be_told(told: Told) -> frozenset[str]:
    """All that readers may know by now, by whichever door."""
    answers = [question.answer for door in WALKS for question in WALKS[door](told)]
    return frozenset[str]().union(
        *(answer.told for answer in answers), *(answer.linked for answer in answers)
    )


def pages_like(door: Walk, becomes: Callable[[str], str], *asked: str, told: Told) -> Iterator[Question]:
    """The pages that show what a door tells: at its addresses but for what they become, asked for in those ways."""
    may = may_be_told(told)
    # What a page tells of a moment is told beside what was before that, too.
    asked = asked if told.past else ()
    questions = [
        question
        for question in door(told)
        if question.asked.keys() <= {*asked} and question.method == "GET" and not question.headers
    ]
    for question in questions[:: 1 + len(questions) // _MOST]:
        answer = replace(question.answer, told=may, linked=frozenset())
        yield replace(question, path=becomes(question.path), answer=answer, pages=False, must=False)


def like(door: Walk, *asked: str, path: str = "/v1", becomes: str = "") -> Walk:
    return partial(_like, door, asked, path, becomes)


def _like(door: Walk, asked: tuple[str, ...], path: str, becomes: str, told: Told) -> Iterator[Question]:
    def page(address: str) -> str:
        return (
            address.removeprefix("/v1").replace(path, becomes)
            if path != "/v1"
            else address.removeprefix("/v1")
        )

    return pages_like(door, page, *asked, told=told)


def front(told: Told) -> Iterator[Question]:
    may = may_be_told(told)
    yield Question("/", Answer(200, may), must=False)
    for word in islice(sorted(told.words()), 5):
        yield Question("/", Answer(200, may), asked={"q": word}, must=False)


def alone(path: str) -> Walk:
    def ask(told: Told) -> Iterator[Question]:
        yield Question(path, Answer(200, may_be_told(told)), must=False)

    return ask


def of_the_desk(*paths: str) -> Walk:
    """Whoever has not signed in is asked to, whether there is something or not."""

    def ask(told: Told) -> Iterator[Question]:
        for slug in islice(walk.every_story(told), 6):
            for path in paths:
                yield Question(path.format(slug=slug), Answer(401))

    return ask


def receipts(told: Told) -> Iterator[Question]:
    for question in walk.receipt(told):
        path = question.path.replace("/v1/requests", "/request").removesuffix("/receipt")
        answer = replace(question.answer, told=may_be_told(told))
        yield replace(question, path=path, answer=answer, must=False)


def nowhere(told: Told) -> Iterator[Question]:
    del told
    yield Question("/assets/page.css", Answer(404))


def stream(told: Told) -> Iterator[Question]:
    may = may_be_told(told)
    yield Question(
        "/stream", Answer(200, may), asked={"since": told.first if told.past else told.head}, must=False
    )


PAGES: dict[str, Walk] = {
    "/": front,
    "/stories/{slug}": like(walk.story, "revision", "position", "as_of"),
    "/stories/{slug}/history": like(walk.revisions, path="/revisions", becomes="/history"),
    "/stories/{slug}/diff": like(walk.difference, "from", "to"),
    "/stories/{slug}/facts/{fact}": like(walk.fact),
    "/sources/{slug}": like(walk.source),
    "/corrections": alone("/corrections"),
    "/request": alone("/request"),
    "/request/{request}": receipts,
    "/sign-in": alone("/sign-in"),
    "/stream": stream,
    "/assets/{name}": nowhere,
}
