"""Is a story written on one page, its facts reported from its words, all of it filed as one change or not at all?"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from api.pages import guessing
from api.server.embedded import EmbeddedPostgres
from ledger import limits
from tests.desk import FACT, Desk, open_desk, problem
from tests.plain_browser import Browser, Page

COPY = "Twelve people came to Vladivostok.\n“We won,” the governor said. A train will leave on Friday."
STORY = {"headline": "A train came", "desk": "world", "language": "en", "text": COPY}


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@pytest.fixture(scope="module")
def editor(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, "editor")
    yield browser
    browser.close()


def with_facts(page: Page, *facts: dict[str, str], **story: str) -> Page:
    """The form with so many facts added one by one, as without JavaScript, and all of it filled in."""
    for _ in facts:
        page = page.form.send("add:facts")
    rows = {
        f"facts.{index}.{name}": value for index, fact in enumerate(facts) for name, value in fact.items()
    }
    form = page.form
    assert story.keys() | rows.keys() <= form.names
    return page.submit(form.element["action"], form.fields | story | rows | {"do": "show"})


def told(desk: Desk, slug: str, role: Any = "editor") -> dict[str, Any]:
    desk.settle()
    return dict(desk.client(role).get(f"/v1/stories/{slug}").json())


def events(desk: Desk, after: int) -> list[dict[str, Any]]:
    return list(desk.get(f"/v1/events?after={after}&limit=100", "auditor").json()["items"])


# --- A new story -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0000-01-01"])
def test_a_day_that_there_is_not_is_said_at_its_field(editor: Browser, day: str) -> None:
    page = editor.get("/desk/open").form.send("preview", **STORY, dateline__date=day, reason="New.")
    assert page.status == 422
    assert page.says_beside("dateline.date")
    assert page.form.fields["text"] == STORY["text"]
    assert page.form.fields["dateline.date"] == day


@pytest.mark.thorough
def test_a_story_with_its_facts_and_new_sources_is_filed_and_published_in_one_change(
    desk: Desk, editor: Browser
) -> None:
    before = desk.head()
    name = f"Governor {before}"
    page = with_facts(
        editor.get("/desk/open"),
        {"words": "Twelve people came", "who": "RIA", "figure.value": "12", "figure.unit": "people"},
        {"words": "“We won,”", "who": name, "new.kind": "person"},
        {"words": "A train will leave", "who": name, "cue": "announced"},
        **STORY | {"headline": f"A train came {before}"},
    )
    assert desk.head() == before
    page = page.form.send("publish")
    assert page.status == 200, page.text
    slug = f"a-train-came-{before}"
    assert page.address.partition("?")[0].endswith(f"/stories/{slug}")
    assert [event["topic"] for event in events(desk, before)] == [
        "story-opened.v1",
        "source-registered.v1",
        "fact-reported.v1",
        "fact-reported.v1",
        "fact-reported.v1",
        "copy-filed.v1",
        "story-published.v1",
    ]
    seen = told(desk, slug, None)
    assert [fact["kind"] for fact in seen["facts"]] == ["figure", "quote", "planned"]
    assert [fact["attribution"][0]["source"] for fact in seen["facts"]] == [
        "ria",
        f"governor-{before}",
        f"governor-{before}",
    ]
    assert [fact["attribution"][0]["speech"] for fact in seen["facts"]] == ["indirect", "direct", "indirect"]
    assert seen["facts"][1]["attribution"][0]["quote"] == "We won,"
    assert [span["exact"] for span in seen["copy"]["spans"]] == [
        "Twelve people came",
        "“We won,”",
        "A train will leave",
    ]
    assert [span["fact"] for span in seen["copy"]["spans"]] == [1, 2, 3]


def test_a_form_that_is_sent_twice_is_recorded_once(desk: Desk, editor: Browser) -> None:
    before = desk.head()
    page = with_facts(
        editor.get("/desk/open"),
        {"words": "Twelve people came", "who": f"Twice {before}", "new.kind": "own"},
        **STORY | {"headline": f"Twice {before}"},
    )
    first, second = (page.form.send("file") for _ in range(2))
    assert first.status == second.status == 200, second.text
    assert first.address == second.address
    assert len(events(desk, before)) == 4


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("fact", "field", "said"),
    [
        ({"words": "Nobody came", "who": "ria"}, "words", "do not stand in the copy"),
        ({"words": "o", "who": "ria"}, "words", "times"),
        ({"words": "Twelve people", "who": "Nobody at all"}, "who", "No source is called"),
        ({"words": "Twelve people", "who": "Fontanka Nobo"}, "who", "There is “Fontanka Nobody”"),
        ({"words": "Twelve people"}, "who", "who says it"),
        ({"words": "Twelve", "who": "ria", "kind": "figure"}, "figure.value", "Add the number"),
        ({"words": "Twelve people", "who": "Another", "new.kind": "person", "new.slug": "ria"}, "new.slug", "ria"),
        ({"words": "We", "who": "ria", "citations.0.source": "ria", "citations.0.url": "x"}, "citations.0.url", "web"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_at_its_field_and_nothing_is_lost_or_recorded(
    desk: Desk, editor: Browser, fact: dict[str, str], field: str, said: str
) -> None:
    desk.post("/v1/sources", {"slug": desk.slug("fontanka"), "name": "Fontanka Nobody", "kind": "agency"})
    before = desk.head()
    good = {"words": "A train will leave", "who": "ria"}
    page = with_facts(editor.get("/desk/open"), good, fact, **STORY | {"slug": desk.slug("train")})
    page = page.form.send("file")
    assert page.status in (404, 409, 422), page.text
    assert said in page.says_beside(f"facts.1.{field}"), page.text
    assert desk.head() == before
    kept = page.form.fields
    assert {kept[f"facts.1.{name}"] for name in fact} == set(fact.values())
    assert kept["facts.0.who"] == "ria"
    assert kept["text"] == COPY


def test_a_new_source_is_described_once_wherever_in_the_form(desk: Desk, editor: Browser) -> None:
    name = f"The captain {desk.head()}"
    page = with_facts(
        editor.get("/desk/open"),
        {"words": "Twelve people", "who": name},
        {"words": "came to Vladivostok", "who": name},
        {"words": "A train will leave", "who": name.upper()},
        **STORY | {"headline": name},
    )
    page = page.form.send("file")
    assert page.status == 422
    assert page.text.count("No source is called") == 2  # above and at the first of them
    assert "autofocus" in page.by_id("problems")
    # A part of the name is told to be one.
    page = page.form.send_fields("file", {"facts.1.new.kind": "person", "facts.2.who": name[4:11]})
    assert page.status == 422
    assert f"There is “{name}”" in page.says_beside("facts.2.who")
    page = page.form.send_fields("file", {"facts.2.who": name})
    assert page.status == 200, page.text


@pytest.mark.thorough
def test_a_headline_without_letters_for_an_address_is_no_obstacle(desk: Desk, editor: Browser) -> None:
    before = desk.head()
    page = with_facts(editor.get("/desk/open"), **STORY | {"headline": "列车抵达", "text": ""})
    filed = page.form.send("file")
    assert filed.status == 200, filed.text
    assert [event["topic"] for event in events(desk, before)] == ["story-opened.v1"]


def test_a_slug_that_is_taken_is_said_at_its_field(desk: Desk, editor: Browser) -> None:
    slug = desk.open()
    page = editor.get("/desk/open").form.send("file", **STORY | {"slug": slug})
    assert page.status == 409
    assert slug in page.says_beside("slug")


def test_desk_and_language_are_those_of_the_story_that_was_opened_last(desk: Desk) -> None:
    opened = {"slug": desk.slug(), "headline": "Zug", "language": "de", "desk": "ausland"}
    desk.post("/v1/stories", opened, "reporter")
    desk.open()
    desk.settle()
    browser = Browser.of(desk.server, "reporter")
    fields = browser.get("/desk/open").form.fields
    assert (fields["language"], fields["desk"]) == ("de", "ausland")
    browser.close()


def test_who_may_not_publish_is_not_asked_to_and_cannot(desk: Desk) -> None:
    browser = Browser.of(desk.server, "reporter")
    page = with_facts(browser.get("/desk/open"), **STORY | {"slug": desk.slug("train")})
    assert "publish" not in {button["value"] for button in page.form.element.all("button")}
    before = desk.head()
    answer = page.submit("/desk/open", page.form.fields | {"do": "publish"})
    assert answer.status == 403
    assert desk.head() == before
    browser.close()


def test_it_is_tried_without_recording_anything(desk: Desk, editor: Browser) -> None:
    before = desk.head()
    fact = {
        "words": "Twelve people",
        "who": "ria",
        "kind": "figure",
        "figure.value": "13",
        "figure.unit": "people",
        "statement": "12 came",
    }
    page = with_facts(editor.get("/desk/open"), fact, **STORY)
    page = page.form.send("preview")
    assert "Nothing stands in the way" in page.text
    assert "The figure is 13; the statement has 12." in page.text
    assert desk.head() == before


def test_a_fact_is_taken_away_again(editor: Browser) -> None:
    facts = [{"words": words, "who": "ria"} for words in ("Twelve people", "A train")]
    page = with_facts(editor.get("/desk/open"), *facts, **STORY).form.send("drop:facts.0")
    assert page.form.fields["facts.0.words"] == "A train"
    assert "facts.1.words" not in page.form.fields


@pytest.mark.thorough
def test_there_are_no_more_facts_than_a_change_takes(editor: Browser) -> None:
    form = editor.get("/desk/open").form
    rows = {f"facts.{index}.words": "A" for index in range(limits.ACTS_OF_CHANGE)}
    page = form.page.submit(form.element["action"], form.fields | rows | {"do": "add:facts"})
    assert page.status == 200
    rows_shown = sum(name.endswith(".words") for name in page.form.names)
    assert 0 < 2 * rows_shown + 3 <= limits.ACTS_OF_CHANGE


# --- A story that is there ---------------------------------------------------------------------------------------


def a_copy(desk: Desk) -> str:
    slug = desk.open(facts=1)
    desk.post(f"/v1/stories/{slug}/copy", {"text": COPY, "spans": [], "reason": "A take."})
    desk.settle()
    return slug


def test_a_fact_is_reported_from_the_copy_and_linked_in_one_change(desk: Desk, editor: Browser) -> None:
    slug = a_copy(desk)
    before = desk.head()
    page = editor.get(f"/desk/stories/{slug}/report?words={quote('Twelve people came')}")
    fields = page.form.fields
    assert (fields["facts.0.statement"], fields["facts.0.kind"]) == ("Twelve people came", "figure")
    assert (fields["facts.0.figure.value"], fields["facts.0.figure.unit"]) == ("12", "people")
    filed = page.form.send_fields("file", {"facts.0.who": "ria"})
    assert filed.status == 200, filed.text
    assert [event["topic"] for event in events(desk, before)] == ["fact-reported.v1", "copy-filed.v1"]
    assert told(desk, slug)["copy"]["spans"] == [
        {"fact": 2, "start": 0, "end": 18, "exact": "Twelve people came"}
    ]


def test_of_words_that_stand_twice_those_are_meant_that_were_selected(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=0)
    desk.post(f"/v1/stories/{slug}/copy", {"text": "A train. 😀 A train.", "spans": [], "reason": "A take."})
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/report?words=A%20train&at=11")
    page = page.form.send_fields("file", {"facts.0.who": "ria"})
    assert page.status == 200, page.text
    assert [span["start"] for span in told(desk, slug)["copy"]["spans"]] == [11]


def test_who_filed_another_copy_meanwhile_is_not_written_over(desk: Desk, editor: Browser) -> None:
    slug = a_copy(desk)
    page = editor.get(f"/desk/stories/{slug}/report?words={quote('Twelve people came')}")
    desk.post(f"/v1/stories/{slug}/copy", {"text": "Twelve people came.", "spans": [], "reason": "Another."})
    before = desk.head()
    refused = page.form.send_fields("file", {"facts.0.who": "ria"})
    assert refused.status == 409, refused.text
    assert desk.head() == before
    desk.settle()
    filed = refused.form.send("file")
    assert filed.status == 200, filed.text
    assert told(desk, slug)["copy"]["text"] == "Twelve people came."


@pytest.mark.thorough
def test_of_a_revision_that_is_not_there_yet_no_copy_is_made_up(desk: Desk, editor: Browser) -> None:
    slug = a_copy(desk)
    before = desk.head()
    page = editor.get(f"/desk/stories/{slug}/report?words={quote('Twelve people came')}")
    page = page.submit(
        f"/desk/stories/{slug}/report", page.form.fields | {"facts.0.who": "ria", "seen": "9", "do": "file"}
    )
    assert page.status == 422
    assert "Send it once more" in page.text
    assert desk.head() == before


def test_a_fact_without_words_of_the_copy_is_reported_alone(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=0)
    before = desk.head()
    chain = {f"facts.0.attribution.0.{name}": value for name, value in FACT["attribution"][0].items()}
    page = editor.get(f"/desk/stories/{slug}/report").form.send_fields(
        "file", {"facts.0.statement": "A train left"} | chain
    )
    assert page.status == 200, page.text
    assert [event["topic"] for event in events(desk, before)] == ["fact-reported.v1"]


# --- Guesses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kind", "speech"),
    [
        ("Twelve people died", "figure", "indirect"),
        ("5.5 % of them", "figure", "indirect"),
        ("“We won”", "quote", "direct"),
        ("« Nous avons gagné »", "quote", "direct"),
        ("they had “won”", "event", "partial"),
        ("Peskov said they had “won”, and left", "event", "partial"),
        ("“We waited long enough,” Grant said.", "quote", "direct"),
        ("Grant said, “We waited long enough.”", "quote", "direct"),
        ("قال الوزير: «وصل القطار»", "quote", "direct"),
        ("「列車が着いた」と知事は述べた", "quote", "direct"),
        ("on 12 September 2023", "event", "indirect"),
        ("the minister denied it", "claim", "indirect"),
        ("A train will leave", "planned", "indirect"),
        ("Kim left", "event", "indirect"),
    ],
)
def test_what_is_meant_is_guessed(words: str, kind: str, speech: str) -> None:
    assert (guessing.kind_of(words), guessing.speech_of(words)) == (kind, speech)


@pytest.mark.parametrize(
    ("words", "cue"),
    [
        ("The Kremlin said that the train had come", "said"),
        ("According to RIA, the train had come", "according to"),
        ("Peskov told reporters: “They said nothing.”", "told reporters"),
        ("“They reported it,” she wrote", "wrote"),
        ("قالت الوزيرة إن القطار وصل", "قالت"),
        ("列車は着いたと知事は語った", None),
        ("列車は着いたと語った", "と語った"),
        ("The ministry has confirmed the visit", "has confirmed"),
        ("The train came at noon", None),
        ("“It was said often”", None),
        ("", None),
    ],
)
def test_how_it_was_said_is_found_in_the_words_outside_of_quotation_marks(
    words: str, cue: str | None
) -> None:
    assert guessing.cue_of(words) == cue


@pytest.mark.parametrize(
    ("words", "value", "unit"),
    [
        ("3.2 million pounds were spent", "3.2", "million pounds"),
        ("12,500 people came", "12500", "people"),
        ("Three million in May", "3", "million"),
        ("أنفقت 3.2 مليون جنيه", "3.2", "مليون جنيه"),
        ("أنفقت ٣٫٢ مليون جنيه", "3.2", "مليون جنيه"),
        ("高さは40メートルだった", "40", "メートル"),
        ("列車で３万人が来た", "3", "万人"),
    ],
)
def test_a_figure_is_found_with_all_of_its_unit(words: str, value: str, unit: str) -> None:
    assert guessing.figure_of(words) == {"value": value, "unit": unit}


def test_days_and_times_are_no_figures() -> None:
    for words in ("2023年9月12日に着いた", "on 12 September 2023", "at 9:30", "Covid-19 came"):
        assert guessing.figure_of(words) is None, words


def test_how_it_was_said_is_not_put_into_words_of_another_language(desk: Desk, editor: Browser) -> None:
    text = "列車が金曜日に着いた。"
    page = with_facts(
        editor.get("/desk/open"),
        **STORY | {"text": text, "headline": "列車", "language": "ja", "slug": "ressha"},
    )
    page = page.submit(
        "/desk/open", page.form.fields | {"do": "add:facts", "selected": "列車が金曜日に着いた"}
    )
    assert page.form.fields["facts.0.cue"] == ""
    page = page.form.send_fields("file", {"facts.0.who": "ria"})
    assert page.status == 422
    assert "Say how" in page.says_beside("facts.0.cue")
    assert page.form.send_fields("file", {"facts.0.cue": "によると"}).status == 200


@pytest.mark.thorough
def test_words_that_look_like_the_place_of_an_act_are_words(desk: Desk) -> None:
    slug = desk.open(facts=0)
    note = {"role": "@last", "text": "@9", "is_publishable": False}
    acts = [{"do": "report", "with": FACT | {"statement": "@7"}}, {"do": "add-note", "with": note}]
    answer = desk.try_post(f"/v1/stories/{slug}/acts", {"reason": "@3", "acts": acts})
    assert answer.status_code == 201, answer.text
    acts = [
        {
            "do": "file-copy",
            "with": {"text": "A", "spans": [{"fact": "@4", "start": 0, "end": 1, "exact": "A"}]},
        }
    ]
    refused = desk.try_post(
        f"/v1/stories/{slug}/acts", {"reason": "So", "expected_revision": 1, "acts": acts}
    )
    problem(refused, 422, "not-made-yet")


@pytest.mark.parametrize(
    ("text", "offered", "language"),
    [
        ("רכבת הגיעה", "en", "he"),
        ("وصل القطار", "en", "ar"),
        ("قطار رسید، چه شد؟", "en", "fa"),
        ("قطار رسید، چه شد؟", "ur", "ur"),
        ("Поезд прибыл", "en", "ru"),
        ("Поїзд прибув", "de", "uk"),
        ("Влакът пристигна", "bg", "bg"),
        ("列车抵达", "en", "zh"),
        ("列車が到着した", "en", "ja"),
        ("列車到着", "ja", "ja"),
        ("기차가 도착했다", "en", "ko"),
        ("Το τρένο έφτασε", "en", "el"),
        ("रेलगाड़ी पहुँची", "en-GB", "hi"),
        ("A train came to Владивосток", "en", "en"),
        ("Ein Zug kam", "de", "de"),
        ("A train came", "he", "en"),
        ("12:30 🚆", "he", "he"),
        ("", "fr", "fr"),
        ("ᚠᚢᚦ", "en", "en"),
    ],
)
def test_the_language_is_taken_from_the_letters_where_they_rule_out_the_one_that_is_offered(
    text: str, offered: str, language: str
) -> None:
    assert guessing.language_of(text, offered) == language


@pytest.mark.thorough
def test_a_story_in_another_script_is_filed_in_its_language(desk: Desk, editor: Browser) -> None:
    def opened(**fields: str) -> str:
        slug = desk.slug()
        page = editor.get("/desk/open").form.send(
            "file", slug=slug, headline="רכבת הגיעה", desk="world", **fields
        )
        assert page.status == 200, page.text
        desk.settle()
        return str(desk.get(f"/v1/stories/{slug}").json()["language"])

    assert opened() == "he"
    assert opened(language="yi") == "yi", "whoever says another language is believed"
    page = editor.get("/desk/open").form.send("preview", headline="Поезд прибыл", desk="world")
    assert page.form.fields["language"] == "ru"
    assert "the language is taken to be “ru”" in page.text
    page = page.form.send("preview", language="bg")
    assert page.form.fields["language"] == "bg"
    assert "is taken to be" not in page.text
