"""Is what is filed over HTTP recorded once, answered with its receipt, and changed only by who saw what it is now?"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from ledger.commands import Repeat
from ledger.words import Role
from tests.desk import (
    ANSWERS,
    CHANGES,
    FACT,
    REQUEST,
    SAID_OF_A_SOURCE,
    SAID_OF_A_STORY,
    UNDOING,
    Desk,
    problem,
)

Filing = Callable[[Desk], tuple[str, dict[str, Any]]]


def everything_that_can_be_filed() -> dict[str, Filing]:
    """For each POST: makes ready what it needs; its path and body."""

    def of_story(said: str, body: dict[str, Any]) -> Filing:
        return lambda desk: (f"/v1/stories/{desk.open()}/{said}", body)

    def of_fact(change: str, body: dict[str, Any]) -> Filing:
        return lambda desk: (f"/v1/stories/{desk.open()}/facts/1/{change}", body | {"expected_version": 1})

    def undoing(desk: Desk) -> tuple[str, dict[str, Any]]:
        story = f"/v1/stories/{desk.open()}"
        revision = desk.post(f"{story}/headline", SAID_OF_A_STORY["headline"])["revision"]
        return f"{story}/revisions/{revision}/undo", UNDOING

    def of_source(said: str, body: dict[str, Any]) -> Filing:
        return lambda desk: (
            f"/v1/sources/{desk.source(discredited=said == 'reinstatements', joined=said == 'partings')}/{said}",
            body,
        )

    def of_request(answer: str, body: dict[str, Any]) -> Filing:
        return lambda desk: (f"/v1/requests/{desk.ask()}/{answer}", body)

    story = {"headline": "A train", "language": "en", "desk": "world"}
    return {
        "sources": lambda desk: ("/v1/sources", {"slug": desk.slug("source"), "name": "A", "kind": "own"}),
        "stories": lambda desk: ("/v1/stories", story | {"slug": desk.slug()}),
        "facts": of_story("facts", FACT),
        **{said: of_story(said, body) for said, body in SAID_OF_A_STORY.items()},
        **{change: of_fact(change, body) for change, body in CHANGES.items()},
        **{said: of_source(said, body) for said, body in SAID_OF_A_SOURCE.items()},
        "requests": lambda desk: ("/v1/requests", REQUEST | {"story": desk.public()}),
        **{answer: of_request(answer, body) for answer, body in ANSWERS.items()},
        "undo": undoing,
    }


FILED = everything_that_can_be_filed()


# --- Receipts ----------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("name", FILED)
def test_what_is_filed_is_answered_with_a_receipt_and_can_be_read_at_once(desk: Desk, name: str) -> None:
    path, body = FILED[name](desk)
    before = desk.head()
    answer = desk.try_post(path, body)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    receipt = answer.json()
    expected = {"position", "recorded_at", "event_id", "revision"}
    expected |= {"source"} if "/sources" in path else {"request"} if "requests" in path else {"story"}
    expected |= {"fact", "version"} if "fact" in path else set()
    assert set(receipt) == expected
    events = 2 if name in ("merges", "partings") else 1  # in the streams of both sources, its own the last
    assert receipt["position"] == before + events == desk.head()
    assert str(UUID(receipt["event_id"])) == receipt["event_id"]
    location = answer.headers["location"]
    shown = desk.get(f"{location}?at_least={receipt['position']}")
    if "fact" in path:
        assert location.endswith("/facts/2" if name == "facts" else "/facts/1")
        assert shown.json()["changed"]["position"] == receipt["position"]
        assert shown.json()["version"] == receipt["version"]
        assert shown.headers["etag"] == answer.headers["etag"]
    elif "requests" in path:
        assert location == f"/v1/requests/{receipt['request']}"
        assert shown.json()["request"] == receipt["request"]
        assert receipt["revision"] == (1 if name == "requests" else 3)
    elif "/sources" not in path:
        assert (shown.json()["position"], shown.json()["revision"]) == (
            receipt["position"],
            receipt["revision"],
        )
        assert shown.json()["recorded_at"] == receipt["recorded_at"]
    event = desk.get(f"/v1/events/{receipt['position']}", "auditor").json()
    assert (event["event_id"], event["recorded_at"]) == (receipt["event_id"], receipt["recorded_at"])
    assert event["request_id"] == answer.headers["x-request-id"]


@pytest.mark.thorough
def test_whoever_files_sees_it_at_once(desk: Desk) -> None:
    story = desk.open()
    for number in range(2, 42):
        receipt = desk.report(story)
        facts = desk.get(f"/v1/stories/{story}?at_least={receipt['position']}").json()["facts"]
        assert len(facts) == receipt["fact"] == number
        found = desk.get(f"/v1/stories?limit=1&at_least={receipt['position']}").json()["items"][0]
        assert (found["story"], found["facts"]) == (story, number)


# --- The same request again --------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("name", FILED)
def test_the_same_request_is_recorded_once_and_answered_to_the_byte_whenever_it_comes(
    desk: Desk, name: str
) -> None:
    path, body = FILED[name](desk)
    body = desk.as_seen(path, body)
    key = str(uuid4())
    first = desk.try_post(path, body, idempotency_key=key)
    assert first.status_code == 201
    assert "idempotent-replayed" not in first.headers
    before = desk.head()
    for spelling in (key, f'"{key}"'):
        again = desk.try_post(path, body, idempotency_key=spelling)
        assert again.status_code == 201
        assert again.headers["idempotent-replayed"] == "true"
        assert again.content == first.content
        assert again.headers["location"] == first.headers["location"]
        assert again.headers.get("etag") == first.headers.get("etag")
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
    different = body | {"slug": desk.slug()} if "slug" in body else body | {"reason": "Another."}
    others = {"facts": "statement", "notes": "text", "requests": "concern", "acknowledgements": "note"}
    if name in others:
        different = body | {others[name]: "Another."}
    told = problem(desk.try_post(path, different, idempotency_key=key), 422, "key-reused")
    assert told["errors"][0]["header"] == "Idempotency-Key"
    assert desk.head() == before


def test_the_same_key_means_another_request_at_another_address_or_with_another_if_match(desk: Desk) -> None:
    story, key = desk.open(facts=2), str(uuid4())
    update = CHANGES["updates"]
    path = f"/v1/stories/{story}/facts/1/updates"
    first = desk.try_post(path, update, idempotency_key=key, if_match='"v1-7"')
    assert first.status_code == 201
    for elsewhere in (path.replace("/1/", "/2/"), path.replace("updates", "clarifications")):
        problem(desk.try_post(elsewhere, update, idempotency_key=key, if_match='"v1-7"'), 422, "key-reused")
    problem(desk.try_post(path, update, idempotency_key=key, if_match='"v2-7"'), 422, "key-reused")
    again = desk.try_post(path, update, idempotency_key=key, if_match='"v1-7"')
    assert again.content == first.content


def test_a_request_that_is_written_anew_is_the_same(desk: Desk) -> None:
    """As by a client that keeps what it sends, and not the bytes."""
    story, key = desk.open(facts=0), str(uuid4())
    path, headers = f"/v1/stories/{story}/facts", {"idempotency-key": key, "content-type": "application/json"}
    said = json.dumps(FACT), json.dumps(dict(reversed(FACT.items())), indent=2, ensure_ascii=False)
    first, again = (desk.client("editor").post(path, content=body, headers=headers) for body in said)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    other = desk.client("editor").post(path, content=json.dumps(FACT | {"place": "Khasan"}), headers=headers)
    problem(other, 422, "key-reused")


@pytest.mark.parametrize("may_be_erased", [False, True])
def test_what_an_earlier_release_recorded_is_known_again(*, may_be_erased: bool) -> None:
    before, salt = Repeat("key", b"earlier", may_be_erased), b"salt"
    now = Repeat("key", b"now", may_be_erased, earlier=b"earlier")
    assert now.is_recorded_as(before.recorded_as(salt), salt)
    assert now.is_recorded_as(now.recorded_as(salt), salt)
    assert not Repeat("key", b"now", may_be_erased).is_recorded_as(before.recorded_as(salt), salt)
    assert not now.is_recorded_as(b"another", None)


def test_a_key_is_its_members_own(desk: Desk) -> None:
    story, key = desk.open(), str(uuid4())
    roles: tuple[Role, ...] = ("reporter", "editor", "standards")
    answers = [desk.try_post(f"/v1/stories/{story}/facts", FACT, role, idempotency_key=key) for role in roles]
    assert [answer.json()["fact"] for answer in answers] == [2, 3, 4]


def test_a_request_that_was_refused_can_be_sent_again_with_its_key(desk: Desk) -> None:
    slug, key = desk.slug("source"), str(uuid4())
    fact = FACT | {"attribution": [{"source": slug, "cue": "said", "speech": "indirect"}]}
    path = f"/v1/stories/{desk.open()}/facts"
    problem(desk.try_post(path, fact, idempotency_key=key), 422, "unknown-source")
    desk.post("/v1/sources", {"slug": slug, "name": "A", "kind": "own"})
    assert "idempotent-replayed" not in desk.try_post(path, fact, idempotency_key=key).headers
    assert desk.try_post(path, fact, idempotency_key=key).headers["idempotent-replayed"] == "true"


@pytest.mark.thorough
def test_the_same_request_sent_many_times_at_once_is_recorded_once(desk: Desk) -> None:
    story = desk.open()
    secret = desk.server.secret("editor")
    before = desk.head()
    for _ in range(5):
        headers = {"authorization": f"Bearer {secret}", "idempotency-key": str(uuid4())}
        with (
            httpx2.Client(base_url=desk.server.url, headers=headers) as client,
            ThreadPoolExecutor(8) as crowd,
        ):
            answers = list(
                crowd.map(lambda _: client.post(f"/v1/stories/{story}/facts", json=FACT), range(8))
            )
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert desk.head() == before + 5


@pytest.mark.parametrize(
    "key", ["x", "k" * 255, '"' + "q" * 255 + '"', "a key with blanks", "-", "~!@#$%^&*()"]
)
def test_an_idempotency_key_may_be_any_printable_ascii(desk: Desk, key: str) -> None:
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    first = desk.try_post("/v1/sources", source, idempotency_key=key)
    assert first.status_code == 201
    assert desk.try_post("/v1/sources", source, idempotency_key=key).content == first.content


@pytest.mark.parametrize("key", ["", '""', '"', '"half', "k" * 256, '"' + "k" * 256 + '"', "a\tb", "caf\xe9"])
def test_an_idempotency_key_of_anything_else_is_refused(desk: Desk, key: str) -> None:
    before = desk.head()
    source = {"slug": desk.slug("source"), "name": "A", "kind": "own"}
    headers = [(b"idempotency-key", key.encode("latin-1"))]
    told = problem(desk.client().post("/v1/sources", json=source, headers=headers), 400, "bad-parameter")
    assert told["errors"][0]["header"] == "Idempotency-Key"
    assert "printable ASCII" in told["detail"]
    assert "at most 255 characters" in told["detail"]
    assert desk.head() == before


# --- Changing what one saw ---------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("change", CHANGES)
def test_a_fact_is_changed_by_who_names_the_version_that_it_has(desk: Desk, change: str) -> None:
    fact = f"/v1/stories/{desk.open()}/facts/1"
    path, body = f"{fact}/{change}", CHANGES[change]
    before = desk.head()
    told = problem(desk.try_post(path, body), 428, "version-not-named")
    assert "expected_version in the body, or If-Match with the fact's ETag" in told["detail"]
    assert "Fact 1 is at version 1." in told["detail"]
    problem(desk.try_post(path, body, if_match="*"), 428, "version-not-named")
    problem(desk.try_post(path, body | {"expected_version": None}), 428, "version-not-named")
    seen = desk.get(fact).headers["etag"]
    told = problem(desk.try_post(path, body | {"expected_version": 2}, if_match=seen), 400, "bad-parameter")
    assert told["errors"][0]["header"] == "If-Match"
    assert "If-Match names version 1, expected_version 2" in told["detail"]
    stale = seen.replace("v1", "v2")
    told = problem(desk.try_post(path, body, if_match=stale), 412, "precondition-failed")
    assert told["errors"] == [{"header": "If-Match", "detail": told["detail"]}]
    assert (told["version"], told["statement"]) == (1, "Train 1 arrived")
    assert desk.head() == before

    answer = desk.try_post(path, body, if_match=seen)
    assert answer.status_code == 201, answer.text
    assert answer.json()["version"] == 2
    assert answer.headers["etag"] == f'"v2-{answer.json()["position"]}"'
    problem(desk.try_post(path, body, if_match=seen), 412, "precondition-failed")
    problem(desk.try_post(path, body | {"expected_version": 1}), 409, "fact-moved-on")
    assert desk.head() == before + 1


def test_the_etag_of_a_receipt_is_good_for_the_next_change(desk: Desk) -> None:
    story = desk.open(facts=0)
    answer = desk.try_post(f"/v1/stories/{story}/facts", FACT)
    for change in (
        "citations",
        "assessments",
        "responses",
        "confirmations",
        "updates",
        "clarifications",
        "corrections",
        "retractions",
    ):
        path = f"/v1/stories/{story}/facts/1/{change}"
        answer = desk.try_post(path, CHANGES[change], if_match=answer.headers["etag"])
        assert answer.status_code == 201, answer.text


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"v1-{position}"', 201),
        ('"v1-1"', 201),  # the version counts; a date that is read anew moves the position alone
        ("v1-{position}", 201),
        ('"other", "v1-{position}"', 201),
        ('"v0-1", "v1-{position}"', 201),
        ('W/"v1-{position}"', 412),  # If-Match compares strongly (RFC 9110, 13.1.1)
        ('"v2-{position}", "v1-{position}"', 412),
        ('"r1-{position}"', 412),
        ('"v1"', 412),
        ('"1"', 412),
        ('""', 412),
        ("", 412),
        ("banana", 412),
        ('"v99999999-1"', 412),
        ("*", 428),
    ],
)
def test_if_match_is_read_as_rfc_9110_has_it(desk: Desk, if_match: str, status: int) -> None:
    story = desk.open()
    before = desk.head()
    field = if_match.format(position=before)
    answer = desk.try_post(f"/v1/stories/{story}/facts/1/updates", CHANGES["updates"], if_match=field)
    assert answer.status_code == status, answer.text
    assert desk.head() == before + (status == 201)


def test_expected_version_and_if_match_may_both_be_given_where_they_agree(desk: Desk) -> None:
    path = f"/v1/stories/{desk.open()}/facts/1/updates"
    body = CHANGES["updates"] | {"expected_version": 1}
    assert desk.try_post(path, body, if_match='"v1-1"').status_code == 201


def test_of_many_who_change_the_same_version_one_succeeds(desk: Desk) -> None:
    story = desk.open()
    secret = desk.server.secret("editor")
    path = f"/v1/stories/{story}/facts/1/updates"
    with (
        httpx2.Client(base_url=desk.server.url, headers={"authorization": f"Bearer {secret}"}) as client,
        ThreadPoolExecutor(8) as crowd,
    ):
        bodies = [
            CHANGES["updates"] | {"expected_version": 1, "place": f"Place {number}"} for number in range(16)
        ]
        statuses = list(crowd.map(lambda body: client.post(path, json=body).status_code, bodies))
    assert sorted(statuses) == [201] + [409] * 15


def test_changes_of_different_facts_of_one_story_do_not_meet(desk: Desk) -> None:
    story = desk.open(facts=8)
    secret = desk.server.secret("editor")
    with (
        httpx2.Client(base_url=desk.server.url, headers={"authorization": f"Bearer {secret}"}) as client,
        ThreadPoolExecutor(8) as crowd,
    ):
        body = CHANGES["updates"] | {"expected_version": 1}
        answers = crowd.map(
            lambda fact: client.post(f"/v1/stories/{story}/facts/{fact}/updates", json=body).status_code,
            range(1, 9),
        )
        assert set(answers) == {201}


def test_null_takes_away_what_may_be_absent_and_what_is_left_out_stays(desk: Desk) -> None:
    story = desk.open(facts=0)
    desk.report(story, place="Vladivostok", entities=["Kim"], occurred={"literal": "on Tuesday"})
    path = f"/v1/stories/{story}/facts/1"
    receipt = desk.post(f"{path}/updates", {"expected_version": 1, "place": None, "reason": "So."})
    fact = desk.get(f"{path}?at_least={receipt['position']}").json()
    assert "place" not in fact
    assert (fact["entities"], fact["occurred"]) == (["Kim"], {"literal": "on Tuesday"})
