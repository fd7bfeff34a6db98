"""Peer 2: the stock stack. The library's application, aggregates, PostgreSQL recorder and projection runner as they
come, behind plain endpoints. It asks for no key, keeps no request and writes no log, all of which is in its favour."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
import psycopg
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, DomainEventProtocol, event
from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from fastapi import FastAPI
from psycopg.sql import SQL

from benchmarks.figures import WorkNotDone
from ledger.commands import ReportFact

SAVED_TOGETHER = 100  # events; a few thousand in one save hang for ever
TRIES = 1_000

Body = dict[str, Any]


class Story(Aggregate):
    def __init__(self, slug: str, headline: str) -> None:
        self.slug = slug
        self.headline = headline
        self.facts: list[Body] = []

    @staticmethod
    def create_id(slug: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"/stories/{slug}")

    @event("FactReported")
    def report_fact(self, number: int, fact: Body) -> None:
        assert number == len(self.facts) + 1
        self.facts.append({**fact, "version": 1})

    @event("FactCorrected")
    def correct_fact(self, number: int, statement: str, was_wrong: str, reason: str) -> None:
        before = self.facts[number - 1]
        self.facts[number - 1] = {
            **before,
            "statement": statement,
            "was_wrong": was_wrong,
            "reason": reason,
            "version": before["version"] + 1,
        }


class Newsroom(Application[UUID]):
    def open_story(self, slug: str, headline: str) -> None:
        self.save(Story(slug, headline))

    def report_fact(self, slug: str, fact: Body) -> int:
        """The fact's number; decided again as often as somebody else came first."""
        for _ in range(TRIES):
            story = self.story(slug)
            number = len(story.facts) + 1
            story.report_fact(number, fact)
            try:
                self.save(story)
            except IntegrityError:
                continue
            return number
        raise TimeoutError(f"{TRIES} others came first")

    def story(self, slug: str, version: int | None = None) -> Story:
        found: Story = self.repository.get(Story.create_id(slug), version=version)
        return found

    def document(self, slug: str, version: int | None = None) -> bytes:
        """The story as it stood, as JSON."""
        story = self.story(slug, version)
        return orjson.dumps(
            {"story": slug, "headline": story.headline, "revision": story.version, "facts": story.facts}
        )

    def tell(self, slug: str, facts: list[Body], corrections: list[tuple[int, str]]) -> None:
        """A whole story: facts, then corrections (number, statement)."""
        story = Story(slug, "A headline")
        for number, fact in enumerate(facts, start=1):
            story.report_fact(number, fact)
            self._save_some(story)
        for number, statement in corrections:
            story.correct_fact(number, statement, "It was said wrongly.", "The desk has looked at it again.")
            self._save_some(story)
        self.save(story)

    def _save_some(self, story: Story) -> None:
        if len(story.pending_events) >= SAVED_TOGETHER:
            self.save(story)


# --- One view, comparable to fact_versions -----------------------------------------------------------------------


class FactVersionsView(PostgresTrackingRecorder):
    """Each version of each fact, valid over [from_position, to_position)."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(
            SQL(
                "create table if not exists fact_versions (story uuid, fact int, version int,"
                " from_position bigint, to_position bigint, body text, primary key (story, fact, from_position))"
            ).format()
        )

    def begin(self, story: UUID, fact: int, body: Body, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "insert into fact_versions values (%s, %s, %s, %s, null, %s)",
                [story, fact, body["version"], tracking.notification_id, orjson.dumps(body).decode()],
                prepare=True,
            )

    def follow(self, story: UUID, fact: int, changed: Body, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "update fact_versions set to_position = %s where story = %s and fact = %s and to_position is null"
                " returning version, body",
                [tracking.notification_id, story, fact],
                prepare=True,
            )
            row = cast("dict[str, Any]", cursor.fetchone())
            body = orjson.loads(row["body"]) | changed | {"version": row["version"] + 1}
            cursor.execute(
                "insert into fact_versions values (%s, %s, %s, %s, null, %s)",
                [story, fact, body["version"], tracking.notification_id, orjson.dumps(body).decode()],
                prepare=True,
            )


class FactVersions(Projection[FactVersionsView]):
    name = "fact_versions_projection"

    @singledispatchmethod
    def process_event(self, domain_event: DomainEventProtocol[UUID], tracking: Tracking) -> None:
        self.view.insert_tracking(tracking)

    @process_event.register
    def reported(self, domain_event: Story.FactReported, tracking: Tracking) -> None:  # type: ignore[name-defined]
        body = {**domain_event.fact, "version": 1}
        self.view.begin(domain_event.originator_id, domain_event.number, body, tracking)

    @process_event.register
    def corrected(self, domain_event: Story.FactCorrected, tracking: Tracking) -> None:  # type: ignore[name-defined]
        changed = {
            "statement": domain_event.statement,
            "was_wrong": domain_event.was_wrong,
            "reason": domain_event.reason,
        }
        self.view.follow(domain_event.originator_id, domain_event.number, changed, tracking)


def run_projection(url: str) -> ProjectionRunner[Newsroom, FactVersionsView]:
    return ProjectionRunner(
        application_class=Newsroom,
        projection_class=FactVersions,
        view_class=FactVersionsView,
        env=environment(url),
    )


POSITION = (
    "select coalesce(max(notification_id), 0), clock_timestamp() from fact_versions_projection_tracking"
    " where application_name = 'Newsroom'"
)
HEAD = "select coalesce(max(notification_id), 0) from newsroom_events"
COMMITTED = (
    "select notification_id, pg_xact_commit_timestamp(xmin) from newsroom_events where notification_id > %s"
    " order by notification_id"
)


def wait_for_view(url: str, seconds: float = 120.0) -> None:
    """Until the view has taken in every event."""
    with psycopg.connect(url, autocommit=True) as connection:
        head = connection.execute(HEAD).fetchone()
        for _ in range(int(seconds / 0.01)):
            reached = connection.execute(POSITION).fetchone()
            if head and reached and reached[0] >= head[0]:
                return
            time.sleep(0.01)
    raise WorkNotDone(f"the view of the stock stack is still behind after {seconds:.0f} s")


def environment(url: str) -> dict[str, str]:
    where = psycopg.conninfo.conninfo_to_dict(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(where["dbname"]),
        "POSTGRES_HOST": str(where["host"]),
        "POSTGRES_PORT": str(where["port"]),
        "POSTGRES_USER": str(where["user"]),
        "POSTGRES_PASSWORD": "none is asked for",
    }


def newsroom(url: str) -> Newsroom:
    return Newsroom(environment(url))


def stock_application(url: str) -> FastAPI:
    """For a server: a plain endpoint, and the projection beside it in the same process."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with run_projection(url) as runner:
            app.state.newsroom = runner.app
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/stories/{slug}/facts", status_code=201)
    def report_fact(slug: str, command: ReportFact) -> dict[str, Any]:
        number = app.state.newsroom.report_fact(slug, command.model_dump(mode="json", exclude_none=True))
        return {"story": slug, "fact": number}

    return app
