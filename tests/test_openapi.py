"""Is the document at /openapi.json valid, whole and true?

Schemathesis reads it and asks the running server everything that it allows, and much that it does not, with each role.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from prometheus_client.parser import text_string_to_metric_families
from schemathesis.specs.openapi.definitions import OPENAPI_31

from api.http.acts import ACTS
from api.server.embedded import EmbeddedPostgres
from ledger.commands import IssueKey, RegisterProvider, RevokeKey
from ledger.permitted import MAY
from ledger.store import webhooks
from ledger.words import Role
from tests.desk import CHANGES, FACT, OF_PUBLICATION, REQUEST, ROLES, Desk, open_desk
from tests.listener import Listener
from tests.test_http_reading import PASSING

ROOT = Path(__file__).parent.parent
Operation = tuple[str, str]


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers, request_rate="100000/hour") as opened:
        yield opened


@pytest.fixture(scope="module")
def document(desk: Desk) -> dict[str, Any]:
    answer = desk.client(None).get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> dict[Operation, dict[str, Any]]:
    return {operation: told for operation, told in every(document).items() if not is_no_command(*operation)}


def every(document: dict[str, Any]) -> dict[Operation, dict[str, Any]]:
    return {
        (method, path): told
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    }


def is_no_command(method: str, path: str) -> bool:
    """An item of somebody else, in a format of its own (test_taking.py), or who is told, of which there is no event
    (test_webhooks.py)."""
    return path == "/v1/intake" or (method in ("post", "delete") and path.startswith("/v1/webhooks"))


def takes_two(path: str) -> bool:
    return path.endswith(("/kills", "/takedowns", "/restorations"))


def stays_open(path: str) -> bool:
    return path.endswith("/stream")


def ending(operations: Iterable[Operation]) -> list[Operation]:
    """All but the two streams."""
    return [(method, path) for method, path in operations if method != "get" or not stays_open(path)]


def is_timegate(path: str) -> bool:
    return path == "/v1/stories/{slug}"


def fits(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value by a schema of the document."""
    whole = {**schema, "components": document["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(value)]


# --- Valid -------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    validator = jsonschema_rs.Draft202012Validator(OPENAPI_31)
    assert [error.message for error in validator.iter_errors(document)] == []
    assert not validator.is_valid({**document, "paths": {"/x": {"get": {"responses": {"ok": {}}}}}})


def test_every_schema_is_json_schema_2020_12_and_every_reference_leads_somewhere(
    document: dict[str, Any],
) -> None:
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema["title"], name
    references = set(re.findall(r'"\$ref": "#/components/schemas/([\w.-]+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    assert set(document["components"]["schemas"]) <= references


def test_nothing_measures_the_letters_of_an_instant(document: dict[str, Any]) -> None:
    """Clients make an instant of it, which has none: they could read no answer."""
    shapes = json.dumps(document["components"]["schemas"])
    instants = re.findall(r'\{[^{}]*"format": "date-time"[^{}]*\}', shapes)
    assert len(instants) > 50
    assert [told for told in instants if {"maxLength", "pattern"} & json.loads(told).keys()] == []


def test_a_generator_of_clients_finds_the_fields_of_every_shape(document: dict[str, Any]) -> None:
    """It makes a class of the properties of an object; beside a oneOf or anyOf it takes the shape for a choice between
    things without fields, beside an allOf some take those of its members, and of two shapes with one title it knows
    one."""
    schemas = document["components"]["schemas"]
    chosen = [name for name, schema in schemas.items() if {"oneOf", "anyOf", "allOf"} & schema.keys()]
    assert chosen == []
    titles = Counter(schema["title"] for schema in schemas.values())
    assert [title for title, often in titles.items() if often > 1] == []
    assert {"statement", "kind", "attribution"} <= schemas["ReportFact"]["properties"].keys()


@pytest.mark.parametrize(
    ("name", "value", "is_good"),
    [
        ("ReportFact", FACT, True),
        ("ReportFact", FACT | {"attribution": None}, False),
        ("ReportFact", FACT | {"unattributed": {"reason": "Seen.", "signed_off_by": "us"}}, False),
        (
            "ReportFact",
            FACT | {"attribution": None, "unattributed": {"reason": "Seen.", "signed_off_by": "us"}},
            True,
        ),
        ("ReportFact", FACT | {"kind": "figure"}, False),
        ("ReportFact", FACT | {"kind": "figure", "figure": {"value": "1", "unit": "train"}}, True),
        ("Occurred", {"literal": "on Tuesday"}, True),
        ("Occurred", {"resolved": "2023-09-12"}, True),
        ("Occurred", {"basis": "the dateline"}, False),
        ("Occurred", {"literal": None, "resolved": None}, False),
        ("AssessFact", {"reason": "Seen.", "dispute": "disputed"}, True),
        ("AssessFact", {"reason": "Seen."}, False),
    ],
)
def test_a_shape_still_says_which_fields_go_together(
    document: dict[str, Any], name: str, value: dict[str, Any], is_good: bool
) -> None:
    assert (fits(document, {"$ref": f"#/components/schemas/{name}"}, value) == []) == is_good


# --- Whole -------------------------------------------------------------------------------------------------------


def test_every_operation_has_a_name_a_summary_a_description_and_a_tag(
    operations: dict[Operation, Any],
) -> None:
    names = [told["operationId"] for told in operations.values()]
    assert len(names) == len(set(names)) > 100
    for operation, told in operations.items():
        assert told["summary"], operation
        assert told["description"].endswith((".", "(`changed`).")), operation
        assert told["tags"], operation


def test_every_get_declares_its_head_and_nothing_else_has_one(operations: dict[Operation, Any]) -> None:
    gets, heads = ({path for method, path in operations if method == name} for name in ("get", "head"))
    assert gets == heads
    for path in gets:
        get, head = operations["get", path], operations["head", path]
        assert head.get("parameters") == get.get("parameters")
        assert set(head["responses"]) == set(get["responses"])
        assert not any("content" in response for response in head["responses"].values())


OPEN_TO_READERS = {
    ("post", "/v1/requests"),
    *((method, "/v1/requests/{request}/receipt") for method in ("get", "head")),
}

# What is sent there names the revision that was seen.
NAMING = {
    f"/v1/stories/{{slug}}/{endpoint}"
    for endpoint in ("publications", "releases", "headline", "dateline", "slugs", "copy", "refiles", "acts")
}


def test_every_operation_names_the_statuses_that_it_answers(operations: dict[Operation, Any]) -> None:
    for (method, path), told in operations.items():
        statuses = set(map(int, told["responses"]))
        if not path.startswith("/v1/"):
            assert statuses - {503} == {200, 400} | ({401, 403, 429} if path == "/metrics" else set())
            assert told.get("security", []) == ([{"key": []}] if path == "/metrics" else [])
            continue
        is_open = told["tags"] == ["Reading"] or (method, path) in OPEN_TO_READERS
        assert told["security"] == [{"key": []}, *([{}] if is_open else [])]
        expected = {400, 401, 429, 503}
        expected |= {200, 403, 412, 413, 415, 422} if method == "post" else {200, 304, 412}
        expected |= {202 if takes_two(path) else 201} if method == "post" else set()
        expected |= {202} if path.endswith(("/terms", "/acts")) else set()  # some of them take two
        expected -= {304, 412} if path in PASSING and method != "post" else set()
        expected |= {404} if "{" in path or (is_open and method == "post") else set()
        is_of_a_story = path.startswith("/v1/stories/{slug}") and told["tags"] == ["Reading"]
        expected |= {410, 451} if is_of_a_story else set()
        expected |= {302} if is_timegate(path) and method != "post" else set()
        expected |= {308} if path.startswith("/v1/stories/{slug}") and method != "post" else set()
        for_some = ("/v1/events", "/v1/members", "/v1/projections", "/v1/webhooks")
        is_for_some = path.startswith(for_some) and not stays_open(path)
        expected |= {403} if is_for_some else set()
        expected |= {409, 428} if method == "post" and ("{fact}" in path or path in NAMING) else set()
        assert statuses - {409} == expected - {409}, (method, path)
        assert all(response["description"] for response in told["responses"].values())


def test_every_operation_names_the_headers_that_matter(operations: dict[Operation, Any]) -> None:
    for (method, path), told in operations.items():
        for status, response in told["responses"].items():
            headers = set(response["headers"]) if "headers" in response else set()
            if path != "/metrics" or status != "200":
                assert "X-Request-Id" in headers, (path, status)
            is_held_back = status in ("429", "503") and path.startswith(("/v1/", "/metrics"))
            assert is_held_back == ("Retry-After" in headers)
            assert (status == "401") == ("WWW-Authenticate" in headers)
            is_receipt = status in ("201", "202")
            assert is_receipt == ("Idempotent-Replayed" in headers)
            assert (is_receipt or status in ("302", "308")) == ("Location" in headers)
            if method != "post" and status in ("200", "302", "304"):
                assert is_timegate(path) == ("Link" in headers)
            if status == "200" and method == "post":
                assert headers == {"X-Request-Id", "Cache-Control"}
            elif status in ("200", "304") and path.startswith("/v1/"):
                assert {"Cache-Control", "Vary"} <= headers
                assert ("ETag" in headers) == (path not in PASSING)
                asked = {
                    parameter["name"]
                    for parameter in told.get("parameters", ())
                    if parameter["in"] == "query"
                }
                assert ("position" in asked) == ({"Ledger-Position", "Content-Location"} <= headers)
        sent = {parameter["name"] for parameter in told.get("parameters", ()) if parameter["in"] == "header"}
        is_recorded = bool({"201", "202"} & told["responses"].keys())
        assert ("Idempotency-Key" in sent) == is_recorded == (method == "post")
        assert ("If-Match" in sent) == ("412" in told["responses"])
        assert ("If-None-Match" in sent) == ("304" in told["responses"])


@pytest.mark.thorough
def test_every_operation_has_an_example_of_what_is_sent_and_of_every_answer(
    document: dict[str, Any], operations: dict[Operation, Any]
) -> None:
    for operation, told in operations.items():
        bodies = [told["requestBody"]] if "requestBody" in told else []
        assert bool(bodies) == (operation[0] == "post")
        for body in bodies:
            content = body["content"]["application/json"]
            for example in content["examples"].values():
                assert fits(document, content["schema"], example["value"]) == [], operation
        for status, response in told["responses"].items():
            if operation[0] == "head" or status in ("302", "304"):
                continue
            ((media_type, content),) = response["content"].items()
            is_problem = status not in ("200", "201", "202") and operation[1] != "/readyz"
            if is_problem:
                assert media_type == "application/problem+json"
                assert content["example"]["status"] == int(status)
            if "schema" in content:
                assert fits(document, content["schema"], content["example"]) == [], (operation, status)
            assert content["example"]


def test_every_post_can_be_a_dry_run_and_nothing_else_can(operations: dict[Operation, Any]) -> None:
    for (method, path), told in operations.items():
        found = [one for one in told.get("parameters", ()) if one["name"] == "dry_run"]
        assert [(one["in"], one["required"], one["schema"]["default"]) for one in found] == [
            ("query", False, False)
        ] * (method == "post"), path
        if found:
            content = told["responses"]["200"]["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Rehearsal"}


def test_every_parameter_is_described_and_bounded(operations: dict[Operation, Any]) -> None:
    for operation, told in operations.items():
        for parameter in told.get("parameters", ()):
            assert parameter["description"], (operation, parameter["name"])
            schema = parameter["schema"]
            assert "anyOf" not in schema, (operation, parameter["name"])
            bounds = {"integer": "maximum", "string": "maxLength"}.get(schema["type"])
            free = schema.keys() & {"const", "enum", "pattern"} or parameter["name"] in (
                "If-Match",
                "If-None-Match",
            )
            free = free or schema.get("format") == "uuid"
            assert bounds is None or bounds in schema or free, (operation, parameter["name"])


# --- True --------------------------------------------------------------------------------------------------------


def example_of(told: dict[str, Any], name: str) -> str:
    (parameter,) = (each for each in told["parameters"] if each["name"] == name)
    (example,) = parameter["schema"]["examples"]
    return str(example)


def test_the_example_of_a_key_to_repeat_by_is_the_operation_s_own_and_stays_it(
    operations: dict[Operation, Any],
) -> None:
    keys = {
        path: example_of(told, "Idempotency-Key")
        for (method, path), told in operations.items()
        if method == "post"
    }
    assert len(set(keys.values())) == len(keys) >= 35
    assert keys["/v1/stories"] == "fb85218f-f0a4-5da7-92e7-3370d0045fc5"


def test_who_needs_a_key_is_as_the_document_begins_by_saying(
    desk: Desk, document: dict[str, Any], operations: dict[Operation, Any]
) -> None:
    assert "Readers need no key: not for" in document["info"]["description"]
    posts = {
        path for (method, path), told in operations.items() if method == "post" and {} in told["security"]
    }
    assert posts == {"/v1/requests"}
    story = desk.open()
    desk.publish(story)
    request = desk.ask(story)
    for (method, path), told in operations.items():
        if stays_open(path):
            continue
        address = path.format(
            slug=story, fact=1, revision=1, position=1, approval=1, request=request, webhook=request
        )
        answer = desk.client(None).request(method, address, json={} if method == "post" else None)
        is_open = "security" not in told or {} in told["security"]
        assert (answer.status_code == 401) == (not is_open), (method, path, answer.text)


@pytest.mark.thorough
def test_every_example_can_be_sent_as_it_is(desk: Desk, operations: dict[Operation, Any]) -> None:
    """In the order of the document; what changes a fact is sent for one just reported."""
    sent = 0
    for (method, path), told in operations.items():
        if method != "post":
            continue
        (example,) = told["requestBody"]["content"]["application/json"]["examples"].values()
        slug = "kim-visits-russia"
        fact = 1
        revision = 1
        if "{fact}" in path:
            reported = operations["post", "/v1/stories/{slug}/facts"]["requestBody"]["content"][
                "application/json"
            ]
            fact = desk.post(f"/v1/stories/{slug}/facts", reported["examples"]["example"]["value"])["fact"]
        said = path.removeprefix("/v1/stories/{slug}/").replace("{approval}", "1")
        if said in OF_PUBLICATION and said != "refiles":
            slug = desk.open()
            desk.prepare(slug, said)
        elif said == "merges":
            slug = desk.open()
            other = {
                "slug": example["value"]["into"],
                "headline": "A train",
                "language": "en",
                "desk": "world",
            }
            desk.post("/v1/stories", other)
        elif said == "slugs":
            slug = desk.open()  # what comes after it asks readers' addresses
        elif said == "acts":
            slug = desk.open()
            desk.prepare(slug, "holds")  # which files a copy
        elif said.endswith("/undo"):
            revision = desk.report(slug)["revision"]
        if path == "/v1/requests":
            desk.ask(slug)  # which publishes it
        request = desk.ask(slug) if "{request}" in path else ""
        if "acceptances" in path:
            slug = desk.open()
            request = desk.ask(slug)
            desk.post(
                f"/v1/stories/{slug}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1}
            )
        about = "ria-novosti" if "/sources/" in path else slug
        if path.endswith(("sources/{slug}/merges", "sources/{slug}/partings")):
            about = desk.source(joined=path.endswith("/partings"))
        answer = desk.try_post(
            path.format(slug=about, fact=fact, approval=1, revision=revision, request=request),
            example["value"],
            "standards" if path.endswith("/provider") else "editor",
            **{
                parameter["name"].replace("-", "_"): parameter["schema"]["examples"][0]
                for parameter in told["parameters"]
                if parameter["in"] == "header" and "examples" in parameter["schema"]
            },
        )
        assert "idempotent-replayed" not in answer.headers, "that key stands at another operation, too"
        assert answer.status_code == (202 if takes_two(path) else 201), answer.text
        sent += 1
    assert sent >= len(ACTS)


@pytest.mark.thorough
def test_the_receipt_and_the_documents_that_follow_are_as_declared(
    desk: Desk, document: dict[str, Any], operations: dict[Operation, Any]
) -> None:
    story = desk.open(facts=2)
    desk.publish(story)
    desk.get(f"/v1/stories?at_least={desk.want(story, 'kills')['position']}")
    request = desk.ask()
    webhook = a_webhook(desk)
    desk.post(f"/v1/requests/{desk.ask()}/declinations", {"told": "It stands.", "reason": "It arrived."})
    for (method, path), told in operations.items():
        if method != "get" or not path.startswith("/v1/") or stays_open(path):
            continue
        slug = "ria" if "sources" in path else story
        address = path.format(
            slug=slug, fact=1, revision=3, position=3, approval=1, request=request, webhook=webhook
        )
        role: Role = "admin" if path.startswith(("/v1/projections", "/v1/webhooks")) else "auditor"
        answer = desk.get(address + ("?from=3&to=3" if "diff" in path else ""), role)
        ((media_type, content),) = told["responses"]["200"]["content"].items()
        answers = [answer]
        if {} in told["security"]:
            answers.append(desk.client(None).get(address + ("?from=3&to=3" if "diff" in path else "")))
        for seen in answers:
            assert seen.status_code == 200, seen.text
            assert seen.headers["content-type"] == media_type
            shown = seen.json() if media_type.endswith("json") else seen.text
            assert fits(document, content["schema"], shown) == [], path
        declared = {name.lower() for name in told["responses"]["200"]["headers"]}
        # No moment is named here: these are answers of now.
        assert declared - {"memento-datetime", "ledger-as-of"} <= set(answer.headers), path


def test_what_streams_tell_is_as_declared(
    desk: Desk, document: dict[str, Any], operations: dict[Operation, Any]
) -> None:
    start = desk.head()
    story = desk.public()
    for act in ("holds", "releases"):
        desk.post(f"/v1/stories/{story}/{act}", OF_PUBLICATION[act])
    desk.do(desk.public(), "kills")
    desk.settle()
    kinds = set()
    for path in filter(stays_open, document["paths"]):
        declared = operations["get", path]["responses"]["200"]
        ((media_type, content),) = declared["content"].items()
        for secret in (desk.server.secret("editor"), None):
            listener = Listener(desk.server.url, f"{path.format(slug=story)}?since={start}", secret)
            told = listener.await_level()
            listener.close()
            assert listener.headers["content-type"].partition(";")[0] == media_type
            assert {name.lower() for name in declared["headers"]} <= set(listener.headers)
            assert [fits(document, content["schema"], one) for one in told] == [[]] * len(told)
            kinds |= {(one["kind"], secret is None, "tombstone" in one) for one in told}
    to_readers = {("edition", True, False), ("return", True, False)}
    assert kinds >= to_readers | {
        ("withdrawal", True, False),
        ("withdrawal", True, True),
        ("hold", False, False),
    }


# --- What schemathesis finds -------------------------------------------------------------------------------------

SETTINGS = (ROOT / "tests" / "schemathesis.toml").read_text()
# By default the standards desk, who may do all but read the audit trail, looks at everything, and the others where
# roles differ; `make test-slow` has each look at everything, and longer.
THE_SAME_BODY = """
[[operations]]
include-operation-id = ["correct_fact", "update_fact", "clarify_fact", "refile_fact"]
phases.coverage.enabled = false # their bodies hold the fields of report_fact, which is covered, and little else

[[operations]]
include-operation-id-regex = "_head$"
phases.coverage.enabled = false # what GET is asked; that HEAD answers as GET does, test_http_reading.py holds

[[operations]]
include-operation-id = [
    "release_story", "restore_story", "decline_approval", "discredit_source", "reinstate_source",
    "part_source", "decline_request", "erase_contact", "confirm_fact", "undo_revision",
]
phases.coverage.enabled = false # a reason and little else, as in hold_story and retract_fact, which are covered
"""
THE_SAME_FOR_ALL = """
[phases.examples]
enabled = false # the same for every role

[phases.stateful]
enabled = false # likewise

[[operations]]
include-operation-id-regex = "^(list_(?!events)|show_(?!event)|report_|correct_|update_|clarify_)"
phases.coverage.enabled = false # reads are the same for every role; of whole facts one role's look is enough
"""
# They may record the same over HTTP; what they read, too, but for how far the views are, which the admin alone sees.
TWINS: dict[Role | None, Role] = {"editor": "standards", "auditor": "admin"}


def a_webhook(desk: Desk) -> UUID:
    """To which nothing is told: its story is not there."""
    added = webhooks.add(
        desk.newsroom.views, "https://example.org/news", ["correction"], "no-story", None, b"-", 0
    )
    return added.webhook


@pytest.fixture(scope="module")
def seeded(desk: Desk) -> dict[str, Any]:
    """What the hooks must know of the ledger, which holds the story of the examples with facts to change."""
    for slug in ("ria-novosti", "kcna"):
        desk.try_post("/v1/sources", {"slug": slug, "name": slug, "kind": "agency"})
    story = {"slug": "kim-visits-russia", "headline": "Kim arrives", "language": "en", "desk": "world"}
    desk.try_post("/v1/stories", story)
    for _ in range(5):
        desk.report("kim-visits-russia")
    desk.publish("kim-visits-russia")  # there is something to see for readers
    changing = desk.open()  # not the one that everybody reads: with all its facts that would take long
    desk.publish(changing)
    last = desk.get(f"/v1/events/{desk.head()}", "auditor").json()
    return {
        "url": desk.server.url,
        "key": desk.server.secret("standards"),
        "colleague": desk.newsroom.issue_key("editor")[0],
        "position": last["position"],
        "recorded_at": last["recorded_at"],
        "source": "ria-novosti",
        "story": changing,
        "webhook": str(a_webhook(desk)),
        "fact": FACT,
        "correction": CHANGES["corrections"],
        "request": REQUEST,
    }


class Inquiry:
    """Schemathesis at work with a key of the role, or none."""

    def __init__(
        self, desk: Desk, seeded: dict[str, Any], role: Role | None, settings: str, folder: Path
    ) -> None:
        self.role = role
        folder.mkdir()
        (folder / "schemathesis.toml").write_text(settings)
        key = ["--header", f"Authorization: Bearer {desk.server.secret(role)}"] if role else []
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(folder / "schemathesis.toml"),
        ]
        self._process = subprocess.Popen(
            [*command, "run", f"{desk.server.url}/openapi.json", *key],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=os.environ | {"FACTLEDGER_TEST_LEDGER": json.dumps(seeded), "PYTHONPATH": str(ROOT)},
        )

    def finds_nothing(self, operations: int) -> None:
        said, _ = self._process.communicate(timeout=3_600)
        assert self._process.returncode == 0, f"{self.role}:\n{said[-20_000:]}"
        assert f"Tested: {operations}\n" in said, said


@pytest.mark.thorough
def test_schemathesis_finds_nothing_with_any_role_or_none(
    desk: Desk,
    seeded: dict[str, Any],
    operations: dict[Operation, Any],
    document: dict[str, Any],
    tmp_path: Path,
) -> None:
    before = answered(desk)
    asked = ending(operations)

    def inquire(role: Role | None) -> None:
        settings = SETTINGS + THE_SAME_BODY
        if role != "standards":
            settings = SETTINGS.replace("max-examples = 2", "max-examples = 1") + THE_SAME_FOR_ALL
        Inquiry(desk, seeded, role, settings, tmp_path / str(role)).finds_nothing(
            len(ending(every(document)))
        )

    # Of two roles that may do the same over HTTP one asks; `make test-slow` asks with all of them.
    others = [role for role in ROLES if role not in ("standards", *TWINS)]
    roles: list[Role | None] = ["standards", *others, None]
    with ThreadPoolExecutor(2) as two_at_a_time:
        list(two_at_a_time.map(inquire, roles))
    # What it asked was not only refused.
    after = answered(desk)
    for method, path in asked:
        if (
            method == "head"
        ):  # it is asked once or twice, and that it answers as GET does, test_http_reading.py holds
            continue
        status = "202" if takes_two(path) else "201"
        good = (method.upper(), path, status if method == "post" else "200")
        # To these endpoints there is little to ask, and one role that gets an answer.
        few = ("/v1/projections", "/v1/webhooks", "/v1/members", "/metrics", "/v1/requests/{request}")
        least = 1 if path.startswith(few) else 2
        if "{webhook}" in path:  # one role asks, once, and that may be for none: see test_webhooks.py
            least = 0
        assert after[good] - before[good] >= least, good


def answered(desk: Desk) -> Counter[tuple[str, str, str]]:
    """How many requests were answered, by method, route and status."""
    found: Counter[tuple[str, str, str]] = Counter()
    for family in text_string_to_metric_families(desk.client("auditor").get("/metrics").text):
        for sample in family.samples:
            if sample.name == "factledger_requests_total":
                found[sample.labels["method"], sample.labels["route"], sample.labels["status"]] += int(
                    sample.value
                )
    return found


@pytest.mark.parametrize(("role", "twin"), TWINS.items())
def test_twins_may_do_the_same_over_http(role: Role, twin: Role) -> None:
    of_one = (
        IssueKey,
        RevokeKey,
        RegisterProvider,
    )  # the first two on the command line, the last by the twin alone
    over_http = [roles for command, roles in MAY.items() if command not in of_one]
    assert [role in roles for roles in over_http] == [twin in roles for roles in over_http]


@pytest.mark.slow
@pytest.mark.parametrize("role", [*ROLES, None])
def test_schemathesis_finds_nothing_however_long_it_looks(
    desk: Desk,
    seeded: dict[str, Any],
    document: dict[str, Any],
    role: Role | None,
    tmp_path: Path,
) -> None:
    settings = SETTINGS.replace("max-examples = 2", "max-examples = 50")
    settings = settings.replace(
        "seed = 20230912", f"seed = {os.environ.get('FACTLEDGER_TEST_SEED', '20230912')}"
    )
    Inquiry(desk, seeded, role, settings, tmp_path / "inquiry").finds_nothing(len(ending(every(document))))
