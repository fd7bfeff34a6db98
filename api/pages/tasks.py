"""A task: one act on one thing, with what its page has to know of that thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.exceptions import HTTPException

from api.http.acts import ACTS, About, Act
from api.pages.offers import Document, page_of, states_of
from api.pages.page import Visit
from api.pages.presence import Colleague, enter
from ledger.fact import FactBody
from ledger.permitted import MAY
from ledger.refusals import NoSuchFact, RoleMayNot


@dataclass(frozen=True, slots=True)
class Task:
    """place: the address of what it is about, below /v1 and /desk alike; empty where that is not there yet."""

    visit: Visit
    act: Act
    place: str
    story: Document | None = None
    fact: Document | None = None
    source: Document | None = None
    approval: Document | None = None
    request: Document | None = None
    headline: str = ""  # of the story that the request is about
    revision: Document | None = None
    colleagues: Sequence[Colleague] = ()

    @property
    def endpoint(self) -> str:
        return self.act.path(self.place)

    @property
    def page(self) -> str:
        return page_of(self.act, self.place)

    @property
    def why_not(self) -> str | None:
        states = states_of(
            story=self.story,
            fact=self.fact,
            source=self.source,
            approval=self.approval,
            request=self.request,
        )
        return self.act.why_not(states)

    @property
    def fills_in(self) -> tuple[str, ...]:
        """The fields of the fact that stand in the form as they are, to be changed there."""
        if self.act.revises_a_fact:
            return tuple(FactBody.model_fields)
        return {"attribute": ("attribution",), "set-terms": ("terms",)}.get(self.act.word, ())

    def as_it_is(self) -> Document:
        """What stands in an empty form because it is so now."""
        if self.fact is not None:
            return {name: self.fact[name] for name in self.fills_in if name in self.fact}
        if self.act.word == "publish" and self.story is not None:
            return {"revision": self.story["revision"]}
        if self.act.word == "release" and self.story is not None:
            return {"revision": self.story["publication"].get("revision")}
        if self.act.word == "rename-source" and self.source is not None:
            return {name: self.source[name] for name in ("name", "other_names") if name in self.source}
        if self.act.word == "set-headline" and self.story is not None:
            return {"headline": self.story["headline"]}
        if self.act.word == "set-slug" and self.story is not None:
            return {"slug": self.story["story"]}
        if self.act.word == "set-dateline" and self.story is not None:
            return dict(self.story.get("dateline", {}))
        return {}


def act_of(visit: Visit, about: About, word: str) -> Act:
    """For those of the desk alone, and of those for the roles that may do it."""
    act = ACTS.get(word)
    if act is None or act.about != about:
        raise HTTPException(404)
    visit.only_desk()
    if not act.may(visit.actor.role):
        raise RoleMayNot(role=visit.actor.role, needs=", ".join(sorted(MAY[act.command])))
    return act


async def on_nothing(visit: Visit, word: str) -> Task:
    return Task(visit, act_of(visit, "nothing", word), "")


async def on_source(visit: Visit, word: str, slug: str) -> Task:
    act, place = act_of(visit, "source", word), f"/sources/{slug}"
    return Task(visit, act, place, source=await visit.get(f"/v1{place}"))


async def on_story(visit: Visit, word: str, slug: str) -> Task:
    act, place = act_of(visit, "story", word), f"/stories/{slug}"
    story = await visit.get(f"/v1{place}")
    return Task(visit, act, place, story=story, colleagues=await enter(visit, slug))


async def on_fact(visit: Visit, word: str, slug: str, number: int) -> Task:
    act = act_of(visit, "fact", word)
    story = await visit.get(f"/v1/stories/{slug}")
    if number > len(story["facts"]):
        raise NoSuchFact(story=slug, fact=number, facts=len(story["facts"]))
    fact = story["facts"][number - 1]
    place = f"/stories/{slug}/facts/{number}"
    return Task(visit, act, place, story=story, fact=fact, colleagues=await enter(visit, slug))


async def on_revision(visit: Visit, word: str, slug: str, number: int) -> Task:
    act, place = act_of(visit, "revision", word), f"/stories/{slug}/revisions/{number}"
    story, revision = await visit.get_all((f"/v1/stories/{slug}", None), (f"/v1{place}", None))
    return Task(visit, act, place, story=story, revision=revision)


async def on_approval(visit: Visit, word: str, slug: str, number: int) -> Task:
    act, place = act_of(visit, "approval", word), f"/stories/{slug}/approvals/{number}"
    story, approval = await visit.get_all((f"/v1/stories/{slug}", None), (f"/v1{place}", None))
    return Task(visit, act, place, story=story, approval=approval)


async def on_request(visit: Visit, word: str, request: UUID) -> Task:
    act, place = act_of(visit, "request", word), f"/requests/{request}"
    found = await visit.get(f"/v1{place}")
    called = (await visit.headlines(found)).get(found["story"], "a story")
    return Task(visit, act, place, request=found, headline=called)
