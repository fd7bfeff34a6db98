"""Does the command line say what it should, where it should, with the exit code that it should?"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner

from api.server.embedded import EmbeddedPostgres
from api.terminal.command_line import main
from ledger import limits
from ledger.commands import (
    CorrectFact,
    DiscreditSource,
    GiveApproval,
    HoldStory,
    KillStory,
    OpenStory,
    PublishStory,
    RetractFact,
    SetHeadline,
)
from tests.conftest import DURABLE
from tests.newsroom import Newsroom, open_newsroom

FACTLEDGER = Path(sys.executable).parent / "factledger"
Run = Callable[..., subprocess.CompletedProcess[str]]
CORRECTION = CorrectFact(
    expected_version=1,
    reason="The agency says so",
    was_wrong="We had Monday",
    affects=("date",),
    cause="our_error",
    statement="He left on Sunday",
)


def run_on(newsroom: Newsroom) -> Run:
    """Runs what `factledger` runs, in this process, for to start one takes longer than what it is started for."""

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment: dict[str, str | None] = {
            name: None for name in os.environ if name.startswith("FACTLEDGER_")
        }
        environment |= {"DATABASE_URL": newsroom.database.url, "COLUMNS": "80", **settings}
        ended = CliRunner().invoke(main, words, env=environment, prog_name="factledger")
        return subprocess.CompletedProcess(words, ended.exit_code, ended.stdout, ended.stderr)

    return run


@pytest.fixture(scope="module")
def story(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Newsroom]:
    """A story with three facts, of which the first was corrected and the second retracted; only to be looked at."""
    with open_newsroom(servers("embedded")) as newsroom:
        file_visit(newsroom)
        yield newsroom


@pytest.fixture
def run(story: Newsroom) -> Run:
    return run_on(story)


def file_visit(newsroom: Newsroom) -> None:
    newsroom.open("visit", source="kcna")
    for statement in ("He left on Monday", "He rarely travels", "He came by train"):
        newsroom.report("visit", statement, source="kcna")
    newsroom.file(CORRECTION, "visit", 1)
    newsroom.file(RetractFact(expected_version=1, reason="Nobody can check it"), "visit", 2)


@pytest.mark.thorough
def test_show_prints_the_story_as_it_is_and_as_it_stood(run: Run) -> None:
    now, then = run("show", "visit"), run("show", "visit", "--revision", "4")
    assert (now.returncode, then.returncode) == (0, 0)
    assert "He left on Sunday" in now.stdout
    assert "He left on Monday" in then.stdout
    assert "revision 4" in then.stdout
    assert max(map(len, now.stdout.splitlines())) <= 80


@pytest.mark.thorough
def test_show_as_of_an_instant_equals_show_of_the_revision_recorded_then(run: Run) -> None:
    by_revision = json.loads(run("show", "visit", "--revision", "4", "--json").stdout)
    by_instant = json.loads(run("show", "visit", "--as-of", by_revision["recorded_at"], "--json").stdout)
    by_position = json.loads(
        run("show", "visit", "--position", str(by_revision["position"]), "--json").stdout
    )
    assert by_revision == by_instant == by_position


@pytest.fixture(scope="module")
def published(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Newsroom]:
    """The same story, published before it was corrected and again after; beside it one that is held, one that was
    killed, and a draft. Only to be looked at."""
    with open_newsroom(servers("embedded")) as newsroom:
        newsroom.open("visit", source="kcna")
        for statement in ("He left on Monday", "He rarely travels", "He came by train"):
            newsroom.report("visit", statement, source="kcna")
        publish = PublishStory(reason="Ready")
        newsroom.file(publish, "visit")
        newsroom.file(CORRECTION, "visit", 1)
        newsroom.file(RetractFact(expected_version=1, reason="Nobody can check it"), "visit", 2)
        newsroom.file(publish, "visit")
        newsroom.file(SetHeadline(headline="For the desk alone", reason="A try"), "visit")
        for slug in ("draft", "withheld", "mistake"):
            newsroom.file(OpenStory(slug=slug, headline="Canary", language="en", desk="world"))
        for slug in ("withheld", "mistake"):
            newsroom.file(publish, slug)
        newsroom.file(HoldStory(reason="Look again"), "withheld")
        newsroom.file(KillStory(reason="Not ours", notice="It was never true."), "mistake")
        newsroom.file(GiveApproval(), "mistake", 1, "standards")
        yield newsroom


@pytest.mark.thorough
def test_show_prints_what_readers_see_and_saw(published: Newsroom) -> None:
    run = run_on(published)
    now, then = (run("show", "visit", "--view", "reader", *at) for at in ((), ("--revision", "4")))
    assert (now.returncode, then.returncode) == (0, 0)
    assert "A headline\nvisit · edition 2 · since 2" in now.stdout
    assert "usable sig:update sig:correction · first published 2" in now.stdout
    assert "  1   He left on Sunday" in now.stdout
    assert "  2 ✗ He rarely travels\n      withdrawn" in now.stdout
    assert re.search(r"CORRECTION fact 1: We had Monday Public for 0\.\d+ s\.", " ".join(now.stdout.split()))
    assert "RETRACTION fact 2: Nobody can check it" in now.stdout
    assert "For the desk alone" not in now.stdout
    assert "The agency says so" not in now.stdout  # the desk's own reason
    assert "  1   He left on Monday" in then.stdout
    assert "CORRECTION" not in then.stdout
    assert max(map(len, now.stdout.splitlines())) <= 80


@pytest.mark.thorough
def test_show_as_readers_saw_it_is_the_same_by_revision_instant_and_position(published: Newsroom) -> None:
    run = run_on(published)
    reader = ("show", "visit", "--view", "reader", "--json")
    first = json.loads(run(*reader, "--revision", "4").stdout)
    assert first["facts"][0]["statement"] == "He left on Monday"
    by_instant = run(*reader, "--as-of", first["publication"]["published_at"]).stdout
    position = json.loads(run("show", "visit", "--revision", "5", "--json").stdout)["position"]
    assert json.loads(by_instant) == json.loads(run(*reader, "--position", str(position)).stdout) == first
    assert json.loads(run(*reader).stdout)["facts"][0]["statement"] == "He left on Sunday"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nobody"], "There is nothing here for readers."),
        (["draft"], "There is nothing here for readers."),
        (["withheld"], "There is nothing here for readers."),
        (["withheld", "--revision", "1", "--json"], "There is nothing here for readers."),
        (["visit", "--edition", "3"], "There is nothing here for readers."),
        (["visit", "--position", "1"], "There is nothing here for readers."),
        (["mistake"], "Readers are told: It was never true."),
        (["mistake", "--revision", "1", "--json"], "Readers are told: It was never true."),
        (["visit", "--as-of", "2999-01-01T00:00:00Z"], "Nothing is recorded beyond position"),
    ],
)
def test_what_readers_do_not_see_is_not_shown_as_theirs(
    published: Newsroom, words: list[str], says: str
) -> None:
    told = run_on(published)("show", *words, "--view", "reader")
    assert (told.returncode, told.stdout) == (1, "")
    assert says in " ".join(told.stderr.split())
    assert "Canary" not in told.stderr


@pytest.mark.thorough
def test_diff_says_what_changed(run: Run) -> None:
    told = run("diff", "visit", "4..5")
    assert "- statement: He left on Monday" in told.stdout
    assert "+ statement: He left on Sunday" in told.stdout
    assert json.loads(run("diff", "visit", "4..5", "--json").stdout)["facts"][0]["from_version"] == 1


@pytest.mark.thorough
def test_blame_says_text_version_who_when_and_on_which_source(run: Run) -> None:
    told = run("blame", "visit").stdout
    assert "He left on Sunday\n    v2 · correction by the editor · 2" in told
    assert "on the word of KCNA\n    because: The agency says so" in told
    first = json.loads(run("blame", "visit", "--json").stdout.splitlines()[0])
    assert (first["version"], first["by"], first["source"]) == (2, "the editor", "KCNA")


@pytest.mark.thorough
def test_impact_says_what_rests_on_a_fact_how_far_away_and_what_is_withdrawn(newsroom: Newsroom) -> None:
    file_visit(newsroom)
    newsroom.open("s" * limits.SLUG_LENGTH, source="tass")
    on_one, on_two = ({"rests_on": [{"story": "visit", "fact": fact}]} for fact in (1, 4))
    newsroom.report("visit", "He was away " + "for long " * 20, source="kcna", **on_one)
    newsroom.report("s" * limits.SLUG_LENGTH, "He came back", source="kcna", **on_two)
    newsroom.report("visit", "He was not at home", source="kcna", **on_one)
    newsroom.file(RetractFact(expected_version=1, reason="Wrong"), "visit", 5)
    run = run_on(newsroom)
    told = run("impact", "visit", "1").stdout
    assert told.startswith("fact 1 of visit: 3 facts rest on it\n  1   He was away for long")
    assert "\n  1 ✗ He was not at home\n      visit, fact 5 · version 2 · rests on it directly\n" in told
    assert "\n  2   He came back" in told
    assert "rests on it through 1 other" in " ".join(told.split())
    assert max(map(len, told.splitlines())) <= 80
    assert run("impact", "visit", "3").stdout == "fact 3 of visit: nothing rests on it\n"
    document = json.loads(run("impact", "visit", "4", "--json").stdout)
    assert (document["story"], document["fact"]) == ("visit", 4)
    assert [(item["fact"], item["distance"]) for item in document["items"]] == [(1, 1)]


@pytest.mark.thorough
def test_the_log_names_the_source_that_was_discredited(newsroom: Newsroom) -> None:
    newsroom.open()
    newsroom.file(DiscreditSource(reason="It made things up"), source="ria")
    assert "source-discredited ria: It made" in run_on(newsroom)("log").stdout


@pytest.mark.thorough
def test_log_prints_every_event_in_order_and_nothing_else_on_standard_output(run: Run) -> None:
    positions = [json.loads(line)["position"] for line in run("log", "--json").stdout.splitlines()]
    assert positions == list(range(1, len(positions) + 1))
    assert "fact-corrected 1: The agency says so" in run("log", "--after", "7").stdout


@pytest.mark.thorough
def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(newsroom: Newsroom) -> None:
    run = run_on(newsroom)
    added = run("keys", "add", "Ana", "--role", "reporter", "--expires-in", "90d")
    secret = added.stdout.strip()
    assert secret.startswith("flk_")
    assert len(secret) >= 4 + 43  # 256 bits in base64
    listed = [json.loads(line) for line in run("keys", "list", "--json").stdout.splitlines()]
    (ana,) = [key for key in listed if key["label"] == "Ana"]
    assert (ana["role"], ana["state"]) == ("reporter", "in force")
    assert secret not in run("keys", "list", "--json").stdout + run("log", "--json").stdout
    assert run("keys", "revoke", ana["key"], "--reason", "left the house").returncode == 0
    assert "revoked" in run("keys", "list").stdout
    assert run("keys", "revoke", ana["key"], "--reason", "again").returncode == 1


@pytest.mark.thorough
@pytest.mark.parametrize("label", ["Ana", "ANA", "\uff21na", "A\u00adna", " Ana ", "A na"])
def test_two_members_are_called_the_same_only_where_somebody_means_it(newsroom: Newsroom, label: str) -> None:
    run = run_on(newsroom)
    first = json.loads(run("keys", "add", "Ana", "--role", "reporter", "--json").stdout)
    refused = run("keys", "add", label, "--role", "editor")
    assert refused.returncode == (2 if "\u00ad" in label else 1)
    if refused.returncode == 1:
        assert first["member"] in refused.stderr
        assert "--again" in refused.stderr
    assert len(run("keys", "list", "--json").stdout.splitlines()) == 1
    more = run("keys", "add", "Ana", "--role", "editor", "--member", first["member"], "--json")
    assert json.loads(more.stdout)["member"] == first["member"]
    assert "Warning" not in more.stderr
    second = run("keys", "add", "Ana", "--role", "editor", "--again", "--json")
    assert json.loads(second.stdout)["member"] != first["member"]
    assert f"Warning: member {first['member']}" in second.stderr


@pytest.mark.thorough
def test_a_label_holds_nothing_that_turns_or_hides(newsroom: Newsroom) -> None:
    run = run_on(newsroom)
    for label in ("\u202ena", "A\u2066na", "A\u200bna", "\u2800", "A\u00a0na"):
        refused = run("keys", "add", label, "--role", "reporter")
        assert (refused.returncode, "LABEL" in refused.stderr) == (2, True), ascii(label)
    assert run("keys", "add", "\u0645\u06cc\u200c\u0646\u0627", "--role", "reporter").returncode == 0


@pytest.mark.thorough
def test_project_and_rebuild_say_how_far_the_views_are(story: Newsroom, run: Run) -> None:
    before = story.read("visit")
    head = json.loads(run("project", "--json").stdout)["position"]
    assert json.loads(run("rebuild", "--json").stdout) == {"position": head}
    assert story.read("visit") == before


@pytest.mark.thorough
def test_views_are_built_anew_one_by_one_and_what_an_interrupted_rebuild_left_is_thrown_away(
    story: Newsroom, run: Run
) -> None:
    head = json.loads(run("project", "--json").stdout)["position"]
    built = run("rebuild", "search", "corrections")
    assert (built.returncode, built.stdout) == (0, f"rebuilt up to position {head}\n")
    assert f"building: {head}" in built.stderr
    assert "comparing: " in built.stderr
    assert run("rebuild", "--cancel").stdout == "there is none\n"
    unknown = run("rebuild", "serach")
    assert unknown.returncode == 2
    assert "there is no view serach; there are members, sources, " in unknown.stderr


def test_projections_are_shown_paused_and_resumed_one_by_one(story: Newsroom, run: Run) -> None:
    head = json.loads(run("project", "--json").stdout)["position"]
    shown = run("projections")
    assert shown.returncode == 0
    assert re.search(rf"^search +{head} +- +running$", shown.stdout, re.MULTILINE)
    paused = run("projections", "pause", "search", "--reason", "it is looked into")
    assert (paused.returncode, paused.stdout) == (0, f"search is paused, at position {head}\n")
    assert "search was paused: it is looked into" in run("projections").stdout
    told = json.loads(run("projections", "--json").stdout)
    assert [view["view"] for view in told["views"] if view["state"] == "paused"] == ["search"]
    assert run("projections", "resume", "search", "--json").stdout == (
        f'{{"view": "search", "state": "running", "position": {head}}}\n'
    )
    for words, said in (
        (("retry", "search"), "The view search is running, not failed: there is nothing to do."),
        (("skip", "search", "--reason", "why"), "not failed"),
        (("pause", "serach", "--reason", "why"), "There is no view serach; there are approvals, "),
    ):
        refused = run("projections", *words)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert said in refused.stderr
    assert run("projections", "skip", "search").returncode == 2
    assert run("projections", "pause", "search", "--reason", " ").returncode == 2


@pytest.mark.parametrize("database", [DURABLE], indirect=True)
def test_the_doctor_finds_a_rewritten_body(newsroom: Newsroom) -> None:
    file_visit(newsroom)
    run = run_on(newsroom)
    assert run("doctor").returncode == 0
    with newsroom.database.connect(name="vandal", as_owner=True) as connection:
        connection.execute("alter table bodies disable trigger all")
        connection.execute("update bodies set body = replace(body, 'Sunday', 'Friday')")
    sick = run("doctor")
    assert sick.returncode == 1
    assert "BAD  commitments: 1 bodies are not what was committed to, first at position 8" in sick.stdout


@pytest.mark.parametrize("database", [DURABLE], indirect=True)
def test_the_doctor_finds_a_row_of_a_view_that_is_not_what_the_events_say_where_it_is_to_look_deep(
    newsroom: Newsroom,
) -> None:
    file_visit(newsroom)
    newsroom.catch_up()
    run = run_on(newsroom)
    well = run("doctor", "--deep")
    assert well.returncode == 0
    assert "ok   rows: every row of the views is what the events say" in well.stdout
    newsroom.views.execute("update fact_versions set desk = replace(desk, 'Sunday', 'Friday')")
    assert run("doctor").returncode == 0
    sick = run("doctor", "--deep")
    assert sick.returncode == 1
    assert (
        "BAD  rows: fact_versions is not what the events say: table fact_versions, story visit" in sick.stdout
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["show", "nobody"], 1, "There is no story nobody."),
        (
            ["show", "visit", "--revision", "99"],
            1,
            "Story visit has no revision 99; its revisions are 1 to 6.",
        ),
        (["show", "visit", "--as-of", "2999-01-01T00:00:00Z"], 1, "Nothing is recorded beyond position 9"),
        (["show", "visit", "--as-of", "yesterday"], 2, "such as 2023-09-12T14:30:00Z"),
        (["show", "visit", "--revision", "1", "--position", "1"], 2, "give one of"),
        (["diff", "visit", "1-2"], 2, "such as 3..7"),
        (["impact", "visit", "9"], 1, "Story visit has no fact 9; the number of its facts is 3."),
        (["impact", "visit", "10001"], 2, "10001 is not in the range 1<=x<=10000"),
        (["keys", "add", "Ana", "--role", "king"], 2, "is not one of 'reporter'"),
        (["keys", "add", "a\x07b", "--role", "reporter"], 2, "LABEL"),
        (["keys", "revoke", str(uuid4()), "--reason", "x"], 1, "There is no key"),
        (["nonsense"], 2, "No such command 'nonsense'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_with_its_exit_code(
    words: list[str], code: int, says: str, run: Run
) -> None:
    told = run(*words)
    assert (told.returncode, told.stdout) == (code, "")
    assert says in " ".join(told.stderr.split())
    assert "Traceback" not in told.stderr


@pytest.mark.thorough
def test_a_database_that_is_away_is_exit_code_3() -> None:
    """As a script would ask, in a process."""
    away = os.environ | {"DATABASE_URL": "host=/nowhere dbname=nothing"}
    told = subprocess.run(
        [FACTLEDGER, "show", "visit"], env=away, capture_output=True, text=True, check=False
    )
    assert told.returncode == 3
    assert "Traceback" not in told.stderr


def test_a_bad_setting_is_named_with_what_it_should_be(run: Run) -> None:
    told = run("serve", FACTLEDGER_PORT="http")
    assert told.returncode == 2
    assert "FACTLEDGER_PORT='http': give a whole number from 0 to 65535" in told.stderr


def test_there_are_no_colours_but_for_a_person(run: Run) -> None:
    assert (
        "\x1b" not in run("show", "visit").stdout + run("blame", "visit", FORCE_COLOR="", NO_COLOR="1").stdout
    )


def commands(group: click.Group = main) -> Iterator[click.Command]:
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from commands(command)
        else:
            yield command


def test_every_command_but_the_servers_speaks_json() -> None:
    silent = [
        command.name
        for command in commands()
        if not any("--json" in option.opts for option in command.params)
    ]
    assert silent == ["serve", "demo"]


def test_every_number_that_is_given_has_an_end() -> None:
    endless = [
        f"{command.name} {given.name}"
        for command in commands()
        for given in command.params
        if isinstance(given.type, click.types.IntParamType | click.types.FloatParamType)
        and getattr(given.type, "max", None) is None
    ]
    assert endless == []


def test_a_number_beyond_all_positions_is_named(run: Run) -> None:
    told = run("log", "--after", str(2**63))
    assert told.returncode == 2
    assert "--after" in told.stderr
    assert "Traceback" not in told.stderr
