"""Do readers see what was published, from when on, and nothing once it is held, killed or taken down?"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response

from ledger.store.store import read_head
from tests.desk import CHANGES, FACT, OF_PUBLICATION, SAID_OF_A_STORY, Desk, problem
from tests.views import eventually, holding_the_lead


def read(desk: Desk, path: str) -> Response:
    """What a reader is answered once the views have caught up."""
    desk.settle()
    return desk.client(None).get(path)


def story_of(desk: Desk, slug: str, asked: str = "") -> dict[str, Any]:
    answer = read(desk, f"/v1/stories/{slug}{asked}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def published(desk: Desk, facts: int = 1) -> str:
    slug = desk.open(facts)
    desk.publish(slug)
    return slug


def correct(desk: Desk, slug: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    body = CHANGES["corrections"] | {"expected_version": version} | fields
    return desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)


def of_desk(desk: Desk, slug: str) -> dict[str, Any]:
    desk.settle()
    return dict(desk.get(f"/v1/stories/{slug}").json())


# --- Published ---------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_readers_see_a_story_as_of_its_last_published_revision(desk: Desk) -> None:
    slug = desk.open(facts=1)
    assert read(desk, f"/v1/stories/{slug}").status_code == 404
    desk.publish(slug)
    correct(desk, slug)
    desk.report(slug, statement="Nobody but the desk knows this")
    seen = story_of(desk, slug)
    assert seen["revision"] == 2
    assert [fact["statement"] for fact in seen["facts"]] == ["Train 1 arrived"]
    assert seen["changes"] == []
    desk.publish(slug)
    seen = story_of(desk, slug)
    assert seen["revision"] == 5
    assert [fact["statement"] for fact in seen["facts"]] == [
        "A train left Vladivostok",
        "Nobody but the desk knows this",
    ]


@pytest.mark.thorough
def test_a_story_is_published_up_to_a_revision_and_never_back(desk: Desk) -> None:
    slug = desk.open(facts=2)
    path = f"/v1/stories/{slug}/publications"
    desk.post(path, {"revision": 2, "reason": "The first fact alone."})
    assert len(story_of(desk, slug)["facts"]) == 1
    told = problem(desk.try_post(path, {"revision": 1, "reason": "Back."}), 409, "older-than-public")
    assert (told["revision"], told["public"]) == (1, 2)
    problem(desk.try_post(path, {"revision": 2, "reason": "Again."}), 422, "nothing-changes")
    problem(desk.try_post(path, {"revision": 9, "reason": "Too soon."}), 422, "no-such-revision")
    desk.publish(slug)
    assert len(story_of(desk, slug)["facts"]) == 2


def test_the_desk_sees_how_publication_stands_now_and_as_it_stood(desk: Desk) -> None:
    slug = desk.open(facts=1)
    assert of_desk(desk, slug)["publication"] == {"state": "draft", "signals": [], "approvals": []}
    receipt = desk.publish(slug)
    now = of_desk(desk, slug)["publication"]
    at = receipt["recorded_at"]
    assert now == {
        "state": "published",
        "pub_status": "usable",
        "revision": 2,
        "edition": 1,
        "signals": [],
        "published_at": at,
        "first_published_at": at,
        "approvals": [],
    }
    correct(desk, slug)
    again = desk.publish(slug)
    now = of_desk(desk, slug)["publication"]
    assert (now["revision"], now["signals"]) == (4, ["sig:update", "sig:correction"])
    assert (now["published_at"], now["first_published_at"]) == (again["recorded_at"], at)
    then = desk.get(f"/v1/stories/{slug}?position={receipt['position']}").json()
    assert then["publication"]["revision"] == 2


def test_readers_are_told_what_kind_of_publication_it_is(desk: Desk) -> None:
    slug = published(desk)
    desk.report(slug)
    desk.publish(slug)
    assert story_of(desk, slug)["publication"]["signals"] == ["sig:update"]
    desk.post(f"/v1/stories/{slug}/facts/1/retractions", CHANGES["retractions"] | {"expected_version": 1})
    desk.publish(slug)
    assert story_of(desk, slug)["publication"]["signals"] == ["sig:update", "sig:correction"]


def test_readers_are_not_told_of_the_correction_of_what_they_do_not_see(desk: Desk) -> None:
    slug = desk.open(facts=1)
    desk.report(slug, terms="off_record")
    desk.publish(slug)
    body = CHANGES["corrections"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{slug}/facts/2/corrections", body)
    desk.publish(slug)
    assert of_desk(desk, slug)["publication"]["signals"] == ["sig:update", "sig:correction"]
    assert story_of(desk, slug)["publication"]["signals"] == ["sig:update"]
    assert read(desk, f"/v1/stories/{slug}/revisions").json()["items"][-1]["signals"] == ["sig:update"]


def test_a_tombstone_says_what_readers_saw_last(desk: Desk) -> None:
    slug = published(desk)
    desk.post(
        f"/v1/stories/{slug}/facts/1/updates",
        {"expected_version": 1, "statement": "Never published", "reason": "It moved."},
    )
    desk.post(f"/v1/stories/{slug}/facts/1/retractions", CHANGES["retractions"] | {"expected_version": 2})
    desk.publish(slug)
    (tombstone,) = story_of(desk, slug)["facts"]
    assert tombstone == {
        "fact": 1,
        "version": 3,
        "kind": "event",
        "standing": "retracted",
        "statement": "Train 1 arrived",
    }
    assert "Never published" not in read(desk, f"/v1/stories/{slug}/facts/1/history").text


@pytest.mark.thorough
def test_readers_ask_for_any_moment_and_get_what_they_saw_then(desk: Desk) -> None:
    slug = desk.open(facts=1)
    before = desk.head()
    first = desk.publish(slug)
    correct(desk, slug)
    between = desk.head()
    second = desk.publish(slug)
    for asked, revision in {
        f"?position={first['position']}": 2,
        f"?position={between}": 2,
        f"?as_of={first['recorded_at']}": 2,
        f"?position={second['position']}": 4,
        "?revision=2": 2,
        "?revision=3": 2,
        "?revision=4": 4,
        "?revision=99": 4,  # how many there are is the desk's
        "?edition=1": 2,
        "?edition=2": 4,
    }.items():
        assert story_of(desk, slug, asked)["revision"] == revision, asked
    for asked in (f"?position={before}", "?revision=1", "?edition=3"):
        problem(read(desk, f"/v1/stories/{slug}{asked}"), 404, "nothing-there")
    editions = read(desk, f"/v1/stories/{slug}/revisions").json()["items"]
    assert [edition["revision"] for edition in editions] == [2, 4]
    assert [change["kind"] for change in editions[1]["changes"]] == ["correction"]
    assert read(desk, f"/v1/stories/{slug}/revisions/4").json() == editions[1]
    assert read(desk, f"/v1/stories/{slug}/revisions/5").json() == editions[1]
    problem(read(desk, f"/v1/stories/{slug}/diff?from=1&to=4"), 404, "nothing-there")
    difference = read(desk, f"/v1/stories/{slug}/diff?from=2&to=4").json()
    assert difference["facts"][0]["fields"]["statement"]["after"] == "A train left Vladivostok"


def test_a_key_sees_both_views_and_no_key_only_one(desk: Desk) -> None:
    slug = published(desk)
    correct(desk, slug)
    desk.settle()
    path = f"/v1/stories/{slug}"
    seen = desk.client(None).get(path)
    assert desk.get(f"{path}?view=reader").content == seen.content
    assert desk.client(None).get(f"{path}?view=reader").content == seen.content
    assert desk.get(path).json()["facts"][0]["version"] == 2
    assert desk.get(f"{path}?view=desk").content == desk.get(path).content
    problem(desk.client(None).get(f"{path}?view=desk"), 401, "key-refused")
    problem(desk.client(None).get(f"{path}?view=all"), 400, "bad-parameter")


# --- Embargoed ---------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_an_embargo_ends_by_itself_when_its_time_has_come(desk: Desk) -> None:
    slug = desk.open(facts=1)
    until = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
    desk.post(f"/v1/stories/{slug}/publications", {"embargo_until": until, "reason": "At that hour."})
    now = of_desk(desk, slug)["publication"]
    assert (now["state"], now["pub_status"]) == ("embargoed", "withheld")
    assert now["embargo"] == {"revision": 2, "until": until}
    problem(read(desk, f"/v1/stories/{slug}"), 404, "nothing-there")
    eventually(lambda: desk.client(None).get(f"/v1/stories/{slug}").status_code == 200)
    assert datetime.now(UTC).isoformat() >= until
    last = desk.get(f"/v1/stories/{slug}/revisions").json()["items"][-1]
    assert (last["kind"], last["by"]) == ("embargo_lift", "the ledger")
    assert last["recorded_at"] >= until.replace("+00:00", "Z")


def test_what_was_public_before_stays_so_until_an_embargo_ends(desk: Desk) -> None:
    slug = published(desk)
    correct(desk, slug)
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    desk.post(f"/v1/stories/{slug}/publications", {"embargo_until": until, "reason": "Later."})
    assert story_of(desk, slug)["revision"] == 2
    assert "embargo" not in str(story_of(desk, slug))
    desk.publish(slug)  # or it is published at once after all
    assert story_of(desk, slug)["revision"] == 4


def test_an_embargo_in_the_past_is_a_slip_and_refused(desk: Desk) -> None:
    slug = desk.open()
    body = {"embargo_until": "2023-09-12T14:30:00Z", "reason": "A slip."}
    told = problem(desk.try_post(f"/v1/stories/{slug}/publications", body), 422, "bad-embargo")
    assert told["errors"][0]["pointer"] == "#/embargo_until"
    assert "leave embargo_until out to publish now" in told["detail"]


# --- Held --------------------------------------------------------------------------------------------------------


def test_a_held_story_is_gone_for_readers_with_all_its_past_until_it_is_released(desk: Desk) -> None:
    slug = published(desk)
    first = desk.head()
    desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    held = desk.head()
    for asked in ("", f"?position={first}", f"?position={held}", "?revision=2"):
        problem(read(desk, f"/v1/stories/{slug}{asked}"), 404, "nothing-there")
    desk.post(f"/v1/stories/{slug}/releases", OF_PUBLICATION["releases"])
    for asked in ("", f"?position={first}", "?revision=2"):
        assert story_of(desk, slug, asked)["revision"] == 2
    problem(read(desk, f"/v1/stories/{slug}?position={held}"), 404, "nothing-there")


def test_a_held_story_is_mended_and_released_in_one_step(desk: Desk) -> None:
    slug = published(desk)
    desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    told = problem(
        desk.try_post(f"/v1/stories/{slug}/publications", {"reason": "Now."}), 409, "not-as-it-stands"
    )
    assert told["detail"].startswith(f"The story {slug} is held; this is possible only when it is draft or")
    revision = correct(desk, slug)["revision"]
    receipt = desk.post(f"/v1/stories/{slug}/releases", {"revision": revision, "reason": "Mended."})
    assert story_of(desk, slug)["revision"] == revision
    # In between nobody saw what was wrong.
    problem(read(desk, f"/v1/stories/{slug}?position={receipt['position'] - 1}"), 404, "nothing-there")


# --- Killed, taken down, restored --------------------------------------------------------------------------------


def test_a_kill_takes_two_people(desk: Desk) -> None:
    slug = published(desk)
    asked = desk.try_post(f"/v1/stories/{slug}/kills", OF_PUBLICATION["kills"], idempotency_key=slug)
    assert asked.status_code == 202
    assert asked.json()["pending"] is True
    assert asked.headers["location"] == f"/v1/stories/{slug}/approvals/1"
    again = desk.try_post(f"/v1/stories/{slug}/kills", OF_PUBLICATION["kills"], idempotency_key=slug)
    assert (again.status_code, again.json()) == (202, asked.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert story_of(desk, slug)["revision"] == 2  # nothing is done yet
    pending = desk.get(f"/v1/stories/{slug}/approvals/1").json()
    assert (pending["state"], pending["act"], pending["asked_by"]) == ("pending", "kill", "the editor")
    assert of_desk(desk, slug)["publication"]["approvals"][0]["act"]["act"] == "kill"
    assert pending in desk.get("/v1/approvals?limit=200").json()["items"]
    approve = f"/v1/stories/{slug}/approvals/1/approve"
    told = problem(desk.try_post(approve, {}), 403, "needs-second-person")
    assert (
        told["detail"] == "You asked for this yourself; approval 1 needs a second person. You can decline it."
    )
    problem(desk.try_post(approve, {}, "reporter"), 403, "role-may-not")
    problem(desk.try_post(f"/v1/stories/{slug}/kills", {"reason": "Too."}), 409, "approval-pending")
    desk.post(approve, {"reason": "Seen."}, "standards")
    problem(desk.try_post(approve, {}, "standards"), 409, "not-as-it-stands")
    problem(
        desk.try_post(f"/v1/stories/{slug}/approvals/2/approve", {}, "standards"), 404, "no-such-approval"
    )
    desk.settle()
    answered = desk.get(f"/v1/stories/{slug}/approvals/1").json()
    assert (answered["state"], answered["answered_by"], answered["answer"]) == (
        "given",
        "the standards",
        "Seen.",
    )
    assert answered not in desk.get("/v1/approvals?limit=200").json()["items"]
    assert answered in desk.get("/v1/approvals?limit=200&pending=false").json()["items"]


def test_a_killed_story_is_a_tombstone_with_all_its_past(desk: Desk) -> None:
    slug = published(desk)
    first = desk.head()
    done = desk.do(slug, "kills")
    for asked in ("", f"?position={first}", "?revision=2", "/revisions", "/facts/1", "/facts/1/history"):
        told = problem(read(desk, f"/v1/stories/{slug}{asked}"), 410, "story-withdrawn")
        assert told["detail"] == "Withdrawn."
        assert told["tombstone"].pop("public_seconds") > 0
        assert told["tombstone"].pop("published_at") < done["recorded_at"]
        assert told["tombstone"] == {"kind": "kill", "since": done["recorded_at"], "notice": "Withdrawn."}
    assert slug not in read(desk, "/v1/stories?limit=200").text
    for said, body in {**SAID_OF_A_STORY, "facts": FACT}.items():
        answer = desk.try_post(f"/v1/stories/{slug}/{said}", body)
        assert answer.status_code == (201 if said == "notes" else 409), answer.text


def test_a_story_that_nobody_saw_leaves_no_tombstone(desk: Desk) -> None:
    slug = desk.open()
    desk.do(slug, "kills")
    problem(read(desk, f"/v1/stories/{slug}"), 404, "nothing-there")


def test_a_takedown_for_a_legal_reason_says_so(desk: Desk) -> None:
    slug = published(desk)
    desk.do(slug, "takedowns")
    told = problem(read(desk, f"/v1/stories/{slug}"), 451, "story-withdrawn")
    assert told["tombstone"]["ground"] == "legal"
    assert told["detail"] == "This story was taken down."
    correct(desk, slug)  # it can be mended meanwhile
    desk.do(slug, "restorations")
    assert story_of(desk, slug)["revision"] == 2  # as it was before
    desk.publish(slug)
    assert story_of(desk, slug)["facts"][0]["statement"] == "A train left Vladivostok"


def test_while_it_was_killed_stays_a_tombstone_once_it_is_restored(desk: Desk) -> None:
    slug = published(desk)
    before = desk.head()
    killed = desk.do(slug, "kills")["position"]
    desk.do(slug, "restorations")
    assert story_of(desk, slug, f"?position={before}") == story_of(desk, slug)
    problem(read(desk, f"/v1/stories/{slug}?position={killed}"), 410, "story-withdrawn")


def test_what_is_declined_is_not_done(desk: Desk) -> None:
    slug = published(desk)
    desk.want(slug, "kills")
    desk.post(f"/v1/stories/{slug}/approvals/1/decline", {"reason": "A correction will do."}, "standards")
    assert story_of(desk, slug)["revision"] == 2
    assert desk.want(slug, "kills")["approval"] == 2
    desk.post(f"/v1/stories/{slug}/approvals/2/decline", {"reason": "I was wrong."})  # by the first, too
    desk.settle()
    told = desk.get(f"/v1/stories/{slug}/approvals/1").json()
    assert (told["state"], told["answer"]) == ("declined", "A correction will do.")


@pytest.mark.thorough
def test_a_withdrawal_is_in_force_once_it_is_acknowledged_however_far_the_views_are(desk: Desk) -> None:
    slug, other = published(desk), published(desk)
    assert story_of(desk, slug)["revision"] == 2
    with holding_the_lead(desk.newsroom.database):
        desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
        for path in (f"/v1/stories/{slug}", "/v1/stories"):  # each is waited for as long as patience lasts
            problem(desk.client(None).get(path), 503, "view-behind")
        assert desk.get(f"/v1/stories/{slug}").status_code == 200  # the desk sees everything anyway
    eventually(lambda: desk.client(None).get(f"/v1/stories/{other}").status_code == 200)
    problem(desk.client(None).get(f"/v1/stories/{slug}"), 404, "nothing-there")


@pytest.mark.thorough
def test_a_withdrawal_is_in_force_at_once_for_who_asks_by_the_thousand(desk: Desk) -> None:
    """No answer after the acknowledgement shows the story, whether the views were asked to move or not."""
    for _ in range(20):
        slug = published(desk)
        assert story_of(desk, slug)["revision"] == 2
        desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
        assert desk.client(None).get(f"/v1/stories/{slug}").status_code == 404


# --- How long it was wrong ---------------------------------------------------------------------------------------


def test_how_long_a_wrong_version_was_public_is_told_without_the_time_it_was_held(desk: Desk) -> None:
    slug = desk.open(facts=1)
    first = instant(desk.publish(slug))
    desk.post(f"/v1/stories/{slug}/facts/1/updates", CHANGES["updates"] | {"expected_version": 1})
    desk.publish(slug)  # the error is in this version, too
    held = instant(desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"]))
    time.sleep(0.05)
    released = instant(desk.post(f"/v1/stories/{slug}/releases", OF_PUBLICATION["releases"]))
    correction = correct(desk, slug, 2, wrong_version=1)
    told = of_the_desk(desk, correction)
    assert instant({"recorded_at": told["public_from"]}) == first
    assert "public_to" not in told  # readers still see it
    assert "public_seconds" not in told
    last = instant(desk.publish(slug))
    wrong = ((held - first) + (last - released)).total_seconds()
    told = of_the_desk(desk, correction)
    assert instant({"recorded_at": told["public_to"]}) == last
    assert told["public_seconds"] == pytest.approx(wrong, abs=1e-6)
    (seen,) = [change for change in story_of(desk, slug)["changes"] if change["kind"] == "correction"]
    assert seen["public_seconds"] == pytest.approx(wrong, abs=1e-6)
    assert (seen["wrong_version"], seen["was_wrong"]) == (1, "It left and did not arrive.")


def test_an_error_that_nobody_saw_is_no_correction_for_readers(desk: Desk) -> None:
    slug = desk.open(facts=1)
    correction = correct(desk, slug)
    desk.publish(slug)
    assert story_of(desk, slug)["changes"] == []
    assert "public_from" not in of_the_desk(desk, correction)
    desk.post(f"/v1/stories/{slug}/facts/1/updates", CHANGES["updates"] | {"expected_version": 2})
    correct(desk, slug, 3, statement="Corrected before anyone saw the update")
    desk.publish(slug)
    assert story_of(desk, slug)["changes"] == []


def of_the_desk(desk: Desk, correction: dict[str, Any]) -> dict[str, Any]:
    desk.settle()
    items = desk.get("/v1/corrections?limit=200").json()["items"]
    return next(item for item in items if item["position"] == correction["position"])


def instant(receipt: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(receipt["recorded_at"])


# --- The grammar of change ---------------------------------------------------------------------------------------


def test_a_refile_is_minor_and_an_editors_note_is_not(desk: Desk) -> None:
    slug = desk.open(facts=1)
    desk.post(f"/v1/stories/{slug}/copy", SAID_OF_A_STORY["copy"])
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/refiles", OF_PUBLICATION["refiles"], "reporter")
    desk.post(f"/v1/stories/{slug}/editors-notes", OF_PUBLICATION["editors-notes"])
    desk.publish(slug)
    seen = story_of(desk, slug)
    assert seen["copy"]["text"] == "A train arrived"
    assert seen["notes"] == [{"role": "editor", "text": "We were wrong."}]
    assert [change["kind"] for change in seen["changes"]] == ["editors_note"]
    kinds = {
        item["kind"]: item["substantive"]
        for item in desk.get(f"/v1/stories/{slug}/revisions").json()["items"]
    }
    assert (kinds["refile"], kinds["editors_note"]) == (False, True)


def test_a_corrective_tells_those_who_may_have_copied_it(desk: Desk) -> None:
    slug = published(desk)
    path = f"/v1/stories/{slug}/correctives"
    body = {"fact": 1, "ran_in": 2, "text": "Mend it.", "reason": "Others have it."}
    told = problem(desk.try_post(path, body), 422, "not-corrected")
    assert "was not corrected or retracted after revision 2" in told["detail"]
    correct(desk, slug)
    told = problem(desk.try_post(path, body | {"ran_in": 1}), 422, "not-corrected")
    assert told["errors"][0]["pointer"] == "#/ran_in"
    desk.post(path, body)
    assert story_of(desk, slug)["correctives"] == []
    desk.publish(slug)
    seen = story_of(desk, slug)
    assert seen["correctives"] == [{"fact": 1, "version": 2, "ran_in": 2, "text": "Mend it."}]
    assert {change["kind"] for change in seen["changes"]} == {"correction", "corrective"}
    listed = read(desk, "/v1/corrections?limit=200").json()["items"]
    assert [item["kind"] for item in listed if item["story"] == slug] == ["corrective", "correction"]


def test_the_head_keeps_the_place_of_the_last_withdrawal(desk: Desk) -> None:
    slug = published(desk)
    before = withdrawal(desk)
    correct(desk, slug)
    assert withdrawal(desk) == before
    held = desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    assert withdrawal(desk) == held["position"] == read_head(desk.newsroom.views)[0]


def withdrawal(desk: Desk) -> int:
    row = desk.newsroom.views.execute("select withdrawal from head").fetchone()
    assert row is not None
    return int(row[0])
