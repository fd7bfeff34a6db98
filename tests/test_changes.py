"""Several acts as one change: all of them happen, in one piece, or none does."""

from typing import Any

import pytest

from ledger import limits
from tests.desk import CHANGES, FACT, Desk, problem
from tests.plain_browser import Browser
from tests.test_limits import holds

COPY = {"text": "Twelve people came", "spans": [{"fact": 1, "start": 0, "end": 6, "exact": "Twelve"}]}
SPAN = {"start": 0, "end": 1, "exact": "B"}
OTHER_COPY = {"text": "Eleven people came", "spans": [{"fact": 1, "start": 0, "end": 6, "exact": "Eleven"}]}
CORRECTED = CHANGES["corrections"] | {"expected_version": 1, "statement": "Eleven came"}


def change(*acts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"reason": "We looked again.", "acts": list(acts)} | more


def told(desk: Desk, slug: str) -> dict[str, Any]:
    desk.settle()
    return dict(desk.get(f"/v1/stories/{slug}").json())


def a_published_story(desk: Desk) -> str:
    slug = desk.open(facts=1)
    desk.post(f"/v1/stories/{slug}/copy", COPY | {"expected_revision": 2, "reason": "A take."})
    desk.publish(slug)
    return slug


def test_words_and_fact_are_corrected_and_published_in_one_act(desk: Desk) -> None:
    slug = a_published_story(desk)
    before = desk.head()
    receipt = desk.post(
        f"/v1/stories/{slug}/acts",
        change(
            {"do": "correct", "fact": 1, "with": CORRECTED},
            {"do": "file-copy", "with": OTHER_COPY},
            {"do": "publish", "with": {"revision": "@last"}},
            expected_revision=4,
        ),
    )
    assert (receipt["story"], receipt["revision"], receipt["position"]) == (slug, 7, before + 3)
    assert [act.get("fact") for act in receipt["acts"]] == [1, None, None]
    assert [act["revision"] for act in receipt["acts"]] == [5, 6, 7]
    desk.settle()
    seen = desk.client(None).get(f"/v1/stories/{slug}").json()
    assert seen["copy"]["text"] == "Eleven people came"
    assert seen["facts"][0]["statement"] == "Eleven came"
    assert [one["reason"] for one in desk.get(f"/v1/stories/{slug}/revisions").json()["items"][-2:]] == [
        "We looked again."
    ] * 2


def test_nothing_happens_where_one_act_is_refused_and_it_is_said_which(desk: Desk) -> None:
    slug = a_published_story(desk)
    before = desk.head()
    publish = {"do": "publish", "with": {"revision": "@last"}}
    correct = {"do": "correct", "fact": 1, "with": CORRECTED}
    refused = problem(
        desk.try_post(f"/v1/stories/{slug}/acts", change(correct, publish)), 409, "words-contradict"
    )
    assert refused["errors"][0]["pointer"] == "#/acts/1/with/words_stand"
    again = problem(desk.try_post(f"/v1/stories/{slug}/acts", change(correct, correct)), 409, "fact-moved-on")
    assert again["errors"][0]["pointer"].startswith("#/acts/1/with")
    assert desk.head() == before
    assert told(desk, slug)["facts"][0]["version"] == 1
    desk.post(f"/v1/stories/{slug}/acts", change(correct))


def test_what_an_act_did_not_make_cannot_be_named(desk: Desk) -> None:
    slug = desk.open(facts=1)
    registered = {"do": "register", "with": {"slug": desk.slug(), "name": "Yonhap", "kind": "agency"}}
    for named in ("@0", "@last"):
        checked = {"do": "assess", "fact": named, "with": {"verification": "verified"}}
        asked = change(registered, checked, expected_revision=2)
        refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 422, "not-made-yet")
        assert refused["errors"][0]["pointer"] == "#/acts/1/fact"
        assert f"names {named}, but that makes no fact of story {slug}" in refused["detail"]


def test_a_place_that_is_none_is_refused_by_its_name(desk: Desk) -> None:
    slug, other = desk.open(facts=0), desk.open(facts=1)
    report = {"do": "report", "with": FACT}
    for asked, pointer, said in (
        ({"do": "confirm", "fact": "@00"}, "/fact", "names @00, but no act is called that"),
        ({"do": "confirm", "fact": "@1"}, "/fact", "names @1, but no act before it is that one"),
        (
            {"do": "report", "with": FACT | {"rests_on": [{"story": other, "fact": "@0"}]}},
            "/with/rests_on/0/fact",
            f"names @0, but that is of story {slug}",
        ),
    ):
        answer = desk.try_post(f"/v1/stories/{slug}/acts", change(report, asked))
        refused = problem(answer, 422, "not-made-yet")
        assert refused["errors"][0]["pointer"] == f"#/acts/1{pointer}"
        assert said in refused["detail"]


def test_what_an_act_made_is_named_under_any_slug_of_the_story(desk: Desk) -> None:
    slug = desk.open(facts=0)
    new, third = desk.slug(), desk.slug()
    desk.post(
        f"/v1/stories/{slug}/slugs", {"slug": new, "reason": "It is about more.", "expected_revision": 1}
    )
    renamed = {"do": "set-slug", "with": {"slug": third, "expected_revision": "@last"}}
    for at, other in ((slug, new), (new, slug), (new, third)):
        report = {"do": "report", "with": FACT}
        rests = {"do": "report", "with": FACT | {"rests_on": [{"story": other, "fact": "@0"}]}}
        acts = (report, renamed, rests) if other == third else (report, rests)
        seen = told(desk, new)["revision"]
        made = desk.post(f"/v1/stories/{at}/acts", change(*acts, expected_revision=seen))["acts"]
        grounds = told(desk, third if other == third else new)["facts"][made[-1]["fact"] - 1]["rests_on"]
        assert grounds == [{"story": other, "fact": made[0]["fact"]}]


def test_a_version_of_others_is_no_place(desk: Desk) -> None:
    slug = desk.open(facts=0)
    origin = {"provider": desk.source(), "id": "1", "version": "@0"}
    acts = [{"do": "report", "with": FACT}, {"do": "report", "with": FACT | {"origin": origin}}]
    made = desk.post(f"/v1/stories/{slug}/acts", change(*acts))
    assert [act["fact"] for act in made["acts"]] == [1, 2]
    event = desk.get(f"/v1/events?after={desk.head() - 1}", "auditor").json()["items"][0]
    assert event["body"]["origin"]["version"] == "@0"


@pytest.mark.parametrize(
    "first",
    [
        {"do": "publish", "with": {"revision": "@last"}},
        {"do": "set-headline", "with": {"headline": "h", "expected_revision": "@last"}},
        {"do": "correct", "fact": "@last", "with": CHANGES["corrections"]},
        {"do": "undo", "revision": "@0"},
    ],
)
def test_before_the_first_act_there_is_nothing_to_name(desk: Desk, first: dict[str, Any]) -> None:
    slug = desk.open(facts=1)
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", change(first)), 422, "not-made-yet")
    assert "has its number" in refused["detail"]


def test_a_later_act_names_what_an_earlier_one_made(desk: Desk) -> None:
    slug = desk.open(facts=0)
    receipt = desk.post(
        f"/v1/stories/{slug}/acts",
        change(
            {"do": "register", "with": {"slug": "yonhap", "name": "Yonhap", "kind": "agency"}},
            {
                "do": "report",
                "with": FACT | {"attribution": [{"source": "yonhap", "cue": "said", "speech": "indirect"}]},
            },
            {"do": "report", "with": FACT | {"rests_on": [{"story": slug, "fact": "@1"}]}},
            {
                "do": "file-copy",
                "with": {"text": "It came", "spans": [{"fact": "@2", "start": 0, "end": 2, "exact": "It"}]},
            },
            {"do": "assess", "fact": "@1", "with": {"verification": "verified"}},
            {"do": "publish", "with": {"revision": "@last"}},
            expected_revision=1,
        ),
    )
    assert [one.get("fact") for one in receipt["acts"]] == [None, 1, 2, None, 1, None]
    document = told(desk, slug)
    assert document["facts"][1]["rests_on"] == [{"story": slug, "fact": 1}]
    assert document["copy"]["spans"][0]["fact"] == 2
    assert document["facts"][0]["verification"] == "verified"
    assert document["publication"]["revision"] == 5


def test_a_story_is_opened_filed_and_published_in_one_act(desk: Desk) -> None:
    slug = desk.slug()
    opened: dict[str, Any] = {
        "do": "open",
        "with": {"headline": "Twelve came", "language": "en", "desk": "world"},
    }
    receipt = desk.post(
        f"/v1/stories/{slug}/acts",
        change(
            opened,
            {"do": "register", "with": {"slug": f"{slug}-yonhap", "name": "Yonhap", "kind": "agency"}},
            {
                "do": "report",
                "with": FACT
                | {"attribution": [{"source": f"{slug}-yonhap", "cue": "said", "speech": "indirect"}]},
            },
            {
                "do": "file-copy",
                "with": COPY | {"spans": [{"fact": "@2", "start": 0, "end": 6, "exact": "Twelve"}]},
            },
            {"do": "publish", "with": {"revision": "@last"}},
        ),
    )
    assert [act.get("revision") for act in receipt["acts"]] == [1, 1, 2, 3, 4]
    desk.settle()
    seen = desk.client(None).get(f"/v1/stories/{slug}").json()
    assert (seen["headline"], seen["copy"]["spans"][0]["fact"]) == ("Twelve came", 1)
    again = problem(desk.try_post(f"/v1/stories/{slug}/acts", change(opened)), 409, "slug-taken")
    assert again["errors"][0]["pointer"].startswith("#/acts/0")


def test_only_the_story_that_a_change_is_sent_to_is_opened_by_it_and_first(desk: Desk) -> None:
    opened: dict[str, Any] = {
        "do": "open",
        "with": {"headline": "Twelve came", "language": "en", "desk": "world"},
    }
    slug = desk.open(facts=1)
    other: dict[str, Any] = opened | {"with": {**opened["with"], "slug": desk.slug()}}
    for acts in ([other], [{"do": "report", "with": FACT}, opened]):
        refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", change(*acts)), 422, "not-opened-here")
        assert refused["errors"][0]["pointer"] == f"#/acts/{len(acts) - 1}/do"


def test_of_a_copy_that_somebody_filed_meanwhile_the_revision_is_told_that_is_there(desk: Desk) -> None:
    slug = a_published_story(desk)
    copy = {"do": "file-copy", "with": OTHER_COPY | {"spans": []}}
    asked = change({"do": "report", "with": FACT}, copy, expected_revision=2)
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 409, "story-moved-on")
    assert (refused["revision"], refused["errors"][0]["pointer"]) == (4, "#/acts/1/with/expected_revision")
    desk.post(f"/v1/stories/{slug}/acts", asked | {"expected_revision": 4})


def test_what_comes_later_cannot_be_named(desk: Desk) -> None:
    slug = desk.open(facts=1)
    asked = change({"do": "assess", "fact": "@0", "with": {"verification": "verified"}})
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 422, "not-made-yet")
    assert refused["errors"][0]["pointer"] == "#/acts/0/fact"


def test_what_has_not_the_form_is_said_at_its_place(desk: Desk) -> None:
    slug = desk.open(facts=1)
    refused = problem(
        desk.try_post(f"/v1/stories/{slug}/acts", change({"do": "report"})), 422, "invalid-body"
    )
    assert refused["errors"][0]["pointer"] == "#/acts/0/with/statement"
    asked = change({"do": "report", "with": FACT}, {"do": "correct", "fact": 1, "with": {"affects": []}})
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 422, "invalid-body")
    assert all(one["pointer"].startswith("#/acts/1/with") for one in refused["errors"]), refused
    unknown = problem(desk.try_post(f"/v1/stories/{slug}/acts", change({"do": "sing"})), 422, "invalid-body")
    assert unknown["errors"][0]["pointer"] == "#/acts/0/do"


def test_the_same_change_sent_twice_is_recorded_once(desk: Desk) -> None:
    slug = desk.open(facts=0)
    asked = change({"do": "report", "with": FACT}, {"do": "report", "with": FACT})
    first = desk.try_post(f"/v1/stories/{slug}/acts", asked, idempotency_key="once")
    again = desk.try_post(f"/v1/stories/{slug}/acts", asked, idempotency_key="once")
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(told(desk, slug)["facts"]) == 2


def test_a_change_is_tried_and_leaves_nothing(desk: Desk) -> None:
    slug = a_published_story(desk)
    before = desk.head()
    asked = change(
        {"do": "correct", "fact": 1, "with": CORRECTED},
        {"do": "file-copy", "with": OTHER_COPY},
        {"do": "publish", "with": {"revision": "@last"}},
        expected_revision=4,
    )
    answer = desk.try_post(f"/v1/stories/{slug}/acts?dry_run=true", asked)
    assert answer.status_code == 200, answer.text
    assert [event["topic"] for event in answer.json()["events"]] == [
        "fact-corrected.v1",
        "copy-filed.v1",
        "story-published.v1",
    ]
    assert desk.head() == before


def test_who_may_not_do_one_of_them_does_none(desk: Desk) -> None:
    slug = desk.open(facts=1)
    asked = change({"do": "report", "with": FACT}, {"do": "publish", "with": {"revision": "@last"}})
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked, "reporter"), 403, "role-may-not")
    assert refused["detail"].startswith("Your key has the role reporter")
    assert len(told(desk, slug)["facts"]) == 1


def test_of_a_change_that_is_tried_it_is_told_how_all_that_it_touches_would_read(desk: Desk) -> None:
    slug = a_published_story(desk)
    asked = change(
        {"do": "correct", "fact": 1, "with": CORRECTED},
        {"do": "file-copy", "with": OTHER_COPY},
        {"do": "assess", "fact": 1, "with": {"verification": "verified", "expected_version": "@0"}},
        {"do": "register", "with": {"slug": desk.slug("source"), "name": "Yonhap", "kind": "agency"}},
        expected_revision=4,
    )
    told = desk.try_post(f"/v1/stories/{slug}/acts?dry_run=true", asked).json()
    fact, copy, again, source = told["each"]
    assert len(told["events"]) == 4
    assert (fact["statement"], fact["version"], fact["verification"]) == ("Eleven came", 3, "verified")
    assert again == fact
    assert copy["text"] == OTHER_COPY["text"]
    assert source["name"] == "Yonhap"
    assert told["becomes"] == source


def test_who_looked_at_another_revision_changes_nothing(desk: Desk) -> None:
    """`If-Match` is of the whole change (RFC 9110, 13.1.1): so a publication with `@last` takes nothing along that
    nobody of those who publish it has looked at."""
    slug = a_published_story(desk)
    desk.report(slug)
    before = desk.head()
    asked = change(
        {"do": "correct", "fact": 1, "with": CORRECTED},
        {"do": "file-copy", "with": OTHER_COPY},
        {"do": "publish", "with": {"revision": "@last"}},
        expected_revision=4,
    )
    problem(desk.try_post(f"/v1/stories/{slug}/acts", asked, if_match='"r4-1"'), 412, "precondition-failed")
    assert desk.head() == before
    desk.post(f"/v1/stories/{slug}/acts", asked, if_match='"r5-1"')


def test_who_names_no_revision_is_told_the_one_that_is_there_and_a_colleague_is_not_overwritten(
    desk: Desk,
) -> None:
    slug = a_published_story(desk)
    now = told(desk, slug)["revision"]
    report, copy = {"do": "report", "with": FACT}, {"do": "file-copy", "with": OTHER_COPY | {"spans": []}}
    refused = problem(
        desk.try_post(f"/v1/stories/{slug}/acts", change(report, report, copy)), 428, "revision-not-named"
    )
    assert (refused["revision"], refused["errors"][0]["pointer"]) == (now, "#/acts/2/with/expected_revision")
    theirs = {"text": "A careful rewrite", "expected_revision": now, "reason": "Better."}
    desk.post(f"/v1/stories/{slug}/copy", theirs)
    head = desk.head()
    ahead = {"do": "file-copy", "with": OTHER_COPY | {"spans": [], "expected_revision": now + 2}}
    refused = problem(
        desk.try_post(f"/v1/stories/{slug}/acts", change(report, report, ahead)), 422, "not-made-yet"
    )
    assert refused["errors"][0]["pointer"] == "#/acts/2/with/expected_revision"
    assert f"revision {now + 2}, but before this change story {slug} has {now + 1}" in refused["detail"]
    assert desk.head() == head


@pytest.mark.parametrize(
    ("act", "pointer"),
    [
        ({"do": "correct", "fact": 2, "with": CORRECTED}, "/fact"),
        ({"do": "publish", "with": {"revision": 5}}, "/with/revision"),
        (
            {"do": "file-copy", "with": {"text": "B", "spans": [SPAN | {"fact": 2}], "expected_revision": 4}},
            "/with/spans/0/fact",
        ),
        ({"do": "publish", "with": {"revision": "@last", "words_stand": [2]}}, "/with/words_stand/0"),
    ],
)
def test_what_a_change_makes_is_named_by_its_act_for_its_number_may_be_a_colleagues(
    desk: Desk, act: dict[str, Any], pointer: str
) -> None:
    slug = a_published_story(desk)
    assert told(desk, slug)["revision"] == 4
    asked = change({"do": "report", "with": FACT}, act)
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 422, "not-made-yet")
    assert refused["errors"][0]["pointer"] == f"#/acts/1{pointer}"


def test_what_nobody_saw_is_not_published_with_what_a_change_makes(desk: Desk) -> None:
    slug = a_published_story(desk)
    revision = told(desk, slug)["revision"]
    publish = {"do": "publish", "with": {"revision": "@last"}}
    confirm = {"do": "confirm", "fact": 1, "with": {"expected_version": 1}}
    asked = change(confirm, publish, expected_revision=revision)
    note = {"text": "Ask the desk in Seoul.", "role": "desk", "is_publishable": False}
    desk.post(f"/v1/stories/{slug}/notes", note)
    tried = desk.client("editor").post(f"/v1/stories/{slug}/acts?dry_run=true", json=asked)
    assert tried.status_code in (200, 201), "a note of the desk's own is nothing for readers"
    theirs = {"headline": "Not looked at yet", "expected_revision": revision, "reason": "A try."}
    desk.post(f"/v1/stories/{slug}/headline", theirs)
    before = desk.head()
    for act in (confirm, {"do": "correct", "fact": 1, "with": CORRECTED}):
        acts = change(act, publish | {"with": {"revision": "@last", "words_stand": [1]}})
        refused = problem(
            desk.try_post(f"/v1/stories/{slug}/acts", acts | {"expected_revision": revision}),
            409,
            "story-moved-on",
        )
        assert refused["errors"][0]["pointer"] == "#/acts/1/with/revision"
        details = ("changed_in", "expected_revision", "revision")
        assert [refused[name] for name in details] == [revision + 2, revision, revision + 2]
    assert desk.head() == before
    desk.post(f"/v1/stories/{slug}/acts", asked | {"expected_revision": revision + 2})
    desk.settle()
    seen = desk.client(None).get(f"/v1/stories/{slug}").json()
    assert seen["headline"] == "Not looked at yet"


@holds("ACTS_OF_CHANGE")
def test_a_change_has_so_many_acts_and_one_at_least(desk: Desk) -> None:
    slug = desk.open(facts=0)
    report = {"do": "report", "with": FACT}
    desk.post(f"/v1/stories/{slug}/acts", change(*[report] * limits.ACTS_OF_CHANGE))
    for acts in ([], [report] * (limits.ACTS_OF_CHANGE + 1)):
        refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", change(*acts)), 422, "invalid-body")
        assert refused["errors"][0]["pointer"] == "#/acts"
    assert len(told(desk, slug)["facts"]) == limits.ACTS_OF_CHANGE


def test_what_a_change_made_has_its_id_in_the_history(desk: Desk) -> None:
    slug = desk.open(facts=1)
    acts = [{"do": "report", "with": FACT}, {"do": "report", "with": FACT}]
    answer = desk.try_post(f"/v1/stories/{slug}/acts", change(*acts))
    desk.settle()
    receipt = answer.json()
    assert answer.headers["x-request-id"] == receipt["change"]
    told = desk.get(f"/v1/stories/{slug}/revisions").json()["items"]
    assert [one.get("change") for one in told] == [None, None, receipt["change"], receipt["change"]]
    events = desk.get(f"/v1/events?after={told[-1]['position'] - 2}&limit=2", "auditor").json()["items"]
    assert {one["request_id"] for one in events} == {receipt["change"]}


def test_an_act_that_takes_two_waits_beside_what_was_done_with_it(desk: Desk) -> None:
    slug = a_published_story(desk)
    asked = change(
        {"do": "add-note", "with": {"role": "background", "text": "A court asked.", "is_publishable": False}},
        {"do": "kill", "with": {"notice": "This story was withdrawn."}},
    )
    answer = desk.try_post(f"/v1/stories/{slug}/acts", asked)
    assert answer.status_code == 202, answer.text
    assert (answer.json()["pending"], answer.json()["acts"][1]["approval"]) == (True, 1)
    desk.post(f"/v1/stories/{slug}/approvals/1/approve", {}, "standards")
    desk.settle()
    assert desk.client(None).get(f"/v1/stories/{slug}").status_code == 410


def test_what_would_let_an_approval_of_its_own_change_lapse_is_refused(desk: Desk) -> None:
    slug = a_published_story(desk)
    kill = {"do": "kill", "with": {"notice": "This story was withdrawn."}}
    note = {
        "do": "add-note",
        "with": {"role": "background", "text": "A court asked.", "is_publishable": True},
    }
    told = problem(desk.try_post(f"/v1/stories/{slug}/acts", change(kill, note)), 409, "lapses-at-once")
    assert told["errors"][0]["pointer"] == "#/acts/1", told
    assert "Put the kill behind it." in told["detail"]
    assert desk.try_post(f"/v1/stories/{slug}/acts", change(note, kill)).status_code == 202


def test_a_change_that_ends_at_a_source_is_tried(desk: Desk) -> None:
    slug = desk.open(facts=1)
    registered = {"do": "register", "with": {"slug": desk.slug(), "name": "Yonhap", "kind": "agency"}}
    answer = desk.try_post(f"/v1/stories/{slug}/acts?dry_run=true", change(registered))
    assert (answer.status_code, answer.json()["becomes"]["name"]) == (200, "Yonhap")


@pytest.mark.thorough
def test_a_change_is_one_line_of_the_history_for_desk_and_readers(desk: Desk) -> None:
    slug = a_published_story(desk)
    receipt = desk.post(
        f"/v1/stories/{slug}/acts",
        change(
            {"do": "correct", "fact": 1, "with": CORRECTED},
            {"do": "file-copy", "with": OTHER_COPY},
            {"do": "publish", "with": {"revision": "@last"}},
            expected_revision=4,
        ),
    )
    desk.get(f"/v1/stories?at_least={receipt['position']}")
    browser = Browser.of(desk.server, "editor")
    (row, *_) = [row.text for row in browser.get(f"/stories/{slug}/history?all=yes").main.all("tr")][1:]
    assert "5–7" in row
    assert "One change of 3 acts" in row
    assert row.count("Why:") == 2  # the correction has a reason of its own, the others one between them
    readers = Browser(desk.server.url)
    (row, *_) = [row.text for row in readers.get(f"/stories/{slug}/history").main.all("tr")][1:]
    assert "The copy" in row.partition("What reads otherwise")[2]
    assert "Fact 1" in row.partition("What reads otherwise")[2]
    browser.close()
    readers.close()


def test_a_source_has_no_revision_of_the_story(desk: Desk) -> None:
    slug = desk.open(facts=1)
    registered = {"do": "register", "with": {"slug": desk.slug("source"), "name": "A", "kind": "agency"}}
    report, publish = {"do": "report", "with": FACT}, {"do": "publish", "with": {"revision": "@last"}}
    desk.post(f"/v1/stories/{slug}/acts", change(report, registered, publish))
    assert told(desk, slug)["publication"]["revision"] == 3
    registered = {"do": "register", "with": {"slug": desk.slug("source"), "name": "A", "kind": "agency"}}
    named = {"do": "publish", "with": {"revision": "@0"}}
    problem(desk.try_post(f"/v1/stories/{slug}/acts", change(registered, named)), 422, "not-made-yet")


def test_what_a_change_makes_is_a_fact_of_its_own_story(desk: Desk) -> None:
    slug, other = desk.open(facts=1), desk.open(facts=2)
    resting = {"do": "report", "with": FACT | {"rests_on": [{"story": other, "fact": "@0"}]}}
    asked = change({"do": "report", "with": FACT}, resting)
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 422, "not-made-yet")
    assert refused["errors"][0]["pointer"] == "#/acts/1/with/rests_on/0/fact"


def test_a_number_is_a_number(desk: Desk) -> None:
    slug = desk.open(facts=1)
    checked = {"do": "assess", "fact": True, "with": {"verification": "verified", "expected_version": 1}}
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", change(checked)), 422, "invalid-body")
    assert refused["errors"][0]["pointer"].startswith("#/acts/0/fact")


@holds("DEPTH_OF_ACT")
def test_an_act_is_not_nested_more_deeply_than_anybody_has_to_say(desk: Desk) -> None:
    slug = desk.open(facts=1)
    for depth, said in (
        (limits.DEPTH_OF_ACT - 1, "there is no such field; leave it out"),
        (limits.DEPTH_OF_ACT, "nested"),
        (900, "nested"),
    ):
        for is_object in (True, False):
            deep: Any = {} if is_object else []
            for _ in range(depth - 1):
                deep = {"a": deep} if is_object else [deep]
            asked = change({"do": "report", "with": FACT | {"of": deep}})
            refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 422, "invalid-body")
            assert said in refused["errors"][0]["detail"], refused


def test_a_story_is_corrected_and_released_as_readers_saw_it_in_one_act(desk: Desk) -> None:
    slug = a_published_story(desk)
    desk.post(f"/v1/stories/{slug}/holds", {"reason": "The lawyers want to read it."})
    corrected = {"do": "correct", "fact": 1, "with": CORRECTED}
    desk.post(f"/v1/stories/{slug}/acts", change(corrected, {"do": "release"}))
    desk.settle()
    seen = desk.client(None).get(f"/v1/stories/{slug}").json()
    assert (seen["copy"]["text"], seen["facts"][0]["statement"]) == ("Twelve people came", "Train 1 arrived")


def test_words_that_stand_as_they_stood_are_the_same_words_however_many_of_them_are_marked(
    desk: Desk,
) -> None:
    corrected = {"do": "correct", "fact": 1, "with": CORRECTED}
    publish = {"do": "publish", "with": {"revision": "@last"}}
    for text, exact, is_the_same in (
        ("Twelve people came", "Twelv", True),
        ("Twelve people came", "Twelve people", True),
        ("Today Twelve people came", "welve people", True),
        ("Twelve people came today", "welve people", True),
        ("Eleven people came", "Eleven", False),
        ("Twelve people came", "came", True),
    ):
        slug = a_published_story(desk)
        start = text.index(exact)
        span = {"fact": 1, "start": start, "end": start + len(exact), "exact": exact}
        filed = {"do": "file-copy", "with": {"text": text, "spans": [span]}}
        answer = desk.try_post(
            f"/v1/stories/{slug}/acts", change(corrected, filed, publish, expected_revision=4)
        )
        if is_the_same:
            problem(answer, 409, "words-contradict")
        else:
            assert answer.status_code == 201, answer.text


def test_words_that_readers_have_are_not_left_standing_by_marking_them_no_longer(desk: Desk) -> None:
    publish = {"do": "publish", "with": {"revision": "@last"}}
    corrected = {"do": "correct", "fact": 1, "with": CORRECTED}
    bare = {"do": "file-copy", "with": {"text": "Twelve people came, all at once", "spans": []}}
    slug = a_published_story(desk)
    asked = change(corrected, bare, publish, expected_revision=4)
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 409, "words-contradict")
    (found,) = refused["contradictions"]
    assert (found["fact"], found["start"], found["end"], found["words"]) == (1, 0, 6, "Twelve")
    stand = {"do": "publish", "with": {"revision": "@last", "words_stand": [1]}}
    desk.post(f"/v1/stories/{slug}/acts", change(corrected, bare, stand, expected_revision=4))
    again = {"do": "file-copy", "with": {"text": "Nobody came", "spans": []}}
    desk.post(f"/v1/stories/{slug}/acts", change(again, publish, expected_revision=7))


def test_words_that_contradicted_do_not_come_back(desk: Desk) -> None:
    publish = {"do": "publish", "with": {"revision": "@last"}}
    corrected = {"do": "correct", "fact": 1, "with": CORRECTED}
    copies = [{"do": "file-copy", "with": copy} for copy in (OTHER_COPY, COPY)]
    slug = a_published_story(desk)
    desk.post(f"/v1/stories/{slug}/acts", change(corrected, copies[0], publish, expected_revision=4))
    asked = change(copies[1], publish, expected_revision=7)
    problem(desk.try_post(f"/v1/stories/{slug}/acts", asked), 409, "words-contradict")


ELEVEN_OF_TWELVE = {
    "pointer": "/spans/0",
    "fact": 1,
    "detail": "“Eleven people” stands on fact 1, which says “Twelve people died”.",
}


def test_the_copy_alone_does_not_come_to_tell_another_number(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=0)
    desk.report(slug, statement="Twelve people died")
    path, publish = f"/v1/stories/{slug}", {"reason": "Read."}

    def copy(exact: str, seen: int) -> dict[str, Any]:
        span = {"fact": 1, "start": 0, "end": len(exact), "exact": exact}
        return {"text": f"{exact} died", "spans": [span], "expected_revision": seen, "reason": "A take."}

    assert "warnings" not in desk.post(f"{path}/copy", copy("Twelve people", 2))
    desk.post(f"{path}/publications", publish)
    other = copy("Eleven people", 4)
    assert desk.try_post(f"{path}/copy?dry_run=true", other).json()["warnings"] == [ELEVEN_OF_TWELVE]
    assert desk.post(f"{path}/copy", other)["warnings"] == [ELEVEN_OF_TWELVE]
    for tried in ("", "?dry_run=true"):
        answer = desk.try_post(f"{path}/publications{tried}", publish)
        refused = problem(answer, 409, "words-contradict")
        assert "“Eleven people” stands on fact 1, which says “Twelve people died”" in refused["detail"]
        (found,) = refused["contradictions"]
        assert (found["fact"], found["start"], found["end"], found["words"]) == (1, 0, 13, "Eleven people")
        assert found["was"] == found["now"] == {"version": 1, "statement": "Twelve people died"}
    desk.settle()
    seen = desk.client(None).get(path).json()
    assert seen["copy"]["text"] == "Twelve people died"
    page = editor.get(f"/desk/stories/{slug}/publish").form.send(reason="Read.")
    assert "Eleven people: fact 1 says Twelve people died." in " ".join(page.main.text.split())
    desk.post(f"{path}/publications", publish | {"words_stand": [1]})
    event = desk.get(f"/v1/events?after={desk.head() - 1}", "auditor").json()["items"][0]
    assert event["body"]["words_stand"] == [1]
    desk.report(slug)
    desk.post(f"{path}/publications", publish)


def test_a_change_warns_of_what_it_leaves(desk: Desk) -> None:
    slug = a_published_story(desk)
    path = f"/v1/stories/{slug}/acts"
    copies = [
        {"do": "file-copy", "with": copy} for copy in (OTHER_COPY, COPY | {"text": "Twelve people came, too"})
    ]
    again = {"do": "file-copy", "with": OTHER_COPY | {"expected_revision": "@last"}}
    corrected = {"do": "correct", "fact": 1, "with": CORRECTED}
    for acts, warned in (
        ((corrected, copies[1]), [1]),
        ((copies[1], corrected), [0]),
        ((copies[0], corrected), []),
        ((corrected, copies[1], again), []),
    ):
        tried = desk.try_post(f"{path}?dry_run=true", change(*acts, expected_revision=4)).json()
        assert [index for index, act in enumerate(tried["acts"]) if "warnings" in act] == warned, acts


def test_whoever_filed_the_copy_on_a_page_is_told(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=0)
    desk.report(slug, statement="Twelve came")
    desk.post(f"/v1/stories/{slug}/copy", COPY | {"expected_revision": 2, "reason": "A take."})
    desk.settle()
    said = "“Eleven” stands on fact 1, which says “Twelve came”."
    form = editor.get(f"/desk/stories/{slug}/file-copy").form
    asked = form.send(text="Eleven people came", reason="So.")
    tried = asked.form.send("preview", instead__0="Eleven")
    assert said in tried.main.text
    filed = tried.form.send()
    assert filed.status == 200
    assert said in filed.main.text


@pytest.mark.parametrize(
    ("mark", "now", "is_other"),
    [
        ("Twelve people died in Vladivostok", "Eleven people died in Vladivostok on Monday.", True),
        ("Twelve people died", "11 people died in Vladivostok on Monday.", True),
        ("Twelve people died", "A hundred and two people died in Vladivostok on Monday.", True),
        ("Twelve people died", "12 people died in Vladivostok on Monday.", False),
        ("Twelve people died", "Nobody knows more.", False),
        ("people died", "Many people died in Vladivostok on Monday.", False),
    ],
)
def test_words_that_lost_their_mark_do_not_come_to_tell_another_number(
    desk: Desk, mark: str, now: str, *, is_other: bool
) -> None:
    slug = desk.open(facts=0)
    desk.report(slug, statement="Twelve people died in Vladivostok")
    was = "Twelve people died in Vladivostok on Monday."
    span = {"fact": 1, "start": was.index(mark), "end": was.index(mark) + len(mark), "exact": mark}
    desk.post(f"/v1/stories/{slug}/copy", {"text": was, "spans": [span], "reason": "Filed."})
    desk.post(f"/v1/stories/{slug}/publications", {"reason": "Read."})
    desk.post(f"/v1/stories/{slug}/copy", {"text": now, "spans": [], "reason": "Filed anew."})
    answer = desk.try_post(f"/v1/stories/{slug}/publications", {"reason": "Read."})
    if not is_other:
        assert answer.status_code == 201, answer.text
        return
    (told,) = problem(answer, 409, "words-contradict")["contradictions"]
    assert told["fact"] == 1
    assert told["words"] in now
    stand = {"reason": "Read.", "words_stand": [1]}
    assert desk.try_post(f"/v1/stories/{slug}/publications", stand).status_code == 201


@pytest.mark.parametrize(
    ("marked", "fields", "is_refused"),
    [
        ("in Khasan", {"place": "Vladivostok"}, True),
        ("in Khasan", {"place": "Khasan, Russia"}, False),
        ("in Khasan", {"place": None}, True),
        ("A train", {"place": "Vladivostok"}, False),
    ],
)
def test_words_that_tell_the_place_contradict_another(
    desk: Desk, marked: str, fields: dict[str, Any], *, is_refused: bool
) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    desk.report(slug, statement="A train arrived", place="Khasan")
    text = "A train arrived in Khasan"
    span = {"fact": 1, "start": text.index(marked), "end": text.index(marked) + len(marked), "exact": marked}
    desk.post(f"{path}/copy", {"text": text, "spans": [span], "reason": "Filed."})
    desk.post(f"{path}/publications", {"reason": "Read."})
    changed = fields | {"expected_version": 1, "reason": "It went on."}
    desk.post(f"{path}/facts/1/updates", changed)
    answer = desk.try_post(f"{path}/publications", {"reason": "Read."})
    if not is_refused:
        assert answer.status_code == 201, answer.text
        return
    told = problem(answer, 409, "words-contradict")
    assert f"“{marked}” stands on fact 1, which has another place now" in told["detail"]
    assert told["contradictions"][0]["was"] == {"version": 1, "place": "Khasan"}
    stand = {"reason": "Read.", "words_stand": [1]}
    assert desk.try_post(f"{path}/publications", stand).status_code == 201


def test_what_an_act_before_it_changed_is_said_so(desk: Desk) -> None:
    slug = a_published_story(desk)
    first = {"do": "set-headline", "with": {"headline": "A"}}
    for second, is_refused in (
        ({}, True),
        ({"expected_revision": 4}, True),
        ({"expected_revision": "@last"}, False),
    ):
        again = {"do": "set-headline", "with": {"headline": "B"} | second}
        answer = desk.try_post(
            f"/v1/stories/{slug}/acts?dry_run=true", change(first, again, expected_revision=4)
        )
        if not is_refused:
            assert answer.status_code == 200, answer.text
            continue
        told = problem(answer, 409, "changed-before")
        assert told["errors"][0]["pointer"] == "#/acts/1/with/expected_revision"
        assert '"@last"' in told["detail"]


def test_what_nobody_has_seen_is_not_meant_by_its_number(desk: Desk) -> None:
    """Somebody else has filed meanwhile, and the numbers that the change meant to make are theirs."""
    slug = desk.open(facts=2)
    path = f"/v1/stories/{slug}/acts"
    desk.report(slug)
    theirs = 3
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "Theirs", "reason": "r", "expected_revision": 3})
    new = desk.slug()
    desk.post(f"/v1/stories/{slug}/slugs", {"slug": new, "reason": "r", "expected_revision": 3})
    report = {"do": "report", "with": FACT}
    acts: tuple[tuple[dict[str, Any], str], ...] = (
        ({"do": "assess", "fact": theirs, "with": {"verification": "verified"}}, "/fact"),
        ({"do": "retract", "fact": theirs, "with": {"expected_version": 1}}, "/fact"),
        ({"do": "undo", "revision": 5}, "/revision"),
        ({"do": "publish", "with": {"revision": 6}}, "/with/revision"),
        *(
            (
                {"do": "report", "with": FACT | {"rests_on": [{"story": one, "fact": theirs}]}},
                "/with/rests_on/0/fact",
            )
            for one in (slug, new)
        ),
    )
    for act, pointer in acts:
        for at in (slug, new):
            answer = desk.try_post(f"/v1/stories/{at}/acts", change(report, act, expected_revision=3))
            refused = problem(answer, 422, "not-made-yet")
            assert refused["errors"][0]["pointer"] == f"#/acts/1{pointer}"
            assert "as of revision 3, which you looked at, story" in refused["detail"]
    seen = {"do": "assess", "fact": theirs, "with": {"verification": "verified", "expected_version": 1}}
    desk.post(path, change(report, seen, expected_revision=6))


def test_a_change_goes_on_from_what_it_made_and_from_nothing_else(desk: Desk) -> None:
    slug = a_published_story(desk)
    path = f"/v1/stories/{slug}/acts"
    first = {"do": "set-dateline", "with": {"place": "Khasan", "date": "2019-04-24"}}
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "Theirs", "reason": "r", "expected_revision": 4})
    ours = {"do": "set-headline", "with": {"headline": "Ours", "expected_revision": "@last"}}
    filed = {"do": "file-copy", "with": OTHER_COPY | {"expected_revision": "@last"}}
    for asked, status, kind in (
        (change(first, ours, expected_revision=4), 409, "story-moved-on"),
        (change(report_of(FACT), ours), 428, "revision-not-named"),
        (change(report_of(FACT), filed), 428, "revision-not-named"),
    ):
        refused = problem(desk.try_post(path, asked), status, kind)
        assert refused["errors"][0]["pointer"] == "#/acts/1/with/expected_revision"
    again = {"do": "set-headline", "with": {"headline": "Ours again", "expected_revision": "@1"}}
    desk.post(path, change(first, ours, again, expected_revision=5))
    assert told(desk, slug)["headline"] == "Ours again"


def test_what_a_change_does_to_its_own_fact_needs_no_version(desk: Desk) -> None:
    slug = desk.open(facts=1)
    cited = {"do": "cite", "fact": "@0", "with": {"citations": [{"source": desk.source()}]}}
    checked = {"do": "assess", "fact": "@0", "with": {"verification": "verified"}}
    updated = {"do": "update", "fact": "@0", "with": {"statement": "Two trains arrived"}}
    made = desk.post(f"/v1/stories/{slug}/acts", change(report_of(FACT), cited, updated, checked))["acts"]
    assert [(act["fact"], act["version"]) for act in made] == [(2, 1), (2, 2), (2, 3), (2, 4)]


def test_a_change_on_the_revision_of_its_condition_has_named_it(desk: Desk) -> None:
    slug = a_published_story(desk)
    tag = desk.get(f"/v1/stories/{slug}?at_least={desk.head()}").headers["etag"]
    filed = {"do": "file-copy", "with": OTHER_COPY}
    first = {"do": "set-headline", "with": {"headline": "Ours"}}
    desk.post(f"/v1/stories/{slug}/acts", change(first, filed), if_match=tag)
    refused = problem(desk.try_post(f"/v1/stories/{slug}/acts", change(first)), 428, "revision-not-named")
    assert refused["errors"][0]["pointer"] == "#/acts/0/with/expected_revision"


def report_of(fact: dict[str, Any]) -> dict[str, Any]:
    return {"do": "report", "with": fact}


@pytest.mark.parametrize("fact", [{}, [], 1.5, True, {"a": [1]}])
def test_a_fact_that_is_no_number_is_named_at_its_place(desk: Desk, fact: Any) -> None:
    asked = change({"do": "correct", "fact": fact, "with": CORRECTED}, expected_revision=4)
    told = problem(desk.try_post("/v1/stories/a/acts", asked), 422, "invalid-body")
    assert [one["pointer"] for one in told["errors"]] == ["#/acts/0/fact"]


@pytest.mark.parametrize(
    ("note", "mark", "is_refused"),
    [
        ("An earlier version of this article said twelve people died in Seoul.", "", False),
        ("An earlier version of this article said twelve people died in Seoul.", "twelve people", False),
        ("In its first report police said that twelve people died in Seoul.", "twelve people", True),
        ("Initial reports said that twelve people died in Seoul.", "twelve people", True),
        ("Correction: this article said that twelve people died in Seoul.", "twelve people", False),
        ("In all, twelve people died in Seoul.", "", True),
        ("In all, twelve people died in Seoul.", "twelve people", True),
        ("This was the earlier version. In all, twelve people died in Seoul.", "", True),
    ],
)
def test_a_note_on_a_correction_may_say_what_was_said(
    desk: Desk, note: str, mark: str, *, is_refused: bool
) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    desk.report(slug, statement="Twelve people died in Seoul")

    def copy(text: str, *marks: str) -> dict[str, Any]:
        spans = [
            {"fact": 1, "start": text.index(one), "end": text.index(one) + len(one), "exact": one}
            for one in marks
            if one
        ]
        return {"do": "file-copy", "with": {"text": text, "spans": spans}}

    publish = {"do": "publish", "with": {"revision": "@last"}}
    filed = copy("Twelve people died in Seoul.", "Twelve people died in Seoul")
    desk.post(f"{path}/acts", change(filed, publish, expected_revision=2))
    corrected = {"do": "correct", "fact": 1, "with": CORRECTED | {"statement": "Eleven people died in Seoul"}}
    told = f"Eleven people died in Seoul. {note}"
    asked = change(corrected, copy(told, "Eleven people died in Seoul", mark), publish, expected_revision=4)
    answer = desk.try_post(f"{path}/acts?dry_run=true", asked)
    if is_refused:
        problem(answer, 409, "words-contradict")
    else:
        assert answer.status_code == 200, answer.text
