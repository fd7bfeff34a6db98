"""Do streams tell all that happens, once, as it happens, and to readers only what they may see?"""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from threading import Event, Thread
from typing import Any
from urllib.parse import quote

import httpx2
import psycopg
import pytest

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from ledger.commands import PublishStory, SetHeadline
from ledger.moment import rfc3339
from ledger.words import Role
from projections.reading import news
from tests.desk import CHANGES, FACT, OF_PUBLICATION, ROLES, Desk, open_desk, problem
from tests.faults import ServerProcess
from tests.listener import Listener
from tests.newsroom import Newsroom
from tests.test_operations import away
from tests.views import eventually

LEDGER, STORY = "/v1/events/stream", "/v1/stories/{}/stream"
Listen = Callable[..., Listener]


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@pytest.fixture
def own_desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """For tests that break something, or change how it works."""
    with open_desk(servers) as opened:
        yield opened


def caught_up(desk: Desk, path: str, role: Role | None, listen: Listen) -> list[dict[str, Any]]:
    """What whoever comes now is told of what has happened."""
    desk.settle()
    return listen(desk, path, role).await_level(desk.head())


@contextlib.contextmanager
def listening() -> Iterator[Listen]:
    """Opens streams, and closes them at the end."""
    opened: list[Listener] = []

    def listen(desk: Desk, path: str, role: Role | None = None, **headers: str) -> Listener:
        secret = desk.server.secret(role) if role else None
        opened.append(Listener(desk.server.url, path, secret, **headers))
        return opened[-1]

    try:
        yield listen
    finally:
        for listener in opened:
            listener.close()


@pytest.fixture
def listen() -> Iterator[Listen]:
    with listening() as listen:
        yield listen


def since(desk: Desk, path: str, position: int | None = None) -> str:
    desk.settle()
    return f"{path}?since={desk.head() if position is None else position}"


def act(desk: Desk, slug: str, what: str) -> None:
    if what in ("kills", "takedowns", "restorations"):
        desk.do(slug, what)
    else:
        desk.post(f"/v1/stories/{slug}/{what}", OF_PUBLICATION[what])


def items(desk: Desk, path: str, role: Role | None) -> list[dict[str, Any]]:
    """Of a list that fits on one page."""
    desk.settle()
    answer = desk.client(role).get(f"{path}?limit=200")
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["items"]
    return listed


# --- What the desk is told ---------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("role", ROLES)
def test_the_desk_is_told_every_revision_of_every_story_as_their_lists_have_it(
    desk: Desk, listen: Listen, role: Role
) -> None:
    listener = listen(desk, since(desk, LEDGER), role)
    slugs = [desk.public(facts=2), desk.public()]
    desk.source()
    desk.post(f"/v1/stories/{slugs[0]}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    act(desk, slugs[1], "kills")
    desk.ask(slugs[0])
    of_stories = {slug: items(desk, f"/v1/stories/{slug}/revisions", "editor") for slug in slugs}
    told = listener.await_events(sum(map(len, of_stories.values())))
    for slug, listed in of_stories.items():
        assert [one for one in told if one["story"] == slug] == [{"story": slug, **one} for one in listed]
    assert listener.ids() == [one["position"] for one in told] == sorted(set(listener.ids()))
    assert {one["story"] for one in told} == set(slugs)


@pytest.mark.thorough
def test_the_stream_of_a_story_tells_of_that_story_alone(desk: Desk, listen: Listen) -> None:
    slug, other = desk.public(), desk.public()
    listener = listen(desk, f"{STORY.format(slug)}?since=0", "reporter")
    listener.await_level()
    for number in range(3):
        desk.edition(other, f"Headline {number}")
        desk.edition(slug, f"Headline {number}")
    listed = items(desk, f"/v1/stories/{slug}/revisions", "editor")
    assert listener.await_events(len(listed)) == [{"story": slug, **one} for one in listed]


def test_without_a_moment_only_what_happens_from_now_on_is_told(desk: Desk, listen: Listen) -> None:
    slug = desk.public()
    desk.settle()
    listeners = [
        listen(desk, path, role) for path in (LEDGER, STORY.format(slug)) for role in ("editor", None)
    ]
    for listener in listeners:
        listener.await_level(desk.head())
    published = desk.edition(slug, "It goes on")
    eventually(lambda: all(published["position"] in listener.ids() for listener in listeners))
    for listener in listeners:
        assert min(listener.ids()) >= published["position"] - 1


def test_what_happened_beyond_a_position_or_after_an_instant_is_told_first(
    desk: Desk, listen: Listen
) -> None:
    slug = desk.public()
    first, second, third = (desk.edition(slug, f"Headline {number}") for number in range(3))
    for path in (LEDGER, STORY.format(slug)):
        for moment in (first["position"], quote(first["recorded_at"]), first["recorded_at"].lower()):
            told = caught_up(desk, f"{path}?since={moment}", None, listen)
            assert [one["position"] for one in told] == [second["position"], third["position"]]


def test_the_last_id_that_was_heard_takes_the_place_of_the_moment(desk: Desk, listen: Listen) -> None:
    slug = desk.public()
    first, second = (desk.edition(slug, f"Headline {number}") for number in range(2))
    desk.settle()
    for path in (LEDGER, STORY.format(slug), f"{STORY.format(slug)}?since=0"):
        listener = listen(desk, path, None, last_event_id=str(first["position"]))
        listener.await_events(1)
        assert listener.ids() == [second["position"]]


def test_who_has_heard_nothing_yet_knows_from_where_to_go_on(desk: Desk, listen: Listen) -> None:
    desk.settle()
    listener = listen(desk, LEDGER, "editor")
    listener.await_level(desk.head())
    assert listener.events == []
    assert listener.last_id == desk.head()


# --- What readers are told ---------------------------------------------------------------------------------------


def test_readers_are_told_every_edition_with_its_changes_as_the_list_has_it(
    desk: Desk, listen: Listen
) -> None:
    slug = desk.open()
    whole, member = (
        listen(desk, since(desk, LEDGER)),
        listen(desk, f"{since(desk, LEDGER)}&view=reader", "admin"),
    )
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.publish(slug)
    desk.edition(slug, "It goes on")
    listed = items(desk, f"/v1/stories/{slug}/revisions", None)
    of_story = listen(desk, f"{STORY.format(slug)}?since=0")
    assert len(listed) == 3
    assert listed[1]["changes"][0]["was_wrong"] == "It left and did not arrive."
    expected = [{"story": slug, "kind": "edition", **one} for one in listed]
    for listener in (whole, member, of_story):
        assert listener.await_events(3) == expected
        assert listener.ids() == [one["position"] for one in expected]


def test_readers_are_told_what_is_withdrawn_and_what_is_back(desk: Desk, listen: Listen) -> None:
    slug = desk.public()
    listener = listen(desk, since(desk, LEDGER))
    for turn, what in enumerate(("holds", "releases", "kills", "restorations", "takedowns"), 1):
        act(desk, slug, what)
        listener.await_events(
            turn
        )  # what is withdrawn again by the time at which it is told is not told to be back
    held, released, killed, restored, taken_down = listener.told()
    assert held.keys() == {"position", "kind", "at"}
    assert [one["kind"] for one in (held, released, killed, restored, taken_down)] == [
        "withdrawal", "return", "withdrawal", "return", "withdrawal",
    ]  # fmt: skip
    assert (released["story"], released["revision"]) == (restored["story"], restored["revision"]) == (slug, 2)
    assert killed["story"] == slug
    assert killed["tombstone"]["kind"] == "kill"
    assert killed["tombstone"]["notice"] == "Withdrawn."
    assert taken_down["tombstone"] == problem(desk.client(None).get(f"/v1/stories/{slug}"), 451)["tombstone"]


@pytest.mark.parametrize(("what", "status"), [("holds", 404), ("kills", 410), ("takedowns", 451)])
def test_the_stream_of_a_story_ends_for_readers_with_the_story_and_goes_on_for_the_desk(
    desk: Desk, listen: Listen, what: str, status: int
) -> None:
    slug = desk.public()
    path = since(desk, STORY.format(slug))
    reader, member = listen(desk, path), listen(desk, path, "editor")
    act(desk, slug, what)
    reader.await_end()
    assert [one["kind"] for one in reader.told()] == ["withdrawal"]
    again = desk.client(None).get(STORY.format(slug), headers={"last-event-id": str(reader.last_id)})
    story = desk.client(None).get(f"/v1/stories/{slug}")
    assert again.status_code == story.status_code == status
    assert again.json() | {"request_id": ""} == story.json() | {"request_id": ""}
    desk.post(f"/v1/stories/{slug}/notes", {"role": "desk", "text": "Why?", "is_publishable": False})
    eventually(lambda: "note" in [one["kind"] for one in member.told()])


def test_of_what_is_withdrawn_the_past_is_not_told_and_is_again_once_it_is_back(
    desk: Desk, listen: Listen
) -> None:
    before = since(desk, LEDGER)
    slug = desk.public()
    desk.edition(slug, "It goes on")
    act(desk, slug, "holds")
    held = caught_up(desk, before, None, listen)
    assert [one["kind"] for one in held] == ["withdrawal"]
    assert slug not in str(held)
    act(desk, slug, "releases")
    back = caught_up(desk, before, None, listen)
    assert [one["kind"] for one in back] == ["edition", "edition", "withdrawal", "return"]


@pytest.mark.parametrize("path", [LEDGER, "/v1/stories/no-story/stream"])
def test_the_desks_view_needs_a_key(desk: Desk, path: str) -> None:
    problem(desk.client(None).get(f"{path}?view=desk"), 401, "key-refused")


# --- How it is told ----------------------------------------------------------------------------------------------


def test_a_stream_is_not_kept_by_anybody_and_not_held_back(desk: Desk, listen: Listen) -> None:
    slug = desk.public()
    for path in (LEDGER, STORY.format(slug)):
        for role in ("editor", None):
            listener = listen(desk, path, role)
            head = desk.client(role).head(path)
            for status, headers in ((listener.status, listener.headers), (head.status_code, head.headers)):
                assert status == 200
                assert headers["content-type"] == "text/event-stream; charset=utf-8"
                assert headers["cache-control"] == "no-store"
                assert headers["x-accel-buffering"] == "no"
                assert headers["vary"] == "Authorization"
                assert "content-length" not in headers
            assert head.content == b""


def test_a_client_is_told_to_come_back_after_a_second(desk: Desk) -> None:
    with desk.client(None).stream("GET", LEDGER) as answer:
        assert next(answer.iter_lines()) == "retry: 1000"


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ("since=", "since"),
        ("since=yesterday", "since"),
        ("since=-1", "since"),
        ("since=1.5", "since"),
        ("since=²", "since"),
        ("since=2023-09-12", "since"),
        ("since=1&since=2", "since"),
        ("after=1", "after"),
        ("at_least=1", "at_least"),
        ("view=public", "view"),
    ],
)
def test_what_cannot_be_asked_is_refused(desk: Desk, parameters: str, named: str) -> None:
    for path in (LEDGER, STORY.format(desk.public())):
        for headers in ({}, {"last-event-id": "1"}):
            answer = desk.client("editor").get(f"{path}?{parameters}", headers=headers)
            assert problem(answer, 400, "bad-parameter")["errors"][0]["parameter"] == named


def test_what_is_beyond_the_head_is_refused(desk: Desk) -> None:
    tomorrow = quote(rfc3339(datetime.now(UTC) + timedelta(days=1)))
    for path in (LEDGER, STORY.format(desk.public())):
        for moment in (desk.head() + 1, 10**15, "9" * 16, tomorrow):
            told = problem(desk.client().get(f"{path}?since={moment}"), 400, "beyond-the-head")
            assert [place["parameter"] for place in told["errors"]] == ["since"]
        headers = {"last-event-id": str(desk.head() + 1)}
        told = problem(desk.client().get(path, headers=headers), 400, "beyond-the-head")
        assert [place["header"] for place in told["errors"]] == ["Last-Event-ID"]
        problem(desk.client(None).get(f"{path}?since={tomorrow}"), 400, "beyond-the-head")


def test_a_reader_who_comes_with_a_later_id_than_there_is_hears_all_from_then_on(
    desk: Desk, listen: Listen
) -> None:
    """Were it refused, readers could find out how far the ledger is; and their browsers would not come again."""
    slug = desk.public()
    desk.open()
    desk.settle()
    known = [listen(desk, LEDGER, None, last_event_id=str(position)) for position in (desk.head(), 10**15)]
    for listener in known:
        listener.await_level()
    published = desk.edition(slug, "It goes on")
    for listener in known:
        listener.await_events(1)
        assert listener.ids() == [published["position"]]


@pytest.mark.parametrize("sent", ["", "x", "-1", "1.0", "9" * 17])
def test_a_last_id_that_is_none_is_refused(desk: Desk, sent: str) -> None:
    told = problem(desk.client(None).get(LEDGER, headers={"last-event-id": sent}), 400, "bad-parameter")
    assert told["errors"][0]["header"] == "Last-Event-ID"
    twice = [("last-event-id", "1"), ("last-event-id", "2")]
    problem(desk.client(None).get(LEDGER, headers=twice), 400, "bad-parameter")


def test_a_story_that_is_not_there_has_no_stream(desk: Desk) -> None:
    draft = desk.open()
    problem(desk.client("editor").get(STORY.format("no-story")), 404, "no-such-story")
    for slug in ("no-story", draft):
        problem(desk.client(None).get(STORY.format(slug)), 404, "nothing-there")
    problem(desk.client("editor").get(f"{STORY.format(draft)}?view=reader"), 404, "nothing-there")


# --- As long as the key opens ------------------------------------------------------------------------------------


def test_the_stream_of_a_key_that_is_revoked_elsewhere_ends_at_once(desk: Desk, listen: Listen) -> None:
    secret, key = desk.newsroom.issue_key("editor")
    slug = desk.public()
    desk.settle()
    opened = [
        Listener(desk.server.url, path, secret)
        for path in (LEDGER, STORY.format(slug), f"{LEDGER}?view=reader")
    ]
    other = listen(desk, LEDGER, "editor")
    for listener in (*opened, other):
        listener.await_level()
    begun = time.monotonic()
    desk.newsroom.revoke_key(key)  # as another process does
    for listener in opened:
        listener.await_end(seconds=limits.STREAM_SILENCE / 2)
        listener.close()
    assert time.monotonic() - begun < limits.STREAM_SILENCE / 2
    assert not other.has_ended
    problem(httpx2.get(f"{desk.server.url}{LEDGER}", headers={"authorization": f"Bearer {secret}"}), 401)


@pytest.mark.thorough
def test_the_stream_of_a_key_that_expires_ends_when_it_would_say_that_it_is_there(
    monkeypatch: pytest.MonkeyPatch, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    monkeypatch.setattr(limits, "STREAM_SILENCE", 0.2)
    with open_desk(servers) as desk, listening() as listen:
        expires_at = datetime.now(UTC) + timedelta(seconds=2)
        secret, _ = desk.newsroom.issue_key("editor", expires_at=rfc3339(expires_at))
        listener = Listener(desk.server.url, LEDGER, secret)
        lasting = listen(desk, LEDGER, "editor")
        listener.await_level()
        listener.await_end()
        listener.close()
        late = (datetime.now(UTC) - expires_at).total_seconds()
        assert 0 <= late < 1.5, late
        assert not lasting.has_ended


@pytest.mark.thorough
def test_a_stream_with_nothing_to_tell_says_that_it_is_there_and_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    monkeypatch.setattr(limits, "STREAM_SILENCE", 0.2)
    with open_desk(servers) as desk, listening() as listen:
        slug = desk.public()
        desk.settle()
        reader = listen(desk, STORY.format(slug))
        published = desk.head()
        reader.await_level(published)
        desk.open()  # nothing for readers, and they do not hear that it happened
        desk.settle()
        told = len(reader.comments)
        eventually(lambda: len(reader.comments) > told + 5)
        assert (reader.events, reader.level) == ([], published)


# --- No gap, no double -------------------------------------------------------------------------------------------


class Process(ServerProcess):
    def await_ready(self) -> None:
        eventually(self.is_ready, seconds=60, step=0.05)

    def end(self, by: signal.Signals) -> float:
        """Seconds until it is gone."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(by)
        self._process.wait(10)
        return time.monotonic() - begun


@pytest.fixture
def process(database: str) -> Iterator[Process]:
    server = Process(database)
    try:
        yield server
    finally:
        with contextlib.suppress(AssertionError, ProcessLookupError):
            server.kill()


class Browser:
    """Comes back with the last id whenever it loses the connection, as an EventSource does."""

    def __init__(self, url: str, path: str, secret: str | None) -> None:
        self.heard: list[tuple[int, dict[str, Any]]] = []
        self.connections = 0
        self.last_id: int | None = None
        self._where = (url, path, secret)
        self._closing = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self._closing.is_set():
            headers = {} if self.last_id is None else {"last_event_id": str(self.last_id)}
            try:
                listener = Listener(*self._where, **headers)
            except (OSError, HTTPException):
                self._closing.wait(0.05)
                continue
            self.connections += 1
            while not listener.has_ended and not self._closing.is_set():
                time.sleep(0.01)
                self.last_id = listener.last_id or self.last_id
            listener.close()
            self.last_id = listener.last_id or self.last_id
            self.heard += listener.events


@pytest.mark.thorough
def test_nothing_is_left_out_and_nothing_told_twice_when_the_server_is_restarted_in_between(
    newsroom: Newsroom, process: Process
) -> None:
    newsroom.open()
    secret, _ = newsroom.issue_key("editor")
    newsroom.file(PublishStory(reason="Ready"), "story")
    process.start()
    process.await_ready()
    paths = [(path, key) for path in (LEDGER, STORY.format("story")) for key in (secret, None)]
    browsers = [Browser(process.url, path, key) for path, key in paths]
    eventually(lambda: all(browser.last_id is not None for browser in browsers))
    begun_at = max(browser.last_id or 0 for browser in browsers)
    ending = Event()

    def file() -> None:
        for number in range(10_000):
            if ending.is_set():
                return
            newsroom.report(statement=f"Fact {number}")
            newsroom.file(SetHeadline(headline=f"Headline {number}", reason="So it is"), "story")
            newsroom.file(PublishStory(reason="Ready"), "story")

    with ThreadPoolExecutor(1) as pool:
        filing = pool.submit(file)
        for by in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
            time.sleep(0.7)
            process.end(by)
            time.sleep(0.2)
            process.start()
            process.await_ready()
        time.sleep(0.5)
        ending.set()
        filing.result(30)
    newsroom.catch_up()
    head = newsroom.views.execute("select position from head").fetchone()
    assert head is not None
    eventually(lambda: all(browser.last_id == head[0] for browser in browsers), seconds=30)
    for browser in browsers:
        browser.close()
        assert browser.connections >= 4
    rows = newsroom.views.execute(
        "select position, topic from events where position > %s", [begun_at]
    ).fetchall()
    everything = sorted(position for position, _ in rows)
    editions = sorted(position for position, topic in rows if topic == "story-published.v1")
    assert len(editions) > 10
    assert [number for number, _ in browsers[0].heard] == everything
    assert [number for number, _ in browsers[1].heard] == editions
    assert [number for number, _ in browsers[2].heard] == everything
    assert [number for number, _ in browsers[3].heard] == editions


@pytest.mark.thorough
def test_whoever_comes_in_the_middle_of_much_hears_all_of_it_once_and_in_order(
    desk: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STREAM_EVENTS", 7)
    desk.settle()
    start, slugs = desk.head(), [desk.public() for _ in range(3)]
    listeners = []
    for number in range(60):
        desk.report(slugs[number % 3])
        if number % 6 == 0:
            desk.publish(slugs[number % 3])
            listeners.append((start, listen(desk, f"{LEDGER}?since={start}", "editor")))
            listeners.append((start, listen(desk, f"{LEDGER}?since={start}", None)))
    desk.settle()
    events = [
        one["position"] for slug in slugs for one in items(desk, f"/v1/stories/{slug}/revisions", "editor")
    ]
    editions = [
        one["position"] for slug in slugs for one in items(desk, f"/v1/stories/{slug}/revisions", None)
    ]
    for index, (_, listener) in enumerate(listeners):
        expected = sorted(editions if index % 2 else events)
        listener.await_events(len(expected))
        assert listener.ids() == expected


@pytest.mark.thorough
def test_a_page_that_was_read_before_something_happened_is_not_given_to_whoever_comes_after(
    own_desk: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = own_desk.open()
    own_desk.settle()
    start = own_desk.head()
    first = listen(own_desk, LEDGER, "editor")
    first.await_level(start)
    is_held, goes_on, read = Event(), Event(), news.page

    def held(*asked: Any) -> news.News:
        found = read(*asked)
        if found.items and not is_held.is_set():
            is_held.set()
            goes_on.wait(20)
        return found

    monkeypatch.setattr(news, "page", held)
    own_desk.report(slug)
    assert is_held.wait(10)
    own_desk.report(slug)
    own_desk.settle()
    time.sleep(0.5)  # the streams are told of it
    second = listen(own_desk, f"{LEDGER}?since={start}", "editor")
    time.sleep(0.5)
    goes_on.set()
    eventually(lambda: [first.ids(), second.ids()] == [[start + 1, start + 2]] * 2, seconds=5)


@pytest.mark.thorough
def test_a_stream_outlives_a_database_that_is_away_and_leaves_nothing_out(
    own_desk: Desk, servers: Callable[[str], EmbeddedPostgres], listen: Listen
) -> None:
    slug = own_desk.public()
    listener = listen(own_desk, since(own_desk, LEDGER), "editor")
    listener.await_level()
    with ThreadPoolExecutor(1) as pool:
        with away(own_desk, servers("embedded")):
            filed = pool.submit(own_desk.try_post, f"/v1/stories/{slug}/facts", FACT, idempotency_key="one")
            time.sleep(1)
            assert not listener.has_ended
        answer = filed.result(30)
    assert answer.status_code == 201, answer.text
    assert [one["position"] for one in listener.await_events(1)] == [answer.json()["position"]]


# --- Many at a time ----------------------------------------------------------------------------------------------

MANY = 100


@contextlib.contextmanager
def raw(url: str, path: str, secret: str) -> Iterator[socket.socket]:
    """A connection that has asked for a stream and takes little of it by itself."""
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect((host, int(port)))
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n"
        connection.sendall(request.encode())
        connection.settimeout(20)
        yield connection


@contextlib.contextmanager
def crowd(process: Process, secret: str) -> Iterator[list[Listener]]:
    """A hundred open streams of one server, of every sort."""
    process.start()
    process.await_ready()
    listeners = [
        Listener(process.url, (LEDGER, STORY.format("story"))[number % 2], (secret, None)[number // 2 % 2])
        for number in range(MANY)
    ]
    try:
        for listener in listeners:
            listener.await_level()
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


@pytest.fixture
def secret(newsroom: Newsroom) -> str:
    """Of an editor; there is a story that readers see."""
    newsroom.open()
    newsroom.file(PublishStory(reason="Ready"), "story")
    return newsroom.issue_key("editor")[0]


@pytest.mark.thorough
def test_a_hundred_streams_listen_by_one_connection_and_hear_what_happens_together(
    newsroom: Newsroom, process: Process, secret: str
) -> None:
    with crowd(process, secret) as listeners, psycopg.connect(newsroom.database.url) as overseer:
        newsroom.report()
        begun = time.monotonic()
        published = newsroom.file(PublishStory(reason="Again"), "story")
        eventually(lambda: all(published.position in listener.ids() for listener in listeners))
        assert time.monotonic() - begun < 5
        rows = overseer.execute(
            "select application_name, count(*) from pg_stat_activity"
            " where datname = current_database() and application_name like 'factledger %' group by 1"
        ).fetchall()
    connections: dict[str, int] = dict(rows)
    assert connections["factledger worker"] == 1
    assert connections["factledger shared"] <= 8


@pytest.mark.thorough
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_with_a_hundred_streams_open_the_server_is_gone_within_a_second(
    process: Process, secret: str, by: signal.Signals
) -> None:
    busy = max(1, os.getloadavg()[0] / (os.cpu_count() or 1))  # with other things than this test
    with crowd(process, secret) as listeners, raw(process.url, f"{LEDGER}?since=0", secret) as connection:
        heard = connection.recv(65_536)
        assert heard.startswith(b"HTTP/1.1 200"), "it is open before the server is to end"
        assert process.end(by) < busy
        for listener in listeners:
            listener.await_end()
        heard += b"".join(iter(lambda: connection.recv(65_536), b""))
    assert heard.endswith(b"0\r\n\r\n"), "it ended in order, and was not cut off"


MUCH = 60  # events of 200 KB: several times what a connection holds
LARGE = {"citations": [{"source": "ria", "excerpt": {"exact": "A train arrived. " * 290}}] * 40}


@pytest.mark.thorough
def test_a_client_that_does_not_read_costs_one_page_and_hears_all_when_it_does(
    own_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[int] = []
    read = news.page

    def counted(*asked: Any) -> news.News:
        found = read(*asked)
        pages.append(sum(len(item.text) for item in found.items))
        return found

    slug = own_desk.open()
    start = own_desk.head()
    for _ in range(MUCH):
        own_desk.report(slug, **LARGE)
    own_desk.settle()
    monkeypatch.setattr(news, "page", counted)
    with raw(own_desk.server.url, f"{LEDGER}?since={start}", own_desk.server.secret("editor")) as deaf:
        eventually(lambda: len(pages) > 0)
        await_rest(pages)
        assert 0 < sum(pages) < MUCH * 100_000, "nothing is read for a client that takes nothing"
        assert max(pages) <= 2 * limits.STREAM_BYTES
        assert own_desk.client().get("/healthz").status_code == 200
        ids: list[int] = []
        with deaf.makefile("rb") as taken:
            while len(ids) < MUCH:
                line = taken.readline()
                ids += [int(line[4:])] if line.startswith(b"id: ") else []
    assert ids == list(range(start + 1, own_desk.head() + 1))


def await_rest(pages: list[int]) -> None:
    """Until none has come for two seconds."""
    count = -1
    while count != len(pages):
        count = len(pages)
        time.sleep(2)
