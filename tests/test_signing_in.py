"""Who is signed in at the pages, for how long, and what ends it? Forms are sent as by a browser without JavaScript."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from http.cookies import SimpleCookie
from uuid import UUID

import httpx2
import pytest
from httpx2 import Client, Response

from api.pages.assets import assets
from api.server.clients import Proxies
from api.server.embedded import EmbeddedPostgres
from api.terminal.keys import Console
from ledger import limits
from ledger.store import sessions
from ledger.store.keyring import digest_of
from ledger.words import Role
from tests.desk import Desk, open_desk
from tests.test_limits import holds


@contextmanager
def browser(desk: Desk) -> Iterator[Client]:
    with httpx2.Client(base_url=desk.server.url, timeout=30) as client:
        yield client


def mark_in(page: Response) -> str:
    """What a form of the page brings along."""
    found = re.search(r'name="mark" value="([0-9a-f]{32})"', page.text)
    assert found, page.text
    return found[1]


def sign_in(client: Client, secret: str, back: str = "/", **fields: str) -> Response:
    mark = mark_in(client.get("/sign-in"))
    return client.post("/sign-in", data={"mark": mark, "key": secret, "back": back} | fields)


def is_signed_in(client: Client) -> bool:
    return "Sign out" in client.get("/").text


def cookie_of(answer: Response) -> SimpleCookie:
    return SimpleCookie(answer.headers["set-cookie"])


@pytest.mark.thorough
def test_a_key_signs_in_by_a_cookie_that_no_script_and_no_other_site_gets(desk: Desk) -> None:
    with browser(desk) as client:
        answer = sign_in(client, desk.server.secret("editor"), back="/corrections")
        assert (answer.status_code, answer.headers["location"]) == (303, "/corrections")
        session = cookie_of(answer)["factledger_session"]
        assert session["httponly"]
        assert session["samesite"].lower() == "strict"
        assert session["path"] == "/"
        assert int(session["max-age"]) == limits.SESSION_SECONDS
        assert desk.server.secret("editor") not in session.value
        assert is_signed_in(client)


@pytest.mark.thorough
@pytest.mark.parametrize("believed", ["", "127.0.0.0/8"])
def test_over_https_the_cookie_goes_nowhere_else(
    believed: str, servers: Callable[[str], EmbeddedPostgres]
) -> None:
    with open_desk(servers, proxies=Proxies.parse(believed)) as desk, browser(desk) as client:
        answer = sign_in(client, desk.server.secret("editor"))
        assert not cookie_of(answer)["factledger_session"]["secure"]
        mark = mark_in(client.get("/sign-in"))
        headers = {"x-forwarded-proto": "https"}  # whoever stands in front says so, and has to be believed
        fields = {"mark": mark, "key": desk.server.secret("editor")}
        answer = client.post("/sign-in", data=fields, headers=headers)
        assert bool(cookie_of(answer)["factledger_session"]["secure"]) == bool(believed)


@pytest.mark.thorough
@pytest.mark.parametrize("secret", ["", "flk_wrong", "x" * 5_000, "flk_é"])
def test_what_opens_nothing_signs_nobody_in(desk: Desk, secret: str) -> None:
    with browser(desk) as client:
        answer = sign_in(client, secret)
        assert answer.status_code == 401
        assert "This key opens nothing" in answer.text
        assert "set-cookie" not in answer.headers
        assert not is_signed_in(client)


def test_signing_out_ends_the_session_even_for_whoever_kept_the_cookie(desk: Desk) -> None:
    with browser(desk) as client:
        token = cookie_of(sign_in(client, desk.server.secret("editor")))["factledger_session"].value
        front = client.get("/")
        answer = client.post("/sign-out", data={"mark": mark_in(front)})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert not is_signed_in(client)
        kept = client.get("/", headers={"cookie": f"factledger_session={token}"})
        assert "Sign out" not in kept.text


def test_nobody_is_signed_out_by_another_page(desk: Desk) -> None:
    with browser(desk) as client:
        sign_in(client, desk.server.secret("editor"))
        mark = mark_in(client.get("/"))
        for data, headers in (
            ({"other": "1"}, {}),
            ({"mark": "0" * 32}, {}),
            ({"mark": mark}, {"sec-fetch-site": "cross-site"}),
            ({"mark": mark}, {"sec-fetch-site": "same-site"}),
            ({"mark": mark}, {"origin": "https://example.org"}),
            ({"mark": mark}, {"origin": "null"}),
        ):
            answer = client.post("/sign-out", data=data, headers=headers)
            assert answer.status_code == 403, (data, headers)
            assert "Nothing was recorded" in answer.text
        assert is_signed_in(client)


def test_a_key_that_is_taken_back_ends_its_sessions_at_once(desk: Desk) -> None:
    secret, key = desk.newsroom.issue_key("editor")
    with browser(desk) as client:
        sign_in(client, secret)
        assert is_signed_in(client)
        desk.newsroom.revoke_key(key)
        assert not is_signed_in(client)


@holds("SESSION_SECONDS")
def test_a_session_is_over_after_its_time(desk: Desk) -> None:
    _, key = desk.newsroom.issue_key("editor")
    now = datetime.now(UTC)
    with desk.newsroom.database.connect(name="test") as connection:
        token = sessions.begin(connection, key, now)
        almost = now + timedelta(seconds=limits.SESSION_SECONDS - 1)
        assert sessions.key_of(connection, token, almost) == key
        assert sessions.key_of(connection, token, now + timedelta(seconds=limits.SESSION_SECONDS)) is None
        begun_long_ago = sessions.begin(connection, key, now - timedelta(seconds=limits.SESSION_SECONDS))
    with browser(desk) as client:
        assert "Sign out" in client.get("/", headers={"cookie": f"factledger_session={token}"}).text
        assert (
            "Sign out" not in client.get("/", headers={"cookie": f"factledger_session={begun_long_ago}"}).text
        )


@holds("SESSIONS_OF_KEY")
def test_a_key_has_so_many_sessions_and_the_oldest_end(desk: Desk) -> None:
    _, key = desk.newsroom.issue_key("reporter")
    now = datetime.now(UTC)
    with desk.newsroom.database.connect(name="test") as connection:
        tokens = [
            sessions.begin(connection, key, now + timedelta(seconds=second))
            for second in range(limits.SESSIONS_OF_KEY + 2)
        ]
        open_ = [sessions.key_of(connection, token, now) is not None for token in tokens]
    assert open_ == [False, False] + [True] * limits.SESSIONS_OF_KEY


def key_id(desk: Desk, role: Role) -> UUID:
    digest = digest_of(desk.server.secret(role))
    return next(key.key for key in Console(desk.newsroom.database).issued() if key.digest == digest)


def test_a_link_signs_in_once_and_only_when_it_is_confirmed(desk: Desk) -> None:
    link = Console(desk.newsroom.database).sign_in_link(desk.server.secret("standards"))
    with browser(desk) as client, browser(desk) as other:
        for _ in range(2):  # whoever only looks, such as a mail program, does not use it up
            page = client.get(link)
            assert 'signs you in as <strong dir="auto">the standards</strong>' in page.text
            assert not is_signed_in(client)
        token = link.partition("link=")[2]
        fields = {"mark": mark_in(page), "link": token, "back": "/"}
        assert client.post("/sign-in", data=fields).status_code == 303
        assert "the standards" in client.get("/").text
        assert "This link was used before" in other.get(link).text
        assert (
            other.post("/sign-in", data=fields | {"mark": mark_in(other.get("/sign-in"))}).status_code == 401
        )


@holds("LINK_SECONDS")
def test_a_link_works_for_an_hour(desk: Desk) -> None:
    key = key_id(desk, "editor")
    now = datetime.now(UTC)
    with desk.newsroom.database.connect(name="test") as connection:
        token = sessions.make_link(connection, key, now)
        until = timedelta(seconds=limits.LINK_SECONDS)
        almost = now + until - timedelta(seconds=1)
        assert sessions.key_of(connection, token, almost, is_link=True) == key
        assert sessions.key_of(connection, token, now + until, is_link=True) is None
        assert sessions.key_of(connection, token, now) is None, "a link is no session"


def test_of_the_tokens_only_digests_are_kept(desk: Desk) -> None:
    key = key_id(desk, "editor")
    with desk.newsroom.database.connect(name="test") as connection:
        token = sessions.begin(connection, key, datetime.now(UTC))
        kept = connection.execute("select sessions::text from sessions").fetchall()
    assert not any(token in row[0] for row in kept)
    assert not any(token.encode().hex() in row[0] for row in kept)


@pytest.mark.parametrize(
    "back",
    [
        "https://example.org/",
        "//example.org",
        "/\\example.org",
        "javascript:alert(1)",
        "/a\r\nset-cookie: b=c",
    ],
)
def test_signing_in_never_leads_to_another_site(desk: Desk, back: str) -> None:
    with browser(desk) as client:
        shown = client.get("/sign-in", params={"back": back})
        found = re.search(r'name="back" value="([^"]*)"', shown.text)
        assert found
        assert unescape(found[1]) == "/desk"
        answer = sign_in(client, desk.server.secret("editor"), back=back)
        assert answer.headers["location"] == "/desk"


def test_what_is_no_form_is_refused(desk: Desk) -> None:
    with browser(desk) as client:
        mark = mark_in(client.get("/sign-in"))
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post("/sign-in", content=b"mark=%ff\xff", headers=form).status_code == 415
        assert client.post("/sign-in", json={"mark": mark}).status_code == 415
        assert client.post("/sign-in", files={"mark": b"x"}).status_code == 415


def test_a_form_that_names_a_field_twice_means_neither_more_nor_less(desk: Desk) -> None:
    """The last one counts, as for every program that reads forms into names and values; the mark is no exception."""
    with browser(desk) as client:
        mark = mark_in(client.get("/sign-in"))
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = client.post("/sign-in", content=f"mark={mark}&mark=0&key=x", headers=form)
        assert answer.status_code == 403


def test_pages_load_nothing_but_what_is_ours_and_run_nothing_that_stands_in_them(desk: Desk) -> None:
    with browser(desk) as client:
        for path in ("/", "/sign-in", "/stories/not-there", "/nothing-at-all"):
            answer = client.get(path, headers={"accept": "text/html"})
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|\sstyle=|<style", answer.text)
            assert answer.headers["x-content-type-options"] == "nosniff"


def test_assets_are_kept_for_ever_and_pages_are_asked_for_again(desk: Desk) -> None:
    with browser(desk) as client:
        page = client.get("/")
        assert page.headers["cache-control"] == "private, no-cache"
        again = client.get("/", headers={"if-none-match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        found = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text)
        assert len(found) >= 3
        for address in found:
            asset = client.get(address)
            assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert re.search(r"\.[0-9a-f]{16}\.", address)
        assert client.get("/assets/page.0123456789abcdef.css").status_code == 404
        assert client.get("/assets/../page.py").status_code == 404


def test_scripts_and_styles_are_small() -> None:

    def size(kind: str) -> int:
        return sum(len(asset.packed) for name, asset in assets().items() if name.endswith(kind))

    assert size(".js") <= 20_000
    assert size(".css") <= 15_000
