"""The endpoints that record, one an act of the desk: the body is the command, the answer its receipt.

They are made of the table in `acts.py`; FastAPI reads the signature that each is given here.
"""

import re
from collections.abc import Awaitable, Callable
from inspect import Parameter, Signature
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import Response

from api.http.access import Filer, Visitor
from api.http.acts import ACTS, About, Act
from api.http.endpoints import (
    ApprovalOf,
    FactOf,
    RequestOf,
    RevisionOf,
    SourceSlug,
    StorySlug,
    awaiting,
    example,
    recorded,
    router,
)
from ledger import commands

endpoints = router()

_STORY = {"slug": StorySlug}
# Where the address of what an act is about begins, and the parameters in it.
_PLACES: dict[About, tuple[str, dict[str, Any]]] = {
    "nothing": ("", {}),
    "source": ("/sources/{slug}", {"slug": SourceSlug}),
    "story": ("/stories/{slug}", _STORY),
    "fact": ("/stories/{slug}/facts/{fact}", _STORY | {"fact": FactOf}),
    "approval": ("/stories/{slug}/approvals/{approval}", _STORY | {"approval": ApprovalOf}),
    "revision": ("/stories/{slug}/revisions/{revision}", _STORY | {"revision": RevisionOf}),
    "request": ("/requests/{request}", {"request": RequestOf}),
}


def _handler(act: Act) -> Callable[..., Awaitable[Response]]:
    is_on_source = issubclass(act.command, get_args(commands.CommandOnSource))

    async def file(
        command: Any, filer: Visitor, slug: str | None = None, request: UUID | None = None, **number: int
    ) -> Response:
        if request is not None:
            return await filer.answer(command, request)
        if is_on_source:
            return await filer.submit_on_source(command, slug or command.slug)
        return await filer.submit(command, slug or command.slug, *number.values())

    file.__name__ = re.sub(r"(?<!^)([A-Z])", r"_\1", act.command.__name__).lower()
    file.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation)
            for name, annotation in {
                **_PLACES[act.about][1],
                "command": Annotated[act.command, example(dict(act.example))],
                "filer": Filer,
            }.items()
        ]
    )
    return file


def _answers(act: Act) -> dict[int | str, dict[str, Any]]:
    statuses = [*([404] if act.about != "nothing" else []), 409, *([428] if act.names_what_it_saw else [])]
    if act.takes_two:
        return awaiting(*statuses)
    # Looser terms take two people, stricter ones do not.
    either = {202: awaiting()[202]} if act.command is commands.SetTerms else {}
    return recorded(*statuses) | either


def _tag(act: Act) -> str:
    if act.about == "request":
        return "Correction requests"
    return "Publishing" if issubclass(act.command, get_args(commands.CommandOnPublication)) else "Filing"


for _act in ACTS.values():
    endpoints.add_api_route(
        f"{_PLACES[_act.about][0]}/{_act.endpoint}",
        _handler(_act),
        methods=["POST"],
        status_code=202 if _act.takes_two else 201,
        responses=_answers(_act),
        tags=[_tag(_act)],
        description=_act.summary,
    )
