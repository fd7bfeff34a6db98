"""How many times a second is a story shown over HTTP, now and as of then, to the desk and to readers?"""

from collections.abc import Mapping

from benchmarks.bench import Bench
from benchmarks.figures import Findings, check, in_turn
from benchmarks.ledgers import an_ordinary_story, new_ledger, ordinary_stories, under
from benchmarks.load import Load, request
from benchmarks.material import Material
from benchmarks.peers.no_op import ledger_with_no_op
from benchmarks.server import Served, serving

STORY = "the-story"
WARM_UP = 10  # requests
LATER_EVENTS = 400  # recorded after the moment that is asked for


def measure(bench: Bench) -> Findings:
    material = Material(bench.seed)
    ledger = new_ledger(bench.cluster.database("reading"))
    ledger.grow([(STORY, under(STORY, an_ordinary_story(material), material))])
    then = ledger.bring_up_views()
    ledger.grow(ordinary_stories(LATER_EVENTS, material))
    ledger.bring_up_views()

    desk = {"authorization": f"Bearer {ledger.secret}"}
    findings = Findings()
    with serving(ledger_with_no_op, ledger.database.url, bench.cluster.folder / "reading.log") as server:
        for who, fields in (("desk", desk), ("reader", {})):
            for when, query in (("now", ""), ("as of then", f"?position={then}")):
                shown = Reading(bench, server, f"/v1/stories/{STORY}{query}", fields)
                nothing = Reading(bench, server, f"/v1/no-op/{STORY}?bytes={shown.size}", fields)
                check(nothing.size == shown.size, f"the no-op sends {nothing.size} bytes, not {shown.size}")
                found = in_turn(bench.rounds, {"shown": shown.rate, "no-op": nothing.rate})
                name = f"story of {shown.size / 1000:.0f} kB, {who}, {when}"
                findings.figure(name, "a second", found["shown"])
                findings.figure("no-op of as many bytes", "a second", found["no-op"])
                findings.must(f"{name} / no-op", found["shown"], ">=", 0.4, found["no-op"])
    return findings


class Reading:
    """Asks one question again and again; looks first how long the answer is, which warms it up, too."""

    def __init__(self, bench: Bench, server: Served, path: str, fields: Mapping[str, str]) -> None:
        self._bench = bench
        self._port = server.port
        self._request = request("GET", path, fields)
        answered = bench.generator.apply(Load(self._port, [self._request] * WARM_UP, clients=1))
        self.size = answered.body_bytes // WARM_UP
        check(answered.statuses == {200: WARM_UP}, f"{path}: {dict(answered.statuses)}")

    def rate(self, number: int) -> float:
        del number
        reads = self._bench.sizes.reads
        load = Load(self._port, [self._request] * reads, self._bench.sizes.clients)
        answered = self._bench.generator.apply(load)
        check(answered.statuses == {200: reads}, f"answers: {dict(answered.statuses)}")
        check(answered.body_bytes == reads * self.size, "answers of another length")
        return answered.per_second
