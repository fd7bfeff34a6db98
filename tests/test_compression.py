"""Are answers packed where that is worth it and safe, and do conditions hold all the same?"""

import gzip
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from httpx2 import Response

from api.http.compression import coding_for
from ledger import limits
from ledger.words import Role
from tests.desk import CHANGES, Desk
from tests.plain_browser import Browser
from tests.test_limits import holds


@pytest.fixture(scope="module")
def story(desk: Desk) -> str:
    slug = desk.public(facts=12)
    desk.settle()
    return slug


def raw(desk: Desk, path: str, role: Role | None = None, **headers: str) -> tuple[Response, bytes]:
    """The answer, and its bytes as they came."""
    said = {"accept-encoding": "gzip"} | {name.replace("_", "-"): value for name, value in headers.items()}
    with desk.client(role).stream("GET", path, headers=said) as answer:
        body = b"".join(answer.iter_raw())
    return answer, body


UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress}


@pytest.mark.parametrize("coding", UNPACK)
@pytest.mark.parametrize("role", [None, "editor"])
@pytest.mark.parametrize(
    "below",
    [
        "/v1/stories/{slug}",
        "/v1/stories/{slug}/facts",
        "/v1/stories/{slug}.newsml",
        "/v1/stories/{slug}.csv",
        "/v1/stories/{slug}/json-ld",
        "/v1/stories/{slug}/feed",
        "/v1/corrections/figures",
    ],
)
def test_the_same_is_told_packed_and_not(
    desk: Desk, story: str, below: str, role: Role | None, coding: str
) -> None:
    path = below.format(slug=story)
    packed, packed_body = raw(desk, path, role, accept_encoding=coding)
    plain, plain_body = raw(desk, path, role, accept_encoding="identity")
    assert "content-encoding" not in plain.headers
    if len(plain_body) < limits.SMALL_ANSWER:
        assert "content-encoding" not in packed.headers
        return
    assert packed.headers["content-encoding"] == coding
    assert UNPACK[coding](packed_body) == plain_body
    assert int(packed.headers["content-length"]) == len(packed_body) < len(plain_body) / 2
    for answer in (packed, plain):
        assert "Accept-Encoding" in answer.headers["vary"].split(", ")
        assert answer.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["etag"] == f'{plain.headers["etag"][:-1]}-{coding}"'
    head = desk.client(role).head(path, headers={"accept-encoding": coding})
    for name in ("etag", "content-length", "content-encoding", "vary"):
        assert head.headers[name] == packed.headers[name]


@pytest.mark.thorough
def test_pages_of_readers_are_packed_and_those_of_a_session_are_not(desk: Desk, story: str) -> None:
    for path in (f"/stories/{story}", "/", "/corrections"):
        answer, body = raw(desk, path, accept_encoding="gzip, deflate, br, zstd")  # as browsers say it
        assert answer.headers["content-encoding"] == "br", path
        assert b"</html>" in brotli.decompress(body)
        again, _ = raw(desk, path, if_none_match=answer.headers["etag"])
        assert again.status_code == 304, path
    browser = Browser.of(desk.server, "editor")
    try:
        for path in (f"/stories/{story}", "/", "/desk"):
            answer = browser.http.get(path)  # as any browser, it says that it takes both
            assert 'name="mark"' in answer.text
            assert "content-encoding" not in answer.headers
    finally:
        browser.close()


def test_what_nobody_may_keep_is_not_packed(desk: Desk) -> None:
    """Readers choose words that stand in it, beside how others of them can be reached."""
    for _ in range(3):
        desk.ask(concern="It left. " * 100)
    answer, body = raw(desk, "/v1/requests", "editor")
    assert answer.headers["cache-control"] == "no-store"
    assert len(body) > limits.SMALL_ANSWER
    assert "content-encoding" not in answer.headers


@holds("SMALL_ANSWER")
def test_a_small_answer_is_left_alone(desk: Desk) -> None:
    sizes = {}
    for length in (*range(1, 200, 40), 250, 260, 270, 280, 290):
        slug = desk.open(facts=0)
        desk.post(f"/v1/stories/{slug}/headline", {"headline": "x" * length, "reason": "So."})
        desk.settle()
        _, plain = raw(desk, f"/v1/stories/{slug}", "editor", accept_encoding="identity")
        answer, _ = raw(desk, f"/v1/stories/{slug}", "editor")
        sizes[len(plain)] = "content-encoding" in answer.headers
    assert sizes
    assert all(is_packed == (size >= limits.SMALL_ANSWER) for size, is_packed in sizes.items()), sizes


def test_conditions_hold_whichever_way_it_was_sent(desk: Desk, story: str) -> None:
    path = f"/v1/stories/{story}"
    tags = {
        coding: raw(desk, path, accept_encoding=coding)[0].headers["etag"]
        for coding in ("gzip", "br", "identity")
    }
    assert len(set(tags.values())) == 3
    packed, plain = tags["br"], tags["identity"]
    for tag in (*tags.values(), f"W/{packed}", f'"other", {packed}', "*"):
        for coding in tags:
            answer, body = raw(desk, path, if_none_match=tag, accept_encoding=coding)
            assert (answer.status_code, body) == (304, b""), (tag, coding)
            had = next((each for each in ("gzip", "br") if tags[each] in tag), "identity")
            assert answer.headers["etag"] == tags[coding if tag == "*" else had]
            assert answer.headers["vary"] == "Authorization, Accept, Accept-Datetime, Accept-Encoding"
    for tag in ('"other-gzip"', '"other"', plain.strip('"'), packed.strip('"'), "-br"):
        assert raw(desk, path, if_none_match=tag)[0].status_code == 200, tag
    assert raw(desk, path, if_match=packed)[0].status_code == 200
    assert raw(desk, path, if_match='"r1-1-br"')[0].status_code == 412


def test_the_etag_of_a_packed_answer_is_good_for_a_change(desk: Desk) -> None:
    slug = desk.open(facts=5)
    path = f"/v1/stories/{slug}"
    seen, _ = raw(desk, path, "editor")
    assert seen.headers["etag"].endswith('-gzip"')
    body: dict[str, Any] = {"headline": "A train goes on", "reason": "It does."}
    change = desk.client("editor").post(
        f"{path}/headline", json=body, headers={"if-match": seen.headers["etag"]}
    )
    assert change.status_code == 201
    again = desk.client("editor").post(
        f"{path}/headline", json=body | {"headline": "Again"}, headers={"if-match": seen.headers["etag"]}
    )
    assert again.status_code == 412
    fact = CHANGES["updates"] | {"expected_version": 1}
    desk.post(f"{path}/facts/1/updates", fact)


def test_streams_stay_as_they_are(desk: Desk, story: str) -> None:
    for path in ("/v1/events/stream", f"/v1/stories/{story}/stream"):
        with desk.client(None).stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert "content-encoding" not in answer.headers
            assert next(answer.iter_raw())


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP;q=0.5, br", "br"),
        ("gzip, br;q=0.9", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0, gzip;q=0.0", ""),
        ("gzip; q=0", ""),
        ("gzip;q=0.000", ""),
        ("*", "gzip"),
        ("*;q=0", ""),
        ("gzip;q=0, *", ""),
        ("identity;q=0, *;q=0.1", "gzip"),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("zstd, deflate", ""),
        ("x-gzip", "gzip"),
        ("," * 5_000 + "gzip", ""),
        (";q=, gzip;q=1", "gzip"),
    ],
)  # fmt: skip
def test_who_takes_what_says_so(accepted: str, coding: str) -> None:
    assert coding_for(accepted) == coding
