"""The queries that are put together from pieces, caught whole as they run while everything there is is asked for."""

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch
from urllib.parse import quote
from uuid import UUID

import psycopg

from api.server.embedded import EmbeddedPostgres
from docs.layout import laid_out
from ledger.moment import rfc3339
from ledger.words import Role
from projections.views import publications, visibility
from tests.days import a_bit_of_everything
from tests.desk import CHANGES, FACT, SAID_OF_A_STORY, Desk, open_desk
from tests.newsday import Day
from tests.newsroom import prepare_once
from tests.walk import Walker

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "golden" / "sql"
ROOMS = ("projections.views.", "projections.reading.")
Caught = dict[str, set[str]]


def golden(postgres: EmbeddedPostgres) -> dict[str, str]:
    """The text of each golden file by its name: that of the function which asks, without the room."""
    prepare_once(postgres)
    with catching() as caught, open_desk(lambda _: postgres, rate="1000000/minute") as desk:
        ask_everything(desk)
    return {f"{name}.sql": "\n".join(map(laid_out, sorted(texts))) for name, texts in caught.items()}


# --- Catching ----------------------------------------------------------------------------------------------------


@contextmanager
def catching() -> Iterator[Caught]:
    """What the rooms read by, meanwhile, in whatever thread: all but what stands whole in the code."""
    caught: Caught = defaultdict(set)
    execute = psycopg.Cursor.execute

    def execute_and_catch(cursor: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        asks = _asking(inspect.currentframe())
        if asks and isinstance(query, str) and query not in asks.f_code.co_consts and _reads(query):
            caught[_name(asks)].add(query)
        return execute(cursor, query, *args, **kwargs)

    with patch.object(psycopg.Cursor, "execute", execute_and_catch):
        yield caught


def _asking(frame: FrameType | None) -> FrameType | None:
    """The function that asks, if it is one of the rooms: the first one that is not the driver's."""
    while frame and frame.f_globals["__name__"].partition(".")[0] in ("psycopg", "psycopg_pool", "docs"):
        frame = frame.f_back
    return frame if frame and frame.f_globals["__name__"].startswith(ROOMS) else None


def _reads(query: str) -> bool:
    """What moves the views is not written out."""
    return re.match(r"\s*\(*(select|with)\b", query) is not None


def _name(frame: FrameType) -> str:
    module = frame.f_globals["__name__"].split(".", 2)[2]
    return f"{module}.{frame.f_code.co_qualname}".replace(".<locals>", "")


# --- Asking ------------------------------------------------------------------------------------------------------

# What a parameter of a query is asked with, one value after the other.
ASKED: dict[str, tuple[str, ...]] = {
    "view": ("reader",),
    "q": ("zq", '"is told" zq1', "-train", "vlad* or ship", "東京"),
    "limit": ("1",),
    "revision": ("2", "5"),
    "substantive": ("true",),
    "pending": ("false",),
    "state": ("unanswered", "open", "accepted"),
    "kind": ("fact-corrected.v1",),
    "since": ("0",),
    "clock": ("source",),
    "after": ("1",),
}
REVISIONS = {"from": ("1",), "to": ("3",)}  # of a story, which have to be named
TRIED = {"facts": FACT} | SAID_OF_A_STORY | {f"facts/1/{word}": body for word, body in CHANGES.items()}


def ask_everything(desk: Desk) -> None:
    """After a day on which something of everything happened: every address below /v1 with each of its parameters, as
    the desk and as a reader; every page; and everything that can be tried."""
    day = Day(desk.newsroom, desk=desk.client())
    asker = Walker(desk.server.url)
    try:
        a_bit_of_everything(day)
        desk.settle()
        # Which word is the rarest, the database reckons: always the same, as long as nothing counts anew meanwhile.
        with desk.newsroom.database.connect(name="docs", as_owner=True) as owner:
            owner.execute("alter table search set (autovacuum_enabled = false)")
            owner.execute("analyze search")
        for target in sorted(_targets(desk, day)):
            roles: tuple[Role | None, ...] = ("editor", None) if target.startswith("/v1/") else (None,)
            for role in ("auditor",) if target.startswith("/v1/events?") else roles:
                _to_the_end(asker, target, desk.server.secret(role) if role else None)
        publications.seconds_to_next_embargo(
            desk.newsroom.views
        )  # which the server asks when the time has come
        publications.due(desk.newsroom.views)
        # For readers of a story that was joined to another; nothing can be added to it then.
        visibility.goes_on_as(desk.newsroom.views, 1, desk.head())
        for what, body in TRIED.items():
            desk.try_post(f"/v1/stories/{day.slugs[0]}/{what}?dry_run=true", {"expected_version": 1} | body)
    finally:
        asker.close()
        day.close()


def _to_the_end(asker: Walker, target: str, key: str | None) -> None:
    """The first two pages of a list, or all that there is."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    answer = asker.hear(target, headers=headers).document()
    if isinstance(answer, dict) and isinstance(answer.get("next"), str):
        asker.hear(f"{target}{'&' if '?' in target else '?'}cursor={answer['next']}", headers=headers)


def _targets(desk: Desk, day: Day) -> Iterator[str]:
    paths = desk.server.app.openapi()["paths"]
    for route in desk.server.app.state.routes:
        if "GET" not in (getattr(route, "methods", None) or ()):
            continue
        told = paths.get(route.path, {}).get("get", {}).get("parameters", ())
        names = {each["name"] for each in told if each["in"] == "query"}
        for address in _addresses(desk, day, route.path):
            yield from _asked(desk, day, address, names)
            names = set()  # with which the first one alone is asked


def _addresses(desk: Desk, day: Day, path: str) -> Iterator[str]:
    """Those of a path, for a story that readers see, one that was killed, and one of which much was undone."""
    stories = [day.slugs[0], day.slugs[1], day.slugs[8]]
    requests = desk.get("/v1/requests?state=accepted").json()["items"]
    for slug in day.sources[:2] if "/sources/" in path else stories if "{slug}" in path else [""]:
        yield re.sub(r":\w+}", "}", path).format(
            slug=slug, fact=1, revision=2, position=1, approval=1, request=requests[0]["request"], webhook=UUID(int=0),
            name="", word="correct",
        )  # fmt: skip


def _asked(desk: Desk, day: Day, address: str, names: Collection[str]) -> Iterator[str]:
    """The address as it is, and with each value of each parameter."""
    head = str(desk.head())
    values = ASKED | {"position": (head,), "story": (day.slugs[0],), "as_of": (_recorded_at(desk),)}
    if address.endswith("/diff"):
        yield f"{address}?from=1&to=3"
        yield f"{address}?from=1&to=3&view=reader"
        return
    yield address
    for name in names:
        yield from (f"{address}?{name}={quote(value)}" for value in values.get(name, ()))


def _recorded_at(desk: Desk) -> str:
    row = desk.newsroom.views.execute(
        "select recorded_at from events order by position desc limit 1"
    ).fetchone()
    assert row is not None
    return rfc3339(row[0])


# --- Missing -----------------------------------------------------------------------------------------------------


def put_together() -> Iterator[str]:
    """The functions of the rooms that read by what is put together from pieces, as the code has them."""
    for file in sorted(ROOT.glob("projections/views/**/*.py")) + sorted(
        ROOT.glob("projections/reading/**/*.py")
    ):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts[2:]).removesuffix(".__init__")
        yield from _in_functions(ast.parse(file.read_text()), module)


def _in_functions(node: ast.AST, name: str) -> Iterator[str]:
    for below in ast.iter_child_nodes(node):
        if isinstance(below, ast.FunctionDef | ast.ClassDef):
            yield from _in_functions(below, f"{name}.{below.name}")
        else:
            if isinstance(below, ast.Call) and _executes(below) and _is_put_together(below.args[0]):
                yield name
            yield from _in_functions(below, name)


def _executes(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "execute" and bool(call.args)


def _is_put_together(query: ast.expr) -> bool:
    """All but what stands there whole, and what begins as a statement that changes something."""
    if isinstance(query, ast.Constant):
        return False
    first = query.values[0] if isinstance(query, ast.JoinedStr) else query
    return not isinstance(first, ast.Constant) or _reads(str(first.value))
