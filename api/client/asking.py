"""One question to the ledger, with all that can come between: written once, whoever sends it and waits.

A question is a generator. It yields what is to be sent, or for how many seconds to wait, and is sent the response, or
thrown what kept it from coming.
"""

import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx2
import orjson

from api.client.answers import ReaderStory, Rehearsal, StoryDocument
from api.client.told import Receipt

Asked = Mapping[str, str | int | bool | None]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Send:
    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


Exchange = Generator[Send | Wait, httpx2.Response | None, Answer]


class Refused(Exception):
    """The ledger said no, in the words of its problem details (RFC 9457). kind: such as `fact-moved-on`; errors: what
    is wrong, each with the pointer, parameter or header where it is."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or f"HTTP status {status}"))
        self.status = status
        self.problem = problem

    @property
    def kind(self) -> str:
        return str(self.problem.get("type", "")).rpartition(":")[2]

    @property
    def errors(self) -> Sequence[Mapping[str, str]]:
        errors: Sequence[Mapping[str, str]] = self.problem.get("errors", ())
        return errors


class Unreachable(Exception):
    """No answer came, as often as it was tried. What was to be recorded may be: sent again with the same `once` it is
    recorded once."""


@dataclass(frozen=True, slots=True)
class Patience:
    """tries: how often the same request is sent; longest: seconds between two of them."""

    tries: int = 5
    longest: float = 10.0

    def after(self, tried: int) -> float:
        """Longer each time, and never at the same time as others."""
        wait: float = min(self.longest, 0.1 * 2.0**tried)
        return wait * random.uniform(0.5, 1.0)  # noqa: S311  nobody's safety rests on it


def ask(send: Send, patience: Patience) -> Exchange[httpx2.Response]:
    """The answer to it. Sent again where none came, or not now (429, 503); so it must be one that can be sent again."""
    for tried in range(patience.tries):
        is_last = tried == patience.tries - 1
        try:
            answer = yield send
        except httpx2.TransportError as error:
            if is_last:
                raise Unreachable(f"{send.method} {send.path}: {error}") from error
            yield Wait(patience.after(tried))
            continue
        assert answer is not None
        if answer.status_code < 400:
            return answer
        if answer.status_code not in (429, 503) or is_last:
            raise refusal(answer)
        asked = answer.headers.get("retry-after", "")
        yield Wait(min(patience.longest, float(asked)) if asked.isdigit() else patience.after(tried))
    raise AssertionError("there is a first try")


def refusal(answer: httpx2.Response) -> Refused:
    try:
        problem = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        problem = {}
    return Refused(answer.status_code, problem if isinstance(problem, dict) else {})


def read(path: str, asked: Asked, patience: Patience) -> Exchange[Any]:
    answer = yield from ask(Send("GET", path, params_of(asked)), patience)
    return orjson.loads(answer.content)


def record(
    path: str, body: Mapping[str, Any], once: str | None, if_match: str | None, patience: Patience
) -> Exchange[Receipt]:
    """However often it has to be sent, under one Idempotency-Key: it is recorded once."""
    headers = {"content-type": "application/json", "idempotency-key": once or str(uuid4())}
    if if_match is not None:
        headers["if-match"] = if_match
    answer = yield from ask(Send("POST", path, {}, headers, orjson.dumps(dict(body))), patience)
    return Receipt(orjson.loads(answer.content), "idempotent-replayed" in answer.headers)


def take(item: bytes, media_type: str, asked: Asked, patience: Patience) -> Exchange[Receipt]:
    """Sent again, an item is recorded once, by what it says of itself."""
    send = Send("POST", "/v1/intake", params_of(asked), {"content-type": media_type}, item)
    answer = yield from ask(send, patience)
    return Receipt(orjson.loads(answer.content), "idempotent-replayed" in answer.headers)


def delete(path: str, patience: Patience) -> Exchange[None]:
    yield from ask(Send("DELETE", path, {}), patience)


def rehearse(path: str, body: Mapping[str, Any], patience: Patience) -> Exchange[Rehearsal]:
    headers = {"content-type": "application/json"}
    send = Send("POST", path, {"dry_run": "true"}, headers, orjson.dumps(dict(body)))
    answer = yield from ask(send, patience)
    rehearsal: Rehearsal = orjson.loads(answer.content)
    return rehearsal


def whole_story(slug: str, asked: Asked, patience: Patience) -> Exchange[StoryDocument | ReaderStory]:
    """With all of its facts, of one moment."""
    path = f"/v1/stories/{slug}"
    story = yield from read(path, asked, patience)
    moment = {"view": asked.get("view"), "revision": story["revision"]}
    if "edition" in story:
        moment = {"view": asked.get("view"), "edition": story["edition"]}
    following = story.pop("next", None)
    while following is not None:
        part = yield from read(path, {**moment, "facts_after": following}, patience)
        story["facts"] += part["facts"]
        following = part.get("next")
    whole: StoryDocument | ReaderStory = story
    return whole


def params_of(asked: Asked) -> dict[str, str]:
    """As the ledger spells them; what is None is not asked."""
    return {
        name.rstrip("_"): str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in asked.items()
        if value is not None
    }
