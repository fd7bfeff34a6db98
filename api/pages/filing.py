"""The endpoints at which the desk files: for every act a form, tried before it is filed, and filed as by the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Query, Response

from api.formats import wording
from api.http.documents import LONGEST_PAGE, cursor_of
from api.http.endpoints import ApprovalOf, FactOf, RequestOf, RevisionOf, SourceSlug, StorySlug
from api.pages import copying, forms, publishing_along, receipts, tasks, writing
from api.pages.choosing import with_choices, with_slugs
from api.pages.forms import Body, Question, Typed, Wrong, questions_of, rows_typed, taken, whole
from api.pages.inside import Asked, Refused
from api.pages.moved_on import MovedOn, moved_on, version_of
from api.pages.page import Looking, Visit, router
from api.pages.previews import Preview, preview_of
from api.pages.rendering import isolated
from api.pages.tasks import Task
from ledger import limits
from projections.views.story import OF_PUBLICATION

endpoints = router()

_SUGGESTED = 200  # sources and stories, the newest
_COPY = ("file-copy", "refile-copy")
_REASONS = 5  # of what was done since, the last ones

Prefilled = Annotated[str | None, Query(max_length=limits.TEXT_LENGTH)]


@dataclass(slots=True)
class Draft:
    """What stands in a form. version: of the fact that was seen, and since which position that held; revision: of the
    story that was seen, and theirs: what somebody else made of it since; rows: how many of them to show at least."""

    body: Body
    once: str
    version: int = 0
    since: int = 0
    revision: int = 0
    theirs: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    typed: Typed = field(default_factory=dict)
    wrong: Wrong = field(default_factory=dict)
    status: int = 200
    preview: Preview | None = None
    moved: MovedOn | None = None
    contradictions: Sequence[Mapping[str, Any]] = ()  # words that would say something else than their facts
    warned: Sequence[Mapping[str, Any]] = ()  # what may, too


# --- The endpoints ---------------------------------------------------------------------------------------------------


@endpoints.get("/desk/open")
async def show_opening(visit: Looking) -> Response:
    return await writing.show(await tasks.on_nothing(visit, "open"))


@endpoints.post("/desk/open")
async def open_story(visit: Looking) -> Response:
    return await writing.take(await tasks.on_nothing(visit, "open"))


@endpoints.get("/desk/register")
async def show_registering(visit: Looking) -> Response:
    return await _show(await tasks.on_nothing(visit, "register"))


@endpoints.post("/desk/register")
async def register_source(visit: Looking) -> Response:
    return await _take(await tasks.on_nothing(visit, "register"))


@endpoints.get("/desk/sources/{slug}/{word}")
async def show_act_on_source(slug: SourceSlug, word: str, visit: Looking) -> Response:
    return await _show(await tasks.on_source(visit, word, slug))


@endpoints.post("/desk/sources/{slug}/{word}")
async def act_on_source(slug: SourceSlug, word: str, visit: Looking) -> Response:
    return await _take(await tasks.on_source(visit, word, slug))


@endpoints.get("/desk/stories/{slug}/{word}")
async def show_act_on_story(
    slug: StorySlug,
    word: str,
    visit: Looking,
    words: Annotated[str, Query(max_length=limits.COPY_LENGTH)] = "",
    at: Annotated[int | None, Query(ge=0, le=limits.COPY_LENGTH)] = None,
    fact: Prefilled = None,
    revision: Prefilled = None,
    embargo_until: Prefilled = None,
) -> Response:
    """words, at: of the copy, that a fact is to be reported from, and about where; fact: that a corrective is
    issued for; revision: of the story on the page that led here; embargo_until: of the publication that is moved."""
    task = await tasks.on_story(visit, word, slug)
    if word in _COPY:
        return await copying.show(task)
    if word == "report":
        return await writing.show(task, words.replace("\r\n", "\n").strip(), at)
    given = {"fact": fact, "revision": revision, "embargo_until": embargo_until}
    if word == "issue-corrective":
        given |= await _ran(task, whole(fact or ""))
    if word == "publish":
        given["reason"] = await _done_since(task) or _of_embargo(task, embargo_until)
    return await _show(task, given)


@endpoints.post("/desk/stories/{slug}/{word}")
async def act_on_story(slug: StorySlug, word: str, visit: Looking) -> Response:
    task = await tasks.on_story(visit, word, slug)
    if word == "report":
        return await writing.take(task)
    return await (copying.take(task) if word in _COPY else _take(task))


@endpoints.get("/desk/stories/{slug}/facts/{fact}/{word}")
async def show_act_on_fact(
    slug: StorySlug, fact: FactOf, word: str, visit: Looking, request: Prefilled = None
) -> Response:
    """request: the correction request that leads to it."""
    return await _show(await tasks.on_fact(visit, word, slug, fact), {"request": request})


@endpoints.post("/desk/stories/{slug}/facts/{fact}/{word}")
async def act_on_fact(slug: StorySlug, fact: FactOf, word: str, visit: Looking) -> Response:
    return await _take(await tasks.on_fact(visit, word, slug, fact))


@endpoints.get("/desk/stories/{slug}/revisions/{revision}/{word}")
async def show_act_on_revision(slug: StorySlug, revision: RevisionOf, word: str, visit: Looking) -> Response:
    return await _show(await tasks.on_revision(visit, word, slug, revision))


@endpoints.post("/desk/stories/{slug}/revisions/{revision}/{word}")
async def act_on_revision(slug: StorySlug, revision: RevisionOf, word: str, visit: Looking) -> Response:
    return await _take(await tasks.on_revision(visit, word, slug, revision))


@endpoints.get("/desk/stories/{slug}/approvals/{approval}/{word}")
async def show_act_on_approval(slug: StorySlug, approval: ApprovalOf, word: str, visit: Looking) -> Response:
    return await _show(await tasks.on_approval(visit, word, slug, approval))


@endpoints.post("/desk/stories/{slug}/approvals/{approval}/{word}")
async def act_on_approval(slug: StorySlug, approval: ApprovalOf, word: str, visit: Looking) -> Response:
    return await _take(await tasks.on_approval(visit, word, slug, approval))


@endpoints.get("/desk/requests/{request}/{word}")
async def show_act_on_request(
    request: RequestOf, word: str, visit: Looking, fact: Prefilled = None, version: Prefilled = None
) -> Response:
    """fact, version: what the correction made that came of it."""
    return await _show(await tasks.on_request(visit, word, request), {"fact": fact, "version": version})


@endpoints.post("/desk/requests/{request}/{word}")
async def act_on_request(request: RequestOf, word: str, visit: Looking) -> Response:
    return await _take(await tasks.on_request(visit, word, request))


# --- Shown -------------------------------------------------------------------------------------------------------


async def _show(task: Task, given: Mapping[str, str | None] | None = None) -> Response:
    """An empty form, with what is so now, and with what the address gives."""
    asked = _questions(task)
    defaults = {question.name: question.default for question in asked if question.default}
    typed = {name: value for name, value in (given or {}).items() if value}
    body = {**defaults, **taken(asked, task.as_it_is()), **forms.read(asked, typed)}
    draft = Draft(body, task.visit.once({}))
    if task.fact is not None:
        draft.version, draft.since = task.fact["version"], task.fact["changed"]["position"]
    if task.story is not None:
        draft.revision = task.story["revision"]
    return await _page(task, draft)


async def _done_since(task: Task) -> str:
    """Why it is published, to be changed there: what was done that readers do not see yet, and why that was."""
    assert task.story is not None
    public = task.story["publication"]
    shown = public.get("embargo", public).get("revision", 0)
    if not shown:
        return "First publication."
    query: Asked = {"cursor": cursor_of(shown), "limit": LONGEST_PAGE}
    done = (await task.visit.get(f"/v1{task.place}/revisions", query))["items"]
    said: dict[str, str] = {}  # by the reason, which acts of one change have in common
    for one in done:
        if one["kind"] not in OF_PUBLICATION and "reason" in one:
            kind = f"{wording.what_happened(one['kind'], one.get('fact'))}: "
            # Words from right to left stay by themselves: in a field nothing can keep ours apart from them.
            is_beside = isolated(one["reason"]) == one["reason"]
            said.setdefault(one["reason"], (kind if is_beside else "") + one["reason"])
    return " ".join([*said.values()][-_REASONS:])[: limits.TEXT_LENGTH]


def _of_embargo(task: Task, until: str | None) -> str:
    """Why a story is published once more that waits for its embargo, and has not changed since."""
    assert task.story is not None
    if "embargo" not in task.story["publication"]:
        return ""
    return "The embargo ends at another time." if until else "The embargo is lifted."


async def _ran(task: Task, number: int | None) -> dict[str, str | None]:
    """Of a fact that was corrected: the last revision that readers saw with the error, and what was wrong."""
    assert task.story is not None
    fact: Mapping[str, Any] = next((one for one in task.story["facts"] if one["fact"] == number), {})
    correction = fact.get("corrected") or fact.get("changed")
    if correction is None:
        return {}
    path = f"/v1{task.place}/revisions"
    editions = (await task.visit.find(path, {"view": "reader", "limit": LONGEST_PAGE}) or {"items": []})[
        "items"
    ]
    ran = [one["revision"] for one in editions if one["revision"] < correction["revision"]]
    return {"ran_in": str(ran[-1]) if ran else None, "text": correction.get("was_wrong")}


def _questions(task: Task) -> tuple[Question, ...]:
    return questions_of(task.act.command, "expected_version", "expected_revision")


async def _page(task: Task, draft: Draft) -> Response:
    asked = _questions(task)
    theirs = draft.moved.theirs if draft.moved else draft.theirs
    wrong = forms.of_the_branch(asked, draft.body, draft.wrong)
    shown = await with_choices(task, forms.fields(asked, draft.body, wrong, theirs, draft.rows), draft.typed)
    return await task.visit.page(
        "form.html",
        draft.status,
        task=task,
        act=task.act,
        draft=draft,
        fields=shown,
        problems=forms.problems(shown, wrong),
        publishes=await publishing_along.published_with_it(task),
        sources=await _suggested(task.visit, asked, "sources"),
        stories=await _suggested(task.visit, asked, "stories"),
    )


async def _suggested(visit: Visit, asked: tuple[Question, ...], what: str) -> Any:
    """The newest, where the form asks for one."""
    if not any(_suggests(question, what) for question in asked):
        return []
    found = (await visit.get(f"/v1/{what}", {"limit": _SUGGESTED}))["items"]
    return [one for one in found if what == "stories" or "merged_into" not in one]


def _suggests(question: Question, what: str) -> bool:
    return question.suggested == what or any(_suggests(part, what) for part in question.parts)


# --- Taken -------------------------------------------------------------------------------------------------------


async def _take(task: Task) -> Response:
    typed = await with_slugs(task.visit, await task.visit.typed(), forms.lists_of(task.act.command))
    draft = _read(task, typed)
    wanted = typed.get("do", "file")
    is_published = wanted == "publish" and publishing_along.is_offered(task)
    if wanted not in ("file", "preview") and not is_published:
        if wanted.startswith("add:"):
            name = wanted.removeprefix("add:")
            draft.rows = {name: len(rows_typed(name, typed)) + 1}
        return await _page(task, draft)
    seen = await version_of(task, draft.version, draft.since) if task.fact is not None else {}
    body = to_send(task, draft, seen)
    try:
        if is_published:
            answer = await publishing_along.file_and_publish(task, draft.body, draft.revision, draft.once)
        else:
            answer = await task.visit.inside.post(
                task.endpoint, body, once=draft.once, is_dry_run=wanted == "preview"
            )
    except Refused as refused:
        return await _refused(task, draft, seen, refused)
    if wanted == "preview":
        draft.preview = await preview_of(task.visit, answer, task.story)
        return await _page(task, draft)
    return await _recorded(task, draft, answer)


def _read(task: Task, typed: Typed) -> Draft:
    return Draft(
        forms.read(_questions(task), typed),
        task.visit.once(dict(typed)),
        version=whole(typed.get("expected_version", "")) or 0,
        since=min(max(0, whole(typed.get("since", "")) or 0), limits.POSITION),
        revision=whole(typed.get("expected_revision", "")) or 0,
        typed=typed,
    )


def to_send(task: Task, draft: Draft, seen: Mapping[str, Any]) -> Body:
    """Of a fact that is revised only what differs from the version that was seen: what others change meanwhile in its
    other fields is theirs."""
    if task.act.changes_the_story:
        return draft.body | ({"expected_revision": draft.revision} if draft.revision else {})
    if not task.act.changes_a_fact:
        return draft.body
    body = dict(draft.body)
    if task.act.revises_a_fact:
        asked = [question for question in _questions(task) if question.name in task.fills_in]
        before = taken(asked, seen)
        for question in asked:
            if body.get(question.name) == before.get(question.name):
                body.pop(question.name, None)
            else:
                body.setdefault(question.name, _nothing(question))
    return body | {"expected_version": draft.version}


def _nothing(question: Question) -> Any:
    """What takes a field away that was emptied, or is refused where there must be something."""
    if question.is_nullable:
        return None
    return [] if question.kind in ("rows", "lines", "numbers") else ""


async def _refused(task: Task, draft: Draft, seen: Mapping[str, Any], refused: Refused) -> Response:
    """The form again, with all that was typed and what is wrong with it."""
    if refused.status == 401:
        raise refused
    draft.status = refused.status
    may_tick = any(question.name == "words_stand" for question in _questions(task))
    draft.wrong = publishing_along.wrong_with(refused, may_tick=may_tick)
    draft.contradictions = publishing_along.contradictions_in(refused)
    draft.warned = refused.problem.get("warnings", ())
    if refused.kind == "fact-moved-on":
        draft.moved = await moved_on(task, _questions(task), seen, draft.body, refused.problem["version"])
        draft.body, draft.wrong = draft.moved.body, {}
        draft.version = draft.moved.fact["version"]
        draft.since = draft.moved.fact["changed"]["position"]
    if refused.kind == "story-moved-on":
        draft.revision, draft.theirs = refused.problem["revision"], _theirs(refused.problem)
    return await _page(task, draft)


def _theirs(problem: Mapping[str, Any]) -> dict[str, str]:
    """What the headline or the dateline is by now, by the field that asks for it."""
    dateline = problem.get("dateline") or {}
    named = {
        "headline": problem.get("headline"),
        "place": dateline.get("place"),
        "date": dateline.get("date"),
    }
    return {name: str(value) for name, value in named.items() if value is not None}


# --- Recorded ----------------------------------------------------------------------------------------------------


async def _recorded(task: Task, draft: Draft, receipt: Mapping[str, Any]) -> Response:
    where = _where(task, receipt)
    if "still_named" in receipt:
        return await task.visit.page("still_named.html", receipt=receipt, next=where)
    return task.visit.go(where)


def _where(task: Task, receipt: Mapping[str, Any]) -> str:
    """The page of what changed."""
    # Of a change the first of its acts is that of the form.
    receipt_of = receipt.get("acts", [receipt])[0]
    story = f"/stories/{receipt_of.get('story')}"
    match task.act.about:
        case _ if receipt.get("pending"):
            path = f"/desk{story}/approvals/{receipt['approval']}"
        case "fact":
            path = f"{story}/facts/{receipt['fact']}"
        case "request":
            path = f"/desk/requests/{receipt['request']}"
        case "source":
            path = task.place
        case _ if "source" in receipt:
            path = f"/sources/{receipt['source']}"
        case _:
            path = story
    if "not_in" in receipt:
        path = story  # there it says so, and what can be done
    is_undoable = task.act.changes_what_it_says and not receipt.get("pending")
    return receipts.leading_to(path, receipt, is_undoable=is_undoable)
