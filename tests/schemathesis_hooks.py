"""What schemathesis cannot know of a ledger by its OpenAPI document: which positions there are, which sources, which
version a fact has, and that an Idempotency-Key is used once.

Loaded by the command `schemathesis` (`hooks` in tests/schemathesis.toml). It touches requests that are meant to be
accepted; those that are meant to be refused go out as they were made.
"""

import json
import os
from itertools import count
from typing import Any

import httpx2
import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext

LEDGER: dict[str, Any] = json.loads(os.environ["FACTLEDGER_TEST_LEDGER"])  # see test_openapi.seeded

_numbers = count(1)
_desk = httpx2.Client(base_url=LEDGER["url"], headers={"authorization": f"Bearer {LEDGER['key']}"})

schemathesis.openapi.format(
    "edtf",
    st.sampled_from(["2023-09-12", "2022-02", "1984?", "2004-06~", "2022-02-24/..", "2001-21", "201X"]),
)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    turn = next(_numbers)
    if case.query:
        ask_for_what_there_is(case.query)
        if turn % 3:
            case.query.pop("dry_run", None)  # or half of what is sent would be tried only
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{os.getpid()}-{turn}"
    if "/revisions/{revision}/undo" in case.path and turn % 4:
        name_a_revision(case)
    body: Any = case.body
    if isinstance(body, dict):
        if "/facts/{fact}/" in case.path:
            name_a_fact(case, body, turn)
        if turn % 2:
            name_the_source(body)


def name_a_fact(case: Case[Any], body: dict[str, Any], turn: int) -> None:
    """Mostly one just reported, by the version that it has; else whichever came out, by If-Match or by none at all."""
    if turn % 4 == 0:
        if "If-Match" in case.headers:
            body.pop("expected_version", None)  # they may not disagree
        return
    case.headers.pop("If-Match", None)
    fact = _desk.post(f"/v1/stories/{LEDGER['story']}/facts", json=LEDGER["fact"]).json()
    case.path_parameters |= {"slug": LEDGER["story"], "fact": str(fact["fact"])}
    body["expected_version"] = fact["version"]


def name_a_revision(case: Case[Any]) -> None:
    """One that can be undone: a fact just reported."""
    fact = _desk.post(f"/v1/stories/{LEDGER['story']}/facts", json=LEDGER["fact"]).json()
    case.path_parameters |= {"slug": LEDGER["story"], "revision": str(fact["revision"])}


def ask_for_what_there_is(query: dict[str, Any]) -> None:
    """One moment at most, none beyond the head, and no cursor: only the page before gives one that is good."""
    query.pop("cursor", None)
    for moment in [name for name in ("as_of", "revision", "position") if name in query][1:]:
        del query[moment]
    for place in ("position", "at_least"):
        if place in query:
            query[place] = int(query[place]) % (LEDGER["position"] + 1)
    if "as_of" in query:
        query["as_of"] = LEDGER["recorded_at"]


def name_the_source(value: Any) -> None:
    """Puts the one source that there is for those that were made up."""
    if isinstance(value, dict):
        if isinstance(value.get("source"), str):
            value["source"] = LEDGER["source"]
        for inner in value.values():
            name_the_source(inner)
    if isinstance(value, list):
        for inner in value:
            name_the_source(inner)
