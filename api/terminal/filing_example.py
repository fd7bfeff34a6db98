"""The example story, filed over HTTP moment by moment; filed a second time, it records nothing."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2

from ledger.words import Role

EXAMPLE = Path(str(files("api.terminal"))) / "example"
_PATIENCE = 60  # seconds until the ledger can be filed to
ROLES: tuple[Role, ...] = ("reporter", "editor", "standards", "auditor")


class DemoFailed(Exception):
    """The demonstration met something that it did not expect."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A moment of the example whose calls are filed: how many of them were new, and where the story stood then."""

    moment: Mapping[str, Any]
    new: int
    repeated: int
    revision: int
    position: int


def read_session() -> dict[str, Any]:
    session: dict[str, Any] = json.loads((EXAMPLE / "session.json").read_text())
    return session


def file_example(client: httpx2.Client, secrets: Mapping[Role, str], *, are_new: bool) -> Iterator[Filed]:
    """Posts the calls of each moment, every one under an Idempotency-Key of its own."""
    session = read_session()
    story = f"/v1/stories/{session['story']}"
    is_there = are_new and is_filed(client, secrets["editor"], session)
    calls = revision = position = 0
    for moment in session["moments"]:
        new = 0
        for call in moment["calls"]:
            calls += 1
            if is_there:
                revision += revisions_by(call)
                continue
            answer = post(client, call, secrets[call["as"]], f"demo/{session['story']}/{calls}")
            new += "idempotent-replayed" not in answer.headers
            receipt = answer.json()
            position = receipt["position"]
            revision = receipt["revision"] if "story" in receipt else revision
        if is_there:
            position = get(client, f"{story}/revisions/{revision}", secrets["editor"])["position"]
        yield Filed(moment, new, len(moment["calls"]) - new, revision, position)


def is_filed(client: httpx2.Client, secret: str, session: Mapping[str, Any]) -> bool:
    """Whether an earlier demonstration filed it all, under keys that are lost."""
    answer = client.get(f"/v1/stories/{session['story']}", headers=with_key(secret))
    if answer.status_code != 200:
        return False
    revisions = sum(revisions_by(call) for moment in session["moments"] for call in moment["calls"])
    if answer.json()["revision"] < revisions:
        raise DemoFailed(
            "the example is here in part, or as another release files it, under keys that are lost;"
            " begin anew in another folder (FACTLEDGER_HOME)"
        )
    return True


def revisions_by(call: Mapping[str, Any]) -> int:
    """How many revisions of the story come of a call."""
    if not call["post"].startswith("/v1/stories"):
        return 0
    if "acts" in call["body"]:
        return len(call["body"]["acts"])
    return 2 if call["post"].endswith("/approve") else 1  # that it is approved, and what is approved


def post(client: httpx2.Client, call: Mapping[str, Any], secret: str, repeat: str) -> httpx2.Response:
    """The answer, if it is the one that the session expects: 201, or 202 for what waits for a second person."""
    headers = with_key(secret) | {"Idempotency-Key": repeat}
    body, until = _with_files(call["body"]), time.monotonic() + _PATIENCE
    answer = client.post(call["post"], json=body, headers=headers)
    # The ledger of an earlier release is read anew first.
    while answer.status_code == 503 and time.monotonic() < until:
        time.sleep(1)
        answer = client.post(call["post"], json=body, headers=headers)
    if answer.status_code != call.get("answers", 201):
        raise DemoFailed(f"POST {call['post']} was answered {answer.status_code}: {answer.text}")
    return answer


def get(client: httpx2.Client, path: str, secret: str) -> Any:
    answer = client.get(path, headers=with_key(secret))
    if answer.status_code != 200:
        raise DemoFailed(f"GET {path} was answered {answer.status_code}: {answer.text}")
    return answer.json()


def with_key(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _with_files(body: Any) -> Any:
    """The body with {"$file": name} replaced by that file's text, in which a `$slip` has one word for another."""
    if isinstance(body, dict):
        if "$file" in body:
            return (EXAMPLE / body["$file"]).read_text().replace(*body.get("$slip", ("", "")))
        return {name: _with_files(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_files(item) for item in body]
    return body
