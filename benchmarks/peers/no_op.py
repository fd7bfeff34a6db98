"""Peer 1: endpoints that do nothing, in the ledger's own application: same key, body and middleware, no ledger."""

from functools import cache
from typing import Annotated

from fastapi import FastAPI, Query, Response

from api.http.access import Filer, Reader
from api.http.documents import AskedMoment
from api.http.endpoints import StorySlug, router
from api.server.journal import keep_journal
from api.serving import application
from benchmarks.server import SETTINGS
from ledger.commands import ReportFact
from ledger.store.database import Database

RECEIPT = (
    '{"position":1037,"recorded_at":"2026-11-23T10:00:00.000001Z","event_id":"0d3c8a52-7d3c-4d1e-9f4e-0f8f3f9f7c11",'
    '"story":"kim-visits-russia","revision":2,"fact":1,"version":1}'
)

filing = router("Benchmark")
reading = router("Benchmark", is_open=True)


@filing.post("/no-op/{slug}/facts", status_code=201)
async def report_nothing(slug: StorySlug, command: ReportFact, filer: Filer) -> Response:
    del command, filer
    return Response(RECEIPT, 201, {"location": f"/v1/stories/{slug}/facts/1"}, "application/json")


@reading.get("/no-op/{slug}")
def show_nothing(
    slug: StorySlug, asked: AskedMoment, reader: Reader, size: Annotated[int, Query(alias="bytes")]
) -> Response:
    del slug, asked, reader
    return Response(_text(size), 200, {"cache-control": "private, no-cache"}, "application/json")


@cache
def _text(size: int) -> str:
    return '"' + "x" * (size - 2) + '"'


def ledger_with_no_op(url: str) -> FastAPI:
    """The application as `factledger serve` has it, log and all, with these endpoints beside its own."""
    keep_journal(SETTINGS.log_level)
    app = application(Database(url), SETTINGS)
    app.include_router(filing)
    app.include_router(reading)
    return app
