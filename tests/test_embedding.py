"""Can a story's corrections stand in the page of anybody, small, without a script of theirs, and never out of date?"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from httpx2 import Response
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from api.pages.assets import assets
from tests.desk import CHANGES, OF_PUBLICATION, Desk
from tests.plain_browser import Browser

MOST_BYTES = 15_000


def get(desk: Desk, path: str, **headers: str) -> Response:
    return desk.client(None).get(
        path, headers={name.replace("_", "-"): said for name, said in headers.items()}
    )


def corrected(desk: Desk, said: str = "It left and did not arrive.", **head: Any) -> str:
    slug = desk.open()
    if head:
        desk.post(f"/v1/stories/{slug}/headline", head | {"reason": "So."})
    desk.publish(slug)
    body = CHANGES["corrections"] | {"expected_version": 1, "was_wrong": said, "reason": "CANARY"}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)
    desk.publish(slug)
    desk.settle()
    return slug


# --- The frame ---------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_frame_has_the_corrections_and_how_the_story_changed(desk: Desk) -> None:
    slug = corrected(desk)
    answer = get(desk, f"/stories/{slug}/embed")
    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>|\s+", " ", answer.text)
    assert "It left and did not arrive." in text
    assert "Readers saw the wrong version for" in text
    assert "Edition 2" in text
    assert "Edition 1" in text
    assert "CANARY" not in text
    assert f'href="{desk.server.url}/stories/{slug}?edition=1"' in answer.text


def test_the_frame_alone_may_stand_in_other_pages(desk: Desk) -> None:
    slug = corrected(desk)
    framed = get(desk, f"/stories/{slug}/embed")
    assert "x-frame-options" not in framed.headers
    assert framed.headers["content-security-policy"].endswith("frame-ancestors *")
    assert "unsafe" not in framed.headers["content-security-policy"]
    for path in (
        "/",
        f"/stories/{slug}",
        f"/stories/{slug}/history",
        "/sign-in",
        "/desk",
        f"/v1/stories/{slug}",
    ):
        answer = get(desk, path)
        assert answer.headers["x-frame-options"] == "DENY", path
        if not path.startswith("/v1"):
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.thorough
def test_the_frame_is_fifteen_kilobytes_all_told_however_long_its_texts(desk: Desk) -> None:
    slug = desk.open(facts=8)
    desk.publish(slug)
    for fact in range(1, 9):
        said = {"was_wrong": f'"It" arrived on {fact} May. ' + '"' * 4_900, "reason": "😀" * 4_990}
        changed = CHANGES["corrections"] | said | {"expected_version": 1}
        desk.post(f"/v1/stories/{slug}/facts/{fact}/corrections", changed)
        desk.edition(slug, ('"' * 480) + str(fact))
    desk.settle()
    page = get(desk, f"/stories/{slug}/embed").text
    loaded = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page))
    assert {name.split(".")[-1] for name in loaded} == {"css", "js"}
    by_address = {f"/assets/{asset.name}": asset.plain for asset in assets().values()}
    assert len(page.encode()) + sum(len(by_address[name]) for name in loaded) <= MOST_BYTES
    assert "and more before" in page


def test_the_frame_is_what_readers_see_whoever_looks(desk: Desk) -> None:
    slug = corrected(desk)
    desk.post(f"/v1/stories/{slug}/headline", {"headline": "CANARY", "reason": "Not public."})
    desk.settle()
    browser = Browser.of(desk.server, "editor")
    try:
        for below in ("embed", "badge.svg"):
            mine = browser.http.get(f"/stories/{slug}/{below}")
            assert mine.content == get(desk, f"/stories/{slug}/{below}").content
            assert b"CANARY" not in mine.content
    finally:
        browser.close()


@pytest.mark.parametrize("below", ["embed", "badge.svg"])
def test_it_is_kept_and_asked_for_again_each_time(desk: Desk, below: str) -> None:
    slug = corrected(desk)
    answer = get(desk, f"/stories/{slug}/{below}")
    assert answer.headers["cache-control"] == "public, no-cache"
    again = get(desk, f"/stories/{slug}/{below}", if_none_match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("act", "status"), [("kills", 410), ("takedowns", 451), ("holds", 404)])
def test_a_story_that_is_gone_says_so_in_the_frame_and_on_the_badge(
    desk: Desk, act: str, status: int
) -> None:
    slug = corrected(desk)
    if act == "holds":
        desk.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
    else:
        desk.do(slug, act)
    desk.settle()
    framed, badge = get(desk, f"/stories/{slug}/embed"), get(desk, f"/stories/{slug}/badge.svg")
    told = get(desk, f"/oembed?url={desk.server.url}/stories/{slug}")
    assert framed.status_code == badge.status_code == told.status_code == status
    assert framed.headers["content-security-policy"].endswith("frame-ancestors *")
    assert framed.headers["cache-control"] == badge.headers["cache-control"] == "no-store"
    assert "A train" not in framed.text
    assert "It left" not in framed.text
    assert told.headers["content-type"] == "application/problem+json"
    if status == 404:
        nowhere = get(desk, "/stories/not-there/embed")
        for answer in (framed, nowhere):
            assert answer.status_code == 404
        bodies = {one.text.replace(one.headers["x-request-id"], "") for one in (framed, nowhere)}
        assert len(bodies) == 1
    else:
        assert ET.fromstring(badge.content).findtext("{*}title") == "withdrawn"  # noqa: S314  our own
        assert ("Withdrawn." in framed.text) == (act == "kills")  # the notice that readers are told


# --- The badge, and how to put all this in a page -----------------------------------------------------------------


def test_the_badge_says_when_the_story_was_corrected(desk: Desk) -> None:
    slug = desk.public()
    desk.settle()
    before = get(desk, f"/stories/{slug}/badge.svg")
    assert before.headers["content-type"] == "image/svg+xml"
    assert ET.fromstring(before.content).findtext("{*}title") == "no corrections"  # noqa: S314
    when = get(desk, f"/v1/corrections?story={corrected(desk)}").json()["items"][0]
    after = get(desk, f"/stories/{when['story']}/badge.svg")
    title = ET.fromstring(after.content).findtext("{*}title") or ""  # noqa: S314
    assert re.fullmatch(r"corrected on \d{1,2} [A-Z][a-z]+ \d{4}", title)
    assert title.endswith(when["published_at"][:4])
    assert after.headers["cross-origin-resource-policy"] == "cross-origin"


def test_who_knows_oembed_finds_from_the_page_how_the_story_is_put_in_another(desk: Desk) -> None:
    slug = corrected(desk, headline='A "train" <b>&')
    (address,) = re.findall(
        r'type="application/json\+oembed" href="([^"]+)"', get(desk, f"/stories/{slug}").text
    )
    address = address.replace("&amp;", "&").removeprefix(desk.server.url)
    told = get(desk, f"{address}&maxwidth=300&maxheight=200&dnt=1&format=json").json()
    assert {name: told[name] for name in ("version", "type", "title", "width", "height")} == {
        "version": "1.0", "type": "rich", "title": 'A "train" <b>&', "width": 300, "height": 200,
    }  # fmt: skip
    assert told["provider_url"] == f"{desk.server.url}/"
    found = re.fullmatch(
        r'<iframe src="([^"]+)" title="([^"<>]+)" width="300" height="200" [^<>]+></iframe>', told["html"]
    )
    assert found is not None
    assert found[1] == f"{desk.server.url}/stories/{slug}/embed"
    assert "script" not in told["html"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/stories/{slug}",
        "javascript:alert(1)",
        "http://[",
        "{here}/desk",
        "{here}/stories/{slug}/history",
        "{here}@elsewhere.example/stories/{slug}",
        "{here}/stories/not-there",
        "",
    ],
)
def test_of_an_address_that_is_no_story_of_ours_nothing_is_told(desk: Desk, url: str) -> None:
    asked = {"url": url.format(here=desk.server.url, slug=desk.public())}
    answer = desk.client(None).get("/oembed", params=asked)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    xml = {"url": f"{desk.server.url}/stories/{desk.public()}", "format": "xml"}
    assert desk.client(None).get("/oembed", params=xml).status_code == 501


# --- In a browser ------------------------------------------------------------------------------------------------

PUBLISHERS_PAGE = """<!doctype html><html lang="en"><title>Elsewhere</title><body><h1>Elsewhere</h1>
<iframe src="{embed}" title="Corrections" width="600" height="100"></iframe><img src="{badge}" alt="corrections">
<p id="read"></p><script>
addEventListener("message", (event) => {{
  if (event.data.factledger === "height") document.querySelector("iframe").height = event.data.height;
}});
fetch("{api}").then((answer) => answer.json()).then((story) => {{
  document.querySelector("#read").textContent = story.headline;
}});
</script></body></html>"""


@contextmanager
def elsewhere(page: str) -> Iterator[str]:
    """The address of another origin with that page."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page.encode() if self.path == "/" else b""
            self.send_response(200 if body else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_page_of_another_origin_the_frame_takes_the_height_it_needs(
    desk: Desk, browser: Chromium, scheme: Any
) -> None:
    slug = corrected(desk)
    here = desk.server.url
    text = PUBLISHERS_PAGE.format(
        embed=f"{here}/stories/{slug}/embed",
        badge=f"{here}/stories/{slug}/badge.svg",
        api=f"{here}/v1/stories/{slug}",
    )
    with elsewhere(text) as address:
        context = browser.new_context(color_scheme=scheme)
        try:
            page = context.new_page()
            wrong: list[str] = []
            page.on(
                "console", lambda message: wrong.append(message.text) if message.type == "error" else None
            )
            page.goto(address)
            frame = page.frame_locator("iframe")
            expect(frame.get_by_role("heading", name="Corrections")).to_be_visible()
            expect(page.locator("#read")).to_have_text("A train")  # a script of another origin read the API
            page.wait_for_function("Number(document.querySelector('iframe').height) > 150")
            assert page.evaluate("document.querySelector('img').naturalWidth") > 100
            alone = context.new_page()
            alone.goto(f"{here}/stories/{slug}/embed")
            assert Axe().run(alone).response["violations"] == []
            assert [one for one in wrong if "favicon" not in one and "404" not in one] == []
            # Without JavaScript it stands there, too.
            plain = browser.new_context(java_script_enabled=False)
            bare = plain.new_page()
            bare.goto(address)
            expect(bare.frame_locator("iframe").get_by_text("It left and did not arrive.")).to_be_visible()
            plain.close()
            # What happens while it is open is seen.
            context.clock.install()
            page.reload()
            expect(frame.get_by_text("It left and did not arrive.")).to_be_visible()
            again = CHANGES["corrections"] | {
                "expected_version": 2,
                "statement": "A train stayed",
                "was_wrong": "It never left.",
            }
            desk.post(f"/v1/stories/{slug}/facts/1/corrections", again)
            desk.publish(slug)
            desk.settle()
            page.clock.run_for(300_000)
            expect(frame.get_by_text("It never left.")).to_be_visible()
            desk.do(slug, "kills")
            desk.settle()
            page.clock.run_for(300_000)
            expect(frame.get_by_text("Withdrawn.")).to_be_visible()
            expect(frame.get_by_text("It left")).to_have_count(0)
            assert page.frames[1].title() == "Withdrawn"
        finally:
            context.close()
