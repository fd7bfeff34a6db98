"""Is what nobody can mean refused at its field, and kept as it should be what can be meant in several ways?"""

import socket
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ledger import words
from ledger.words import Role
from tests.desk import CHANGES, FACT, REQUEST, Desk, problem
from tests.plain_browser import Browser

# --- Instants ----------------------------------------------------------------------------------------------------

NO_INSTANTS = (
    "0001-01-01T00:00:00+01:00",
    "0001-01-01T23:58:59.999999+23:59",
    "9999-12-31T23:59:59-01:00",
    "9999-12-31T23:59:60Z",
    "2023-09-12T24:00:00Z",
    "2023-09-12T14:30:00+24:00",
    "2023-09-12T14:30:00+1",
    "2023-09-12T14:30:00",
)


def cited(**citation: Any) -> dict[str, Any]:
    return FACT | {"citations": [{"source": "ria"} | citation]}


@pytest.mark.thorough
@pytest.mark.parametrize("text", NO_INSTANTS)
def test_an_instant_that_utc_does_not_have_is_refused_wherever_one_is_taken(desk: Desk, text: str) -> None:
    slug = desk.open()
    path = f"/v1/stories/{slug}"
    for field in ("published_at", "accessed_at"):
        told = problem(desk.try_post(f"{path}/facts", cited(**{field: text})), 422)
        assert told["errors"][0]["pointer"] == f"#/citations/0/{field}"
    told = problem(
        desk.try_post(f"{path}/publications", {"revision": 2, "embargo_until": text, "reason": "Later."}), 422
    )
    assert told["errors"][0]["pointer"] == "#/embargo_until"
    questions: tuple[tuple[Role | None, str, str], ...] = (
        (None, f"/v1/stories?as_of={text}", "as_of"),
        ("editor", f"{path}?as_of={text}", "as_of"),
        ("auditor", f"/v1/events?from={text}", "from"),
        ("auditor", f"/v1/events?to={text}", "to"),
        ("editor", f"/v1/events/stream?since={text}", "since"),
    )
    for client, asked, name in questions:
        answer = desk.client(client).get(asked.replace("+", "%2B"))
        assert problem(answer, 400)["errors"][0]["parameter"] == name


def test_a_date_with_a_time_is_an_instant_too(desk: Desk) -> None:
    slug = desk.open()
    occurred = {"resolved": "0001-01-01T00:00:00+01:00"}
    told = problem(desk.try_post(f"/v1/stories/{slug}/facts", FACT | {"occurred": occurred}), 422)
    assert told["errors"][0]["pointer"] == "#/occurred/resolved"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-02T00:00:00+23:59"]
)
def test_the_first_and_the_last_instants_are_taken_and_shown(desk: Desk, editor: Browser, text: str) -> None:
    slug = desk.open(facts=0)
    desk.post(f"/v1/stories/{slug}/facts", cited(published_at=text, accessed_at=text))
    desk.settle()
    assert editor.get(f"/stories/{slug}").status == 200
    assert desk.get(f"/v1/stories/{slug}").json()["facts"][0]["citations"][0]["published_at"] == text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2023-09-12T14:30:00+0100", "2023-09-12T14:30:00+01:00"),
        ("2023-09-12T14:30:00.25-0530", "2023-09-12T14:30:00.25-05:30"),
        ("2023-09-12T14:30:00+01", "2023-09-12T14:30:00+01:00"),
        ("2023-09-12t14:30:00z", "2023-09-12t14:30:00z"),
        ("2023-09-12T14:30:00+01:00", "2023-09-12T14:30:00+01:00"),
    ],
)
def test_an_offset_may_be_written_without_its_colon_and_is_kept_with_it(
    desk: Desk, sent: str, kept: str
) -> None:
    slug = desk.open(facts=0)
    receipt = desk.post(f"/v1/stories/{slug}/facts", cited(published_at=sent))
    story = desk.get(f"/v1/stories/{slug}?at_least={receipt['position']}").json()
    assert story["facts"][0]["citations"][0]["published_at"] == kept


def test_a_moment_may_be_asked_for_by_an_offset_without_its_colon(desk: Desk) -> None:
    slug = desk.open()
    at = desk.get(f"/v1/stories/{slug}").json()["recorded_at"].removesuffix("Z")
    for offset in ("%2B0000", "+0000", "%2B00", "%2B00:00"):
        assert desk.get(f"/v1/stories/{slug}?as_of={at}{offset}").json()["story"] == slug


# --- Text --------------------------------------------------------------------------------------------------------

SHOWS_NOTHING = (
    "\u200b",
    "\u00ad\u2060\ufeff",
    "\u00a0\u2003",
    "\u115f\u1160",
    "\u3164",
    "\uffa0",
    "\u2800",
    "\u0301",
    "\ufe0f",
    "\u200e\u200f\u061c",
    "\u2066\u2069",
    "\U000e0041\U000e007f",
    "\U000e0100",
    "\u180e",
    "\u034f",
    "\x85",
    "\U0001d159",  # a note without a head
    "\U00016fe4",
    "\U00013430",
    "\ufdd0",
    "\u1cd0\ua66f",
)


@pytest.mark.thorough
@pytest.mark.parametrize("text", SHOWS_NOTHING, ids=ascii)
def test_what_shows_nothing_is_no_text_of_any_kind(desk: Desk, text: str) -> None:
    slug = desk.public()
    path = f"/v1/stories/{slug}"
    correction = CHANGES["corrections"] | {"expected_version": 1}
    sent: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("/v1/sources", {"slug": "x", "name": text, "kind": "own"}, "/name"),
        ("/v1/stories", {"slug": "x", "headline": text, "language": "en", "desk": "d"}, "/headline"),
        ("/v1/stories", {"slug": "x", "headline": "h", "language": "en", "desk": text}, "/desk"),
        (f"{path}/facts", FACT | {"statement": text}, "/statement"),
        (f"{path}/facts", FACT | {"place": text}, "/place"),
        (f"{path}/facts", FACT | {"entities": ["Kim", text]}, "/entities/1"),
        (f"{path}/facts", FACT | {"occurred": {"literal": text}}, "/occurred/literal"),
        (f"{path}/facts", FACT | {"figure": {"value": "4", "unit": text}}, "/figure/unit"),
        (f"{path}/facts", cited(title=text), "/citations/0/title"),
        (f"{path}/facts", cited(excerpt={"exact": text}), "/citations/0/excerpt/exact"),
        (f"{path}/facts/1/corrections", correction | {"was_wrong": text}, "/was_wrong"),
        (f"{path}/facts/1/corrections", correction | {"reason": text}, "/reason"),
        (f"{path}/headline", {"headline": text, "reason": "r"}, "/headline"),
        (f"{path}/copy", {"text": text, "reason": "r"}, "/text"),
        (f"{path}/dateline", {"place": text, "date": "2023-09-12", "reason": "r"}, "/place"),
        (f"{path}/notes", {"role": "desk", "text": text, "is_publishable": False}, "/text"),
        ("/v1/requests", REQUEST | {"story": slug, "contact": text}, "/contact"),
        ("/v1/requests", REQUEST | {"story": slug, "phrase": text}, "/phrase"),
    )
    for endpoint, body, pointer in sent:
        told = problem(desk.try_post(endpoint, body), 422)
        assert told["errors"][0]["pointer"] == f"#{pointer}", (endpoint, told)
    found = desk.client().get("/v1/stories", params={"q": text})
    assert problem(found, 400)["errors"][0]["parameter"] == "q"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "text",
    [
        "می\u200cرود",
        "👩\u200d💻 ❤\ufe0f",
        "Donau\u00addampf",
        "\u202eevil\u202c",
        "क\u094d\u200dष",
        "e\u0301",
        "⠓⠊\u2800",
    ],
    ids=ascii,
)
def test_what_shows_something_is_kept_as_it_was_sent(desk: Desk, text: str) -> None:
    slug = desk.open()
    receipt = desk.post(f"/v1/stories/{slug}/headline", {"headline": text, "reason": text})
    assert desk.get(f"/v1/stories/{slug}?at_least={receipt['position']}").json()["headline"] == text


# --- What looks the same -----------------------------------------------------------------------------------------

LOOKS_THE_SAME = (
    unicodedata.normalize("NFD", "Café in Łódź"),
    "Café in Łódź\u00a0",
    "\u200bCafé in Łódź",
    "Café\u00a0in Łódź\n",
    "Café  in\u200b\u200b Łódź",
    "Café in Łó\u00addź\u200d",
    "Café in Łódź\u061c",
    "Café in Łódź\U0001d159",
)


@pytest.mark.thorough
@pytest.mark.parametrize("text", LOOKS_THE_SAME, ids=ascii)
def test_what_looks_the_same_is_no_change(desk: Desk, text: str) -> None:
    was = "Café in Łódź"
    line = text.replace("\n", "")
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    fields: dict[str, Any] = {
        "statement": was,
        "place": was,
        "entities": [was],
        "figure": {"value": "4", "unit": was},
        "note": [{"role": was, "text": was, "is_publishable": True}],
        "occurred": {"literal": was},
        "citations": [{"source": "ria", "title": was, "excerpt": {"exact": was}}],
        "attribution": [{"source": "ria", "cue": was, "speech": "direct", "quote": was}],
    }
    desk.report(slug, **fields)
    desk.post(f"{path}/headline", {"headline": was, "reason": "r"})
    span = {"fact": 1, "start": 4, "end": 4 + len(was), "exact": was}
    desk.post(f"{path}/copy", {"text": f"The {was}.", "spans": [span], "reason": "r"})
    desk.post(f"{path}/dateline", {"place": was, "date": "2023-09-12", "reason": "r"})
    before = desk.head()

    def again(value: Any) -> Any:
        match value:
            case dict():
                return {name: again(inner) for name, inner in value.items()}
            case list():
                return [again(inner) for inner in value]
            case _:
                return line if value == was else value

    for name, value in fields.items():
        body = {"expected_version": 1, "reason": "r", name: again(value)}
        problem(desk.try_post(f"{path}/facts/1/clarifications", body), 422, "nothing-changes")
    anew = {"expected_version": 1, "attribution": again(fields["attribution"]), "reason": "r"}
    problem(desk.try_post(f"{path}/facts/1/attributions", anew), 422, "nothing-changes")
    problem(desk.try_post(f"{path}/headline", {"headline": line, "reason": "r"}), 422, "nothing-changes")
    dateline = {"place": line, "date": "2023-09-12", "reason": "r"}
    problem(desk.try_post(f"{path}/dateline", dateline), 422, "nothing-changes")
    exact = text.strip("\n")
    span = {"fact": 1, "start": 4, "end": 4 + len(exact), "exact": exact}
    copy = {"text": f"The {exact}.\r\n", "spans": [span], "reason": "r"}
    for endpoint in ("copy", "refiles"):
        if exact == exact.strip():  # else there is a space before the full stop
            problem(desk.try_post(f"{path}/{endpoint}", copy), 422, "nothing-changes")
    assert desk.head() == before


@pytest.mark.parametrize(
    "text",
    ["\u202aSea\u202c rose", "Sea \u202drose\u202c", "Sea rose\u202c", "\u2068Sea\u2069 \u2066rose\u2069"],
    ids=ascii,
)
def test_what_turns_nothing_round_is_no_change(desk: Desk, text: str) -> None:
    slug = desk.open(facts=0)
    desk.report(slug, statement="Sea rose")
    path = f"/v1/stories/{slug}"
    body = {"expected_version": 1, "statement": text, "reason": "r"}
    problem(desk.try_post(f"{path}/facts/1/clarifications", body), 422, "nothing-changes")
    desk.post(f"{path}/headline", {"headline": "Sea rose", "reason": "r"})
    problem(desk.try_post(f"{path}/headline", {"headline": text, "reason": "r"}), 422, "nothing-changes")


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("می\u200cرود", "میرود"),
        ("❤\ufe0f", "❤"),
        ("One. Two.", "One.\nTwo."),
        ("Kim", "KIM"),
        ("4", "4.0"),
        ("a–b", "a-b"),
        ("שלום (1)", "שלום (1)\u200f."),
    ],
    ids=ascii,
)
def test_what_looks_otherwise_is_a_change(desk: Desk, was: str, becomes: str) -> None:
    slug = desk.open(facts=0)
    desk.report(slug, statement=was)
    body = {"expected_version": 1, "statement": becomes, "reason": "r"}
    desk.post(f"/v1/stories/{slug}/facts/1/clarifications", body)


def test_the_same_copy_with_a_fact_behind_other_words_is_a_change(desk: Desk) -> None:
    slug = desk.open()
    path = f"/v1/stories/{slug}/copy"
    text = "Kim met Kim in Łódź"
    first, second = ({"fact": 1, "start": start, "end": start + 3, "exact": "Kim"} for start in (0, 8))
    desk.post(path, {"text": text, "spans": [first], "reason": "r"})
    apart = unicodedata.normalize("NFD", text)
    problem(desk.try_post(path, {"text": apart, "spans": [first], "reason": "r"}), 422, "nothing-changes")
    desk.post(path, {"text": apart, "spans": [second], "reason": "r"})


# --- Addresses on the web, languages -----------------------------------------------------------------------------

NO_ADDRESSES = (
    "http://user:pw@host/",
    "https://user@host",
    "http://[::1",
    "http://[::1]x/",
    "http://[fe80::1%25eth0]/",
    "http://",
    "http:///path",
    "http://:80/",
    "http://host:99999/",
    "http://host:0/",
    "http://host:port/",
    "http://a..b/",
    "http://-a.example/",
    "http://ex%61mple.org/",
    "http://example.org\\@evil.example/",
    "http://256.1.1.1/",
    "http://1.2.3/",
    "http://example.org/\u202egnp",
    "http://example.org/a\u200bb",
    "http://exam\u00adple.org/",
    "http://example\uff0eorg/",
    "http://\uff45xample.org/",
    "http://\u24d4xample.org/",
    "http://\U0001d41example.org/",
    "http://xn--xample-hy68a.org/",
    "http://\u2603.example/",
    "ftp://example.org/",
    f"http://{'a' * 64}.example/",
    "//example.org/",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("address", NO_ADDRESSES, ids=ascii)
def test_an_address_that_leads_elsewhere_than_it_reads_is_refused(desk: Desk, address: str) -> None:
    slug = desk.open(facts=0)
    for field in ("url", "archived_url"):
        told = problem(desk.try_post(f"/v1/stories/{slug}/facts", cited(**{field: address})), 422)
        assert told["errors"][0]["pointer"] == f"#/citations/0/{field}"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org",
        "https://example.org:8443/a/b?c=d&e=%20#f",
        "http://localhost/",
        "http://127.0.0.1:80/",
        "http://[2001:db8::1]:80/",
        "https://münchen.example/straße",
        "https://xn--mnchen-3ya.example/",
        "https://пример.example/",
        "https://example.org./",
        "https://a_b.example/x@y:z",
    ],
)
def test_an_address_that_reads_as_it_leads_is_taken(desk: Desk, address: str) -> None:
    slug = desk.open(facts=0)
    desk.post(f"/v1/stories/{slug}/facts", cited(url=address))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("en_US", "en-US"),
        ("EN", "en"),
        ("en-us", "en-US"),
        ("ZH_hant_tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-ch-1996", "de-CH-1996"),
        ("iw", "he"),
        ("zh-yue-HK", "yue-HK"),
        ("de-DE-u-co-PHONEBK", "de-DE-u-co-phonebk"),
        ("sr-Latn", "sr-Latn"),
    ],
)
def test_a_language_is_taken_in_any_case_and_kept_as_its_registry_writes_it(
    desk: Desk, sent: str, kept: str
) -> None:
    slug = desk.slug()
    opened = {"slug": slug, "headline": "A train", "language": sent, "desk": "world"}
    receipt = desk.post("/v1/stories", opened)
    story = desk.get(f"/v1/stories/{slug}?at_least={receipt['position']}").json()
    assert story["language"] == kept


@pytest.mark.parametrize(
    "language",
    [
        "",
        "e",
        "english",
        "en-",
        "-en",
        "en--US",
        "en US",
        "12",
        "en-USA-US",
        "de-1996-1996",
        "en\u200b",
        "i-klingon",
        "x-a",
        "en-abc",
    ],
)
def test_what_is_no_language_is_refused(desk: Desk, language: str) -> None:
    opened = {"slug": "x", "headline": "A train", "language": language, "desk": "world"}
    told = problem(desk.try_post("/v1/stories", opened), 422)
    assert told["errors"][0]["pointer"] == "#/language"


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["Name", "Line", "Text", "WebAddress", "Language"])
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_what_the_schema_says_is_taken(kind: str, data: st.DataObject) -> None:
    taken = TypeAdapter(getattr(words, kind))
    schema = taken.json_schema()
    texts = st.from_regex(schema["pattern"], fullmatch=True)
    text = data.draw(texts.filter(lambda text: 0 < len(text) <= schema["maxLength"]))
    taken.validate_python(text)


# --- One spelling ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def public(desk: Desk) -> str:
    slug = desk.public(facts=2)
    desk.settle()
    return slug


@pytest.mark.thorough
@pytest.mark.parametrize("spelt", ["02", "2.0", "+2", "0_2", "%202", "2%20", "%EF%BC%92", "%32", "-0", "00"])
@pytest.mark.parametrize("role", [None, "editor"])
def test_a_number_in_an_address_has_one_spelling(desk: Desk, public: str, role: Any, spelt: str) -> None:
    for below, name in (
        (f"?revision={spelt}", "revision"),
        (f"?position={spelt}", "position"),
        (f"/facts/1?revision={spelt}", "revision"),
        (f"/diff?from={spelt}&to=3", "from"),
        (f"/diff?from=2&to={spelt}", "to"),
        (f"/revisions?limit={spelt}", "limit"),
        (f"?at_least={spelt}", "at_least"),
    ):
        for room in ("/v1", ""):
            if not room and ("/revisions" in below or "at_least" in below):
                continue
            answer = desk.client(role).get(f"{room}/stories/{public}{below}")
            assert answer.status_code == 400, (room, below)
            if room:
                told = problem(answer, 400, "bad-parameter")
                assert told["errors"][0]["parameter"] == name
    path = spelt if spelt != "00" else "01"
    for address in (f"/v1/stories/{public}/facts/{path}", f"/v1/stories/{public}/revisions/{path}"):
        problem(desk.client(role).get(address), 400, "bad-parameter")
    assert desk.client(role).get(f"/stories/{public}/facts/{path}").status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        "?revision=2&revision=3",
        "?revision=2&",
        "?&revision=2",
        "?revision=2&&view=reader",
        "?%72evision=2",
        "?view=%72eader",
        "?revision=",
        "?revision",
        "?=2",
        "?&",
    ],
)
def test_a_parameter_stands_in_an_address_once_and_plainly(desk: Desk, public: str, asked: str) -> None:
    problem(desk.client(None).get(f"/v1/stories/{public}{asked}"), 400, "bad-parameter")
    page = desk.client(None).get(f"/stories/{public}{asked}")
    assert (page.status_code, "Bad request" in page.text) == (400, True)


@pytest.mark.parametrize("asked", ["?limit=1&", "?&limit=1", "?limit=1&&after=0", "?=1", "?%20=1"])
def test_a_sign_too_many_is_told_as_that(desk: Desk, public: str, asked: str) -> None:
    told = problem(desk.client(None).get(f"/v1/stories/{public}/revisions{asked}"), 400, "bad-parameter")
    assert "too many in the address" in told["detail"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "spelt", ["1", "0", "True", "TRUE", "yes", "no", "on", "off", "t", "y", "%20true", "tr%75e"]
)
def test_true_and_false_have_one_spelling(desk: Desk, public: str, spelt: str) -> None:
    told = problem(
        desk.client(None).get(f"/v1/stories/{public}/revisions?substantive={spelt}"), 400, "bad-parameter"
    )
    assert "true or false" in told["detail"] or "without %" in told["detail"]
    note = {"role": "desk", "text": "Note", "is_publishable": False}
    before = desk.head()
    problem(desk.try_post(f"/v1/stories/{public}/notes?dry_run={spelt}", note), 400, "bad-parameter")
    for right in ("true", "false"):
        assert desk.get(f"/v1/stories/{public}/revisions?substantive={right}").status_code == 200
    assert desk.try_post(f"/v1/stories/{public}/notes?dry_run=true", note).status_code == 200
    assert desk.head() == before


def test_a_browser_may_search_for_what_it_writes_with_percents(editor: Browser) -> None:
    for words_of in ("%7Esea", "a+b", "caf%C3%A9", "%22a+phrase%22", "a%2Fb", ""):
        assert editor.get(f"/?q={words_of}").status == 200


def test_a_slug_stands_in_an_address_as_it_is(desk: Desk, public: str) -> None:
    written = public.replace("-", "%2D")
    for room in ("/v1", ""):
        assert desk.client(None).get(f"{room}/stories/{written}").status_code == 400
        assert desk.client(None).get(f"{room}/stories/{public.upper()}").status_code == 404
        assert desk.client(None).get(f"{room}/stories/{public}/").status_code == 404


def test_an_id_stands_in_an_address_as_it_was_given(desk: Desk) -> None:
    request = desk.ask()
    address = "/v1/requests/{}/receipt"
    assert desk.client(None).get(address.format(request)).status_code == 200
    for spelt in (request.upper(), request.replace("-", ""), f"urn:uuid:{request}", f"%7B{request}%7D"):
        problem(desk.client(None).get(address.format(spelt)), 400, "bad-parameter")
    assert desk.client(None).get(address.format("none")).status_code == 404


# --- The host ----------------------------------------------------------------------------------------------------


def raw(desk: Desk, request: str) -> tuple[int, str]:
    """The status that a request of these very bytes gets, and the head and body that come with it."""
    host, port = desk.server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode("latin-1"))
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return int(answer.split(b" ", 2)[1]), answer.decode()


@pytest.mark.parametrize(
    "hosts",
    [
        "Host: a.example\nHost: b.example\n",
        "Host: a.example\nHost: a.example\n",
        "",
        "Host:\n",
        "Host: a b\n",
        "Host: a.example, b.example\n",
        "Host: user@a.example\n",
        "Host: a.example/path\n",
        "Host: [::1\n",
        "Host: a.example:port\n",
        "Host: a.example:123456\n",
        "Host: a.example:99999\n",
        "Host: a.example:65536\n",
        "Host: a.example:0\n",
        "Host: a.example:080\n",
        "Host: [::1]:65536\n",
        "Host: [:::::]\n",
        "Host: a..example\n",
        "Host: .\n",
        "Host: \xe9.example\n",
    ],
    ids=repr,
)
@pytest.mark.parametrize("path", ["/v1/stories", "/", "/healthz", "/nowhere"])
def test_a_request_names_one_host(desk: Desk, hosts: str, path: str) -> None:
    status, told = raw(desk, f"GET {path} HTTP/1.1\n{hosts}Connection: close\n\n")
    assert status == 400
    if "application/problem+json" in told:
        assert '"header":"Host"' in told


@pytest.mark.parametrize(
    "host",
    [
        "a.example",
        "a.example.",
        "a.example:65535",
        "a.example:8321",
        "127.0.0.1:1",
        "[::1]:8321",
        "localhost",
        "a_b",
    ],
)
def test_a_host_that_can_be_read_is_taken(desk: Desk, host: str) -> None:
    assert raw(desk, f"GET /healthz HTTP/1.1\nHost: {host}\nConnection: close\n\n")[0] == 200
