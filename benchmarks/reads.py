"""Every read of the API and every page: does it take longer on a large ledger, for an answer of the same size?"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal

import anyio
import httpx2
from fastapi import FastAPI
from psycopg import Connection

from api.serving import application
from api.terminal.keys import Console
from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn
from benchmarks.ledgers import Desk, Happened, Ledger
from benchmarks.load import Answered, Load, request
from benchmarks.material import Material
from benchmarks.peers.no_op import ledger_with_no_op
from benchmarks.server import SETTINGS, Served, serving
from ledger.commands import PublishStory, ReportFact
from ledger.store import sessions
from ledger.store.database import Database

Who = Literal["reader", "editor", "auditor", "admin", "signed in"]
WARM_UP: Final = 3  # requests

# What each of two ledgers has, and as much of it: a story, published, that is asked about; words that are in every
# story and in that one alone; a source that most facts lean on.
STORY: Final = "the-story"
EVERYWHERE: Final = "train"
NOWHERE_ELSE: Final = "zeppelin"
SOURCE: Final = "kcna"

_OF_EVERYBODY: Final = (
    "/v1/stories?limit=20",
    f"/v1/stories?q={EVERYWHERE}&limit=20",
    f"/v1/stories?q={EVERYWHERE}+border+guards&limit=20",
    f"/v1/stories?q={EVERYWHERE}&limit=20&position={{then}}",
    f"/v1/stories?q={NOWHERE_ELSE}&limit=20",
    f"/v1/stories?q={NOWHERE_ELSE}+{EVERYWHERE}&limit=20",
    f"/v1/stories/{STORY}",
    f"/v1/stories/{STORY}?revision={{revision}}",
    f"/v1/stories/{STORY}/revisions?limit=20",
    f"/v1/stories/{STORY}/revisions/{{revision}}",
    f"/v1/stories/{STORY}/steps",
    f"/v1/stories/{STORY}/diff?from={{revision}}&to={{last}}",
    f"/v1/stories/{STORY}/facts/3",
    f"/v1/stories/{STORY}/facts/3?revision={{revision}}",
    f"/v1/stories/{STORY}/facts/3/history",
    f"/v1/stories/{STORY}/timemap",
    f"/v1/stories/{STORY}/feed",
    f"/v1/stories/{STORY}/json-ld",
    "/v1/corrections?limit=20",
    f"/v1/corrections?story={STORY}",
    "/v1/corrections/figures",
    "/v1/corrections/feed",
    "/v1/sources",
    f"/v1/sources/{SOURCE}",
    f"/v1/sources/{SOURCE}/facts?limit=20",
    f"/v1/sources/{SOURCE}/figures",
)
_OF_EDITORS: Final = (
    f"/v1/stories/{STORY}/facts/3/impact",
    "/v1/facts/shaken",
    "/v1/approvals",
    "/v1/requests",
    "/v1/requests/figures",
    "/v1/purges?after={then}&limit=20",
)
_OF_AUDITORS: Final = (
    "/v1/events?limit=20",
    "/v1/events?after={then}&limit=20",
    f"/v1/events?story={STORY}&limit=20",
    "/v1/events?kind=fact-corrected.v1&limit=20",
    "/v1/events/{then}",
    "/v1/members",
    "/metrics",
)
_OF_ADMINS: Final = ("/v1/projections",)
_PAGES: Final = (
    "/",
    f"/?q={EVERYWHERE}",
    f"/stories/{STORY}",
    f"/stories/{STORY}?revision={{revision}}",
    f"/stories/{STORY}/history",
    f"/stories/{STORY}/diff?from={{revision}}&to={{last}}",
    f"/stories/{STORY}/facts/3",
    f"/sources/{SOURCE}",
    "/corrections",
    "/request",
)
_PAGES_OF_THE_DESK: Final = (
    "/desk",
    "/desk/approvals",
    "/desk/shaken",
    "/desk/requests",
    "/desk/open",
    "/desk/register",
    f"/desk/stories/{STORY}/publish",
    f"/desk/stories/{STORY}/facts/3/correct",
)
_PAGES_OF_AUDITORS: Final = ("/audit",)


@dataclass(frozen=True, slots=True)
class Read:
    who: Who
    path: str  # with the moments of a ledger to be set in

    @property
    def name(self) -> str:
        return f"{self.path} · {self.who}"


def every_read() -> Iterator[Read]:
    for who in ("reader", "editor"):
        yield from (Read(who, path) for path in ("/healthz", "/readyz", *_OF_EVERYBODY))
    yield from (Read("editor", path) for path in _OF_EDITORS)
    yield from (Read("auditor", path) for path in _OF_AUDITORS)
    yield from (Read("admin", path) for path in _OF_ADMINS)
    for one in ("reader", "signed in"):
        yield from (Read(one, path) for path in _PAGES)
    yield from (Read("signed in", path) for path in _PAGES_OF_THE_DESK)
    yield from (Read("auditor", path) for path in _PAGES_OF_AUDITORS)


SLOWEST: Final = 3  # of which the plans are kept
BAR: Final = 1.5


def compare(
    bench: Bench, ledgers: Mapping[int, Ledger], until_the_end: ExitStack, findings: Findings
) -> None:
    """The ledgers by how many events they have, the small one first; each has the story that is asked about."""
    (few, small), (many, large) = ledgers.items()
    few_, many_ = f"{few:,} events", f"{many:,} events"
    asked = {
        events: Reading(
            bench.generator.apply, ledger, until_the_end, bench.cluster.folder / f"reads-{events}.log"
        )
        for events, ledger in ((few_, small), (many_, large))
    }
    slow: dict[Read, float] = {}
    for read in every_read():
        sizes = {events: reading.warm_up(read) for events, reading in asked.items()}
        found = in_turn(
            bench.rounds,
            {
                events: partial(reading.milliseconds, read, bench.sizes.questions)
                for events, reading in asked.items()
            },
        )
        for events, rounds in found.items():
            findings.figure(f"{read.name}, {events} ({sizes[events] / 1000:.1f} kB)", "ms", rounds)
        findings.must(f"{read.name}: large / small", found[many_], "<=", BAR, found[few_])
        slow[read] = median(found[many_])
    for read in sorted(slow, key=slow.__getitem__)[-SLOWEST:]:
        findings.plans[read.name] = plans_of(large, asked[many_].path(read), asked[many_].fields[read.who])


class Reading:
    """Asks a server of a ledger, each in the name of who may."""

    def __init__(
        self, apply: Callable[[Load], Answered], ledger: Ledger, until_the_end: ExitStack, log: Path
    ) -> None:
        self._apply = apply
        self.server: Served = until_the_end.enter_context(
            serving(ledger_with_no_op, ledger.database.url, log)
        )
        self.fields = fields_of(ledger)
        self._moments = moments_of(ledger.database)

    def warm_up(self, read: Read) -> int:
        """How long the answer is, in bytes."""
        return self._ask(read, WARM_UP).body_bytes // WARM_UP

    def milliseconds(self, read: Read, times: int, number: int = 0) -> float:
        """The median of so many, in whatever round."""
        del number
        return median(self._ask(read, times).latencies) * 1000

    def path(self, read: Read) -> str:
        return read.path.format(**self._moments)

    def _ask(self, read: Read, times: int) -> Answered:
        path = self.path(read)
        asked = request("GET", path, self.fields[read.who])
        answered = self._apply(Load(self.server.port, [asked] * times, clients=1))
        check(answered.statuses == {200: times}, f"{path}: {dict(answered.statuses)}")
        return answered


def fields_of(ledger: Ledger) -> dict[Who, Mapping[str, str]]:
    keys = Console(ledger.database)
    fields: dict[Who, Mapping[str, str]] = {"reader": {}}
    for role in ("editor", "auditor", "admin"):
        secret, key = keys.issue(f"reads {role}", role, again=True)
        fields[role] = {"authorization": f"Bearer {secret}"}
        if role == "admin":
            continue
        with ledger.database.connect(name="benchmark") as connection:
            cookie = {
                "cookie": f"factledger_session={sessions.begin(connection, key.key, datetime.now(UTC))}"
            }
        if role == "editor":
            fields["signed in"] = cookie
        else:
            fields[role] = {**fields[role], **cookie}
    return fields


def moments_of(database: Database) -> dict[str, int]:
    with database.connect(name="benchmark") as connection:
        row = connection.execute("select story from story_now where slug = %s", [STORY]).fetchone()
        assert row is not None
        (story,) = row
        editions = connection.execute(
            "select revision, (select position from head) - 10 from publications where story = %s and is_edition"
            " order by from_position",
            [story],
        ).fetchall()
    first, then = editions[0]
    return {"revision": first, "last": editions[-1][0], "then": then}


def a_published_story(material: Material, facts: int = 20) -> list[Happened]:
    """The one that is asked about: published three times, with corrections between."""
    desk = Desk(STORY, material)
    desk.reports(facts - 1)
    desk.does(ReportFact.model_validate(material.fact() | {"statement": f"A {NOWHERE_ELSE} passed."}))
    for _ in range(3):
        desk.does(PublishStory(revision=len(desk.happened), reason="It is ready."))
        for number in range(1, 5):
            desk.corrects(number)
    return desk.happened


# --- How the database goes about it ------------------------------------------------------------------------------


def plans_of(ledger: Ledger, path: str, fields: Mapping[str, str]) -> list[str]:
    """Of everything that the answer is made of, asked once more by itself: `explain (analyze, buffers)`."""
    with recorded() as questions:
        anyio.run(_answer, application(Database(ledger.database.url), SETTINGS), path, fields)
    plans = []
    with ledger.database.connect(name="benchmark") as connection:
        for query, parameters in questions:
            if query.lstrip().startswith(("select", "with")):
                rows = connection.execute(f"explain (analyze, buffers) {query}", parameters)
                plans.append("\n".join(line for (line,) in rows))
    return plans


async def _answer(app: FastAPI, path: str, fields: Mapping[str, str]) -> None:
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        answer = await client.get(path, headers=dict(fields))
        check(answer.status_code == 200, f"{path}: {answer.status_code}")


@contextmanager
def recorded() -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile, by this process."""
    questions: list[tuple[str, Any]] = []
    execute = Connection.execute

    def record(self: Connection[Any], query: Any, params: Any = None, **how: Any) -> Any:
        if isinstance(query, str):
            questions.append((query, params))
        return execute(self, query, params, **how)

    Connection.execute = record  # type: ignore[method-assign]
    try:
        yield questions
    finally:
        Connection.execute = execute  # type: ignore[method-assign]
