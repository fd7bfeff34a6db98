"""Is a ledger that was exported and imported again the same, but for when and under which numbers it was recorded?"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import given, settings

from api.server.embedded import EmbeddedPostgres
from api.terminal.exporting import Account, Export, labels
from api.terminal.filing_example import file_example, read_session
from ledger import limits
from ledger.commands import (
    CorrectFact,
    FileCopy,
    HoldStory,
    LiftEmbargo,
    MergeSource,
    PartSource,
    PublishStory,
    RegisterSource,
    ReleaseStory,
    RenameSource,
)
from ledger.member import Member
from ledger.moment import Moment
from ledger.publication import (
    ApprovalAsked,
    ApprovalGiven,
    Kill,
    Restoration,
    StoryKilled,
    StoryPublished,
    StoryRestored,
)
from ledger.refusals import NoSuchStory
from ledger.store.keyring import Keyring
from ledger.story import HeadlineSet, StoryEvent, StoryOpened
from ledger.words import Role
from projections.reading import reader_replay, replay
from projections.reading.replay import Asked
from projections.views import sources
from tests.carrying import actors, carry_in, run
from tests.days import DAYS, Call, random_days
from tests.newsday import Day
from tests.newsroom import Newsroom, open_newsroom, serving
from tests.test_leaks import as_it_came, random

ROLES: tuple[Role, ...] = ("reporter", "editor", "standards")
# What the ledger itself says of a moment, and what follows from how much time went by.
OF_THE_MOMENT = {
    "position", "recorded_at", "asked_at", "registered_at", "published_at", "public_seconds", "since",
    "first_published_at", "until", "next", "public_from", "public_until", "from", "event_id",
}  # fmt: skip
OF_THE_PLACE = {"revision", "revisions", "ran_in", "published_revision"}


@contextmanager
def empty(servers: Callable[[str], EmbeddedPostgres], like: Newsroom) -> Iterator[Newsroom]:
    """An empty ledger whose members are called as those of another."""
    with open_newsroom(servers("embedded")) as room:
        like.keyring.refresh(like.views)
        issued = like.keyring.keys()
        for key in issued:
            room.issue_key(key.role, key.label)
        yield room


def exported(room: Newsroom, story: str | None = None, after: int = 0) -> list[dict[str, Any]]:
    keyring = Keyring()
    keyring.refresh(room.views)
    export = Export(room.views, keyring)
    written = export.story(story, after) if story else export.everything(after)
    return [json.loads(text) for text in written]


def without_keys(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name != "key"} for line in lines]


def carried_over(room: Newsroom, other: Newsroom) -> None:
    """Everything, into a ledger that is empty; and what that is exported as is what came."""
    lines = exported(room)
    file = BytesIO(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    report, refused = carry_in(other, file, None, actors(other))
    assert refused == []
    assert report.recorded == len(lines)
    assert without_keys(exported(other)) == without_keys(lines)


def documents(room: Newsroom, *left_out: str) -> list[Any]:
    """What the desk and what readers see of every story, and what happened to it."""
    room.catch_up()
    slugs = [slug for (slug,) in room.views.execute("select slug from story_now order by story").fetchall()]
    told = {str(actor.member): label for label, actor in actors(room).items()}
    found: list[Any] = []
    for slug in slugs:
        found.append(essence(json.loads(replay.story(room.views, slug, Asked()).text), told, *left_out))
        try:
            text = reader_replay.story(room.views, slug, Asked(view="reader")).text
            found.append(essence(json.loads(text), told, *left_out))
        except Exception as refusal:  # noqa: BLE001  whatever it is, it has to be the same
            found.append(type(refusal))
    return found


def essence(document: Any, told: dict[str, str], *left_out: str) -> Any:
    """The document without what differs between two ledgers, and with the names of members for their ids."""
    if isinstance(document, dict):
        return {
            told.get(name, name): essence(value, told, *left_out)
            for name, value in document.items()
            if name not in OF_THE_MOMENT and name not in left_out
        }
    if isinstance(document, list):
        return [essence(one, told, *left_out) for one in document]
    return told.get(document, document) if isinstance(document, str) else document


@pytest.mark.thorough
def test_the_example_makes_the_round_trip(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    """With a kill by two persons, a restoration, and everything else that it holds."""
    with serving(newsroom) as server:
        for _ in file_example(server.ledgers((*ROLES, "auditor")), are_new=True):
            pass
    with empty(servers, newsroom) as other:
        carried_over(newsroom, other)
        assert documents(other) == documents(newsroom)
        (story, seen) = documents(other)
        assert story["story"] == seen["story"] == read_session()["story"]
        assert story["revision"] == 58


@pytest.mark.thorough
@pytest.mark.parametrize("name", DAYS)
def test_a_day_at_the_desk_makes_the_round_trip(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres], name: str
) -> None:
    """An embargo that has ended is none any more, so revisions can have other numbers."""
    DAYS[name](Day(newsroom))
    with empty(servers, newsroom) as other:
        carried_over(newsroom, other)
        moved = OF_THE_PLACE if name == "embargoes" else set()
        assert documents(other, *moved) == documents(newsroom, *moved)


@pytest.mark.thorough
@settings(random, max_examples=3)
@given(calls=random_days())
def test_any_day_at_the_desk_makes_the_round_trip(
    servers: Callable[[str], EmbeddedPostgres], calls: list[Call]
) -> None:
    a_random_day_makes_the_round_trip(servers, calls)


@pytest.mark.slow
@settings(random, max_examples=100)
@given(calls=random_days())
def test_many_more_days_make_the_round_trip(
    servers: Callable[[str], EmbeddedPostgres], calls: list[Call]
) -> None:
    a_random_day_makes_the_round_trip(servers, calls)


def a_random_day_makes_the_round_trip(servers: Callable[[str], EmbeddedPostgres], calls: list[Call]) -> None:
    with open_newsroom(servers("embedded")) as room:
        as_it_came(calls)(Day(room))
        with empty(servers, room) as other:
            carried_over(room, other)
            assert documents(other, *OF_THE_PLACE) == documents(room, *OF_THE_PLACE)


# --- What is written, and what is not ----------------------------------------------------------------------------


@pytest.mark.thorough
def test_of_one_story_the_lines_are_those_of_its_sources_and_its_own(newsroom: Newsroom) -> None:
    newsroom.open("one", source="ria")
    newsroom.open("other", source="tass")
    newsroom.report("other", source="tass")
    newsroom.report("one", source="ria", rests_on=[{"story": "other", "fact": 1}])
    lines = exported(newsroom, "one")
    assert [(line["do"], line["with"].get("slug")) for line in lines] == [
        ("register", "ria"),
        ("open", "one"),
        ("report", None),
    ]
    with pytest.raises(NoSuchStory):
        exported(newsroom, "none")


def test_a_source_that_was_renamed_is_carried_over_with_the_names_that_it_had(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    newsroom.open("one", source="ria")
    newsroom.report("one", source="ria")
    newsroom.file(RenameSource(name="Rossiya", other_names=("Russia",), reason="So"), source="ria")
    newsroom.report("one", source="ria")
    with empty(servers, newsroom) as other:
        carried_over(newsroom, other)
        assert documents(other) == documents(newsroom)
        for revision, name in ((2, "RIA"), (3, "Rossiya")):
            then = json.loads(replay.story(other.views, "one", Asked(revision=revision)).text)
            assert then["sources"]["ria"]["name"] == name


def test_sources_that_were_joined_and_told_apart_are_carried_over(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    newsroom.open("one", source="ria")
    newsroom.file(RegisterSource(slug="tass", name="TASS", kind="agency"))
    newsroom.report("one", source="ria")
    newsroom.file(MergeSource(into="tass", reason="One house"), source="ria")
    newsroom.report("one", source="tass")
    newsroom.file(PartSource(reason="Two desks"), source="ria")
    newsroom.report("one", source="ria")
    newsroom.file(MergeSource(into="tass", reason="One house"), source="ria")
    with empty(servers, newsroom) as other:
        carried_over(newsroom, other)
        assert documents(other) == documents(newsroom)
        for slug, said in (("ria", '"merged_into":"tass"'), ("tass", '"joined":[{"source":"ria"')):
            found = sources.one(other.views, slug)
            assert found is not None
            assert said in found[1]
    assert [line["do"] for line in exported(newsroom, "one")] == [
        "register", "register", "open", "report", "report", "report",
    ]  # fmt: skip


@pytest.mark.thorough
def test_members_keys_and_what_readers_asked_are_left_out(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report()
    newsroom.file(PublishStory(reason="Ready"), "story")
    newsroom.ask(contact="reader@example.org")
    ended = run(newsroom, "export")
    assert ended.returncode == 0
    assert b"reader@example.org" not in ended.stdout
    assert b"digest" not in ended.stdout
    assert [json.loads(line)["do"] for line in ended.stdout.splitlines()] == [
        "register", "open", "report", "publish",
    ]  # fmt: skip
    assert ended.stderr.decode().startswith("4 lines; 2 left out: members and keys; 2 left out: correction")
    told = json.loads(run(newsroom, "export", "--json").stderr)
    assert told == {"lines": 4, "left_out": {"members and keys": 2, "correction requests": 2}}


@pytest.mark.thorough
def test_what_was_recorded_after_a_position_goes_on_where_an_earlier_export_ended(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres], folder: Path
) -> None:
    newsroom.open()
    at = newsroom.report(statement="First").position
    newsroom.report(statement="Second")
    before, later = folder / "before", folder / "later"
    assert run(newsroom, "export", "-o", str(later), "--after", str(at)).returncode == 0
    assert [json.loads(line)["fact"] for line in later.read_bytes().splitlines()] == [2]
    assert run(newsroom, "export", "-o", str(before)).returncode == 0
    everything = before.read_bytes()
    assert everything.endswith(later.read_bytes())
    with empty(servers, newsroom) as other:
        for file in (everything.removesuffix(later.read_bytes()), later.read_bytes()):
            assert carry_in(other, BytesIO(file), None, actors(other))[1] == []
        assert documents(other) == documents(newsroom)


@pytest.mark.thorough
def test_an_export_is_not_recorded_again_in_the_ledger_that_it_came_from(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report()
    newsroom.file(PublishStory(reason="Ready"), "story")
    file = BytesIO(b"".join(json.dumps(line).encode() + b"\n" for line in exported(newsroom)))
    report, refused = carry_in(newsroom, file)
    assert (report.recorded, {row.kind for row in refused}) == (
        0,
        {"slug-taken", "not-the-next-fact", "nothing-changes"},
    )


@pytest.mark.thorough
def test_words_that_stood_when_nobody_had_to_say_so_are_said_to_stand(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    """As an older release recorded it."""
    newsroom.open()
    newsroom.report(statement="Twelve came")
    span = {"fact": 1, "start": 0, "end": 6, "exact": "Twelve"}
    copy = FileCopy.model_validate({"text": "Twelve people came", "spans": [span], "reason": "A take"})
    newsroom.file(copy, "story")
    newsroom.file(PublishStory(revision=3, reason="Ready"), "story")
    correct = {
        "expected_version": 1, "statement": "Eleven came", "was_wrong": "It said twelve", "affects": ["numbers"],
        "cause": "our_error", "reason": "We counted again",
    }  # fmt: skip
    newsroom.file(CorrectFact.model_validate(correct), "story", 1)
    with patch("ledger.rules.wording.check", return_value=None):
        newsroom.file(PublishStory(revision=5, reason="Ready"), "story")
        newsroom.file(HoldStory(reason="Wait"), "story")
        newsroom.report(statement="They left")
        newsroom.file(ReleaseStory(revision=8, reason="Go on"), "story")
    newsroom.catch_up()
    lines = exported(newsroom)
    assert [line["with"].get("words_stand") for line in lines if line["do"] == "publish"] == [None, [1]]
    file = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    with empty(servers, newsroom) as other:
        assert carry_in(other, BytesIO(file), None, actors(other))[1] == []
        assert documents(other) == documents(newsroom)


@pytest.mark.thorough
@pytest.mark.parametrize("goes_on", [False, True])
def test_words_that_were_marked_no_longer_are_said_to_stand(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres], *, goes_on: bool
) -> None:
    """Likewise; goes_on: and what was published was not the last that was filed, nor was any of it public before."""
    newsroom.open()
    newsroom.report(statement="Twelve came")
    span = {"fact": 1, "start": 0, "end": 6, "exact": "Twelve"}
    for spans in ([span], []):
        copy = {"text": "Twelve people came", "spans": spans, "reason": "A take"}
        newsroom.file(FileCopy.model_validate(copy), "story")
        if spans:
            correct = {
                "expected_version": 1, "statement": "Eleven came", "was_wrong": "It said twelve",
                "affects": ["numbers"], "cause": "our_error", "reason": "We counted again",
            }  # fmt: skip
            if not goes_on:
                newsroom.file(PublishStory(revision=3, reason="Ready"), "story")
            newsroom.file(CorrectFact.model_validate(correct), "story", 1)
    if goes_on:
        newsroom.report(statement="They left")
        newsroom.file(PublishStory(revision=3, reason="Ready"), "story")
    with patch("ledger.rules.wording.check", return_value=None):
        newsroom.file(PublishStory(revision=5 if goes_on else 6, reason="Ready"), "story")
    newsroom.catch_up()
    lines = exported(newsroom)
    assert [line["with"].get("words_stand") for line in lines if line["do"] == "publish"] == [None, [1]]
    file = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    with empty(servers, newsroom) as other:
        assert carry_in(other, BytesIO(file), None, actors(other))[1] == []


@pytest.mark.thorough
def test_an_embargo_that_is_to_come_stays_one(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report()
    newsroom.file(PublishStory(reason="Later", embargo_until="2099-01-01T00:00:00Z"), "story")
    assert exported(newsroom)[-1]["with"]["embargo_until"] == "2099-01-01T00:00:00Z"


@pytest.mark.thorough
@pytest.mark.parametrize("is_held", [False, True], ids=["open", "held"])
def test_an_embargo_that_ended_becomes_a_publication_where_it_ended(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres], is_held: bool
) -> None:
    newsroom.open()
    newsroom.report()
    until = (datetime.now(UTC) + timedelta(milliseconds=300)).isoformat()
    newsroom.file(PublishStory(reason="Later", embargo_until=until), "story")
    newsroom.report(statement="Between")
    if is_held:
        newsroom.file(HoldStory(reason="Wait"), "story")
    while datetime.now(UTC) < datetime.fromisoformat(until):
        pass
    newsroom.file(LiftEmbargo(), "story", role="ledger")
    newsroom.report(statement="After")
    if is_held:
        newsroom.file(ReleaseStory(revision=2, reason="Go on"), "story")
    lines = exported(newsroom)
    assert [line["do"] for line in lines[3:]] == (
        ["report", "hold", "report", "release"] if is_held else ["report", "publish", "report"]
    )
    with empty(servers, newsroom) as other:
        carried_over(newsroom, other)
        desk, readers = documents(other)
        assert [fact["statement"] for fact in readers["facts"]] == ["A train arrived"]
        assert len(desk["facts"]) == 3


def test_members_that_are_called_the_same_are_told_apart() -> None:
    ana, ben, other_ana = (Member(UUID(int=n), label) for n, label in enumerate(("Ana", "Ben", "Ana")))
    keyring = Keyring()
    keyring.members = {member.member: member for member in (ana, ben, other_ana)}
    assert labels(keyring) == {
        ana.member: f"Ana ({ana.member})",
        ben.member: "Ben",
        other_ana.member: f"Ana ({other_ana.member})",
    }
    ana, other_ana = (Member(UUID(int=n), "A" * limits.NAME_LENGTH) for n in range(2))
    keyring.members = {member.member: member for member in (ana, other_ana)}
    assert {len(label) for label in labels(keyring).values()} == {limits.NAME_LENGTH}


def test_an_approval_that_was_given_though_the_story_had_changed_is_asked_anew_first() -> None:
    """As ledgers have it from before what was asked could lapse; with what is said later of revisions and approvals."""
    opened = StoryOpened(slug="story", headline="A train", language="en", desk="world")
    kill, editor, standards = Kill(reason="Made up"), UUID(int=1), UUID(int=2)
    events: list[tuple[StoryEvent, UUID]] = [
        (opened, editor),
        (StoryPublished(revision=1, reason="Ready"), editor),
        (ApprovalAsked(approval=1, act=kill), editor),
        (HeadlineSet(headline="Another", reason="So"), editor),
        (ApprovalGiven(approval=1), standards),
        (StoryKilled(approval=1, reason="Made up"), standards),
        (ApprovalAsked(approval=2, act=Restoration(reason="It was true", held=True)), editor),
        (ApprovalGiven(approval=2), standards),
        (StoryRestored(approval=2, held=True, reason="It was true"), standards),
        (HeadlineSet(headline="A third", reason="So"), editor),
    ]
    account = Account("story", datetime.now(UTC))
    written = [
        asked
        for number, (event, actor) in enumerate(events, 1)
        for asked in account.commands(
            event, Moment(number, number, datetime.now(UTC), actor), UUID(int=number)
        )
    ]
    assert [
        (type(asked.command).__name__, asked.about.get("approval"), asked.actor) for asked in written
    ] == [
        ("OpenStory", None, editor),
        ("PublishStory", None, editor),
        ("KillStory", None, editor),
        ("SetHeadline", None, editor),
        ("KillStory", None, editor),
        ("GiveApproval", 2, standards),
        ("RestoreStory", None, editor),
        ("GiveApproval", 3, standards),
        ("SetHeadline", None, editor),
    ]
    assert len({asked.event_id for asked in written}) == len(written)
    assert written[-1].command.expected_revision == 10  # type: ignore[union-attr]
