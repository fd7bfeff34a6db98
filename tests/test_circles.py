"""Does nothing that a fact holds up hold that fact up, in whatever way and by whichever process it is filed?"""

from typing import Any

import pytest

from ledger import limits
from ledger.commands import UndoRevision, UpdateFact
from ledger.refusals import CannotUndo, FactFull, RestsInACircle, RestsOnItself
from ledger.store.store import append
from ledger.story import FactUpdated
from ledger.words import story_stream
from projections.engine.rebuild import rebuild
from tests.newsroom import Newsroom, a_fact


def rests(room: Newsroom, story: str, fact: int, *on: tuple[str, int], version: int = 1) -> Any:
    grounds = [{"story": slug, "fact": number} for slug, number in on]
    update = {"expected_version": version, "reason": "So it is.", "rests_on": grounds}
    return room.file(UpdateFact.model_validate(update), story, fact)


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    newsroom.open("story")
    for slug in ("second", "third"):
        newsroom.open(slug, source=f"of-{slug}")
    for slug in ("story", "second", "third"):
        for _ in range(3):
            newsroom.report(slug)
    return newsroom


def test_two_facts_of_a_story_cannot_rest_on_each_other(room: Newsroom) -> None:
    rests(room, "story", 1, ("story", 2))
    with pytest.raises(RestsInACircle) as refused:
        rests(room, "story", 2, ("story", 3), ("story", 1))
    assert refused.value.pointer == "/rests_on/1"
    with pytest.raises(RestsOnItself):
        rests(room, "story", 3, ("story", 3))


def test_nor_through_facts_of_other_stories_however_far(room: Newsroom) -> None:
    rests(room, "story", 1, ("second", 1))
    rests(room, "second", 1, ("third", 1))
    rests(room, "third", 1, ("second", 2))
    with pytest.raises(RestsInACircle):
        rests(room, "second", 2, ("story", 1))
    rests(room, "second", 2, ("story", 2))  # another fact of it holds nothing of this up


def test_nor_where_another_process_has_just_filed_the_other_half(room: Newsroom, other: Newsroom) -> None:
    rests(room, "second", 1, ("third", 1))
    rests(other, "third", 1, ("story", 1))
    with pytest.raises(RestsInACircle):
        rests(room, "story", 1, ("second", 1))


def test_nor_by_an_undo(room: Newsroom) -> None:
    rests(room, "story", 1, ("second", 1))
    rests(room, "story", 1, version=2)
    rests(room, "second", 1, ("story", 1))
    with pytest.raises(CannotUndo, match="would again rest on what rests on it"):
        room.file(UndoRevision(reason="Back."), "story", 6)


def test_what_is_below_is_followed_so_far_and_no_further(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "GROUNDS_FOLLOWED", 2)
    rests(room, "story", 1, ("story", 2))
    rests(room, "second", 1, ("story", 1))
    with pytest.raises(FactFull):
        rests(room, "third", 1, ("second", 1))


def test_a_circle_that_was_recorded_before_stops_nothing(room: Newsroom) -> None:
    """As a program recorded it that let it pass: its views, their rebuild, and later changes of its facts."""
    for slug, on in (("story", "second"), ("second", "story")):
        stream = story_stream(slug)
        submission = room.submission(
            UpdateFact.model_validate({"expected_version": 1, "reason": "r"}), slug, 1, "editor", None
        )
        grounds = [{"story": on, "fact": 1}]
        becomes = a_fact(source="ria", rests_on=grounds).model_dump(exclude_unset=True)
        event = FactUpdated.model_validate({"fact": 1, "version": 2, "becomes": becomes, "reason": "r"})
        with room.database.connect(name="test") as connection:
            from ledger.store.store import Draft, LedgerMapper

            draft = Draft(stream, 5, event, submission.actor.member, submission.request_id)
            append(connection, [LedgerMapper().to_stored_event(draft)])
    room.catch_up()
    assert rebuild(room.database)
    room.file(
        UpdateFact.model_validate({"expected_version": 2, "place": "Khasan", "reason": "r"}), "story", 1
    )
    with pytest.raises(RestsInACircle):
        rests(room, "story", 1, ("second", 1), ("second", 2), version=3)
    rests(room, "story", 1, ("second", 2), version=3)
