"""Are others told all that happens, in order and signed, whatever goes wrong; and nothing that is not for them?"""

import asyncio
import json
import multiprocessing
import random
import socket
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Lock, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

import api.server.webhooks as courier
from api.server.embedded import EmbeddedPostgres
from api.server.outward import NotSent, Sender, is_public
from api.server.webhooks import Webhooks, new_secret, signed, wait_after, written
from api.terminal.command_line import main
from ledger import limits
from ledger.commands import FileCopy, HoldStory, PublishStory, ReleaseStory
from ledger.refusals import NoSuchWebhook, TooManyWebhooks
from ledger.store import webhooks
from ledger.store.database import Database
from ledger.store.webhooks import ALL_THERE_IS_TO_TELL, Tells
from tests.desk import Desk, open_desk, problem
from tests.newsroom import Newsroom
from tests.plain_browser import Browser
from tests.test_limits import holds
from tests.test_openapi import fits
from tests.views import eventually

HERE = "127.0.0.1"

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([__name__])


# --- Whoever listens ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Listener:
    """Takes what is sent, or does not: `answer` says which status a message gets."""

    port: int = 0
    heard: list[dict[str, Any]] = field(default_factory=list)  # what was taken
    asked: int = 0  # how often anything was sent
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], int] = lambda _: 204
    location: str | None = None
    _lock: Any = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}/news?for=us"

    def hear(self, headers: dict[str, str], body: bytes) -> int:
        with self._lock:
            self.asked += 1
            said = json.loads(body)
            status = self.answer(said)
            if status < 300:
                self.heard.append(said)
                self.headers.append(headers)
                self.bodies.append(body)
            return status

    def told(self, story: str = "story") -> list[tuple[str, int]]:
        return [(one["type"], one["data"]["position"]) for one in self.heard if one["data"]["story"] == story]

    def kinds(self) -> list[str]:
        return [one["type"] for one in self.heard]


@contextmanager
def listening(port: int = 0) -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/news?for=us"
            self.send_response(listener.hear({k.lower(): v for k, v in self.headers.items()}, body))
            if listener.location:
                self.send_header("Location", listener.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """It says nothing."""

    with ThreadingHTTPServer((HERE, port), Handler) as server:
        server.daemon_threads = True
        listener.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """Its server tells what happens."""
    with open_desk(servers, webhook_hosts=[HERE]) as desk:
        yield desk


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@contextmanager
def telling(room: Newsroom) -> Iterator[Webhooks]:
    teller = Webhooks(room.database, [HERE])
    teller.start()
    with closing(teller):
        yield teller


def subscribe(
    room: Newsroom,
    listener: Listener,
    *tells: Tells,
    story: str | None = None,
    desk: str | None = None,
    after: int = 0,
    secret: bytes | None = None,
) -> UUID:
    kinds = tells or ALL_THERE_IS_TO_TELL
    return webhooks.add(room.views, listener.url, kinds, story, desk, secret or new_secret(), after).webhook


def file_and_publish(room: Newsroom, text: str, story: str = "story") -> None:
    room.file(FileCopy(text=text, reason="New."), story)
    room.file(PublishStory(reason="Out."), story)
    room.catch_up()


def becomes(look: Callable[[], object], wanted: object) -> None:
    """Waits until what is looked at is as it is wanted."""
    eventually(lambda: look() == wanted)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "_FIRST_WAIT", 0.02)
    monkeypatch.setattr(courier, "_LONGEST_WAIT", 0.02)
    monkeypatch.setattr(limits, "WEBHOOK_LONGEST_WAIT", 0.1)


# --- What is told ------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_publications_corrections_withdrawals_and_changes_at_the_desk_are_told_in_order(
    desk: Desk, listener: Listener
) -> None:
    room = desk.newsroom
    slug = desk.open()
    secret = new_secret()
    after = desk.head()
    subscribe(room, listener, story=slug, after=after, secret=secret)
    subscribe(room, listener, story="another-story", after=0)
    acts: list[Callable[[], object]] = [
        lambda: desk.publish(slug),
        lambda: desk.post(f"/v1/stories/{slug}/facts/1/corrections", {"expected_version": 1, **_CORRECTION}),
        lambda: desk.publish(slug),
        lambda: desk.post(f"/v1/stories/{slug}/holds", {"reason": "A secret reason."}),
        lambda: desk.post(f"/v1/stories/{slug}/releases", {"reason": "It may."}),
        lambda: desk.post(f"/v1/stories/{slug}/revisions/4/undo", {"reason": "It was right."}),
        lambda: desk.publish(slug),
    ]
    for number, act in enumerate(acts, 1):
        act()
        becomes(lambda number=number: len(listener.heard), number)  # type: ignore[misc]
    assert listener.kinds() == [
        "publication", "desk-change", "correction", "withdrawal", "publication", "desk-change", "correction",
    ]  # fmt: skip
    assert [one["data"]["position"] for one in listener.heard] == [after + n for n in range(1, 8)]
    published, changed, corrected, withdrawn, again, _, undone = (one["data"] for one in listener.heard)
    assert (published["edition"], published["kind"]) == (1, "edition")
    assert changed == {
        "story": slug, "position": after + 2, "revision": 4, "kind": "correction", "fact": 1, "version": 2,
    }  # fmt: skip
    assert corrected["changes"][0]["was_wrong"] == _CORRECTION["was_wrong"]
    assert withdrawn["story"] == slug
    assert "A secret reason." not in str(listener.bodies)
    assert again["kind"] == "return"
    assert [change["kind"] for change in undone["changes"]] == ["reversion"]
    for body, headers in zip(listener.bodies, listener.headers, strict=True):
        Verifier(written(secret)).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Verifier(written(secret)).verify(body + b" ", headers)


_CORRECTION = {
    "statement": "A train left Vladivostok",
    "was_wrong": "It left and did not arrive.",
    "affects": ["other"],
    "cause": "our_error",
    "reason": "The agency says so.",
}


@pytest.mark.thorough
def test_each_is_told_of_what_it_asked_for(newsroom: Newsroom, listener: Listener) -> None:
    newsroom.open()
    newsroom.report()
    file_and_publish(newsroom, "One.")
    with listening() as of_desk, listening() as of_another, telling(newsroom):
        subscribe(newsroom, listener, "withdrawal")
        subscribe(newsroom, of_desk, "publication", desk="world")
        subscribe(newsroom, of_another, "publication", desk="sport")
        newsroom.file(HoldStory(reason="Wait."), "story")
        newsroom.catch_up()
        becomes(listener.kinds, ["withdrawal"])
        newsroom.file(ReleaseStory(reason="Go."), "story")
        newsroom.catch_up()
        becomes(lambda: of_desk.kinds()[-1:], ["publication"])
    assert {*of_desk.kinds()} == {"publication"}
    assert of_another.heard == []
    assert listener.kinds() == ["withdrawal"]


def test_what_was_withdrawn_before_it_was_told_is_told_of_no_more(
    newsroom: Newsroom, listener: Listener
) -> None:
    newsroom.open()
    newsroom.report()
    file_and_publish(newsroom, "The words of a court order.")
    newsroom.file(HoldStory(reason="Wait."), "story")
    newsroom.catch_up()
    subscribe(newsroom, listener)
    with telling(newsroom):
        becomes(lambda: listener.kinds()[-1:], ["withdrawal"])
    assert "publication" not in listener.kinds()
    assert b"court order" not in b"".join(listener.bodies)


@pytest.mark.thorough
def test_of_what_is_confidential_nothing_is_told(newsroom: Newsroom, listener: Listener) -> None:
    newsroom.open()
    newsroom.report(statement="Sesame", terms="off_record")
    newsroom.report(statement="A train")
    file_and_publish(newsroom, "A train came.")
    subscribe(newsroom, listener)
    with telling(newsroom):
        becomes(lambda: len(listener.heard), 5)
    assert b"Sesame" not in b"".join(listener.bodies)


# --- What goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.usefixtures("impatient")
def test_who_is_down_for_long_misses_nothing_and_hears_it_in_order(
    newsroom: Newsroom, listener: Listener
) -> None:
    listener.answer = lambda _: 503
    newsroom.open()
    newsroom.report()
    with telling(newsroom):
        webhook = subscribe(newsroom, listener)
        for number in range(10):
            file_and_publish(newsroom, f"Number {number}.")
        becomes(lambda: listener.asked > 5, True)
        assert listener.heard == []
        listener.answer = lambda _: 200
        becomes(lambda: len(listener.heard), 22)
        becomes(lambda: webhooks.how_many_wait(newsroom.views), {})
    positions = [position for _, position in listener.told()]
    assert positions == sorted(set(positions))
    tried = [attempt for _, attempt in webhooks.tried(newsroom.views, webhook, limits.POSITION, 1000)]
    assert {attempt.failure for attempt in tried} == {None, "answered 503"}
    assert [attempt.attempt for attempt in tried if attempt.position == positions[0]][-2:] == [2, 1]


@pytest.mark.thorough
def test_who_is_down_for_an_hour_misses_nothing_and_hears_each_story_in_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens at its port. The waits are those of every ledger: an hour of them passes by moving what is
    waited for, and since when, back by as long as the next attempt is away."""
    monkeypatch.setattr(courier, "_LONGEST_WAIT", 0.05)
    room = desk.newsroom
    with socket.socket() as held:
        held.bind((HERE, 0))  # so that nobody else gets it meanwhile
        port = held.getsockname()[1]
        of_one, of_another = desk.open(), desk.open()
        added = desk.post(
            "/v1/webhooks",
            {
                "url": f"http://{HERE}:{port}/news?for=us",
                "tells": [*ALL_THERE_IS_TO_TELL],
                "after": desk.head(),
            },
            "admin",
        )
        webhook = UUID(added["webhook"])
        after, down = desk.head(), 0.0
        while down < 3_600:
            for slug in (of_one, of_another):
                desk.report(slug)
                desk.publish(slug)
            tried = how_often(room, webhook)
            (away,) = room.views.execute(
                "select extract(epoch from max(next_at) - now())::float from webhook_stories where webhook = %s",
                [webhook],
            ).fetchone() or (0.0,)
            wait = max(away or 0.0, 0.0)
            room.views.execute(
                "update webhook_stories set next_at = next_at - %(wait)s, failing_since = failing_since - %(wait)s"
                " where webhook = %(webhook)s",
                {"wait": timedelta(seconds=wait), "webhook": webhook},
            )
            down += wait
            eventually(lambda tried=tried: how_often(room, webhook) > tried)  # type: ignore[misc]
    assert 12 <= how_often(room, webhook) <= 60, "some ten attempts for each of the two stories"
    with listening(port) as listener:

        def none_waits() -> (
            bool
        ):  # asked again: what was on its way when the hour ended fails, and then waits anew
            room.views.execute("update webhook_stories set next_at = now() where webhook = %s", [webhook])
            return not webhooks.how_many_wait(room.views).get(webhook)

        desk.settle()
        head = room.catch_up()
        becomes(lambda: webhooks.one(room.views, webhook).reached, head)
        eventually(none_waits)
    for slug in (of_one, of_another):
        happened = room.views.execute(
            "select r.position from revisions r join story_now n using (story)"
            " where n.slug = %s and r.position > %s order by r.position",
            [slug, after],
        ).fetchall()
        assert [position for _, position in listener.told(slug)] == [position for (position,) in happened]
    for body, headers in zip(listener.bodies, listener.headers, strict=True):
        Verifier(added["secret"]).verify(body, headers)


def how_often(room: Newsroom, webhook: UUID) -> int:
    return len(webhooks.tried(room.views, webhook, limits.POSITION, 1000))


@pytest.mark.thorough
@pytest.mark.usefixtures("impatient")
def test_a_story_that_is_not_taken_holds_up_no_other(newsroom: Newsroom, listener: Listener) -> None:
    listener.answer = lambda said: 500 if said["data"]["story"] == "story" else 200
    newsroom.open()
    newsroom.open("other", source="kcna")
    for number, slug in enumerate(("story", "other", "story", "other")):
        file_and_publish(newsroom, f"Number {number}.", slug)
    subscribe(newsroom, listener, "publication")
    with telling(newsroom):
        becomes(lambda: len(listener.told("other")), 2)
        assert listener.told("story") == []
        listener.answer = lambda _: 200
        becomes(lambda: len(listener.told("story")), 2)


@pytest.mark.thorough
@holds("WEBHOOK_PATIENCE")
@pytest.mark.usefixtures("impatient")
def test_who_takes_nothing_for_three_days_is_stopped_and_goes_on_when_asked(
    newsroom: Newsroom, listener: Listener
) -> None:
    listener.answer = lambda _: 404
    newsroom.open()
    webhook = subscribe(newsroom, listener, "desk-change")
    newsroom.catch_up()

    def stopped() -> str | None:
        return webhooks.one(newsroom.views, webhook).stopped_why

    with telling(newsroom):
        becomes(lambda: listener.asked > 2, True)
        assert stopped() is None
        newsroom.views.execute(
            "update webhook_stories set failing_since = now() - interval '1 second' * %s",
            [limits.WEBHOOK_PATIENCE],
        )
        becomes(stopped, "it took nothing for three days; at last: answered 404")
        asked = listener.asked
        newsroom.report()
        newsroom.catch_up()
        time.sleep(0.3)
        assert listener.asked == asked
        listener.answer = lambda _: 200
        webhooks.resume(newsroom.views, webhook)
        becomes(lambda: len(listener.heard), 2)
        assert stopped() is None


def test_who_is_gone_is_stopped_at_once(newsroom: Newsroom, listener: Listener) -> None:
    listener.answer = lambda _: 410
    newsroom.open()
    webhook = subscribe(newsroom, listener, "desk-change")
    newsroom.catch_up()
    with telling(newsroom):
        becomes(lambda: webhooks.one(newsroom.views, webhook).stopped_at is not None, True)
    assert listener.asked == 1


@pytest.mark.thorough
def test_all_beyond_a_position_can_be_told_again_under_the_same_names(
    newsroom: Newsroom, listener: Listener
) -> None:
    newsroom.open()
    newsroom.report()
    file_and_publish(newsroom, "One.")
    webhook = subscribe(newsroom, listener, "desk-change")
    with telling(newsroom):
        becomes(lambda: len(listener.heard), 4)
        webhooks.replay(newsroom.views, webhook, listener.told()[1][1])
        becomes(lambda: len(listener.heard), 6)
    told = listener.told()
    assert told[4:] == told[2:4]
    names = [headers["webhook-id"] for headers in listener.headers]
    assert names[4:] == names[2:4]
    assert len(set(names)) == 4


def test_who_is_begun_anew_while_it_is_looked_at_is_looked_at_again_later(
    newsroom: Newsroom, listener: Listener
) -> None:
    """What was read of it is out of date then, so nothing that follows from that is noted: nor is it asked for ever."""
    newsroom.open()
    newsroom.catch_up()
    read = webhooks.one(newsroom.views, subscribe(newsroom, listener, "withdrawal"))
    webhooks.note(newsroom.views, read, {"story": 1}, 1)  # of which nothing is to be told
    webhooks.resume(newsroom.views, read.webhook)

    def begin() -> None:
        with newsroom.database.connect(name="test") as connection:
            Webhooks(newsroom.database)._begin(connection, Sender([]), replace(read, reached=1), {})

    looking = Thread(target=begin, daemon=True)
    looking.start()
    looking.join(10)
    assert not looking.is_alive()


@pytest.mark.thorough
def test_nothing_that_is_public_is_told_twice_for_no_reason(newsroom: Newsroom, listener: Listener) -> None:
    newsroom.open()
    newsroom.report()
    subscribe(newsroom, listener)
    with telling(newsroom):
        for number in range(20):
            file_and_publish(newsroom, f"Number {number}.")
        becomes(lambda: len(listener.heard), 42)
        time.sleep(0.2)
    assert len(listener.heard) == 42


@pytest.mark.thorough
@holds("WEBHOOK_FORMER_SECRET")
def test_a_former_secret_signs_for_a_day(newsroom: Newsroom, listener: Listener) -> None:
    former, secret = new_secret(), new_secret()
    newsroom.open()
    newsroom.catch_up()
    webhook = subscribe(newsroom, listener, "desk-change", secret=former)
    webhooks.rotate(newsroom.views, webhook, secret)
    with telling(newsroom):
        becomes(lambda: len(listener.heard), 1)
        for one in (former, secret):
            Verifier(written(one)).verify(listener.bodies[0], listener.headers[0])
        newsroom.views.execute(
            "update webhooks set former_until = former_until - interval '1 second' * %s",
            [limits.WEBHOOK_FORMER_SECRET],
        )
        newsroom.report()
        newsroom.catch_up()
        becomes(lambda: len(listener.heard), 2)
    Verifier(written(secret)).verify(listener.bodies[1], listener.headers[1])
    with pytest.raises(WebhookVerificationError):
        Verifier(written(former)).verify(listener.bodies[1], listener.headers[1])


def test_what_is_signed_is_what_standard_webhooks_signs() -> None:
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    field = signed([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert field == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@holds("WEBHOOK_LONGEST_WAIT")
def test_it_is_tried_again_ever_later_and_no_later_than_an_hour() -> None:
    waits = [wait_after(failures) for failures in range(40)]
    assert 4 <= waits[0] <= 6
    assert all(later > earlier for earlier, later in pairwise(waits[:8]))
    assert waits[-1] == limits.WEBHOOK_LONGEST_WAIT
    assert wait_after(0, "120") == 120
    assert wait_after(0, "9" * 6) == limits.WEBHOOK_LONGEST_WAIT
    assert wait_after(0, "soon") <= 6


# --- To whom -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "::7f00:1", "fec0::1", "feff::1",
        "3fff::1", "5f00::1", "64:ff9b:1::7f00:1",
    ],
)  # fmt: skip
def test_an_address_that_not_anybody_could_have_is_private(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "8.8.8.8"])
def test_others_are_public(address: str) -> None:
    assert is_public(address)


def post(url: str, allowed: list[str] | None = None, seconds: float = 5) -> str | int:
    """The status, or why there is none."""

    async def sent() -> str | int:
        sender = Sender(allowed or [])
        try:
            return (await sender.post(url, b"{}", {}, seconds)).status
        except NotSent as error:
            return str(error)
        finally:
            await sender.close()

    # In a thread of its own: in that of the tests a browser of others may have a loop.
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(sent())).result()


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("H.example", "h.example"),
    ],
)
def test_a_host_is_asked_by_its_name_in_ascii(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, name: str, becomes: str
) -> None:
    looked_up: list[str] = []

    async def look(loop: Any, host: str, port: int, **more: Any) -> list[Any]:
        del loop, more
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (HERE, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look)
    assert post(f"http://{name}:{listener.port}/news?for=us", [becomes]) == 204
    assert looked_up[0] == becomes


@pytest.mark.parametrize("name", ["\N{SNOWMAN}.example", "ｌocalhost", "a\N{COMBINING ACUTE ACCENT}.example"])
def test_a_host_that_has_no_name_in_ascii_is_told_and_stops_nothing(name: str) -> None:
    assert "InvalidURL" in str(post(f"https://{name}/"))


def test_private_addresses_are_asked_only_where_they_are_allowed_by_name(listener: Listener) -> None:
    assert post(listener.url) == "it is sent over https alone, unless the host is allowed by name"
    private = f"https://{HERE}:{listener.port}/"
    why = "is at 127.0.0.1, which is private, and it is not allowed by name"
    assert post(private) == f"the host {HERE} {why}"
    assert (
        post(f"https://localhost:{listener.port}/", ["localhost.example.org"]) == f"the host localhost {why}"
    )
    assert post("https://no-such-host.invalid/") == "the host no-such-host.invalid is not known"
    assert listener.asked == 0
    assert post(listener.url, [HERE]) == 204


def test_a_redirect_leads_nowhere(newsroom: Newsroom, listener: Listener) -> None:
    with listening() as private:
        listener.answer, listener.location = lambda _: 307, private.url
        newsroom.open()
        newsroom.catch_up()
        webhook = subscribe(newsroom, listener, "desk-change")
        with telling(newsroom):
            becomes(lambda: listener.asked, 1)
            becomes(
                lambda: [one.failure for _, one in webhooks.tried(newsroom.views, webhook, 99, 9)],
                ["answered 307"],
            )
        assert private.asked == 0


def test_a_name_that_leads_elsewhere_at_a_second_look_is_looked_up_once(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First it is at an address that is public, and where nobody answers here; then where somebody listens."""
    found: list[str] = []

    async def look(loop: Any, host: str, port: int, **more: Any) -> list[Any]:
        del loop, more
        address = "192.0.2.1" if not found else HERE
        found.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr("api.server.outward.is_public", lambda address: address == "192.0.2.1")
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look)
    failure = post(f"https://rebound.example.org:{listener.port}/", seconds=0.5)
    assert isinstance(failure, str)
    assert listener.asked == 0
    assert found[0] == "rebound.example.org"
    assert "rebound.example.org" not in found[1:]


@holds("WEBHOOK_SECONDS")
def test_who_answers_a_letter_at_a_time_is_not_waited_for(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WEBHOOK_SECONDS", 0.5)
    with socket.create_server((HERE, 0)) as door:
        port = door.getsockname()[1]
        newsroom.open()
        newsroom.catch_up()
        webhook = webhooks.add(
            newsroom.views, f"http://{HERE}:{port}/", ["desk-change"], None, None, new_secret(), 0
        ).webhook

        def drip() -> None:
            caller, _ = door.accept()
            with caller:
                for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200:
                    time.sleep(0.05)
                    try:
                        caller.send(bytes([letter]))
                    except OSError:
                        return

        thread = Thread(target=drip)
        thread.start()
        with telling(newsroom):
            becomes(
                lambda: [one.failure for _, one in webhooks.tried(newsroom.views, webhook, 99, 9)],
                ["no answer within 0.5 s"],
            )
        thread.join()


# --- Many --------------------------------------------------------------------------------------------------------


@holds("WEBHOOKS", "WEBHOOK_DELIVERIES", "WEBHOOK_STORIES", "WEBHOOK_AT_ONCE")
def test_there_are_so_many_webhooks_attempts_and_stories_looked_at(
    newsroom: Newsroom, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WEBHOOKS", 2)
    monkeypatch.setattr(limits, "WEBHOOK_DELIVERIES", 5)
    monkeypatch.setattr(limits, "WEBHOOK_STORIES", 3)
    monkeypatch.setattr(limits, "WEBHOOK_AT_ONCE", 2)
    webhook = subscribe(newsroom, listener, "desk-change")
    subscribe(newsroom, listener, "publication")
    with pytest.raises(TooManyWebhooks):
        subscribe(newsroom, listener)
    at_once: list[int] = []

    def answer(_: Any) -> int:
        at_once.append(len(at_once))
        return 200

    listener.answer = answer
    for number in range(12):
        newsroom.open(f"story-{number}", source=f"source-{number}")
    newsroom.catch_up()
    with telling(newsroom):
        becomes(lambda: len(listener.heard), 12)
        becomes(lambda: webhooks.how_many_wait(newsroom.views), {})
    assert len(webhooks.tried(newsroom.views, webhook, limits.POSITION, 99)) == 5


def tell(database: Database, port: int) -> None:
    del port
    courier._FIRST_WAIT, courier._LONGEST_WAIT, courier._AWAY = 0.01, 0.01, 0.01
    courier._PAUSE = 0.001
    Webhooks(database, [HERE]).start()
    time.sleep(600)


@pytest.mark.parametrize(
    "kills", [pytest.param(5, marks=pytest.mark.thorough), pytest.param(100, marks=pytest.mark.slow)]
)
def test_killed_at_any_moment_who_tells_leaves_out_nothing_and_keeps_the_order(
    newsroom: Newsroom, listener: Listener, kills: int
) -> None:
    chance = random.Random()
    newsroom.open("story-0")
    subscribe(newsroom, listener)
    listener.answer = lambda _: 200 if chance.random() < 0.8 else 500
    for kill in range(kills):
        process = processes.Process(target=tell, args=(newsroom.database, listener.port))
        process.start()
        for number in range(4):
            if kill or number:
                slug = f"story-{kill * 4 + number}"
                newsroom.open(slug, source=slug)
            newsroom.report(slug := f"story-{chance.randrange(kill * 4 + number + 1)}")
            file_and_publish(newsroom, f"Number {kill}, {number}.", slug)
        time.sleep(chance.random() * 0.2)
        process.kill()
        process.join()
        process.close()
    listener.answer = lambda _: 200
    with telling(newsroom):
        reached = newsroom.catch_up()
        becomes(lambda: webhooks.every(newsroom.views)[0].reached, reached)
        eventually(lambda: not webhooks.how_many_wait(newsroom.views), 60.0 + kills)
    happened = newsroom.views.execute(
        "select n.slug, r.position from revisions r join story_now n using (story) order by r.position"
    ).fetchall()
    for slug in {slug for slug, _ in happened}:
        first_heard = list(dict.fromkeys(position for _, position in listener.told(slug)))
        assert first_heard == [position for each, position in happened if each == slug]


# --- Over HTTP, on the page, on the command line -----------------------------------------------------------------


@pytest.mark.thorough
def test_an_admin_sees_who_is_told_and_how_that_goes(desk: Desk, listener: Listener) -> None:
    room = desk.newsroom
    slug = desk.open()
    webhook = subscribe(room, listener, "desk-change", story=slug, after=desk.head())
    listener.answer = lambda _: 500
    desk.report(slug)
    path = f"/v1/webhooks/{webhook}/deliveries"
    becomes(lambda: len(desk.get(path, "admin").json()["items"]), 1)
    (found,) = (
        one for one in desk.get("/v1/webhooks", "admin").json()["items"] if one["webhook"] == str(webhook)
    )
    assert (found["tells"], found["story"], found["stories_waiting"]) == (["desk-change"], slug, 1)
    assert "secret" not in str(found)
    (tried,) = desk.get(path, "admin").json()["items"]
    assert (tried["status"], tried["failure"], tried["attempt"]) == (500, "answered 500", 1)
    with closing(Browser.of(desk.server, "admin")) as browser:
        assert listener.url in browser.get("/webhooks").text
        page = browser.get(f"/webhooks/{webhook}").text
    for words in (listener.url, "desk change", "answered 500"):
        assert words in page
    for role in ("reporter", "editor", "standards", "auditor"):
        problem(desk.client(role).get("/v1/webhooks"), 403)
        problem(desk.client(role).get(path), 403)
    problem(desk.client("admin").get(f"/v1/webhooks/{uuid4()}/deliveries"), 404)


def test_an_admin_adds_rotates_replays_and_removes_over_http(desk: Desk, listener: Listener) -> None:
    admin = desk.client("admin")
    slug = desk.open()
    asked = {"url": listener.url, "tells": ["desk-change"], "story": slug}
    answer = admin.post("/v1/webhooks", json=asked, headers={"idempotency-key": f"one-{slug}"})
    added = answer.json()
    path = f"/v1/webhooks/{added['webhook']}"
    assert (answer.status_code, answer.headers["location"]) == (201, path)
    assert answer.headers["cache-control"] == "no-store"
    began = desk.report(slug)["position"]
    becomes(lambda: len(listener.heard), 1)
    Verifier(added["secret"]).verify(listener.bodies[0], listener.headers[0])
    shown = admin.get(path).json()
    assert (shown["url"], shown["tells"], shown["story"]) == (listener.url, ["desk-change"], slug)
    assert "secret" not in shown
    rotated = admin.post(f"{path}/rotations").json()["secret"]
    again = admin.post(f"{path}/rotations").json()["secret"]  # the first answer was lost on its way
    assert len({added["secret"], rotated, again}) == 3
    told = admin.post(f"{path}/replays", json={"after": began - 1}).json()
    assert (told["webhook"], told["reached"]) == (added["webhook"], began - 1)
    # What was on its way already is signed as it was, and told again.
    eventually(lambda: verifies(again, listener.bodies[-1], listener.headers[-1]))
    Verifier(added["secret"]).verify(listener.bodies[-1], listener.headers[-1])
    webhooks.stop(desk.newsroom.views, UUID(added["webhook"]), "A test.")
    assert admin.get(path).json()["stopped_why"] == "A test."
    assert "stopped_why" not in admin.post(f"{path}/replays", json={}).json()
    assert admin.delete(path).status_code == 204
    for gone in (admin.get(path), admin.delete(path), admin.post(f"{path}/rotations")):
        problem(gone, 404, "no-such-webhook")


@pytest.mark.thorough
def test_what_is_answered_of_webhooks_is_as_the_document_has_it(desk: Desk) -> None:
    document, admin = desk.client().get("/openapi.json").json(), desk.client("admin")

    def declared(method: str, path: str, answer: Any) -> list[str]:
        told = document["paths"][path][method]["responses"][str(answer.status_code)]
        assert set(told["headers"]) - {"Idempotent-Replayed"} <= set(map(str.title, answer.headers))
        return fits(document, told["content"]["application/json"]["schema"], answer.json())

    example = document["paths"]["/v1/webhooks"]["post"]["requestBody"]["content"]["application/json"]
    added = admin.post(
        "/v1/webhooks", json=example["examples"]["example"]["value"] | {"desk": desk.slug("desk")}
    )
    path = f"/v1/webhooks/{added.json()['webhook']}"
    assert declared("post", "/v1/webhooks", added) == []
    assert declared("get", "/v1/webhooks/{webhook}", admin.get(path)) == []
    assert declared("post", "/v1/webhooks/{webhook}/rotations", admin.post(f"{path}/rotations")) == []
    assert declared("post", "/v1/webhooks/{webhook}/replays", admin.post(f"{path}/replays", json={})) == []
    assert admin.delete(path).status_code == 204


def verifies(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Verifier(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_a_webhook_is_added_once_however_often_it_is_sent(desk: Desk) -> None:
    admin, slug = desk.client("admin"), desk.open()
    asked = {"url": "https://example.org/news", "tells": ["correction"], "story": slug}
    once = {"idempotency-key": f"two-{slug}"}
    first, second = (admin.post("/v1/webhooks", json=asked, headers=once) for _ in range(2))
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    problem(
        admin.post("/v1/webhooks", json=asked | {"tells": ["withdrawal"]}, headers=once), 422, "key-reused"
    )
    admin.post(f"/v1/webhooks/{first.json()['webhook']}/rotations")
    assert "secret" not in admin.post("/v1/webhooks", json=asked, headers=once).json()
    assert admin.delete(f"/v1/webhooks/{first.json()['webhook']}").status_code == 204


def test_who_is_to_be_told_is_the_admins_word_and_what_cannot_be_is_said(desk: Desk) -> None:
    asked = {"url": "https://example.org/news", "tells": ["correction"]}
    nobodys = f"/v1/webhooks/{uuid4()}"
    before = who_is_told(desk)
    for role in ("reporter", "editor", "standards", "auditor"):
        client = desk.client(role)
        for answer in (
            client.post("/v1/webhooks", json=asked),
            client.post(f"{nobodys}/rotations"),
            client.post(f"{nobodys}/replays", json={}),
            client.get(nobodys),
            client.delete(nobodys),
        ):
            problem(answer, 403, "role-may-not")
    admin = desk.client("admin")
    for wrong, status in (
        ({"tells": []}, 422),
        ({"tells": ["everything"]}, 422),
        ({"url": "ftp://example.org/"}, 422),
        ({"url": "https://me:secret@example.org/"}, 422),
        ({"story": "no-such-story"}, 404),
        ({"after": -1}, 422),
        ({"after": False}, 422),
        ({"secret": "mine"}, 422),
    ):
        problem(admin.post("/v1/webhooks", json=asked | wrong), status)
    problem(admin.delete(nobodys, headers={"if-match": '"r1-1"'}), 412)
    assert who_is_told(desk) == before


def who_is_told(desk: Desk) -> list[str]:
    return [one["webhook"] for one in desk.get("/v1/webhooks", "admin").json()["items"]]


def test_the_command_line_adds_rotates_replays_resumes_and_removes(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", newsroom.database.url)
    newsroom.open()
    head = newsroom.catch_up()

    def say(*words: str) -> str:
        done = CliRunner().invoke(main, ["webhooks", *words, "--json"])
        assert done.exit_code == 0, done.output
        return done.stdout

    added = json.loads(say("add", "https://example.org/news", "--tells", "correction", "--story", "story"))
    webhook = UUID(added["webhook"])
    made = webhooks.one(newsroom.views, webhook)
    assert (made.url, made.tells, made.story, made.reached) == (
        "https://example.org/news", ["correction"], "story", head,
    )  # fmt: skip
    assert added["secret"] == written(made.secret)
    rotated = json.loads(say("rotate", str(webhook)))["secret"]
    assert rotated == written(webhooks.one(newsroom.views, webhook).secret) != added["secret"]
    webhooks.stop(newsroom.views, webhook, "A test.")
    assert json.loads(say("list"))["stopped_why"] == "A test."
    assert "secret" not in say("list")
    say("resume", str(webhook))
    assert webhooks.one(newsroom.views, webhook).stopped_at is None
    say("replay", str(webhook), "--after", "1")
    assert webhooks.one(newsroom.views, webhook).reached == 1
    say("remove", str(webhook))
    with pytest.raises(NoSuchWebhook):
        webhooks.one(newsroom.views, webhook)
    for words in (
        ["add", "ftp://example.org/", "--tells", "correction"],
        ["add", "https://example.org/"],
        ["add", "https://example.org/", "--tells", "correction", "--story", "no-story"],
        ["resume", str(webhook)],
    ):
        assert CliRunner().invoke(main, ["webhooks", *words]).exit_code in (1, 2)
    said = CliRunner().invoke(main, ["webhooks", "add", "news", "--tells", "correction"]).output
    assert "should be a web address, such as https://example.org/report" in said
