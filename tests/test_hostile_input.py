"""Does what comes from outside cost no more than in proportion to its size, and is it read beside the event loop?"""

import json
from threading import get_ident
from typing import Any

import pytest

from api import json_text
from api.http import bodies
from api.http.bodies import BodyReader
from api.http.statuses import TooManyValues, WrongThroughout
from api.json_text import NoJson
from ledger import commands, limits
from ledger.commands import FileCopy, ReportFact
from ledger.words import Closed
from tests.desk import FACT, Desk, problem
from tests.test_limits import holds


class Compared(str):
    """A name that counts how often it is compared with another, or looked up."""

    __slots__ = ()
    times = 0

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        Compared.times += 1
        return str.__hash__(self)


def test_names_are_looked_at_so_often_as_there_are_names() -> None:
    pairs: list[tuple[str, Any]] = [(Compared(f"n{number}"), 1) for number in range(5_000)]
    Compared.times = 0
    with pytest.raises(NoJson, match="'n4999' is in one object twice"):
        json_text._each_name_once([*pairs, (Compared("n4999"), 1)])
    assert Compared.times < 10 * len(pairs)


def test_a_name_that_is_there_twice_among_many_is_refused(desk: Desk, story: str) -> None:
    names = [f"n{number}" for number in range(20_000)]
    said = ",".join(f'"{name}":1' for name in [*names, names[-1]])
    answer = desk.client().post(
        f"/v1/stories/{story}/facts",
        content=f'{{"q":1.5,{said}}}',
        headers={"content-type": "application/json"},
    )
    assert "'n19999' is in one object twice" in problem(answer, 400, "bad-json")["detail"]


def look_at(command: Any, body: Any) -> Any:
    return BodyReader(command)._look_at(json.dumps(body).encode())


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    return desk.open()


@holds("ITEMS_IN_BODY", "NAMES_IN_BODY", "PROBLEMS_LOOKED_AT", "PROBLEMS_TOLD")
def test_a_body_holds_so_much_and_no_more() -> None:
    lists = [[0] * 1_000, [0] * 1_000]
    assert look_at(ReportFact, {"entities": [*lists, [0] * (limits.ITEMS_IN_BODY - 2_003)]})
    with pytest.raises(TooManyValues, match="at most 2500 items in its arrays"):
        look_at(ReportFact, {"entities": [*lists, [0] * (limits.ITEMS_IN_BODY - 2_002)]})
    objects = [{f"n{number}": 1 for number in range(50)} for _ in range(300)]
    with pytest.raises(WrongThroughout):
        look_at(ReportFact, {"citations": objects[1:]})
    with pytest.raises(TooManyValues, match="at most 15000 names in its objects"):
        look_at(ReportFact, {"citations": objects})


def test_of_what_is_wrong_throughout_only_how_much_is_said(desk: Desk, story: str) -> None:
    some = {"citations": [0] * (limits.PROBLEMS_LOOKED_AT - 1)}
    told = problem(desk.try_post(f"/v1/stories/{story}/facts", FACT | some), 422, "invalid-body")
    assert len(told["errors"]) == limits.PROBLEMS_TOLD
    many = {"citations": [0] * (limits.PROBLEMS_LOOKED_AT + 1)}
    told = problem(desk.try_post(f"/v1/stories/{story}/facts", FACT | many), 422, "wrong-throughout")
    assert told["detail"].startswith("501 things are wrong with this body, too many to name them.")


@holds("LONGEST_ARRAY")
def test_no_command_takes_a_longer_array_than_is_looked_at() -> None:
    def lengths(schema: Any) -> list[int]:
        inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
        own = [schema["maxItems"]] if isinstance(schema, dict) and "maxItems" in schema else []
        return own + [length for each in inside for length in lengths(each)]

    taken = [
        length
        for command in vars(commands).values()
        if isinstance(command, type) and issubclass(command, Closed)
        for length in lengths(command.model_json_schema())
    ]
    assert max(taken) == limits.LONGEST_ARRAY
    too_long = {"text": "x", "spans": [{"fact": 1, "start": 0, "end": 1, "exact": "x"}] * 4_000}
    cut = look_at(FileCopy, too_long)
    assert len(cut["spans"]) == limits.LONGEST_ARRAY + 1


@holds("BODY_ON_LOOP")
def test_a_large_body_is_read_beside_the_event_loop(
    desk: Desk, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_by = []
    parse = json_text.parse

    def watched(body: bytes) -> Any:
        read_by.append(get_ident())
        return parse(body)

    monkeypatch.setattr(bodies, "parse", watched)
    long = FACT | {
        "statement": "A train " * 600,
        "note": [{"role": "desk", "text": "x" * 5_000, "is_publishable": False}] * 2,
    }
    desk.try_post(f"/v1/stories/{story}/facts", FACT)
    desk.try_post(f"/v1/stories/{story}/facts", long)
    desk.try_post(f"/v1/stories/{story}/facts", FACT)
    loop, thread, again = read_by
    assert loop == again != thread


@pytest.mark.thorough
@holds("PARAMETERS")
@pytest.mark.parametrize("path", ["/v1/stories", "/"])
def test_an_address_with_too_many_parameters_is_not_taken_apart(desk: Desk, path: str) -> None:
    query = "&".join(f"p{number}=1" for number in range(limits.PARAMETERS + 1))
    answer = desk.client(None).get(f"{path}?{query}")
    assert answer.status_code == 400
    assert f"more than {limits.PARAMETERS} parameters" in answer.text
    answer = desk.client(None).get(f"{path}?{query.rpartition('&')[0]}")
    assert answer.status_code == 400
    assert "There is no parameter" in answer.text
