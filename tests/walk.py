"""A reader who asks every endpoint there is, and says what was found that must not be, or was not found that must.

`WALKS` has a line for every address that can be read; an endpoint that is not there is one that nobody has looked at.
"""

import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from api.formats.catalogue import FORMATS
from api.formats.http_dates import http_date
from ledger.moment import rfc3339
from tests.readers import NOTHING, NOW, Answer, Told, canaries_in, words_in

# Members of documents that only the desk's have. `by` of a response is no name, so it is not among them.
OF_THE_DESK = {
    "actor", "members", "requested_by", "signed_off_by", "opened", "filed", "added", "issued", "changed", "corrected",
    "event_id", "recorded_at", "registered_at", "embargo", "embargo_until", "approval", "approvals", "state",
    "substantive", "is_publishable",
}  # fmt: skip
T = TypeVar("T")
NAMES_NOBODY = "nothing-there"  # the slug of no story and no source


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what must be answered. pages: follow `next` to the end; must: all that may be told must be."""

    path: str
    answer: Answer
    asked: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    pages: bool = False
    must: bool = True
    may: frozenset[str] = frozenset()  # be told, too
    besides: frozenset[str] = frozenset()  # members that only documents of the desk have elsewhere

    @property
    def target(self) -> str:
        asked = {name: value for name, value in self.asked.items() if value is not None}
        return self.path + (f"?{urlencode(asked, quote_via=quote)}" if asked else "")


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is not as it must be; `leaked`: words that readers were told and must not be."""

    question: Question
    what: str
    leaked: frozenset[str] = frozenset()

    def __str__(self) -> str:
        with_headers = f" {self.question.headers}" if self.question.headers else ""
        return f"{self.question.method} {self.question.target}{with_headers}: {self.what}"


@dataclass(frozen=True, slots=True)
class Heard:
    status: int
    headers: dict[str, str]
    body: str

    def document(self) -> Any:
        """What a body in JSON says; None for another one."""
        is_json = self.headers.get("content-type", "").partition(";")[0].endswith("json") or is_stream(
            self.headers
        )
        return json.loads(self.body) if is_json and self.body else None

    def told(self, question: Question) -> frozenset[str]:
        """What the body tells; of pages, and of what is not of the ledger, only the words, without those asked for."""
        if not question.path.startswith("/v1/"):
            return words_in(self.body) - words_in(question.target)
        return canaries_in(self.document() or self.body)


class Walker:
    """Asks without a key, or with one for the readers' view."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self._connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._view = {"view": "reader"} if key else {}
        self.questions = 0
        # The one answer for all that is not there; and the one page.
        self.nothing: dict[str, tuple[dict[str, str], str]] = {}

    def close(self) -> None:
        self._connection.close()

    def hear(
        self, target: str, method: str = "GET", body: str | None = None, headers: dict[str, str] | None = None
    ) -> Heard:
        self.questions += 1
        headers = self._headers | (headers or {})
        if body is not None:
            headers["content-type"] = "application/json"
        try:
            self._connection.request(method, target, body, headers)
            answer = self._connection.getresponse()
        except RemoteDisconnected:  # it was idle for longer than the server keeps a connection
            self._connection.request(method, target, body, headers)
            answer = self._connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        if is_stream(told) and method == "GET":
            told_so_far = heard_so_far(answer)
            answer.close()
            self._connection.close()
            return Heard(answer.status, told, told_so_far)
        return Heard(answer.status, told, answer.read().decode(errors="replace"))

    def ask(self, question: Question, never: Iterable[str] = ()) -> Iterator[Found]:
        """What is not as it must be in the answer."""
        told: frozenset[str] = frozenset()
        asked = question.asked | self._view
        while True:
            target = Question(question.path, question.answer, asked=asked).target
            heard = self.hear(target, question.method, headers=question.headers)
            yield from self._look(question, heard, never)
            told |= heard.told(question)
            following = json.loads(heard.body)["next"] if question.pages and heard.status == 200 else None
            if following is None:
                break
            asked = asked | {"cursor": following}
        if heard.status != question.answer.status:
            return
        missing = question.answer.told - told if question.must and question.method == "GET" else frozenset()
        missing |= question.answer.linked - canaries_in(heard.headers)
        if missing:
            yield Found(question, f"does not tell {sorted(missing)}")

    def _look(self, question: Question, heard: Heard, never: Iterable[str]) -> Iterator[Found]:
        may = question.answer.told | question.may
        heard = yield from self._look_where_it_leads(question, heard)
        # An address that was asked for may be named in the headers of the answer.
        headers = {
            name: value.replace(quote(str(question.asked.get("q"))), "")
            for name, value in heard.headers.items()
        }
        named = canaries_in(question.path) if heard.status in (200, 302) else frozenset()
        leaked = (heard.told(question) - may) | (canaries_in(headers) - question.answer.linked - named)
        words = f"{heard.body} {headers}"
        leaked |= {word for word in never if word in words}
        if leaked:
            yield Found(question, f"{heard.status} tells {sorted(leaked)}", frozenset(leaked))
        if heard.status != question.answer.status:
            yield Found(question, f"{heard.status}, not {question.answer.status}")
        if heard.status == 200 and question.path.startswith("/v1/"):
            of_the_desk = set(_members(heard.document())) & OF_THE_DESK - question.besides
            if of_the_desk:
                yield Found(question, f"has the desk's {sorted(of_the_desk)}", frozenset(of_the_desk))
        if heard.status == 404 and question.method == "GET":
            yield from self._look_at_nothing(question, heard)

    def _look_where_it_leads(self, question: Question, heard: Heard) -> Generator[Found, None, Heard]:
        """What was heard, without the address that it leads to."""
        if question.answer.moved is None or heard.status != question.answer.status:
            return heard
        was, slug = question.answer.moved
        asked = replace(question, asked=question.asked | self._view).target
        there = asked.replace(f"/stories/{was}", f"/stories/{slug}", 1)
        if heard.headers.get("location") != there:
            yield Found(question, f"leads to {heard.headers.get('location')}, not to {there}")
        headers = {name: value for name, value in heard.headers.items() if name != "location"}
        return replace(heard, headers=headers)

    def _look_at_nothing(self, question: Question, heard: Heard) -> Iterator[Found]:
        """Whatever is not there, is not there in the same bytes. The page of a story that anybody finds as it is now,
        or is led on from, may say that it was not there at a moment."""
        is_page = re.fullmatch("/stories/[a-z0-9-]+", question.path) is not None
        if is_page and question.asked and self.hear(question.path).status in (200, 308):
            return
        headers, body = without_request_id(heard)
        if headers["content-type"].startswith("text/html"):  # a page leads back to where one asked
            body = body.replace(quote(question.target, safe=""), "")
            headers.pop("content-length")
        # A file that is not there is no secret.
        is_file = question.path in ("/assets/page.css", "/.well-known/security.txt")
        is_framed = question.path.endswith("/embed")
        kind = f"{headers['content-type']} {question.path.startswith('/v1/')} {is_file} {is_framed}"
        known = self.nothing.setdefault(kind, (headers, body))
        if (headers, body) != known:
            yield Found(question, f"is not there in other words: {_apart((headers, body), known)}")


def _apart(found: tuple[dict[str, str], str], known: tuple[dict[str, str], str]) -> str:
    """The first lines in which they differ."""
    lines, others = ([*map(str, headers.items()), *body.splitlines()] for headers, body in (found, known))
    apart = [
        f"{line} instead of {other}" for line, other in zip(lines, others, strict=False) if line != other
    ]
    return "; ".join(apart[:3])


def is_stream(headers: dict[str, str]) -> bool:
    return headers.get("content-type", "").startswith("text/event-stream")


def heard_so_far(answer: HTTPResponse) -> str:
    """What a stream tells until it has told all that there was, or ends, as a list in JSON."""
    told: list[str] = []
    block: list[str] = []
    while line := answer.readline().decode():
        if line != "\n":
            block.append(line.strip())
            continue
        data = [line.removeprefix("data: ") for line in block if line.startswith("data: ")]
        if not data and any(line.startswith("id: ") for line in block):
            break
        told += data
        block = []
    return f"[{','.join(told)}]"


def without_request_id(heard: Heard) -> tuple[dict[str, str], str]:
    """The headers and the body, but for what is of this request alone."""
    request_id = heard.headers["x-request-id"]
    headers = {name: value for name, value in heard.headers.items() if name not in ("x-request-id", "date")}
    assert heard.body.count(request_id) == (1 if heard.body else 0)
    return headers, heard.body.replace(request_id, "")


def _members(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _members(inner)


# --- Every endpoint --------------------------------------------------------------------------------------------------


def every_story(told: Told) -> list[str]:
    """By every slug that any has or had."""
    return [told.only] if told.only else [*told.stories, *told.other_slugs(), NAMES_NOBODY]


def every_fact(told: Told, slug: str) -> list[int]:
    """Every fact of a story, and one that is not there."""
    if slug not in told.stories:
        return [1]
    return [*told.stories[slug].as_of(NOW)["facts"], 10_000]


def every_revision(told: Told, slug: str) -> list[int]:
    """Every revision of a story, and one that is not there."""
    if slug not in told.stories:
        return [1]
    story = told.stories[slug]
    shown = [one.revision for one in story.editions]
    return [*range(1, len(story.events) + 2)] if told.past else shown[-1:]


def by_edition(told: Told, slug: str, answer: Callable[[int], Answer]) -> Iterator[tuple[int, Answer]]:
    """Each edition of a story, and one that is not there, with what `answer` gives at its position."""
    editions = told.stories[slug].editions if slug in told.stories else []
    for edition in editions if told.past else editions[-1:]:
        yield edition.number, answer(edition.position)
    now = told.story(slug, NOW)
    yield len(editions) + 1, NOTHING if now.status == 200 else now


def moments(told: Told, positions: Iterable[int]) -> Iterator[tuple[dict[str, Any], int]]:
    """(how it is asked for, its position): now, each of the positions, and the instants of some of them."""
    yield {}, NOW
    for turn, position in enumerate(positions):
        yield {"position": position}, position
        if turn % 5 == 0 and position in told.instants:
            yield {"as_of": rfc3339(told.instants[position])}, position


SHARE = 3


def share(turns: Sequence[T], of: int) -> Sequence[T]:
    """Every third of the moments, another third for each that is asked alike: facts by their number, formats by their
    place. How a moment is found is the same for all of them; `story` and `facts` are asked at every one."""
    return turns[of % SHARE :: SHARE]


def stories(told: Told) -> Iterator[Question]:
    for asked, position in moments(told, told.positions()):
        yield Question("/v1/stories", Answer(200, told.listed(position)), asked=asked)
    if told.past:
        yield Question("/v1/stories", Answer(200, told.listed(NOW)), asked={"limit": 1}, pages=True)
    yield from searches(told)


WORDS_AT_ONCE = 15


def searches(told: Told) -> Iterator[Question]:
    """By every word that was ever filed: now, and at some of the moments when readers began to see something else."""
    editions = sorted({one.position for story in told.stories.values() for one in story.editions})
    for position in (NOW, *editions[:: 1 + len(editions) // 3]) if told.past else (NOW,):
        by_story = {slug: told.found_by(slug, position) for slug in told.stories}
        hidden = sorted(told.words().difference(*by_story.values()))
        asked = {} if position == NOW else {"position": position}
        for first in range(0, len(hidden), WORDS_AT_ONCE):
            words = " or ".join(hidden[first : first + WORDS_AT_ONCE])
            yield Question("/v1/stories", Answer(200), asked=asked | {"q": words})
        for slug in every_story(told):
            words_of = by_story.get(slug, frozenset())
            for first in range(0, len(hidden) if words_of else 0, WORDS_AT_ONCE):
                words = f"{min(words_of)} {' or '.join(hidden[first : first + WORDS_AT_ONCE])}"
                yield Question("/v1/stories", Answer(200), asked=asked | {"q": words})
            for word in sorted(words_of) if told.past and position == NOW else sorted(words_of)[:1]:
                having = [slug for slug, words in by_story.items() if word in words]
                heads = canaries_in([told.head_of(slug, position) for slug in having])
                beside = frozenset().union(
                    *(by_story[slug] | told.words_of_copy(slug, position) for slug in having)
                )
                yield Question("/v1/stories", Answer(200, heads), may=beside, asked=asked | {"q": word})


def story(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        path = f"/v1/stories/{slug}"
        for asked, position in moments(told, told.every_moment(slug)):
            answer = told.memento(slug, position) if asked else told.now(slug)
            yield Question(path, answer, asked=asked)
        yield Question(path, told.now(slug), method="HEAD")
        for revision in every_revision(told, slug):
            answer = told.of_revision(slug, revision, partial(told.memento, slug))
            yield Question(path, answer, asked={"revision": revision})
        for edition, answer in by_edition(told, slug, partial(told.memento, slug)):
            yield Question(path, answer, asked={"edition": edition})
        yield from timegate(told, slug)


def timegate(told: Told, slug: str) -> Iterator[Question]:
    """The story by a date of HTTP: before and after everything, and at every second of the day."""
    long_ago, some_day = datetime(2000, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
    seconds = {told.instants[position].replace(microsecond=0) for position in told.positions()}
    for second in [long_ago, *sorted(seconds), some_day] if told.past else [some_day]:
        headers = {"accept-datetime": http_date(second)}
        yield Question(f"/v1/stories/{slug}", told.timegate(slug, second), headers=headers)


def timemap(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        yield Question(f"/v1/stories/{slug}/timemap", told.timemap(slug))


def feed(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        yield Question(f"/v1/stories/{slug}/feed", told.feed(slug))


def feed_of_corrections(told: Told) -> Iterator[Question]:
    yield Question("/v1/corrections/feed", Answer(200, told.feed_of_corrections()))


def linked_data(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        path = f"/v1/stories/{slug}/json-ld"
        for asked, position in moments(told, told.turns(slug)):
            answer = told.linked_data(slug, position) if asked else _as_now(told, slug, told.linked_data)
            yield Question(path, answer, asked=asked)
        for revision in every_revision(told, slug):
            answer = told.of_revision(slug, revision, partial(told.linked_data, slug))
            yield Question(path, answer, asked={"revision": revision})
        for edition, answer in by_edition(told, slug, partial(told.linked_data, slug)):
            yield Question(path, answer, asked={"edition": edition})


def _as_now(told: Told, slug: str, answer: Callable[[str, int], Answer]) -> Answer:
    """What `answer` gives of the story as it is, or where that leads."""
    now = told.now(slug)
    return now if now.moved else answer(slug, NOW)


def in_format(suffix: str, place: int) -> Callable[[Told], Iterator[Question]]:
    """The story in the format of others: what of it is told at all."""

    def ask(told: Told) -> Iterator[Question]:
        for slug in every_story(told):
            feed = told.feed(slug)
            told_of = {"atom": frozenset(feed.told)}.get(suffix, frozenset())

            def answer(position: int, slug: str = slug, told_of: frozenset[str] = told_of) -> Answer:
                found = told.linked_data(slug, position)
                return replace(found, told=found.told | told.memento(slug, position).told | told_of)

            path = f"/v1/stories/{slug}.{suffix}"
            for asked, position in moments(told, share(told.turns(slug), place)):
                is_led = not asked and suffix != "atom"  # which is its history
                found = _as_now(told, slug, lambda _, now: answer(now)) if is_led else answer(position)
                yield Question(path, found, asked=asked, must=False)
            for edition, found in share([*by_edition(told, slug, answer)], place):
                yield Question(path, found, asked={"edition": edition}, must=False)

    return ask


def fact(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        for number in every_fact(told, slug):
            path = f"/v1/stories/{slug}/facts/{number}"
            for asked, position in moments(told, share(told.turns(slug), number)):
                yield Question(path, told.fact(slug, number, position), asked=asked)
            for revision in share(every_revision(told, slug), number):
                if told.asked_by_revision(slug, revision) is not None:
                    answer = told.of_revision(slug, revision, partial(told.fact, slug, number))
                    yield Question(path, answer, asked={"revision": revision})
            editions = [*by_edition(told, slug, partial(told.fact, slug, number))]
            for edition, answer in share(editions, number):
                yield Question(path, answer, asked={"edition": edition})


def facts(told: Told) -> Iterator[Question]:
    """All of a story at its moments, whatever they are asked for by; `fact` says what may be told of each."""
    for slug in every_story(told):
        path = f"/v1/stories/{slug}/facts"
        for asked, position in moments(told, told.turns(slug)):
            whole = told.memento(slug, position) if asked else told.story(slug, position)
            each = [told.fact(slug, number, position) for number in every_fact(told, slug)]
            seen = words_in(slug).union(*(one.told for one in each if one.status == 200))
            answer = replace(whole, told=seen if whole.status == 200 else whole.told, linked=frozenset())
            yield Question(path, answer, asked=asked | {"limit": 1}, pages=True)
            for name, value in (("kind", "event"), ("verification", "unverified"), ("fact", "1,2,3")):
                yield Question(path, answer, asked=asked | {name: value}, must=False)


def history(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        for number in every_fact(told, slug):
            path = f"/v1/stories/{slug}/facts/{number}/history"
            yield Question(path, told.history(slug, number))
            if told.past:
                yield Question(path, told.history(slug, number), asked={"limit": 1}, pages=True)


def revisions(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        path = f"/v1/stories/{slug}/revisions"
        yield Question(path, told.editions(slug))
        if told.past:
            yield Question(path, told.editions(slug), asked={"limit": 1, "substantive": "true"}, pages=True)


def steps(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        yield Question(f"/v1/stories/{slug}/steps", told.steps(slug))


def stream_of_story(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        path = f"/v1/stories/{slug}/stream"
        answer = told.stream(slug)
        yield Question(path, answer, asked={"since": told.first - 1})
        yield Question(path, Answer(200) if answer.status == 200 else answer)
        yield Question(path, answer, method="HEAD")


def stream(told: Told) -> Iterator[Question]:
    """From before the first of them, and from now on."""
    yield Question("/v1/events/stream", told.stream_of_all(), asked={"since": told.first - 1})
    yield Question("/v1/events/stream", Answer(200))


def revision(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        for number in every_revision(told, slug):
            yield Question(f"/v1/stories/{slug}/revisions/{number}", told.edition(slug, number))


MANY_EDITIONS = 6


def difference(told: Told) -> Iterator[Question]:
    """Between all that readers saw, both ways, and between some of what they did not see. Of many editions only those
    beside each other, and each with the first and the last."""
    for slug in every_story(told):
        there = every_revision(told, slug)
        shown = [number for number in there if told.asked_by_revision(slug, number) is not None]
        turns = range(len(shown))
        ends = {0, len(shown) - 1}
        pairs = {
            (shown[one], shown[other])
            for one in turns
            for other in turns
            if len(shown) <= MANY_EDITIONS or abs(one - other) <= 1 or ends & {one, other}
        }
        pairs |= {(one, other) for one in (shown or there)[:1] for other in there}
        for earlier, later in sorted(pairs):
            answer = told.difference(slug, earlier, later)
            asked = {"from": earlier, "to": later}
            yield Question(f"/v1/stories/{slug}/diff", answer, asked=asked, must=answer.status != 200)


def sources(told: Told) -> Iterator[Question]:
    whole, besides = Answer(200, told.sources_listed()), frozenset({"corrected"})
    yield Question("/v1/sources", whole, besides=besides)
    if told.past:
        yield Question("/v1/sources", whole, asked={"limit": 1}, pages=True, besides=besides)
    for slug in islice(told.sources, 4):
        # Whoever knows its name learns by it no more than is told of it anyway.
        listed = told.source(slug)
        found = Answer(200, listed.told if listed.status == 200 else frozenset())
        yield Question("/v1/sources", found, asked={"q": slug}, besides=besides, may=whole.told)


def source(told: Told) -> Iterator[Question]:
    for slug in told.sources:
        yield Question(f"/v1/sources/{slug}", told.source(slug))
    yield Question(f"/v1/sources/{NAMES_NOBODY}", Answer(404))


def figures_of_source(told: Told) -> Iterator[Question]:
    for slug in told.sources:
        figures = told.figures_of_source(slug)
        yield Question(f"/v1/sources/{slug}/figures", figures, besides=frozenset({"corrected"}))
    yield Question(f"/v1/sources/{NAMES_NOBODY}/figures", Answer(404))


def facts_of_source(told: Told) -> Iterator[Question]:
    for slug in told.sources:
        path = f"/v1/sources/{slug}/facts"
        yield Question(path, told.facts_of(slug))
        if told.past:
            yield Question(path, told.facts_of(slug), asked={"limit": 1}, pages=True)
    yield Question(f"/v1/sources/{NAMES_NOBODY}/facts", Answer(404))


def corrections(told: Told) -> Iterator[Question]:
    whole = Answer(200, told.corrections())
    yield Question("/v1/corrections", whole)
    if told.past:
        yield Question("/v1/corrections", whole, asked={"limit": 1}, pages=True)


def figures(told: Told) -> Iterator[Question]:
    yield Question("/v1/corrections/figures", Answer(200, told.figures()))


def events(told: Told) -> Iterator[Question]:
    yield Question("/v1/events", Answer(401))
    yield Question("/v1/events", Answer(401), asked={"after": told.first, "limit": 5})


def members(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/members", Answer(401))


def event(told: Told) -> Iterator[Question]:
    for position in (told.first, told.head):
        yield Question(f"/v1/events/{position}", Answer(401))


def approvals(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/approvals", Answer(401))
    yield Question("/v1/approvals", Answer(401), asked={"pending": "false"})


def unpublished(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/unpublished", Answer(401))


def approval(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        yield Question(f"/v1/stories/{slug}/approvals/1", Answer(401))


def purges(told: Told) -> Iterator[Question]:
    yield Question("/v1/purges", Answer(401))
    yield Question("/v1/purges", Answer(401), asked={"after": told.first, "limit": 5})


def webhooks(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/webhooks", Answer(401))


def webhook(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/webhooks/5912628d-b868-4c9a-bf16-299643d15a42", Answer(401))


def deliveries(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/webhooks/5912628d-b868-4c9a-bf16-299643d15a42/deliveries", Answer(401))


def projections(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/projections", Answer(401))


def shaken(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/facts/shaken", Answer(401))


def waiting(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/waiting", Answer(401))


def hanging(told: Told) -> Iterator[Question]:
    for slug in (*told.sources, NAMES_NOBODY):
        yield Question(f"/v1/sources/{slug}/hanging", Answer(401))


def discredited(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        yield Question(f"/v1/stories/{slug}/discredited", Answer(401))


def merges(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        yield Question(f"/v1/stories/{slug}/merges", Answer(401))


def impact(told: Told) -> Iterator[Question]:
    for slug in every_story(told):
        yield Question(f"/v1/stories/{slug}/facts/1/impact", Answer(401))


def requests(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/requests", Answer(401))
    yield Question("/v1/requests", Answer(401), asked={"state": "declined"})


def request_figures(told: Told) -> Iterator[Question]:
    del told
    yield Question("/v1/requests/figures", Answer(401))


def request(told: Told) -> Iterator[Question]:
    for name in [*told.requests, str(UUID(int=0))]:
        yield Question(f"/v1/requests/{name}", Answer(401))


def receipt(told: Told) -> Iterator[Question]:
    for name in [*told.requests, str(UUID(int=0))]:
        path = f"/v1/requests/{name}/receipt"
        yield Question(path, told.receipt(name), besides=frozenset({"state"}))


def closed(path: str) -> Callable[[Told], Iterator[Question]]:
    """An endpoint that no reader comes through."""

    def ask(told: Told) -> Iterator[Question]:
        if told.past:
            yield Question(path, Answer(401))

    return ask


def at(path: str) -> Callable[[Told], Iterator[Question]]:
    """An endpoint that says nothing of any story."""

    def ask(told: Told) -> Iterator[Question]:
        if told.past:
            yield Question(path, Answer(200))

    return ask


WALKS: dict[str, Callable[[Told], Iterator[Question]]] = {
    "/v1/stories": stories,
    "/v1/stories/{slug}": story,
    "/v1/stories/{slug}/timemap": timemap,
    "/v1/stories/{slug}/feed": feed,
    "/v1/stories/{slug}/json-ld": linked_data,
    **{
        f"/v1/stories/{{slug}}.{form.suffix}": in_format(form.suffix, place)
        for place, form in enumerate(FORMATS)
    },
    "/v1/stories/{slug}.atom": in_format("atom", len(FORMATS)),
    "/v1/stories/{slug}/revisions": revisions,
    "/v1/stories/{slug}/revisions/{revision}": revision,
    "/v1/stories/{slug}/steps": steps,
    "/v1/stories/{slug}/diff": difference,
    "/v1/stories/{slug}/facts": facts,
    "/v1/stories/{slug}/facts/{fact}": fact,
    "/v1/stories/{slug}/facts/{fact}/history": history,
    "/v1/sources": sources,
    "/v1/sources/{slug}": source,
    "/v1/sources/{slug}/facts": facts_of_source,
    "/v1/sources/{slug}/figures": figures_of_source,
    "/v1/corrections": corrections,
    "/v1/corrections/figures": figures,
    "/v1/corrections/feed": feed_of_corrections,
    "/v1/events/stream": stream,
    "/v1/stories/{slug}/stream": stream_of_story,
    "/v1/events": events,
    "/v1/events/{position}": event,
    "/v1/members": members,
    "/v1/approvals": approvals,
    "/v1/unpublished": unpublished,
    "/v1/stories/{slug}/approvals/{approval}": approval,
    "/v1/requests": requests,
    "/v1/requests/figures": request_figures,
    "/v1/requests/{request}": request,
    "/v1/requests/{request}/receipt": receipt,
    "/v1/purges": purges,
    "/v1/projections": projections,
    "/v1/webhooks": webhooks,
    "/v1/webhooks/{webhook}": webhook,
    "/v1/webhooks/{webhook}/deliveries": deliveries,
    "/v1/facts/shaken": shaken,
    "/v1/waiting": waiting,
    "/v1/sources/{slug}/hanging": hanging,
    "/v1/stories/{slug}/discredited": discredited,
    "/v1/stories/{slug}/merges": merges,
    "/v1/stories/{slug}/facts/{fact}/impact": impact,
    "/healthz": at("/healthz"),
    "/readyz": at("/readyz"),
    "/metrics": closed("/metrics"),
    "/openapi.json": at("/openapi.json"),
    "/docs": at("/docs"),
}
# These show what readers see, whoever asks: a view of the desk cannot be asked for.
FOR_READERS_ALONE = {
    "/v1/corrections/feed", "/v1/stories/{slug}/feed", "/v1/stories/{slug}/json-ld", "/v1/stories/{slug}/timemap",
    "/v1/requests/{request}/receipt",
}  # fmt: skip
