"""Is a source found by a part of its name, with all that rests on it, and by readers no more than they may know?"""

from collections.abc import Callable, Iterator

import pytest

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from tests.desk import CHANGES, Desk, open_desk, problem
from tests.plain_browser import Browser
from tests.test_limits import holds

NAMES = {
    "kcna": "Korean Central News Agency",
    "ria-novosti": "RIA Novosti",
    "maria": "Maria Sacharowa",
    "cafe": "Café Zürich",
    "xinhua": "新华社",
}


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        for slug, name in NAMES.items():
            opened.post("/v1/sources", {"slug": slug, "name": name, "kind": "agency"})
        opened.settle()
        yield opened


def found(desk: Desk, part: str, role: str | None = "editor", **asked: str | int) -> list[str]:
    answer = desk.client(role).get("/v1/sources", params={"q": part, **asked})  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [one["source"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("part", "sources"),
    [
        ("central", ["kcna"]),
        ("CENTRAL news", ["kcna"]),
        ("entra", ["kcna"]),
        ("kcn", ["kcna"]),
        ("ria nov", ["ria-novosti"]),
        ("ria", ["ria", "ria-novosti", "maria"]),
        ("zurich", ["cafe"]),
        ("cafe zü", ["cafe"]),
        ("华社", ["xinhua"]),
        ("nobody", []),
        ("central nobody", []),
        ("“", []),
        ("' & | ! :* \\ <->", []),
    ],
)
def test_a_source_is_found_by_parts_of_its_name_the_shortest_first(
    desk: Desk, part: str, sources: list[str]
) -> None:
    assert found(desk, part) == sources


def test_what_is_found_comes_in_parts(desk: Desk) -> None:
    first = desk.client().get("/v1/sources", params={"q": "ria", "limit": 2}).json()
    rest = desk.client().get("/v1/sources", params={"q": "ria", "limit": 2, "cursor": first["next"]}).json()
    assert [one["source"] for one in first["items"] + rest["items"]] == ["ria", "ria-novosti", "maria"]
    assert rest["next"] is None


@holds("PART_OF_NAME")
def test_a_name_of_one_long_word_is_found_by_the_beginning_of_any_part(desk: Desk) -> None:
    name = "".join(chr(97 + index % 25) for index in range(limits.NAME_LENGTH))
    desk.post("/v1/sources", {"slug": "long", "name": name, "kind": "own"})
    desk.settle()
    assert found(desk, name[7 : 7 + limits.PART_OF_NAME + 5]) == ["long"]


def test_a_source_is_listed_with_what_rests_on_it_and_how_often_that_was_corrected(desk: Desk) -> None:
    slug = desk.open(facts=0)
    for _ in range(3):
        desk.report(slug, attribution=[{"source": "kcna", "cue": "said", "speech": "indirect"}])
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.settle()
    (one,) = desk.get("/v1/sources?q=kcna").json()["items"]
    assert one["figures"] == {"facts": 3, "stories": 1, "corrected": 1, "retracted": 0}
    assert desk.get("/v1/sources/kcna/figures").json() == {"source": "kcna"} | one["figures"]


def test_readers_find_whom_they_see_named_and_nobody_else(desk: Desk) -> None:
    slug = desk.open(facts=0)
    desk.post("/v1/sources", {"slug": "hidden", "name": "A hidden man", "kind": "person"})
    for source, terms in (("ria-novosti", "on_record"), ("hidden", "background")):
        link = {"source": source, "cue": "said", "speech": "indirect"}
        desk.report(slug, attribution=[link], terms=terms)
    desk.publish(slug)
    desk.settle()
    assert found(desk, "ria", None) == ["ria-novosti"]
    assert found(desk, "hidden", None) == []
    assert found(desk, "hidden") == ["hidden"]
    assert desk.client(None).get("/v1/sources?q=ria").json()["items"][0]["figures"] == {
        "facts": 1,
        "stories": 1,
        "corrected": 0,
    }


def test_a_part_that_is_too_long_is_refused(desk: Desk) -> None:
    problem(desk.client().get("/v1/sources", params={"q": "a" * (limits.NAME_LENGTH + 1)}), 400)


@pytest.mark.thorough
def test_every_source_is_on_a_page_with_what_rests_on_it(desk: Desk) -> None:
    browser = Browser.of(desk.server, "editor")
    page = browser.get("/sources")
    assert {f"/sources/{slug}" for slug in NAMES} <= set(page.links())
    page = browser.get("/sources?q=central")
    assert [link for link in page.links() if link.startswith("/sources/")] == ["/sources/kcna"]
    assert "Korean Central News Agency" in page.text
    assert "/sources" in browser.get("/").links()
    assert "No source" in browser.get("/sources?q=nobody").text
    browser.close()


@pytest.mark.thorough
def test_the_page_of_sources_goes_on_where_there_are_more(desk: Desk) -> None:
    for number in range(60):
        desk.post("/v1/sources", {"slug": f"witness-{number}", "name": f"Witness {number}", "kind": "own"})
    desk.settle()
    browser = Browser.of(desk.server, "reporter")
    page, seen = browser.get("/sources?q=witness"), set[str]()
    while True:
        seen |= {link for link in page.links() if link.startswith("/sources/witness-")}
        further = [link for link in page.links() if "cursor=" in link]
        if not further:
            break
        page = browser.get(further[0])
    assert len(seen) == 60
    browser.close()
