"""The headline, and words of the copy without a mark, that go on saying what a fact said before."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from ledger import limits
from ledger.fact import FactBody
from ledger.moment import Moment
from ledger.rules.still_told import told
from ledger.story import Copy, CopyFiled, Fact, FactReported, Span, change, reported
from tests.desk import CHANGES, FACT, Desk, problem
from tests.plain_browser import Browser
from tests.test_limits import holds

AT = Moment(1, 1, datetime(2026, 1, 1, tzinfo=UTC), UUID(int=1))
FILED = change(CopyFiled(text="a", spans=(), reason="So."), AT)


def fact(
    statement: str, number: int = 1, version: int = 1, standing: str = "standing", **fields: Any
) -> Fact:
    body = FactBody.model_validate(FACT | {"statement": statement} | fields)
    one = reported(FactReported(fact=number, version=1, body=body), AT)
    return one.model_copy(update={"version": version, "standing": standing})


def still(
    was: Fact,
    *now: Fact,
    headline: str = "",
    copy: str = "",
    marked: tuple[str, int] | None = None,
    language: str = "en",
) -> list[str]:
    spans = []
    if marked:
        start = copy.index(marked[0])
        spans = [Span(fact=marked[1], start=start, end=start + len(marked[0]), exact=marked[0])]
    filed = Copy.model_construct(text=copy, spans=tuple(spans), filed=FILED) if copy else None
    return [
        f"{one[0]}: {one[2].split('”')[0][1:]}" for one in told(headline, filed, {1: [was]}, now, language)
    ]


TWELVE, ELEVEN = fact("Twelve people died"), fact("Eleven people died", version=2)


@pytest.mark.parametrize(
    ("headline", "words"),
    [
        ("Twelve die in fire", ["headline: Twelve"]),
        ("Fire kills 12", ["headline: 12"]),
        ("Fire kills at least twelve, police say", ["headline: twelve"]),
        ("Fire kills 11", []),
        ("Toll lowered from twelve to eleven", []),
        ("Covid-12 kills", []),
        ("Fire kills hundreds", []),
        ("12th fire in a year", []),
        ("On 12 September a fire killed many", []),
        ("Two dozen and twelve dozen", []),
    ],
)
def test_a_headline_that_still_has_the_number_is_told(headline: str, words: list[str]) -> None:
    assert still(TWELVE, ELEVEN, headline=headline) == words


@pytest.mark.parametrize(
    ("copy", "marked", "words"),
    [
        ("Eleven people died. All twelve came from Seoul.", ("Eleven", 1), ["text: twelve"]),
        ("Twelve people died.", ("Twelve people", 1), []),  # which is looked at as words of the fact
        ("Twelve people died.", ("Twelve people", 2), ["text: Twelve"]),
        ("Eleven people died. An earlier version of this article said twelve.", None, []),
        ("Eleven people died, not twelve.", None, []),
        ("It was on 12 September. It was on 14 May.", None, []),
    ],
)
def test_words_without_their_mark_are_told(
    copy: str, marked: tuple[str, int] | None, words: list[str]
) -> None:
    other = fact("The train was late", 2)
    assert still(TWELVE, ELEVEN, other, copy=copy, marked=marked) == words


@pytest.mark.parametrize(
    "other",
    [
        {"statement": "A dozen survivors, 12 in all, were treated"},
        {"statement": "Many came", "place": "Platform 12"},
        {"statement": "Many came", "occurred": {"literal": "on 12 September"}},
    ],
)
def test_what_another_fact_tells_is_right(other: dict[str, Any]) -> None:
    assert still(TWELVE, ELEVEN, fact(number=2, **other), headline="Twelve") == []
    withdrawn = fact(number=2, standing="retracted", **other)
    assert still(TWELVE, ELEVEN, withdrawn, headline="Twelve") == ["headline: Twelve"]


def test_what_was_withdrawn_tells_nothing_any_more() -> None:
    withdrawn = fact("Twelve people died", version=2, standing="retracted")
    (one,) = told("Twelve die", None, {1: [TWELVE]}, [withdrawn], "en")
    assert one == ("headline", 1, "“Twelve” still stands in the headline; fact 1 is withdrawn.")


@pytest.mark.parametrize(
    ("language", "was", "now", "headline", "words"),
    [
        ("en", "The minister is Kim Yong", "The minister is Lee Yong", "Kim resigns", ["headline: Kim"]),
        ("en", "The minister is Kim Yong", "The minister is Lee Yong", "Minister resigns", []),
        ("en", "The minister is Kim Yong", "The minister went home", "Kim resigns", []),
        ("en", "The man came on Tuesday", "The man came on Monday", "Tuesday’s visit", ["headline: Tuesday"]),
        ("fr", "Il est venu mardi", "Il est venu lundi", "Visite mardi", ["headline: mardi"]),
        ("de", "Der Minister mag Hunde", "Der Minister mag Katzen", "Hunde im Haus", []),
        ("de", "Zwölf Menschen starben", "Elf Menschen starben", "Zwölf Tote", ["headline: Zwölf"]),
        ("ru", "Погибли 12 человек", "Погибли 11 человек", "12 погибших", ["headline: 12"]),
    ],
)
def test_names_days_and_numbers_of_other_languages_are_told(
    language: str, was: str, now: str, headline: str, words: list[str]
) -> None:
    assert still(fact(was), fact(now, version=2), headline=headline, language=language) == words


def test_a_quote_that_was_another_is_told() -> None:
    def said(quote: str, **more: Any) -> Fact:
        return fact(
            "He spoke",
            attribution=[{"source": "ria", "cue": "said", "speech": "direct", "quote": quote}],
            **more,
        )

    was, now = said("We shall never yield to them"), said("We shall never listen to them", version=2)
    assert still(was, now, headline="Kim: ‘Never yield’") == ["headline: Never yield"]
    assert still(was, now, headline="Kim: ‘We shall never’") == []


def test_it_is_told_in_the_receipt_the_dry_run_and_when_it_is_published(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    desk.report(slug, statement="Twelve people died")
    desk.post(f"{path}/headline", {"headline": "Twelve die", "expected_revision": 2, "reason": "So."})
    desk.post(f"{path}/publications", {"reason": "Read."})
    change = CHANGES["corrections"] | {"statement": "Eleven people died"}
    said = "“Twelve” still stands in the headline; fact 1 said it until version 2."
    expected = [{"pointer": "", "fact": 1, "detail": said}]
    correct = change | {"expected_version": 1}
    assert desk.try_post(f"{path}/facts/1/corrections?dry_run=true", correct).json()["warnings"] == expected
    assert desk.post(f"{path}/facts/1/corrections", correct)["warnings"] == expected
    other = {"headline": "Twelve men die", "expected_revision": 5, "reason": "So."}
    assert desk.post(f"{path}/headline", other)["warnings"] == [expected[0] | {"pointer": "/headline"}]
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/publish").form.send("preview", reason="Read.")
    assert said in page.main.text
    published = page.form.send()
    assert said in published.main.text
    # Once is enough.
    desk.report(slug)
    assert "warnings" not in desk.post(f"{path}/publications", {"reason": "Read."})


def test_who_is_refused_to_publish_is_told_of_it_too(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    desk.report(slug, statement="Twelve people died")
    span = {"fact": 1, "start": 0, "end": 13, "exact": "Twelve people"}
    desk.post(
        f"{path}/copy", {"text": "Twelve people died. All twelve fell.", "spans": [span], "reason": "So."}
    )
    desk.post(f"{path}/publications", {"reason": "Read."})
    change = CHANGES["corrections"] | {"statement": "Eleven people died"}
    desk.post(f"{path}/facts/1/corrections", change | {"expected_version": 1})
    refused = desk.try_post(f"{path}/publications", {"reason": "Read."}).json()
    said = "“twelve” still stands in the copy (“died. All twelve fell”); fact 1 said it until version 2."
    assert refused["warnings"] == [{"fact": 1, "detail": said}]
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/publish").form.send(reason="Read.")
    assert said in page.main.text


@pytest.mark.parametrize(
    ("words", "marked", "is_refused"),
    [
        ("Twelve people were inside", "Twelve", True),
        ("Twelve people were inside", "Twelve people", True),
        ("12 people were inside", "12 people", True),
        ("Twelve hours went by", "Twelve", False),
        ("Twelve people were inside", "Twelve people were inside", False),
        ("Eleven people, not twelve", "twelve", False),
    ],
)
def test_a_mark_on_a_fact_that_does_not_tell_the_number_hides_nothing(
    desk: Desk, words: str, marked: str, *, is_refused: bool
) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    desk.report(slug, statement="Twelve people died")
    desk.report(slug, statement="The train was late")
    desk.post(f"{path}/publications", {"reason": "Read."})
    change = CHANGES["corrections"] | {"statement": "Eleven people died"}
    desk.post(f"{path}/facts/1/corrections", change | {"expected_version": 1})
    span = {
        "fact": 2,
        "start": words.index(marked),
        "end": words.index(marked) + len(marked),
        "exact": marked,
    }
    desk.post(f"{path}/copy", {"text": words, "spans": [span], "reason": "So."})
    answer = desk.try_post(f"{path}/publications", {"reason": "Read."})
    if not is_refused:
        assert answer.status_code == 201, answer.text
        return
    (found,) = problem(answer, 409, "words-contradict")["contradictions"]
    assert (found["fact"], found["was"]["statement"]) == (1, "Twelve people died")
    desk.post(f"{path}/publications", {"reason": "Read.", "words_stand": [1]})
    desk.report(slug)
    desk.post(f"{path}/publications", {"reason": "Read."})


def test_an_old_name_in_words_that_were_filed_since_is_told(desk: Desk) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    desk.report(slug, statement="The minister is Kim Yong")
    change = CHANGES["corrections"] | {"statement": "The minister is Kim Park"}

    def copy(exact: str) -> dict[str, Any]:
        span = {"fact": 1, "start": 0, "end": len(exact), "exact": exact}
        return {"text": f"{exact} came.", "spans": [span], "reason": "So."}

    desk.post(f"{path}/copy", copy("Kim Yong"))
    assert "warnings" not in desk.post(f"{path}/facts/1/corrections", change | {"expected_version": 1})
    (told,) = desk.post(f"{path}/copy", copy("The minister Kim Yong"))["warnings"]
    assert told["pointer"] == "/text"
    assert told["detail"].startswith("“Yong” still stands in the copy")


def test_a_change_tells_it_once_of_what_it_leaves(desk: Desk) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}/acts"
    desk.report(slug, statement="Twelve people died")
    desk.post(
        f"/v1/stories/{slug}/headline", {"headline": "Twelve die", "expected_revision": 2, "reason": "So."}
    )
    change = CHANGES["corrections"] | {"statement": "Eleven people died", "expected_version": 1}
    correct = {"do": "correct", "fact": 1, "with": change}
    mend = {"do": "set-headline", "with": {"headline": "Eleven die"}}
    publish = {"do": "publish", "with": {"revision": "@last"}}
    for acts, pointers in (
        ((correct,), ["/acts/0/with"]),
        ((correct, publish), ["/acts/1/with"]),
        ((correct, mend), []),
        ((mend, correct), []),
        (
            (correct, {"do": "set-headline", "with": {"headline": "Now twelve die"}}),
            ["/acts/1/with/headline"],
        ),
    ):
        asked = {"reason": "So.", "expected_revision": 3, "acts": list(acts)}
        tried = desk.try_post(f"{path}?dry_run=true", asked).json()
        found = [one["pointer"] for act in tried["acts"] for one in act.get("warnings", ())]
        assert found == pointers, acts


def test_it_costs_what_the_story_is_long() -> None:
    many = [fact(f"{number} people came", number) for number in range(2, 2_000)]
    copy = "Of 12 people 7 came, and twelve went. " * 2_000
    found = [
        *told(
            "Twelve",
            Copy.model_construct(text=copy, spans=(), filed=FILED),
            {1: [TWELVE]},
            [ELEVEN, *many],
            "en",
        )
    ]
    assert found == []  # a fact says so
    found = [
        *told("Twelve", Copy.model_construct(text=copy, spans=(), filed=FILED), {1: [TWELVE]}, [ELEVEN], "en")
    ]
    assert [one[0] for one in found] == ["headline", "text", "text"]
    towns = [one + two for one in "ABCDEFGHIJKLMNOPQRSTUVWXY" for two in "abcdefghijklmnopqrst"]
    many = [fact(f"{2 + at} people came to {town}ham on a Tuesday", 1 + at) for at, town in enumerate(towns)]
    now = [fact(f"{2_000 + at} people came to {town}burg", 1 + at) for at, town in enumerate(towns)]
    filed = Copy.model_construct(text=" ".join(one.statement for one in many), spans=(), filed=FILED)
    began = time.process_time()
    assert len([*told("", filed, {one.fact: [one] for one in many}, now, "en")]) == 1_500
    assert time.process_time() - began < 5


@holds("FACTS_CHANGED")
def test_of_many_that_changed_the_last_are_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FACTS_CHANGED", 1)
    slug = desk.open(0)
    for number in ("Twelve", "Seven"):
        desk.report(slug, statement=f"{number} people died")
    desk.post(
        f"/v1/stories/{slug}/headline",
        {"headline": "Twelve or seven die", "expected_revision": 3, "reason": "So."},
    )
    desk.publish(slug)
    for fact, number in ((1, "Eleven"), (2, "Six")):
        body = CHANGES["corrections"] | {"statement": f"{number} people died", "expected_version": 1}
        told = desk.post(f"/v1/stories/{slug}/facts/{fact}/corrections", body)["warnings"]
        assert [one["fact"] for one in told] == [fact], "of the one that is corrected it is always said"
    told = desk.try_post(f"/v1/stories/{slug}/publications?dry_run=true", {"reason": "Out."}).json()[
        "warnings"
    ]
    assert [one["fact"] for one in told] == [2]
