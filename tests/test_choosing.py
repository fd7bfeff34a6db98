"""Is what a form asks for by a number shown in words to choose from, however much there is?"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from tests.browser import looking
from tests.desk import CHANGES, SAID_OF_A_STORY, Desk, open_desk
from tests.plain_browser import Browser, Page
from tests.test_limits import holds


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@pytest.fixture(scope="module")
def editor(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, "editor")
    yield browser
    browser.close()


def choices(page: Page, name: str) -> dict[str, str]:
    """What may be chosen in a field, by its value."""
    field = next(one for one in page.main.all("select") if one["name"] == name)
    return {option["value"]: option.text for option in field.all("option") if option["value"]}


def corrected(desk: Desk) -> str:
    """A published story whose fact 1 was corrected since."""
    slug = desk.public(2)
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.settle()
    return slug


def test_a_corrective_names_what_was_corrected_and_what_ran(desk: Desk, editor: Browser) -> None:
    page = editor.get(f"/desk/stories/{corrected(desk)}/issue-corrective")
    assert choices(page, "fact") == {"1": "1 · A train left Vladivostok"}
    (ran,) = choices(page, "ran_in").items()
    assert ran[0] == "3"
    assert "published" in ran[1]


def test_a_publication_names_a_revision_by_what_happened_in_it(desk: Desk, editor: Browser) -> None:
    page = editor.get(f"/desk/stories/{desk.open(2)}/publish")
    assert list(choices(page, "revision")) == ["3", "2", "1"]
    assert "Report of fact 2" in choices(page, "revision")["3"]
    assert page.form.fields["revision"] == "3"


def test_what_happened_to_a_fact_is_said_in_words_that_go_together(desk: Desk, editor: Browser) -> None:
    slug = desk.public(1)
    for version, act in enumerate(("citations", "assessments", "confirmations"), start=1):
        desk.post(f"/v1/stories/{slug}/facts/1/{act}", CHANGES[act] | {"expected_version": version})
    desk.settle()
    moments = [option.text for option in editor.get(f"/stories/{slug}").main.all("option")]
    for said in (
        "Report of fact 1",
        "Source added to fact 1",
        "Assessment of fact 1",
        "Confirmation of fact 1",
    ):
        assert [moment for moment in moments if moment.endswith(f"· {said}")], moments


def test_a_correction_names_the_wrong_version_and_the_request(desk: Desk, editor: Browser) -> None:
    slug = corrected(desk)
    request = desk.ask(slug, phrase="A train arrived on time")
    desk.ask(desk.public(), phrase="Of another story")
    page = editor.get(f"/desk/stories/{slug}/facts/1/correct")
    assert choices(page, "wrong_version") == {"1": "1 · Train 1 arrived", "2": "2 · A train left Vladivostok"}
    (asked,) = choices(page, "request").items()
    assert asked[0] == request
    assert "A train arrived on time" in asked[1]


def test_a_request_is_accepted_for_a_fact_and_a_version_that_are_shown(desk: Desk, editor: Browser) -> None:
    slug = corrected(desk)
    page = editor.get(f"/desk/requests/{desk.ask(slug)}/accept")
    assert choices(page, "fact") == {"1": "1 · A train left Vladivostok", "2": "2 · Train 2 arrived"}
    assert choices(page, "version") == {"2": "2 · fact 1: It left and did not arrive."}
    filed = page.form.send(fact="1", version="2", reason="It left indeed.")
    assert filed.status == 200, filed.text


def test_words_that_stand_are_ticked(desk: Desk, editor: Browser) -> None:
    slug = desk.open(2)
    span = {"fact": 1, "start": 0, "end": 5, "exact": "Train"}
    desk.post(f"/v1/stories/{slug}/copy", {"text": "Train 1 arrived.", "spans": [span], "reason": "A take."})
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/publish")
    ticks = {one["name"] for one in page.main.all("input") if one["name"].startswith("words_stand")}
    assert ticks == {"words_stand.1"}
    refused = page.form.send(reason="It is right.")
    assert refused.status == 409
    assert "tick their facts under “Facts whose words are right all the same”" in refused.text
    filed = refused.form.send(words_stand__1="on", reason="It is right.")
    assert filed.status == 200, filed.text
    event = desk.get(f"/v1/events?after={desk.head() - 1}", "auditor").json()["items"][0]
    assert event["body"]["words_stand"] == [1]


@pytest.mark.thorough
def test_words_of_what_was_withdrawn_are_ticked_though_they_are_marked_no_longer(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open(2)
    copy = {"text": "Train 2 arrived at noon.", "reason": "A take."}
    span = {"fact": 2, "start": 0, "end": 15, "exact": "Train 2 arrived"}
    desk.post(f"/v1/stories/{slug}/copy", copy | {"spans": [span]})
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/facts/2/retractions", CHANGES["retractions"] | {"expected_version": 1})
    desk.post(f"/v1/stories/{slug}/copy", copy | {"expected_revision": 6})
    desk.settle()
    refused = editor.get(f"/desk/stories/{slug}/publish").form.send(reason="It is right.")
    assert refused.status == 409
    assert "Train 2 arrived: fact 2 said Train 2 arrived and is withdrawn." in " ".join(
        refused.main.text.split()
    )
    (mend,) = [link for link in refused.links() if "words=" in link]
    assert "No fact stands behind these words" in editor.get(mend).main.text
    filed = refused.form.send(words_stand__2="on", reason="It is right.")
    assert filed.status == 200, filed.text


def test_words_that_tell_another_number_and_lost_their_mark_are_ticked(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=0)
    desk.report(slug, statement="Twelve trains arrived at noon")
    span = {"fact": 1, "start": 0, "end": 29, "exact": "Twelve trains arrived at noon"}
    copy = {"text": "Twelve trains arrived at noon.", "reason": "A take."}
    desk.post(f"/v1/stories/{slug}/copy", copy | {"spans": [span]})
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/copy", {"text": "Eleven trains arrived at noon.", "reason": "Seen."})
    desk.settle()
    refused = editor.get(f"/desk/stories/{slug}/publish").form.send(reason="It is right.")
    assert refused.status == 409
    filed = refused.form.send(words_stand__1="on", reason="It is right.")
    assert filed.status == 200, filed.text


def test_facts_that_one_rests_on_are_shown_of_the_story_that_is_named(desk: Desk, editor: Browser) -> None:
    other, slug = desk.open(1), desk.open(2)
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/report")
    name = "facts.0.rests_on.0"
    assert list(choices(page, f"{name}.fact")) == ["2", "1"]
    page = page.form.send_fields("show", {f"{name}.story": other})
    assert choices(page, f"{name}.fact") == {"1": "1 · Train 1 arrived"}
    assert page.form.fields[f"{name}.story"] == other


def test_a_source_is_found_by_its_name_in_every_form(desk: Desk, editor: Browser) -> None:
    slug, source, name = desk.public(), desk.slug("source"), "Nachrichten aus Wladiwostok"
    desk.post("/v1/sources", {"slug": source, "name": name, "kind": "agency"})
    for other in ("one", "another"):
        desk.post("/v1/sources", {"slug": desk.slug(other), "name": "Two of a name", "kind": "agency"})
    desk.settle()
    address = f"/desk/stories/{slug}/facts/1/cite"
    cite = {"citations__0__url": "https://example.org/1", "reason": "Found."}
    for unclear in ("Two of a name", "Nachrichten", "%"):
        refused = editor.get(address).form.send(citations__0__source=unclear, **cite)
        assert refused.status == 422, unclear
        assert refused.form.fields["citations.0.source"] == unclear
    assert editor.get(address).form.send(citations__0__source=name.upper(), **cite).status == 200
    desk.settle()
    (citation,) = desk.get(f"/v1/stories/{slug}/facts/1").json()["citations"]
    assert citation["source"] == source


def test_the_facts_of_a_copy_are_chosen_from_their_words(desk: Desk, editor: Browser) -> None:
    slug = desk.open(1)
    desk.post(f"/v1/stories/{slug}/copy", SAID_OF_A_STORY["copy"])
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/file-copy")
    assert choices(page, "add.0.fact") == {"1": "1 · Train 1 arrived"}
    page = page.form.send_fields("file", {"add.0.words": "A train", "add.0.fact": "1", "reason": "So."})
    assert page.status == 200, page.text


@holds("CHOICES")
@pytest.mark.parametrize("form", ["issue-corrective", "file-copy"])
def test_of_very_many_so_many_are_shown_and_the_others_found_by_their_words(
    desk: Desk, editor: Browser, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(limits, "CHOICES", 3)
    slug = desk.public(5)
    for fact in range(1, 6):
        body = CHANGES["corrections"] | {"expected_version": 1, "statement": f"Train {fact} left"}
        desk.post(f"/v1/stories/{slug}/facts/{fact}/corrections", body)
    desk.settle()
    name, find = ("add.0.fact", "find.add") if form == "file-copy" else ("fact", "find.fact")
    page = editor.get(f"/desk/stories/{slug}/{form}")
    assert list(choices(page, name)) == ["5", "4", "3"]
    page = page.form.send_fields("show", {find: "train 2"})
    assert choices(page, name) == {"2": "2 · Train 2 left"}
    page = page.form.send_fields("show", {find: "train 4", name: "2"})
    assert list(choices(page, name)) == ["4", "2"]
    assert page.form.fields[name] == "2"


@pytest.mark.thorough
def test_a_story_is_found_by_its_words_while_one_types(browser: Chromium, desk: Desk) -> None:
    slug = desk.slug("found")
    opened = {"slug": slug, "headline": "Zeppelin over Khasan", "language": "en", "desk": "world"}
    desk.post("/v1/stories", opened)
    desk.settle()
    with looking(browser, desk.server) as looker:
        looker.sign_in(desk.server.secret("editor"))
        page = looker.go(f"/desk/stories/{desk.open(1)}/report")
        page.get_by_text("More about it").first.click()
        page.locator("[name='facts.0.rests_on.0.story']").press_sequentially("zeppelin")
        expect(page.locator("#stories option")).to_have_attribute("value", slug)
        expect(page.locator("#stories option")).to_have_attribute("label", "Zeppelin over Khasan")
