"""Is what one revision did taken back whole, by a further revision that says why, with the past as it was?"""

from datetime import UTC, datetime
from io import StringIO
from queue import SimpleQueue
from typing import Any, get_args
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import event as count
from hypothesis import strategies as st
from rich.console import Console

from api.terminal.rendering import tell_difference, tell_revisions
from ledger import limits
from ledger.commands import (
    Actor,
    AddNote,
    ChangeFact,
    Command,
    FileCopy,
    OpenStory,
    RegisterSource,
    RetractFact,
    SetDateline,
    UndoRevision,
)
from ledger.fact import FactBody
from ledger.moment import Moment
from ledger.refusals import (
    BodyTooLarge,
    CannotUndo,
    NoSuchRevision,
    OvertakenSince,
    Refusal,
    TermsOnlyTighten,
)
from ledger.rules import Context, Past, State, decide
from ledger.source import SourceRegistered
from ledger.source import evolve as evolve_source
from ledger.store.store import LedgerMapper, read_past
from ledger.store.writer import Outcome, Recording, Writer
from ledger.story import CopyFiled, FactConfirmed, FactReported, Story, evolve, fold
from ledger.words import Terms, source_stream, story_stream
from projections.engine.catch_up import catch_up
from projections.reading import diff
from projections.reading.replay import Asked
from projections.views import revisions
from tests.desk import CHANGES, SAID_OF_A_STORY, UNDOING, Desk, problem
from tests.newsroom import Newsroom, a_fact
from tests.plain_browser import Browser
from tests.test_limits import copy_of
from tests.test_projections import LATE_SOURCE, SOURCES, Filed, changes, datelines, heads, reports
from tests.test_writer import a_headline, a_note, ask, correct, kept, positions, together, transactions
from tests.views import assert_views_equal_the_fold, dump, dump_built_anew


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    """A newsroom with a story of one fact: its second revision."""
    newsroom.open()
    newsroom.report()
    return newsroom


UNDO = UndoRevision(reason="Filed by mistake")


def essence(story: Story) -> dict[str, Any]:
    """What a story says and how its facts stand, without who changed it and when, and without what was counted."""
    axes = {"standing", "verification", "dispute", "responses"}
    return {
        "headline": story.head.headline,
        "dateline": story.head.dateline,
        "copy": story.copy and (story.copy.text, story.copy.spans),
        "notes": sorted((note.role, note.text, note.is_publishable) for note in story.notes),
        "facts": [(fact.body(), fact.model_dump(include=axes)) for fact in story.facts],
    }


# --- The law -----------------------------------------------------------------------------------------------------

SOMEBODY = UUID(int=7)
NOW = datetime(2023, 9, 12, 14, 30, tzinfo=UTC)
KNOWN: dict[UUID, State | None] = {
    source_stream(slug): evolve_source(
        None, SourceRegistered(slug=slug, name=slug, kind="agency"), Moment(1, 1, NOW, SOMEBODY)
    )
    for slug in (*SOURCES, LATE_SOURCE)
}


class Account:
    """One story as the rules alone make it, remembering how it stood after every event."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.stood: list[Story] = []
        self.do(OpenStory(slug="storm", headline="A storm", language="en", desk="world"))

    @property
    def now(self) -> Story:
        return self.stood[-1]

    def do(self, command: Command, number: int | None = None) -> None:
        past = None
        if isinstance(command, UndoRevision) and number is not None and number <= len(self.events):
            past = Past(self.events[number - 1], self.stood[number - 2] if number > 1 else None)
        context = Context(Actor(SOMEBODY, "editor"), NOW, "storm", KNOWN, past)
        before = self.now if self.stood else None
        (event,) = decide(before, command, number, context)
        at = Moment(len(self.events) + 1, len(self.events) + 1, NOW, SOMEBODY)
        self.events.append(event)
        self.stood.append(evolve(before, event, at))

    def try_to_undo(self, revision: int) -> Refusal | None:
        try:
            self.do(UNDO, revision)
        except Refusal as refusal:
            return refusal
        return None

    def take(self, step: Filed) -> bool:
        """Whether it was accepted."""
        command, number = step.command, None
        facts = self.now.facts
        if isinstance(command, RegisterSource):
            return False
        if isinstance(command, ChangeFact) and facts:
            number = 1 + step.fact % len(facts)
            command = command.model_copy(update={"expected_version": facts[number - 1].version})
        elif isinstance(command, ChangeFact):
            return False
        elif isinstance(command, FileCopy):
            spans = tuple(span for span in command.spans if span.fact <= len(facts))
            command = command.model_copy(update={"spans": spans})
        try:
            self.do(command, number)
        except Refusal:
            return False
        return True


steps = st.one_of(reports, changes, changes, heads, datelines)


@pytest.mark.thorough
@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(first=st.lists(steps, min_size=3, max_size=15), last=steps, again=steps)
def test_undoing_what_was_just_done_leaves_the_story_as_it_was_and_undoing_that_as_it_became(
    first: list[Filed], last: Filed, again: Filed
) -> None:
    account = Account()
    account.take(Filed(a_fact(source="ria")))
    for step in first:
        account.take(step)
    before = account.now
    if not account.take(last):
        count("refused")
        return
    after, event = account.now, account.events[-1]
    count(type(event).__name__)
    if isinstance(event, CopyFiled) and before.copy is None:
        with pytest.raises(CannotUndo):
            account.do(UNDO, after.revision)
        return
    terms = get_args(Terms)
    if any(
        terms.index(was.terms) < terms.index(fact.terms)
        for was, fact in zip(before.facts, after.facts, strict=False)
    ):
        with pytest.raises(TermsOnlyTighten):
            account.do(UNDO, after.revision)
        return
    account.do(UNDO, after.revision)
    if isinstance(event, FactReported):
        assert account.now.facts[-1].standing == "retracted"
        assert account.now.facts[-1].body() == event.body
        assert essence(account.now) | {"facts": essence(account.now)["facts"][:-1]} == essence(before)
    else:
        assert essence(account.now) == essence(before)
    account.do(UNDO, after.revision + 1)
    assert essence(account.now) == essence(after)
    # What was undone and done again can be changed and undone like anything else.
    with pytest.raises(OvertakenSince):
        account.do(UNDO, after.revision)
    between = account.now
    if account.take(again) and not isinstance(account.events[-1], FactReported):
        refusal = account.try_to_undo(account.now.revision)
        if refusal is None:
            assert essence(account.now) == essence(between)
        else:
            assert between.copy is None or isinstance(refusal, TermsOnlyTighten)
    counted = [fact.corrections for fact in account.now.facts]
    assert counted == [
        sum(getattr(e, "fact", None) == n and e.topic == "fact-corrected.v1" for e in account.events)
        for n in range(1, len(counted) + 1)
    ]
    assert (
        fold((e, Moment(n, n, NOW, SOMEBODY)) for n, e in enumerate(account.events, start=1)) == account.now
    )


@pytest.mark.thorough
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(first=st.lists(steps, min_size=3, max_size=25), data=st.data())
def test_any_revision_is_undone_alone_or_refused_with_a_later_one_that_is_there(
    first: list[Filed], data: st.DataObject
) -> None:
    """Whatever else happened since stays: only what the revision did is as it was before it."""
    account = Account()
    account.take(Filed(a_fact(source="ria")))
    for step in first:
        account.take(step)
    before = account.now
    revision = data.draw(st.integers(1, before.revision))
    refusal = account.try_to_undo(revision)
    count(type(refusal).__name__)
    if isinstance(refusal, OvertakenSince):
        assert revision < refusal.details["later"] <= before.revision
    if refusal is not None:
        # What tightened terms is never taken back by one alone.
        assert isinstance(refusal, OvertakenSince | CannotUndo | TermsOnlyTighten)
        assert account.now == before
        return
    was, now = essence(before), essence(account.now)
    differ = {part for part in was if was[part] != now[part]}
    assert len(differ) == (0 if isinstance(account.events[revision - 1], FactConfirmed) else 1)
    if differ == {"facts"}:
        assert sum(one != other for one, other in zip(was["facts"], now["facts"], strict=True)) == 1


# --- Over HTTP ---------------------------------------------------------------------------------------------------

FACT_PARTS = {*FactBody.model_fields, "standing", "verification", "dispute", "responses", "when"}
STORY_PARTS = {"headline", "dateline", "copy", "notes"}


def said_by(document: dict[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in document.items() if name in STORY_PARTS}
    said["notes"] = [
        {name: note[name] for name in ("role", "text", "is_publishable")} for note in document["notes"]
    ]
    if "copy" in said:
        said["copy"] = {name: said["copy"][name] for name in ("text", "spans")}
    facts = [
        {name: value for name, value in fact.items() if name in FACT_PARTS} for fact in document["facts"]
    ]
    return said | {"facts": facts}


def read(desk: Desk, story: str, **moment: int) -> dict[str, Any]:
    desk.settle()
    query = "&".join(f"{name}={value}" for name, value in moment.items())
    return dict(desk.get(f"/v1/stories/{story}?{query}").json())


def undo(desk: Desk, story: str, revision: int) -> dict[str, Any]:
    return desk.post(f"/v1/stories/{story}/revisions/{revision}/undo", UNDOING)


KINDS = {
    # That terms were tightened is not taken back by one person.
    **dict.fromkeys((name for name in CHANGES if name != "terms"), "reversion"),
    "headline": "headline",
    "dateline": "dateline",
    "copy": "copy",
    "notes": "withdrawal",
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", KINDS)
def test_what_was_filed_is_undone_and_the_past_keeps_it(desk: Desk, name: str) -> None:
    story = desk.open(facts=0)
    desk.report(story, occurred={"literal": "on Tuesday"})
    if name == "copy":
        desk.post(f"/v1/stories/{story}/copy", {"text": "First.", "reason": "First filing."})
    before = read(desk, story)
    if name in CHANGES:
        body = CHANGES[name] | {"expected_version": 1}
        filed = desk.post(f"/v1/stories/{story}/facts/1/{name}", body)
    else:
        filed = desk.post(f"/v1/stories/{story}/{name}", SAID_OF_A_STORY[name])
    changed = desk.get(f"/v1/stories/{story}?position={filed['position']}").content
    assert said_by(orjson.loads(changed)) != said_by(before) or name == "confirmations"

    answer = desk.try_post(f"/v1/stories/{story}/revisions/{filed['revision']}/undo", UNDOING)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt["revision"] == filed["revision"] + 1
    if name in CHANGES:
        assert answer.headers["location"] == f"/v1/stories/{story}/facts/1"
        assert (receipt["fact"], receipt["version"]) == (1, 3)
        assert answer.headers["etag"] == f'"v3-{receipt["position"]}"'
    else:
        assert answer.headers["location"] == f"/v1/stories/{story}"
        assert "etag" not in answer.headers
    after = read(desk, story)
    assert said_by(after) == said_by(before)
    assert after["revision"] == receipt["revision"]
    assert desk.get(f"/v1/stories/{story}?position={filed['position']}").content == changed
    assert desk.get(f"/v1/stories/{story}?revision={filed['revision']}").content == changed

    shown = desk.get(f"/v1/stories/{story}/revisions/{receipt['revision']}").json()
    assert (shown["kind"], shown["undoes"]) == (KINDS[name], filed["revision"])
    assert shown["reason"] == UNDOING["reason"]
    assert shown["by"] == "the editor"
    assert "undoes" not in desk.get(f"/v1/stories/{story}/revisions/{filed['revision']}").json()
    # And the undoing can be undone.
    undo(desk, story, receipt["revision"])
    assert said_by(read(desk, story)) == said_by(orjson.loads(changed))


def test_a_report_undone_is_a_retraction_with_its_reason(desk: Desk) -> None:
    story = desk.open(facts=2)
    undo(desk, story, 2)
    one, two = read(desk, story)["facts"]
    assert (one["standing"], two["standing"]) == ("retracted", "standing")
    assert one["changed"]["kind"] == "retraction"
    assert one["changed"]["reason"] == UNDOING["reason"]
    update = CHANGES["updates"] | {"expected_version": 2}
    problem(desk.try_post(f"/v1/stories/{story}/facts/1/updates", update), 409, "fact-is-retracted")
    undo(desk, story, 4)
    desk.post(f"/v1/stories/{story}/facts/1/updates", update | {"expected_version": 3})


def test_a_correction_undone_stays_counted_and_listed(desk: Desk) -> None:
    story = desk.open()
    filed = desk.post(
        f"/v1/stories/{story}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1}
    )
    undo(desk, story, filed["revision"])
    (fact,) = read(desk, story)["facts"]
    assert (fact["statement"], fact["version"], fact["corrections"]) == ("Train 1 arrived", 3, 1)
    assert fact["corrected"]["position"] == filed["position"]
    assert (fact["changed"]["kind"], fact["changed"]["reason"]) == ("reversion", UNDOING["reason"])
    newest, one_before = desk.get("/v1/corrections?limit=2").json()["items"]
    assert (newest["kind"], newest["undoes"]) == ("reversion", filed["revision"])
    assert (newest["reason"], newest["fact"]) == (UNDOING["reason"], 1)
    assert "public_seconds" not in newest
    assert one_before["position"] == filed["position"]


@pytest.mark.thorough
def test_the_log_of_corrections_has_what_was_taken_back_as_that_and_counts_it_as_none(desk: Desk) -> None:
    story = desk.public()
    filed = desk.post(
        f"/v1/stories/{story}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1}
    )
    desk.publish(story)
    desk.settle()
    roles: tuple[Any, ...] = (None, "editor")
    figures = {role: desk.client(role).get("/v1/corrections/figures").json() for role in roles}

    def logged(role: Any) -> list[tuple[Any, ...]]:
        found = desk.client(role).get("/v1/corrections", params={"story": story}).json()["items"]
        return [(one["kind"], one.get("reason")) for one in found]

    undo(desk, story, filed["revision"])
    desk.settle()
    why = CHANGES["corrections"]["reason"]
    assert logged("editor") == [("reversion", UNDOING["reason"]), ("correction", why)]
    assert logged(None) == [("correction", None)], "readers have not heard of it"
    desk.publish(story)
    desk.settle()
    assert logged(None) == [("reversion", UNDOING["reason"]), ("correction", None)]
    for role in roles:
        assert desk.client(role).get("/v1/corrections/figures").json() == figures[role], role
    feed = desk.client(None).get("/v1/corrections/feed").text
    assert "Taken back: " in feed
    assert UNDOING["reason"] in feed
    visitor = Browser.of(desk.server, None)
    page = " ".join(visitor.get("/corrections").text.split())
    visitor.close()
    assert "Change taken back" in page
    assert UNDOING["reason"] in page
    # What takes back anything else has no place in the desk's log.
    headline = desk.post(f"/v1/stories/{story}/headline", SAID_OF_A_STORY["headline"])
    undo(desk, story, headline["revision"])
    desk.settle()
    assert len(logged("editor")) == 2


def test_what_has_changed_since_is_not_undone_and_the_later_revision_is_named(desk: Desk) -> None:
    story = desk.open(facts=2)
    first = desk.post(f"/v1/stories/{story}/facts/1/updates", CHANGES["updates"] | {"expected_version": 1})
    desk.post(f"/v1/stories/{story}/facts/2/updates", CHANGES["updates"] | {"expected_version": 1})
    later = desk.post(
        f"/v1/stories/{story}/facts/1/assessments", CHANGES["assessments"] | {"expected_version": 2}
    )
    path = f"/v1/stories/{story}/revisions/{first['revision']}/undo"
    told = problem(desk.try_post(path, UNDOING), 409, "overtaken-since")
    assert told["detail"] == (
        f"Fact 1 changed again after revision {first['revision']}, last in revision {later['revision']}."
        " Undo that first, or file what it should be now."
    )
    assert (told["revision"], told["later"]) == (first["revision"], later["revision"])
    undo(desk, story, later["revision"])
    # The fact is as it was, but it has changed since: the way back is to undo what undid, or to file anew.
    problem(desk.try_post(path, UNDOING), 409, "overtaken-since")


def test_what_cannot_be_undone_is_refused_with_why(desk: Desk) -> None:
    story = desk.open()
    told = problem(desk.try_post(f"/v1/stories/{story}/revisions/1/undo", UNDOING), 409, "cannot-undo")
    assert told["detail"] == ("Revision 1 cannot be undone: it opened the story, and what was opened stays.")
    filed = desk.post(f"/v1/stories/{story}/copy", SAID_OF_A_STORY["copy"])
    told = problem(
        desk.try_post(f"/v1/stories/{story}/revisions/{filed['revision']}/undo", UNDOING), 409, "cannot-undo"
    )
    assert "the story had no copy before it" in told["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "#/reason"), ({"reason": " "}, "#/reason"), (UNDOING | {"revision": 2}, "#/revision")],
)
def test_an_undo_says_why_and_nothing_else(desk: Desk, body: dict[str, Any], pointer: str) -> None:
    story = desk.open()
    before = desk.head()
    told = problem(desk.try_post(f"/v1/stories/{story}/revisions/2/undo", body), 422, "invalid-body")
    assert told["errors"][0]["pointer"] == pointer
    assert desk.head() == before


def test_the_same_undo_sent_again_is_recorded_once(desk: Desk) -> None:
    story = desk.open()
    path = f"/v1/stories/{story}/revisions/2/undo"
    first = desk.try_post(path, UNDOING, idempotency_key=story)
    again = desk.try_post(path, UNDOING, idempotency_key=story)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    problem(desk.try_post(path, UNDOING), 409, "overtaken-since")
    problem(desk.try_post(path.replace("/2/", "/3/"), UNDOING, idempotency_key=story), 422, "key-reused")


def test_an_undo_is_previewed_by_a_dry_run(desk: Desk) -> None:
    story = desk.open()
    filed = desk.post(f"/v1/stories/{story}/facts/1/updates", CHANGES["updates"] | {"expected_version": 1})
    path = f"/v1/stories/{story}/revisions/{filed['revision']}/undo"
    before = desk.head()
    told = desk.try_post(f"{path}?dry_run=true", UNDOING).json()
    assert desk.head() == before
    assert (told["revision"], told["fact"], told["version"]) == (4, 1, 3)
    (event,) = told["events"]
    assert (event["topic"], event["undoes"], event["reason"]) == ("fact-reverted.v1", 3, UNDOING["reason"])
    assert "place" not in event["becomes"]
    assert "place" not in told["becomes"]
    desk.post(path, UNDOING)
    fact = read(desk, story)["facts"][0]
    given = {"changed", "corrected"}
    assert {name: told["becomes"][name] for name in told["becomes"].keys() - given} == {
        name: fact[name] for name in fact.keys() - given
    }
    note = desk.post(f"/v1/stories/{story}/notes", SAID_OF_A_STORY["notes"])
    told = desk.try_post(
        f"/v1/stories/{story}/revisions/{note['revision']}/undo?dry_run=true", UNDOING
    ).json()
    assert told["events"] == [{"topic": "note-withdrawn.v1", "note": note["revision"], **UNDOING}]
    assert told["becomes"] is None


def test_dates_are_read_anew_when_a_dateline_is_undone(desk: Desk) -> None:
    story = desk.open(facts=0)
    desk.report(story, occurred={"literal": "on Tuesday"})
    for day, tuesday in (("2023-09-13", "2023-09-12"), ("2023-09-20", "2023-09-19")):
        filed = desk.post(f"/v1/stories/{story}/dateline", {"date": day, "reason": "So."})
        assert read(desk, story)["facts"][0]["when"]["edtf"] == tuesday
    undone = undo(desk, story, filed["revision"])
    assert read(desk, story)["facts"][0]["when"]["edtf"] == "2023-09-12"
    problem(desk.try_post(f"/v1/stories/{story}/revisions/3/undo", UNDOING), 409, "overtaken-since")
    shown = desk.get(f"/v1/stories/{story}/revisions/{undone['revision']}").json()
    assert shown["after"] == {"dateline": {"date": "2023-09-13"}}

    only = desk.open(facts=0)
    desk.report(only, occurred={"literal": "on Tuesday"})
    filed = desk.post(f"/v1/stories/{only}/dateline", {"date": "2023-09-13", "reason": "So."})
    undone = undo(desk, only, filed["revision"])
    document = read(desk, only)
    assert "dateline" not in document
    assert document["facts"][0]["when"]["status"] == "unresolved"
    shown = desk.get(f"/v1/stories/{only}/revisions/{undone['revision']}").json()
    assert shown["after"] == {"dateline": None}


# --- Notes -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("page_events", [1, 2, 1_000])
def test_a_withdrawn_note_leaves_the_story_from_then_on(room: Newsroom, page_events: int) -> None:
    """The views take the note and its withdrawal on one page, or on two."""
    for text in ("One", "Two", "Three"):
        room.file(a_note(text), "story")
    withdrawn = room.file(UNDO, "story", 4).position
    brought_back = room.file(UNDO, "story", 6).position
    catch_up(room.views, page_events=page_events)

    def notes(**moment: Any) -> list[str]:
        return [note["text"] for note in orjson.loads(room.read(**moment))["notes"]]

    assert notes(position=withdrawn - 1) == notes(revision=5) == ["One", "Two", "Three"]
    assert notes(position=withdrawn) == notes(revision=6) == ["One", "Three"]
    assert notes() == notes(position=brought_back) == ["One", "Three", "Two"]
    (last,) = [note for note in orjson.loads(room.read())["notes"] if note["text"] == "Two"]
    assert (last["added"]["revision"], last["added"]["reason"]) == (7, UNDO.reason)
    assert_views_equal_the_fold(room.views)
    assert dump(room.views) == dump_built_anew(room.views, brought_back)
    open_notes = room.views.execute(
        "select count(*) from story_versions where part = 'note' and to_position > %s", [brought_back]
    ).fetchone()
    assert open_notes == (3,)


# --- Through the writer ------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_what_comes_in_the_same_group_can_be_undone_in_it(room: Newsroom) -> None:
    outcomes = together(
        room,
        [
            ask(room, a_headline("Kim leaves")),  # revision 3
            ask(room, UNDO, fact=3),
            ask(room, correct(place="Khasan"), fact=1),
            ask(room, UNDO, fact=9),
        ],
    )
    # The undo waits until what it undoes is recorded, and all behind it waits with it.
    first = positions(outcomes)[0]
    assert positions(outcomes) == [first, first + 1, first + 2]
    assert transactions(room, since=first) == 2
    assert isinstance(outcomes[3], NoSuchRevision)
    story = kept(room)
    assert (story.head.headline, story.undone) == ("A headline", {3: 4})
    assert story.facts[0].place == "Khasan"


@pytest.mark.thorough
def test_many_undo_the_same_revision_and_one_does(room: Newsroom, other: Newsroom) -> None:
    room.file(a_headline("Kim leaves", None), "story")
    other.file(a_note(), "story")
    answers = SimpleQueue[Outcome]()
    for at in (room, other, room, other):
        at.writer.submit(ask(at, UNDO, fact=3), answers.put)
    outcomes = [answers.get(timeout=30) for _ in range(4)]
    assert len(positions(outcomes)) == 1
    assert sum(isinstance(outcome, OvertakenSince) for outcome in outcomes) == 3
    assert kept(room).head.headline == "A headline"


@pytest.mark.thorough
def test_what_another_process_did_can_be_undone_here(room: Newsroom, other: Newsroom) -> None:
    other.file(a_note(), "story")  # revision 3; both know the story now
    room.report()
    for n, at in enumerate((room, other, room, other)):
        elsewhere = other if at is room else room
        filed = elsewhere.file(a_headline(f"Headline {n}", None), "story")
        revision = orjson.loads(filed.rest)["revision"]
        with pytest.raises(NoSuchRevision, match=f"its revisions are 1 to {revision}"):
            at.rehearse(UNDO, "story", revision + 1)
        elsewhere.file(a_headline(f"Headline {n}, again", None), "story")
        with pytest.raises(OvertakenSince, match=f"last in revision {revision + 1}"):
            at.file(UNDO, "story", revision)
        at.file(UNDO, "story", revision + 1)
        assert kept(room).head.headline == f"Headline {n}"


@pytest.mark.thorough
def test_an_undo_is_decided_under_the_lock_as_well(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    room.file(a_headline("Kim leaves", None), "story")
    writer = Writer(room.database, room.keyring)
    writer._groups_under_lock = 100
    answers = SimpleQueue[Outcome]()
    for revision in (3, 4, 99, 5):
        writer.submit(ask(room, UNDO, fact=revision), answers.put)
    writer.start()
    writer.close()
    outcomes = [answers.get() for _ in range(4)]
    assert [type(outcome) for outcome in outcomes] == [Recording, Recording, NoSuchRevision, Recording]
    assert kept(room).head.headline == "A headline"
    assert kept(room).undone == {3: 4, 4: 5, 5: 6}


@pytest.mark.thorough
def test_no_past_is_read_for_a_revision_that_is_not_there(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("ledger.store.writer.read_past", lambda *rest: asked.append(rest))
    for at in (room.file, room.rehearse):
        with pytest.raises(NoSuchRevision):
            at(UNDO, "story", 1_000_000)
    assert not asked


@pytest.mark.thorough
def test_a_long_past_is_read_in_pages(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in range(1, 12):
        room.file(correct(version, place=f"Place {version}"), "story", 1)
    room.file(a_headline("Kim leaves", None), "story")
    for page in (1, 2, 5, 13, 14, 1_000):
        monkeypatch.setattr("ledger.store.store._PAST_PAGE", page)
        for up_to in (1, 2, 13, 14):
            read = list(read_past(room.views, story_stream("story"), up_to, LedgerMapper()))
            assert [recorded.at.revision for recorded in read] == list(range(1, up_to + 1))
    monkeypatch.setattr("ledger.store.store._PAST_PAGE", 4)
    room.file(UNDO, "story", 13)
    assert kept(room).facts[0].place == "Place 10"


@pytest.mark.thorough
def test_the_past_of_a_story_is_found_by_the_index_of_streams(room: Newsroom) -> None:
    for n in range(30):
        room.file(OpenStory(slug=f"s{n}", headline="H", language="en", desk="d"))
    room.views.execute("set enable_seqscan = off")
    plan = "\n".join(
        line
        for (line,) in room.views.execute(
            "explain select e.position from events e join bodies b using (position)"
            " where e.stream_id = %s and e.version > %s and e.version <= %s order by e.version",
            [story_stream("story"), 0, 1_000],
        )
    )
    assert "events_stream_version" in plan
    assert "bodies_pkey" in plan


@pytest.mark.thorough
def test_an_event_that_its_reason_makes_too_large_is_refused_and_a_shorter_reason_will_do(
    room: Newsroom,
) -> None:
    room.file(copy_of(limits.BODY_BYTES - 100), "story")
    room.file(FileCopy(text="A second take", reason="Shorter"), "story")
    before = kept(room)
    for at in (room.file, room.rehearse):
        with pytest.raises(BodyTooLarge, match="at most 262144 bytes"):
            at(UndoRevision(reason="x" * 200), "story", 4)
    assert kept(room) == before
    room.file(UndoRevision(reason="x"), "story", 4)
    now = kept(room).copy
    assert now is not None
    assert now.text.startswith("🚆")


@pytest.mark.thorough
def test_what_was_erased_cannot_be_brought_back(room: Newsroom) -> None:
    room.file(a_headline("Kim leaves", None), "story")
    room.file(a_headline("Kim stays", None), "story")
    with room.database.connect(name="test", as_owner=True) as owner:
        owner.execute(
            "update bodies set salt = null, body = null where position = (select max(position) from events)"
        )
    with pytest.raises(CannotUndo, match="Revision 4 cannot be undone: what it said was erased"):
        room.file(UNDO, "story", 4)
    with pytest.raises(OvertakenSince):
        room.file(UNDO, "story", 3)


# --- How it is told ----------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_retraction_undone_is_told_as_such(room: Newsroom) -> None:
    room.file(RetractFact(expected_version=1, reason="Not so"), "story", 1)
    room.file(UNDO, "story", 3)
    room.catch_up()

    def kind(earlier: int, later: int) -> str:
        found = orjson.loads(
            diff.between(room.views, "story", Asked(revision=earlier), Asked(revision=later))
        )
        return str(found["facts"][0]["kind"])

    assert (kind(2, 3), kind(3, 4), kind(3, 2), kind(4, 3)) == (
        "retracted",
        "standing again",
        "not yet retracted",
        "retracted",
    )
    number = room.views.execute("select story from story_now").fetchone()
    assert number is not None
    listed = [orjson.loads(text) for _, text in revisions.page(room.views, number[0], 0, 10)]
    told = StringIO()
    tell_revisions(Console(file=told, width=200), listed)
    assert "Change taken back in fact 1, undoing 3: Filed by mistake" in told.getvalue()
    only = [
        orjson.loads(text)["kind"]
        for _, text in revisions.page(room.views, number[0], 0, 10, substantive=True)
    ]
    assert only == ["opening", "report", "retraction", "reversion"]
    tell_difference(
        Console(file=told, width=200),
        orjson.loads(diff.between(room.views, "story", Asked(revision=3), Asked(revision=4))),
    )
    assert "fact 1 standing again (version 2 → 3)" in told.getvalue()


@pytest.mark.thorough
def test_a_withdrawal_is_a_substantive_change_for_readers_may_have_seen_the_note(room: Newsroom) -> None:
    room.file(AddNote(role="desk", text="x", is_publishable=True), "story")
    room.file(UNDO, "story", 3)
    room.file(UNDO, "story", 4)
    room.file(SetDateline(date="2023-09-12", reason="So"), "story")
    room.file(UNDO, "story", 6)
    room.catch_up()
    number = room.views.execute("select story from story_now").fetchone()
    assert number is not None
    pages = [revisions.page(room.views, number[0], 0, 10, substantive=only) for only in (False, True)]
    assert [[row[0] for row in rows] for rows in pages] == [[1, 2, 3, 4, 5, 6, 7], [1, 2, 4, 6, 7]]


# --- What readers see of it --------------------------------------------------------------------------------------


def seen_by_readers(desk: Desk, story: str) -> dict[str, Any]:
    desk.publish(story)
    desk.settle()
    answer = desk.client(None).get(f"/v1/stories/{story}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.thorough
def test_readers_are_told_that_what_they_saw_is_taken_back_and_why(desk: Desk) -> None:
    story = desk.open()
    desk.publish(story)
    filed = desk.post(
        f"/v1/stories/{story}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1}
    )
    assert seen_by_readers(desk, story)["facts"][0]["statement"] == CHANGES["corrections"]["statement"]
    undone = undo(desk, story, filed["revision"])
    seen = seen_by_readers(desk, story)
    assert seen["facts"][0]["statement"] == "Train 1 arrived"
    newest, first = seen["changes"]
    assert (newest["kind"], newest["fact"], newest["reason"]) == ("reversion", 1, UNDOING["reason"])
    assert (newest["revision"], first["kind"]) == (undone["revision"], "correction")
    assert seen["publication"]["signals"] == ["sig:update", "sig:correction"]
    # Undone and done again while nobody looked: nothing has changed for readers.
    again = undo(desk, story, undone["revision"])
    undo(desk, story, again["revision"])
    assert seen_by_readers(desk, story)["changes"] == seen["changes"]


@pytest.mark.thorough
@pytest.mark.parametrize("change", ["corrections", "updates", "retractions"])
def test_what_was_undone_before_anyone_saw_it_is_no_change_for_readers(desk: Desk, change: str) -> None:
    story = desk.open()
    desk.publish(story)
    filed = desk.post(f"/v1/stories/{story}/facts/1/{change}", CHANGES[change] | {"expected_version": 1})
    undo(desk, story, filed["revision"])
    seen = seen_by_readers(desk, story)
    assert (seen["changes"], seen["facts"][0]["statement"]) == ([], "Train 1 arrived")
    assert seen["publication"]["signals"] == ["sig:update"]


@pytest.mark.thorough
@pytest.mark.parametrize("change", ["assessments", "citations", "attributions", "responses", "confirmations"])
def test_undoing_what_readers_are_not_told_of_is_no_news_either(desk: Desk, change: str) -> None:
    story = desk.open()
    desk.publish(story)
    filed = desk.post(f"/v1/stories/{story}/facts/1/{change}", CHANGES[change] | {"expected_version": 1})
    assert seen_by_readers(desk, story)["changes"] == []
    undone = undo(desk, story, filed["revision"])
    assert seen_by_readers(desk, story)["changes"] == []
    undo(desk, story, undone["revision"])
    assert seen_by_readers(desk, story)["changes"] == []


def test_an_editors_note_that_readers_saw_is_taken_back_before_their_eyes_and_an_internal_one_is_not(
    desk: Desk,
) -> None:
    story = desk.open()
    desk.publish(story)
    internal = desk.post(f"/v1/stories/{story}/notes", SAID_OF_A_STORY["notes"])
    told = desk.post(f"/v1/stories/{story}/editors-notes", {"text": "We were wrong.", "reason": "So."})
    assert [change["kind"] for change in seen_by_readers(desk, story)["changes"]] == ["editors_note"]
    path = f"/v1/stories/{story}/revisions"
    desk.post(f"{path}/{internal['revision']}/undo", {"reason": "canary: nobody outside knows of it"})
    desk.post(f"{path}/{told['revision']}/undo", {"reason": "We were right."})
    seen = seen_by_readers(desk, story)
    assert seen["notes"] == []
    assert [(change["kind"], change.get("reason")) for change in seen["changes"]] == [
        ("withdrawal", "We were right."),
        ("editors_note", None),
    ]
    for asked in ("", "/revisions", "/facts/1/history"):
        assert "canary" not in desk.client(None).get(f"/v1/stories/{story}{asked}").text


# --- What rests on it --------------------------------------------------------------------------------------------


def test_what_rests_on_a_fact_is_shaken_when_a_change_of_what_it_asserts_is_undone(desk: Desk) -> None:
    story = desk.open()
    desk.report(story, statement="So it was late", rests_on=[{"story": story, "fact": 1}])
    path = f"/v1/stories/{story}/facts/1"

    def shaken_by() -> list[str]:
        desk.settle()
        items = desk.get("/v1/facts/shaken?limit=200").json()["items"]
        return [item["because"]["kind"] for item in items if (item["story"], item["fact"]) == (story, 2)]

    cited = desk.post(f"{path}/citations", CHANGES["citations"] | {"expected_version": 1})
    undo(desk, story, cited["revision"])
    assert shaken_by() == []
    corrected = desk.post(f"{path}/corrections", CHANGES["corrections"] | {"expected_version": 3})
    assert shaken_by() == ["correction"]
    reviewed = {"expected_version": 1, "reason": "It was late all the same."}
    desk.post(f"/v1/stories/{story}/facts/2/confirmations", reviewed)
    assert shaken_by() == []
    undo(desk, story, corrected["revision"])
    assert shaken_by() == ["reversion"]
