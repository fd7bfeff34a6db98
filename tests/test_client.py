"""Does the client record once whatever happens on the way, read to the end of every list, and go on listening?"""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, cast

import httpx2
import orjson
import pytest

from api.client import AsyncLedger, Ledger, Refused, Told, Unreachable
from api.client.answers import FactDocument
from api.client.asking import Patience, Send, Wait, record
from tests.desk import CHANGES, FACT, Desk

ATTRIBUTION = FACT["attribution"]
ROOT = Path(__file__).parent.parent


@pytest.fixture
def ledger(desk: Desk) -> Iterator[Ledger]:
    with Ledger(desk.server.url, desk.server.secret("editor")) as opened:
        yield opened


def test_a_story_is_opened_reported_corrected_published_and_read(desk: Desk, ledger: Ledger) -> None:
    slug = desk.slug()
    opened = ledger.open(slug, "A train", language="en", desk="world")
    assert (opened.story, opened.revision, opened.replayed) == (slug, 1, False)
    reported = ledger.report(slug, "A train arrived", attribution=ATTRIBUTION)
    assert (reported.fact, reported.version) == (1, 1)
    change = {name: value for name, value in CHANGES["corrections"].items() if name != "was_wrong"}
    corrected = ledger.correct(slug, 1, expected_version=1, was_wrong="It left, at noon.", **change)
    assert corrected.version == 2
    assert corrected.revision == 3
    published = ledger.publish(slug, 3, "Read twice.")
    story = ledger.story(slug, at_least=published.position)
    assert story["facts"][0]["statement"] == "A train left Vladivostok"
    with Ledger(desk.server.url) as reader:
        assert reader.story(slug, view="reader")["edition"] == 1
        with pytest.raises(Refused) as refused:
            reader.get("/v1/events")
    assert (refused.value.status, refused.value.kind) == (401, "key-refused")


def test_a_refusal_says_what_is_wrong_and_where(ledger: Ledger, desk: Desk) -> None:
    slug = desk.open()
    with pytest.raises(Refused) as refused:
        ledger.report(slug, "", attribution=ATTRIBUTION)
    assert refused.value.status == 422
    assert refused.value.errors[0]["pointer"] == "#/statement"
    assert "statement" in str(refused.value)
    tried = ledger.rehearse(f"/v1/stories/{slug}/facts", FACT)
    assert cast(FactDocument, tried["becomes"])["statement"] == FACT["statement"]


def test_every_page_of_a_list_and_every_part_of_a_story_is_read(
    desk: Desk, ledger: Ledger, monkeypatch: Any
) -> None:
    slug = desk.open(facts=7)
    found = [item["revision"] for item in ledger.items(f"/v1/stories/{slug}/revisions", limit=3)]
    assert found == list(range(1, 9))
    with Ledger(desk.server.url, desk.server.secret("auditor")) as auditor:
        events = islice(auditor.items("/v1/events", limit=3), 10)
        assert [event["position"] for event in events] == list(range(1, 11))
    monkeypatch.setattr("ledger.limits.FACTS_SHOWN", 3)
    assert [fact["fact"] for fact in ledger.story(slug)["facts"]] == list(range(1, 8))


def test_a_request_whose_answer_is_lost_is_sent_again_under_its_key_and_recorded_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = desk.open(facts=0)
    sent: list[str] = []
    real = httpx2.Client.request

    def lose_two_answers(self: httpx2.Client, *args: Any, **kwargs: Any) -> httpx2.Response:
        answer = real(self, *args, **kwargs)
        sent.append(kwargs["headers"].get("idempotency-key"))
        if len(sent) < 3:
            raise httpx2.ReadError("the line was cut")
        return answer

    with Ledger(desk.server.url, desk.server.secret("editor")) as ledger:
        monkeypatch.setattr(httpx2.Client, "request", lose_two_answers)
        receipt = ledger.report(slug, "A train arrived", attribution=ATTRIBUTION)
        monkeypatch.undo()
    assert receipt.replayed
    assert receipt.fact == 1
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert len(desk.get(f"/v1/stories/{slug}?at_least={receipt.position}").json()["facts"]) == 1


def test_a_server_that_is_not_there_is_tried_so_often_and_no_more() -> None:
    with Ledger("http://127.0.0.1:9", tries=2) as ledger, pytest.raises(Unreachable):
        ledger.get("/v1/stories")


def test_it_waits_as_long_as_it_is_told_to() -> None:
    exchange = record("/v1/x", {}, None, None, Patience(3))
    first = next(exchange)
    assert isinstance(first, Send)
    busy = httpx2.Response(503, headers={"retry-after": "2"})
    assert exchange.send(busy) == Wait(2.0)
    second = next(exchange)
    assert second == first  # the same key, too
    later = exchange.send(httpx2.Response(429, headers={"retry-after": "3600"}))
    assert later == Wait(10.0)
    assert next(exchange) == first
    with pytest.raises(Refused):
        exchange.send(busy)
    done = record("/v1/x", {}, "mine", None, Patience(1))
    sent = next(done)
    assert isinstance(sent, Send)
    assert sent.headers["idempotency-key"] == "mine"
    with pytest.raises(StopIteration) as end:
        done.send(httpx2.Response(201, content=orjson.dumps({"position": 5})))
    assert end.value.value.position == 5


def revision_of(told: Told) -> int:
    said = told.said
    assert said["kind"] != "withdrawal"  # then there is none to tell
    return said["revision"]


def test_what_happens_is_heard_and_nothing_twice_though_the_line_is_cut(desk: Desk, ledger: Ledger) -> None:
    slug = desk.open(facts=3)
    head = desk.head()
    heard = ledger.follow(slug, since=0)
    first = [revision_of(told) for told in islice(heard, 2)]
    assert first == [1, 2]
    heard.close()  # type: ignore[attr-defined]
    again = ledger.follow(slug, since=head - 1)
    assert revision_of(next(again)) == 4
    desk.report(slug)
    assert revision_of(next(again)) == 5
    again.close()  # type: ignore[attr-defined]
    with pytest.raises(Refused):
        next(ledger.follow("not-there"))


def test_the_same_in_an_event_loop(desk: Desk) -> None:
    slug = desk.slug()

    async def work() -> tuple[Any, ...]:
        async with AsyncLedger(desk.server.url, desk.server.secret("editor")) as ledger:
            await ledger.open(slug, "A train", language="en", desk="world")
            receipts = await asyncio.gather(
                *(
                    ledger.report(slug, f"Train {number} arrived", attribution=ATTRIBUTION)
                    for number in range(5)
                )
            )
            last = max(receipt.position or 0 for receipt in receipts)
            story = await ledger.story(slug, at_least=last)
            listed = [
                item["revision"] async for item in ledger.items(f"/v1/stories/{slug}/revisions", limit=2)
            ]
            heard = []
            async for told in ledger.follow(slug, since=0):
                heard.append(revision_of(told))
                if len(heard) == 3:
                    break
            with pytest.raises(Refused):
                await ledger.report(slug, "", attribution=ATTRIBUTION)
            return len(story["facts"]), listed, heard

    # In a thread of its own: in that of the tests a browser of others may have a loop.
    with ThreadPoolExecutor(1) as threads:
        found = threads.submit(lambda: asyncio.run(work())).result()
    assert found == (5, [1, 2, 3, 4, 5, 6], [1, 2, 3])


# Each line that a type checker refuses says so.
ASKING = """
from api.client import AsyncLedger, Ledger, Told, answers

def ask(ledger: Ledger) -> None:
    story = ledger.story("kim-visits-russia")
    print(story["headline"].upper(), story["facts"][0]["version"] + 1)
    print(story["haedline"])  # refused
    desk, seen = ledger.story("kim-visits-russia", view="desk"), ledger.story("kim-visits-russia", view="reader")
    print(desk["publication"]["state"], seen["edition"] + 1)
    print(desk["facts"][0]["statement"].upper(), desk["facts"][0]["figure"])
    print(desk["edition"])  # refused
    print(seen["position"])  # refused
    print(desk["facts"][0]["version"].upper())  # refused
    print(desk["publication"]["state"] == "publishd")  # refused
    receipt = ledger.publish("kim-visits-russia", 1, "Read.")
    print(receipt.body["position"], receipt.body["positoin"])  # refused
    tried = ledger.rehearse("/v1/stories", {})
    print(tried["events"], tried["event"])  # refused
    figures: answers.CorrectionFigures = ledger.get("/v1/corrections/figures")
    print(figures["by_cause"]["our_error"] + 1)
    print(figures["corections"])  # refused

def hear(told: Told) -> None:
    if told.said["kind"] == "edition":
        print(told.said["published_at"].upper())
        print(told.said["event_id"])  # refused

async def ask_too(ledger: AsyncLedger) -> None:
    story = await ledger.story("kim-visits-russia", view="reader")
    print(story["edition"] + 1)
    print(story["haedline"])  # refused
"""


@pytest.mark.thorough
def test_a_type_checker_knows_the_members_of_answers_and_refuses_others(tmp_path: Path) -> None:
    (tmp_path / "asking.py").write_text(ASKING)
    said = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path), "--no-error-summary"]
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *said, str(tmp_path / "asking.py")],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    found = re.findall(r"asking\.py:(\d+): error: ", ran.stdout)
    refused = [number for number, line in enumerate(ASKING.splitlines(), 1) if line.endswith("# refused")]
    assert len(refused) == 10
    assert sorted({int(number) for number in found}) == refused, ran.stdout + ran.stderr


def test_what_a_newer_ledger_tells_besides_is_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    slug = desk.open()
    real = httpx2.Client.request

    def tell_more(self: httpx2.Client, *args: Any, **kwargs: Any) -> httpx2.Response:
        answer = real(self, *args, **kwargs)
        return httpx2.Response(answer.status_code, json=answer.json() | {"mood": "glad"})

    with Ledger(desk.server.url, desk.server.secret("editor")) as ledger:
        monkeypatch.setattr(httpx2.Client, "request", tell_more)
        story = ledger.story(slug)
        monkeypatch.undo()
    assert story["headline"] == "A train"
    assert dict(story)["mood"] == "glad"


@pytest.mark.thorough
def test_the_example_files_a_story_and_a_second_time_nothing(desk: Desk) -> None:
    said = [sys.executable, "examples/file_a_story.py", desk.server.url, desk.server.secret("editor")]
    heads = []
    for _ in range(2):
        ran = subprocess.run(said, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout == "A train arrives, edition 1: A train arrived at noon\n"
        heads.append(desk.head())
    assert heads[0] == heads[1]
