"""Is a table of facts filed once, and what a later state of it changes only after a person said what that means?"""

import csv
import json
import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from api.formats import fact_table
from api.formats.addresses import Site
from api.formats.telling import Telling
from api.intake.fact_filing import Answer
from api.terminal.answers import Answers
from api.terminal.taking import Report, Tables, take
from ledger.store.store import read_head
from tests.carrying import Line, carry_in, line, run
from tests.newsroom import Newsroom

# A table as a statistics office puts it on its site, each spring anew: decimals in dots, names in its own language.
STATES = {
    "2019-03-01": [
        ("ZL-1", "Zell", "Fahrgäste 2018", "1200", "estimate"),
        ("ZL-2", "Zell", "Züge 2018", "310", ""),
        ("OR-1", "Ora", "Fahrgäste 2018", "88.5", "in thousands"),
    ],
    "2020-03-01": [
        ("ZL-1", "Zell", "Fahrgäste 2018", "1180", ""),  # revised
        ("ZL-2", "Zell", "Züge 2018", "310", ""),
        ("OR-1", "Ora", "Fahrgäste 2018", "88.5", "in thousands"),
        ("ZL-3", "Zell", "Fahrgäste 2019", "1333", ""),
    ],
    "2021-03-01": [
        ("ZL-1", "Zell", "Fahrgäste 2018", "1180", ""),
        ("OR-1", "Ora", "Fahrgäste 2018", "89", "in thousands"),  # a digit was wrong
        ("ZL-3", "Zell", "Fahrgäste 2019", "1333", ""),
    ],
}
TABLES: dict[str, Any] = {
    "columns": {"Nr": "key", "Ort": "place", "Wert": "figure"},
    "given": {
        "story": "trains",
        "source": "Statistikamt",
        "unit": "Stück",
        "statement": "{Was} in {Ort}: {Wert}",
    },
}


def written(folder: Path, rows: Sequence[tuple[str, ...]], name: str = "table") -> Path:
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([("Nr", "Ort", "Was", "Wert", "Anmerkung"), *rows])
    return path


def desk(newsroom: Newsroom) -> None:
    lines: list[Line] = [
        line("register", {"slug": "stat", "name": "Statistikamt", "kind": "agency"}),
        line("open", {"slug": "trains", "headline": "Trains", "language": "de", "desk": "data"}),
    ]
    assert not carry_in(newsroom, lines)[1]


def taken(
    newsroom: Newsroom,
    path: Path,
    created: str | None = None,
    answers: Answers | None = None,
    **otherwise: str,
) -> Report:
    secret, _ = newsroom.issue_key(
        "editor", f"{path} {created} {otherwise} {read_head(newsroom.views)[0]}"[-100:]
    )
    said = {
        what: Answer(answer, reason="The office says so.", was_wrong="A digit.")
        for what, answer in otherwise.items()
    }
    tables = Tables(
        name="table",
        created=f"{created}T00:00:00Z" if created else None,
        answers=answers or Answers(None, said),
        **TABLES,
    )
    report = take(newsroom.database, (str(path),), secret, "stat", path.parent / "refused", tables)
    if report.trouble:
        raise report.trouble
    return report


def sum_of(report: Report) -> tuple[int, int, int, int]:
    return report.taken, report.replayed, report.asked, report.refused


def facts(newsroom: Newsroom) -> list[dict[str, Any]]:
    newsroom.catch_up()
    return list(json.loads(newsroom.read("trains"))["facts"])


def test_a_row_is_a_fact_and_run_again_it_changes_nothing(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    path = written(tmp_path, STATES["2019-03-01"])
    report = taken(newsroom, path)
    assert sum_of(report) == (3, 0, 0, 0)
    assert report.without_place == {"Anmerkung": 2}
    first = facts(newsroom)[0]
    assert first["statement"] == "Fahrgäste 2018 in Zell: 1200"
    assert (first["kind"], first["figure"], first["place"]) == (
        "figure",
        {"value": "1200", "unit": "Stück"},
        "Zell",
    )
    assert first["attribution"][0]["source"] == "stat"
    head = read_head(newsroom.views)[0]
    assert sum_of(taken(newsroom, path)) == (0, 3, 0, 0)
    assert read_head(newsroom.views)[0] == head + 2  # a member, and its key


@pytest.mark.thorough
def test_what_changed_or_is_gone_waits_for_an_answer(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    taken(newsroom, written(tmp_path, STATES["2019-03-01"]))
    later = written(tmp_path, STATES["2020-03-01"])
    assert sum_of(taken(newsroom, later)) == (1, 2, 1, 0)  # the new row is filed, the changed one asked about
    assert [fact["version"] for fact in facts(newsroom)] == [1, 1, 1, 1]
    assert sum_of(taken(newsroom, later, changed="update")) == (1, 3, 0, 0)
    assert facts(newsroom)[0]["statement"] == "Fahrgäste 2018 in Zell: 1180"
    assert sum_of(taken(newsroom, later)) == (0, 4, 0, 0)
    last = written(tmp_path, STATES["2021-03-01"])
    assert sum_of(taken(newsroom, last)) == (0, 2, 2, 0)
    assert sum_of(taken(newsroom, last, changed="correction", gone="retraction")) == (2, 2, 0, 0)
    assert sum_of(taken(newsroom, last)) == (0, 3, 0, 0)
    shown = facts(newsroom)
    assert shown[1]["standing"] == "retracted"
    assert shown[2]["corrections"] == 1
    assert shown[2]["corrected"]["affects"] == ["numbers"]


@pytest.mark.thorough
def test_all_states_in_one_go_stand_as_they_stood(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    for created, rows in STATES.items():
        report = taken(newsroom, written(tmp_path, rows), created, changed="update", gone="retraction")
        assert not report.asked
    newsroom.catch_up()
    for created, rows in STATES.items():
        shown = run(newsroom, "show", "trains", "--as-of", created, "--clock", "source", "--json")
        assert shown.returncode == 0, shown.stderr
        told = json.loads(shown.stdout)["facts"]
        standing = [fact["figure"]["value"] for fact in told if fact["standing"] == "standing"]
        assert sorted(standing) == sorted(row[3] for row in rows)


def test_an_older_state_that_comes_late_changes_nothing(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    taken(newsroom, written(tmp_path, STATES["2020-03-01"]), "2020-03-01")
    before = facts(newsroom)
    report = taken(newsroom, written(tmp_path, STATES["2019-03-01"]), "2019-03-01")
    assert (report.asked, report.refused, report.late) == (0, 0, 1)
    assert facts(newsroom) == before


@pytest.mark.thorough
def test_a_state_that_goes_back_is_a_change_of_its_own(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    one, other = STATES["2019-03-01"], STATES["2020-03-01"][:3]
    for number, rows in enumerate((one, other, one, other, one), 1):
        taken(newsroom, written(tmp_path, rows), changed="update")
        assert facts(newsroom)[0]["version"] == number
        assert facts(newsroom)[0]["figure"]["value"] == rows[0][3]


@pytest.mark.thorough
def test_what_the_desk_mended_stays_where_the_row_is_as_it_was(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    path = written(tmp_path, STATES["2019-03-01"])
    taken(newsroom, path)
    mended = {"expected_version": 1, "place": "Zell am See", "reason": "In full."}
    assert not carry_in(newsroom, [line("clarify", mended, story="trains", fact=1)])[1]
    assert sum_of(taken(newsroom, path)) == (0, 3, 0, 0)
    taken(newsroom, written(tmp_path, STATES["2020-03-01"]), changed="update")
    assert facts(newsroom)[0]["place"] == "Zell am See"
    assert facts(newsroom)[0]["figure"]["value"] == "1180"


@pytest.mark.thorough
def test_answers_come_back_in_the_file_that_asked_for_them(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    taken(newsroom, written(tmp_path, STATES["2019-03-01"]))
    # A row has another key now, one has another figure, and one is gone.
    path = written(
        tmp_path, [("ZL-9", *STATES["2019-03-01"][0][1:]), ("OR-1", "Ora", "Fahrgäste 2018", "89", "")]
    )
    questions = tmp_path / "answers.csv"
    assert sum_of(taken(newsroom, path, answers=Answers(questions, {}))) == (0, 0, 4, 0)
    assert sum_of(taken(newsroom, path, answers=Answers(questions, {}))) == (0, 0, 4, 0)
    with questions.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["what"], row["key"]) for row in rows] == [
        ("new", "ZL-9"), ("changed", "OR-1"), ("gone", "ZL-1"), ("gone", "ZL-2"),
    ]  # fmt: skip
    assert "88.5" in rows[1]["differs"]
    said = {
        "ZL-9": {"answer": "clarification", "was": "ZL-1", "reason": "A key of its own."},
        "OR-1": {
            "answer": "correction",
            "reason": "They wrote.",
            "was_wrong": "A digit.",
            "cause": "source_error",
        },
        "ZL-2": {"answer": "retraction", "reason": "Withdrawn."},
    }
    answered = [row | said.get(row["key"], {}) for row in rows]
    with questions.open("w", encoding="utf-8", newline="") as file:  # as another program saves it
        out = csv.DictWriter(file, list(rows[0]), delimiter=";")
        out.writeheader()
        out.writerows(answered)
    report = taken(newsroom, path, answers=Answers(questions, {}))
    assert sum_of(report) == (3, 0, 0, 0)
    assert [fact["standing"] for fact in facts(newsroom)] == ["standing", "retracted", "standing"]
    assert sum_of(taken(newsroom, path)) == (0, 2, 0, 0)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("rows", "given", "why"),
    [
        ([("1", "Zell", "x", "12", "")], {"source": "Nobody Known"}, "there is no source"),
        ([("1", "Zell", "x", "12", "")], {"unit": ""}, "unit"),
        ([("1", "Zell", "x", "12", "")], {"story": "nowhere"}, "there is no story"),
        ([("1", "Zell", "x", "12", "")], {"story": ""}, "of which story"),
        ([("1", "Zell", "x", "12", "")], {"source": ""}, "who says it"),
        ([("1", "Zell", "x", "12", "")], {"statement": "{Wer}"}, "no column"),
        ([("1", "Zell", "x", "12", "")], {"kind": "gossip"}, "kind"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_filed_says_why_and_stops_no_other(
    newsroom: Newsroom,
    tmp_path: Path,
    rows: list[tuple[str, ...]],
    given: dict[str, str],
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk(newsroom)
    monkeypatch.setitem(TABLES, "given", TABLES["given"] | given)
    head = read_head(newsroom.views)[0]
    report = taken(newsroom, written(tmp_path, rows))
    assert (report.refused, read_head(newsroom.views)[0]) == (1, head + 2)
    assert why in capsys.readouterr().err
    [told] = (tmp_path / "refused" / "refused.ndjson").read_text().splitlines()
    assert json.loads(told)["why"]


def test_where_a_row_cannot_be_read_none_is_said_to_be_gone(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    taken(newsroom, written(tmp_path, STATES["2019-03-01"]))
    path = written(tmp_path, [("ZL-1", "Zell", "Fahrgäste 2018", "1200", ""), ("", "Zell", "Züge", "1", "")])
    report = taken(newsroom, path, gone="retraction")
    assert sum_of(report) == (0, 1, 0, 1)


@pytest.mark.thorough
def test_on_the_command_line(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    secret, _ = newsroom.issue_key("editor")
    words = ["take", str(written(tmp_path, STATES["2019-03-01"])), "--key", secret, "--provider", "stat"]
    words += ["--refused", str(tmp_path / "refused"), "--created", "2019-03-01"]
    words += [f"--column={name}={part}" for name, part in TABLES["columns"].items()]
    words += [f"--set={part}={text}" for part, text in TABLES["given"].items()]
    first = run(newsroom, *words)
    assert (first.returncode, b"3 taken" in first.stderr) == (0, True), first.stderr
    words[1] = str(written(tmp_path, STATES["2021-03-01"]))
    asked = run(newsroom, *words, "--answers", str(tmp_path / "answers.csv"))
    assert asked.returncode == 1
    assert b"88.5" in asked.stderr
    assert b"fill in" in asked.stderr
    assert "ZL-2" in (tmp_path / "answers.csv").read_text()
    assert run(newsroom, *words, "--answer", "gone=update").returncode == 2
    assert run(newsroom, *words, "--set", "mood=x").returncode == 2


FACTS: list[dict[str, Any]] = [
    {"statement": "=Twelve, all told", "kind": "figure", "figure": {"value": "-5", "unit": "°C"}, "place": "Zell"},
    {"statement": 'He said “no”;\nand "left"', "kind": "quote", "entities": ["Ada, of Zell", "Ora"]},
    {"statement": "Off it went", "kind": "background", "terms": "background", "occurred": {"resolved": "2023-09"}},
    {"statement": "Cited", "kind": "event", "citations": [{"source": "stat", "url": "https://stat.example/1"}]},
]  # fmt: skip


def table_of(newsroom: Newsroom, slug: str) -> str:
    """The facts of a story as the desk exports them."""
    newsroom.catch_up()
    document = json.loads(newsroom.read(slug))
    return fact_table.written(Telling(Site("https://news.example"), slug, document, is_desk=True))


def test_the_facts_that_go_out_come_in_again_as_they_were(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as a table can carry them."""
    desk(newsroom)
    chain = [{"source": "stat", "cue": "reported", "speech": "indirect"}, {"source": "ora", "cue": "said"}]
    lines = [
        line("register", {"slug": "ora", "name": "Amt von Ora", "kind": "organisation"}),
        line("open", {"slug": "first", "headline": "Trains", "language": "de", "desk": "data"}),
        line("open", {"slug": "other", "headline": "Trains", "language": "de", "desk": "data"}),
    ]
    for fact in FACTS:
        is_quote = fact["kind"] == "quote"
        said = {"speech": "direct", "quote": "“No”"} if is_quote else {"speech": "indirect"}
        lines.append(line("report", fact | {"attribution": [chain[0], chain[1] | said]}, story="first"))
    lines.append(line("report", FACTS[0] | {"attribution": chain[:1], "statement": "Gone"}, story="first"))
    lines.append(line("retract", {"expected_version": 1, "reason": "Wrong."}, story="first", fact=5))
    keyed = [one | {"key": f"line {number}"} for number, one in enumerate(lines)]
    assert not carry_in(newsroom, keyed)[1]
    before = table_of(newsroom, "first")
    path = tmp_path / "facts.csv"
    path.write_text(re.sub("(?m)^first,", "other,", before), newline="")
    monkeypatch.setitem(TABLES, "columns", {})
    monkeypatch.setitem(TABLES, "given", {})
    assert sum_of(taken(newsroom, path)) == (4, 1, 0, 0)
    after = table_of(newsroom, "other")
    rows = [list(csv.DictReader(StringIO(text, newline=""))) for text in (before, after)]
    carried = [
        [{name: row[name] for name in row if name not in ("story", "version")} for row in of] for of in rows
    ]
    assert carried[1] == carried[0][:4]
    assert sum_of(taken(newsroom, path)) == (0, 5, 0, 0)


def test_a_source_that_was_joined_is_read_as_the_one_that_goes_on(newsroom: Newsroom, tmp_path: Path) -> None:
    desk(newsroom)
    other = line("register", {"slug": "stat-2", "name": "Zahlenamt", "kind": "agency"})
    assert not carry_in(newsroom, [other])[1]
    first = STATES["2019-03-01"]
    taken(newsroom, written(tmp_path, first))
    joined = line("merge-source", {"into": "stat-2", "reason": "One house"}, source="stat")
    assert not carry_in(newsroom, [joined])[1]
    # In the same words, but not the same file: that the source is another by now is no difference.
    assert sum_of(taken(newsroom, written(tmp_path, first[::-1], "again"))) == (0, 3, 0, 0)
    more = [*first, ("ZL-3", "Zell", "Fahrgäste 2019", "1333", "")]
    assert sum_of(taken(newsroom, written(tmp_path, more, "later"), new="new")) == (1, 3, 0, 0)
    assert [fact["attribution"][0]["source"] for fact in facts(newsroom)] == [*["stat"] * 3, "stat-2"]
