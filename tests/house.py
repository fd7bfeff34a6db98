"""A server with a desk and readers, for the tests of what readers may see: what is found behind its endpoints."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from api.server.embedded import EmbeddedPostgres
from ledger.words import LEDGER, Role
from tests.newsday import FAR, FAR_AS_OF_HTTP, Day, a_word
from tests.newsroom import Newsroom, Server, open_newsroom, serving
from tests.readers import Answer, Told
from tests.walk import FOR_READERS_ALONE, WALKS, Found, Walker
from tests.walk_pages import PAGES

FILING: tuple[Role, ...] = ("reporter", "editor", "standards")
CHANGES_WHAT_READERS_SEE = {
    "PublishStory", "LiftEmbargo", "HoldStory", "ReleaseStory", "KillStory", "TakeDownStory", "GiveApproval",
}  # fmt: skip


@dataclass(slots=True)
class House:
    """reader: has no key; member: has one and asks for what readers see; never: who acts at the desk, and until when
    something is embargoed."""

    room: Newsroom
    server: Server
    reader: Walker
    member: Walker
    never: frozenset[str]

    def day(self, day: Callable[[Day], None]) -> Iterator[Found]:
        """What is found wrong in the course of a day, and after it; then nothing of it is left to readers."""
        found: list[Found] = []

        def look(so_far: Day, command: str, slug: str) -> None:
            if command in CHANGES_WHAT_READERS_SEE:
                told = so_far.told()
                story = told.owner(slug)
                found.extend(self.walk(replace(told, past=False, only=story.slug if story else slug)))

        today = Day(self.room, look, self.server.client("editor"))
        try:
            day(today)
            yield from found
            yield from self.walk(today.told())
            yield from self.walk_with_a_key(today.told())
        finally:
            today.close()
        yield from self.walk(replace(today.told(), past=False))

    def walk(self, told: Told, *endpoints: str) -> Iterator[Found]:
        """Through every endpoint, or some, as a reader."""
        yield from self._walk(self.reader, told, endpoints)

    def walk_with_a_key(self, told: Told) -> Iterator[Found]:
        """Likewise, asking for what readers see now."""
        yield from self._walk(self.member, replace(told, past=False), ())

    def _walk(self, walker: Walker, told: Told, endpoints: Sequence[str]) -> Iterator[Found]:
        while self.reader.hear(f"/v1/stories?limit=1&at_least={told.head}").status == 503:
            pass  # the views are not so far yet
        for endpoint in endpoints or (*WALKS, *(PAGES if walker is self.reader else ())):
            is_asked_for_the_desk = False
            for question in WALKS[endpoint](told) if endpoint in WALKS else PAGES[endpoint](told):
                # With a key some endpoints are the desk's, and at others there is no view to choose. To ask those
                # that are closed to readers once is enough.
                is_open = endpoint.startswith("/v1/") and question.answer.status != 401
                if is_open or (walker is self.reader and (told.past or endpoint in PAGES)):
                    yield from walker.ask(question, self.never)
                if is_open and walker is self.reader and told.past and not is_asked_for_the_desk:
                    is_asked_for_the_desk = True
                    refused = Answer(400 if endpoint in FOR_READERS_ALONE else 401)
                    of_the_desk = question.asked | {"view": "desk"}
                    yield from walker.ask(replace(question, answer=refused, asked=of_the_desk), self.never)


@contextmanager
def open_house(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[House]:
    with open_newsroom(servers("embedded")) as room:
        never = {str(LEDGER), FAR[:9], FAR_AS_OF_HTTP}
        for role in FILING:
            label = a_word()
            secret, _ = room.issue_key(role, label)
            room.actors[role] = room.keyring.actor(secret, datetime.now(UTC))
            never |= {label, str(room.actors[role].member)}
        with serving(room, reader_rate="100000000/minute", rate="100000000/minute") as server:
            never.add(str(room.keyring.actor(server.secret("editor"), datetime.now(UTC)).member))
            reader, member = Walker(server.url), Walker(server.url, server.secret("auditor"))
            # FastAPI makes it when it is first asked for, and hides warnings of pydantic meanwhile. Threads share
            # the filters of warnings: so not while dates are read.
            assert reader.hear("/openapi.json").status == 200
            yield House(room, server, reader, member, frozenset(never))
            reader.close()
            member.close()
