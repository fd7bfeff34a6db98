"""Do crawlers find what readers may read, and nothing else, where they look for it?"""

import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.robotparser import RobotFileParser

import pytest

from api.server.embedded import EmbeddedPostgres
from api.server.settings import BadSetting, Settings
from ledger import limits
from ledger.words import parse_instant
from tests.desk import OF_PUBLICATION, Desk, open_desk
from tests.test_limits import holds

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


@pytest.fixture
def quiet(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    """A desk of the test's own: a sitemap is that of all stories."""
    with open_desk(
        servers, publisher="The <Daily> & Ledger", security_contact="mailto:security@news.example"
    ) as opened:
        yield opened


def fetch(desk: Desk, path: str) -> ET.Element:
    desk.settle()
    answer = desk.client(None).get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/xml"
    assert answer.headers["cache-control"] == "public, no-cache"
    assert desk.client(None).get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    return ET.fromstring(answer.content)  # noqa: S314  our own


def stories(root: ET.Element) -> dict[str, str]:
    """lastmod by slug."""
    return {
        (url.findtext(f"{SITEMAP}loc") or "").rpartition("/")[2]: url.findtext(f"{SITEMAP}lastmod") or ""
        for url in root.iter(f"{SITEMAP}url")
    }


@pytest.mark.thorough
def test_the_sitemap_names_what_readers_see_with_when_they_saw_it_first_as_it_is(quiet: Desk) -> None:
    draft, held, killed, shown = (quiet.open() for _ in range(4))
    for slug in (held, killed, shown):
        quiet.publish(slug)
    quiet.post(f"/v1/stories/{held}/holds", OF_PUBLICATION["holds"])
    quiet.do(killed, "kills")
    quiet.pass_time(hours=1)
    again = quiet.edition(shown, "A train & more")
    quiet.report(shown)  # nobody has seen it
    found = fetch(quiet, "/sitemap.xml")
    assert stories(found) == {shown: again["recorded_at"]}
    assert found.findtext(f"{SITEMAP}url/{SITEMAP}loc") == f"{quiet.server.url}/stories/{shown}"
    quiet.post(f"/v1/stories/{held}/releases", OF_PUBLICATION["releases"])
    assert set(stories(fetch(quiet, "/sitemap.xml"))) == {held, shown}
    assert draft not in stories(fetch(quiet, "/sitemap.xml"))


@holds("SITEMAP_STORIES", "NEWS_STORIES")
def test_more_stories_than_a_sitemap_may_name_are_in_parts(
    quiet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.SITEMAP_STORIES == 50_000
    assert limits.NEWS_STORIES == 1_000
    monkeypatch.setattr(limits, "SITEMAP_STORIES", 2)
    monkeypatch.setattr(limits, "NEWS_STORIES", 2)
    slugs = [quiet.public() for _ in range(3)]
    index = fetch(quiet, "/sitemap.xml")
    assert index.tag == f"{SITEMAP}sitemapindex"
    parts = [loc.text or "" for loc in index.iter(f"{SITEMAP}loc")]
    assert len(parts) == 2
    found = [set(stories(fetch(quiet, part.removeprefix(quiet.server.url)))) for part in parts]
    assert found == [set(slugs[:2]), set(slugs[2:])]
    assert quiet.client(None).get("/sitemap.xml?part=3").status_code == 404
    assert quiet.client(None).get("/sitemap.xml?part=0").status_code == 400
    assert set(stories(fetch(quiet, "/news-sitemap.xml"))) == set(slugs[1:])


@holds("NEWS_SECONDS")
def test_the_sitemap_of_news_has_those_of_the_last_two_days_alone(
    quiet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = quiet.open()
    quiet.edition(slug, "A <train> & \ufffe more")
    (url,) = fetch(quiet, "/news-sitemap.xml")
    assert url.findtext(f".//{NEWS}title") == "A <train> & \ufffd more"
    assert url.findtext(f".//{NEWS}name") == "The <Daily> & Ledger"
    assert url.findtext(f".//{NEWS}language") == "en"
    at = parse_instant(url.findtext(f".//{NEWS}publication_date") or "")
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)
    assert limits.NEWS_SECONDS == 2 * 24 * 60 * 60
    monkeypatch.setattr(limits, "NEWS_SECONDS", -3_600.0)
    assert list(fetch(quiet, "/news-sitemap.xml")) == []
    assert stories(fetch(quiet, "/sitemap.xml")).keys() == {slug}


def test_crawlers_are_sent_to_the_sitemaps_and_not_to_the_desk(quiet: Desk) -> None:
    robots = RobotFileParser()
    answer = quiet.client(None).get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    robots.parse(answer.text.splitlines())
    assert robots.site_maps() == [f"{quiet.server.url}/{name}sitemap.xml" for name in ("", "news-")]
    for path, may in (
        ("/", True),
        ("/stories/a", True),
        ("/request", True),
        ("/request/1", False),
        ("/desk", False),
        ("/desk/open", False),
        ("/audit", False),
    ):
        assert robots.can_fetch("Anybot", path) == may, path


@pytest.mark.thorough
def test_whoever_finds_a_hole_is_told_where_to_write(quiet: Desk, desk: Desk) -> None:
    answer = quiet.client(None).get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields.keys() == {"Contact", "Expires"}  # Canonical only where it is https
    assert fields["Contact"] == "mailto:security@news.example"
    left = parse_instant(fields["Expires"]) - datetime.now(UTC)
    assert timedelta(days=30) < left < timedelta(days=365)
    assert desk.client(None).get("/.well-known/security.txt").status_code == 404  # nobody has said


def test_there_is_an_icon_where_browsers_look_for_one(desk: Desk) -> None:
    answer = desk.client(None).get("/favicon.ico")
    assert answer.headers["content-type"] == "image/vnd.microsoft.icon"
    reserved, kind, images = struct.unpack("<HHH", answer.content[:6])
    assert (reserved, kind, images) == (0, 1, 1)
    size, offset = struct.unpack("<II", answer.content[14:22])
    assert answer.content[offset:].startswith(b"\x89PNG")
    assert len(answer.content) == offset + size < 3_000


@pytest.mark.parametrize(
    "setting",
    [
        {"FACTLEDGER_SECURITY_CONTACT": "security@news.example"},
        {"FACTLEDGER_SECURITY_CONTACT": "mailto:a@b.example\nExpires: never"},
        {"FACTLEDGER_SECURITY_CONTACT": "http://news.example/security"},
        {"FACTLEDGER_PUBLISHER": "x" * 201},
        {"FACTLEDGER_PUBLISHER": "two\nlines"},
    ],
    ids=str,
)
def test_a_contact_or_a_name_that_cannot_be_one_is_refused_at_the_start(setting: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=next(iter(setting))):
        Settings.from_environment(setting)
    Settings.from_environment(
        {
            "FACTLEDGER_SECURITY_CONTACT": "https://news.example/security",
            "FACTLEDGER_PUBLISHER": "Ünïcode & Co",
        }
    )
