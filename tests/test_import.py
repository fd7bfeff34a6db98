"""Does an import record each line once and in order, as the API would, whatever the file holds and whoever kills it?"""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any, get_args
from uuid import uuid4

import pytest

from api.http import lines
from api.terminal import importing as importing_
from api.terminal.importing import actor_of
from ledger import limits
from ledger.commands import Command, Series, Submission
from ledger.permitted import MAY
from ledger.refusals import KeyRefused, NoKeyInForce, NoSuchMember
from ledger.store.store import read_head
from ledger.words import SLUGS, Role
from tests.carrying import FACT, LINK, Line, actors, as_file, carry_in, command, line, opening, reporting, run
from tests.newsroom import Newsroom, Server
from tests.views import events_of, eventually

EXAMPLE = Path(__file__).parent.parent / "examples" / "import.ndjson"
ROLES: tuple[Role, ...] = get_args(Role)


def head(newsroom: Newsroom) -> int:
    return read_head(newsroom.views)[0]


def topics(newsroom: Newsroom) -> list[str]:
    """What happened to sources and stories, in order."""
    found = [recorded.event.topic.partition(".")[0] for recorded in events_of(newsroom.views)]
    return [topic for topic in found if not topic.startswith(("key-", "member-"))]


# --- Once, and in order ------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_lines_are_recorded_in_the_order_of_the_file_and_one_can_lean_on_those_before_it(
    newsroom: Newsroom,
) -> None:
    file = [
        *opening(),
        *map(reporting, range(1, 4)),
        line("update", {"expected_version": 1, "reason": "On", "place": "Khasan"}, story="story", fact=2),
        line("update", {"expected_version": 2, "reason": "On", "place": "Moscow"}, story="story", fact=2),
        line("undo", {"reason": "Not there yet"}, story="story", revision=6),
    ]
    report, refused = carry_in(newsroom, file)
    assert (report.recorded, report.replayed, refused) == (8, 0, [])
    assert report.position == head(newsroom)
    story = json.loads(newsroom.read())
    assert [fact["statement"] for fact in story["facts"]] == [f"Train {n} arrived" for n in (1, 2, 3)]
    assert (story["facts"][1]["place"], story["facts"][1]["version"]) == ("Khasan", 4)


@pytest.mark.thorough
def test_the_same_file_again_records_nothing_and_says_so(newsroom: Newsroom) -> None:
    newsroom.actor("editor")
    file = [*opening(), *map(reporting, range(2 * limits.IMPORT_LINES))]
    assert carry_in(newsroom, file)[0].recorded == len(file)
    before = head(newsroom)
    other_words = [dict(reversed(one.items())) for one in file]  # the same said in another order
    report, refused = carry_in(newsroom, other_words)
    assert (report.recorded, report.replayed, refused, report.position) == (0, len(file), [], None)
    assert head(newsroom) == before


@pytest.mark.thorough
def test_a_file_that_has_grown_and_one_that_was_shuffled_record_what_is_new(newsroom: Newsroom) -> None:
    file = [*opening(), *map(reporting, range(100))]
    carry_in(newsroom, file)
    new = list(map(reporting, range(100, 1_500)))
    report, refused = carry_in(
        newsroom, [*new, *file]
    )  # what is known comes when nobody looks for it any more
    assert (report.recorded, report.replayed, refused) == (len(new), len(file), [])
    statements = [fact["statement"] for fact in json.loads(newsroom.read())["facts"]]
    assert statements == [f"Train {n} arrived" for n in range(1_500)]


@pytest.mark.thorough
def test_a_key_that_came_with_something_else_is_refused_for_that_line_alone(newsroom: Newsroom) -> None:
    carry_in(newsroom, [*opening(), reporting(1)])
    changed = reporting(1) | {"with": FACT | {"statement": "Another train"}}
    for file in ([changed, reporting(2)], [reporting(3), reporting(4), reporting(3) | {"with": FACT}]):
        report, (refused,) = carry_in(newsroom, file)
        assert (refused.kind, refused.pointer) == ("key-reused", "/key")
        assert report.recorded == len(file) - 1


@pytest.mark.thorough
def test_a_key_is_its_members_own(newsroom: Newsroom) -> None:
    carry_in(newsroom, opening())
    assert carry_in(newsroom, [reporting(1)], "editor")[0].recorded == 1
    assert carry_in(newsroom, [reporting(1)], "standards")[0].recorded == 1
    assert carry_in(newsroom, [reporting(1)], "editor")[0].replayed == 1


@pytest.mark.thorough
def test_what_is_refused_is_not_made_possible_by_what_follows(newsroom: Newsroom) -> None:
    """In one group: the release is refused, because nothing is held yet, and then the story is held, and stays so."""
    file = [
        *opening(),
        reporting(1),
        line("publish", {"revision": 2, "reason": "Ready"}, story="story"),
        line("release", {"reason": "Go on"}, story="story"),
        line("hold", {"reason": "Look again"}, story="story"),
    ]
    report, (refused,) = carry_in(newsroom, file)
    assert (refused.line, refused.kind) == (5, "not-as-it-stands")
    assert report.recorded == 5
    assert topics(newsroom)[-2:] == ["story-published", "story-held"]


@pytest.mark.thorough
def test_a_fact_that_has_to_get_a_number_gets_no_other(newsroom: Newsroom) -> None:
    bad = reporting(1, attribution=[LINK | {"source": "nobody"}])
    file = [*opening(), bad | {"fact": 1}, reporting(2) | {"fact": 2}, reporting(3) | {"fact": 1}]
    report, refused = carry_in(newsroom, file)
    assert [(row.line, row.kind, row.pointer) for row in refused] == [
        (3, "unknown-source", "/with/attribution/0/source"),
        (4, "not-the-next-fact", "/fact"),
    ]
    assert report.recorded == 3


@pytest.mark.thorough
@pytest.mark.parametrize(
    "bad",
    [
        reporting(0, attribution=[LINK | {"source": "nobody"}]),
        reporting(0, statement=""),
        b"not JSON",
    ],
    ids=["by a rule", "by its form", "as no JSON"],
)
def test_a_strict_import_stops_at_the_first_line_that_is_refused(
    newsroom: Newsroom, bad: Line | bytes
) -> None:
    good = list(map(reporting, range(1, 3_000)))
    file = [*opening(), *good[:1_500], bad, *good[1_500:], bad]
    report, refused = carry_in(newsroom, file, is_strict=True)
    assert {row.line for row in refused} == {1_503}
    assert (report.recorded, report.refused) == (1_502, 1)
    assert len(topics(newsroom)) == 1_502
    report, _ = carry_in(newsroom, [*opening(), *good], is_strict=True)  # mended, it goes on where it was
    assert (report.recorded, report.replayed) == (len(good) - 1_500, 1_502)


def test_what_waits_for_a_line_before_it_holds_up_those_behind_it(newsroom: Newsroom) -> None:
    """Of one item several versions are taken, the first of which opens its story; and a line stands there twice."""

    def taking(version: str) -> Line:
        origin = {"provider": "nord", "id": "a", "version": version}
        said = {"headline": f"Headline {version}", "language": "en", "desk": "world"}
        return line("take", {"origin": origin, **said}, story="taken")

    twice = reporting(1, "taken")
    file = [opening()[0], taking("1"), twice, taking("2"), twice, reporting(2, "taken"), taking("3")]
    report, refused = carry_in(newsroom, file)
    assert (report.recorded, report.replayed, refused) == (6, 1, [])
    assert topics(newsroom) == [
        "source-registered", "story-opened", "take-recorded", "fact-reported", "headline-set", "take-recorded",
        "fact-reported", "headline-set", "take-recorded",
    ]  # fmt: skip


@pytest.mark.thorough
def test_nothing_more_of_a_series_is_taken_once_it_is_over(newsroom: Newsroom) -> None:
    newsroom.open()
    series = Series(is_strict=True, is_over=True)
    submission = newsroom.submission(lines.read(reporting(1)).with_, "story", None, "editor", None)
    later = Submission(
        submission.command, submission.actor, uuid4(), submission.stream, "story", series=series
    )
    with pytest.raises(Exception, match="this was not looked at"):
        newsroom.submit(later)


@pytest.mark.thorough
def test_a_writer_that_is_full_is_waited_for(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom.actor("editor")
    monkeypatch.setattr(limits, "WAITING_COMMANDS", 3)
    report, refused = carry_in(newsroom, [*opening(), *map(reporting, range(500))])
    assert (report.recorded, refused) == (502, [])


@pytest.mark.thorough
def test_all_that_one_run_records_has_its_request_id(newsroom: Newsroom) -> None:
    ids = [carry_in(newsroom, file)[0].request_id for file in (opening(), [reporting(1), reporting(2)])]
    found = newsroom.views.execute(
        "select request_id from requests r join events using (position) where r.actor <> %s order by position",
        [SLUGS],
    ).fetchall()
    assert [one for (one,) in found] == [ids[0], ids[0], ids[1], ids[1]]


# --- Killed ------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_killed_again_and_again_and_run_again_it_records_each_line_exactly_once(
    newsroom: Newsroom, folder: Path
) -> None:
    secret, _ = newsroom.issue_key("editor")
    stories = [f"story-{n}" for n in range(5)]
    heads = [opening(story)[1] for story in stories]
    facts = [reporting(n, stories[n % 5]) for n in range(8_000)]
    path = folder / "lines.ndjson"
    path.write_bytes(as_file([opening()[0], *heads, *facts]))
    newsroom.open("meanwhile", source="tass")  # somebody else writes, too
    program, environment = command(newsroom, "import", str(path), "--key", secret)
    for _ in range(3):
        before = head(newsroom)
        process = subprocess.Popen(program, env=environment, stderr=subprocess.DEVNULL)
        eventually(lambda before=before: head(newsroom) > before, seconds=60, step=0.002)  # type: ignore[misc]
        newsroom.report("meanwhile", source="tass")
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    ended = run(newsroom, "import", str(path), "--json", FACTLEDGER_KEY=secret)
    told = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert told["recorded"] > 0
    assert told["replayed"] > 0
    assert told["recorded"] + told["replayed"] == told["lines"] == 6 + len(facts)

    keys = newsroom.views.execute(
        "select key from requests where actor <> %s order by position", [SLUGS]
    ).fetchall()
    assert [key for (key,) in keys] == [one["key"] for one in (opening()[0], *heads, *facts)]
    for number, story in enumerate(stories):
        statements = [fact["statement"] for fact in json.loads(newsroom.read(story))["facts"]]
        assert statements == [f"Train {n} arrived" for n in range(number, 8_000, 5)]
    assert len(json.loads(newsroom.read("meanwhile"))["facts"]) == 3


def readers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Processes that it has started."""
    return [int(one) for one in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def is_there(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.thorough
def test_the_process_that_reads_ends_with_the_one_that_records(newsroom: Newsroom) -> None:
    """It waits for a line that never comes."""
    secret, _ = newsroom.issue_key("editor")
    program, environment = command(newsroom, "import", "-", "--key", secret)
    with subprocess.Popen(
        program, env=environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        eventually(lambda: bool(readers_of(process)), seconds=60)
        (reader,) = readers_of(process)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        eventually(lambda: not is_there(reader), seconds=10)


@pytest.mark.thorough
def test_that_the_process_that_reads_came_to_an_end_is_told_and_what_it_had_read_stays(
    newsroom: Newsroom,
) -> None:
    secret, _ = newsroom.issue_key("editor")
    file = [*opening(), *map(reporting, range(3 * limits.IMPORT_LINES))]
    program, environment = command(newsroom, "import", "-", "--key", secret)
    with subprocess.Popen(program, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(as_file(file))
        process.stdin.flush()
        before = head(newsroom)
        eventually(lambda: head(newsroom) > before, seconds=60)
        (reader,) = readers_of(process)
        os.kill(reader, signal.SIGKILL)
        assert process.wait(60) == 1
        assert b"The process that read the file ended before the file did" in process.stderr.read()
    ended = run(newsroom, "import", "-", "--json", "--key", secret, file=as_file(file))
    told = json.loads(ended.stdout)
    assert (told["lines"], told["refused"], ended.returncode) == (len(file), 0, 0)
    assert told["replayed"] > 0


@pytest.mark.thorough
def test_a_server_may_write_into_the_same_stories_meanwhile(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.actor("editor")
    theirs = 0
    file = [reporting(n) for n in range(5_000)]
    outcome: list[Any] = []
    importing = Thread(target=lambda: outcome.append(carry_in(newsroom, file)))
    importing.start()
    while importing.is_alive():
        newsroom.report(statement="Filed at the desk")
        theirs += 1
        time.sleep(0.02)
    importing.join()
    report, refused = outcome[0]
    assert (report.recorded, refused) == (5_000, [])
    statements = [fact["statement"] for fact in json.loads(newsroom.read())["facts"]]
    assert statements.count("Filed at the desk") == theirs > 1
    assert [said for said in statements if said != "Filed at the desk"] == [
        f"Train {n} arrived" for n in range(5_000)
    ]


# --- No other way in -------------------------------------------------------------------------------------------------


def test_every_word_is_in_the_readme_beside_what_it_is_about() -> None:
    table = (Path(importing_.__file__).parent / "README.md").read_text().partition("| about | words |")[2]
    rows = [row.split("|")[1:3] for row in table.split("\n\n")[0].splitlines()[2:]]
    told = {word: about for about, words in rows for word in re.findall("`([a-z-]+)`[,; ]", words)}
    told.pop("fact", None)
    assert told.keys() == lines.WORDS.keys()
    for word, (about, _) in lines.WORDS.items():
        assert set(re.findall("`([a-z]+)`", told[word])) == about.model_fields.keys() - {
            "key", "by", "do", "with_",
        }  # fmt: skip


SAID: dict[str, Any] = {
    "register": {"slug": "x", "name": "X", "kind": "own"},
    "rename-source": {"name": "X"},
    "merge-source": {"into": "y"},
    "open": {"slug": "x", "headline": "X", "language": "en", "desk": "x"},
    "set-headline": {"headline": "X"},
    "set-dateline": {"date": "2023-09-12"},
    "set-slug": {"slug": "y"},
    "merge": {"into": "y"},
    "file-copy": {"text": "X"},
    "refile-copy": {"text": "X"},
    "add-note": {"role": "x", "text": "X", "is_publishable": True},
    "add-editors-note": {"text": "X"},
    "issue-corrective": {"fact": 1, "ran_in": 1, "text": "X"},
    "take": {"origin": {"provider": "wire", "id": "1"}, "signal": "canceled"},
    "report": FACT,
    "correct": {"was_wrong": "A word", "affects": ["other"], "cause": "other"},
    "cite": {"citations": [{"source": "ria"}]},
    "attribute": {"attribution": [LINK]},
    "respond": {"kind": "denies", "by": {"source": "ria"}},
    "take-down": {"ground": "legal"},
    "set-terms": {"terms": "background"},
}
WITHOUT_REASON = {"register", "open", "add-note", "report", "take"}
ABOUT: dict[type[lines.Line], dict[str, Any]] = {
    lines.Registering: {},
    lines.Opening: {},
    lines.OnSource: {"source": "nobody"},
    lines.OnStory: {"story": "nothing"},
    lines.Reporting: {"story": "nothing"},
    lines.OnFact: {"story": "nothing", "fact": 1},
    lines.OnApproval: {"story": "nothing", "approval": 1},
    lines.OnRevision: {"story": "nothing", "revision": 1},
}


def a_line_for_each_word() -> Iterator[tuple[type[Command], Line]]:
    for word, (about, kind) in lines.WORDS.items():
        said = SAID.get(word, {}) | ({} if word in WITHOUT_REASON else {"reason": "X"})
        yield kind, line(word, said, **ABOUT[about])


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_import_what_it_may_file_and_nothing_else(newsroom: Newsroom, role: Role) -> None:
    kinds, file = zip(*a_line_for_each_word(), strict=True)
    report, refused = carry_in(newsroom, file, role)
    forbidden = [row.line for row in refused if row.kind == "role-may-not"]
    assert forbidden == [number for number, kind in enumerate(kinds, 1) if role not in MAY[kind]]
    assert {row.pointer for row in refused if row.kind == "role-may-not"} <= {"/do"}
    assert not [row for row in refused if row.kind == "unlike"]
    assert report.recorded <= 2  # nothing else has what it is about


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, "form"),
        (FACT | {"statement": "  ", "kind": "rumour", "extra": 1}, "form"),
        (FACT | {"rests_on": [{"story": "story", "fact": "1"}]}, "form"),
        (FACT | {"kind": "quote"}, "form"),
        (FACT | {"citations": [{"source": "ria", "url": "ftp://x"}]}, "form"),
        (FACT | {"attribution": [LINK | {"source": "nobody"}]}, "unknown-source"),
        (FACT | {"rests_on": [{"story": "story", "fact": 7}]}, "unknown-ground"),
        (FACT | {"rests_on": [{"story": "story", "fact": 1.0}]}, "rests-on-itself"),
    ],
)
def test_a_body_is_refused_at_the_same_place_and_in_the_same_words_as_over_http(
    newsroom: Newsroom, server: Server, said: Any, kind: str
) -> None:
    carry_in(newsroom, opening())
    answer = server.client("editor").post("/v1/stories/story/facts", json=said)
    assert answer.status_code == 422
    _, refused = carry_in(newsroom, [line("report", said, story="story")])
    assert [(row.pointer, row.reason) for row in refused] == [
        (f"/with{error['pointer'][1:]}", error["detail"]) for error in answer.json()["errors"]
    ]
    assert {row.kind for row in refused} == {"unlike" if kind == "form" else kind}


def test_what_takes_two_people_takes_two_members(newsroom: Newsroom) -> None:
    file = [
        *opening(),
        line("publish", {"revision": 1, "reason": "Ready"}, story="story"),
        line("kill", {"reason": "Made up"}, story="story"),
        line("approve", {}, story="story", approval=1) | {"by": "somebody else"},
    ]
    _, (refused,) = carry_in(newsroom, file)
    assert (refused.line, refused.kind) == (5, "needs-second-person")
    report, refused_now = carry_in(
        newsroom,
        file,
        named={"somebody else": newsroom.actor("standards"), "nobody": newsroom.actor("admin")},
    )
    assert (report.recorded, report.replayed, refused_now) == (1, 4, [])
    assert topics(newsroom)[-1] == "story-killed"


def test_a_line_that_nobody_is_named_for_is_refused(newsroom: Newsroom) -> None:
    file = [opening()[0] | {"by": "Ana"}, opening()[1] | {"by": "Ben"}]
    report, (refused,) = carry_in(newsroom, file, None, {"Ben": newsroom.actor("editor")})
    assert (refused.line, refused.kind, report.recorded) == (1, "nobody-acts", 1)


def test_of_several_troubles_of_a_line_the_first_is_told(newsroom: Newsroom) -> None:
    """In this order: it is JSON, somebody acts for it, it can be known again, it has the form."""
    deep = b'{"key":"1","by":"Ana","with":' + DEEP + b"}"
    ben = {"Ben": newsroom.actor("editor")}
    file = [deep, deep.replace(b"Ana", b"Ben"), b'{"key":"1","by":"Ana"}', b'{"key":"1","by":"Ben"}']
    _, refused = carry_in(newsroom, file, None, ben)
    assert [(row.line, row.kind, row.pointer) for row in refused] == [
        (1, "nobody-acts", ""),
        (2, "unlike", ""),
        (3, "nobody-acts", ""),
        (4, "unlike", "/do"),
    ]


def test_a_member_acts_by_its_newest_key_in_force(newsroom: Newsroom) -> None:
    secret, key = newsroom.issue_key("reporter", "Ana")
    ana = actors(newsroom)["Ana"]
    assert actor_of(newsroom.keyring, str(ana.member)) == actor_of(newsroom.keyring, secret) == ana
    newsroom.revoke_key(key)
    newsroom.keyring.refresh(newsroom.views)
    with pytest.raises(NoKeyInForce):
        actor_of(newsroom.keyring, str(ana.member))
    with pytest.raises(KeyRefused):
        actor_of(newsroom.keyring, secret)
    with pytest.raises(NoSuchMember):
        actor_of(newsroom.keyring, str(uuid4()))


def test_a_key_that_is_revoked_ends_it(newsroom: Newsroom) -> None:
    _, key = newsroom.issue_key("editor", "Ana")
    ana = actors(newsroom)["Ana"]
    carry_in(newsroom, opening(), None, {"Ana": ana})
    lot = [reporting(n) | {"by": "Ana"} for n in range(10)]
    newsroom.revoke_key(key)
    report, refused = carry_in(
        newsroom, [*(one | {"by": "Ana"} for one in opening()), *lot], None, {"Ana": ana}
    )
    assert isinstance(report.trouble, KeyRefused)
    assert (report.recorded, refused) == (0, [])


# --- Whatever the file holds -------------------------------------------------------------------------------------

DEEP = b"[" * 500 + b"]" * 500
HOSTILE: dict[str, tuple[bytes, str, str]] = {
    "no JSON": (b"publish everything", "", "The line is not JSON that can be read"),
    "half a line": (b'{"key":"1","do":"hold"', "", "The line is not JSON that can be read"),
    "two objects": (b"{} {}", "", "The line is not JSON that can be read"),
    "bad UTF-8": (b'{"key":"\xff"}', "", "The line is not JSON that can be read"),
    "UTF-16": ('{"key":"1"}'.encode("utf-16"), "", "The line is not JSON that can be read"),
    "a raw NUL": (b'{"key":"\x00"}', "", "The line is not JSON that can be read"),
    "an escaped NUL": (
        rb'{"key":"\u0000","do":"hold","story":"story","with":{"reason":"X"}}',
        "/key",
        "printable ASCII",
    ),
    "a name twice": (b'{"key":"1","key":"2","do":"hold"}', "", "the name 'key' is in one object twice"),
    "a name twice, far in": (
        b'{"key":"1","do":"hold","story":"story","with":{"reason":"X","reason" :"Y"}}',
        "",
        "the name 'reason' is in one object twice",
    ),
    "an escaped name twice": (
        rb'{"key":"1","do":"hold","story":"story","with":{"reason":"X","\u0072eason":"Y"}}',
        "",
        "the name 'reason' is in one object twice",
    ),
    "deep nesting": (b'{"key":"1","with":' + DEEP + b"}", "", "not be nested so deeply"),
    "deeper nesting": (b"[" * 100_000, "", "The line is not JSON that can be read"),
    "a huge number": (b'{"key":"1","fact":1' + b"0" * 100 + b"}", "", "smaller numbers"),
    "NaN": (b'{"key":NaN}', "", "The line is not JSON that can be read"),
    "a BOM in the middle": (b'\xef\xbb\xbf{"key":"1"}', "", "The line is not JSON that can be read"),
    "no object": (b'["key"]', "", "should be a JSON object"),
    "no command": (b'{"key":"1"}', "/do", "should be one of: register, "),
    "an unknown command": (b'{"key":"1","do":"issue-key","with":{}}', "/do", "should be one of: register, "),
    "a list of commands": (b'{"key":"1","do":["hold"]}', "/do", "should be one of: register, "),
    "no key": (b'{"do":"hold","story":"story","with":{"reason":"X"}}', "/key", "is required; add it"),
    "an empty key": (b'{"key":"","do":"hold","story":"story","with":{"reason":"X"}}', "/key", "1 to 255"),
    "a number as key": (b'{"key":1,"do":"hold","story":"story","with":{"reason":"X"}}', "/key", "string"),
    "no body": (b'{"key":"1","do":"hold","story":"story"}', "/with", "is required; add it"),
    "a body that is none": (b'{"key":"1","do":"hold","story":"story","with":1}', "/with", "a JSON object"),
    "no story": (b'{"key":"1","do":"hold","with":{"reason":"X"}}', "/story", "is required; add it"),
    "a field too much": (
        b'{"key":"1","do":"hold","story":"story","fact":1,"with":{"reason":"X"}}',
        "/fact",
        "there is no such field; leave it out",
    ),
    "a fact that is no number": (
        b'{"key":"1","do":"retract","story":"story","fact":"1","with":{"reason":"X"}}',
        "/fact",
        "should be a whole number",
    ),
    "a time that is past": (
        b'{"key":"1","do":"hold","story":"story","recorded_at":"2020-01-01T00:00:00Z","with":{"reason":"X"}}',
        "/recorded_at",
        "there is no such field; leave it out",
    ),
    "too long": (b" " * limits.LINE_BYTES + b'{"key":"1"}', "", f"at most {limits.LINE_BYTES} bytes"),
}


def test_a_hostile_line_is_refused_with_its_number_and_place_and_the_rest_goes_on(newsroom: Newsroom) -> None:
    first, *more = as_file(opening()).splitlines()
    rest = [piece for bad, _, _ in HOSTILE.values() for piece in (bad, b"", b" \t")]
    file = [b"\xef\xbb\xbf" + first + b"\r", *rest, *(one + b"\r" for one in more), as_file([reporting(1)])]
    report, refused = carry_in(newsroom, file)
    assert [(row.line, row.pointer) for row in refused] == [
        (2 + 3 * number, pointer) for number, (_, pointer, _) in enumerate(HOSTILE.values())
    ]
    for row, (name, (_, _, words)) in zip(refused, HOSTILE.items(), strict=True):
        assert words in row.reason, name
    assert (report.recorded, report.lines) == (3, 3 + len(HOSTILE))


def test_the_last_line_needs_no_end(newsroom: Newsroom) -> None:
    report, _ = carry_in(newsroom, [*opening(), as_file([reporting(1)]).rstrip()])
    assert report.recorded == 3


# --- At the console ----------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_it_reads_standard_input_and_tells_what_was_refused(newsroom: Newsroom, folder: Path) -> None:
    secret, _ = newsroom.issue_key("editor")
    refused = folder / "refused.ndjson"
    file = as_file([*opening(), reporting(1, statement=""), b"{", reporting(2)])
    ended = run(newsroom, "import", "-", "--refused", str(refused), file=file, FACTLEDGER_KEY=secret)
    assert (ended.returncode, ended.stdout) == (1, b"")
    told = ended.stderr.decode().splitlines()
    assert told[0] == "line 3, /with/statement: should hold something to read, and no control characters"
    assert told[1].startswith("line 4: The line is not JSON that can be read: ")
    assert told[2].rpartition(", in ")[0] == "3 recorded, 0 there before, 2 refused"
    assert told[3] == "factledger: 2 of 5 lines were refused; see above"
    rows = [json.loads(row) for row in refused.read_text().splitlines()]
    assert rows[0] == {
        "line": 3,
        "key": reporting(1, statement="")["key"],
        "kind": "unlike",
        "pointer": "/with/statement",
        "reason": "should hold something to read, and no control characters",
    }
    assert [row["line"] for row in rows] == [3, 4]
    again = run(newsroom, "import", "-", "--json", file=as_file(opening()), FACTLEDGER_KEY=secret)
    told_again = json.loads(again.stdout)
    assert again.returncode == 0
    del told_again["seconds"], told_again["request_id"]
    assert told_again == {"lines": 2, "recorded": 0, "replayed": 2, "refused": 0, "position": None}


@pytest.mark.thorough
def test_who_acts_has_to_be_said_once(newsroom: Newsroom) -> None:
    secret, _ = newsroom.issue_key("editor", "Ana")
    member = str(actors(newsroom)["Ana"].member)
    said = {
        (): (2, b"say who acts"),
        ("--key", secret, "--member", member): (2, b"not both"),
        ("--as", "Ana"): (2, b"give a label and a key"),
        ("--key", "flk_unknown"): (1, b"needs a key in force"),
        ("--member", str(uuid4())): (1, b"There is no member"),
        ("--member", member): (0, b"2 recorded"),
        ("--as", f"Ana={member}"): (1, b"Nobody is named who acts for"),
        ("--key", secret, "--as", f"Ana, city desk={secret}"): (0, b"2 there before"),
    }
    for words, (code, told) in said.items():
        ended = run(newsroom, "import", "-", *words, file=as_file(opening()))
        assert (ended.returncode, told in ended.stderr) == (code, True), (words, ended.stderr)


@pytest.mark.thorough
def test_the_file_of_what_was_refused_is_another_one(newsroom: Newsroom, folder: Path) -> None:
    path = folder / "lines.ndjson"
    path.write_bytes(as_file([reporting(1)]))
    ended = run(newsroom, "import", str(path), "--key", "x", "--refused", str(folder / "." / "lines.ndjson"))
    assert (ended.returncode, b"would write over" in ended.stderr) == (2, True)
    assert path.read_bytes() == as_file([reporting(1)])


@pytest.mark.thorough
def test_without_its_database_it_ends_with_3_and_without_its_file_with_2(newsroom: Newsroom) -> None:
    nowhere = run(newsroom, "import", "-", "--key", "x", DATABASE_URL="postgresql://127.0.0.1:1/nothing")
    assert nowhere.returncode == 3
    assert run(newsroom, "import", "no-such-file", "--key", "x").returncode == 2


def test_the_example_can_be_imported(newsroom: Newsroom) -> None:
    roles: dict[str, Role] = {
        "a reporter": "reporter",
        "an editor": "editor",
        "the standards desk": "standards",
    }
    named = {label: newsroom.actor(role) for label, role in roles.items()}
    report, refused = carry_in(newsroom, BytesIO(EXAMPLE.read_bytes()), None, named)
    assert (report.lines, report.recorded, refused) == (len(EXAMPLE.read_bytes().splitlines()),) * 2 + ([],)
    said = {json.loads(one)["do"] for one in EXAMPLE.read_bytes().splitlines()}
    assert said == set(lines.WORDS)
