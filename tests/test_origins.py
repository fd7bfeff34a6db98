"""May scripts of other sites read what anybody may, and nothing that a key or a session reads?"""

import pytest

from tests.desk import FACT, Desk

ELSEWHERE = {"origin": "https://elsewhere.example"}
ALLOWED = "access-control-allow-origin"


def public(desk: Desk) -> str:
    slug = desk.public()
    desk.settle()
    return slug


def asked_beforehand(method: str, headers: str | None = None) -> dict[str, str]:
    asked = ELSEWHERE | {"access-control-request-method": method}
    return asked | ({"access-control-request-headers": headers} if headers else {})


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_anybody_reads_may_be_read_from_any_site_without_credentials(desk: Desk, method: str) -> None:
    slug = public(desk)
    for path in (f"/v1/stories/{slug}", "/v1/stories", "/v1/corrections/feed", f"/v1/stories/{slug}/timemap"):
        for headers in (ELSEWHERE, {}):  # a cache may keep one answer for all
            answer = desk.client(None).request(method, path, headers=headers)
            assert answer.status_code == 200
            assert answer.headers[ALLOWED] == "*"
            assert "access-control-allow-credentials" not in answer.headers
            assert "ETag" in answer.headers["access-control-expose-headers"]
    assert desk.client(None).get("/v1/stories/not-there", headers=ELSEWHERE).headers[ALLOWED] == "*"


def test_a_story_that_is_not_modified_or_gone_says_so_to_other_sites_too(desk: Desk) -> None:
    slug = public(desk)
    etag = desk.client(None).get(f"/v1/stories/{slug}").headers["etag"]
    same = desk.client(None).get(f"/v1/stories/{slug}", headers=ELSEWHERE | {"if-none-match": etag})
    assert (same.status_code, same.headers[ALLOWED]) == (304, "*")
    desk.do(slug, "kills")
    gone = desk.client(None).get(f"/v1/stories/{slug}", headers=ELSEWHERE)
    assert (gone.status_code, gone.headers[ALLOWED]) == (410, "*")


@pytest.mark.thorough
def test_nothing_that_a_key_or_a_session_reads_or_that_needs_one_is_for_other_sites(desk: Desk) -> None:
    slug = public(desk)
    for path in (f"/v1/stories/{slug}", "/v1/events", "/v1/approvals"):
        for role in ("editor", "auditor", None):
            if role is None and path.startswith("/v1/stories"):
                continue
            answer = desk.client(role).get(path, headers=ELSEWHERE)
            assert not [name for name in answer.headers if name.startswith("access-control")], (path, role)
    with_cookie = desk.client(None).get(f"/v1/stories/{slug}", headers=ELSEWHERE | {"cookie": "a=b"})
    assert ALLOWED not in with_cookie.headers
    for path in ("/", f"/stories/{slug}", "/sign-in", "/desk", "/metrics", "/healthz"):
        assert ALLOWED not in desk.client(None).get(path, headers=ELSEWHERE).headers, path


def test_other_sites_record_nothing(desk: Desk) -> None:
    slug = desk.open()
    for path in (f"/v1/stories/{slug}/facts", "/v1/requests"):
        beforehand = desk.client(None).request(
            "OPTIONS", path, headers=asked_beforehand("POST", "authorization, content-type")
        )
        assert beforehand.status_code == 204
        assert beforehand.headers["access-control-allow-methods"] == "GET, HEAD"
        allowed = beforehand.headers["access-control-allow-headers"].lower()
        assert "authorization" not in allowed
        assert "content-type" not in allowed
        assert "*" not in allowed
    answer = desk.client("editor").post(f"/v1/stories/{slug}/facts", json=FACT, headers=ELSEWHERE)
    assert ALLOWED not in answer.headers


def test_a_browser_that_asks_beforehand_gets_one_short_answer_that_says_nothing_of_what_it_asked(
    desk: Desk,
) -> None:
    long_list = ",".join(f"x-{number}" for number in range(1_000))
    answers = [
        desk.client(None).request("OPTIONS", path, headers=asked_beforehand("GET", headers))
        for path in ("/v1/stories", "/v1/stories/not-there", "/v1/nothing")
        for headers in ("if-none-match", long_list)
    ]
    told = [{**answer.headers, "x-request-id": "", "date": ""} for answer in answers]
    assert all(one == told[0] for one in told)
    assert told[0]["access-control-max-age"] == "86400"
    assert sum(len(name) + len(value) for name, value in told[0].items()) < 800
    assert all(answer.content == b"" for answer in answers)


@pytest.mark.parametrize("headers", [{}, ELSEWHERE, {"access-control-request-method": "GET"}])
def test_options_that_nobody_asks_beforehand_work_as_little_as_ever(
    desk: Desk, headers: dict[str, str]
) -> None:
    assert desk.client(None).request("OPTIONS", "/v1/stories", headers=headers).status_code == 405
    beforehand = asked_beforehand("GET")
    assert desk.client(None).request("OPTIONS", "/desk", headers=beforehand).status_code == 405
