"""The API, asked from within the process: each question goes through its endpoint, as whoever the page is for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
from fastapi import Request
from starlette.types import Message

from ledger.commands import Actor

Asked = Mapping[str, str | int | None]


class Refused(Exception):
    """The endpoint said no. `problem`: as in RFC 9457."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(status, problem.get("detail"))
        self.status = status
        self.problem = problem

    @property
    def kind(self) -> str:
        return str(self.problem.get("type", "")).rpartition(":")[2]

    @property
    def wrong(self) -> dict[str, str]:
        """What is wrong, by JSON pointer into the body; "" is the whole of it."""
        places = self.problem.get("errors", ())
        by_pointer = {
            place["pointer"].removeprefix("#"): place["detail"] for place in places if "pointer" in place
        }
        return by_pointer or {"": str(self.problem.get("detail", "This was refused."))}


_FILED_BEFORE = (
    "This form was filed before, with something else in it, and that stands. To change it once more, look at what is "
    "here now, and file it again."
)


@dataclass(slots=True)
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def has_moved(self) -> bool:
        """Whether it is about a story that has another slug by now."""
        return self.status == 308

    def read(self) -> Any:
        """What its JSON says; Refused where that is a problem."""
        said = orjson.loads(self.body) if self.body else None
        if self.status >= 400 or self.has_moved:
            raise Refused(self.status, said or {})
        return said


@dataclass(frozen=True, slots=True)
class Inside:
    """Asks for the page of `request`, as `actor`: nothing is looked at here that an endpoint would not show."""

    request: Request
    actor: Actor

    async def get(self, path: str, query: Asked | None = None) -> Any:
        return (await self.ask("GET", path, query)).read()

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        once: str | None = None,
        if_match: str | None = None,
        is_dry_run: bool = False,
    ) -> Any:
        """once: an Idempotency-Key, of the form; one that something else was filed with is used up."""
        said = {"content-type": "application/json", "idempotency-key": once, "if-match": if_match}
        headers = {name: value for name, value in said.items() if value}
        query = {"dry_run": "true"} if is_dry_run else None
        answer = await self.ask("POST", path, query, headers, orjson.dumps(body))
        try:
            return answer.read()
        except Refused as refused:
            if refused.kind != "key-reused":
                raise
            self.request.state.used_up = once
            raise Refused(refused.status, {**refused.problem, "detail": _FILED_BEFORE}) from None

    async def ask(
        self,
        method: str,
        path: str,
        query: Asked | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        of_pages: bool = False,
    ) -> Answer:
        """of_pages: the links of the answer lead to pages, for it stands in the place of one."""
        asked = {name: str(value) for name, value in (query or {}).items() if value is not None}
        outer = self.request.scope
        scope = {
            "type": "http",
            "asgi": outer["asgi"],
            "http_version": "1.1",
            "method": method,
            "asked_method": method,
            "scheme": outer["scheme"],
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": urlencode(asked, quote_via=quote).encode(),
            "root_path": "",
            "headers": [
                (b"host", self.request.headers.get("host", "").encode("latin-1")),
                *(
                    (name.encode(), value.encode("latin-1", "backslashreplace"))
                    for name, value in (headers or {}).items()
                ),
            ],
            "client": outer.get("client"),
            "server": outer.get("server"),
            "request_id": outer["request_id"],
            "admitted": self.actor,
            **({"addresses_below": ""} if of_pages else {}),
        }
        answer, parts, is_given = Answer(), [], False

        async def receive() -> Message:
            nonlocal is_given
            if is_given:
                return {"type": "http.disconnect"}
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {
                    name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]
                }
            else:
                parts.append(message.get("body", b""))

        await self.request.app(scope, receive, send)
        answer.body = b"".join(parts)
        if answer.has_moved and orjson.loads(answer.body)["was"] not in re.split("[/.]", outer["path"]):
            # It is no address of this story that was asked for.
            path = urlsplit(answer.headers["location"]).path
            return await self.ask(method, path, query, headers, body, of_pages=of_pages)
        return answer
