"""The endpoints for those who run it: is it alive, is it ready, how is it doing."""

import hmac
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from api.http.access import Gate, check_said_once, known_parameters_only
from api.http.endpoints import answers, problems
from api.server.running import Running
from ledger.refusals import DatabaseAway, NotNow, RoleMayNot
from ledger.store.migrate import pending
from ledger.store.store import read_clocks, read_head
from projections.engine import catch_up, progress
from projections.engine.progress import Progress, Report
from projections.views.catalogue import OF_A_STORY

log = logging.getLogger("factledger.http")

endpoints = APIRouter(tags=["Operations"], dependencies=[Depends(known_parameters_only)])

# Views this far behind, in events, still count as ready: a burst is being worked off.
READY_LAG = 10_000
# Who asks gives up soon (often after a second), and a late answer would then tell nothing.
_PATIENCE = 0.8  # seconds


@endpoints.get("/healthz", responses=answers(200, {"status": "alive"}, "Alive") | problems(400))
async def show_health() -> JSONResponse:
    """Whether the process answers at all."""
    return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})


_READY: dict[str, Any] = {
    "status": "ready",
    "reason": None,
    "database": "ok",
    "migrations": "ok",
    "projections": {"lag_events": 0, "failure": None, "stopped": []},
    "clocks": {"skew_seconds": 0.001, "head_ahead_seconds": 0.0},
    "went_back": None,
}
_NOT_READY: dict[str, Any] = {
    "status": "not ready",
    "reason": "the database cannot be reached",
    "database": "away",
    "migrations": "unknown",
    "projections": None,
    "clocks": None,
    "went_back": None,
}


@endpoints.get(
    "/readyz",
    responses=answers(
        200,
        _READY,
        "Ready; degraded where a view stands still that stories do without, where the clocks are so far apart that"
        " nothing is recorded, where the last event is in the future, or since the database went back in time",
    )
    | answers(503, _NOT_READY, "Not ready; `reason` says why")
    | problems(400),
)
async def show_readiness(request: Request) -> JSONResponse:
    """Whether it can do its work: the database answers, the schema is the present one, the views keep up."""
    running: Running = request.app.state.running
    look = partial(to_thread.run_sync, readiness, running, limiter=request.app.state.health)
    checks: dict[str, Any] = await running.rooms.health.answer_together("ready?", look)
    status = 503 if checks["status"] == "not ready" else 200
    return JSONResponse(checks, status, headers={"cache-control": "no-store"})


def readiness(running: Running) -> dict[str, Any]:
    """What was looked at, in the order in which it is needed; `reason` is the first thing that stands in the way."""
    checks: dict[str, Any] = dict(_NOT_READY)
    try:
        with running.rooms.health.reading(_PATIENCE) as connection:
            head = read_head(connection)[0]
            checks["database"] = "ok"
            missing = pending(connection)
            checks["migrations"] = f"missing: {', '.join(missing)}" if missing else "ok"
            reached = catch_up.position(connection)
            stopped = progress.stopped(connection)
            clocks = read_clocks(connection)
    except DatabaseAway:
        running.was_away = True
        return checks
    except NotNow:
        return checks | {"database": "slow", "reason": "the database took too long to answer"}
    except Exception as error:
        log.exception("readiness could not be looked at")
        return checks | {"reason": f"the database does not answer as it should: {type(error).__name__}"}
    if running.was_away:
        running.was_away = False
        running.rooms.mend()
    lag = max(0, head - reached)
    failure = running.writer.failure or running.worker.failure or running.renewal.failure
    # No position: everybody may ask, and what is not public would move it.
    checks["projections"] = {
        "lag_events": lag,
        "failure": failure,
        "stopped": [view.view for view in stopped],
    }
    checks["clocks"] = {
        "skew_seconds": round(clocks.skew, 3),
        "head_ahead_seconds": round(clocks.head_ahead, 3),
    }
    checks["went_back"] = str(running.losses.last) if running.losses.last else None
    needed = [view for view in stopped if view.view in OF_A_STORY]
    if missing:
        checks["reason"] = (
            f"the schema lacks {', '.join(missing)}: start it once with a login that may migrate"
        )
    elif needed:
        checks["reason"] = _said_of(needed)
    elif failure is not None:
        checks["reason"] = failure
    elif running.renewal.unreadable:
        checks["reason"] = f"views are being built for this release: {', '.join(running.renewal.unreadable)}"
    elif lag > READY_LAG:
        checks["reason"] = f"the views are {lag} events behind"
    elif stopped:
        checks |= {"status": "degraded", "reason": _said_of(stopped)}
    elif wrong := clocks.wrong(running.database.skew) or checks["went_back"]:
        checks |= {"status": "degraded", "reason": wrong}
    else:
        checks |= {"status": "ready", "reason": None}
    return checks


def _said_of(stopped: Sequence[Progress]) -> str:
    said = "; ".join(f"{view.view} stands still ({view.state})" for view in stopped)
    return f"{said}: see factledger projections"


@endpoints.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=problems(400, 401, 403, 429, 503)
    | {200: {"content": {"text/plain": {"example": "factledger_head_position 1042.0\n"}}}},
)
async def show_metrics(request: Request) -> Response:
    """Measurements in the Prometheus text format, for whoever has the token that is set for them, too: they say how
    often the desk does what is told to nobody else before it is public. For the roles auditor and admin."""
    await _admit_to_metrics(request)
    state = request.app.state
    measure = partial(to_thread.run_sync, generate_latest, state.registry, limiter=state.health)
    text = await state.running.rooms.health.answer_together("metrics?", measure)
    return Response(text, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})


async def _admit_to_metrics(request: Request) -> None:
    check_said_once(request)
    authorization = request.headers.get("authorization", "")
    token: str | None = request.app.state.metrics_token
    if token is not None and hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        return
    gate: Gate = request.app.state.gate
    actor = request.scope["actor"] = await gate.admit(authorization)
    if actor.role not in ("auditor", "admin"):
        raise RoleMayNot(role=actor.role, needs="admin, auditor")


class LedgerCollector(Collector):
    """How far the ledger and its views are, asked when somebody asks for the metrics."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def collect(self) -> Any:
        yield GaugeMetricFamily(
            "factledger_waiting_commands",
            "Commands waiting for the writer",
            value=self._running.writer.waiting(),
        )
        yield CounterMetricFamily(
            "factledger_went_back",
            "How often this process noticed that the database went back in time",
            value=self._running.losses.times,
        )
        try:
            with self._running.rooms.health.reading(_PATIENCE) as connection:
                clocks = read_clocks(connection)
                head = read_head(connection)[0]
                reached = catch_up.position(connection)
                views = progress.report(connection)
        except Exception:  # noqa: BLE001  whatever it is, the other measurements are wanted all the more then
            yield GaugeMetricFamily("factledger_database_up", "Whether the database answers", value=0)
            return
        yield GaugeMetricFamily("factledger_database_up", "Whether the database answers", value=1)
        yield GaugeMetricFamily("factledger_head_position", "Last position of the ledger", value=head)
        yield GaugeMetricFamily(
            "factledger_views_position", "Last position in the views of stories", value=reached
        )
        yield GaugeMetricFamily(
            "factledger_clock_skew_seconds",
            "How far the database's clock is ahead of the server's",
            value=clocks.skew,
        )
        yield GaugeMetricFamily(
            "factledger_head_ahead_seconds",
            "How far the last event is ahead of the database's clock",
            value=clocks.head_ahead,
        )
        for name, told, value in _OF_A_VIEW:
            family = GaugeMetricFamily(name, told, labels=["view"])
            for view in views:
                family.add_metric([view.view], value(view))
            yield family


_OF_A_VIEW: tuple[tuple[str, str, Callable[[Report], float]], ...] = (
    ("factledger_view_position", "Last position in the view", lambda view: view.position),
    ("factledger_view_lag_events", "Events that are not in the view", lambda view: view.lag_events),
    (
        "factledger_view_lag_seconds",
        "How long ago the first event was recorded that is not in the view",
        lambda view: view.lag_seconds,
    ),
    (
        "factledger_view_stopped",
        "Whether the view stands still: paused by hand, or failed",
        lambda view: view.state != "running",
    ),
)


def measure(registry: CollectorRegistry, running: Running) -> None:
    registry.register(LedgerCollector(running))
