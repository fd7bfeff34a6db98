"""Nothing that readers read changes without a word to them.

Stories are filed, published and published anew at random. Of every two editions, one after the other, each byte that
differs is accounted for by what readers are told of the later one; and they are told of nothing that does not differ.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from queue import SimpleQueue
from random import Random
from typing import Any, Final
from uuid import uuid4

import pytest

from ledger import commands
from ledger.commands import Command, Submission
from ledger.refusals import Refusal, WordsContradict
from ledger.store.writer import Outcome, Recording
from ledger.words import source_stream, story_stream
from projections.engine.catch_up import catch_up
from projections.reading import foretelling, reader_replay
from projections.reading.replay import Asked
from tests.newsroom import Newsroom

SEQUENCES: Final = int(os.environ.get("FACTLEDGER_TEST_SEQUENCES", "100000"))
FIRST: Final = int(os.environ.get("FACTLEDGER_TEST_FIRST", "0"))  # so that a long run can be made in parts
PART: Final = 5_000  # sequences on one ledger: which of them hold is known part by part
AT_ONCE: Final = 500  # stories that are filed side by side
ACTS: Final = 12  # on a story, at most, after it was published
SOURCES: Final = ("ria", "kcna", "yonhap")
OFTEN: Final = (
    "report", "correct", "update", "clarify", "respell", "cite", "attribute", "assess", "respond", "rest", "rest",
    "confirm", "retract",
    "terms", "headline", "dateline", "copy", "refile", "note", "editors_note", "corrective", "undo",
    "rename", "rename", "discredit", *["publish"] * 6, "release", "release", "restore", "restore",
)  # fmt: skip
SELDOM: Final = ("hold", "kill")
FEW: Final = ("Twelve", "Eleven", "Ten")  # few enough that what is said comes back
NAMES: Final = ("The Agency", "An Agency", "Agency")
SPELLED: Final = ("Twelve cane", "Eleven cane", "Ten came", "Twelve came")


OF_SOURCES: Final = (commands.RegisterSource, commands.RenameSource, commands.DiscreditSource)


@dataclass(slots=True)
class Tale:
    """A story on its way: what is known of it from its receipts."""

    seed: int
    chance: Random
    revision: int = 0
    versions: list[int] = field(default_factory=list)
    approval: int = 0

    @property
    def slug(self) -> str:
        return f"tale-{self.seed}"

    @property
    def own(self) -> str:
        """The source that no other story names: it is renamed again and again."""
        return f"own-{self.slug}"

    def text(self) -> str:
        return f"{self.chance.choice(FEW)} came"

    def source(self) -> str:
        return self.chance.choice((*SOURCES, self.own))

    def link(self) -> dict[str, Any]:
        return {"source": self.source(), "cue": "said", "speech": "indirect"}

    def ground(self) -> dict[str, Any]:
        """A fact of its own or of the story beside it, whether there is one or not, and whoever sees it."""
        beside = self.chance.choice([self.seed, self.seed ^ 1, self.seed ^ 1])
        return {"story": f"tale-{beside}", "fact": self.chance.randint(1, 5)}

    def citation(self) -> dict[str, Any]:
        return {
            "source": self.source(),
            "url": f"https://example.org/{self.chance.randint(1, 3)}",
        }

    def fact(self) -> dict[str, Any]:
        return {
            "statement": self.text(),
            "kind": "event",
            "attribution": [self.link()],
            "occurred": self.chance.choice([None, {"literal": "on Tuesday"}]),
            "terms": self.chance.choice(["on_record"] * 8 + ["background", "off_record"]),
        }

    def copy(self) -> dict[str, Any]:
        exact = self.chance.choice(FEW)
        fact = self.chance.randint(1, len(self.versions) + 1)
        spans = (
            [{"fact": fact, "start": 0, "end": len(exact), "exact": exact}]
            if fact <= len(self.versions)
            else []
        )
        return {"text": f"{exact} of them came.", "spans": spans, "expected_revision": self.revision}

    def acts(self) -> Iterator[tuple[type[Command], dict[str, Any], int | None]]:
        """(command, its body, which fact or revision it is about), without end: open, report, publish, and so on."""
        head = {"headline": "A train", "language": "en", "desk": "world", "slug": self.slug}
        yield commands.OpenStory, head, None
        yield commands.RegisterSource, {"slug": self.own, "name": NAMES[0], "kind": "agency"}, None
        for _ in range(2):
            yield commands.ReportFact, self.fact(), None
        beside = {"story": f"tale-{self.seed ^ 1}", "fact": self.chance.randint(1, 2)}
        grounds = self.chance.choice([[], [beside]])
        yield commands.ReportFact, self.fact() | {"rests_on": grounds}, None
        yield commands.FileCopy, self.copy() | {"reason": "New."}, None
        if self.chance.random() < 0.7:  # the others come later, or never
            yield commands.PublishStory, {"revision": self.revision, "reason": "Out."}, None
        while True:
            yield from self.act()

    def act(self) -> Iterator[tuple[type[Command], dict[str, Any], int | None]]:
        why = {"reason": f"Because {self.text()}."}
        seen = {"expected_revision": self.revision}
        number = self.chance.randint(1, len(self.versions))
        of_fact = {"expected_version": self.versions[number - 1]}
        wrong = {"was_wrong": "The number.", "affects": ["numbers"], "cause": "our_error"}
        kind = self.chance.choice(OFTEN if self.chance.random() < 0.99 else SELDOM)
        match kind:
            case "report":
                yield commands.ReportFact, self.fact(), None
            case "correct":
                yield commands.CorrectFact, of_fact | why | wrong | {"statement": self.text()}, number
            case "update":
                yield commands.UpdateFact, of_fact | why | {"statement": self.text()}, number
            case "rest":
                yield commands.UpdateFact, of_fact | why | {"rests_on": [self.ground()]}, number
            case "clarify":
                yield commands.ClarifyFact, of_fact | why | {"statement": self.text()}, number
            case "respell":
                yield commands.RefileFact, of_fact | why | {"statement": self.chance.choice(SPELLED)}, number
            case "cite":
                yield commands.CiteFact, of_fact | why | {"citations": [self.citation()]}, number
            case "attribute":
                yield commands.AttributeFact, of_fact | why | {"attribution": [self.link()]}, number
            case "assess":
                verified = self.chance.choice(["verified", "refuted"])
                yield commands.AssessFact, of_fact | why | {"verification": verified}, number
            case "respond":
                by = self.chance.choice([{"source": self.source()}, self.ground()])
                answer = {"kind": "denies", "by": by}
                yield commands.RespondToFact, of_fact | why | answer, number
            case "confirm":
                yield commands.ConfirmFact, of_fact | why, number
            case "retract":
                yield commands.RetractFact, of_fact | why, number
            case "terms":
                terms = self.chance.choice(["background", "background", "off_record"])
                yield commands.SetTerms, of_fact | why | {"terms": terms}, number
            case "headline":
                yield commands.SetHeadline, seen | why | {"headline": self.text()}, None
            case "dateline":
                day = f"2023-09-1{self.chance.randint(0, 9)}"
                yield commands.SetDateline, seen | why | {"place": "Moscow", "date": day}, None
            case "copy":
                yield commands.FileCopy, self.copy() | why, None
            case "refile":
                yield commands.RefileCopy, self.copy() | why, None
            case "note":
                is_publishable = self.chance.random() < 0.5
                yield (
                    commands.AddNote,
                    {"role": "desk", "text": self.text(), "is_publishable": is_publishable},
                    None,
                )
            case "editors_note":
                yield commands.AddEditorsNote, why | {"text": self.text()}, None
            case "corrective":
                ran_in = self.chance.randint(5, self.revision)
                yield (
                    commands.IssueCorrective,
                    why | {"fact": number, "ran_in": ran_in, "text": self.text()},
                    None,
                )
            case "undo":
                yield (
                    commands.UndoRevision,
                    why,
                    self.chance.randint(max(1, self.revision - 6), self.revision),
                )
            case "rename":
                named = {"name": self.chance.choice(NAMES), "other_names": [self.text()]}
                yield commands.RenameSource, why | named, None
            case "discredit":
                yield commands.DiscreditSource, why, None
            case "publish":
                back = self.chance.choice([0, 0, 0, 1, 2])
                yield commands.PublishStory, why | {"revision": max(1, self.revision - back)}, None
            case "hold":
                yield commands.HoldStory, why, None
            case "release":
                yield commands.ReleaseStory, why, None
            case "kill":
                yield commands.KillStory, why, None
                yield commands.GiveApproval, {}, self.approval
            case _:
                yield commands.RestoreStory, why | {"held": False}, None
                yield commands.GiveApproval, {}, self.approval

    def hear(self, command: type[Command], told: Mapping[str, Any]) -> None:
        if command in OF_SOURCES:
            return
        self.revision = told["revision"]
        self.approval = told.get("approval", self.approval)
        if "fact" in told and "version" in told:
            if command is commands.ReportFact:
                self.versions.append(1)
            self.versions[told["fact"] - 1] = told["version"]


def file_at_random(room: Newsroom, first: int, tales: int, done: Counter[str]) -> list[str]:
    """The slugs of so many stories, on each of which some acts were tried; the acts of all of them side by side."""
    told = [Tale(seed, Random(seed)) for seed in range(first, first + tales)]
    acts = [(tale.acts(), 7 + tale.chance.randint(1, ACTS)) for tale in told]
    for turn in range(7 + ACTS):
        asked = [
            (tale, *next(coming)) for tale, (coming, length) in zip(told, acts, strict=True) if turn < length
        ]
        again = _file(room, asked, done)
        _file(room, again, done)  # now they say that these words stand
    return [tale.slug for tale in told]


Asking = tuple[Tale, type[Command], dict[str, Any], int | None]


def _file(room: Newsroom, asked: list[Asking], done: Counter[str]) -> list[Asking]:
    waiting: list[tuple[Asking, SimpleQueue[Outcome]]] = []
    for tale, command, body, number in asked:
        answer: SimpleQueue[Outcome] = SimpleQueue()
        by_standards = command in (commands.GiveApproval, commands.DiscreditSource)
        actor = room.actor("standards" if by_standards else "editor")
        said = command.model_validate(body)
        sent = Submission(said, actor, uuid4(), story_stream(tale.slug), tale.slug, number)
        if command in OF_SOURCES:
            sent = Submission(said, actor, uuid4(), source_stream(tale.own), source=tale.own)
        room.writer.submit(sent, answer.put)
        waiting.append(((tale, command, body, number), answer))
    again: list[Asking] = []
    for (tale, command, body, number), answer in waiting:
        match answer.get(timeout=60):
            case Recording() as recording:
                done[command.__name__] += 1
                tale.hear(command, json.loads(recording.receipt.rest))
            case WordsContradict() as refusal:
                stand = [one["fact"] for one in refusal.details["contradictions"]]
                again.append((tale, command, body | {"words_stand": stand}, number))
            case Refusal() as refusal:
                done[f"refused: {type(refusal).__name__}"] += 1
            case strange:
                raise AssertionError(strange)
    return again


# --- What is looked at -------------------------------------------------------------------------------------------


def check(room: Newsroom, slug: str, seen: Counter[str]) -> None:
    """Of each edition of the story, that readers are told of all in which it reads otherwise than the one before."""
    connection = room.views
    try:
        then = reader_replay.moment(connection, slug, Asked())
    except Refusal:
        return  # readers see nothing of it, and so no difference
    before: dict[str, Any] | None = None
    for edition in reader_replay.editions(connection, then, 0, 200):
        told = json.loads(edition.text)
        now = json.loads(reader_replay.story(connection, slug, Asked(position=edition.position)).text)
        if before is None:
            assert "differs" not in told
        else:
            account(before, now, told, seen)
        before = now


NOTHING: Final = {
    "parts": [],
    "facts": [],
    "new_facts": [],
    "more_facts": 0,
    "sources": [],
    "more_sources": 0,
}


def account(before: dict[str, Any], now: dict[str, Any], told: dict[str, Any], seen: Counter[str]) -> None:
    """Whatever of the two readers get is not the same to the byte is named, by what it is, and nothing else is."""
    parts = ("headline", "dateline", "copy", "notes")
    was, became = ({fact["fact"]: fact for fact in document["facts"]} for document in (before, now))
    differs = {
        "parts": [part for part in parts if is_other(before.get(part), now.get(part))],
        "facts": [number for number in sorted(was) if is_other(was[number], became.get(number))],
        "new_facts": [number for number in sorted(became) if number not in was],
        "sources": [
            {"source": slug, "before": before["sources"][slug]["name"], "after": now["sources"][slug]["name"]}
            for slug in sorted(before["sources"].keys() & now["sources"].keys())
            if is_other(before["sources"][slug], now["sources"][slug])
        ],
    }
    assert told.get("differs", NOTHING) == NOTHING | differs, (before, now, told)
    assert ("differs" in told) == (NOTHING | differs != NOTHING)
    # That a source is named, or is no more, is in the facts that name it.
    other_facts = [one.get(number, {}) for one in (was, became) for number in differs["facts"]]
    other_facts += [became[number] for number in differs["new_facts"]]
    for source in before["sources"].keys() ^ now["sources"].keys():
        assert any(source in sources_in(fact) for fact in other_facts), (source, before, now, told)
    assert before["independent_origins"] == now["independent_origins"] or other_facts
    # And why a fact reads otherwise is told only where it does; an update may be of what it rests on alone.
    why = Counter((change.get("fact"), change["kind"]) for change in told["changes"])
    for number, kind in why:
        if kind in ("correction", "clarification") and not why[number, "update"]:
            said = [{**facts[number], "version": 0} for facts in (was, became)]
            assert is_other(*said), (number, kind, before, now, told)
    issued = [
        (change["fact"], change["text"])
        for change in sorted(told["changes"], key=itemgetter("revision"))
        if change["kind"] == "corrective"
    ]
    assert now["correctives"][: len(before["correctives"])] == before["correctives"]
    new = now["correctives"][len(before["correctives"]) :]
    assert [(one["fact"], one["text"]) for one in new] == issued, (before, now, told)
    named = {*parts, "facts", "correctives", "sources", "independent_origins"}
    said_of_it = {"revision", "edition", "publication", "changes", "earlier_changes"}
    for name in (before.keys() | now.keys()) - named - said_of_it:
        assert not is_other(before.get(name), now.get(name)), name
    seen.update(differs["parts"])
    for what in ("facts", "new_facts", "sources"):
        seen[what] += len(differs[what])
    seen["mentions"] += sum(
        was[number]["version"] == became[number]["version"]
        and any(was[number].get(name) != became[number].get(name) for name in ("rests_on", "responses"))
        for number in was.keys() & became.keys()
    )
    seen["correctives"] += len(new)
    seen["editions"] += 1
    seen["told of why"] += len(told["changes"])


def is_other(one: Any, other: Any) -> bool:
    """Whether readers get other bytes."""
    return json.dumps(one) != json.dumps(other)


def sources_in(fact: Mapping[str, Any]) -> set[str]:
    """Those that readers see a fact name."""
    links = (*fact.get("attribution", ()), *fact.get("citations", ()))
    by = [response["by"] for response in fact.get("responses", ())]
    named = {one.get(name) for one in (*links, *by) for name in ("source", "origin")}
    return {source for source in named if source}


def run(room: Newsroom, sequences: int, begin: int = 0) -> Counter[str]:
    for slug in SOURCES:
        command = commands.RegisterSource(slug=slug, name=slug.upper(), kind="agency")
        room.submit(Submission(command, room.actor("editor"), uuid4(), source_stream(slug), source=slug))
    seen: Counter[str] = Counter()
    for first in range(begin, sequences, AT_ONCE):
        slugs = file_at_random(room, first, min(AT_ONCE, sequences - first), seen)
        catch_up(room.views)
        for slug in slugs:
            check(room, slug, seen)
    return seen


@pytest.mark.thorough
def test_nothing_that_readers_read_changes_without_a_word(newsroom: Newsroom) -> None:
    seen = run(newsroom, 350)
    assert seen["mentions"] > 1, seen
    for what in ("headline", "dateline", "copy", "notes", "facts", "new_facts", "sources", "told of why"):
        assert seen[what] > 5, seen


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FIRST, SEQUENCES, PART))
def test_nothing_that_readers_read_changes_without_a_word_whatever_was_done(
    newsroom: Newsroom, first: int
) -> None:
    end = min(first + PART, SEQUENCES)
    seen = run(newsroom, end, first)
    assert seen["editions"] > (end - first) // 4  # many are killed, held, or not published anew


def test_of_words_that_are_withheld_nobody_hears_that_they_changed(newsroom: Newsroom) -> None:
    newsroom.open("story")
    newsroom.report()

    def copy(number: str) -> None:
        spans = [{"fact": 1, "start": 0, "end": len(number), "exact": number}]
        body = {"text": f"{number} of them came.", "spans": spans, "reason": "New."}
        newsroom.file(commands.FileCopy.model_validate(body), "story")
        newsroom.file(commands.PublishStory(reason="Out."), "story")

    def differing() -> list[list[str]]:
        catch_up(newsroom.views)
        then = reader_replay.moment(newsroom.views, "story", Asked())
        told = [json.loads(one.text) for one in reader_replay.editions(newsroom.views, then, 0, 9)]
        return [one["differs"]["parts"] if "differs" in one else [] for one in told]

    copy("Twelve")
    copy("Eleven")
    assert differing() == [[], ["copy"]]
    hidden = {"expected_version": 1, "terms": "off_record", "reason": "Asked for."}
    newsroom.file(commands.SetTerms.model_validate(hidden), "story", 1)
    assert differing() == [[], []]


def test_a_note_that_was_undone_and_is_said_anew_is_no_difference(newsroom: Newsroom) -> None:
    newsroom.open("story")
    newsroom.report()
    for number in range(2):
        newsroom.file(commands.AddEditorsNote(text="We were wrong.", reason="Asked for."), "story")
        newsroom.file(commands.PublishStory(reason="Out."), "story")
        if number == 0:
            newsroom.file(commands.UndoRevision(reason="Too soon."), "story", 3)
    catch_up(newsroom.views)
    then = reader_replay.moment(newsroom.views, "story", Asked())
    first, second = (json.loads(one.text) for one in reader_replay.editions(newsroom.views, then, 0, 9))
    assert "differs" not in first
    assert "notes" not in second.get("differs", {"parts": []})["parts"]


def test_a_fact_is_mentioned_from_the_next_edition_on_and_only_while_it_is_seen(newsroom: Newsroom) -> None:
    newsroom.open("story")
    newsroom.file(commands.OpenStory(slug="other", headline="A headline", language="en", desk="world"))
    newsroom.report("other")
    newsroom.report("story", rests_on=[{"story": "other", "fact": 1}])

    def mentioned(asked: Asked) -> list[Any]:
        (fact,) = json.loads(reader_replay.story(newsroom.views, "story", asked).text)["facts"]
        return list(fact["rests_on"])

    def looks(*, by_edition: list[bool], told: list[bool]) -> None:
        """Whether each edition mentions the other fact, and says that its own reads otherwise."""
        catch_up(newsroom.views)
        then = reader_replay.moment(newsroom.views, "story", Asked())
        editions = [json.loads(one.text) for one in reader_replay.editions(newsroom.views, then, 0, 9)]
        asked = [Asked(edition=one["edition"]) for one in editions]
        assert [mentioned(one) != [] for one in asked] == by_edition
        assert [
            "facts" in one.get("differs", ()) and one["differs"]["facts"] != [] for one in editions
        ] == told
        assert mentioned(Asked()) == mentioned(asked[-1])

    newsroom.file(commands.PublishStory(reason="Out."), "story")
    looks(by_edition=[False], told=[False])
    newsroom.file(commands.PublishStory(reason="Out."), "other")
    looks(by_edition=[False], told=[False])
    newsroom.file(commands.SetHeadline(headline="Another", reason="Better."), "story")
    newsroom.file(commands.PublishStory(reason="Out."), "story")
    looks(by_edition=[False, True], told=[False, True])
    newsroom.file(commands.HoldStory(reason="In doubt."), "other")
    looks(by_edition=[False, False], told=[False, False])
    newsroom.file(commands.ReleaseStory(reason="Sure."), "other")
    looks(by_edition=[False, True], told=[False, True])


def test_what_was_corrected_back_before_anyone_saw_it_is_told_to_nobody(newsroom: Newsroom) -> None:
    newsroom.open("story")
    newsroom.report("story", "Twelve came", place="Vladivostok")
    newsroom.file(commands.PublishStory(reason="Out."), "story")
    wrong = {"affects": ["numbers"], "cause": "our_error", "reason": "Looked up."}

    def correct(version: int, was_wrong: str, **fields: str) -> Command:
        body = wrong | {"expected_version": version, "was_wrong": was_wrong} | fields
        return commands.CorrectFact.model_validate(body)

    def foretold() -> list[Any]:
        catch_up(newsroom.views)
        rehearsal = newsroom.rehearse(commands.PublishStory(reason="Out."), "story")
        return [one["said"] for one in foretelling.foretold(newsroom.views, rehearsal)]

    def told() -> list[list[Any]]:
        newsroom.file(commands.PublishStory(reason="Out."), "story")
        catch_up(newsroom.views)
        then = reader_replay.moment(newsroom.views, "story", Asked())
        (_, *editions) = (json.loads(one.text) for one in reader_replay.editions(newsroom.views, then, 0, 9))
        return [
            [change.get("was_wrong", change.get("reason")) for change in one["changes"]] for one in editions
        ]

    newsroom.file(correct(1, "It said twelve.", statement="Eleven came"), "story", 1)
    assert foretold() == ["It said twelve."]
    back = correct(2, "It was twelve.", statement="Twelve came")
    assert foretelling.foretold(newsroom.views, newsroom.rehearse(back, "story", 1)) == []
    newsroom.file(back, "story", 1)
    assert foretold() == []
    assert told() == [[]]
    # What else a correction changed is still other than it was.
    newsroom.file(correct(3, "Number and place.", statement="Ten came", place="Artyom"), "story", 1)
    newsroom.file(correct(4, "It was twelve.", statement="Twelve came"), "story", 1)
    assert foretold() == ["Number and place."]
    assert told() == [[], ["Number and place."]]
    # We were wrong; and the world moved on, so that the same words are right.
    newsroom.file(correct(5, "It was eleven then.", statement="Eleven came"), "story", 1)
    later = {"expected_version": 6, "statement": "Twelve came", "reason": "One more came."}
    newsroom.file(commands.UpdateFact.model_validate(later), "story", 1)
    assert foretold() == ["It was eleven then.", "One more came."]
    assert told()[2] == ["It was eleven then.", "One more came."]
