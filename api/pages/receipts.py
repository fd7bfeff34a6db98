"""What was just recorded, told on the page that it leads to: when, as which revision, and what no longer fits in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.pages.rendering import address
from ledger.fact import FactBody
from ledger.rules import fitting

_MISFITS = 20  # facts, the first ones


def leading_to(path: str, receipt: Mapping[str, Any], *, is_undoable: bool = True, **asked: Any) -> str:
    """The address of a page that tells of it; receipt: of one act, or of a change of several."""
    of_story = [act for act in receipt.get("acts", [receipt]) if "story" in act]
    revisions = [act["revision"] for act in of_story if "revision" in act]
    misfit = dict.fromkeys(act["fact"] for act in of_story if act.get("warnings"))
    return address(
        path,
        **asked,
        recorded=receipt["position"],
        recorded_at=receipt["recorded_at"],
        made=f"{revisions[0]}-{revisions[-1]}" if is_undoable and revisions else None,
        misfit="-".join(map(str, [*misfit][:_MISFITS])),
    )


def misfits(facts: Sequence[Mapping[str, Any]], language: str) -> list[tuple[int, str]]:
    """What does not fit in these facts, by number."""
    return [
        (fact["fact"], one["detail"])
        for fact in facts
        if fact["standing"] == "standing"
        for one in fitting.warnings(_body(fact), language).get("warnings", ())
    ]


def _body(fact: Mapping[str, Any]) -> FactBody:
    return FactBody.recorded(**{name: fact[name] for name in FactBody.model_fields if name in fact})
