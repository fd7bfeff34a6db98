"""Is what is made of the code what the code says: parts of docs/, the schema as it stands, the queries as they run?"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from api.server.embedded import EmbeddedPostgres
from api.server.settings import SETTINGS
from api.terminal.command_line import main
from docs import answers, generate, queries, schema
from docs.layout import laid_out
from ledger.store import migrate

MAKE = "`make docs` writes anew what is made of the code"


@pytest.mark.thorough
def test_a_page_is_as_the_code_is() -> None:
    for page, text in generate.in_place():
        assert page.read_text() == text, f"{page.name}: {MAKE}"


@pytest.mark.thorough
def test_the_types_of_answers_are_those_of_the_openapi_document() -> None:
    assert answers.FILE.read_text() == answers.written(), MAKE


def test_every_part_that_is_made_stands_on_a_page() -> None:
    pages = "".join(page.read_text() for page in generate.HERE.glob("*.md"))
    assert set(re.findall(r"<!-- made of the code: (\w+) -->", pages)) == set(generate.PARTS)


def test_the_schema_as_it_stands_is_what_the_steps_make(cluster: EmbeddedPostgres) -> None:
    assert schema.PAGE.read_text() == schema.as_it_stands(cluster), MAKE


def test_the_schema_as_it_stands_is_no_step() -> None:
    assert schema.PAGE.parent == Path(migrate.__file__).parent / "schema"
    numbers = [number for number, _, _ in migrate.steps()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == len(list(schema.PAGE.parent.glob("*.sql"))) - 1


# --- Queries -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def golden(servers: Callable[[str], EmbeddedPostgres]) -> dict[str, str]:
    return queries.golden(servers("embedded"))


@pytest.mark.thorough
def test_the_queries_that_are_put_together_run_as_they_are_written_out(golden: dict[str, str]) -> None:
    written = {file.name: file.read_text() for file in queries.FOLDER.iterdir()}
    astray = {name for name in golden.keys() | written.keys() if golden.get(name) != written.get(name)}
    assert astray == set(), f"{MAKE}; look at what differs then: that is what runs now"


@pytest.mark.thorough
def test_every_query_that_is_put_together_is_written_out() -> None:
    put_together, written = set(queries.put_together()), {file.name for file in queries.FOLDER.iterdir()}
    assert {"reader_replay.story", "public_changes.changes_shown", "visibility.shown"} <= put_together
    assert {name for name in put_together if f"{name}.sql" not in written} == set(), (
        "asked by nothing in docs/queries.py, or by nothing at all"
    )


def test_to_lay_a_query_out_changes_nothing_but_space() -> None:
    query = (
        "select a, (select max(b) from t where x between 1 and 2 and y is distinct from 'a  (and b'), f(g, ')')"
        " from s left join lateral (with u as (select %(p)s::text || $$) select * from u) v on true"
        " where (a or b) and c->>'d' = \"e f\" order by a"
    )
    out = laid_out(query)
    assert re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", out) == re.sub(
        r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", query
    )
    assert "'a  (and b'" in out
    assert "\nleft join lateral (\n    with u as (\n" in out


# --- Pages -------------------------------------------------------------------------------------------------------


def test_every_command_of_the_program_has_its_help_on_the_page() -> None:
    page = (generate.HERE / "commands.md").read_text()
    assert [name for name in main.commands if f"## factledger {name}\n" not in page] == []
    assert "## factledger keys add\n" in page


def test_every_call_says_who_may_make_it() -> None:
    page = (generate.HERE / "api.md").read_text()
    rows = re.findall(r"^\| `([A-Z]+) (\S+)`.* \| ([^|]+) \|$", page, re.MULTILINE)
    who = {(method, path): may for method, path, may in rows}
    assert who["POST", "/v1/stories/{slug}/kills"] == "editor, standards"
    assert who["POST", "/v1/requests"] == "anybody"
    assert who["GET", "/v1/events"] == "auditor, admin"
    assert who["GET", "/metrics"] == "auditor, admin"
    assert who["GET", "/v1/approvals"] == "any key"
    posts = [may for (method, _), may in who.items() if method == "POST"]
    assert "any key" not in posts  # each POST is a command, and each command is in the table of who may


def test_every_variable_that_the_program_reads_is_a_setting_on_the_page() -> None:
    floors = [generate.HERE.parent / floor for floor in ("api", "ledger", "projections")]
    code = "".join(file.read_text() for floor in floors for file in floor.rglob("*.py"))
    read = set(re.findall(r"\bFACTLEDGER_[A-Z_]+\b", code))
    read |= set(re.findall(r"""environ(?:\.get\(|\[)"([A-Z_]+)""", code))
    assert read - {setting.name for setting in SETTINGS} == set()
