"""Does the desk's page show what waits, why, and what can be done about it, and explain itself where nothing does?"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.words import Role
from tests.desk import CHANGES, OF_PUBLICATION, Desk, open_desk
from tests.plain_browser import Browser, Element, Page


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], Any]) -> Iterator[Desk]:
    with open_desk(servers) as desk:
        yield desk


def section(page: Page, name: str) -> Element:
    return next(e for e in page.main.all("section") if e["aria-labelledby"] == name)


def links(element: Element) -> list[str]:
    return [link["href"] for link in element.all("a")]


@pytest.mark.thorough
def test_where_nothing_waits_the_desk_says_what_would_stand_there(servers: Callable[[str], Any]) -> None:
    with open_desk(servers) as empty:
        browser = Browser.of(empty.server, "editor")
        page = browser.get("/desk")
        assert page.status == 200
        assert [p.text for p in page.main.all("p") if p["class"] == "lead"] == ["Nothing waits."]
        for name, says in (
            ("approvals", "Nothing waits for a second person."),
            ("requests", "No request is here."),
            ("shaken", "No fact is shaken."),
            ("unpublished", "Every published story is with readers as it was last filed."),
            ("stories", "No story is a draft, embargoed or held."),
        ):
            assert says in section(page, name).text
        for what in ("approvals", "requests", "shaken"):
            assert browser.get(f"/desk/{what}").status == 200
        browser.close()


@pytest.mark.thorough
@pytest.mark.parametrize(
    "address", ["/desk", "/desk/approvals", "/desk/requests", "/desk/shaken", "/desk/unpublished"]
)
def test_the_desk_is_for_those_who_have_signed_in(
    browsers: Callable[[Role | None], Browser], address: str
) -> None:
    assert browsers(None).get(address).status == 401
    for role in ("reporter", "auditor", "admin"):
        assert browsers(role).get(address).status == 200


@pytest.mark.thorough
def test_what_waits_for_a_second_person_is_shown_to_those_who_may_answer_it(
    desk: Desk, browsers: Callable[[Role | None], Browser]
) -> None:
    slug = desk.public()
    desk.want(slug, "kills")
    desk.settle()
    answers = [f"/desk/stories/{slug}/approvals/1/{word}" for word in ("approve", "decline")]
    for page in (browsers("standards").get("/desk"), browsers("standards").get("/desk/approvals")):
        assert "Made up." in page.text
        assert "Readers would be told: Withdrawn." in page.text
        assert set(answers) <= set(page.links())
    assert not set(answers) & set(browsers("reporter").get("/desk/approvals").links())
    page = browsers("standards").get(answers[0]).form.send(reason="Seen.")
    assert page.status == 200
    page = browsers("standards").get(f"/desk/stories/{slug}/approvals/1")
    assert "it was approved" in page.text
    assert "by the standards: Seen." in page.text


@pytest.mark.thorough
def test_a_request_is_shown_with_its_contact_and_with_what_may_come_of_it(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open()
    correction = CHANGES["corrections"] | {"expected_version": 1, "statement": "A train arrived in Khasan"}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", correction)
    request = desk.ask(slug)
    page = editor.get("/desk")
    assert "It left." in section(page, "requests").text
    assert "Open request · " in section(page, "requests").text
    page = editor.get(f"/desk/requests/{request}/accept")
    assert f"/desk/requests/{request}" in [
        link["href"] for link in page.main.all("a") if "Correct" in link.text
    ]
    page = editor.get("/desk")
    assert f"/desk/requests/{request}/acknowledge" in links(section(page, "requests"))
    assert next(section(page, "requests").all("dd")).text == "1"

    page = editor.get(f"/desk/requests/{request}")
    assert "To be reached at: reader@example.org" in page.text
    correct = f"/desk/stories/{slug}/correct?fact=1&what=correct&request={request}"
    accept = f"/desk/requests/{request}/accept?fact=1&version=2"
    assert {correct, accept} <= set(page.links())
    assert editor.get(correct).form.fields["request"] == request
    page = editor.get(accept).form.send(reason="It left indeed.")
    assert page.status == 200
    assert "accepted" in page.text
    assert f"/stories/{slug}/facts/1" in page.links()

    page = editor.get(f"/desk/requests/{request}/erase-contact").form.send(reason="Asked for.")
    assert "The contact was erased." in page.text
    assert "reader@example.org" not in page.source
    assert f"/desk/requests/{request}/erase-contact" not in page.links()
    assert request in editor.get("/desk/requests?state=accepted").source
    assert request not in editor.get("/desk/requests").source


def test_a_shaken_fact_is_shown_with_what_shook_it_until_somebody_has_looked(
    desk: Desk, editor: Browser
) -> None:
    ground, resting = desk.open(), desk.open(facts=0)
    desk.report(resting, rests_on=[{"story": ground, "fact": 1}], statement="So it is")
    desk.post(f"/v1/stories/{ground}/facts/1/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.settle()
    page = editor.get("/desk/shaken")
    assert "Correction of fact 1 of A train, on which it rests: The agency says so." in page.text
    confirm = f"/desk/stories/{resting}/facts/1/confirm"
    assert confirm in page.links()
    assert editor.get(confirm).form.send(reason="Looked at again.").status == 200
    assert confirm not in editor.get("/desk/shaken").links()


def test_a_source_that_shakes_facts_is_named(desk: Desk, editor: Browser) -> None:
    desk.post("/v1/sources", {"slug": "the-liar", "name": "The Daily Liar", "kind": "agency"})
    said = [{"source": "the-liar", "cue": "said", "speech": "indirect"}]
    desk.report(desk.open(), attribution=said)
    desk.post("/v1/sources/the-liar/discreditations", {"reason": "It made things up."})
    desk.settle()
    for address in ("/desk", "/desk/shaken"):
        text = editor.get(address).text
        assert "The Daily Liar was discredited: It made things up." in text
        assert not re.search(r"\b0 (acts|requests|facts|stories)\b", text.partition("For a second person")[0])


def test_stories_that_readers_do_not_see_are_shown_with_what_can_be_done(desk: Desk, editor: Browser) -> None:
    draft, held, public = desk.open(), desk.public(), desk.public()
    desk.post(f"/v1/stories/{held}/holds", OF_PUBLICATION["holds"])
    desk.settle()
    shown = links(section(editor.get("/desk"), "stories"))
    assert f"/desk/stories/{draft}/publish?revision=2" in shown
    assert f"/desk/stories/{held}/release" in shown
    assert not any(link.startswith(f"/desk/stories/{held}/publish") for link in shown)
    assert f"/stories/{public}" not in shown


@pytest.mark.thorough
def test_of_many_that_wait_the_first_are_shown_and_all_are_one_click_away(
    desk: Desk, editor: Browser
) -> None:
    requests = {desk.ask(desk.open()) for _ in range(6)}
    assert len(links(section(editor.get("/desk"), "requests"))) > 0
    assert "/desk/requests" in links(section(editor.get("/desk"), "requests"))
    listed = editor.get("/desk/requests").source
    assert all(request in listed for request in requests)


@pytest.mark.thorough
def test_what_one_has_just_recorded_is_on_the_page_that_follows(desk: Desk, editor: Browser) -> None:
    for number in range(10):
        slug = desk.slug()
        page = editor.get("/desk/open").form.send(
            slug=slug, headline=f"Train {number}", language="en", desk="world"
        )
        assert page.status == 200, page.text
        assert f"Train {number}" in page.text
        page = editor.get(f"/desk/stories/{slug}/set-headline").form.send(headline="Another", reason="So.")
        assert "Another" in page.text
    head = desk.head()
    assert editor.get(f"/desk?recorded={head}").status == 200
    assert editor.get(f"/desk?recorded={head + 1}").status == 400
    assert editor.get("/desk?recorded=x").status == 400
    assert "Recorded " not in editor.get("/desk").text
