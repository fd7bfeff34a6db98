"""Does a dry run tell exactly what the request would come to, or be refused for, and change nothing?"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest
from httpx2 import Response
from psycopg import sql
from pydantic import ValidationError

from ledger import limits
from ledger.commands import IssueKey, OpenStory, RegisterSource, RetractFact, Submission, UpdateFact
from ledger.refusals import (
    BodyTooLarge,
    DatabaseAway,
    FactIsRetracted,
    FactMovedOn,
    KeyRefused,
    KeyReused,
    NoSuchStory,
    RoleMayNot,
    UnknownSource,
)
from ledger.store.database import Row
from ledger.store.store import read_head
from ledger.store.writer import Outcome, Recording, Rehearsal
from ledger.story import Story
from ledger.words import Role, source_stream
from projections.engine.catch_up import catch_up
from projections.reading import rehearsals
from projections.views import sources
from tests.desk import (
    CHANGES,
    FACT,
    OF_PUBLICATION,
    ROLES,
    SAID_OF_A_STORY,
    UNDOING,
    Desk,
    problem,
)
from tests.newsroom import CONSOLE, Newsroom, a_fact
from tests.test_http_filing import FILED, Filing
from tests.test_limits import copy_of
from tests.test_writer import (
    a_headline,
    a_note,
    ask,
    away,
    correct,
    kept,
    open_story,
    positions,
    together,
    transactions,
)
from tests.views import dump


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    for role in ("reporter", "editor"):
        newsroom.actor(role)
    newsroom.open()
    newsroom.report()
    return newsroom


def everything(newsroom: Newsroom) -> list[Any]:
    """All that the ledger holds, and all its views, brought to its head."""
    catch_up(newsroom.views)
    tables = ("head", "events", "bodies", "requests")
    held: list[list[Row]] = [
        newsroom.views.execute(
            sql.SQL("select * from {} order by 1, 2").format(sql.Identifier(table))
        ).fetchall()
        for table in tables
    ]
    return [*held, dump(newsroom.views)]


def tried(submission: Submission) -> Submission:
    return replace(submission, dry_run=True)


# --- Every endpoint --------------------------------------------------------------------------------------------------


def of_publication(said: str) -> Filing:
    def ready(desk: Desk) -> tuple[str, dict[str, Any]]:
        story = desk.open()
        desk.prepare(story, said)
        return f"/v1/stories/{story}/{said}", OF_PUBLICATION[said]

    return ready


def a_change(desk: Desk) -> tuple[str, dict[str, Any]]:
    headline = {"do": "set-headline", "with": {"headline": "A train and a car", "reason": "Both came."}}
    acts = [{"do": "report", "with": FACT}, headline]
    return f"/v1/stories/{desk.open()}/acts", {"expected_revision": 2, "reason": "New.", "acts": acts}


def another_slug(desk: Desk) -> tuple[str, dict[str, Any]]:
    body = {"slug": desk.slug("another"), "expected_revision": 2, "reason": "Shorter."}
    return f"/v1/stories/{desk.open()}/slugs", body


def a_merge(desk: Desk) -> tuple[str, dict[str, Any]]:
    return f"/v1/stories/{desk.open()}/merges", {"into": desk.open(), "reason": "Both are one."}


TRIED = {
    **FILED,
    **{f"{said} of the story": of_publication(said) for said in OF_PUBLICATION},
    "acts": a_change,
    "slugs": another_slug,
    "merges of the story": a_merge,
}

# What the ledger alone gives, and a rehearsal cannot know: left out of the comparison.
GIVEN = re.compile(r'"(position|recorded_at|registered_at|until)":("[^"]*"|\d+),?')


def told_apart_from_what_is_given(text: str) -> str:
    return GIVEN.sub("", text)


@pytest.mark.thorough
@pytest.mark.parametrize("name", TRIED)
def test_every_post_tells_what_it_would_come_to_and_changes_nothing(desk: Desk, name: str) -> None:
    path, body = TRIED[name](desk)
    before, before_it = everything(desk.newsroom), desk.head()
    key = str(uuid4())
    for _ in range(2):
        answer = desk.try_post(f"{path}?dry_run=true", body, idempotency_key=key)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert not {"location", "etag", "idempotent-replayed"} & set(answer.headers)
        assert everything(desk.newsroom) == before
    told = answer.json()

    # And then it comes to just that; its Idempotency-Key is still free.
    real = desk.try_post(path, body, idempotency_key=key)
    assert real.status_code == (202 if told.get("pending") else 201)
    assert "idempotent-replayed" not in real.headers
    receipt = real.json()
    assert told["dry_run"] is True
    about = {
        name: value
        for name, value in told.items()
        if name not in ("dry_run", "events", "each", "becomes", "told")
    }
    for act in receipt.get("acts", ()):
        del act["event_id"]
    assert told.get("each", [told["becomes"]])[-1] == told["becomes"]
    given = ("position", "recorded_at", "event_id", "change", *(("request",) if name == "requests" else ()))
    assert about == {name: value for name, value in receipt.items() if name not in given}
    last = receipt["position"]  # of several events it is that of the last
    recorded = [
        desk.get(f"/v1/events/{last - n}", "auditor").json() for n in reversed(range(len(told["events"])))
    ]
    assert told["events"] == [{"topic": event["topic"], **event["body"]} for event in recorded]
    beside = name in ("merges", "partings")  # in the stream of the other source, too
    assert last == desk.head() == before_it + len(recorded) + beside
    if "has_contact" in told["becomes"]:
        request = desk.get(f"/v1/requests/{receipt['request']}?at_least={last}").json()
        assert told["becomes"] == {
            "story": request["story"],
            "state": request["state"],
            "has_contact": request["contact"] is not None,
        }
        return
    if "state" in told["becomes"]:
        shown = desk.get(f"/v1/stories/{receipt['story']}?at_least={last}").json()["publication"]
        assert foreseeable(told["becomes"]) == foreseeable(shown)
        return
    assert told_apart_from_what_is_given(answer.text.rpartition(',"becomes":')[2][:-1]) == (
        told_apart_from_what_is_given(document_of(desk, receipt))
    )


def document_of(desk: Desk, receipt: dict[str, Any]) -> str:
    """The text of what was filed, as it is sent."""
    desk.settle()
    if "source" in receipt:
        found = sources.one(desk.newsroom.views, receipt["source"])
        assert found is not None
        return found[1]
    if "fact" in receipt:
        asked = "select desk from fact_versions where from_position = %s"
    else:
        asked = "select desk from story_versions where from_position = %s"
    (text,) = desk.newsroom.views.execute(asked, [receipt["position"]]).fetchone() or (None,)
    return str(text)


def foreseeable(publication: dict[str, Any]) -> dict[str, Any]:
    """But for what is worked out once it has happened: what readers are told with it, and since when."""
    stands = {name: value for name, value in publication.items() if "published_at" not in name}
    if tombstone := stands.pop("tombstone", None):
        stands["tombstone"] = {name: value for name, value in tombstone.items() if name != "since"}
    return stands | {"signals": []}


@pytest.mark.thorough
def test_every_post_that_there_is_was_tried(desk: Desk) -> None:
    document = desk.client().get("/openapi.json").json()
    posts = {path for path, operations in document["paths"].items() if "post" in operations}
    numbers = {"facts": "fact", "revisions": "revision", "approvals": "approval"}
    names = {"stories": "slug", "sources": "slug", "requests": "request"}
    found = set()
    for filing in TRIED.values():
        path, _ = filing(desk)
        numbered = re.sub(
            r"/(facts|revisions|approvals)/\d+", lambda one: f"/{one[1]}/{{{numbers[one[1]]}}}", path
        )
        found.add(
            re.sub(
                r"/(stories|sources|requests)/[^/]+", lambda one: f"/{one[1]}/{{{names[one[1]]}}}", numbered
            )
        )
    # An item is no command, and how items are taken is said by others than an editor: test_taking.py tries both. Of
    # who is told what happens there is no event: see test_webhooks.py.
    posts = {path for path in posts if not path.startswith("/v1/webhooks")}
    assert found == posts - {"/v1/intake", "/v1/sources/{slug}/provider"}


@pytest.mark.thorough
@pytest.mark.parametrize("name", TRIED)
def test_a_rehearsal_is_as_the_document_declares_it(desk: Desk, name: str) -> None:
    document = desk.client().get("/openapi.json").json()
    path, body = TRIED[name](desk)
    told = desk.try_post(f"{path}?dry_run=true", body).json()
    schema = {"$ref": "#/components/schemas/Rehearsal", "components": document["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert [error.message for error in validator.iter_errors(told)] == []
    assert not validator.is_valid(told | {"dry_run": False})


def test_a_dry_run_that_is_declined_is_recorded(desk: Desk) -> None:
    before = desk.head()
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    assert desk.try_post("/v1/sources?dry_run=false", source).status_code == 201
    assert desk.head() == before + 1


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("dry_run=perhaps", "should be true or false"),
        ("dry_run=", "should be true or false"),
        ("dry_run=true&dry_run=false", "is given more than once"),
        ("dry-run=true", "There is no parameter 'dry-run'; there are: dry_run."),
        ("DRY_RUN=true", "There is no parameter 'DRY_RUN'; there are: dry_run."),
    ],
)
def test_whoever_asks_for_a_dry_run_in_other_words_is_refused_and_nothing_is_recorded(
    desk: Desk, query: str, says: str
) -> None:
    before = desk.head()
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    told = problem(desk.try_post(f"/v1/sources?{query}", source), 400, "bad-parameter")
    assert says in told["detail"]
    assert desk.head() == before


# --- Refusals ----------------------------------------------------------------------------------------------------

_FIRST = {"expected_version": 1}
Refused = tuple[int, str, Any, dict[str, str], Role | None]  # status, path, body, headers, role
FACT_1 = "/v1/stories/{story}/facts/1"
REFUSED: dict[str, Refused] = {
    "no key": (401, "/v1/sources", {}, {}, None),
    "another role": (403, f"{FACT_1}/retractions", CHANGES["retractions"] | _FIRST, {}, "reporter"),
    "a role that undoes nothing": (403, "/v1/stories/{story}/revisions/2/undo", UNDOING, {}, "reporter"),
    "no story": (404, "/v1/stories/no-story/notes", SAID_OF_A_STORY["notes"], {}, "editor"),
    "no fact": (404, "/v1/stories/{story}/facts/9/updates", CHANGES["updates"] | _FIRST, {}, "editor"),
    "no revision": (404, "/v1/stories/{story}/revisions/99/undo", UNDOING, {}, "editor"),
    "nothing at this address": (404, "/v1/stories/No_Story/notes", SAID_OF_A_STORY["notes"], {}, "editor"),
    "a slug that is taken": (
        409,
        "/v1/stories",
        {"slug": "{story}", "headline": "H", "language": "en", "desk": "world"},
        {},
        "editor",
    ),
    "a version that is past": (409, f"{FACT_1}/updates", CHANGES["updates"] | _FIRST, {}, "editor"),
    "a fact that is retracted": (
        409,
        "/v1/stories/{story}/facts/2/updates",
        CHANGES["updates"] | {"expected_version": 2},
        {},
        "editor",
    ),
    "an opening undone": (409, "/v1/stories/{story}/revisions/1/undo", UNDOING, {}, "editor"),
    "what has changed since undone": (409, "/v1/stories/{story}/revisions/2/undo", UNDOING, {}, "editor"),
    "an ETag that is past": (412, f"{FACT_1}/updates", CHANGES["updates"], {"if-match": '"v1-1"'}, "editor"),
    "If-Match and expected_version at odds": (
        400,
        f"{FACT_1}/updates",
        CHANGES["updates"] | _FIRST,
        {"if-match": '"v2-1"'},
        "editor",
    ),
    "copy too large": (413, "/v1/stories/{story}/copy", {"text": "x", "reason": "🚆" * 70_000}, {}, "editor"),
    "no version": (428, f"{FACT_1}/updates", CHANGES["updates"], {}, "editor"),
    "a body of another shape": (422, "/v1/sources", {"slug": "A"}, {}, "editor"),
    "a source that is not there": (
        422,
        "/v1/stories/{story}/facts",
        FACT | {"citations": [{"source": "tass"}]},
        {},
        "editor",
    ),
    "the headline it has": (
        422,
        "/v1/stories/{story}/headline",
        {"expected_revision": 1, "headline": "A train", "reason": "Again."},
        {},
        "editor",
    ),
    "a key used for something else": (422, f"{FACT_1}/updates", CHANGES["updates"], {}, "editor"),
}


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    """A story whose first fact was changed, and whose second was retracted."""
    slug = desk.open(facts=2)
    desk.post(f"/v1/stories/{slug}/facts/1/assessments", CHANGES["assessments"] | _FIRST)
    desk.post(f"/v1/stories/{slug}/facts/2/retractions", CHANGES["retractions"] | _FIRST)
    desk.try_post(
        "/v1/sources", {"slug": desk.slug("source"), "name": "A", "kind": "own"}, idempotency_key="used"
    )
    return slug


@pytest.mark.thorough
@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_refused_is_refused_in_the_same_words(desk: Desk, story: str, name: str) -> None:
    status, path, body, headers, role = REFUSED[name]
    if "slug" in body:
        body |= {"slug": body["slug"].format(story=story)}
    if name == "a key used for something else":
        headers = headers | {"idempotency-key": "used"}

    def sent(query: str) -> Response:
        return desk.client(role).post(path.format(story=story) + query, json=body, headers=headers)

    before = everything(desk.newsroom)
    rehearsed, real = problem(sent("?dry_run=true"), status), problem(sent(""), status)
    assert rehearsed.pop("request_id") != real.pop("request_id")
    assert rehearsed == real
    assert everything(desk.newsroom) == before


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", TRIED)
def test_who_may_not_do_it_may_not_try_it(desk: Desk, name: str, role: Role) -> None:
    path, body = TRIED[name](desk)
    before = desk.head()
    rehearsed = desk.try_post(f"{path}?dry_run=true", body, role)
    assert desk.head() == before
    real = desk.try_post(path, body, role)
    assert (rehearsed.status_code, real.status_code) in ((200, 201), (200, 202), (403, 403))


@pytest.mark.thorough
def test_a_body_that_is_too_large_once_it_is_an_event_is_refused(room: Newsroom) -> None:
    before = everything(room)
    with pytest.raises(BodyTooLarge, match="at most 262144 bytes; this one has 262145"):
        room.rehearse(copy_of(limits.BODY_BYTES + 1), "story")
    rehearsal = room.rehearse(copy_of(limits.BODY_BYTES), "story")
    assert isinstance(rehearsal.after, Story)
    assert rehearsal.after.copy is not None
    assert everything(room) == before


# --- Repeated requests -------------------------------------------------------------------------------------------


def test_a_key_that_was_used_for_the_same_request_is_tried_anew_and_still_replayed(room: Newsroom) -> None:
    first = room.submit(ask(room, a_fact("Once"), repeat="a key"))
    before = everything(room)
    rehearsal = room.outcome_of(tried(ask(room, a_fact("Once"), repeat="a key")))
    assert isinstance(rehearsal, Rehearsal)
    assert rehearsal.about == {"story": "story", "revision": 4, "fact": 3, "version": 1}
    with pytest.raises(KeyReused):
        room.outcome_of(tried(ask(room, a_fact("Another"), repeat="a key")))
    assert everything(room) == before
    again = room.submit(ask(room, a_fact("Once"), repeat="a key"))
    assert (again.replayed, again.receipt.text()) == (True, first.receipt.text())


@pytest.mark.thorough
def test_a_dry_run_leaves_its_key_free(room: Newsroom) -> None:
    room.outcome_of(tried(ask(room, a_fact("One"), repeat="a key")))
    room.outcome_of(tried(ask(room, a_fact("Another"), repeat="a key")))
    assert not room.submit(ask(room, a_fact("A third"), repeat="a key")).replayed


# --- In company --------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_dry_run_between_two_commands_of_one_story_disturbs_neither(room: Newsroom) -> None:
    before = read_head(room.views)[0]
    outcomes = together(
        room,
        [
            ask(room, correct(place="Khasan"), fact=1),
            tried(ask(room, correct(2, place="Nowhere"), fact=1)),
            tried(ask(room, correct(1, place="Nowhere"), fact=1)),
            ask(room, correct(2, place="Hasan"), fact=1),
            tried(ask(room, a_note("Nobody reads this"))),
            tried(ask(room, a_headline("A headline"))),
            ask(room, a_note("Ask first")),
        ],
    )
    assert positions(outcomes) == [before + 1, before + 2, before + 3]
    assert transactions(room, since=before + 1) == 1
    assert read_head(room.views)[0] == before + 3
    story = kept(room)
    assert (story.facts[0].place, story.facts[0].version) == ("Hasan", 3)
    assert [note.text for note in story.notes] == ["Ask first"]
    # They came after what was recorded, with real positions in what they show, and saw none of each other.
    assert isinstance(outcomes[1], FactMovedOn)
    assert isinstance(outcomes[2], FactMovedOn)
    assert isinstance(outcomes[4], Rehearsal)
    assert outcomes[4].about == {"story": "story", "revision": 6}
    assert outcomes[4].before == story
    assert isinstance(outcomes[5], Exception)


@pytest.mark.thorough
def test_many_dry_runs_at_once_each_stand_alone(room: Newsroom) -> None:
    before = everything(room)
    outcomes = together(room, [tried(ask(room, a_fact(f"Train {n}"))) for n in range(50)])
    numbers = [outcome.about["fact"] for outcome in outcomes if isinstance(outcome, Rehearsal)]
    assert numbers == [2] * 50
    assert everything(room) == before
    assert room.report().position == read_head(room.views)[0]


@pytest.mark.thorough
def test_a_dry_run_sees_what_another_process_did(room: Newsroom, other: Newsroom) -> None:
    other.report(statement="Another")  # both know the story now
    room.file(RegisterSource(slug="tass", name="TASS", kind="agency"))
    assert other.rehearse(a_fact(source="tass"), "story").about["fact"] == 3
    room.file(open_story("elsewhere"))
    assert other.rehearse(a_note(), "elsewhere").about == {"story": "elsewhere", "revision": 2}
    room.file(correct(place="Khasan"), "story", 1)
    with pytest.raises(FactMovedOn) as moved:
        other.rehearse(correct(place="Hasan"), "story", 1)
    assert moved.value.details["changed"]["kind"] == "correction"
    room.file(RetractFact(expected_version=2, reason="Not so"), "story", 1)
    with pytest.raises(FactIsRetracted):
        other.rehearse(UpdateFact(expected_version=3, reason="It moved", place="1"), "story", 1)
    assert other.file(a_note(), "story").position == read_head(room.views)[0]


@pytest.mark.thorough
def test_a_refused_dry_run_names_what_is_missing_now(room: Newsroom) -> None:
    with pytest.raises(UnknownSource):
        room.rehearse(a_fact(source="tass"), "story")
    with pytest.raises(NoSuchStory):
        room.rehearse(a_note(), "nowhere")
    with pytest.raises(RoleMayNot):
        room.rehearse(a_headline("Kim leaves"), "story", role="reporter")


@pytest.mark.thorough
def test_a_broken_dry_run_fails_alone(room: Newsroom) -> None:
    broken = IssueKey(key=uuid4(), digest="no digest at all", role="editor", label="Ana")
    before = everything(room)
    outcomes = together(
        room,
        [
            tried(ask(room, a_note())),
            tried(Submission(broken, CONSOLE, uuid4(), uuid4())),
            tried(ask(room, a_fact())),
        ],
    )
    assert [type(outcome) for outcome in outcomes] == [Rehearsal, ValidationError, Rehearsal]
    assert everything(room) == before


# --- Keys --------------------------------------------------------------------------------------------------------


def test_a_key_revoked_elsewhere_tries_nothing_any_more(room: Newsroom, other: Newsroom) -> None:
    editor = room.actor("editor")
    assert editor.key
    other.revoke_key(editor.key)
    assert room.keyring.admits(editor, room.keyring.keys()[0].issued_at)  # this process has not heard of it
    with pytest.raises(KeyRefused):
        room.rehearse(a_fact(), "story")
    assert room.rehearse(a_fact(), "story", role="reporter").about["fact"] == 2


def test_a_key_revoked_elsewhere_is_told_so_at_the_endpoint(desk: Desk) -> None:
    secret, key = desk.newsroom.issue_key("reporter")
    headers = {"authorization": f"Bearer {secret}"}
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    path = "/v1/sources?dry_run=true"
    assert desk.client(None).post(path, json=source, headers=headers).status_code == 200
    desk.newsroom.revoke_key(key)
    problem(desk.client(None).post(path, json=source, headers=headers), 401, "key-refused")


# --- What breaks -------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_dry_run_waits_for_a_database_that_is_away_and_is_told_that_nothing_was_changed(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "COMMAND_SECONDS", 0.5)
    answers = SimpleQueue[Outcome]()
    with away(room.database):
        with pytest.raises(DatabaseAway, match="Nothing was changed"):
            room.rehearse(a_fact(), "story")
        monkeypatch.setattr(limits, "COMMAND_SECONDS", 30)
        room.writer.submit(tried(ask(room, a_fact())), answers.put)
        room.writer.submit(ask(room, a_fact("It waits")), answers.put)
    outcomes = {type(answers.get(timeout=30)) for _ in range(2)}
    assert outcomes == {Rehearsal, Recording}
    assert [fact.statement for fact in kept(room).facts] == ["A train arrived", "It waits"]


# --- What it tells -----------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_rehearsal_holds_the_states_before_and_after(room: Newsroom) -> None:
    before = kept(room)
    rehearsal = room.rehearse(correct(place="Khasan"), "story", 1)
    assert rehearsal.before == before
    room.file(correct(place="Khasan"), "story", 1)
    after = kept(room)
    assert isinstance(rehearsal.after, Story)
    (fact,), (told,) = after.facts, rehearsal.after.facts
    assert (told.changed.position, told.changed.kind) == (0, "correction")
    given = {"position": fact.changed.position, "recorded_at": fact.changed.recorded_at}
    changed = told.changed.model_copy(update=given)
    assert told.model_copy(update={"changed": changed, "corrected": changed}) == fact
    assert rehearsal.after.revision == after.revision


@pytest.mark.thorough
def test_what_has_no_document_becomes_null(room: Newsroom) -> None:
    key = IssueKey(key=uuid4(), digest="0" * 64, role="editor", label="Ana")
    rehearsal = room.outcome_of(tried(Submission(key, CONSOLE, uuid4(), uuid4())))
    assert isinstance(rehearsal, Rehearsal)
    assert [event.topic for event in rehearsal.events] == ["member-enrolled.v1", "key-issued.v1"]
    assert rehearsals.text_of(rehearsal).endswith(',"becomes":null}')


def test_a_date_is_read_as_it_would_be(desk: Desk) -> None:
    slug = desk.open()
    desk.post(f"/v1/stories/{slug}/dateline", {"date": "2023-09-13", "reason": "So."})
    told = desk.try_post(
        f"/v1/stories/{slug}/facts?dry_run=true", FACT | {"occurred": {"literal": "on Tuesday"}}
    ).json()
    assert told["becomes"]["when"]["edtf"] == "2023-09-12"
    assert told["becomes"]["when"]["status"] == "provisional"
    assert told["becomes"]["changed"]["actor"] == str(
        desk.newsroom.keyring.actor(desk.server.secret("editor"), datetime.now(UTC)).member
    )


def test_a_story_that_was_only_tried_is_not_there(desk: Desk) -> None:
    slug = desk.slug()
    story = {"slug": slug, "headline": "A train", "language": "en", "desk": "world"}
    told = desk.try_post("/v1/stories?dry_run=true", story).json()
    assert (told["story"], told["revision"], told["becomes"]["headline"]) == (slug, 1, "A train")
    problem(desk.client().get(f"/v1/stories/{slug}"), 404, "no-such-story")
    problem(desk.try_post(f"/v1/stories/{slug}/facts?dry_run=true", FACT), 404, "no-such-story")


@pytest.mark.thorough
def test_a_source_that_was_only_tried_cannot_be_named(room: Newsroom) -> None:
    tass = RegisterSource(slug="tass", name="TASS", kind="agency")
    assert room.rehearse(tass).about == {"source": "tass", "revision": 1}
    with pytest.raises(UnknownSource):
        room.report(source="tass")
    assert room.writer._held[source_stream("tass")].state is None
    opening = OpenStory(slug="new", headline="H", language="en", desk="world")
    assert room.rehearse(opening).before is None
