"""Marked words that were filed anew, and go on saying what their fact said before; and what it costs to look."""

import time
from typing import Any

import pytest

from ledger import limits
from ledger.events import Event
from ledger.publication import StoryPublished
from ledger.rules import wording
from ledger.story import CopyFiled
from ledger.words import story_stream
from tests.desk import CHANGES, Desk, problem
from tests.test_limits import holds
from tests.test_rules import after, corrected, opened, registered, reported

OLD: Any = [
    ("The mayor resigned after the vote", "The mayor was dismissed after the vote", "The mayor has resigned after it"),
    ("Profit fell 5 percent", "Profit rose 5 percent", "Profit fell by 5 percent"),
    ("Arsenal beat Chelsea 3-1", "Arsenal lost to Chelsea 1-3", "Arsenal easily beat Chelsea 3-1"),
    ("Three officers and two civilians died", "Two officers and three civilians died",
     "Three officers and two civilians have died"),
    ("Half of voters agree", "A third of voters agree", "Half of the voters agree"),
    ("The cost is $5m", "The cost is $5bn", "The cost is some $5m"),
    ("The cost is $5 million", "The cost is €5 million", "The cost is some $5 million"),
    ("It fell 5 meters", "It fell 5 feet", "It then fell 5 meters"),
    ("The law applies to foreigners", "The law does not apply to foreigners", "The law now applies to foreigners"),
]  # fmt: skip
NEW: Any = [
    ("The mayor resigned after the vote", "The mayor was dismissed after the vote", "The mayor had to go"),
    ("The mayor resigned after the vote", "The mayor was dismissed after the vote", "The mayor, dismissed, resigned"),
    ("Twelve people died", "12 people were killed", "Twelve were killed"),
    ("The ship is missing", "The ship was found off Oman", "The missing ship was found"),
    ("Kim left by train", "Kim left by bus on Monday", "Kim took a bus, no train, on Monday"),
    ("Alpha, Bravo, Charlie, Delta and Echo came here then", "Nobody knows what went on in that place",
     "Bravo and Delta came here"),
]  # fmt: skip


def revision(desk: Desk, slug: str) -> int:
    desk.settle()
    return int(desk.get(f"/v1/stories/{slug}").json()["revision"])


@pytest.mark.parametrize(
    ("was", "now", "words", "is_old"), [(*o, True) for o in OLD] + [(*n, False) for n in NEW]
)
def test_marked_words_that_are_filed_anew_with_what_the_fact_said_before_contradict_it(
    desk: Desk, was: str, now: str, words: str, is_old: bool
) -> None:
    slug = desk.open(facts=0)
    desk.report(slug, statement=was)
    path = f"/v1/stories/{slug}"
    for exact in (was, words):
        span = {"fact": 1, "start": 0, "end": len(exact), "exact": exact}
        copy = {"text": f"{exact}.", "spans": [span], "expected_revision": revision(desk, slug)}
        desk.post(f"{path}/copy", copy | {"reason": "A take."})
        if exact == was:
            desk.publish(slug)
            change = CHANGES["corrections"] | {"statement": now, "expected_version": 1}
            desk.post(f"{path}/facts/1/corrections", change)
    told = desk.try_post(f"{path}/publications", {"reason": "Out.", "revision": revision(desk, slug)})
    assert told.status_code == (409 if is_old else 201), told.text
    if is_old:
        assert told.json()["contradictions"][0]["words"] == words


@pytest.mark.parametrize(
    "words", ["“We will never leave the town,” he has said", "He said: “never leave the town”"]
)
def test_marked_words_that_quote_what_was_quoted_before_contradict_their_fact(desk: Desk, words: str) -> None:
    slug = desk.open(facts=0)
    path, link = f"/v1/stories/{slug}", {"source": "ria", "cue": "said", "speech": "direct"}
    desk.report(slug, kind="quote", attribution=[link | {"quote": "We will never leave the town"}])
    for exact in ("“We will never leave the town,” he said", words):
        span = {"fact": 1, "start": 0, "end": len(exact), "exact": exact}
        copy = {"text": f"{exact}.", "spans": [span], "expected_revision": revision(desk, slug)}
        desk.post(f"{path}/copy", copy | {"reason": "A take."})
        if exact != words:
            desk.publish(slug)
            change = {name: one for name, one in CHANGES["corrections"].items() if name != "statement"}
            quoted = {"attribution": [link | {"quote": "We will not leave the city"}], "expected_version": 1}
            desk.post(f"{path}/facts/1/corrections", change | quoted)
    asked = {"reason": "Out.", "revision": revision(desk, slug)}
    told = problem(desk.try_post(f"{path}/publications", asked), 409, "words-contradict")
    assert "“We will never leave the town” and quotes “We will not leave the city” now" in told["detail"]
    desk.post(f"{path}/publications", asked | {"words_stand": [1]})


def a_heavy_story(facts: int, statement: str, later: str, copy: str, later_copy: str) -> Any:
    def take(text: str) -> CopyFiled:
        step = len(text) // (facts * 10)
        spans = [
            {"fact": at % facts + 1, "start": at * step, "end": at * step + step, "exact": exact}
            for at in range(facts * 10)
            if (exact := text[at * step : at * step + step]).strip() == exact
        ]
        return CopyFiled.model_validate({"text": text, "spans": spans, "reason": "A take."})

    numbers = range(1, facts + 1)
    quoted = [{"source": "ria", "cue": "said", "speech": "direct", "quote": statement}]
    reports = [reported(one, statement=statement, attribution=quoted) for one in numbers]
    changed = [
        corrected(statement=f"{one} {later}"[:2_000], attribution=quoted).model_copy(update={"fact": one})
        for one in numbers
    ]
    published = StoryPublished(revision=facts + 2, reason="Out.", words_stand=tuple(numbers))
    events: tuple[Event, ...] = (
        registered(),
        opened(),
        *reports,
        take(copy),
        published,
        *changed,
        take(later_copy),
    )
    return after(events)[story_stream("story")]


@pytest.mark.parametrize(
    "unit",
    [
        "On Monday 20 men and twelve thousand and 3 women died in March 2023. “They told us 4 times” ",
        "“a b”“c d” ",
        "1234 2345 3456 4567 ",
        "Anna Bert Carl Dora Emil ",
    ],
)
def test_of_a_story_of_many_long_facts_so_much_is_read_as_there_is_time_for(unit: str) -> None:
    """What takes the writer seconds takes them from everybody who files."""
    long, copy = (unit * 2_000)[:1_900].strip(), (unit * 20_000)[:60_000].strip()
    story = a_heavy_story(60, long, long, copy, copy.replace("2", "3").replace("a", "e") + " So.")
    began = time.process_time()
    list(wording.contradictions(story, story.filed_for_readers))
    list(wording.at_publishing(story, story))
    assert time.process_time() - began < 10


@holds("LETTERS_COMPARED")
def test_in_a_story_of_more_letters_the_facts_that_changed_last_are_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = desk.open(facts=0)
    for number in ("Twelve", "Seven"):
        desk.report(slug, statement=f"{number} people died")
    path, text = f"/v1/stories/{slug}", "Thirteen people died. Eight people died."
    spans = [
        {"fact": 1, "start": 0, "end": 20, "exact": text[:20]},
        {"fact": 2, "start": 22, "end": 39, "exact": text[22:39]},
    ]
    desk.post(f"{path}/copy", {"text": text, "spans": spans, "reason": "A take."})
    asked = {"reason": "Out.", "revision": 4}
    for most, facts in ((1_000, [1, 2]), (40, [2]), (0, [])):
        monkeypatch.setattr(limits, "LETTERS_COMPARED", most)
        told = desk.try_post(f"{path}/publications?dry_run=true", asked).json()
        assert [one["fact"] for one in told.get("contradictions", ())] == facts
