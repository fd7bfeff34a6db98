"""What schemathesis cannot know of a ledger by its OpenAPI document: which positions there are, which sources, which
version a fact has, and that an Idempotency-Key is used once.

Loaded by the command `schemathesis` (`hooks` in tests/schemathesis.toml). It touches requests that are meant to be
accepted; those that are meant to be refused go out as they were made.
"""

import json
import os
from collections import Counter
from itertools import count
from typing import Any

import httpx2
import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext

LEDGER: dict[str, Any] = json.loads(os.environ["FACTLEDGER_TEST_LEDGER"])  # see test_openapi.seeded

_numbers = count(1)
_turns: Counter[tuple[str, str]] = Counter()  # of each operation
_desk, _colleague = (
    httpx2.Client(base_url=LEDGER["url"], headers={"authorization": f"Bearer {LEDGER[key]}"})
    for key in ("key", "colleague")
)

schemathesis.openapi.format(
    "edtf",
    st.sampled_from(["2023-09-12", "2022-02", "1984?", "2004-06~", "2022-02-24/..", "2001-21", "201X"]),
)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    _turns[case.method, case.path] += 1
    turn, number = _turns[case.method, case.path], next(_numbers)
    if case.path.endswith("/diff"):  # from a revision or an edition to another
        case.query = {"from": 1, "to": 1} | {
            name: value for name, value in (case.query or {}).items() if not name.endswith("_edition")
        }
    is_made_here = case.meta.phase.name.value == "stateful"  # by an answer before it
    if "{webhook}" in case.path and turn % 4 and case.method != "DELETE" and not is_made_here:
        case.path_parameters["webhook"] = LEDGER["webhook"]
    if case.query:
        ask_for_what_there_is(case.query)
        if case.path == "/v1/events":
            case.query |= dict.fromkeys({"from", "to"} & case.query.keys(), LEDGER["recorded_at"])
        if turn % 3:
            case.query.pop("dry_run", None)  # or half of what is sent would be tried only
    if "Accept-Datetime" in case.headers:
        case.headers["Accept-Datetime"] = (
            "Tue, 12 Sep 2023 14:30:00 GMT"  # no schema knows the day of the week
        )
    if "Last-Event-ID" in case.headers:
        case.headers["Last-Event-ID"] = str(LEDGER["position"])
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{os.getpid()}-{number}"
    if "/revisions/{revision}/undo" in case.path and turn % 4:
        name_a_revision(case)
    if turn % 4:
        case.headers.pop("If-Match", None)
        case.headers.pop("If-None-Match", None)  # what there is, is shown
    body: Any = case.body
    if "{request}" in case.path and turn % 4:
        name_a_request(case, body, f"asked-{os.getpid()}-{number}")
    if isinstance(body, dict):
        if case.path == "/v1/webhooks":
            body.pop("story", None)
            body["desk"] = "a desk that there is not"  # nothing is told to anybody
        if case.path == "/v1/requests" and turn % 4:
            body["story"] = LEDGER["story"]
        if "/facts/{fact}/" in case.path:
            name_a_fact(case, body, turn)
        said = case.path.removeprefix("/v1/stories/{slug}/")
        if said in NEEDS and turn % 4:
            name_a_story(case, body, said, f"prepared-{os.getpid()}-{number}")
        if "/sources/{slug}/" in case.path and turn % 4:
            name_a_source(case, turn)
        if turn % 2:
            name_the_source(body)


def name_a_fact(case: Case[Any], body: dict[str, Any], turn: int) -> None:
    """Mostly one just reported, by the version that it has; else whichever came out, by If-Match or by none at all."""
    if turn % 4 == 0:
        if "If-Match" in case.headers:
            body.pop("expected_version", None)  # they may not disagree
        return
    fact = _desk.post(f"/v1/stories/{LEDGER['story']}/facts", json=LEDGER["fact"]).json()
    case.path_parameters |= {"slug": LEDGER["story"], "fact": str(fact["fact"])}
    body["expected_version"] = fact["version"]


def name_a_revision(case: Case[Any]) -> None:
    """One that can be undone: a fact just reported."""
    fact = _desk.post(f"/v1/stories/{LEDGER['story']}/facts", json=LEDGER["fact"]).json()
    case.path_parameters |= {"slug": LEDGER["story"], "revision": str(fact["revision"])}


SAID: dict[str, dict[str, Any]] = {
    "copy": {"expected_revision": 2, "text": "A train", "reason": "First filing."},
    "publications": {"revision": 3, "reason": "Because."},
    "facts/1/corrections": {
        "expected_version": 1,
        "place": "Khasan",
        "was_wrong": "The place.",
        "affects": ["other"],
        "cause": "our_error",
        "reason": "Looked up.",
    },
}
# What must have been said of a story before each of these can be; the last by a second person.
NEEDS: dict[str, tuple[str, ...]] = {
    "acts": (),
    "headline": (),
    "dateline": (),
    "slugs": (),
    "merges": (),
    "copy": (),
    "publications": ("copy",),
    "holds": ("copy",),
    "releases": ("holds",),
    "kills": (),
    "takedowns": ("copy", "publications"),
    "restorations": ("kills", "approvals/1/approve"),
    "refiles": ("copy",),
    "editors-notes": (),
    "correctives": ("copy", "publications", "facts/1/corrections"),
    "approvals/{approval}/approve": ("kills",),
    "approvals/{approval}/decline": ("kills",),
}


def name_a_story(case: Case[Any], body: dict[str, Any], said: str, slug: str) -> None:
    """One that is in a state for it, and in the body what only that story can bear out."""
    story = {"slug": slug, "headline": "A train", "language": "en", "desk": "world"}
    _desk.post("/v1/stories", json=story).raise_for_status()
    _desk.post(f"/v1/stories/{slug}/facts", json=LEDGER["fact"]).raise_for_status()
    for before in NEEDS[said]:
        client = _colleague if before == "kills" else _desk
        sent = SAID.get(before, {"reason": "Because."})
        client.post(f"/v1/stories/{slug}/{before}", json=sent).raise_for_status()
    case.path_parameters |= {"slug": slug} | ({"approval": "1"} if "{approval}" in said else {})
    if said in ("headline", "dateline", "slugs", "copy", "refiles"):
        body["expected_revision"] = 3 if said == "refiles" else 2
        body |= {"spans": []} if said == "copy" else {}
    if said == "slugs":
        body["slug"] = f"{slug}-new"  # which is nobody's
    if said == "merges":
        body["into"] = f"{slug}-too"
        _desk.post("/v1/stories", json=story | {"slug": body["into"]}).raise_for_status()
    if said == "acts":
        body["acts"] = [{"do": "report", "with": LEDGER["fact"]}] * 2
        body.pop("expected_revision", None)
    elif said == "publications":
        body["revision"] = 3
        body.pop("embargo_until", None)
    elif said == "releases":
        body.pop("revision", None)
    elif said == "refiles":
        body["spans"] = []
    elif said == "correctives":
        body |= {"fact": 1, "ran_in": 3}


def name_a_source(case: Case[Any], turn: int) -> None:
    """One just registered, and as it must be for what is said of it."""
    slug = f"source-{os.getpid()}-{next(_numbers)}"
    _desk.post("/v1/sources", json={"slug": slug, "name": slug, "kind": "own"})
    if "reinstatements" in case.path:
        _desk.post(f"/v1/sources/{slug}/discreditations", json={"reason": "To be reinstated."})
    if "partings" in case.path or "merges" in case.path:
        _desk.post("/v1/sources", json={"slug": f"{slug}-too", "name": slug, "kind": "own"})
    if "partings" in case.path:
        body = {"into": f"{slug}-too", "reason": "To be told apart."}
        _desk.post(f"/v1/sources/{slug}/merges", json=body).raise_for_status()
    elif "merges" in case.path and isinstance(case.body, dict):
        case.body["into"] = f"{slug}-too"
    case.path_parameters |= {"slug": slug}


def name_a_request(case: Case[Any], body: Any, slug: str) -> None:
    """One just made, with a contact, about a story of its own, for others may be held by now; and for an acceptance, a
    correction that can have come of it."""
    story = {"slug": slug, "headline": "A train", "language": "en", "desk": "world"}
    _desk.post("/v1/stories", json=story).raise_for_status()
    facts = f"/v1/stories/{slug}/facts"
    _desk.post(facts, json=LEDGER["fact"]).raise_for_status()
    _desk.post(
        f"/v1/stories/{slug}/publications", json=SAID["publications"] | {"revision": 2}
    ).raise_for_status()
    asked = LEDGER["request"] | {"story": slug, "contact": "reader@example.org"}
    case.path_parameters["request"] = _desk.post("/v1/requests", json=asked).json()["request"]
    if "/acceptances" in case.path and isinstance(body, dict):
        made = _desk.post(f"{facts}/1/corrections", json=LEDGER["correction"] | {"expected_version": 1})
        body |= {"fact": 1, "version": made.json()["version"]}


def ask_for_what_there_is(query: dict[str, Any]) -> None:
    """One moment at most, none beyond the head, and no cursor: only the page before gives one that is good."""
    query.pop("cursor", None)
    for of_the_desk in ("set_right", "clock"):  # not where it is asked for as readers see it
        query.pop(of_the_desk, None)
    for moment in [name for name in ("as_of", "revision", "position", "edition") if name in query][1:]:
        del query[moment]
    if "slugs" in query:  # then nothing is searched for
        query.pop("q", None)
        query["slugs"] = LEDGER["story"]
    for place in ("position", "at_least"):
        if place in query:
            query[place] = int(query[place]) % (LEDGER["position"] + 1)
    if "since" in query:
        query["since"] = LEDGER["recorded_at"]
    if "as_of" in query:
        query["as_of"] = LEDGER["recorded_at"]


def name_the_source(value: Any) -> None:
    """Puts the one source that there is for those that were made up."""
    if isinstance(value, dict):
        for name in ("source", "origin"):
            if isinstance(value.get(name), str):
                value[name] = LEDGER["source"]
        for inner in value.values():
            name_the_source(inner)
    if isinstance(value, list):
        for inner in value:
            name_the_source(inner)
