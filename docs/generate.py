"""Writes what is made of the code: parts of docs/, the types of answers. `make docs` runs it; a test compares."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from api.app import create_app
from api.intake import facts_table, media_types
from api.intake.recognising import TABLES
from api.intake.table import as_markdown
from api.server.embedded import EmbeddedPostgres, shipped_binaries
from api.server.settings import SETTINGS
from api.terminal.command_line import main as factledger
from docs import answers, queries, schema
from ledger import commands, permitted
from ledger.permitted import MAY
from ledger.store.database import Database
from tests.conftest import open_folder

HERE = Path(__file__).parent
MADE = re.compile(r"(<!-- made of the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def in_place() -> Iterator[tuple[Path, str]]:
    """Each page that holds parts made of the code, and how it should read."""
    for page in sorted(HERE.glob("*.md")):
        text = page.read_text()
        if MADE.search(text):
            yield page, MADE.sub(lambda part: f"{part[1]}{PARTS[part[2]]()}{part[3]}", text)


# --- The API -----------------------------------------------------------------------------------------------------


def operations() -> str:
    """A table for each subject of the API, in the order of the OpenAPI document."""
    document = create_app(Database("postgresql:///")).openapi()
    told = [
        (operation["tags"][0], method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "head"
    ]
    subjects = list(dict.fromkeys(subject for subject, *_ in told))
    lines = []
    for subject, calls in groupby(
        sorted(told, key=lambda one: subjects.index(one[0])), key=lambda one: one[0]
    ):
        lines += [f"### {subject}", "", "| call | what for | who |", "|---|---|---|"]
        lines += [
            f"| `{method} {path}`{_asked(operation)} | {_described(operation)} | {_who(operation)} |"
            for _, method, path, operation in calls
        ]
        lines.append("")
    return "\n".join(lines)


COMMON = ("dry_run", "limit", "cursor", "at_least", "view")  # the page says once what they do
LONGEST = 200  # characters of a description; a sentence that would make it longer is left to /docs


def _asked(operation: dict[str, Any]) -> str:
    """What can be asked in the query, beside what many calls take."""
    names = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    return "".join(f" `{name}=`" for name in names if name not in COMMON)


def _described(operation: dict[str, Any]) -> str:
    """The first sentence, and as many more as are short; without the one that names roles, which have their column."""
    first, *more = re.split(r"(?<=\.)\s+(?=[A-Z])", " ".join(operation["description"].split()))
    for sentence in more:
        if len(f"{first} {sentence}") > LONGEST:
            break
        first += f" {sentence}" if not FOR_ROLES.match(sentence) else ""
    return first.replace("|", "\\|")


FOR_ROLES = re.compile(r"For the roles? ([a-z]+(?: and [a-z]+)*)")


def _who(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    command = getattr(commands, content.get("schema", {}).get("$ref", "").rpartition("/")[2], None)
    if command in MAY and "reader" not in MAY[command]:
        return ", ".join(role for role in permitted.ROLES if role in MAY[command])
    if "security" not in operation or {} in operation["security"]:
        return "anybody"
    roles = FOR_ROLES.search(" ".join(operation["description"].split()))
    return roles[1].replace(" and ", ", ") if roles else "any key"


# --- Commands and settings ---------------------------------------------------------------------------------------


def command_help() -> str:
    """The help of every command, as the terminal shows it."""
    return "\n".join(
        f"## {' '.join(['factledger', *path])}\n\n```text\n{_help(path)}\n```\n"
        for path in _paths(factledger)
    )


def _paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, below in sorted(command.commands.items()):
            yield from _paths(below, (*path, name))


def _help(path: Iterable[str]) -> str:
    shown = CliRunner().invoke(factledger, [*path, "--help"], prog_name="factledger", terminal_width=80)
    return "\n".join(line.rstrip() for line in shown.output.splitlines())


def settings() -> str:
    lines = ["| variable | without it | what it sets |", "|---|---|---|"]
    lines += [
        f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else ''} | {setting.sets} |"
        for setting in SETTINGS
    ]
    return "\n".join(lines) + "\n"


def intake() -> str:
    """The table of every format that is taken, and the columns of a table of facts."""
    lines = [*as_markdown(TABLES), "## Tables of facts\n"]
    lines += [f"{', '.join(f'`{each}`' for each in media_types.FACTS)}. {facts_table.REMARK}\n"]
    lines += ["| column | here |", "|---|---|"]
    lines += [
        f"| {', '.join(f'`{name}`' for name in names)} | `{part}` |"
        for part, names in facts_table.COLUMNS.items()
    ]
    return "\n".join(lines) + "\n"


PARTS: dict[str, Callable[[], str]] = {
    "intake": intake,
    "operations": operations,
    "commands": command_help,
    "settings": settings,
    "permitted": permitted.tables,
}


def main() -> None:
    for page, text in in_place():
        page.write_text(text)
    answers.FILE.write_text(answers.written())
    with open_folder() as home, EmbeddedPostgres(home / "postgres", shipped_binaries()) as postgres:
        schema.PAGE.write_text(schema.as_it_stands(postgres))
        write_queries(queries.golden(postgres))


def write_queries(golden: Mapping[str, str]) -> None:
    queries.FOLDER.mkdir(exist_ok=True)
    for file in queries.FOLDER.iterdir():
        file.unlink()
    for name, text in golden.items():
        (queries.FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
