"""The example story, filed over HTTP moment by moment; filed a second time, it records nothing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from api.client import Ledger, Receipt, Refused
from ledger.words import Role

EXAMPLE = Path(str(files("api.terminal"))) / "example"
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


def file_example(ledgers: Mapping[Role, Ledger], *, are_new: bool) -> Iterator[Filed]:
    """Posts the calls of each moment, every one under an Idempotency-Key of its own. ledgers: asked with the key of
    each role; are_new: whether those keys are."""
    session = read_session()
    story = f"/v1/stories/{session['story']}"
    is_there = are_new and is_filed(ledgers["editor"], session)
    calls = revision = position = 0
    for moment in session["moments"]:
        new = 0
        for call in moment["calls"]:
            calls += 1
            if is_there:
                revision += revisions_by(call)
                continue
            receipt = post(ledgers[call["as"]], call, f"demo/{session['story']}/{calls}")
            new += not receipt.replayed
            assert receipt.position is not None, "only readers are told none"
            position = receipt.position
            revision = (receipt.revision or 0) if receipt.story else revision
        if is_there:
            position = ledgers["editor"].get(f"{story}/revisions/{revision}")["position"]
        yield Filed(moment, new, len(moment["calls"]) - new, revision, position)


def is_filed(ledger: Ledger, session: Mapping[str, Any]) -> bool:
    """Whether an earlier demonstration filed it all, under keys that are lost."""
    try:
        story = ledger.get(f"/v1/stories/{session['story']}")
    except Refused:
        return False
    revisions = sum(revisions_by(call) for moment in session["moments"] for call in moment["calls"])
    if story["revision"] < revisions:
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


def post(ledger: Ledger, call: Mapping[str, Any], once: str) -> Receipt:
    """The receipt, if it is as the session expects: of what waits for a second person, or not."""
    try:
        receipt = ledger.post(call["post"], _with_files(call["body"]), once=once)
    except Refused as refused:
        raise DemoFailed(f"POST {call['post']} was answered {refused.status}: {refused}") from None
    if (receipt.approval is not None) != (call.get("answers") == 202):
        raise DemoFailed(f"POST {call['post']} was answered {receipt.body}")
    return receipt


def _with_files(body: Any) -> Any:
    """The body with {"$file": name} replaced by that file's text, in which a `$slip` has one word for another."""
    if isinstance(body, dict):
        if "$file" in body:
            return (EXAMPLE / body["$file"]).read_text().replace(*body.get("$slip", ("", "")))
        return {name: _with_files(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_files(item) for item in body]
    return body
