"""Do the benchmarks still run, and do they refuse to measure what was not done?"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from click.testing import CliRunner

from benchmarks import command_line
from benchmarks.bench import TINY, Bench
from benchmarks.cluster import NotDurable, check_durable, cluster
from benchmarks.command_line import QUESTIONS
from benchmarks.figures import Findings, WorkNotDone, in_turn
from benchmarks.ledgers import new_ledger
from benchmarks.load import Load, generator, request
from benchmarks.submitting import Filing

SLOW = {"growth", "visibility"}  # made of the parts of the others


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with cluster() as postgres, generator() as load:
        yield Bench(postgres, load, TINY, seed=1, rounds=1)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(name, marks=[pytest.mark.slow if name in SLOW else pytest.mark.thorough])
        for name in QUESTIONS
    ],
)
def test_every_question_is_answered(bench: Bench, question: str) -> None:
    findings = QUESTIONS[question](bench)
    assert findings.figures
    assert all(value > 0 for figure in findings.figures for value in figure.rounds)
    assert all(len(ratio.rounds) == 1 for ratio in findings.ratios)


@pytest.mark.thorough
def test_what_was_measured_is_written_down_and_a_missed_bar_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def miss(bench: Bench) -> Findings:
        findings = Findings()
        findings.figure("facts", "a second", [10.0] * bench.rounds)
        findings.must("facts / no-op", [10.0] * bench.rounds, ">=", 0.45, [100.0] * bench.rounds)
        return findings

    monkeypatch.setattr(command_line, "RESULTS", tmp_path / "results")
    monkeypatch.setitem(QUESTIONS, "idle", miss)
    ran = CliRunner().invoke(command_line.main, ["--tiny", "--rounds", "5", "--seed", "7", "--only", "idle"])
    assert ran.exit_code == 0, ran.output
    assert "missed" in ran.output
    (written,) = (tmp_path / "results").iterdir()
    report = json.loads(written.read_text())
    assert report["seed"] == 7
    assert report["versions"]["postgresql"]
    assert report["machine"]["cores"]
    (ratio,) = report["questions"]["idle"]["ratios"]
    assert (ratio["minimum"], ratio["median"], ratio["maximum"]) == (0.1, 0.1, 0.1)
    assert ratio["is_met"] is False
    assert len(report["questions"]["idle"]["figures"][0]["rounds"]) == 5


@pytest.mark.thorough
def test_work_that_was_not_done_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shirk(bench: Bench) -> Findings:
        del bench
        raise WorkNotDone("0 facts recorded, not 40")

    monkeypatch.setattr(command_line, "RESULTS", tmp_path)
    monkeypatch.setitem(QUESTIONS, "idle", shirk)
    ran = CliRunner().invoke(command_line.main, ["--tiny", "--only", "idle"])
    assert ran.exit_code == 1
    assert "0 facts recorded, not 40" in ran.output
    assert not list(tmp_path.iterdir())


@pytest.mark.thorough
def test_a_server_that_answers_and_records_nothing_is_not_measured(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as until_the_end:
        filing = Filing(bench, new_ledger(bench.cluster.database("shirking")), until_the_end)
        nothing = [filing.a_request("/v1/no-op/story/facts")] * 3
        monkeypatch.setattr(filing, "requests", lambda *_: nothing)
        with pytest.raises(WorkNotDone, match="0 facts recorded, not 3"):
            filing.file("story", stories=1, facts=3)


def test_a_database_that_may_lose_what_it_acknowledged_is_not_measured(bench: Bench) -> None:
    url = bench.cluster.database("careless")
    check_durable(url)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("alter database careless set synchronous_commit = off")
    with pytest.raises(NotDurable, match="synchronous_commit is off"):
        check_durable(url)


def test_rounds_go_there_and_back_so_that_nobody_is_always_first() -> None:
    order: list[str] = []

    def measure(name: str, number: int) -> float:
        order.append(name)
        return number

    found = in_turn(3, {"a": partial(measure, "a"), "b": partial(measure, "b")})
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": [0, 1, 2], "b": [0, 1, 2]}


@pytest.mark.thorough
def test_a_server_that_is_late_is_late_for_all_who_wait_behind(bench: Bench) -> None:
    """At a rate, latency counts from the moment at which a request was due, not from when it could be sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=_answer_slowly, args=(listening, 4, 0.05), daemon=True).start()
        port = listening.getsockname()[1]
        answered = bench.generator.apply(
            Load(port, [request("GET", "/", {})] * 4, clients=1, per_second=1_000)
        )
    assert answered.statuses == {200: 4}
    assert answered.latencies[0] >= 0.05
    assert answered.latencies[3] >= 0.18


def _answer_slowly(listening: socket.socket, times: int, seconds: float) -> None:
    connection, _ = listening.accept()
    with connection:
        for _ in range(times):
            connection.recv(65_536)
            time.sleep(seconds)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        connection.recv(1)


def test_a_server_that_hangs_up_is_an_error(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=_hang_up, args=(listening,), daemon=True).start()
        load = Load(listening.getsockname()[1], [request("GET", "/", {})], clients=1)
        with pytest.raises(ConnectionError):
            bench.generator.apply(load)


def _hang_up(listening: socket.socket) -> None:
    listening.accept()[0].close()
