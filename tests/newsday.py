"""A day at the desk, for the tests of what readers may see: every text that is filed holds a canary of its own."""

import itertools
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from httpx2 import Client

from ledger import commands
from ledger.commands import Command, LiftEmbargo
from ledger.refusals import Refusal, WordsContradict
from ledger.request import CorrectionRequested, RequestAccepted, RequestDeclined
from ledger.source import SourceRegistered, SourceRenamed
from ledger.store.store import LedgerMapper, Receipt, read_head, read_page
from ledger.story import StoryEvent
from ledger.words import Role, story_stream
from tests.newsroom import Newsroom
from tests.readers import Happened, RequestTold, StoryTold, Told
from tests.views import eventually

FAR = "2099-01-0{}T00:00:00Z"  # the end of an embargo that does not end today
FAR_AS_OF_HTTP = " Jan 2099 "
SOURCES = 3
_numbers = itertools.count(1)


def a_word() -> str:
    return f"zq{next(_numbers)}x"


@dataclass(slots=True)
class Day:
    """Files what it is told to, whether or not the ledger takes it; `after` is called after each that it took, with its
    name and that of the story. desk: where there is one, what is undone is undone by its endpoint."""

    room: Newsroom
    after: Callable[["Day", str, str], None] = lambda *_: None
    desk: Client | None = None
    slugs: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    versions: dict[str, list[int]] = field(default_factory=dict)  # of each fact of each story
    revisions: dict[str, int] = field(default_factory=dict)
    origins: dict[str, dict[str, str]] = field(default_factory=dict)  # which item each story is
    published: dict[str, set[int]] = field(default_factory=dict)  # revisions, of each story
    filed: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    first: int = 0

    def __post_init__(self) -> None:
        self.first = read_head(self.room.views)[0] + 1
        for _ in range(SOURCES):
            slug = f"source-{self.word()}"
            fields = {"slug": slug, "name": self.text(), "kind": "agency", "description": self.text()}
            self.sources.append(slug)
            self.room.file(commands.RegisterSource.model_validate(fields))

    # --- Words ---------------------------------------------------------------------------------------------------

    def word(self) -> str:
        word = a_word()
        self.filed.add(word)
        return word

    def text(self) -> str:
        return f"Of {self.word()} it is told"

    def link(self, source: int, quote: bool = False) -> dict[str, Any]:
        named = {"source": self.sources[source % SOURCES], "cue": self.text(), "speech": "direct"}
        return named | ({"quote": self.text()} if quote else {})

    def citation(self, source: int) -> dict[str, Any]:
        return {
            "source": self.sources[source % SOURCES],
            "url": f"https://example.org/{self.word()}",
            "title": self.text(),
            "excerpt": {"exact": self.text(), "prefix": self.text()},
            "origin": self.sources[(source + 1) % SOURCES],
        }

    def notes(self) -> list[dict[str, Any]]:
        return [
            {"role": self.text(), "text": self.text(), "is_publishable": publishable}
            for publishable in (True, False)
        ]

    def ground(self, story: int, fact: int) -> dict[str, Any]:
        return {"story": self.slug(story), "fact": fact}

    def body(
        self, *, terms: str = "on_record", source: int = 0, rests_on: Iterable[tuple[int, int]] = ()
    ) -> dict[str, Any]:
        """Every field of a fact that holds words."""
        return {
            "statement": self.text(),
            "kind": "figure",
            "attribution": [self.link(source), self.link(source + 1, quote=True)],
            "citations": [self.citation(source)],
            "occurred": {"literal": self.text(), "resolved": "2023-09-12", "basis": self.text()},
            "place": self.text(),
            "entities": [self.text(), self.text()],
            "figure": {"value": "4", "unit": self.text()},
            "terms": terms,
            "rests_on": [self.ground(*ground) for ground in rests_on],
            "note": self.notes(),
        }

    # --- Filing --------------------------------------------------------------------------------------------------

    def slug(self, story: int) -> str:
        return self.slugs[story % len(self.slugs)] if self.slugs else "no-story"

    def file(
        self,
        command: type[Command],
        fields: dict[str, Any],
        story: int = 0,
        number: int | None = None,
        role: Role = "editor",
        *,
        quietly: bool = False,
    ) -> Receipt | None:
        """The receipt; None for what was refused. quietly: nobody looks after it."""
        slug = fields["slug"] if command is commands.OpenStory else self.slug(story)
        try:
            receipt = self.room.file(command.model_validate(fields), slug, number, role)
        except WordsContradict as refusal:
            stand = [
                *fields.get("words_stand", ()),
                *(one["fact"] for one in refusal.details["contradictions"]),
            ]
            return self.file(command, fields | {"words_stand": stand}, story, number, role, quietly=quietly)
        except Refusal as refusal:
            self.refused.append(f"{command.__name__}: {refusal}")
            return None
        self.revisions[slug] = json.loads(receipt.rest)["revision"]
        if command is commands.PublishStory:
            self.published.setdefault(slug, set()).add(self.revisions[slug] - 1)
        if not quietly:
            self.after(self, command.__name__, slug)
        return receipt

    def change(
        self, command: type[Command], story: int, fact: int, fields: dict[str, Any], version: int = 1
    ) -> Receipt | None:
        """Changes the fact as it is now; version: how many that makes of it."""
        versions = self.versions.get(self.slug(story), [])
        seen = versions[fact - 1] if fact <= len(versions) else 1
        fields = {"expected_version": seen, "reason": self.text()} | fields
        receipt = self.file(command, fields, story, fact)
        if receipt is not None:
            versions[fact - 1] += version
        return receipt

    # --- What can be filed ---------------------------------------------------------------------------------------

    def open(self) -> None:
        slug = f"story-{self.word()}"
        fields = {"slug": slug, "headline": self.text(), "language": "en", "desk": self.text()}
        dateline = {"dateline": {"place": self.text(), "date": "2023-09-13"}}
        self.slugs.append(slug)
        self.versions[slug] = []
        origin = self.origins[slug] = {"provider": self.text(), "id": self.word()}
        self.file(commands.OpenStory, fields | dateline | {"origin": origin})

    def discredit(self, source: int) -> None:
        with suppress(Refusal):
            self.room.file(commands.DiscreditSource(reason=self.text()), source=self.sources[source])

    def rename(self, source: int) -> None:
        with suppress(Refusal):
            renamed = {"name": self.text(), "other_names": [self.text()], "reason": self.text()}
            self.room.file(commands.RenameSource.model_validate(renamed), source=self.sources[source])

    def merge_source(self, source: int, into: int) -> None:
        with suppress(Refusal):
            merged = commands.MergeSource(into=self.sources[into], reason=self.text())
            self.room.file(merged, source=self.sources[source])

    def part_source(self, source: int) -> None:
        with suppress(Refusal):
            self.room.file(commands.PartSource(reason=self.text()), source=self.sources[source])

    def report(self, story: int, **fields: Any) -> None:
        if self.file(commands.ReportFact, self.body(**fields), story):
            self.versions[self.slug(story)].append(1)

    def report_nameless(self, story: int, terms: str = "on_record") -> None:
        """A fact that nobody is named for, as the desk decided."""
        nobody = {"reason": self.text(), "signed_off_by": self.text()}
        fields = {"statement": self.text(), "kind": "claim", "unattributed": nobody, "terms": terms}
        if self.file(commands.ReportFact, fields, story):
            self.versions[self.slug(story)].append(1)

    def correct(self, story: int, fact: int, *, wrong_version: int | None = None, **fields: Any) -> None:
        wrong = {
            "was_wrong": self.text(),
            "affects": ["numbers"],
            "cause": "our_error",
            "requested_by": self.text(),
            "wrong_version": wrong_version,
        }
        self.change(commands.CorrectFact, story, fact, wrong | self.revised(**fields))

    def update(self, story: int, fact: int, **fields: Any) -> None:
        self.change(commands.UpdateFact, story, fact, self.revised(**fields))

    def clarify(self, story: int, fact: int, **fields: Any) -> None:
        self.change(commands.ClarifyFact, story, fact, self.revised(**fields))

    def revised(self, **fields: Any) -> dict[str, Any]:
        """Every field that holds words, and the terms where they are given: they only tighten."""
        body = self.body(**fields)
        return body if "terms" in fields else {name: body[name] for name in body if name != "terms"}

    def reterm(self, story: int, fact: int, terms: str) -> None:
        """The same words, on other terms; looser ones with a second person."""
        asked = self.change(commands.SetTerms, story, fact, {"terms": terms}, version=0)
        if asked is None:
            return
        if (approval := json.loads(asked.rest).get("approval")) is not None:
            asked = self.file(commands.GiveApproval, {}, story, approval, "standards")
        self.versions[self.slug(story)][fact - 1] += asked is not None

    def retract(self, story: int, fact: int) -> None:
        self.change(commands.RetractFact, story, fact, {})

    def cite(self, story: int, fact: int, source: int = 0) -> None:
        self.change(commands.CiteFact, story, fact, {"citations": [self.citation(source)]})

    def attribute(self, story: int, fact: int, source: int = 0) -> None:
        self.change(commands.AttributeFact, story, fact, {"attribution": [self.link(source, quote=True)]})

    def assess(self, story: int, fact: int) -> None:
        self.change(commands.AssessFact, story, fact, {"verification": "verified"})

    def confirm(self, story: int, fact: int) -> None:
        self.change(commands.ConfirmFact, story, fact, {})

    def answer(self, story: int, fact: int, source: int) -> None:
        """A source answers the fact."""
        by = {"source": self.sources[source % SOURCES]}
        self.change(commands.RespondToFact, story, fact, {"kind": "denies", "by": by})

    def contradict(self, story: int, fact: int, by_story: int, by_fact: int) -> None:
        """Another fact answers the fact."""
        by = self.ground(by_story, by_fact)
        self.change(commands.RespondToFact, story, fact, {"kind": "contradicts", "by": by})

    def headline(self, story: int) -> None:
        self.file(commands.SetHeadline, {"headline": self.text(), "reason": self.text()}, story)

    def reslug(self, story: int, *, again: bool = False) -> None:
        """Under another slug from then on; again: under the one that it was opened under."""
        slug = self.slug(story) if again else f"story-{self.word()}"
        self.file(commands.SetSlug, {"slug": slug, "reason": self.text()}, story)

    def merge(self, story: int, into: int) -> None:
        self.file(commands.MergeStory, {"into": self.slug(into), "reason": self.text()}, story)

    def dateline(self, story: int, day: int = 12) -> None:
        fields = {"place": self.text(), "date": f"2023-09-{day:02}", "reason": self.text()}
        self.file(commands.SetDateline, fields, story)

    def copy(self, story: int, fact: int = 1, *, around: int = 0, refile: bool = False) -> None:
        """Its first sentence stands on the fact; of that and the next one, with `around`, what is between their first
        and last words stands on another fact."""
        exact = self.text()
        text = f"{exact}. {self.text()}.\n{self.text()}."
        places = [(fact, 0, len(exact)), (around, text.index(" "), text.rindex(" ", 0, text.index("\n")))]
        spans = [
            {"fact": behind, "start": start, "end": end, "exact": text[start:end]}
            for behind, start, end in places
            if 0 < behind <= len(self.versions.get(self.slug(story), []))
        ]
        fields = {"text": text, "spans": spans, "reason": self.text()}
        self.file(commands.RefileCopy if refile else commands.FileCopy, fields, story)

    def note(self, story: int, *, publishable: bool) -> None:
        fields = {"role": self.text(), "text": self.text(), "is_publishable": publishable}
        self.file(commands.AddNote, fields, story)

    def take(self, story: int, *, corrects: bool = False) -> None:
        """A version of the item that the story was opened with; corrects: its maker says what was wrong before."""
        origin = self.origins.get(self.slug(story), {"provider": "nobody", "id": "none"})
        lines = ("format", "byline", "slugline", "genre", "rights", "credit", "address")
        item = {name: self.text() for name in lines} | {
            "subjects": [self.text()],
            "links": [{"rel": self.text(), "to": self.text(), "title": self.text()}],
        }
        said = {"note": self.text(), "role": self.text(), "told": self.text()}
        fields: dict[str, Any] = {"origin": origin | {"version": self.word()}, "item": item}
        fields["notes"] = [{"role": self.text(), "text": self.text()}]
        self.file(commands.TakeItem, fields | ({"correction": said} if corrects else {}), story)

    def editors_note(self, story: int) -> None:
        self.file(commands.AddEditorsNote, {"text": self.text(), "reason": self.text()}, story)

    def corrective(self, story: int, fact: int, ran_in: int) -> None:
        fields = {"fact": fact, "ran_in": ran_in, "text": self.text(), "reason": self.text()}
        self.file(commands.IssueCorrective, fields, story)

    def corrective_for_each_edition(self, story: int, fact: int) -> None:
        """The ledger takes it for the editions that had the error."""
        for revision in sorted(self.published.get(self.slug(story), ())):
            self.corrective(story, fact, revision)

    def undo(self, story: int, back: int = 0) -> None:
        """Takes back the last thing that was filed, or one before it."""
        number = max(1, self.revisions.get(self.slug(story), 1) - back)
        told = self._undone(story, number)
        if "fact" in told:
            self.versions[self.slug(story)][told["fact"] - 1] += 1

    def _undone(self, story: int, number: int) -> dict[str, Any]:
        """The rest of the receipt; nothing for what was refused."""
        said = {"reason": self.text()}
        if self.desk is None:
            receipt = self.file(commands.UndoRevision, said, story, number)
            return dict(json.loads(receipt.rest)) if receipt else {}
        slug = self.slug(story)
        answer = self.desk.post(f"/v1/stories/{slug}/revisions/{number}/undo", json=said)
        if answer.status_code != 201:
            self.refused.append(f"UndoRevision: {answer.text}")
            return {}
        told = dict(answer.json())
        self.revisions[slug] = told["revision"]
        self.after(self, "UndoRevision", slug)
        return told

    def ask_for_correction(self, story: int, fact: int | None = None, **fields: Any) -> None:
        """As a reader: the desk alone hears of it, and answers; where a fact is named, with a correction of it."""
        slug = self.slug(story)
        said = {name: self.text() for name in ("phrase", "concern", "contact")}
        request = uuid4()
        with suppress(Refusal):
            asking = commands.RequestCorrection.model_validate(said | {"story": slug})
            self.room.request(asking, request, "reader")
            self.room.request(commands.AcknowledgeRequest(note=self.text()), request)
            versions = self.versions[slug]
            if fact is None or fact > len(versions):
                self.room.request(commands.DeclineRequest(told=self.text(), reason=self.text()), request)
                return
            self.correct(story, fact, **fields)
            accepting = {"fact": fact, "version": versions[fact - 1], "reason": self.text()}
            self.room.request(commands.AcceptRequest.model_validate(accepting), request)

    # --- What readers see ----------------------------------------------------------------------------------------

    def up_to(self, story: int, back: int | None) -> dict[str, int]:
        """The revision so far before the last one; nothing for the last one."""
        if back is None:
            return {}
        return {"revision": max(1, self.revisions.get(self.slug(story), 1) - back)}

    def publish(self, story: int, back: int | None = None) -> None:
        self.file(commands.PublishStory, {"reason": self.text(), **self.up_to(story, back)}, story)

    def embargo(self, story: int, back: int | None = None) -> None:
        """Up to a day that does not come."""
        until = FAR.format(1 + story % 9)
        fields = {"reason": self.text(), "embargo_until": until, **self.up_to(story, back)}
        self.file(commands.PublishStory, fields, story)

    def short_embargo(self, story: int, back: int | None = None, *, held: bool = False) -> None:
        """It ends before anything else is filed: by the ledger's own hand, ours or the server's, whichever is first.
        held: but for a hold, during which it ends."""
        until = (datetime.now(UTC) + timedelta(milliseconds=500 if held else 100)).isoformat()
        fields = {"reason": self.text(), "embargo_until": until, **self.up_to(story, back)}
        receipt = self.file(commands.PublishStory, fields, story, quietly=True)
        if receipt is None:
            return
        if held:
            self.hold(story)
        slug = self.slug(story)
        stream = story_stream(slug)

        def is_lifted() -> bool:
            with suppress(Refusal):
                self.room.file(LiftEmbargo(), slug, role="ledger")
            return any(
                recorded.stream == stream and recorded.event.topic == "embargo-lifted.v1"
                for recorded in read_page(self.room.views, receipt.position, 1_000, LedgerMapper())
            )

        eventually(is_lifted, step=0.005)
        self.revisions[slug] += 1
        self.after(self, "LiftEmbargo", slug)

    def hold(self, story: int) -> None:
        self.file(commands.HoldStory, {"reason": self.text()}, story)

    def release(self, story: int, back: int | None = None) -> None:
        self.file(commands.ReleaseStory, {"reason": self.text(), **self.up_to(story, back)}, story)

    def ask(self, story: int, act: str, **fields: Any) -> int | None:
        """Asks for what takes two people; the number of the approval that it waits for."""
        command: type[Command]
        match act:
            case "kill":
                command, fields = commands.KillStory, {"notice": self.text()} | fields
            case "takedown":
                command = commands.TakeDownStory
                fields = {"ground": "legal", "notice": self.text()} | fields
            case _:
                command = commands.RestoreStory
        receipt = self.file(command, {"reason": self.text(), **fields}, story)
        return int(json.loads(receipt.rest)["approval"]) if receipt else None

    def answer_approval(self, story: int, number: int | None, *, approve: bool) -> None:
        command = commands.GiveApproval if approve else commands.DeclineApproval
        if number is not None:
            self.file(command, {"reason": self.text()}, story, number, role="standards")

    def kill(self, story: int, *, approve: bool = True) -> None:
        self.answer_approval(story, self.ask(story, "kill"), approve=approve)

    def take_down(self, story: int, ground: str = "legal", *, approve: bool = True) -> None:
        self.answer_approval(story, self.ask(story, "takedown", ground=ground), approve=approve)

    def restore(self, story: int, *, held: bool = False, approve: bool = True) -> None:
        self.answer_approval(story, self.ask(story, "restoration", held=held), approve=approve)

    def close(self) -> None:
        """Nothing of it is left to readers: the next day begins with empty lists."""
        self.after = lambda *_: None
        for story in range(len(self.slugs)):
            self.restore(story, held=True)
            self.hold(story)

    # --- What came of it -----------------------------------------------------------------------------------------

    def told(self) -> Told:
        """What readers must be answered now."""
        events: dict[str, list[Happened]] = {}
        slugs = {story_stream(slug): slug for slug in self.slugs}
        sources, instants, head = {}, {}, self.first
        names: dict[str, list[tuple[int, str]]] = {}
        requests: dict[str, RequestTold] = {}
        for recorded in read_page(self.room.views, self.first - 1, 10_000, LedgerMapper()):
            at, event = recorded.at, recorded.event
            head, instants[at.position] = at.position, at.recorded_at
            if isinstance(event, CorrectionRequested):
                requests[str(recorded.stream)] = RequestTold(event.story, event.phrase, event.concern)
            elif isinstance(event, RequestAccepted):
                requests[str(recorded.stream)].came_of_it = event.fact, event.version
            elif isinstance(event, RequestDeclined):
                requests[str(recorded.stream)].told = event.told or ""
            if isinstance(event, SourceRegistered | SourceRenamed):
                names.setdefault(event.slug, []).append((at.position, event.name))
            if not isinstance(event, StoryEvent | SourceRegistered):
                continue
            said = event.model_dump(mode="json", exclude_none=True)
            kind = said.pop("topic").partition(".")[0]
            if kind == "source-registered":
                sources[said["slug"]] = said
            else:
                happened = Happened(at.position, at.revision, at.recorded_at, kind, said)
                events.setdefault(slugs[recorded.stream], []).append(happened)
        stories = [StoryTold(slug, happened) for slug, happened in events.items()]
        told = {story.slug: story for story in stories}
        return Told(self.first, head, told, sources, names, requests, instants, frozenset(self.filed))
