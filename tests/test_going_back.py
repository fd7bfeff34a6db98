"""If the database goes back in time under what runs on it, is that noticed before anything is damaged by it?"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from api.terminal.doctor import Finding, examine
from api.terminal.exporting import Export
from ledger import limits
from ledger.commands import CorrectFact, OpenStory, SetHeadline
from ledger.refusals import FactMovedOn, KeyRefused, NoSuchStory, StreamDamaged, ViewsAhead
from ledger.store import audit
from ledger.store.audit import Filters
from ledger.store.keyring import Keyring
from ledger.store.migrate import migrate, steps
from ledger.store.seen import Seen, WentBack
from ledger.store.store import append, find_gaps, last_seen, seal
from ledger.story import Story
from ledger.words import Role, story_stream
from projections.engine import progress
from projections.engine.rebuild import rebuild
from projections.reading import news
from projections.reading.replay import Asked
from projections.views.catalogue import VIEWS
from tests.listener import Listener
from tests.newsroom import Newsroom, Server, a_fact, serving
from tests.setting_back import Backup, backup
from tests.test_limits import holds

OPEN = OpenStory(slug="another", headline="Another", language="en", desk="world")
STORY = OPEN.model_dump(mode="json", exclude_unset=True)
FACT = a_fact().model_dump(mode="json", exclude_unset=True)


@pytest.fixture
def before(newsroom: Newsroom) -> Iterator[Backup]:
    """A backup of a ledger with one story of one fact."""
    newsroom.open()
    newsroom.report()
    newsroom.actor("editor")
    newsroom.catch_up()
    newsroom.views.close()
    with backup(newsroom.database) as kept:
        newsroom.views = newsroom.database.connect(name="test")
        yield kept


def put_back(newsroom: Newsroom, before: Backup) -> None:
    newsroom.views.close()
    before.put_back()
    newsroom.views = newsroom.database.connect(name="test")


def is_well(newsroom: Newsroom) -> bool:
    """Whether positions, streams and views are as they must be, live and built anew."""
    newsroom.catch_up()
    assert rebuild(newsroom.database, [view.name for view in VIEWS]) == newsroom.catch_up()
    return newsroom.ailments() == []


def corrected(version: int = 1, statement: str = "A train left") -> CorrectFact:
    return CorrectFact.model_validate(
        {
            "expected_version": version,
            "statement": statement,
            "was_wrong": "It said arrived",
            "affects": ["other"],
            "cause": "our_error",
            "reason": "It left.",
        }
    )


# --- The writer --------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_no_fact_is_recorded_for_a_story_that_is_not_there_any_more(
    newsroom: Newsroom, before: Backup
) -> None:
    newsroom.file(OPEN)
    for _ in range(3):
        newsroom.report("another")
    put_back(newsroom, before)
    with pytest.raises(NoSuchStory):
        newsroom.report("another")
    newsroom.report()
    newsroom.file(OPEN)
    assert newsroom.report("another").position == last_seen(newsroom.views).position
    assert newsroom.writer.losses.times == 1
    assert is_well(newsroom)


@pytest.mark.thorough
def test_a_command_on_what_is_there_still_is_decided_anew_and_recorded(
    newsroom: Newsroom, before: Backup
) -> None:
    head = last_seen(newsroom.views).position
    for _ in range(85):
        newsroom.report()
    put_back(newsroom, before)
    assert newsroom.report().position == head + 1
    assert newsroom.views.execute(
        "select array_agg(version order by version) from events where stream_id = %s", [story_stream("story")]
    ).fetchone() == ([1, 2, 3],)
    assert is_well(newsroom)


@pytest.mark.thorough
def test_another_history_that_has_grown_as_far_is_not_taken_for_the_one_that_was_seen(
    newsroom: Newsroom, before: Backup
) -> None:
    """The same number of events, of the same streams; only what they say is not the same."""
    newsroom.file(corrected(), "story", 1)
    newsroom.report()
    put_back(newsroom, before)
    with_other = Newsroom(newsroom.database)
    with_other.actors = newsroom.actors
    with_other.report()
    with_other.file(corrected(statement="It never came"), "story", 1)
    with_other.file(SetHeadline(headline="Not seen", reason="It changed."), "story")
    with_other.close()
    with pytest.raises(FactMovedOn):  # held in memory: fact 1 at version 2 by a correction that is not there
        newsroom.file(corrected(1, "It left at nine"), "story", 1)
    newsroom.file(corrected(2, "It left at nine"), "story", 1)
    assert '"headline":"Not seen"' in newsroom.read()
    assert newsroom.writer.losses.times == 1
    assert is_well(newsroom)


@pytest.mark.thorough
def test_what_is_read_anew_is_not_mixed_with_what_is_held(newsroom: Newsroom, before: Backup) -> None:
    """A stream that was not held is read from the other history; its events are no witness for what is held."""
    newsroom.file(SetHeadline(headline="Lost", reason="It changed."), "story")
    put_back(newsroom, before)
    with_other = Newsroom(newsroom.database)
    with_other.actors = newsroom.actors
    with_other.file(SetHeadline(headline="Found", reason="It changed."), "story")
    with_other.file(OPEN)
    with_other.close()
    newsroom.report("another")  # reads it, and so the last position of the other history
    rehearsed = newsroom.rehearse(SetHeadline(headline="New", reason="It changed."), "story")
    assert isinstance(rehearsed.before, Story)
    assert rehearsed.before.head.headline == "Found"
    assert newsroom.writer.losses.times == 1


@pytest.mark.thorough
def test_a_refusal_and_a_dry_run_are_of_what_is_there(newsroom: Newsroom, before: Backup) -> None:
    newsroom.file(OPEN)
    put_back(newsroom, before)
    newsroom.rehearse(OPEN)  # not: the slug is taken
    newsroom.file(OPEN)
    put_back(newsroom, before)
    newsroom.file(OPEN)
    assert newsroom.writer.losses.times == 2


@pytest.mark.thorough
def test_a_receipt_that_was_lost_is_given_anew(newsroom: Newsroom, before: Backup) -> None:
    head = last_seen(newsroom.views).position
    lost = newsroom.file(a_fact("It was seen"), "story", repeat="a key")
    newsroom.report()
    put_back(newsroom, before)
    anew = newsroom.submit(newsroom.submission(a_fact("It was seen"), "story", None, "editor", "a key"))
    assert not anew.replayed
    assert anew.receipt.position == lost.position == head + 1
    assert anew.receipt.rest != lost.rest  # another event
    again = newsroom.submit(newsroom.submission(a_fact("It was seen"), "story", None, "editor", "a key"))
    assert again.replayed
    assert again.receipt.text() == anew.receipt.text()


@pytest.mark.thorough
def test_a_key_that_was_issued_since_files_nothing_any_more(newsroom: Newsroom, before: Backup) -> None:
    newsroom.file(a_fact(), "story", role="standards")
    put_back(newsroom, before)
    with pytest.raises(KeyRefused):
        newsroom.file(a_fact(), "story", role="standards")
    newsroom.file(a_fact(), "story", role="editor")


def ids(keyring: Keyring) -> set[UUID]:
    held = keyring.keys()
    return {key.key for key in held}


@pytest.mark.thorough
def test_a_keyring_reads_all_anew_where_the_members_are_others(newsroom: Newsroom, before: Backup) -> None:
    keyring = Keyring()
    newsroom.actor("standards")
    keyring.refresh(newsroom.views)
    lost = ids(keyring)
    put_back(newsroom, before)
    with_other = Newsroom(newsroom.database)
    for role in ("auditor", "admin", "reporter"):
        with_other.actor(role)
    keyring.refresh(newsroom.views)
    with_other.keyring.refresh(newsroom.views)
    assert ids(keyring) == ids(with_other.keyring) != lost
    with_other.close()


# --- The database itself -----------------------------------------------------------------------------------------


def test_an_append_that_does_not_follow_is_refused(newsroom: Newsroom) -> None:
    stream, somebody = uuid4(), uuid4()

    def sealed(version: int) -> Any:
        return seal(stream, version, "note-added.v1", b"{}", somebody, uuid4())

    append(newsroom.views, [sealed(1), sealed(2)])
    last = last_seen(newsroom.views)
    for versions in ((4,), (3, 5), (4, 3), (87, 88, 89)):
        with pytest.raises(WentBack):
            append(newsroom.views, [sealed(version) for version in versions])
    for seen in (Seen(last.position + 1, uuid4()), Seen(last.position, uuid4()), Seen(1, last.event_id)):
        with pytest.raises(WentBack):
            append(newsroom.views, [sealed(3)], seen=seen)
    assert last_seen(newsroom.views) == last
    append(newsroom.views, [sealed(3), sealed(4)], seen=last)


# --- A ledger that was damaged before ----------------------------------------------------------------------------


def damage(newsroom: Newsroom, stream: UUID, versions: Sequence[int]) -> list[int]:
    """Records notes of a story at versions that do not follow, as `append` once let it happen; their positions."""
    body = b'{"note":{"is_publishable":false,"role":"desk","text":"Ask"}}'
    somebody = newsroom.actor("editor").member
    placed = []
    with newsroom.database.connect(name="owner", as_owner=True) as owner:
        for version in versions:
            sealed = seal(stream, version, "note-added.v1", body, somebody, uuid4())
            with owner.transaction():
                (position,) = owner.execute(
                    "update head set position = position + 1, recorded_at = clock_timestamp() returning position"
                ).fetchone() or (0,)
                owner.execute(
                    "insert into events select %s, %s, %s, %s, recorded_at, %s, %s, %s, %s from head",
                    [
                        position,
                        stream,
                        version,
                        sealed.topic,
                        somebody,
                        sealed.event_id,
                        sealed.request_id,
                        sealed.commitment,
                    ],
                )
                owner.execute(
                    "insert into bodies values (%s, %s, %s)", [position, sealed.salt, sealed.state.decode()]
                )
            placed.append(position)
    return placed


def migrate_anew(newsroom: Newsroom) -> None:
    """As if the step that finds what is damaged ran only now."""
    (number,) = (number for number, name, _ in steps() if name == "gaps")
    with newsroom.database.connect(name="owner", as_owner=True) as owner:
        owner.execute("drop table gaps")
        owner.execute("drop function find_gaps")
        owner.execute("delete from migrations where number = %s", [number])
    assert migrate(newsroom.database) == ["gaps"]


@pytest.mark.thorough
@pytest.mark.parametrize("knows", ["rebuild", "migrate_anew"])
def test_a_ledger_that_was_damaged_is_shown_up_to_the_gap_and_all_else_of_it_goes_on(
    newsroom: Newsroom, knows: str
) -> None:
    newsroom.open()
    newsroom.report()
    newsroom.file(OPEN)
    whole = newsroom.read()
    out_of_place = [
        *damage(newsroom, story_stream("story"), (87, 88, 89)),
        *damage(newsroom, story_stream("nowhere"), (5,)),
    ]
    if knows == "rebuild":
        newsroom.catch_up()
        assert {place.failure for place in progress.report(newsroom.views)} >= {"view_raised"}
        assert "run factledger rebuild first" in doctor_of(newsroom, "streams").says
        rebuild(newsroom.database)
    else:
        migrate_anew(newsroom)
    newsroom.report("another")
    assert newsroom.catch_up() == last_seen(newsroom.views).position
    assert [place.state for place in progress.report(newsroom.views)] == ["running"] * len(VIEWS)
    assert newsroom.read() == whole  # what came before the gap, and nothing else
    assert '"statement":"A train arrived"' in newsroom.read("another")
    assert rebuild(newsroom.database) == newsroom.catch_up()
    for lost in ("story", "nowhere"):
        with pytest.raises(
            StreamDamaged, match=f"from position {out_of_place[0 if lost == 'story' else 3]} on"
        ):
            newsroom.report(lost)
        with pytest.raises(StreamDamaged):
            newsroom.rehearse(a_fact(), lost)
    streams = doctor_of(newsroom, "streams")
    assert not streams.is_well
    first, last, alone = out_of_place[0], out_of_place[2], out_of_place[3]
    assert f"{story_stream('story')} at positions {first} to {last}" in streams.says
    assert f"{story_stream('nowhere')} at positions {alone} to {alone}" in streams.says
    assert "File what is missing under a new slug" in streams.says
    assert "rebuild" not in streams.says
    assert [found.what for found in newsroom.ailments()] == ["streams"]


@pytest.mark.thorough
def test_what_is_out_of_its_place_is_there_for_auditors_and_in_no_export(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.report()
    placed = damage(newsroom, story_stream("story"), (87, 88, 89))
    damage(newsroom, story_stream("nowhere"), (5, 6))
    rebuild(newsroom.database)
    for stream, until, wanted in (
        ("story", placed[1], [*range(placed[0] - 2, placed[2] + 1)]),
        ("nowhere", placed[2] + 1, [placed[2] + 1, placed[2] + 2]),
    ):
        found = audit.search(newsroom.views, Filters(stream=story_stream(stream)), 0, 100)
        assert [position for position, _ in found.items][-len(wanted) :] == wanted[-len(found.items) :]
        later = audit.search(newsroom.views, Filters(stream=story_stream(stream)), until, 100)
        assert [position for position, _ in later.items] == [one for one in wanted if one > until]
    newsroom.keyring.refresh(newsroom.views)
    export = Export(newsroom.views, newsroom.keyring)
    assert len([*export.everything(0)]) == 3  # the source, the story, the fact
    assert export.left_out["events out of their place: see factledger doctor"] == 5
    listed = news.page(newsroom.views, Asked(), None, 0)
    assert listed.is_all
    assert listed.reached == last_seen(newsroom.views).position
    assert placed[0] not in [item.position for item in listed.items]


@pytest.mark.thorough
def test_no_key_of_a_member_whose_record_is_damaged_opens(newsroom: Newsroom) -> None:
    """What is out of place may be that it was revoked."""
    newsroom.open()
    damage(newsroom, newsroom.actor("editor").member, (9,))
    with newsroom.database.connect(name="owner", as_owner=True) as owner:
        owner.execute("alter table events disable trigger all")
        owner.execute("update events set topic = 'key-revoked.v1' where version = 9")
        owner.execute("update head set membership = position")
        find_gaps(owner)
    with pytest.raises(KeyRefused):
        newsroom.report()


@pytest.mark.thorough
@holds("GAPS_SHOWN")
def test_the_doctor_names_so_many_and_counts_the_rest(newsroom: Newsroom) -> None:
    for number in range(limits.GAPS_SHOWN + 2):
        damage(newsroom, story_stream(f"lost-{number}"), (2,))
    says = doctor_of(newsroom, "streams").says
    assert says.startswith(f"{limits.GAPS_SHOWN + 2} streams are damaged")
    assert says.count(" at positions ") == limits.GAPS_SHOWN
    assert "; and 2 more." in says


def doctor_of(newsroom: Newsroom, what: str) -> Finding:
    (finding,) = [finding for finding in examine(newsroom.database) if finding.what == what]
    return finding


# --- The server --------------------------------------------------------------------------------------------------


@pytest.fixture
def standing(newsroom: Newsroom) -> Iterator[tuple[Server, Backup]]:
    """A server of whose keys some are in the backup, too."""
    newsroom.open()
    newsroom.report()
    roles: tuple[Role, ...] = ("editor", "auditor")
    secrets = {role: newsroom.issue_key(role)[0] for role in roles}
    newsroom.catch_up()
    newsroom.views.close()
    with backup(newsroom.database) as kept:
        newsroom.views = newsroom.database.connect(name="test")
        with serving(newsroom) as server:
            server.secrets |= secrets
            yield server, kept


@pytest.mark.thorough
def test_a_server_says_that_the_database_went_back_and_goes_on(
    standing: tuple[Server, Backup], caplog: pytest.LogCaptureFixture
) -> None:
    server, before = standing
    editor, lost = server.client(), server.client("standards")
    assert editor.post("/v1/stories", json=STORY).status_code == 201
    filed = editor.post("/v1/stories/another/facts", json=FACT)
    assert filed.status_code == 201
    at_least = {"at_least": filed.json()["position"]}
    assert lost.get("/v1/stories/another", params=at_least).status_code == 200
    with caplog.at_level(logging.ERROR, "factledger.history"):
        put_back(server.newsroom, before)
        told = wait_for(lambda: went_back(editor))
    assert "the database went back in time" in told
    assert told in caplog.text
    ready = editor.get("/readyz")
    assert (ready.status_code, ready.json()["status"], ready.json()["reason"]) == (200, "degraded", told)
    assert "factledger_went_back_total 1.0" in server.client("auditor").get("/metrics").text
    assert lost.get("/v1/stories/story").status_code == 401  # its key was issued since
    assert editor.get("/v1/stories/another").status_code == 404
    assert editor.get("/v1/stories/story", params=at_least).status_code == 400  # nothing is recorded there
    assert editor.post("/v1/stories/another/facts", json=FACT).status_code == 404
    assert editor.post("/v1/stories/story/facts", json=FACT).status_code == 201
    anew = editor.post("/v1/stories", json=STORY)
    assert anew.status_code == 201
    after = {"at_least": anew.json()["position"]}
    assert editor.get("/v1/stories/another", params=after).json()["facts"] == []
    assert is_well(server.newsroom)


@pytest.mark.thorough
def test_filing_at_once_after_it_damages_nothing(standing: tuple[Server, Backup]) -> None:
    """Before anybody has looked: the very next request is a fact for a story that is not there any more."""
    server, before = standing
    editor = server.client()
    assert editor.post("/v1/stories", json=STORY).status_code == 201
    for _ in range(5):
        assert editor.post("/v1/stories/another/facts", json=FACT).status_code == 201
    put_back(server.newsroom, before)

    def answered() -> httpx2.Response | None:
        answer = editor.post("/v1/stories/another/facts", json=FACT)
        return answer if answer.status_code != 503 else None  # by a connection that is broken

    assert wait_for(answered).status_code == 404
    assert is_well(server.newsroom)


@pytest.mark.thorough
def test_a_stream_that_is_open_ends_for_what_it_told_is_not_what_was(standing: tuple[Server, Backup]) -> None:
    server, before = standing
    editor = server.client()
    listener = Listener(server.url, "/v1/events/stream", server.secret("editor"))
    position = editor.post("/v1/stories/story/facts", json=FACT).json()["position"]
    listener.await_level(position)
    put_back(server.newsroom, before)
    listener.await_end()
    listener.close()
    wait_for(lambda: went_back(editor))
    again = editor.get("/v1/events/stream", headers={"Last-Event-ID": str(position)})
    assert again.status_code == 400
    assert "Nothing is recorded beyond position" in again.json()["detail"]


@pytest.mark.thorough
def test_views_that_are_ahead_of_the_ledger_are_told_of_and_built_anew(newsroom: Newsroom) -> None:
    """Where the views' tables alone were restored, from a later moment than the events."""
    newsroom.open()
    head = newsroom.catch_up()
    with newsroom.database.connect(name="owner", as_owner=True) as owner:
        owner.execute("update projection set position = position + 5")
    with pytest.raises(ViewsAhead, match=f"are at position {head + 5}, and the ledger ends at {head}"):
        newsroom.catch_up()
    views = doctor_of(newsroom, "views")
    assert not views.is_well
    assert f"beyond the head, {head}; run factledger rebuild" in views.says
    rebuild(newsroom.database, [view.name for view in VIEWS])
    newsroom.report()
    assert newsroom.catch_up() == head + 1
    assert is_well(newsroom)


def wait_for(condition: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.05)
    return found


def went_back(client: httpx2.Client) -> str | None:
    answer = client.get("/readyz")
    return answer.json()["went_back"] if answer.status_code == 200 else None
