"""When something changes, do we know what hangs on it, until somebody has looked; and on how many words it rests?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.server.embedded import EmbeddedPostgres
from ledger.commands import (
    Command,
    CommandOnFact,
    ConfirmFact,
    CorrectFact,
    DiscreditSource,
    MergeSource,
    OpenStory,
    PartSource,
    RegisterSource,
    ReinstateSource,
    RetractFact,
    UpdateFact,
)
from ledger.fact import FactBody, Ground, independent_origins, stands_on_alone
from ledger.refusals import Refusal
from projections.engine.catch_up import catch_up
from tests.desk import CHANGES, ROLES, Desk, problem
from tests.newsroom import Newsroom, a_fact, open_newsroom
from tests.shaking import assert_what_is_shaken_and_rests_on_what
from tests.views import dump, dump_built_anew, events_of

# --- Told over HTTP ----------------------------------------------------------------------------------------------


def on(story: str, *facts: int) -> dict[str, Any]:
    return {"rests_on": [{"story": story, "fact": fact} for fact in facts]}


def change(desk: Desk, story: str, fact: int, what: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    """The receipt of a change of the fact."""
    body = CHANGES[what] | {"expected_version": version} | fields
    return desk.post(f"/v1/stories/{story}/facts/{fact}/{what}", body)


def say(desk: Desk, source: str, what: str, reason: str = "So it is.") -> dict[str, Any]:
    return desk.post(f"/v1/sources/{source}/{what}", {"reason": reason})


def listed(desk: Desk) -> list[dict[str, Any]]:
    desk.settle()
    items: list[dict[str, Any]] = desk.get("/v1/facts/shaken?limit=200").json()["items"]
    return items


def shaken(desk: Desk, *stories: str) -> list[tuple[str, int, str, int]]:
    """(story, fact, kind of cause, distance) of what is shaken in the stories, longest first."""
    return [
        (item["story"], item["fact"], item["because"]["kind"], item["because"]["distance"])
        for item in listed(desk)
        if item["story"] in stories
    ]


def impact(desk: Desk, story: str, fact: int) -> list[tuple[str, int, int]]:
    """(story, fact, distance) of what rests on the fact."""
    desk.settle()
    items = desk.get(f"/v1/stories/{story}/facts/{fact}/impact").json()["items"]
    return [(item["story"], item["fact"], item["distance"]) for item in items]


def source(desk: Desk, word: str) -> str:
    """The slug of a new source."""
    slug = desk.slug(word)
    desk.post("/v1/sources", {"slug": slug, "name": word.upper(), "kind": "agency"})
    return slug


def said_by(*sources: str) -> dict[str, Any]:
    return {"attribution": [{"source": slug, "cue": "said", "speech": "indirect"} for slug in sources]}


def cited(*sources: str | tuple[str, str]) -> dict[str, Any]:
    """Citations of sources, or of (source, origin)."""
    pairs = [one if isinstance(one, tuple) else (one, None) for one in sources]
    return {"citations": [{"source": slug} | ({"origin": whose} if whose else {}) for slug, whose in pairs]}


# --- Confirming --------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_confirmation_changes_nothing_but_the_version_and_who_looked(desk: Desk) -> None:
    story = desk.open()
    before = desk.get(f"/v1/stories/{story}/facts/1").json()
    receipt = change(desk, story, 1, "confirmations", reason="Looked at the timetable.")
    assert (receipt["fact"], receipt["version"]) == (1, 2)
    after = desk.get(f"/v1/stories/{story}/facts/1?at_least={receipt['position']}").json()
    assert (after["changed"]["kind"], after["changed"]["reason"]) == (
        "confirmation",
        "Looked at the timetable.",
    )
    moved = ("version", "changed", "members")
    assert {name: value for name, value in after.items() if name not in moved} == {
        name: value for name, value in before.items() if name not in moved
    }


@pytest.mark.thorough
def test_a_confirmation_is_in_the_history_and_readers_would_not_notice(desk: Desk) -> None:
    story = desk.open()
    change(desk, story, 1, "confirmations")
    desk.settle()
    revision = desk.get(f"/v1/stories/{story}/revisions/3").json()
    assert (revision["kind"], revision["substantive"]) == ("confirmation", False)
    assert "before" not in revision
    assert "after" not in revision
    kinds = [
        item["kind"] for item in desk.get(f"/v1/stories/{story}/revisions?substantive=true").json()["items"]
    ]
    assert kinds == ["opening", "report"]


# --- Whose own word it is ----------------------------------------------------------------------------------------

# (who says it, outermost first), (citations: a source, or source and origin), whose own word it is
ORIGINS: dict[str, tuple[tuple[str, ...], tuple[Any, ...], set[str]]] = {
    "one who says it": (("ria",), (), {"ria"}),
    "nobody": ((), (), set()),
    "only who is cited": ((), ("ria", "kcna"), {"ria", "kcna"}),
    "who says it is cited, too": (("ria",), ("ria",), {"ria"}),
    "another is cited": (("ria",), ("kcna",), {"ria", "kcna"}),
    "of a chain the last": (("bbc", "ria", "kremlin"), (), {"kremlin"}),
    "whoever is in between is cited": (("bbc", "ria", "kremlin"), ("bbc", "ria"), {"kremlin"}),
    "somebody besides the chain is cited": (("bbc", "kremlin"), ("bbc", "kcna"), {"kremlin", "kcna"}),
    "two pages pass on RIA's word": ((), (("bbc", "ria"), ("afp", "ria")), {"ria"}),
    "two pages pass on the word of who says it": (("ria",), (("bbc", "ria"), ("afp", "ria")), {"ria"}),
    "one page passes on two words": ((), (("bbc", "ria"), ("bbc", "kcna")), {"ria", "kcna"}),
    "an origin that only passes on in the chain": (("ria", "kremlin"), (("bbc", "ria"),), {"kremlin"}),
    "an origin that passes on itself": ((), (("bbc", "ria"), ("ria", "kremlin")), {"kremlin"}),
    "an origin of an origin of an origin": (
        (),
        (("bbc", "afp"), ("afp", "ria"), ("ria", "kremlin")),
        {"kremlin"},
    ),
    "who says it passes on": (("ria",), (("ria", "kremlin"),), {"kremlin"}),
    "a page that is its own origin": ((), (("bbc", "bbc"),), {"bbc"}),
    "two that pass on each other's word": ((), (("bbc", "afp"), ("afp", "bbc")), {"afp"}),
    "three in a ring": ((), (("bbc", "afp"), ("afp", "ria"), ("ria", "bbc")), {"afp"}),
    "a ring with a way out": ((), (("bbc", "afp"), ("afp", "bbc"), ("afp", "ria")), {"ria"}),
    "a chain in which somebody stands twice": (("ria", "kremlin", "ria"), (), {"ria"}),
}


def a_body(chain: tuple[str, ...], citations: tuple[Any, ...]) -> FactBody:
    says = said_by(*chain) if chain else {"unattributed": {"reason": "seen", "signed_off_by": "the desk"}}
    return FactBody.model_validate({"statement": "A train", "kind": "event"} | says | cited(*citations))


@pytest.mark.parametrize("name", ORIGINS)
def test_the_origins_of_a_fact_are_those_whose_own_word_it_is(name: str) -> None:
    chain, citations, origins = ORIGINS[name]
    assert independent_origins(a_body(chain, citations)) == origins
    assert independent_origins(a_body(chain, citations[::-1])) == origins


names = st.sampled_from(["a", "b", "c", "d", "e"])


@pytest.mark.thorough
@given(
    st.lists(names, max_size=4).map(tuple),
    st.lists(st.one_of(names, st.tuples(names, names)), max_size=6).map(tuple),
)
@settings(deadline=None)
def test_there_are_never_more_origins_than_words_and_none_only_where_nobody_is_named(
    chain: tuple[str, ...], citations: tuple[Any, ...]
) -> None:
    body = a_body(chain, citations)
    origins = independent_origins(body)
    assert origins <= body.source_slugs()
    assert bool(origins) == bool(body.source_slugs())
    words = {*chain[-1:]} | {one[1] if isinstance(one, tuple) else one for one in citations}
    assert len(origins) <= len(words)
    for alone in stands_on_alone(body, independent_origins(body)):
        assert alone in body.source_slugs()


def test_the_most_tangled_fact_is_untangled_at_once() -> None:
    """Each of 50 citations passes on the word of the next; a page of such facts must not hold up the views."""
    ring = tuple((f"s{n}", f"s{(n + 1) % 50}") for n in range(50))
    body = a_body(tuple(f"s{n}" for n in range(10)), ring)
    for _ in range(200):
        assert independent_origins(body) == {"s0"}


def test_documents_count_the_origins_of_a_fact_and_each_origin_of_a_story_once(desk: Desk) -> None:
    story = desk.open(facts=0)
    bbc, afp, ria, kremlin = (source(desk, word) for word in ("bbc", "afp", "ria", "kremlin"))
    desk.report(story, **said_by(ria), **cited((bbc, ria), (afp, ria)))
    desk.report(story, **said_by(bbc, kremlin), **cited(bbc, afp))
    receipt = desk.report(story, **said_by(ria))
    then = f"position={receipt['position']}"
    document = desk.get(f"/v1/stories/{story}?{then}").json()
    assert [fact["independent_origins"] for fact in document["facts"]] == [1, 2, 1]
    assert document["independent_origins"] == 3  # ria, kremlin, afp
    assert set(document["sources"]) == {bbc, afp, ria, kremlin}
    assert desk.get(f"/v1/stories/{story}/facts/2").json()["independent_origins"] == 2
    more = change(desk, story, 3, "citations", **cited((afp, kremlin)))
    versions = desk.get(f"/v1/stories/{story}/facts/3/history?at_least={more['position']}").json()["items"]
    assert [version["independent_origins"] for version in versions] == [1, 2]
    assert desk.get(f"/v1/stories/{story}?{then}").json() == document


def test_an_origin_is_among_the_sources_that_the_fact_leans_on(desk: Desk) -> None:
    story, origin = desk.open(facts=0), source(desk, "origin")
    receipt = desk.report(story, **cited(("ria", origin)))
    facts = desk.get(f"/v1/sources/{origin}/facts?at_least={receipt['position']}").json()["items"]
    assert [(fact["story"], fact["fact"]) for fact in facts] == [(story, 1)]
    assert set(desk.get(f"/v1/stories/{story}/facts/1").json()["sources"]) == {"ria", origin}


# --- Sources discredited and reinstated --------------------------------------------------------------------------


def test_a_source_says_that_it_is_discredited_for_as_long_as_it_is(desk: Desk) -> None:
    slug = source(desk, "tass")
    desk.settle()
    registered = desk.get(f"/v1/sources/{slug}")
    receipt = say(desk, slug, "discreditations", "It made things up.")
    assert (receipt["source"], receipt["revision"]) == (slug, 2)
    discredited = desk.get(f"/v1/sources/{slug}?at_least={receipt['position']}")
    assert discredited.json() == registered.json() | {
        "discredited": {"reason": "It made things up.", "recorded_at": receipt["recorded_at"]}
    }
    (listed,) = desk.get("/v1/sources?limit=1").json()["items"]
    assert listed.pop("figures") == {"facts": 0, "stories": 0, "corrected": 0, "retracted": 0}
    assert listed == discredited.json()
    again = say(desk, slug, "reinstatements")
    reinstated = desk.get(f"/v1/sources/{slug}?at_least={again['position']}")
    assert reinstated.json() == registered.json()
    tags = {answer.headers["etag"] for answer in (registered, discredited, reinstated)}
    assert len(tags) == 3
    assert desk.get(f"/v1/sources/{slug}", if_none_match=discredited.headers["etag"]).status_code == 200
    assert desk.get(f"/v1/sources/{slug}", if_none_match=reinstated.headers["etag"]).status_code == 304


def test_what_a_story_shows_of_a_source_never_changes(desk: Desk) -> None:
    slug, story = source(desk, "tass"), desk.open(facts=0)
    desk.report(story, **said_by(slug))
    desk.settle()
    before = [desk.get(f"/v1/stories/{story}{rest}").content for rest in ("", "/facts/1")]
    say(desk, slug, "discreditations")
    desk.settle()
    assert [desk.get(f"/v1/stories/{story}{rest}").content for rest in ("", "/facts/1")] == before
    assert b"discredited" not in before[0]


# --- What is shaken ----------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("what", ["corrections", "retractions"])
def test_what_rests_on_a_fact_in_any_story_is_shaken_when_it_is_corrected_or_retracted(
    desk: Desk, what: str
) -> None:
    story, other = desk.open(), desk.open(facts=0)
    desk.report(other, **on(story, 1), statement="It carried a guest")
    desk.report(story, **on(other, 1))
    desk.report(story)
    receipt = change(desk, story, 1, what, reason="We looked again.")
    assert shaken(desk, story, other) == [
        (story, 2, what[:-1], 2),
        (other, 1, what[:-1], 1),
    ]
    (item,) = (item for item in listed(desk) if item["story"] == other)
    assert item == {
        "story": other,
        "fact": 1,
        "version": 1,
        "statement": "It carried a guest",
        "since": receipt["position"],
        "because": {
            "kind": what[:-1],
            "story": story,
            "fact": 1,
            "position": receipt["position"],
            "recorded_at": receipt["recorded_at"],
            "reason": "We looked again.",
            "distance": 1,
        },
    }


@pytest.mark.parametrize("what", ["updates", "clarifications", "citations", "assessments", "confirmations"])
def test_no_other_change_of_a_fact_shakes_what_rests_on_it(desk: Desk, what: str) -> None:
    story = desk.open()
    desk.report(story, **on(story, 1))
    change(desk, story, 1, what)
    assert shaken(desk, story) == []


@pytest.mark.thorough
@pytest.mark.parametrize("what", ["confirmations", "corrections", "retractions"])
def test_a_shaken_fact_is_so_until_somebody_reviews_it(desk: Desk, what: str) -> None:
    story = desk.open(facts=2)
    desk.report(story, **on(story, 1, 2))
    change(desk, story, 1, "corrections")
    change(desk, story, 2, "retractions")
    assert shaken(desk, story) == [(story, 3, "correction", 1), (story, 3, "retraction", 1)]
    change(desk, story, 3, what)
    assert shaken(desk, story) == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    "what", ["updates", "clarifications", "citations", "attributions", "assessments", "responses"]
)
def test_a_shaken_fact_stays_so_whatever_else_is_done_to_it(desk: Desk, what: str) -> None:
    story = desk.open()
    desk.report(story, **on(story, 1))
    change(desk, story, 1, "corrections")
    change(desk, story, 2, what)
    assert shaken(desk, story) == [(story, 2, "correction", 1)]
    (item,) = (item for item in listed(desk) if item["story"] == story)
    assert item["version"] == 2, "it is shown as it is now"


def test_a_review_of_one_fact_leaves_those_that_rest_on_it_shaken(desk: Desk) -> None:
    story = desk.open()
    desk.report(story, **on(story, 1))
    desk.report(story, **on(story, 2))
    change(desk, story, 1, "corrections")
    change(desk, story, 2, "confirmations")
    assert shaken(desk, story) == [(story, 3, "correction", 2)]


def test_a_fact_that_is_corrected_twice_shakes_twice(desk: Desk) -> None:
    story = desk.open()
    desk.report(story, **on(story, 1))
    change(desk, story, 1, "corrections")
    change(desk, story, 1, "corrections", 2, statement="A train stayed")
    assert shaken(desk, story) == [(story, 2, "correction", 1)] * 2
    change(desk, story, 2, "confirmations")
    change(desk, story, 1, "retractions", 3)
    assert shaken(desk, story) == [(story, 2, "retraction", 1)], "reviewed before, and shaken anew"


def test_a_retracted_fact_is_never_shaken_but_what_rests_on_it_is(desk: Desk) -> None:
    story = desk.open()
    desk.report(story, **on(story, 1))
    desk.report(story, **on(story, 2))
    change(desk, story, 2, "retractions")
    change(desk, story, 3, "confirmations")
    change(desk, story, 1, "corrections")
    assert shaken(desk, story) == [(story, 3, "correction", 2)]


@pytest.fixture
def circles(monkeypatch: pytest.MonkeyPatch) -> None:
    """As releases before took them: ledgers hold some."""
    monkeypatch.setattr("ledger.rules.facts.check_circle", lambda *_: None)


def test_facts_that_rest_on_each_other_are_shaken_once_each_and_never_by_themselves(
    desk: Desk, circles: None
) -> None:
    story = desk.open()
    desk.report(story, **on(story, 1))
    desk.report(story, **on(story, 2))
    change(desk, story, 1, "updates", **on(story, 3))
    change(desk, story, 1, "corrections", 2)
    assert shaken(desk, story) == [(story, 2, "correction", 1), (story, 3, "correction", 2)]
    change(desk, story, 2, "corrections")
    assert shaken(desk, story) == [
        (story, 3, "correction", 2),
        (story, 1, "correction", 2),
        (story, 3, "correction", 1),
    ]


def test_what_a_fact_rested_on_when_that_changed_counts_and_not_what_it_rests_on_later(desk: Desk) -> None:
    story = desk.open(facts=2)
    desk.report(story, **on(story, 1))
    desk.report(story)
    change(desk, story, 1, "corrections")
    change(desk, story, 3, "updates", **on(story, 2))
    change(desk, story, 4, "updates", **on(story, 1))
    assert shaken(desk, story) == [(story, 3, "correction", 1)], (
        "an update is no review, and new grounds no shock"
    )
    change(desk, story, 2, "corrections")
    assert shaken(desk, story) == [(story, 3, "correction", 1), (story, 3, "correction", 1)]
    change(desk, story, 1, "retractions", 2)
    assert shaken(desk, story)[-1] == (story, 4, "retraction", 1)
    assert len(shaken(desk, story)) == 3


# (the fact, by the names of its sources; "it" is the one that is discredited), whether it is shaken
ALONE: dict[str, tuple[dict[str, Any], bool]] = {
    "said by it, nothing cited": (said_by("it"), True),
    "said by it, and by it again": (said_by("it", "it"), True),
    "passed on by another, nothing cited": (said_by("other", "it"), True),
    "passed on by it, nothing cited": (said_by("it", "other"), False),
    "said by another": (said_by("other"), False),
    "only it is cited, for another's words": (said_by("other") | cited("it"), True),
    "only it is cited, twice": (said_by("other") | cited("it", "it"), True),
    "it and another are cited": (said_by("it") | cited("it", "other"), False),
    "another is cited for its words": (said_by("it") | cited("other"), False),
    "others are cited that pass on its word": (
        said_by("it") | cited(("other", "it"), ("third", "it")),
        True,
    ),
    "it passes on the word of another, and nobody else is cited": (
        said_by("other") | cited(("it", "other")),
        True,
    ),
    "one passes on its word and one speaks for itself": (
        said_by("it") | cited(("other", "it"), "third"),
        False,
    ),
    "nobody is named and it is cited": (
        {"unattributed": {"reason": "seen", "signed_off_by": "the desk"}, "attribution": None} | cited("it"),
        True,
    ),
    "nobody is named and nothing cited": (
        {"unattributed": {"reason": "seen", "signed_off_by": "the desk"}, "attribution": None},
        False,
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", ALONE)
def test_a_discredited_source_shakes_what_stands_on_its_word_alone(desk: Desk, name: str) -> None:
    fields, is_shaken = ALONE[name]
    actual = {word: source(desk, word) for word in ("it", "other", "third")}

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: actual[inner] if key in ("source", "origin") else named(inner)
                for key, inner in value.items()
            }
        return [named(inner) for inner in value] if isinstance(value, list) else value

    story = desk.open(facts=0)
    desk.report(story, **named(fields))
    receipt = say(desk, actual["it"], "discreditations", "It made things up.")
    assert shaken(desk, story) == ([(story, 1, "discrediting", 1)] if is_shaken else [])
    if is_shaken:
        (item,) = (item for item in listed(desk) if item["story"] == story)
        assert item["because"] == {
            "kind": "discrediting",
            "source": actual["it"],
            "position": receipt["position"],
            "recorded_at": receipt["recorded_at"],
            "reason": "It made things up.",
            "distance": 1,
        }


def test_reinstating_a_source_ends_what_its_discrediting_shook_and_nothing_else(desk: Desk) -> None:
    one, another, story = source(desk, "one"), source(desk, "another"), desk.open()
    desk.report(story, **said_by(one), **on(story, 1))
    desk.report(story, **said_by(another))
    say(desk, one, "discreditations")
    say(desk, another, "discreditations")
    change(desk, story, 1, "corrections")
    assert shaken(desk, story) == [
        (story, 2, "discrediting", 1),
        (story, 3, "discrediting", 1),
        (story, 2, "correction", 1),
    ]
    say(desk, one, "reinstatements")
    assert shaken(desk, story) == [(story, 3, "discrediting", 1), (story, 2, "correction", 1)]
    say(desk, one, "discreditations")
    assert shaken(desk, story)[-1] == (story, 2, "discrediting", 1)
    change(desk, story, 2, "confirmations")
    assert shaken(desk, story) == [(story, 3, "discrediting", 1)]


def test_a_discredited_source_shakes_no_retracted_fact_and_none_that_found_another_word_before(
    desk: Desk,
) -> None:
    slug, story = source(desk, "it"), desk.open(facts=0)
    for _ in range(3):
        desk.report(story, **said_by(slug))
    change(desk, story, 1, "retractions")
    change(desk, story, 2, "citations", **cited("ria"))
    say(desk, slug, "discreditations")
    assert shaken(desk, story) == [(story, 3, "discrediting", 1)]
    change(desk, story, 3, "citations", **cited("ria"))
    assert shaken(desk, story) == [(story, 3, "discrediting", 1)], "a citation is no review"


# --- What would fall with it -------------------------------------------------------------------------------------


def test_the_impact_of_a_fact_is_all_that_rests_on_it_the_nearest_first(desk: Desk) -> None:
    story, other = desk.open(), desk.open(facts=0)
    desk.report(other, **on(story, 1))
    desk.report(story, **on(other, 1))
    desk.report(story, **on(story, 1, 2), statement="It went on")
    desk.report(story)
    change(desk, other, 1, "retractions")
    assert impact(desk, story, 1) == [(story, 3, 1), (other, 1, 1), (story, 2, 2)]
    assert impact(desk, story, 2) == [(story, 3, 1)]
    assert impact(desk, story, 4) == []
    document = desk.get(f"/v1/stories/{story}/facts/1/impact").json()
    assert (document["story"], document["fact"], document["next"]) == (story, 1, None)
    assert document["items"][0] == {
        "story": story,
        "fact": 3,
        "version": 1,
        "statement": "It went on",
        "standing": "standing",
        "distance": 1,
    }
    assert [item["standing"] for item in document["items"]] == ["standing", "retracted", "standing"]
    change(desk, story, 3, "updates", **on(story, 2))
    assert impact(desk, story, 1) == [(other, 1, 1), (story, 2, 2), (story, 3, 3)]


def test_the_impact_is_seen_at_once_by_who_filed(desk: Desk) -> None:
    story = desk.open()
    receipt = desk.report(story, **on(story, 1))
    told = desk.get(f"/v1/stories/{story}/facts/1/impact?at_least={receipt['position']}").json()
    assert [item["fact"] for item in told["items"]] == [2]


def test_what_hangs_on_what_is_the_desks_own(desk: Desk) -> None:
    story = desk.open()
    for path in ("/v1/facts/shaken", f"/v1/stories/{story}/facts/1/impact"):
        problem(desk.client(None).get(path), 401, "key-refused")
    for role in ROLES:
        assert desk.get("/v1/facts/shaken", role).status_code == 200


def test_statements_come_back_as_they_went_in(desk: Desk) -> None:
    story = desk.open()
    statement = '"}, 😀 \\u0041 김정은 \u2028 \t "quoted" \\'
    desk.report(story, **on(story, 1), statement=statement)
    change(desk, story, 1, "corrections", reason=statement)
    (item,) = (item for item in listed(desk) if item["story"] == story)
    assert (item["statement"], item["because"]["reason"]) == (statement, statement)
    assert desk.get(f"/v1/stories/{story}/facts/1/impact").json()["items"][0]["statement"] == statement


# --- Page by page ------------------------------------------------------------------------------------------------


def rests(*facts: int) -> dict[str, Any]:
    return on("story", *facts)


def correct(version: int = 1, **fields: Any) -> CorrectFact:
    wrong = {"was_wrong": "The day was wrong", "affects": ["date"], "cause": "our_error", "reason": "Looked"}
    said = {"expected_version": version, "place": f"Place {version}"}
    return CorrectFact.model_validate(wrong | said | fields)


@pytest.mark.thorough
def test_events_of_one_page_shake_as_they_would_one_after_the_other(
    newsroom: Newsroom, circles: None
) -> None:
    """Reported, rested on, corrected, confirmed, rested elsewhere and shaken again, all before the views look."""
    newsroom.open()
    reason = {"expected_version": 1, "reason": "Looked"}

    def file(command: Command, fact: int | None = None) -> None:
        newsroom.file(command, "story", fact)

    newsroom.report()  # 1
    newsroom.report(**rests(1))  # 2
    newsroom.report(**rests(2))  # 3
    file(correct(), 1)  # shakes 2 and 3
    file(ConfirmFact.model_validate(reason), 2)
    newsroom.report(**rests(1, 3))  # 4, after the shock
    file(
        UpdateFact.model_validate(reason | rests(4)), 3
    )  # 3 and 4 now rest on each other, and 3 on 2 no more
    file(correct(2), 2)  # shakes nobody
    file(correct(2), 1)  # shakes 2, 4 at 1, and 3 through 4 at 2
    file(RetractFact.model_validate(reason), 4)
    for what in (DiscreditSource, ReinstateSource, DiscreditSource):
        newsroom.file(what(reason="So"), source="ria")
    file(ConfirmFact.model_validate(reason | {"expected_version": 3}), 2)
    file(
        RetractFact.model_validate(reason | {"expected_version": 3}), 1
    )  # shakes 2, and 3 through the withdrawn 4
    newsroom.report(**rests(1))  # 5, after everything

    events = events_of(newsroom.views)
    built = dump_built_anew(newsroom.views, len(events))
    for position in range(1, len(events) + 1):
        assert catch_up(newsroom.views, position, page_events=1) == position
        assert_what_is_shaken_and_rests_on_what(newsroom.views, events[:position])
    assert dump(newsroom.views) == built
    shaking = assert_what_is_shaken_and_rests_on_what(newsroom.views, events)
    assert [
        (fact, because["kind"], because["distance"])
        for (_, _, fact), because in sorted(shaking.shaken.items())
    ] == [
        (3, "correction", 2),  # the first one of fact 1, and nobody has looked since
        (3, "correction", 2),
        (3, "retraction", 1),
        (3, "discrediting", 1),
        (2, "retraction", 1),
        (3, "retraction", 2),
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens to a fact, or to a source; numbers pick among what there is by then."""

    what: str
    which: int
    grounds: tuple[int, ...]
    source: str


STEPS = st.builds(
    Step,
    st.sampled_from(
        ("report correct both " * 2 + "retract confirm update discredit reinstate merge part").split()
    ),
    st.integers(0, 7),
    st.lists(st.integers(0, 7), max_size=3).map(tuple),
    st.sampled_from(["ria", "tass"]),
)
LEDGERS = iter(range(1_000_000))


@pytest.fixture(scope="module")
def room(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Newsroom]:
    with open_newsroom(servers("embedded")) as opened:
        yield opened


@pytest.mark.thorough
@given(steps=st.lists(STEPS, min_size=10, max_size=40), page_events=st.integers(2, 9))
@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_whatever_happens_the_views_shake_what_the_events_do(
    room: Newsroom, steps: list[Step], page_events: int
) -> None:
    """One ledger for all examples, each with its stories and sources: what came before stays shaken."""
    name = next(LEDGERS)
    sources = {word: f"{word}-{name}" for word in ("ria", "tass")}
    stories = [f"a-{name}", f"b-{name}"]
    for slug in sources.values():
        room.file(RegisterSource(slug=slug, name="A", kind="agency"))
    for slug in stories:
        room.file(OpenStory(slug=slug, headline="A", language="en", desk="world"))
    facts: list[tuple[str, int]] = []
    versions: dict[tuple[str, int], int] = {}

    def take(step: Step) -> None:
        grounds = tuple(
            Ground(story=story, fact=fact)
            for story, fact in {facts[n % len(facts)] for n in step.grounds if facts}
        )
        if step.what in ("report", "both"):
            story = stories[step.which % 2]
            named = {} if step.what == "report" else cited(*sources.values())
            report = a_fact(source=sources[step.source], **named).model_copy(update={"rests_on": grounds})
            receipt = room.file(report, story)
            number = sum(slug == story for slug, _ in facts) + 1
            assert f'"fact":{number},' in receipt.text()
            facts.append((story, number))
            versions[facts[-1]] = 1
            return
        if step.what in ("discredit", "reinstate"):
            trust = DiscreditSource if step.what == "discredit" else ReinstateSource
            room.file(trust(reason="So"), source=sources[step.source])
            return
        if step.what in ("merge", "part"):
            into = sources["tass" if step.source == "ria" else "ria"]
            command = MergeSource(into=into, reason="So") if step.what == "merge" else PartSource(reason="So")
            room.file(command, source=sources[step.source])
            return
        if not facts:
            return
        fact = facts[step.which % len(facts)]
        version = versions[fact]
        said = {"expected_version": version, "reason": "So"}
        changes: dict[str, CommandOnFact] = {
            "correct": correct(version),
            "retract": RetractFact.model_validate(said),
            "confirm": ConfirmFact.model_validate(said),
            "update": UpdateFact.model_validate(said | {"place": f"There {version}", "rests_on": grounds}),
        }
        room.file(changes[step.what], *fact)
        versions[fact] += 1

    for step in steps:
        try:
            take(step)
        except Refusal:
            continue
    events = events_of(room.views)
    catch_up(room.views, page_events=page_events)
    assert_what_is_shaken_and_rests_on_what(room.views, events)
    if name % 5 == 0:
        assert dump(room.views) == dump_built_anew(room.views, len(events))
