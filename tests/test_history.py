"""Does each law find its own breach, and nothing in a history that keeps them all?"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ledger.moment import rfc3339
from tests.history import (
    LAWS,
    Answer,
    Attempt,
    Entry,
    Evidence,
    History,
    Question,
    broken_laws,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STREAM = UUID(int=1)
NOW = Question("trains", "at_least=3", at_least=3)
THEN = Question("trains", "position=2")
TO_READERS = replace(THEN, view="reader")
BETWEEN = Question("trains", "revision=2", "reader")


@dataclass
class Case:
    """What clients were told, and what is there; a breach changes one of the two."""

    entries: list[Entry]
    history: History = field(default_factory=History)
    folds: dict[tuple[str, int], str] = field(default_factory=dict)

    def attempt(self, mark: str) -> Attempt:
        return next(attempt for attempt in self.history.attempts if attempt.mark == mark)

    def breaches(self) -> list[str]:
        return broken_laws(Evidence(self.history, self.entries, self.folds))


def an_entry(position: int, mark: str | None) -> Entry:
    at = NOON + timedelta(microseconds=position)
    return Entry(position, at, STREAM, position, UUID(int=position), mark)


def receipt_of(entry: Entry) -> str:
    said = {"position": entry.position, "recorded_at": rfc3339(entry.recorded_at)}
    return json.dumps(said | {"event_id": str(entry.event_id), "revision": entry.version})


@pytest.fixture
def case() -> Case:
    """mark-a was acknowledged twice, then mark-b; of two whose answers were lost mark-c is there, and mark-d is not;
    mark-e was refused."""
    entries = [an_entry(1, "mark-a"), an_entry(2, "mark-b"), an_entry(3, None), an_entry(4, "mark-c")]
    a, b = receipt_of(entries[0]), receipt_of(entries[1])
    attempts = [
        Attempt("mark-a", 0, 1.0),
        Attempt("mark-a", 1, 2.0, "ok", 3.0, a),
        Attempt("mark-b", 0, 4.0, "ok", 5.0, b),
        Attempt("mark-c", 0, 3.5),
        Attempt("mark-d", 0, 1.0),
        Attempt("mark-e", 0, 1.0, "fail", 6.0, "moved on"),
        Attempt("mark-a", 0, 7.0, "ok", 8.0, a),
    ]
    answers = [
        Answer(THEN, 2, "at 2"),
        Answer(NOW, 4, "at 4"),
        Answer(THEN, 2, "at 2"),
        Answer(TO_READERS, 2, "what readers saw"),
    ]
    return Case(entries, History(attempts, answers), {("trains", 2): "at 2", ("trains", 4): "at 4"})


def test_a_history_that_keeps_the_laws_breaks_none(case: Case) -> None:
    assert case.breaches() == []


# --- One breach after the other ----------------------------------------------------------------------------------


def lost(case: Case) -> None:
    case.entries[1] = replace(case.entries[1], mark=None)


def doubled(case: Case) -> None:
    case.entries[2] = replace(case.entries[2], mark="mark-b")


def told_another_position(case: Case) -> None:
    case.attempt("mark-b").told = receipt_of(case.entries[2])


def told_another_time(case: Case) -> None:
    case.entries[1] = replace(case.entries[1], recorded_at=NOON + timedelta(microseconds=2.6))
    case.attempt("mark-b").told = receipt_of(replace(case.entries[1], recorded_at=NOON))


def told_two_receipts(case: Case) -> None:
    case.history.attempts[-1].told = receipt_of(case.entries[2])


def refused_and_there(case: Case) -> None:
    case.entries[2] = replace(case.entries[2], mark="mark-e")


def unknown_and_there_twice(case: Case) -> None:
    case.entries[2] = replace(case.entries[2], mark="mark-c")


def half_of_a_change(case: Case) -> None:
    case.entries[2] = replace(case.entries[2], half="half-f-both")


def the_other_half_of_a_change(case: Case) -> None:
    case.entries[3] = replace(case.entries[3], mark="mark-c-both")
    case.attempt("mark-c").mark = "mark-c-both"


def made_up(case: Case) -> None:
    case.entries[2] = replace(case.entries[2], mark="mark-z")


def in_another_order(case: Case) -> None:
    a, b = case.entries[:2]
    case.entries[:2] = [replace(a, mark=b.mark), replace(b, mark=a.mark)]
    for attempt in case.history.attempts:
        if attempt.outcome == "ok":
            attempt.told = receipt_of(case.entries[attempt.mark == "mark-a"])


def before_what_was_acknowledged(case: Case) -> None:
    """Though nobody knew whether it was recorded at all."""
    case.attempt("mark-c").invoked = 5.5
    case.entries[2], case.entries[3] = replace(case.entries[2], mark="mark-c"), an_entry(4, "mark-f")
    case.history.attempts.append(Attempt("mark-f", 0, 0.5, "ok", 5.2, receipt_of(case.entries[3])))


def told_what_no_fault_explains(case: Case) -> None:
    case.history.surprises.append("500")


def a_hole(case: Case) -> None:
    del case.entries[2]


def a_hole_at_the_beginning(case: Case) -> None:
    case.entries[:] = [replace(entry, position=entry.position + 1) for entry in case.entries]


def a_position_twice(case: Case) -> None:
    case.entries[3] = replace(case.entries[3], position=3)


def time_stands_still(case: Case) -> None:
    case.entries[3] = replace(case.entries[3], recorded_at=case.entries[2].recorded_at)


def a_version_twice(case: Case) -> None:
    case.entries[3] = replace(case.entries[3], version=3)


def another_past(case: Case) -> None:
    case.history.answers[2] = replace(case.history.answers[2], text="at 2, mended")


def another_past_for_readers(case: Case) -> None:
    case.history.answers.append(Answer(TO_READERS, 2, "what they should have seen"))


def not_the_fold(case: Case) -> None:
    case.folds["trains", 4] = "at 4, as it was"


def of_a_position_that_never_was(case: Case) -> None:
    case.history.answers[1] = Answer(NOW, 17, "at 4")


def too_early(case: Case) -> None:
    case.history.answers[1] = Answer(NOW, 2, "at 2")


BREACHES: dict[Callable[[Case], None], str] = {
    lost: "every_ok_is_there_once: mark-b was acknowledged and is there 0 times",
    doubled: "every_ok_is_there_once: mark-b was acknowledged and is there 2 times",
    told_another_position: "every_ok_is_there_once: mark-b is not what its receipt says",
    told_another_time: "every_ok_is_there_once: mark-b is not what its receipt says",
    told_two_receipts: "every_ok_is_there_once: mark-a was given several receipts",
    refused_and_there: "no_fail_is_there: mark-e was refused (moved on) and is there",
    unknown_and_there_twice: "an_unknown_is_there_at_most_once: mark-c is there 2 times",
    half_of_a_change: "a_change_is_there_as_a_whole: half-f-both is there without the other half",
    the_other_half_of_a_change: "a_change_is_there_as_a_whole: mark-c-both is at 4, and its other half at None",
    made_up: "an_unknown_is_there_at_most_once: mark-z is there and nobody sent it",
    in_another_order: "real_time_order_holds: mark-b was sent after mark-a was acknowledged",
    before_what_was_acknowledged: "real_time_order_holds: mark-c was sent after mark-f was acknowledged",
    told_what_no_fault_explains: "nobody_is_surprised: 500",
    a_hole: "positions_have_no_hole: position 4 stands at place 3",
    a_hole_at_the_beginning: "positions_have_no_hole: position 2 stands at place 1",
    a_position_twice: "positions_have_no_hole: position 3 stands at place 4",
    time_stands_still: "time_rises_with_positions: position 4",
    a_version_twice: "streams_have_every_version_once: position 4 is version 3, not 4",
    another_past: "a_past_answer_never_changes: ",
    another_past_for_readers: "a_past_answer_never_changes: ",
    not_the_fold: "every_answer_is_the_fold_at_its_position: ",
    of_a_position_that_never_was: "every_answer_is_the_fold_at_its_position: ",
    too_early: "whoever_asks_for_a_position_gets_no_earlier_one: ",
}


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.__name__)
def test_a_breach_is_found(case: Case, breach: Callable[[Case], None]) -> None:
    breach(case)
    found = case.breaches()
    assert any(one.startswith(BREACHES[breach]) for one in found), found


def test_every_law_has_a_breach_that_is_found() -> None:
    assert {law.__name__ for law in LAWS} == {found.partition(":")[0] for found in BREACHES.values()}


# --- What is no breach -------------------------------------------------------------------------------------------


def test_what_readers_are_told_of_a_revision_between_two_editions_may_change_once_it_is_one(
    case: Case,
) -> None:
    between, published = "the edition before", "the edition that it became"
    case.history.answers += [Answer(BETWEEN, 2, between, is_kept=False), Answer(BETWEEN, 4, published)]
    assert case.breaches() == []
    case.history.answers.append(Answer(BETWEEN, 4, between))
    assert case.breaches() != []


def test_whose_times_overlap_may_stand_in_any_order(case: Case) -> None:
    case.attempt("mark-b").invoked = 2.5
    in_another_order(case)
    assert case.breaches() == []


def test_an_unknown_may_be_there_however_late(case: Case) -> None:
    case.attempt("mark-c").invoked = 0.1
    assert case.breaches() == []


def test_what_was_first_refused_and_then_acknowledged_may_be_there(case: Case) -> None:
    case.attempt("mark-a").outcome = "fail"
    assert case.breaches() == []


def test_what_is_of_now_may_change_from_answer_to_answer(case: Case) -> None:
    case.history.answers.append(Answer(NOW, 2, "at 2"))
    case.history.answers[-1] = replace(case.history.answers[-1], question=replace(NOW, at_least=1))
    assert case.breaches() == []
