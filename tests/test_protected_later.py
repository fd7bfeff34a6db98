"""Is whoever is protected after publication protected in what was published before, at once and behind every endpoint?

test_leaks.py asks every endpoint on such days; here is what that means, one thing at a time.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.server.embedded import EmbeddedPostgres
from ledger.commands import (
    FileCopy,
    GiveApproval,
    OpenStory,
    PublishStory,
    RegisterSource,
    ReportFact,
    SetTerms,
    UpdateFact,
)
from ledger.words import Role, Terms
from projections.engine import progress
from projections.engine.catch_up import catch_up
from projections.engine.proof.fold import first_difference
from projections.views.catalogue import VIEWS
from tests.desk import CHANGES, Desk, open_desk, problem
from tests.newsroom import Newsroom
from tests.test_purges import BELOW, listed
from tests.views import eventually, holding_the_lead

STRICTER: tuple[Terms, ...] = ("background", "deep_background", "off_record")


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


class Named:
    """A story that readers have seen in two editions: fact 1 names the source, as does all that hangs on it; fact 2
    names it, too, where `others` is set, else another one."""

    def __init__(self, desk: Desk, *, others: bool = False) -> None:
        self.desk, self.source = desk, desk.source()
        self.slug = desk.open(facts=0)
        said = {"source": self.source, "cue": "said", "speech": "direct", "quote": "Murmansk"}
        cited = {"source": self.source, "url": f"https://example.org/{self.source}"}
        desk.report(self.slug, attribution=[said], citations=[cited])
        desk.report(self.slug, **({"attribution": [said]} if others else {}))
        answer = {
            "kind": "confirms",
            "by": {"source": self.source},
            "reason": "Asked.",
            "expected_version": 1,
        }
        desk.post(f"/v1/stories/{self.slug}/facts/1/responses", answer)
        self.first = desk.publish(self.slug)["revision"] - 1
        correction = CHANGES["corrections"] | {
            "expected_version": 2,
            "attribution": [said | {"cue": "told us"}],
        }
        desk.post(f"/v1/stories/{self.slug}/facts/1/corrections", correction)
        self.published = desk.publish(self.slug)
        self.second = self.published["revision"] - 1
        desk.settle()

    def tighten(self, terms: str = "background") -> dict[str, Any]:
        """By an update that nobody publishes."""
        said = {"terms": terms, "reason": "He asked for it.", "expected_version": 3}
        return self.desk.post(f"/v1/stories/{self.slug}/facts/1/updates", said, "reporter")

    def addresses(self) -> list[str]:
        """Where readers found its name."""
        story = f"/v1/stories/{self.slug}"
        moments = ("", f"?revision={self.first}", f"?position={self.published['position']}")
        return [
            *(f"{story}{below}{moment}" for below in ("", "/json-ld", "/facts/1") for moment in moments),
            f"{story}/facts/1/history",
            f"{story}/diff?from_edition=1&to_edition=2",
            *(f"/v1/sources/{self.source}{below}" for below in ("", "/facts", "/figures")),
            "/v1/sources?limit=200",
        ]


def names(desk: Desk, named: Named, address: str) -> bool:
    """Whether readers are told the name, by its slug, the address where it can be checked or, in linked data, its name;
    the address itself says the slug."""
    answer = desk.client(None).get(address)
    if f"/sources/{named.source}" in address:
        assert answer.status_code in (200, 404)
        return answer.status_code == 200
    return named.source in answer.text or '"Murmansk"' in answer.text


@pytest.mark.thorough
@pytest.mark.parametrize("terms", STRICTER)
def test_whoever_is_protected_is_named_nowhere_from_then_on_and_nobody_has_to_publish_that(
    desk: Desk, terms: str
) -> None:
    named = Named(desk)
    assert all(names(desk, named, address) for address in named.addresses())
    named.tighten(terms)
    assert [address for address in named.addresses() if names(desk, named, address)] == []
    problem(desk.client(None).get(f"/v1/sources/{named.source}"), 404, "nothing-there")
    assert desk.client(None).get(f"/v1/stories?q=murmansk%20{named.slug}").json()["items"] == []


def test_the_statement_stays_as_it_was_and_says_that_nobody_is_named_for_it(desk: Desk) -> None:
    named = Named(desk)
    story = f"/v1/stories/{named.slug}?revision={named.first}"
    before = desk.client(None).get(story).json()["facts"]
    named.tighten()
    desk.settle()  # until the views are there it may be 503
    after = desk.client(None).get(story).json()["facts"]
    assert after[1:] == before[1:]
    assert (after[0]["statement"], after[0]["version"]) == (before[0]["statement"], before[0]["version"])
    assert after[0]["terms"] == "background"
    assert "not being named" in after[0]["unattributed"]["reason"]
    assert (after[0]["citations"], after[0]["responses"], after[0]["independent_origins"]) == ([], [], 0)


def test_what_goes_off_the_record_was_never_there(desk: Desk) -> None:
    named = Named(desk)
    named.tighten("off_record")
    desk.settle()
    reader = desk.client(None)
    for moment in ("", f"?revision={named.first}", f"?revision={named.second}"):
        told = reader.get(f"/v1/stories/{named.slug}{moment}").json()
        assert ([fact["fact"] for fact in told["facts"]], told["changes"]) == ([2], [])
        problem(reader.get(f"/v1/stories/{named.slug}/facts/1{moment}"), 404, "nothing-there")
    problem(reader.get(f"/v1/stories/{named.slug}/facts/1/history"), 404, "nothing-there")
    assert [item["story"] for item in reader.get("/v1/corrections").json()["items"]].count(named.slug) == 0


@pytest.mark.thorough
@pytest.mark.parametrize("terms", STRICTER)
def test_whom_a_retracted_fact_had_named_is_protected_too(desk: Desk, terms: str) -> None:
    named = Named(desk)
    fact = f"/v1/stories/{named.slug}/facts/1"
    desk.post(f"{fact}/retractions", {"reason": "It is not so.", "expected_version": 3})
    desk.publish(named.slug)
    told = {"terms": terms, "reason": "He asked for it.", "expected_version": 4}
    desk.post(f"{fact}/terms", told)
    desk.settle()
    assert [address for address in named.addresses() if names(desk, named, address)] == []
    shown = desk.client(None).get(f"/v1/stories/{named.slug}").json()["facts"]
    assert [one["fact"] for one in shown] == ([2] if terms == "off_record" else [1, 2])
    loosened = {"terms": "on_record", "reason": "He may be named.", "expected_version": 5}
    problem(desk.try_post(f"{fact}/terms", loosened), 409, "fact-is-retracted")


def test_another_fact_on_the_word_of_the_same_source_goes_on_naming_it(desk: Desk) -> None:
    named = Named(desk, others=True)
    named.tighten()
    reader = desk.client(None)
    assert reader.get(f"/v1/sources/{named.source}").status_code == 200
    facts = reader.get(f"/v1/sources/{named.source}/facts").json()["items"]
    assert [(fact["story"], fact["fact"]) for fact in facts] == [(named.slug, 2)]
    assert reader.get(f"/v1/sources/{named.source}/figures").json()["facts"] == 1
    told = reader.get(f"/v1/stories/{named.slug}?revision={named.first}").json()
    assert [("attribution" in fact) for fact in told["facts"]] == [False, True]


def test_the_desk_goes_on_seeing_what_it_saw(desk: Desk) -> None:
    named = Named(desk)
    paths = [
        f"/v1/stories/{named.slug}?revision={named.first}",
        f"/v1/stories/{named.slug}/facts/1?revision={named.first}",
        f"/v1/stories/{named.slug}/diff?from={named.first}&to={named.second}",
    ]
    before = [desk.get(path).content for path in paths]
    named.tighten()
    desk.settle()
    assert [desk.get(path).content for path in paths] == before
    assert named.source.encode() in before[0]


@pytest.mark.thorough
def test_a_protection_is_in_force_once_it_is_acknowledged_however_far_the_views_are(desk: Desk) -> None:
    named = Named(desk)
    with holding_the_lead(desk.newsroom.database):
        named.tighten()
        for address in (f"/v1/stories/{named.slug}", f"/v1/sources/{named.source}"):
            problem(desk.client(None).get(address), 503, "view-behind")
    eventually(lambda: desk.client(None).get(f"/v1/stories/{named.slug}").status_code == 200)
    for _ in range(10):
        named = Named(desk)
        named.tighten()
        assert not names(desk, named, f"/v1/stories/{named.slug}")


def test_only_what_takes_something_from_readers_holds_up_their_answers(desk: Desk) -> None:
    def withdrawal() -> int:
        row = desk.newsroom.views.execute("select withdrawal from head").fetchone()
        assert row is not None
        return int(row[0])

    unseen = desk.open(facts=1)
    before = withdrawal()
    said = {"terms": "background", "reason": "He asked for it.", "expected_version": 1}
    desk.post(f"/v1/stories/{unseen}/facts/1/updates", said)  # nobody has seen him named
    named = Named(desk)
    update = CHANGES["updates"] | {"expected_version": 1}
    desk.post(f"/v1/stories/{named.slug}/facts/2/updates", update)
    assert withdrawal() == before
    assert named.tighten()["position"] == withdrawal()


# --- Caches --------------------------------------------------------------------------------------------------------


def test_caches_are_told_where_the_name_stood(desk: Desk) -> None:
    named = Named(desk)
    before = desk.head()
    tightened = named.tighten()
    (item,) = listed(desk, after=before)
    story = f"/v1/stories/{named.slug}"
    source = f"/v1/sources/{named.source}"
    assert item == {
        "position": tightened["position"],
        "at": tightened["recorded_at"],
        "story": named.slug,
        "kind": "update",
        "prefixes": [story, source],
        "urls": [
            *(f"{story}{below}" for below in BELOW),
            *(f"{source}{below}" for below in ("", "/facts", "/figures")),
            *(f"{story}?edition={number}" for number in (2, 1)),
            *(f"{story}?revision={revision}" for revision in (named.second, named.first)),
            *(f"{story}/facts/{fact}{below}" for fact in (1, 2) for below in ("", "/history")),
        ],
    }
    for address in named.addresses()[:-1]:  # the last is a list, which is asked for anew each time
        assert address.startswith((f"{story}/", f"{story}?", source)) or address == story
    kept = desk.client(None).get("/v1/sources?limit=200").headers["cache-control"]
    assert kept == "public, no-cache"


def test_other_stories_that_rest_on_what_goes_off_the_record_are_to_be_dropped_with_it(desk: Desk) -> None:
    named = Named(desk)
    resting = desk.open(facts=0)
    desk.report(resting, rests_on=[{"story": named.slug, "fact": 1}])
    revision = desk.publish(resting)["revision"] - 1
    desk.settle()
    path = f"/v1/stories/{resting}?revision={revision}"
    assert named.slug in desk.client(None).get(path).text
    before = desk.head()
    named.tighten("off_record")
    assert named.slug not in desk.client(None).get(path).text
    assert f"/v1/stories/{resting}" in listed(desk, after=before)[0]["prefixes"]


def test_what_nobody_had_seen_named_is_no_matter_for_a_cache(desk: Desk) -> None:
    before = desk.head()
    draft, public = desk.open(facts=1), desk.open(facts=1)
    desk.publish(public)
    desk.report(public)  # not published
    said = {"terms": "background", "reason": "He asked for it.", "expected_version": 1}
    desk.post(f"/v1/stories/{draft}/facts/1/updates", said)
    desk.post(f"/v1/stories/{public}/facts/2/updates", said)
    assert listed(desk, after=before) == []


def test_a_browser_keeps_the_past_for_a_day_and_a_shared_cache_until_it_is_told(desk: Desk) -> None:
    """What a browser keeps cannot be called back."""
    named = Named(desk)
    story = f"/v1/stories/{named.slug}"
    bound = [
        address
        for address in named.addresses()
        if "revision=" in address or "position=" in address or "/diff" in address
    ]
    for address in (*bound, f"{story}/revisions/{named.first}"):
        kept = desk.client(None).get(address).headers["cache-control"]
        assert kept == "public, max-age=86400, s-maxage=31536000", address
        if "json-ld" not in address:
            assert desk.get(address).headers["cache-control"].startswith("private, "), address


# --- How the views hold it -----------------------------------------------------------------------------------------


def a_fact_on_changing_terms(newsroom: Newsroom, *terms: Terms) -> list[int]:
    """Its versions one after the other, and where each begins; an edition after each of the first two."""
    newsroom.file(RegisterSource(slug="who", name="Who", kind="person"))
    newsroom.file(OpenStory(slug="story", headline="x", language="en", desk="x"))
    said = {"source": "who", "cue": "said", "speech": "direct", "quote": "Murmansk"}
    first = {"statement": "It came", "kind": "event", "attribution": [said], "terms": terms[0]}
    positions = [newsroom.file(ReportFact.model_validate(first), "story").position]
    newsroom.file(PublishStory(reason="x"), "story")
    for version, now in enumerate(terms[1:], 1):
        change = {"expected_version": version, "terms": now, "statement": f"It came {version}", "reason": "x"}
        positions.append(newsroom.file(UpdateFact.model_validate(change), "story", 1).position)
        if version == 1:
            newsroom.file(PublishStory(reason="x"), "story")
    return positions


def stored(newsroom: Newsroom) -> list[str]:
    """The terms on which readers see each version."""
    rows = newsroom.views.execute("select terms from fact_versions order by from_position").fetchall()
    return [terms for (terms,) in rows]


@pytest.mark.thorough
@pytest.mark.parametrize("page_events", [1, 3, 1_000])
def test_every_version_is_seen_on_the_strictest_terms_since_then_however_the_views_came_there(
    newsroom: Newsroom, page_events: int
) -> None:
    at = a_fact_on_changing_terms(
        newsroom, "on_record", "on_record", "background", "background", "off_record"
    )
    catch_up(newsroom.views, at[1], page_events=page_events)
    assert stored(newsroom) == ["on_record"] * 2
    catch_up(newsroom.views, at[3], page_events=page_events)
    assert stored(newsroom) == ["background"] * 4
    head = catch_up(newsroom.views, page_events=page_events)
    assert stored(newsroom) == ["off_record"] * 5
    names = [view.name for view in VIEWS]
    assert first_difference(newsroom.views, names, head) is None


@pytest.mark.thorough
def test_a_long_history_is_made_anew_piece_by_piece(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reads in ("folding", "states"):
        monkeypatch.setattr(f"projections.engine.{reads}.AT_ONCE", 2)
    on_record: list[Terms] = ["on_record"] * 7
    a_fact_on_changing_terms(newsroom, *on_record, "background", "deep_background")
    head = catch_up(newsroom.views)
    assert stored(newsroom) == ["deep_background"] * 9
    assert first_difference(newsroom.views, [view.name for view in VIEWS], head) is None


# --- The words of the copy -----------------------------------------------------------------------------------------


TEXT = "Ann — the quiet spy — came. She met Bob, her courier, in Murmansk.\nNobody else saw Ann leave."
MARK = "[withheld]"


class Written:
    """A story whose copy readers have seen in two editions, on three facts; and what was asked of it since."""

    def __init__(self, desk: Desk, *words: tuple[str, int]) -> None:
        self.desk, self.slug = desk, desk.open(facts=3)
        self.path = f"/v1/stories/{self.slug}"
        self.file(TEXT, *words)
        self.first = desk.publish(self.slug)["revision"] - 1
        self.second = desk.edition(self.slug, "A train, again")["revision"] - 1
        desk.settle()

    def file(self, text: str, *words: tuple[str, int]) -> None:
        spans = [
            {"fact": fact, "start": text.index(exact), "end": text.index(exact) + len(exact), "exact": exact}
            for exact, fact in words
        ]
        self.desk.post(f"{self.path}/copy", {"text": text, "spans": spans, "reason": "Filed."})

    def tighten(self, fact: int, version: int = 1, terms: str = "off_record") -> dict[str, Any]:
        body = {"terms": terms, "expected_version": version, "reason": "They asked for it."}
        return self.desk.post(f"{self.path}/facts/{fact}/terms", body)

    def read(self, asked: str = "", role: Role | None = None) -> dict[str, Any]:
        """The copy; every span of it holds the words that it says."""
        told = self.desk.client(role).get(f"{self.path}{asked}").json()["copy"]
        for span in told["spans"]:
            assert told["text"][span["start"] : span["end"]] == span["exact"]
        return dict(told)

    def found(self, words: str, asked: str = "") -> list[str]:
        path = f'/v1/stories?q="{words}" {self.slug}{asked}'
        return [json.dumps(item) for item in self.desk.client(None).get(path).json()["items"]]


@pytest.mark.thorough
def test_words_on_what_goes_off_the_record_are_read_and_found_by_readers_nowhere_from_then_on(
    desk: Desk,
) -> None:
    written = Written(desk, ("the quiet spy", 2), ("Bob, her courier", 1))
    moments = ("", f"?revision={written.first}", f"?revision={written.second}")
    addresses = [
        *(f"{written.path}{below}{moment}" for below in ("", "/json-ld") for moment in moments),
        f"{written.path}/diff?from={written.first}&to={written.second}",
        f"{written.path}/feed",
        f"/stories/{written.slug}",
        f"/stories/{written.slug}?revision={written.first}",
        f"/stories/{written.slug}/diff?from={written.first}&to={written.second}",
        f"/?q=murmansk+{written.slug}",
        f"/v1/stories?q=murmansk%20{written.slug}",
    ]
    tag = desk.client(None).get(written.path).headers["etag"]
    assert written.found("quiet spy")
    position = desk.head()
    written.tighten(2)
    reader = desk.client(None)
    assert [address for address in addresses if "quiet spy" in reader.get(address).text] == []
    for moment in moments:
        assert written.read(moment) == {
            "text": TEXT.replace("the quiet spy", MARK),
            "spans": [{"fact": 1, "start": 33, "end": 49, "exact": "Bob, her courier"}],
        }
    assert reader.get(written.path, headers={"if-none-match": tag}).status_code == 200
    for asked in ("", f"&position={position}"):
        assert not written.found("quiet", asked)
        assert not written.found("spy", asked)
        (found,) = written.found("murmansk", asked)
        assert "quiet" not in found
    assert written.read(role="editor")["text"] == TEXT
    assert written.desk.get(f'/v1/stories?q="quiet spy" {written.slug}').json()["items"]


@pytest.mark.parametrize("terms", ["background", "deep_background"])
def test_words_stay_where_the_statement_does(desk: Desk, terms: str) -> None:
    written = Written(desk, ("the quiet spy", 2))
    before = written.read()
    written.tighten(2, terms=terms)
    assert written.read() == before
    assert written.found("quiet spy")


def test_words_on_what_was_withdrawn_stay_in_the_past(desk: Desk) -> None:
    written = Written(desk, ("the quiet spy", 2))
    desk.post(f"{written.path}/facts/2/retractions", CHANGES["retractions"] | {"expected_version": 1})
    written.file("A train.")
    desk.publish(written.slug)
    desk.settle()
    assert written.read(f"?revision={written.first}")["text"] == TEXT


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("words", "hidden", "text", "spans"),
    [
        # One behind the other, without anything between them, and one within the other: each run is one mark.
        ([("the quiet", 1), (" spy", 2)], (1, 2), TEXT.replace("the quiet spy", MARK), []),
        ([("the quiet spy", 1), ("quiet", 2)], (1, 2), TEXT.replace("the quiet spy", MARK), []),
        ([("the quiet", 1), ("quiet spy", 2)], (1, 2), TEXT.replace("the quiet spy", MARK), []),
        # What another fact stands behind, too, goes with them; the rest of its words stay.
        ([("quiet", 2), ("quiet", 1)], (2,), TEXT.replace("quiet", MARK), []),
        (
            [("the quiet spy", 1), ("quiet", 2)],
            (2,),
            TEXT.replace("quiet", MARK),
            [(1, f"the {MARK} spy")],
        ),
        ([("the quiet", 1), ("quiet spy", 2)], (2,), TEXT.replace("quiet spy", MARK), [(1, "the ")]),
        ([("quiet spy", 1), ("the quiet", 2)], (2,), TEXT.replace("the quiet", MARK), [(1, " spy")]),
        ([("the quiet", 1), ("the quiet spy", 2)], (2,), TEXT.replace("the quiet spy", MARK), []),
        ([("quiet", 1), ("the ", 2), (" spy", 2)], (2,), TEXT.replace("the quiet spy", f"{MARK}quiet{MARK}"),
         [(1, "quiet")]),
        # At either end, and a blank that is left over.
        ([(TEXT, 2), ("Bob", 1)], (2,), MARK, []),
        ([("Ann", 2), ("saw Ann leave.", 3), ("came.", 1)], (2,), TEXT.replace("Ann", MARK, 1),
         [(3, "saw Ann leave."), (1, "came.")]),
        ([("the quiet", 1), (" quiet spy", 2), ("the", 2)], (2,), TEXT.replace("the quiet spy", MARK), []),
    ],
)  # fmt: skip
def test_spans_that_meet_withheld_words_are_cut_to_what_is_left_of_them(
    desk: Desk,
    words: list[tuple[str, int]],
    hidden: tuple[int, ...],
    text: str,
    spans: list[tuple[int, str]],
) -> None:
    written = Written(desk, *words)
    for fact in hidden:
        written.tighten(fact)
    told = written.read()
    assert told["text"] == text
    assert [(span["fact"], span["exact"]) for span in told["spans"]] == spans


def test_to_loosen_the_terms_brings_words_back_with_the_next_edition_and_not_into_the_past(
    desk: Desk,
) -> None:
    written = Written(desk, ("the quiet spy", 2))
    written.tighten(2)
    desk.loosen(written.slug, 2, 2)
    desk.settle()
    assert MARK in written.read()["text"]
    assert not written.found("quiet")
    desk.publish(written.slug)
    desk.settle()
    assert written.read()["text"] == TEXT
    for revision in (written.first, written.second):
        assert MARK in written.read(f"?revision={revision}")["text"]
    assert not written.found("quiet")  # by the copy, once it is filed anew
    written.file(TEXT.replace("came", "arrived"), ("the quiet spy", 2))
    desk.publish(written.slug)
    desk.settle()
    assert written.found("quiet spy")


class Filed:
    """A story without a server: fact 1 is on the record, fact 2 off it; words of each copy stand on both."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        newsroom.file(RegisterSource(slug="who", name="Who", kind="person"))
        newsroom.file(OpenStory(slug="story", headline="x", language="en", desk="x"))
        said = [{"source": "who", "cue": "said", "speech": "indirect"}]
        for terms in ("on_record", "off_record"):
            fact = {"statement": "It came", "kind": "event", "attribution": said, "terms": terms}
            newsroom.file(ReportFact.model_validate(fact), "story")

    def copy(self, word: str) -> int:
        """Its position."""
        spans = [{"fact": 1, "start": 0, "end": 5, "exact": "first"}]
        spans += [{"fact": 2, "start": 6, "end": 12, "exact": "second"}]
        body = {"text": f"first second {word}", "spans": spans, "reason": "x"}
        return self.newsroom.file(FileCopy.model_validate(body), "story").position

    def tighten(self) -> None:
        change: dict[str, Any] = {"expected_version": 1, "terms": "off_record", "reason": "x"}
        self.newsroom.file(UpdateFact.model_validate(change), "story", 1)

    def loosen(self) -> None:
        change: dict[str, Any] = {"expected_version": 2, "terms": "on_record", "reason": "x"}
        asked = self.newsroom.file(SetTerms.model_validate(change), "story", 1)
        self.newsroom.file(GiveApproval(), "story", json.loads(asked.rest)["approval"], "standards")

    def found(self, word: str) -> list[bool]:
        """Of each copy, whether readers find it by the word."""
        rows = self.newsroom.views.execute(
            "select coalesce(reader_words, words) @@ %s::tsquery from search where part = 'copy'"
            " order by from_position",
            [f"'{word}'"],
        ).fetchall()
        return [is_found for (is_found,) in rows]


@pytest.mark.thorough
@pytest.mark.parametrize("page_events", [1, 3, 1_000])
def test_copies_are_found_by_what_readers_see_of_them_however_the_views_came_there(
    newsroom: Newsroom, page_events: int
) -> None:
    story = Filed(newsroom)
    story.copy("once")
    story.copy("twice")
    catch_up(newsroom.views, page_events=page_events)
    assert (story.found("first"), story.found("second")) == ([True] * 2, [False] * 2)
    story.tighten()
    story.copy("thrice")
    story.loosen()
    story.copy("anew")
    head = catch_up(newsroom.views, page_events=page_events)
    assert (story.found("first"), story.found("second")) == ([False] * 3 + [True], [False] * 4)
    assert story.found("anew") == [False] * 3 + [True]
    assert first_difference(newsroom.views, [view.name for view in VIEWS], head) is None


def test_search_that_is_behind_takes_each_page_as_of_its_end(newsroom: Newsroom) -> None:
    """The facts that it looks at have moved on by then."""
    progress.pause(newsroom.views, "search", "it is looked into")
    story = Filed(newsroom)
    filed = story.copy("once")
    story.tighten()
    story.loosen()
    catch_up(newsroom.views)
    progress.resume(newsroom.views, "search")
    catch_up(newsroom.views, filed)
    assert (story.found("first"), story.found("second")) == ([True], [False])
    assert first_difference(newsroom.views, ["search"], filed) is None
    head = catch_up(newsroom.views)
    assert story.found("first") == [False]
    assert first_difference(newsroom.views, ["search"], head) is None


@pytest.mark.thorough
def test_a_long_copy_is_withheld_from_search_piece_by_piece(newsroom: Newsroom) -> None:
    """A piece holds a word 255 times at most."""
    story = Filed(newsroom)
    text = "the " * 400 + "secret word, " + "the " * 400 + "rest"
    start = text.index("secret")
    spans = [{"fact": 2, "start": start, "end": start + 6, "exact": "secret"}]
    body = {"text": text, "spans": spans, "reason": "x"}
    newsroom.file(FileCopy.model_validate(body), "story")
    head = catch_up(newsroom.views)
    assert len(story.found("the")) > 2
    assert not any(story.found("secret"))
    for word in ("word", "rest"):
        assert any(story.found(word))
    assert first_difference(newsroom.views, ["search"], head) is None
