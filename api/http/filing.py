"""The endpoints that record, one an act of the desk: the body is the command, the answer its receipt.

They are made of the table in `acts.py`; FastAPI reads the signature that each is given here.
"""

import re
from collections.abc import Awaitable, Callable
from inspect import Parameter, Signature
from typing import Annotated, Any, get_args

from fastapi import Response

from api.http.access import Filer
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

# The parameters in the address of what an act is about, the first one of the story or the source.
_IN_ADDRESS: dict[About, dict[str, Any]] = {
    "nothing": {},
    "source": {"slug": SourceSlug},
    "story": {"slug": StorySlug},
    "fact": {"slug": StorySlug, "fact": FactOf},
    "approval": {"slug": StorySlug, "approval": ApprovalOf},
    "revision": {"slug": StorySlug, "revision": RevisionOf},
    "request": {"request": RequestOf},
}
_PLACES: dict[About, str] = {
    "nothing": "",
    "source": "/sources/{slug}",
    "story": "/stories/{slug}",
    "fact": "/stories/{slug}/facts/{fact}",
    "approval": "/stories/{slug}/approvals/{approval}",
    "revision": "/stories/{slug}/revisions/{revision}",
    "request": "/requests/{request}",
}


def _handler(act: Act) -> Callable[..., Awaitable[Response]]:
    async def file(command: Any, filer: Any, **said: Any) -> Response:
        if act.about == "request":
            return await filer.answer(command, said["request"])  # type: ignore[no-any-return]
        if issubclass(act.command, get_args(commands.CommandOnSource)):
            return await filer.submit_on_source(command, said.get("slug") or command.slug)  # type: ignore[no-any-return]
        slug, *number = said.values() or [command.slug]
        return await filer.submit(command, slug, *number)  # type: ignore[no-any-return]

    file.__name__ = re.sub(r"(?<!^)([A-Z])", r"_\1", act.command.__name__).lower()
    file.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation)
            for name, annotation in {
                **_IN_ADDRESS[act.about],
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
        f"{_PLACES[_act.about]}/{_act.endpoint}",
        _handler(_act),
        methods=["POST"],
        status_code=202 if _act.takes_two else 201,
        responses=_answers(_act),
        tags=[_tag(_act)],
        description=_act.summary,
    )
