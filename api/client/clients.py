"""The two clients: they send, wait and listen; what they ask is in `asking.py`."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self, overload

import httpx2

from api.client import asking
from api.client.answers import ReaderStory, Rehearsal, StoryDocument
from api.client.asking import Answer, Asked, Exchange, Patience, Send, Unreachable, Wait
from api.client.told import Hearing, Receipt, Told
from ledger.words import FactKind

_SILENCE = (
    60.0  # seconds without a word, after which a stream is taken to be dead: it says something every fifteen
)


class _Paths:
    """Where things are, and what is said of them."""

    @staticmethod
    def opening(slug: str, headline: str, language: str, desk: str) -> dict[str, Any]:
        return {"slug": slug, "headline": headline, "language": language, "desk": desk}

    @staticmethod
    def stream(story: str | None) -> str:
        return f"/v1/stories/{story}/stream" if story else "/v1/events/stream"


def _headers(key: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


class Ledger:
    """A ledger, asked with a key, or without one as readers do.

    >>> with Ledger("http://127.0.0.1:8321", key) as ledger:
    ...     ledger.report("kim-visits-russia", "A train arrived", attribution=[…])
    """

    def __init__(self, url: str, key: str | None = None, *, timeout: float = 30.0, tries: int = 5) -> None:
        self._http = httpx2.Client(
            base_url=url, headers=_headers(key), timeout=timeout, follow_redirects=True
        )
        self._patience = Patience(tries)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, exchange: Exchange[Answer]) -> Answer:
        step: Send | Wait = next(exchange)
        try:
            while True:
                if isinstance(step, Wait):
                    time.sleep(step.seconds)
                    step = next(exchange)
                    continue
                try:
                    answer = self._http.request(
                        step.method,
                        step.path,
                        params=dict(step.params),
                        headers=dict(step.headers),
                        content=step.content,
                    )
                except httpx2.TransportError as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(answer)
        except StopIteration as end:
            result: Answer = end.value
            return result

    # --- Recording -------------------------------------------------------------------------------------------------

    def post(
        self, path: str, body: Mapping[str, Any], *, once: str | None = None, if_match: str | None = None
    ) -> Receipt:
        """Any act at its endpoint; once: an Idempotency-Key of your own, so that another process can repeat it."""
        return self._run(asking.record(path, body, once, if_match, self._patience))

    def rehearse(self, path: str, body: Mapping[str, Any]) -> Rehearsal:
        """What would be recorded, and how it would read."""
        return self._run(asking.rehearse(path, body, self._patience))

    def open(self, slug: str, headline: str, *, language: str, desk: str, once: str | None = None) -> Receipt:
        return self.post("/v1/stories", _Paths.opening(slug, headline, language, desk), once=once)

    def report(
        self, story: str, statement: str, *, kind: FactKind = "event", once: str | None = None, **fields: Any
    ) -> Receipt:
        body = {"statement": statement, "kind": kind, **fields}
        return self.post(f"/v1/stories/{story}/facts", body, once=once)

    def correct(
        self,
        story: str,
        fact: int,
        *,
        expected_version: int,
        was_wrong: str,
        once: str | None = None,
        **fields: Any,
    ) -> Receipt:
        body = {"expected_version": expected_version, "was_wrong": was_wrong, **fields}
        return self.post(f"/v1/stories/{story}/facts/{fact}/corrections", body, once=once)

    def change(
        self, story: str, acts: Sequence[Mapping[str, Any]], *, once: str | None = None, **fields: Any
    ) -> Receipt:
        """Several acts in one piece, or none of them."""
        return self.post(f"/v1/stories/{story}/acts", {"acts": list(acts), **fields}, once=once)

    def publish(
        self, story: str, revision: int, reason: str, *, once: str | None = None, **fields: Any
    ) -> Receipt:
        body = {"revision": revision, "reason": reason, **fields}
        return self.post(f"/v1/stories/{story}/publications", body, once=once)

    def take(self, item: bytes, media_type: str, **asked: str | None) -> Receipt:
        """An item of a wire or a content system, or a table of facts, in its own format; sent again, it is recorded
        once. asked: provider, and how a table is taken. The body is a receipt of one item alone: of several it has
        `items`, of a table `rows`, as the documentation says, and no type of its own."""
        return self._run(asking.take(item, media_type, asked, self._patience))

    def delete(self, path: str) -> None:
        """What can be removed, such as a webhook."""
        self._run(asking.delete(path, self._patience))

    # --- Reading ---------------------------------------------------------------------------------------------------

    def get(self, path: str, **asked: str | int | bool | None) -> Any:
        """What is there; its shape is one of `answers`, and to be named by whoever asks."""
        return self._run(asking.read(path, asked, self._patience))

    @overload
    def story(self, slug: str, *, view: Literal["desk"], **asked: str | int | None) -> StoryDocument: ...
    @overload
    def story(self, slug: str, *, view: Literal["reader"], **asked: str | int | None) -> ReaderStory: ...
    @overload
    def story(self, slug: str, **asked: str | int | None) -> StoryDocument | ReaderStory: ...
    def story(self, slug: str, **asked: str | int | None) -> StoryDocument | ReaderStory:
        """With all of its facts; asked: as_of, revision, edition, position, view, at_least. Where no view is asked for,
        the desk's with a key, and readers' without one."""
        return self._run(asking.whole_story(slug, asked, self._patience))

    def items(self, path: str, **asked: str | int | bool | None) -> Iterator[Any]:
        """Every item of a list, page by page as they are asked for: `/v1/stories`, `/v1/corrections` and the like."""
        question: Asked = asked
        while True:
            page = self.get(path, **question)
            yield from page["items"]
            if page["next"] is None:
                return
            question = _next_page(path, asked, page["next"])

    def follow(self, story: str | None = None, *, since: str | int | None = None) -> Iterator[Told]:
        """What happens, as it happens, for ever: where the connection ends it goes on from what was heard last. Refused
        where the stream is over: a story that was withdrawn from readers, a key that is revoked."""
        hearing, tried = Hearing(), 0
        while True:
            params, headers = _listening(hearing, since)
            try:
                with self._http.stream(
                    "GET", _Paths.stream(story), params=params, headers=headers, timeout=_timeout(self._http)
                ) as answer:
                    _check(answer, answer.read() if answer.status_code >= 400 else b"")
                    for line in answer.iter_lines():
                        tried = 0
                        yield from hearing.hear(line)
            except (httpx2.TransportError, Unreachable):
                if tried >= self._patience.tries:
                    raise
            hearing.again()
            time.sleep(self._patience.after(tried))
            tried += 1


class AsyncLedger:
    """The same, for an event loop."""

    def __init__(self, url: str, key: str | None = None, *, timeout: float = 30.0, tries: int = 5) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url, headers=_headers(key), timeout=timeout, follow_redirects=True
        )
        self._patience = Patience(tries)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, exchange: Exchange[Answer]) -> Answer:
        step: Send | Wait = next(exchange)
        try:
            while True:
                if isinstance(step, Wait):
                    await asyncio.sleep(step.seconds)
                    step = next(exchange)
                    continue
                try:
                    answer = await self._http.request(
                        step.method,
                        step.path,
                        params=dict(step.params),
                        headers=dict(step.headers),
                        content=step.content,
                    )
                except httpx2.TransportError as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(answer)
        except StopIteration as end:
            result: Answer = end.value
            return result

    async def post(
        self, path: str, body: Mapping[str, Any], *, once: str | None = None, if_match: str | None = None
    ) -> Receipt:
        return await self._run(asking.record(path, body, once, if_match, self._patience))

    async def rehearse(self, path: str, body: Mapping[str, Any]) -> Rehearsal:
        return await self._run(asking.rehearse(path, body, self._patience))

    async def open(
        self, slug: str, headline: str, *, language: str, desk: str, once: str | None = None
    ) -> Receipt:
        return await self.post("/v1/stories", _Paths.opening(slug, headline, language, desk), once=once)

    async def report(
        self, story: str, statement: str, *, kind: FactKind = "event", once: str | None = None, **fields: Any
    ) -> Receipt:
        body = {"statement": statement, "kind": kind, **fields}
        return await self.post(f"/v1/stories/{story}/facts", body, once=once)

    async def correct(
        self,
        story: str,
        fact: int,
        *,
        expected_version: int,
        was_wrong: str,
        once: str | None = None,
        **fields: Any,
    ) -> Receipt:
        body = {"expected_version": expected_version, "was_wrong": was_wrong, **fields}
        return await self.post(f"/v1/stories/{story}/facts/{fact}/corrections", body, once=once)

    async def change(
        self, story: str, acts: Sequence[Mapping[str, Any]], *, once: str | None = None, **fields: Any
    ) -> Receipt:
        return await self.post(f"/v1/stories/{story}/acts", {"acts": list(acts), **fields}, once=once)

    async def publish(
        self, story: str, revision: int, reason: str, *, once: str | None = None, **fields: Any
    ) -> Receipt:
        body = {"revision": revision, "reason": reason, **fields}
        return await self.post(f"/v1/stories/{story}/publications", body, once=once)

    async def take(self, item: bytes, media_type: str, **asked: str | None) -> Receipt:
        return await self._run(asking.take(item, media_type, asked, self._patience))

    async def delete(self, path: str) -> None:
        await self._run(asking.delete(path, self._patience))

    async def get(self, path: str, **asked: str | int | bool | None) -> Any:
        return await self._run(asking.read(path, asked, self._patience))

    @overload
    async def story(
        self, slug: str, *, view: Literal["desk"], **asked: str | int | None
    ) -> StoryDocument: ...
    @overload
    async def story(
        self, slug: str, *, view: Literal["reader"], **asked: str | int | None
    ) -> ReaderStory: ...
    @overload
    async def story(self, slug: str, **asked: str | int | None) -> StoryDocument | ReaderStory: ...
    async def story(self, slug: str, **asked: str | int | None) -> StoryDocument | ReaderStory:
        return await self._run(asking.whole_story(slug, asked, self._patience))

    async def items(self, path: str, **asked: str | int | bool | None) -> AsyncIterator[Any]:
        question: Asked = asked
        while True:
            page = await self.get(path, **question)
            for item in page["items"]:
                yield item
            if page["next"] is None:
                return
            question = _next_page(path, asked, page["next"])

    async def follow(
        self, story: str | None = None, *, since: str | int | None = None
    ) -> AsyncIterator[Told]:
        hearing, tried = Hearing(), 0
        while True:
            params, headers = _listening(hearing, since)
            try:
                async with self._http.stream(
                    "GET", _Paths.stream(story), params=params, headers=headers, timeout=_timeout(self._http)
                ) as answer:
                    _check(answer, await answer.aread() if answer.status_code >= 400 else b"")
                    async for line in answer.aiter_lines():
                        tried = 0
                        for told in hearing.hear(line):
                            yield told
            except (httpx2.TransportError, Unreachable):
                if tried >= self._patience.tries:
                    raise
            hearing.again()
            await asyncio.sleep(self._patience.after(tried))
            tried += 1


# Lists that go on behind a position and not behind a cursor.
_BY_POSITION = ("/v1/events", "/v1/purges", "/v1/members")


def _next_page(path: str, asked: Asked, following: str | int) -> Asked:
    return {**asked, ("after" if path in _BY_POSITION else "cursor"): following}


def _listening(hearing: Hearing, since: str | int | None) -> tuple[dict[str, str], dict[str, str]]:
    if hearing.last is not None:
        return {}, {"last-event-id": hearing.last}
    return ({"since": str(since)} if since is not None else {}), {}


def _timeout(client: httpx2.Client | httpx2.AsyncClient) -> httpx2.Timeout:
    usual = client.timeout
    return httpx2.Timeout(connect=usual.connect, read=_SILENCE, write=usual.write, pool=usual.pool)


def _check(answer: httpx2.Response, body: bytes) -> None:
    if answer.status_code in (429, 503):
        raise Unreachable(body.decode(errors="replace"))
    if answer.status_code >= 400:
        raise asking.refusal(answer)
