"""Does a publication show nothing of what the terms of its facts hide, and say whom it names?"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response

from ledger import limits
from tests.desk import CHANGES, OF_PUBLICATION, Desk, problem
from tests.plain_browser import Browser
from tests.test_publishing import read

WHY = {"reason": "It is so."}


def source(desk: Desk, name: str, kind: str = "person") -> str:
    slug = desk.slug("hidden")
    desk.post("/v1/sources", {"slug": slug, "name": name, "kind": kind})
    return slug


def said_by(*slugs: str) -> list[dict[str, Any]]:
    return [{"source": slug, "cue": "said", "speech": "indirect"} for slug in slugs]


def seen(desk: Desk, slug: str) -> int:
    desk.settle()
    return int(desk.get(f"/v1/stories/{slug}").json()["revision"])


def try_publish(desk: Desk, slug: str, asked: str = "", **fields: Any) -> Response:
    body = {"revision": seen(desk, slug), **WHY} | fields
    return desk.try_post(f"/v1/stories/{slug}/publications{asked}", body)


def publish(desk: Desk, slug: str, **fields: Any) -> dict[str, Any]:
    answer = try_publish(desk, slug, **fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def copy(desk: Desk, slug: str, text: str, **facts: int) -> None:
    """facts: which one the word stands on."""
    spans = [
        {"fact": fact, "start": text.index(word), "end": text.index(word) + len(word), "exact": word}
        for word, fact in facts.items()
    ]
    body = {"text": text, "spans": spans, **WHY, "expected_revision": seen(desk, slug)}
    desk.post(f"/v1/stories/{slug}/copy", body)


def change(desk: Desk, slug: str, what: str, fact: int, version: int, **fields: Any) -> dict[str, Any]:
    body = CHANGES.get(what, {}) | {"expected_version": version, **WHY} | fields
    return desk.post(f"/v1/stories/{slug}/facts/{fact}/{what}", body)


# --- Words that stand on what is hidden --------------------------------------------------------------------------


@pytest.fixture
def on_hidden(desk: Desk) -> str:
    """A story whose copy stands on a fact that is off the record."""
    slug = desk.open(facts=1)
    desk.report(slug, terms="off_record")
    copy(desk, slug, "A train arrived secretly.", secretly=2)
    return slug


@pytest.mark.thorough
def test_words_on_a_fact_off_the_record_are_not_published(desk: Desk, on_hidden: str) -> None:
    for asked in ("", "?dry_run=true"):
        told = problem(try_publish(desk, on_hidden, asked), 409, "copy-on-hidden")
        assert told["spans"] == [{"fact": 2, "start": 16, "end": 24, "words": "secretly"}]
        assert (told["count"], "secretly" in told["detail"], "fact 2" in told["detail"]) == (1, True, True)
    assert read(desk, f"/v1/stories/{on_hidden}").status_code == 404
    copy(desk, on_hidden, "A train arrived.")
    publish(desk, on_hidden)


@pytest.mark.thorough
def test_words_on_a_retracted_fact_are_not_published(desk: Desk) -> None:
    slug = desk.open(facts=2)
    copy(desk, slug, "A train arrived twice.", twice=2)
    publish(desk, slug)
    change(desk, slug, "retractions", 2, 1)
    told = problem(try_publish(desk, slug), 409, "copy-on-hidden")
    assert told["spans"][0]["fact"] == 2


def test_an_older_revision_is_looked_at_as_it_was(desk: Desk, on_hidden: str) -> None:
    bad = seen(desk, on_hidden)
    copy(desk, on_hidden, "A train arrived.")
    problem(try_publish(desk, on_hidden, revision=bad), 409, "copy-on-hidden")
    publish(desk, on_hidden)


def test_terms_that_were_tightened_since_hold_for_an_older_revision_too(desk: Desk) -> None:
    slug = desk.open(facts=2)
    copy(desk, slug, "A train arrived twice.", twice=2)
    good = seen(desk, slug)
    change(desk, slug, "terms", 2, 1, terms="off_record")
    problem(try_publish(desk, slug, revision=good), 409, "copy-on-hidden")


def test_words_on_a_fact_on_background_are_published(desk: Desk) -> None:
    slug = desk.open(facts=1)
    desk.report(slug, terms="background", attribution=said_by(source(desk, "Xenia Quarrel")))
    copy(desk, slug, "A train arrived twice.", twice=2)
    publish(desk, slug)


def test_a_release_shows_no_words_on_what_was_hidden_meanwhile(desk: Desk) -> None:
    slug = desk.open(facts=2)
    copy(desk, slug, "A train arrived twice.", twice=2)
    publish(desk, slug)
    desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    change(desk, slug, "terms", 2, 1, terms="off_record")
    release = f"/v1/stories/{slug}/releases"
    problem(desk.try_post(release, WHY), 409, "copy-on-hidden")
    copy(desk, slug, "A train arrived.")
    desk.post(release, WHY | {"revision": seen(desk, slug)})


def test_a_restoration_shows_none_either_but_may_bring_it_back_withheld(desk: Desk) -> None:
    slug = desk.open(facts=2)
    copy(desk, slug, "A train arrived twice.", twice=2)
    publish(desk, slug)
    asked = desk.try_post(f"/v1/stories/{slug}/takedowns", OF_PUBLICATION["takedowns"]).json()
    desk.post(f"/v1/stories/{slug}/approvals/{asked['approval']}/approve", {}, "standards")
    change(desk, slug, "terms", 2, 1, terms="off_record")
    told = problem(desk.try_post(f"/v1/stories/{slug}/restorations", WHY), 409, "copy-on-hidden")
    assert "held" in told["detail"]
    asked = desk.try_post(f"/v1/stories/{slug}/restorations", WHY | {"held": True}).json()
    desk.post(f"/v1/stories/{slug}/approvals/{asked['approval']}/approve", {}, "standards")


@pytest.mark.thorough
def test_an_embargo_does_not_end_over_words_on_what_was_hidden_meanwhile(desk: Desk) -> None:
    slug = desk.open(facts=2)
    copy(desk, slug, "A train arrived twice.", twice=2)
    until = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    publish(desk, slug, embargo_until=until)
    change(desk, slug, "terms", 2, 1, terms="off_record")
    time.sleep(2.5)
    assert read(desk, f"/v1/stories/{slug}").status_code == 404
    copy(desk, slug, "A train arrived.")
    publish(desk, slug)
    assert read(desk, f"/v1/stories/{slug}").status_code == 200


# --- Names of protected sources ----------------------------------------------------------------------------------


@pytest.fixture
def protecting(desk: Desk) -> tuple[str, str]:
    """A story with a fact on background, and the slug of its source, Xenia Quarrel."""
    slug, hidden = desk.open(facts=1), source(desk, "Xenia Quarrel")
    desk.report(slug, statement="Nobody slept", terms="background", attribution=said_by(hidden))
    return slug, hidden


def refused(desk: Desk, slug: str, hidden: str, place: str) -> None:
    """It is refused for the name at that place and no other; and goes out once an editor says that it may."""
    for asked in ("", "?dry_run=true"):
        told = problem(try_publish(desk, slug, asked), 409, "names-protected")
        assert [(one["place"], one["source"]) for one in told["names"]] == [(place, hidden)], told
        assert place in told["detail"]
    publish(desk, slug, despite=[{"source": hidden, "reason": "Another person of that name."}])
    desk.settle()
    assert "Another person" not in desk.client(None).get(f"/v1/stories/{slug}").text
    assert "Another person" not in desk.client(None).get(f"/v1/stories/{slug}/revisions").text


FIELDS: dict[str, dict[str, Any]] = {
    "statement": {"statement": "Quarrel slept"},
    "entities": {"entities": ["xenia  QUARREL"]},
    "place": {"place": "The house of Xénia Quarrel"},
    "occurred": {"occurred": {"literal": "after Quarrel’s call"}},
    "figure": {"kind": "figure", "figure": {"value": "4", "unit": "Quarrels"}},
    "note": {"note": [{"role": "desk", "text": "Ask Quarrel.", "is_publishable": True}]},
    "cue": {"attribution": [{"source": "ria", "cue": "said, as Quarrel did", "speech": "indirect"}]},
    "citation 1, url": {"citations": [{"source": "ria", "url": "https://example.org/xenia%2Dquarrel/1"}]},
    "citation 1, archived_url": {
        "citations": [{"source": "ria", "archived_url": "https://a.example/xquarrel"}]
    },
    "citation 1, title": {"citations": [{"source": "ria", "title": "Quarrel, Xenia"}]},
    "citation 1, excerpt": {"citations": [{"source": "ria", "excerpt": {"exact": "XENIA QUARREL"}}]},
    "quote": {
        "attribution": [{"source": "ria", "cue": "said", "speech": "direct", "quote": "Q.u.a.r.r.e.l"}]
    },
    "unattributed": {"attribution": None, "unattributed": {"reason": "DrQuarrel did", "signed_off_by": "x"}},
    "note, role": {"note": [{"role": "for @quarrel", "text": "Ask.", "is_publishable": True}]},
}


@pytest.mark.thorough
@pytest.mark.parametrize("where", FIELDS)
def test_no_field_of_a_fact_names_a_protected_source(
    desk: Desk, protecting: tuple[str, str], where: str
) -> None:
    slug, hidden = protecting
    desk.report(slug, **FIELDS[where])
    refused(desk, slug, hidden, f"fact 3, {where}")


@pytest.mark.parametrize(
    "excerpt",
    [
        {"exact": "rel slept", "prefix": "It was Quar"},
        {"exact": "It was Quar-", "suffix": "rel who slept"},
    ],
)
def test_an_excerpt_is_looked_at_as_the_one_text_that_it_is(
    desk: Desk, protecting: tuple[str, str], excerpt: dict[str, str]
) -> None:
    slug, hidden = protecting
    desk.report(slug, citations=[{"source": "ria", "excerpt": excerpt}])
    refused(desk, slug, hidden, "fact 3, citation 1, excerpt")


def test_no_address_of_a_story_that_answers_names_it(desk: Desk, protecting: tuple[str, str]) -> None:
    slug, hidden = protecting
    other = desk.slug("what-xenia-quarrel-did")
    desk.post("/v1/stories", {"slug": other, "headline": "A train", "language": "en", "desk": "world"})
    desk.report(other)
    publish(desk, other)
    change(desk, slug, "responses", 1, 1, by={"story": other, "fact": 1})
    refused(desk, slug, hidden, "fact 1, responses")


def test_no_language_that_is_private_names_it(desk: Desk) -> None:
    slug, hidden = desk.slug(), source(desk, "Xenia Quarrel")
    desk.post(
        "/v1/stories", {"slug": slug, "headline": "A train", "language": "en-x-quarrel", "desk": "world"}
    )
    desk.report(slug, terms="background", attribution=said_by(hidden))
    refused(desk, slug, hidden, "language")


def test_whoever_tries_to_take_a_note_back_is_told_that_the_reason_names_one(
    desk: Desk, protecting: tuple[str, str]
) -> None:
    slug, hidden = protecting
    added = desk.post(f"/v1/stories/{slug}/notes", {"role": "desk", "text": "Watch.", "is_publishable": True})
    undo = f"/v1/stories/{slug}/revisions/{added['revision']}/undo?dry_run=true"
    told = desk.try_post(undo, {"reason": "Quarrel asked for it."}).json()
    assert told["names"] == [{"place": "reason", "source": hidden, "words": "Quarrel"}]


@pytest.mark.thorough
def test_neither_copy_nor_headline_nor_notes_name_it(desk: Desk, protecting: tuple[str, str]) -> None:
    slug, hidden = protecting
    copy(desk, slug, "That is what Ms. Quarrel said.")
    refused(desk, slug, hidden, "copy")
    copy(desk, slug, "That is what was said.")
    body = {"headline": "Xenia-Quarrel", **WHY, "expected_revision": seen(desk, slug)}
    desk.post(f"/v1/stories/{slug}/headline", body)
    refused(desk, slug, hidden, "headline")


def test_what_was_mended_is_published(desk: Desk, protecting: tuple[str, str]) -> None:
    slug, _ = protecting
    desk.report(slug, statement="Quarrel slept")
    problem(try_publish(desk, slug), 409, "names-protected")
    change(desk, slug, "corrections", 3, 1, statement="A guard slept")
    publish(desk, slug)


def test_words_for_readers_that_come_with_a_change_are_looked_at(
    desk: Desk, protecting: tuple[str, str]
) -> None:
    slug, hidden = protecting
    publish(desk, slug)
    made = change(desk, slug, "corrections", 1, 1, was_wrong="Quarrel misheard.")
    refused(desk, slug, hidden, f"was_wrong of revision {made['revision']}, fact 1")
    made = change(desk, slug, "clarifications", 1, 2, reason="Quarrel asked for it.", place="Here")
    problem(try_publish(desk, slug), 409, "names-protected")
    desk.post(f"/v1/stories/{slug}/revisions/{made['revision']}/undo", WHY)
    desk.report(slug)
    publish(desk, slug)


@pytest.mark.parametrize("words", ["Kimberley left", "The mole left", "quarrels about nothing"])
def test_another_word_is_no_name(desk: Desk, words: str) -> None:
    slug, hidden = desk.open(facts=0), source(desk, "Kim Quarrel")
    desk.report(slug, terms="background", attribution=said_by(hidden))
    desk.report(slug, statement=words)
    publish(desk, slug)


def test_whom_readers_see_named_anyway_may_be_named(desk: Desk, protecting: tuple[str, str]) -> None:
    slug, hidden = protecting
    desk.report(slug, statement="Quarrel spoke", attribution=said_by(hidden))
    told = publish(desk, slug)
    assert {"source": hidden, "protected_by": [2]} in told["newly_named"]


def test_a_source_that_the_fact_names_no_more_is_protected_still(
    desk: Desk, protecting: tuple[str, str]
) -> None:
    slug, hidden = protecting
    change(desk, slug, "attributions", 2, 1, attribution=said_by("ria"))
    desk.report(slug, statement="Quarrel slept")
    refused(desk, slug, hidden, "fact 3, statement")


def test_a_source_that_is_protected_only_since_an_older_revision_is_not_named_by_that(desk: Desk) -> None:
    slug, hidden = desk.open(facts=0), source(desk, "Xenia Quarrel")
    desk.report(slug, statement="Quarrel slept", attribution=said_by(hidden))
    good = seen(desk, slug)
    change(desk, slug, "terms", 1, 1, terms="background")
    problem(try_publish(desk, slug, revision=good), 409, "names-protected")


@pytest.mark.parametrize("act", ["kills", "takedowns"])
def test_no_notice_names_it(desk: Desk, protecting: tuple[str, str], act: str) -> None:
    slug, hidden = protecting
    publish(desk, slug)
    body = OF_PUBLICATION[act] | {"notice": "Quarrel made it up."}
    told = problem(desk.try_post(f"/v1/stories/{slug}/{act}", body), 409, "names-protected")
    assert told["names"] == [{"place": "notice", "source": hidden, "words": "Quarrel"}]
    despite = {"despite": [{"source": hidden, "reason": "Said in court."}]}
    assert desk.try_post(f"/v1/stories/{slug}/{act}", body | despite).status_code == 202


def test_whoever_tries_a_text_is_told_that_it_names_one(desk: Desk, protecting: tuple[str, str]) -> None:
    slug, hidden = protecting
    body = {
        "statement": "Quarrel slept",
        "kind": "event",
        "attribution": said_by("ria"),
    }
    told = desk.try_post(f"/v1/stories/{slug}/facts?dry_run=true", body).json()
    assert told["names"] == [{"place": "fact 3, statement", "source": hidden, "words": "Quarrel"}]


def test_what_may_stand_is_on_record_for_the_desk(desk: Desk, protecting: tuple[str, str]) -> None:
    slug, hidden = protecting
    desk.report(slug, statement="Quarrel slept")
    despite = [{"source": hidden, "reason": "Another person."}]
    receipt = publish(desk, slug, despite=despite)
    event = desk.get(f"/v1/events/{receipt['position']}", "auditor").json()
    assert event["body"]["despite"] == despite
    # Held and released, it may stand still: it is the same revision.
    desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    desk.post(f"/v1/stories/{slug}/releases", WHY)


# --- Whom it names -----------------------------------------------------------------------------------------------


def test_a_publication_says_whom_it_names_for_the_first_time(desk: Desk) -> None:
    slug, hidden, other = desk.open(facts=1), source(desk, "Xenia Quarrel"), source(desk, "Yorick Plum")
    desk.report(slug, terms="background", attribution=said_by(hidden))
    dry = try_publish(desk, slug, "?dry_run=true").json()
    told = publish(desk, slug)
    assert told["newly_named"] == dry["newly_named"] == [{"source": "ria", "protected_by": []}]
    assert told["newly_named_count"] == 1
    desk.report(slug)
    assert publish(desk, slug)["newly_named"] == []
    change(desk, slug, "responses", 1, 1, by={"source": other})
    desk.loosen(slug, 2, 1)
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    names = [{"source": one, "protected_by": []} for one in sorted((hidden, other))]
    assert publish(desk, slug, embargo_until=until)["newly_named"] == names
    assert publish(desk, slug)["newly_named"] == names
    desk.report(slug)
    assert publish(desk, slug)["newly_named"] == []


@pytest.mark.parametrize(
    "said",
    [
        {"name": "Oda Quorvath", "kind": "person"},
        {"name": "Tom Pell", "kind": "person", "description": "Speaks for Oda Quorvath."},
        {"name": "Friends of Quorvath", "kind": "organisation"},
        {"slug": "quorvath-and-others", "name": "They", "kind": "organisation"},
    ],
)
def test_no_other_source_that_is_named_gives_it_away(desk: Desk, said: dict[str, str]) -> None:
    """It may be the same one, registered twice."""
    hidden, slug = source(desk, "Oda Quorvath"), desk.open(facts=0)
    other = {"slug": desk.slug("other")} | said
    desk.post("/v1/sources", other)
    desk.report(slug, attribution=said_by(hidden), terms="background")
    desk.report(slug, attribution=said_by(other["slug"]))
    told = problem(try_publish(desk, slug), 409, "names-protected")
    assert {one["source"] for one in told["names"]} == {hidden}
    assert all(one["place"].startswith(f"source {other['slug']}, ") for one in told["names"])
    publish(desk, slug, despite=[{"source": hidden, **WHY}])


def test_who_answers_a_fact_stays_hidden_once_it_is_on_the_word_of_another(desk: Desk) -> None:
    """One person alone named it so: readers see who answers, unless the fact is on the word of that source."""
    hidden, slug = source(desk, "Oda Quorvath"), desk.open(facts=0)
    desk.report(slug, attribution=said_by(hidden), terms="background")
    change(desk, slug, "responses", 1, 1, by={"source": hidden})
    publish(desk, slug)
    change(desk, slug, "attributions", 1, 2, attribution=said_by("ria"))
    told = problem(try_publish(desk, slug), 409, "names-protected")
    assert (told["names"][0]["place"], told["names"][0]["source"]) == (
        f"fact 1, responses, {hidden}",
        hidden,
    )
    publish(desk, slug, despite=[{"source": hidden, **WHY}])


# --- Whom it goes on naming --------------------------------------------------------------------------------------


@pytest.fixture
def named(desk: Desk) -> tuple[str, str]:
    """A story that readers see, with a fact on the word of Oda Quorvath, and the slug of that source; the copy and
    another fact name it, too, the copy also in words that stand on the first."""
    slug, hidden = desk.open(facts=0), source(desk, "Oda Quorvath")
    desk.report(slug, attribution=said_by(hidden))
    desk.report(slug, statement="Quorvath slept")
    copy(desk, slug, "Oda Quorvath came, and Quorvath’s man left.", **{"Oda Quorvath came": 1})
    publish(desk, slug)
    return slug, hidden


def tightenings(desk: Desk, slug: str, asked: str) -> dict[str, dict[str, Any]]:
    """What each act answers that may tighten the terms of a fact, if it is only tried."""
    body = {**WHY, "expected_version": 1, "terms": "background"}
    acts = {what: CHANGES[what] | body for what in ("corrections", "updates", "clarifications", "terms")}
    path = f"/v1/stories/{slug}/facts/1"
    return {what: desk.try_post(f"{path}/{what}{asked}", said).json() for what, said in acts.items()}


COPY_NAMES = {"place": "copy", "words": "Oda Quorvath"}
FACT_NAMES = {"place": "fact 2, statement", "words": "Quorvath"}


def test_whoever_tightens_terms_is_told_where_readers_go_on_reading_the_name(
    desk: Desk, named: tuple[str, str]
) -> None:
    slug, hidden = named
    still = [one | {"source": hidden} for one in (COPY_NAMES, FACT_NAMES)]
    for what, told in tightenings(desk, slug, "?dry_run=true").items():
        assert (told["still_named"], told["still_named_count"]) == (still, 2), what
    told = change(desk, slug, "terms", 1, 1, terms="background")
    assert (told["still_named"], told["still_named_count"]) == (still, 2)
    # Words that are withheld name nobody any more; others do.
    told = change(desk, slug, "terms", 1, 2, terms="off_record")
    assert told["still_named"] == [still[0] | {"words": "Quorvath"}, still[1]]


def test_what_readers_do_not_see_yet_does_not_count_and_what_they_still_see_does(
    desk: Desk, named: tuple[str, str]
) -> None:
    slug, _ = named
    copy(desk, slug, "Somebody came.")
    body = {"headline": "Quorvath", **WHY, "expected_revision": seen(desk, slug)}
    desk.post(f"/v1/stories/{slug}/headline", body)
    for told in (*tightenings(desk, slug, "?dry_run=true").values(), change(desk, slug, "terms", 1, 1)):
        assert [one["place"] for one in told["still_named"]] == ["copy", "fact 2, statement"]


def test_so_is_whoever_undoes_what_had_loosened_them(desk: Desk, named: tuple[str, str]) -> None:
    slug, _ = named
    change(desk, slug, "terms", 1, 1, terms="background")
    loosened = desk.loosen(slug, 1, 2)
    copy(desk, slug, "Quorvath left.")
    publish(desk, slug)
    undo = f"/v1/stories/{slug}/revisions/{loosened['revision']}/undo"
    for asked in ("?dry_run=true", ""):
        told = desk.try_post(f"{undo}{asked}", WHY).json()
        assert [one["place"] for one in told["still_named"]] == ["copy", "fact 2, statement"]


def test_nobody_is_told_of_a_name_that_may_stand_or_that_nobody_reads(
    desk: Desk, named: tuple[str, str]
) -> None:
    slug, hidden = named
    draft = desk.open(facts=0)
    desk.report(draft, statement="Quorvath slept", attribution=said_by(hidden))
    assert "still_named" not in change(desk, draft, "terms", 1, 1)
    desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    assert "still_named" not in tightenings(desk, slug, "?dry_run=true")["terms"]
    desk.post(f"/v1/stories/{slug}/releases", WHY)
    desk.report(slug, attribution=said_by(hidden))
    publish(desk, slug)
    assert "still_named" not in change(desk, slug, "terms", 1, 1)  # fact 3 names it on the record
    assert change(desk, slug, "terms", 3, 1)["still_named_count"] == 2
    publish(desk, slug, despite=[{"source": hidden, "reason": "Another person."}])
    assert "still_named" not in change(desk, slug, "terms", 3, 2, terms="deep_background")
    assert "still_named" not in change(desk, slug, "updates", 2, 1, statement="Nobody slept")


@pytest.mark.thorough
def test_the_form_says_it_too_before_it_is_recorded_and_after(
    desk: Desk, named: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slug, hidden = named
    browser = Browser.of(desk.server, "editor")
    tried = browser.get(f"/desk/stories/{slug}/facts/1/set-terms").form.send_fields(
        "preview", {"terms": "background", **WHY}
    )
    still = f"copy: “Oda Quorvath” ({hidden}); fact 2, statement: “Quorvath” ({hidden})"
    assert f"go on reading the name of a source that is protected by this: {still}." in tried.text
    monkeypatch.setattr(limits, "NAMES_FOUND", 1)
    filed = tried.form.send_fields("file", {"terms": "background", **WHY})
    assert f"copy: “Oda Quorvath” ({hidden}); and at 1 more places." in filed.text
    browser.close()
    desk.settle()
    assert desk.get(f"/v1/stories/{slug}/facts/1").json()["terms"] == "background"
