"""Do the desk and readers see what they should of the example, at every turn of its publication; and is it told so?"""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import Response
from rich.console import Console

from api.server.embedded import EmbeddedPostgres
from api.terminal.demo import tell
from api.terminal.filing_example import ROLES, DemoFailed, Filed, file_example, read_session
from api.terminal.rendering import how_long
from api.terminal.side_by_side import Answer, tell_side_by_side
from ledger.words import parse_instant
from tests.newsroom import Server, open_newsroom, serving

SESSION = read_session()
STORY = f"/v1/stories/{SESSION['story']}"
TURNS = [moment["name"] for moment in SESSION["moments"] if "side_by_side" in moment]
MONDAY = "Kim left Pyongyang for Russia by his private train on Monday afternoon."
SUNDAY = MONDAY.replace("Monday", "Sunday")
ARRIVES, MEET = "Kim Jong-un arrives in Russia to meet Putin", "Kim Jong-un and Putin meet in Russia"


@dataclass(slots=True)
class Turn:
    """A moment of the example: where it is in the ledger, and what was answered while it was filed, and later."""

    position: int
    desk: dict[str, Any]
    readers: Response
    now: Response
    """What readers were answered then without naming a moment."""
    alone: Response | None
    """What the first person was answered who tried to approve, too."""
    later: Response | None = None

    @property
    def publication(self) -> dict[str, Any]:
        told: dict[str, Any] = self.desk["publication"]
        return told


@dataclass(slots=True)
class Demonstration:
    """The example filed and told: the first time, again, again under keys that are lost, and once it is held."""

    turns: dict[str, Turn] = field(default_factory=dict)
    counts: list[tuple[int, int]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def demonstration(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Demonstration]:
    with open_newsroom(servers("embedded")) as newsroom, serving(newsroom) as server:
        yield demonstrated(server)


def demonstrated(server: Server) -> Demonstration:
    shown = Demonstration()

    def tell_it(*, are_new: bool, turns: dict[str, Turn] | None = None) -> None:
        ledgers, out = server.ledgers(ROLES), Console(file=io.StringIO(), width=80, markup=False)
        filed: Iterable[Filed] = file_example(ledgers, are_new=are_new)
        if turns is not None:
            filed = watched(server, filed, turns)
        shown.counts.append(tell(ledgers["editor"], server.ledger(None), filed, out))
        assert isinstance(out.file, io.StringIO)
        shown.told.append(out.file.getvalue())

    tell_it(are_new=True, turns=shown.turns)
    tell_it(are_new=False)
    tell_it(are_new=True)
    for turn in shown.turns.values():
        turn.later = readers_at(server, turn.position)
    server.client("editor").post(f"{STORY}/holds", json={"reason": "Look again."})
    tell_it(are_new=False)
    return shown


def watched(server: Server, filed: Iterable[Filed], turns: dict[str, Turn]) -> Iterator[Filed]:
    """The moments as they are filed, each looked at before the next is."""
    for then in filed:
        if "side_by_side" in then.moment:
            desk = server.client("editor").get(f"{STORY}?position={then.position}").json()
            now = server.client(None).get(f"{STORY}?at_least={then.position}")
            turns[then.moment["name"]] = Turn(
                then.position, desk, readers_at(server, then.position), now, approved_alone(server, then)
            )
        yield then


def readers_at(server: Server, position: int) -> Response:
    return server.client(None).get(f"{STORY}?position={position}")


def approved_alone(server: Server, then: Filed) -> Response | None:
    """What whoever asked for an approval is answered who gives it, too."""
    (call,) = then.moment["calls"]
    if call.get("answers") != 202:
        return None
    approval = 1 if call["post"].endswith("/kills") else 2
    return server.client(call["as"]).post(f"{STORY}/approvals/{approval}/approve", json={})


def fact(story: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = story["facts"][number - 1]
    assert found["fact"] == number
    return found


def without_request_id(answer: Response) -> tuple[int, str, dict[str, Any]]:
    told = answer.json()
    told.pop("request_id", None)
    return answer.status_code, answer.headers["content-type"], told


# --- What they see -----------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_it_goes_through_every_turn_in_order(demonstration: Demonstration) -> None:
    assert list(demonstration.turns) == TURNS
    assert [demonstration.turns[name].publication["state"] for name in TURNS] == [
        "published", "published", "held", "published", "published", "killed", "killed", "published", "published",
    ]  # fmt: skip
    assert [demonstration.turns[name].readers.status_code for name in TURNS] == [
        200, 200, 404, 200, 200, 410, 410, 200, 200,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "desk_revision", "readers_revision", "desk_says", "readers_say"),
    [
        ("published", 36, 35, MONDAY, MONDAY),
        ("corrected", 42, 41, SUNDAY, SUNDAY),
        ("released", 48, 41, SUNDAY, SUNDAY),
        ("kill-asked", 49, 41, SUNDAY, SUNDAY),
        ("restored", 54, 41, SUNDAY, SUNDAY),
        ("updates-published", 58, 57, SUNDAY, SUNDAY),
    ],
)
def test_readers_see_the_fact_as_it_was_published_and_the_desk_as_it_is(
    demonstration: Demonstration,
    name: str,
    desk_revision: int,
    readers_revision: int,
    desk_says: str,
    readers_say: str,
) -> None:
    turn = demonstration.turns[name]
    readers = turn.readers.json()
    assert (turn.desk["revision"], readers["revision"]) == (desk_revision, readers_revision)
    assert turn.publication["revision"] == readers_revision
    assert (fact(turn.desk, 4)["statement"], fact(readers, 4)["statement"]) == (desk_says, readers_say)


def test_the_slip_ran_and_readers_are_told_for_how_long(demonstration: Demonstration) -> None:
    before, after = (demonstration.turns[name].readers.json() for name in ("published", "corrected"))
    assert before["changes"] == before["correctives"] == before["publication"]["signals"] == []
    assert len(demonstration.turns["corrected"].desk["correctives"]) == 1
    assert ["on Monday afternoon" in told["copy"]["text"] for told in (before, after)] == [True, False]
    assert after["publication"]["signals"] == ["sig:update", "sig:correction"]
    corrective, correction = after["changes"]
    assert (corrective["kind"], corrective["fact"], corrective["ran_in"]) == ("corrective", 4, 35)
    assert (correction["kind"], correction["fact"], correction["wrong_version"]) == ("correction", 4, 1)
    published = parse_instant(before["publication"]["published_at"])
    until = parse_instant(after["publication"]["published_at"])
    assert parse_instant(correction["public_from"]) == published
    assert correction["public_seconds"] == pytest.approx((until - published).total_seconds())
    assert correction["public_seconds"] > 0


def test_what_is_held_is_for_readers_as_if_it_were_not_there(demonstration: Demonstration) -> None:
    held = without_request_id(demonstration.turns["held"].readers)
    assert held[2]["detail"] == "There is nothing here for readers."
    assert demonstration.turns["held"].desk["headline"] == ARRIVES
    assert fact(demonstration.turns["held"].desk, 6)["standing"] == "retracted"


def test_one_person_alone_neither_kills_nor_restores(demonstration: Demonstration) -> None:
    for name, number, act, before in (
        ("kill-asked", 1, "kill", "released"),
        ("restoration-asked", 2, "restoration", "killed"),
    ):
        turn = demonstration.turns[name]
        (pending,) = turn.publication["approvals"]
        assert (pending["approval"], pending["act"]["act"]) == (number, act)
        assert without_request_id(turn.readers) == without_request_id(demonstration.turns[before].readers)
        assert turn.alone is not None
        assert turn.alone.status_code == 403
        assert turn.alone.json()["type"].endswith(":needs-second-person")
    for name in ("killed", "restored"):
        assert demonstration.turns[name].publication["approvals"] == []


def test_what_is_killed_is_a_tombstone_with_the_notice_and_no_reason(demonstration: Demonstration) -> None:
    turn = demonstration.turns["killed"]
    told = turn.readers.json()
    assert told["tombstone"]["kind"] == "kill"
    assert told["tombstone"]["since"] == turn.desk["recorded_at"]
    assert told["detail"] == "We have withdrawn this story: it was published by mistake."
    assert "draft" not in turn.readers.text


def test_what_was_restored_is_what_it_was(demonstration: Demonstration) -> None:
    restored, before = (demonstration.turns[name].readers.json() for name in ("restored", "released"))
    assert restored == before


def test_the_updates_are_seen_once_they_are_published(demonstration: Demonstration) -> None:
    before, after = (demonstration.turns[name].readers.json() for name in ("restored", "updates-published"))
    assert (before["headline"], after["headline"]) == (ARRIVES, MEET)
    assert fact(before, 13)["kind"] == "planned"
    assert fact(after, 13)["statement"] == "Kim and Putin have met."
    assert fact(after, 6)["standing"] == "retracted"
    came = [(change["kind"], change["fact"]) for change in after["changes"]]
    assert came[:3] == [("update", 13), ("retraction", 6), ("clarification", 3)]
    assert after["changes"][3:] == before["changes"]


def test_what_readers_saw_at_the_moment_is_what_they_see_of_it_later(demonstration: Demonstration) -> None:
    for turn in demonstration.turns.values():
        assert turn.later is not None
        now, then, later = map(without_request_id, (turn.now, turn.readers, turn.later))
        assert now == then == later


# --- How it is told ----------------------------------------------------------------------------------------------


def sections(told: str) -> dict[str, str]:
    """What is told under each title of the tables, every line with its left and its right side."""
    parts = told.split("DESK AND READERS: ")[1:]
    return {part.partition("\n")[0]: part.partition("═")[0] for part in parts}


def told_of(told: str, name: str) -> tuple[str, str]:
    """(the desk's side, the readers' side) of a moment's table, each as one line."""
    title = next(moment["title"] for moment in SESSION["moments"] if moment["name"] == name)
    rows = [line.split("│") for line in sections(told)[f"{title} (invented)"].splitlines() if "│" in line]
    left, right = (" ".join(" ".join(row[side] for row in rows).split()) for side in (0, 1))
    return left, right


def test_it_is_told_the_same_the_second_time_and_under_new_keys(demonstration: Demonstration) -> None:
    first, again, with_new_keys, _ = demonstration.told
    assert first == again == with_new_keys
    calls = sum(len(moment["calls"]) for moment in SESSION["moments"])
    assert demonstration.counts == [(calls, 0), (0, calls), (0, calls), (0, calls)]


@pytest.mark.parametrize(
    ("name", "desk", "readers"),
    [
        ("published", ["published", "readers see edition 1", MONDAY], ["200 usable", "edition 1 since 2", MONDAY]),
        (
            "corrected",
            ["revision 42, readers see edition 2", f"v2: {SUNDAY}", "corrective on fact 4, ran in 35"],
            [
                "200 usable sig:update sig:correction",
                SUNDAY,
                "CORRECTION fact 4: We had Kim leave Pyongyang on Monday afternoon.",
                "Public for some seconds.",
                "CORRECTIVE fact 4, ran in 35: As first published, this story had Kim leave",
            ],
        ),
        ("held", ["held, withheld", ARRIVES], ["404 There is nothing here for readers."]),
        ("released", ["published, usable", ARRIVES], ["200 usable", "edition 2", ARRIVES]),
        ("kill-asked", ["published", "approval 1: kill waits for a second person"], ["200 usable", ARRIVES]),
        ("killed", ["killed, canceled", ARRIVES], ["410 We have withdrawn this story: it was published by"]),
        ("restoration-asked", ["killed", "approval 2: restoration waits for a second person"], ["410 We have"]),
        ("restored", ["published, usable", "readers see edition 2", SUNDAY], ["200 usable", "edition 2", SUNDAY]),
        (
            "updates-published",
            [MEET, "fact 6 v2 ✗ withdrawn", "fact 13 v2: Kim and Putin have met."],
            [MEET, "fact 6 v2 ✗ withdrawn", "RETRACTION fact 6", "CLARIFICATION fact 3", "UPDATE fact 13"],
        ),
    ],
)  # fmt: skip
def test_each_turn_is_told_side_by_side(
    demonstration: Demonstration, name: str, desk: list[str], readers: list[str]
) -> None:
    left, right = told_of(demonstration.told[0], name)
    right = re.sub(
        r"Public for \d+(\.\d+)? s\.", "Public for some seconds.", right
    )  # as fast as the machine is
    assert [words for words in desk if words not in left] == []
    assert [words for words in readers if words not in right] == [], right


def test_nothing_of_the_headline_is_told_to_readers_of_what_is_held_or_killed(
    demonstration: Demonstration,
) -> None:
    for name in ("held", "killed", "restoration-asked"):
        _, right = told_of(demonstration.told[0], name)
        assert "Kim" not in right


def test_the_calls_are_told_with_their_answers_in_80_columns(demonstration: Demonstration) -> None:
    told = demonstration.told[0]
    assert "editor: POST …/kills → 202, position " in told
    assert "standards: POST …/approvals/1/approve → 201, position " in told
    assert max(map(len, told.splitlines())) <= 80
    assert len(sections(told)) == len(TURNS)


def test_once_it_is_held_the_past_of_readers_is_hidden_and_that_is_said(demonstration: Demonstration) -> None:
    told = demonstration.told[-1]
    left, right = told_of(told, "published")
    assert MONDAY in left
    assert right == "READERS, without one 404 There is nothing here for readers."
    told_so = "What is held or withdrawn by now, readers do not see as of then, either."
    assert told_so in told
    assert told_so not in demonstration.told[0]


@pytest.mark.thorough
def test_an_example_filed_in_part_under_lost_keys_is_refused(server: Server) -> None:
    ledgers = server.ledgers(ROLES)
    next(file_example(ledgers, are_new=True))
    with pytest.raises(DemoFailed, match="begin anew in another folder"):
        next(file_example(ledgers, are_new=True))
    assert next(file_example(ledgers, are_new=False)).new == 0


def test_what_the_ledger_holds_does_not_steer_the_terminal() -> None:
    out = Console(file=io.StringIO(), width=80, markup=False)
    steering = "\x9b2J [bold]\u202e"
    desk = {
        "revision": 2,
        "headline": steering,
        "publication": {"state": "held", "pub_status": "withheld", "approvals": []},
    }
    tell_side_by_side(out, desk, Answer(410, {"detail": steering}), ["headline"])
    assert isinstance(out.file, io.StringIO)
    told = out.file.getvalue()
    assert not {"\x9b", "\u202e"} & set(told)
    assert told.count("[bold]") == 2


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.231566, "0.232 s"),
        (59, "59 s"),
        (59.9999, "60 s"),
        (60, "1 min"),
        (3_725, "1 h 2 min"),
        (86_400, "1 d"),
        (86_400 + 3_600 * 5 + 59, "1 d 5 h"),
        (100 * 86_400 + 61, "100 d"),
    ],
)
def test_how_long_it_was_is_said_in_two_units_at_most(seconds: float, said: str) -> None:
    assert how_long(seconds) == said


def test_every_word_of_what_matters_can_be_told() -> None:
    words = {word for moment in SESSION["moments"] for word in moment.get("side_by_side", ())}
    assert {word.split()[0] for word in words} == {"headline", "fact", "correctives", "changes"}
    assert "side_by_side" not in json.dumps(SESSION["moments"][0])
