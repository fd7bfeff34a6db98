"""A reader who walks through every page there is. Pages are a client of the API, so nothing may stand on them that no
endpoint of it tells; and where its endpoint says that there is nothing, so does the page."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

from api.formats.catalogue import FORMATS
from tests import walk
from tests.readers import Answer, Told
from tests.walk import WALKS, Question

Walk = Callable[[Told], Iterator[Question]]
_MOST = 8  # pages of a kind, of those that a walk comes by: each takes as long as several endpoints


_last: list[tuple[Told, frozenset[str]]] = []  # of one walk it is the same for every page


def may_be_told(told: Told) -> frozenset[str]:
    """All that readers may know by now, by whichever endpoint."""
    if not _last or _last[0][0] is not told:
        _last[:] = [(told, _may_be_told(told))]
    return _last[0][1]


def _may_be_told(told: Told) -> frozenset[str]:
    answers = [question.answer for endpoint in WALKS for question in WALKS[endpoint](told)]
    return frozenset[str]().union(
        *(answer.told for answer in answers), *(answer.linked for answer in answers)
    )


def pages_like(
    endpoint: Walk, becomes: Callable[[str], str], *asked: str, told: Told, links: bool = False
) -> Iterator[Question]:
    """The pages that show what an endpoint tells: at its addresses but for what they become, asked in those ways.
    links: with the same Link fields, too."""
    may = may_be_told(told)
    # What a page tells of a moment is told beside what was before that, too.
    asked = asked if told.past else ()
    questions = [
        question
        for question in endpoint(told)
        if question.asked.keys() <= {*asked} and question.method == "GET" and not question.headers
    ]
    for question in questions[:: 1 + len(questions) // _MOST]:
        answer = replace(question.answer, told=may, linked=question.answer.linked if links else frozenset())
        yield replace(question, path=becomes(question.path), answer=answer, pages=False, must=False)


def like(endpoint: Walk, *asked: str, path: str = "/v1", becomes: str = "", links: bool = False) -> Walk:
    return partial(_like, endpoint, asked, path, becomes, links)


def _like(
    endpoint: Walk, asked: tuple[str, ...], path: str, becomes: str, links: bool, told: Told
) -> Iterator[Question]:
    def page(address: str) -> str:
        return (
            address.removeprefix("/v1").replace(path, becomes)
            if path != "/v1"
            else address.removeprefix("/v1")
        )

    return pages_like(endpoint, page, *asked, told=told, links=links)


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


def as_now(below: str) -> Walk:
    """What is told of a story as it is, in another form."""

    def ask(told: Told) -> Iterator[Question]:
        may = may_be_told(told)
        for slug in walk.every_story(told):
            answer = replace(told.now(slug), told=may, linked=frozenset())
            yield Question(f"/stories/{slug}{below}", answer, must=False)

    return ask


def oembed(told: Told) -> Iterator[Question]:
    """Of addresses that are not ours: which they are, only a server knows, so its own test asks it."""
    del told
    yield Question("/oembed", Answer(404), asked={"url": "https://elsewhere.example/stories/a"})


def no_contact(told: Told) -> Iterator[Question]:
    del told
    yield Question("/.well-known/security.txt", Answer(404))


def stream(told: Told) -> Iterator[Question]:
    may = may_be_told(told)
    yield Question(
        "/stream", Answer(200, may), asked={"since": told.first if told.past else told.head}, must=False
    )


_NOBODYS = "00000000-0000-0000-0000-000000000000"
_OF_THE_DESK = (
    "/desk",
    "/desk/approvals",
    "/desk/shaken",
    "/desk/unpublished",
    "/desk/requests",
    "/desk/open",
    "/desk/register",
    "/desk/requests/{request}",
    "/desk/requests/{request}/{word}",
    "/desk/sources/{slug}/{word}",
    "/desk/stories/{slug}/correct",
    "/desk/stories/{slug}/undo",
    "/desk/stories/{slug}/{word}",
    "/desk/stories/{slug}/facts/{fact}/{word}",
    "/desk/stories/{slug}/revisions/{revision}/{word}",
    "/desk/stories/{slug}/approvals/{approval}",
    "/desk/stories/{slug}/approvals/{approval}/{word}",
    "/audit",
    "/audit.csv",
    "/audit.ndjson",
    "/webhooks",
    "/webhooks/{webhook}",
)
# A word of each kind of thing; without it there is no page, for whoever asks.
_WORDS = {
    "sources": "discredit",
    "facts": "correct",
    "revisions": "undo",
    "approvals": "approve",
    "requests": "accept",
}


def _somewhere(path: str) -> str:
    """An address of that form, but for the slug."""
    word = next((word for part, word in _WORDS.items() if f"/{part}/" in path), "publish")
    asked = {
        "request": _NOBODYS,
        "webhook": _NOBODYS,
        "word": word,
        "fact": 1,
        "revision": 1,
        "approval": 1,
        "slug": "{slug}",
    }
    return path.format(**asked)


PAGES: dict[str, Walk] = {
    "/": front,
    "/stories/{slug}": like(walk.story, "revision", "position", "as_of", "edition", links=True),
    **{
        f"/stories/{{slug}}.{suffix}": like(walk.in_format(suffix, place), "position", "edition")
        for place, suffix in enumerate((*(form.suffix for form in FORMATS), "atom"))
    },
    "/stories/{slug}/timemap": like(walk.timemap),
    "/stories/{slug}/history": like(walk.revisions, path="/revisions", becomes="/history"),
    "/stories/{slug}/diff": like(walk.difference, "from", "to"),
    "/stories/{slug}/facts/{fact}": like(walk.fact),
    "/sources": alone("/sources"),
    "/sources/{slug}": like(walk.source),
    "/corrections": alone("/corrections"),
    "/request": alone("/request"),
    "/request/{request}": receipts,
    "/sign-in": alone("/sign-in"),
    "/stream": stream,
    "/stories/{slug}/embed": as_now("/embed"),
    "/stories/{slug}/badge.svg": as_now("/badge.svg"),
    "/oembed": oembed,
    "/assets/{name}": nowhere,
    "/favicon.ico": alone("/favicon.ico"),
    "/robots.txt": alone("/robots.txt"),
    "/sitemap.xml": alone("/sitemap.xml"),
    "/news-sitemap.xml": alone("/news-sitemap.xml"),
    "/.well-known/security.txt": no_contact,
    **{path: of_the_desk(_somewhere(path)) for path in _OF_THE_DESK},
}
