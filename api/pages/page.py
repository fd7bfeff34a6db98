"""A page: who it is for, what the API tells them, and how that is sent."""

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import orjson
from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from api.http import bodies
from api.http.access import Gate, address_of, check_number_of_parameters, known_parameters_only, once_fixed
from api.http.documents import LONGEST_PAGE, cursor_of
from api.http.problems import fault, moved, on_invalid, on_refusal
from api.http.statuses import NotAForm, NotFromHere, SignInFirst
from api.pages import receipts
from api.pages.inside import Asked, Inside, Refused
from api.pages.rendering import render
from api.server.rooms import Rooms
from api.server.running import Running
from ledger import limits
from ledger.commands import Actor
from ledger.member import Key
from ledger.refusals import KeyRefused, Refusal, RoleMayNot
from ledger.store import sessions
from ledger.store.randomness import RANDOM
from ledger.words import READER

log = logging.getLogger("factledger.http")

COOKIE = "factledger_session"

# What a page may load, said to the browser: ours alone, and nothing that stands in the page itself.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"content-security-policy": _POLICY, "cross-origin-opener-policy": "same-origin"}

_SLUG = re.compile("[a-z0-9-]+")
# As the ledger writes them.
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"

Worked = TypeVar("Worked")
Typed = dict[str, str]  # the fields of a form, as they were sent


@dataclass(slots=True)
class Visit:
    """Whoever looks at a page: a reader, or a member who has signed in with a key.

    recorded: the position of what they have just recorded, which this page shows, and recorded_at when that was; made:
    its revisions of the story, from one to another; edition: that readers see since; misfits: what does not fit in its
    facts; sent: the form that they sent; headers: what the page says besides, above it."""

    request: Request
    actor: Actor
    token: str | None = None
    label: str = ""
    recorded: int | None = None
    recorded_at: str | None = None
    made: str | None = None
    edition: int | None = None
    misfits: Sequence[tuple[int, str]] = ()
    sent: Typed | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_desk(self) -> bool:
        return self.actor.role != "reader"

    def looks_as_reader(self, view: str | None) -> bool:
        """Whether it is shown what readers see: to them, and to the desk where it asks for their view."""
        return not self.is_desk or view == "reader"

    @property
    def mark(self) -> str:
        """What a form of ours brings along, and no other page can know (a CSRF token)."""
        return hmac.new((self.token or "").encode(), b"form", hashlib.sha256).hexdigest()[:32]

    @property
    def inside(self) -> Inside:
        return Inside(self.request, self.actor)

    async def get(self, path: str, query: Asked | None = None) -> Any:
        """What the API answers to this visitor; Refused where it says no. A story comes with all its facts."""
        found = await self.inside.get(path, query)
        if "facts" in found:
            await self._add_facts(path, query or {}, found)
        return found

    async def _add_facts(self, path: str, query: Asked, story: dict[str, Any]) -> None:
        """Those beyond the first part, as of the revision that this is of."""
        following = story.pop("next", None)
        while following is not None:
            asked = {"revision": story["revision"], "view": query.get("view"), "facts_after": following}
            part = await self.inside.get(path, asked)
            story["facts"] += part["facts"]
            following = part.get("next")

    async def get_all(self, *questions: tuple[str, Asked | None]) -> list[Any]:
        """Likewise, asked together."""
        return list(await asyncio.gather(*(self.get(path, query) for path, query in questions)))

    async def headlines(self, *told: Any, view: str | None = None) -> dict[str, str]:
        """By slug, of the stories that are named in these answers and that the visitor sees."""
        slugs = sorted(slug for slug in _stories_in(told) if _SLUG.fullmatch(slug))
        view = view or self.request.query_params.get("view")
        parts = [slugs[at : at + limits.STORIES_NAMED] for at in range(0, len(slugs), limits.STORIES_NAMED)]
        found = await self.get_all(
            *(("/v1/stories", {"slugs": ",".join(part), "view": view}) for part in parts)
        )
        return {one["story"]: one["headline"] for answer in found for one in answer["items"]}

    async def names_of_sources(self, slugs: Iterable[str]) -> dict[str, str]:
        """By slug, of those that the visitor sees."""
        found = await asyncio.gather(*(self.find(f"/v1/sources/{slug}") for slug in dict.fromkeys(slugs)))
        return {one["source"]: one["name"] for one in found if one}

    async def discredited_in(self, slug: str, *, is_reader: bool) -> dict[int, list[str]]:
        """By fact of a story, the names of the discredited sources that it hangs on; for the desk alone."""
        by_fact: dict[int, list[str]] = {}
        found = {"items": []} if is_reader else await self.get(f"/v1/stories/{slug}/discredited")
        for source in found["items"]:
            for fact in source["facts"]:
                by_fact.setdefault(fact, []).append(source["name"])
        return by_fact

    async def find(self, path: str, query: Asked | None = None) -> Any:
        """Likewise; None where there is nothing, or not for this visitor, or another story goes on in its place."""
        try:
            return await self.get(path, query)
        except Refused as refused:
            if refused.status in (403, 404, 410, 451) or "merged_into" in refused.problem:
                return None
            raise

    def only_desk(self) -> None:
        if not self.is_desk:
            raise SignInFirst

    def only(self, *roles: str) -> None:
        self.only_desk()
        if self.actor.role not in roles:
            raise RoleMayNot(role=self.actor.role, needs=", ".join(sorted(roles)))

    async def page(
        self,
        template: str,
        status: int = 200,
        /,
        work: Callable[[], Mapping[str, Any]] = dict,
        **told: Any,
    ) -> Response:
        """work: what is to be told besides, and takes a while to be worked out."""

        waiting = await self._waiting()

        def written() -> str:
            return render(template, visit=self, url=self.request.url, waits=waiting, **told, **work())

        text = await self.worked_out(written)
        return self._sent(text, status)

    async def _waiting(self) -> int:
        """How much waits for the desk, in its menu; nothing is said of it where that cannot be told."""
        if not self.is_desk:
            return 0
        try:
            return sum((await self.inside.get("/v1/waiting")).values())
        except Refused:
            return 0

    async def worked_out(self, work: Callable[[], Worked]) -> Worked:
        """What takes a while, in a thread; for readers a few at a time."""
        limiter = None if self.is_desk else self.request.app.state.readers_pages
        return await to_thread.run_sync(work, limiter=limiter)

    def _sent(self, text: str, status: int) -> Response:
        """Kept by the browser alone, which asks each time whether it still is so: what is withdrawn is gone at once. So
        is the answer to a form of the desk, for whoever goes back to it."""
        headers = _HEADERS | {"cache-control": "private, no-cache", "vary": "Cookie"} | self.headers
        is_sent = self.request.scope["asked_method"] == "POST"
        if (status != 200 or is_sent) and not (is_sent and self.is_desk):
            headers["cache-control"] = "no-store"
        elif not is_sent:
            headers["etag"] = f'"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"'
            if self.request.headers.get("if-none-match") == headers["etag"]:
                return Response(status_code=304, headers=headers)
        return Response(text, status, headers, "text/html; charset=utf-8")

    def go(self, address: str) -> Response:
        """To another page of ours, by GET."""
        return RedirectResponse(address, 303, _HEADERS | {"cache-control": "no-store"})

    async def typed(self) -> Typed:
        """The fields of the form that was sent, which must be one of ours."""
        typed = dict(await self._fields())
        if not self._is_from_here() or not hmac.compare_digest(
            typed.pop("mark", "").encode(), self.mark.encode()
        ):
            raise NotFromHere
        return typed

    async def kept(self) -> Typed:
        """What was typed into a form of the desk that cannot be taken now, to be shown again after signing in. Nothing
        of what another site sends: it would stand there as if one had typed it."""
        if (
            self.request.method != "POST"
            or not self.request.url.path.startswith("/desk/")
            or not self._is_from_here()
        ):
            return {}
        try:
            fields = await self._fields()
        except Refusal:
            return {}
        return {name: value for name, value in fields.items() if name not in ("mark", "do")}

    async def _fields(self) -> Typed:
        if self.sent is None:
            self.sent = await self._read_fields()
        return self.sent

    async def _read_fields(self) -> Typed:
        sent = self.request.headers.get("content-type", "").partition(";")[0].strip()
        if sent != "application/x-www-form-urlencoded":
            raise NotAForm(fields=limits.FORM_FIELDS)
        body = await bodies.within_limit(self.request, limits.FORM_BYTES)
        if len(body) <= limits.BODY_ON_LOOP:
            return fields_of(body)
        return await to_thread.run_sync(fields_of, body, limiter=self.request.app.state.large_bodies)

    @staticmethod
    def once(typed: Typed) -> str:
        """The Idempotency-Key of a form: made with it, and kept while it is mended."""
        return typed.get("once") or str(RANDOM.uuid())

    def once_more(self, once: str) -> str:
        """The same, unless something else was filed with it."""
        is_used_up = getattr(self.request.state, "used_up", None) == once
        return str(RANDOM.uuid()) if is_used_up else once

    def _is_from_here(self) -> bool:
        """As the browser says, which no page can make say otherwise; by Origin where it is too old to say the other."""
        site = self.request.headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = self.request.headers.get("origin")
        return origin is None or urlsplit(origin).netloc == self.request.headers.get("host")


def _stories_in(told: Any) -> set[str]:
    if isinstance(told, Mapping):
        named = {told["story"]} if isinstance(told.get("story"), str) else set()
        return named.union(*map(_stories_in, told.values()))
    return set().union(*map(_stories_in, told)) if isinstance(told, list | tuple) else set()


def fields_of(body: bytes) -> Typed:
    """The fields of a form as browsers send it; NotAForm."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=limits.FORM_FIELDS, errors="strict"
        )
    except ValueError:
        raise NotAForm(fields=limits.FORM_FIELDS) from None
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


async def visit_of(request: Request) -> Visit:
    """Who it is, at the rate of the endpoints of the API. A session that is over is none: the page is a reader's."""
    gate: Gate = request.app.state.gate
    check_number_of_parameters(request)
    token = _token_in(request)
    if token:
        key = await run_in_threadpool(key_behind, request.app.state.running, token)
        if key is not None:
            actor = Actor(key.member, key.role, key.key, key.provider)
            gate.pass_by(actor)
            if key.role == "wire":  # which has no desk
                return Visit(request, Actor(member=READER, role="reader"))
            return Visit(request, actor, token, key.label)
    gate.admit_reader(address_of(request))
    return Visit(request, Actor(member=READER, role="reader"))


def _token_in(request: Request) -> str | None:
    """The token in the cookie. Read here: Python's own reader takes quadratic time for some that anybody may send, and
    ours needs no quotes."""
    pairs = (pair.partition("=") for field in request.headers.getlist("cookie") for pair in field.split(";"))
    return next((value.strip() for name, _, value in pairs if name.strip() == COOKIE), None)


def key_behind(running: Running, token: str, *, is_link: bool = False) -> Key | None:
    """The key that a session was begun with, or that a link is for; None where that is over."""
    now = datetime.now(UTC)
    with running.reading() as connection:
        found = sessions.key_of(connection, token, now, is_link=is_link)
        if found is None:
            return None
        running.keyring.refresh(connection)
    key = running.keyring.key(found)
    return key if key and key.opens(now) else None


class Page(APIRoute):
    """An endpoint of the pages: whatever is refused is said on a page, too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def enter(request: Request) -> Response:
            try:
                visit = request.scope["visit"] = await visit_of(request)
                request.scope["actor"] = visit.actor
                rooms: Rooms = request.app.state.running.rooms
                request.scope["room"] = rooms.desk if visit.is_desk else rooms.readers
                return await once_fixed(lambda: handle(request))
            except (Refused, Refusal, RequestValidationError) as error:
                return await refusal_page(request, error)
            except HTTPException:
                raise  # no page of ours: `site.py` says so
            except Exception:
                request_id = str(request.scope["request_id"])
                log.exception("a page failed", extra={"request_id": request_id})
                return await page_for(request, fault(request))

        return enter


async def refusal_page(request: Request, error: Exception) -> Response:
    """What was refused, in the words of the API. What was typed at the desk is not lost with the session."""
    visit, here = _visit_so_far(request), _here(request)
    is_shut_out = isinstance(error, Refused) and error.status == 401
    if is_shut_out or isinstance(error, SignInFirst | KeyRefused):
        return await visit.page(
            "sign_in.html", 401, back=here, typed=await visit.kept(), why=str(SignInFirst())
        )
    if isinstance(error, NotFromHere) and visit.is_desk and (kept := await visit.kept()):
        return await visit.page("kept.html", 403, back=here, typed=kept)
    if isinstance(error, Refused) and error.status == 308:
        return led_on(request, error)
    if isinstance(error, Refused):
        return await visit.page("refusal.html", error.status, problem=error.problem)
    return await page_for(
        request, await (on_refusal if isinstance(error, Refusal) else on_invalid)(request, error)
    )


def led_on(request: Request, refused: Refused) -> Response:
    """To the same page of the story as it is called now; a form goes there with all that was typed."""
    address = moved(request, refused.problem["was"], refused.problem["story"])
    return RedirectResponse(address, 308, _HEADERS | {"cache-control": "no-store"})


async def page_for(request: Request, answer: Response) -> Response:
    """The same problem, on a page."""
    page = await _visit_so_far(request).page(
        "refusal.html", answer.status_code, problem=orjson.loads(answer.body)
    )
    for name in {"allow", "retry-after"}.intersection(answer.headers.keys()):
        page.headers[name] = answer.headers[name]
    return page


def _visit_so_far(request: Request) -> Visit:
    found: Visit | None = request.scope.get("visit")
    return found or Visit(request, Actor(member=READER, role="reader"))


def _here(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}" if request.method == "GET" else request.url.path


async def visit(
    request: Request,
    recorded: Annotated[int | None, Query(ge=1, le=limits.POSITION)] = None,
    recorded_at: Annotated[str | None, Query(pattern=_INSTANT)] = None,
    made: Annotated[str | None, Query(pattern=r"^[0-9]{1,7}-[0-9]{1,7}$")] = None,
    misfit: Annotated[str, Query(pattern=r"^[0-9]{1,7}(-[0-9]{1,7}){0,19}$")] = "",
) -> Visit:
    """recorded: the position of what has just been recorded; the page waits until it can show that. misfit: its facts
    whose receipt said that something does not fit."""
    found: Visit = request.scope["visit"]
    if recorded is not None and found.is_desk:
        await found.get("/v1/stories", {"limit": 1, "at_least": recorded})
        found.recorded, found.recorded_at, found.made = recorded, recorded_at, made
        slug = request.path_params.get("slug")
        if slug and request.url.path.startswith(f"/stories/{slug}"):
            found.edition = await _edition(found, slug, recorded)
        if misfit and slug:
            found.misfits = await _misfits(found, f"/v1/stories/{slug}", misfit.split("-"))
    return found


async def _edition(visit: Visit, slug: str, position: int) -> int | None:
    """That was published at the position, if one was."""
    asked = {"view": "reader", "cursor": cursor_of(position - 1) if position > 1 else None, "limit": 1}
    found = await visit.find(f"/v1/stories/{slug}/revisions", asked)
    return next(
        (one["edition"] for one in (found or {"items": ()})["items"] if one["position"] == position), None
    )


async def _misfits(visit: Visit, path: str, facts: Sequence[str]) -> Sequence[tuple[int, str]]:
    story, *found = await asyncio.gather(
        visit.find(path, {"facts_after": limits.FACTS_IN_STORY}),
        *(visit.find(f"{path}/facts/{fact}") for fact in facts),
    )
    if not story:
        return ()
    of_each = await asyncio.gather(
        *(
            visit.get(f"{path}/facts/{fact['fact']}/history", {"limit": LONGEST_PAGE})
            for fact in found
            if fact
        )
    )
    histories = [one["items"] for one in of_each]
    told = receipts.misfits([fact for fact in found if fact], story)
    if receipts.still_said(histories, [fact for fact in found if fact], story):
        whole = await visit.get(path)  # of which another fact may say so
        told += receipts.still_said(histories, whole["facts"], whole)
    return told


Looking = Annotated[Visit, Depends(visit)]


def router() -> APIRouter:
    return APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(known_parameters_only)])
