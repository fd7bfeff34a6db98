"""Does the page of a story take the server longer, the more revisions there are to scrub through?"""

from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

import httpx2

from api.terminal.keys import Console
from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn
from benchmarks.ledgers import Desk, Happened, Ledger, new_ledger, under
from benchmarks.load import Load, request
from benchmarks.material import Material
from benchmarks.peers.no_op import ledger_with_no_op
from benchmarks.server import Served, serving
from ledger.commands import PublishStory
from ledger.store import sessions
from ledger.store.keyring import digest_of

SHORT, LONG = "short", "long"
WARM_UP = 5  # requests
FACTS = 6
PUBLISHED_EVERY = 10  # revisions


def measure(bench: Bench) -> Findings:
    material = Material(bench.seed)
    ledger = new_ledger(bench.cluster.database("pages"))
    revisions = {SHORT: bench.sizes.few_revisions, LONG: bench.sizes.many_revisions}
    ledger.grow(
        (slug, under(slug, _published_again_and_again(material, number), material))
        for slug, number in revisions.items()
    )
    ledger.bring_up_views()
    findings = Findings()
    with serving(ledger_with_no_op, ledger.database.url, bench.cluster.folder / "pages.log") as server:
        for who, fields in (("desk", _signed_in(ledger)), ("reader", {})):
            for what, query in (("now", ""), ("then, with marks", "?step=2")):
                shown = {
                    slug: Looking(bench, server, f"/stories/{slug}", query, fields) for slug in revisions
                }
                found = in_turn(bench.rounds, {slug: looking.milliseconds for slug, looking in shown.items()})
                for slug, number in revisions.items():
                    size = shown[slug].size / 1000
                    name = f"page of {number:,} revisions, {who}, {what} ({size:.0f} kB)"
                    findings.figure(name, "ms", found[slug])
                findings.must(f"{who}, {what}: long / short", found[LONG], "<=", 3, found[SHORT])
    return findings


def _published_again_and_again(material: Material, revisions: int) -> list[Happened]:
    desk = Desk("a-story", material)
    desk.reports(FACTS)
    while len(desk.happened) < revisions:
        if len(desk.happened) % PUBLISHED_EVERY == PUBLISHED_EVERY - 1:
            desk.does(PublishStory(revision=len(desk.happened), reason="It is ready."))
        else:
            desk.corrects(1 + material.below(FACTS))
    return desk.happened


def _signed_in(ledger: Ledger) -> Mapping[str, str]:
    key = _key_of(ledger)
    with ledger.database.connect(name="benchmark") as connection:
        return {"cookie": f"factledger_session={sessions.begin(connection, key, datetime.now(UTC))}"}


def _key_of(ledger: Ledger) -> UUID:
    digest = digest_of(ledger.secret)
    return next(key.key for key in Console(ledger.database).issued() if key.digest == digest)


class Looking:
    """Looks at one page, one time after the other."""

    def __init__(
        self, bench: Bench, server: Served, path: str, query: str, fields: Mapping[str, str]
    ) -> None:
        self._bench = bench
        self._port = server.port
        address = self._address_of(path, query, fields)
        self._request = request("GET", address, fields)
        answered = bench.generator.apply(Load(self._port, [self._request] * WARM_UP, clients=1))
        self.size = answered.body_bytes // WARM_UP
        check(answered.statuses == {200: WARM_UP}, f"{address}: {dict(answered.statuses)}")

    def _address_of(self, path: str, query: str, fields: Mapping[str, str]) -> str:
        """The address that a step of the slider leads to."""
        if not query:
            return path
        answer = httpx2.get(f"http://127.0.0.1:{self._port}{path}{query}", headers=dict(fields))
        check(answer.status_code == 303, f"{path}{query}: {answer.status_code}")
        return str(answer.headers["location"])

    def milliseconds(self, number: int) -> float:
        """Of one page, the median."""
        del number
        looks = self._bench.sizes.looks
        answered = self._bench.generator.apply(Load(self._port, [self._request] * looks, clients=1))
        check(answered.statuses == {200: looks}, f"answers: {dict(answered.statuses)}")
        return median(answered.latencies) * 1000
