"""Do the pages say to whoever comes new what is so: whose error it was, what changed since, what was published?"""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.server.embedded import EmbeddedPostgres
from api.terminal.command_line import main as factledger
from tests.desk import CHANGES, FACT, Desk, open_desk
from tests.plain_browser import Browser


@pytest.fixture(scope="module")
def desk(servers: Callable[[str], EmbeddedPostgres]) -> Iterator[Desk]:
    with open_desk(servers) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, None)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def editor(desk: Desk) -> Iterator[Browser]:
    browser = Browser.of(desk.server, "editor")
    yield browser
    browser.close()


def correct(desk: Desk, slug: str, version: int = 1) -> None:
    body = CHANGES["corrections"] | {"expected_version": version}
    desk.post(f"/v1/stories/{slug}/facts/1/corrections", body)


def test_a_source_is_not_blamed_for_what_was_our_own_error(desk: Desk, reader: Browser) -> None:
    source, slug, other = desk.source(), desk.open(0), desk.public()
    desk.report(slug, attribution=[FACT["attribution"][0] | {"source": source}])
    desk.publish(slug)
    correct(desk, slug)
    desk.publish(slug)
    correct(desk, other)
    desk.publish(other)
    desk.settle()
    page = reader.get(f"/sources/{source}")
    assert "later corrected by us1" in page.text
    assert "%" not in page.text
    assert f"/corrections?story={slug}" in page.links()
    log = reader.get(f"/corrections?story={slug}")
    assert "our own error" in log.text
    assert f"/stories/{slug}/facts/1" in log.links()
    assert f"/stories/{other}/facts/1" not in log.links()
    assert "In figures" not in log.text


def test_what_was_empty_and_is_empty_was_not_taken_away(desk: Desk, editor: Browser) -> None:
    slug = desk.public()
    body = {"expected_version": 1, "reason": "Withdrawn."}
    retracted = desk.post(f"/v1/stories/{slug}/facts/1/retractions", body)["revision"]
    desk.publish(slug)
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/undo?made={retracted}-{retracted}")
    assert "Standing again" in page.text
    assert "taken away" not in page.text
    assert not [name.text for name in page.root.all("dt") if name.text in ("citations", "entities", "notes")]


def test_an_old_edition_says_what_was_set_right_since(desk: Desk, reader: Browser) -> None:
    slug = desk.public(3)
    desk.report(slug, statement="Train 4 arrived")
    desk.publish(slug)
    correct(desk, slug)
    desk.post(f"/v1/stories/{slug}/facts/4/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.publish(slug)
    desk.post(f"/v1/stories/{slug}/facts/2/retractions", {"expected_version": 1, "reason": "Not so."})
    desk.post(f"/v1/stories/{slug}/facts/3/corrections", CHANGES["corrections"] | {"expected_version": 1})
    desk.settle()
    old = reader.get(f"/stories/{slug}?edition=1")
    assert "Set right since: fact 1 (corrected in edition 3)" in old.text
    assert "(withdrawn" not in old.text, "readers are not told of that yet"
    assert "fact 4 (" not in old.text, "which was not in it"
    assert "fact 3 (" not in old.text
    assert "Corrected later, in edition 3" in old.by_id("fact-1").text
    assert "later, in" not in old.by_id("fact-2").text
    assert f"/stories/{slug}?edition=3&fact=1#fact-1" in old.links()
    assert "fact 4 (corrected in edition 3)" in reader.get(f"/stories/{slug}?edition=2").text
    for now in ("", "?edition=3"):
        assert "Set right since" not in reader.get(f"/stories/{slug}{now}").text
    desk.publish(slug)
    desk.settle()
    assert "fact 2 (withdrawn in edition 4)" in reader.get(f"/stories/{slug}?edition=1").text


def test_who_asks_for_a_moment_before_the_first_edition_finds_the_way_to_what_there_is(
    desk: Desk, reader: Browser
) -> None:
    nowhere = ("as_of=2020-01-01T00:00:00Z", "as_of=2020-01-01", "position=1", "revision=1", "edition=99")
    slug, draft = desk.open(2), desk.open()
    desk.publish(slug)
    correct(desk, slug)
    desk.publish(slug)
    desk.settle()
    for asked in nowhere:
        page = reader.get(f"/stories/{slug}?{asked}")
        assert page.status == 404, asked
        assert {f"/stories/{slug}", f"/stories/{slug}?edition=1"} <= {*page.links()}, asked
        assert ("There are 2 editions" if "edition" in asked else "It was first published") in page.text
        hidden, missing = (reader.get(f"/stories/{one}?{asked}") for one in (draft, "no-such-story"))
        assert (hidden.status, missing.status) == (404, 404)
        assert "There is nothing here for readers" in hidden.text
        assert (
            hidden.text.partition("Reference")[0].replace(draft, "no-such-story")
            == (missing.text.partition("Reference")[0])
        )
    desk.post(f"/v1/stories/{slug}/holds", {"reason": "To be read."})
    desk.settle()
    assert "There is nothing here for readers" in reader.get(f"/stories/{slug}?edition=99").text


FORMS = {
    "set-headline": {"headline": "A train went on"},
    "set-dateline": {"place": "Khasan", "date": "2023-09-12"},
    "set-slug": {"slug": "a-train-went-on"},
    "add-editors-note": {"text": "A train went on, too."},
    "file-copy": {"text": "A train went on at night."},
}


@pytest.mark.parametrize("word", FORMS)
def test_what_readers_see_later_can_be_published_from_its_form(
    desk: Desk, reader: Browser, editor: Browser, word: str
) -> None:
    slug, draft = desk.public(), desk.open()
    desk.settle()
    assert "and publish" not in editor.get(f"/desk/stories/{draft}/{word}").text
    page = editor.get(f"/desk/stories/{slug}/{word}")
    assert "Published with it" not in page.text
    desk.report(slug)
    desk.settle()
    refused = page.form.send("publish", **FORMS[word], reason="It did.")
    assert refused.status == 409, "what nobody looked at is not published"
    assert "Published with it is what else was filed since revision 2" in refused.text
    typed = page.form.fields | FORMS[word] | {"reason": "It did."}
    assert typed.items() - refused.form.fields.items() <= {("expected_revision", "3")}
    done = refused.form.send("publish")
    assert done.status == 200, done.text
    now = FORMS[word].get("slug", slug)
    assert "Published: readers see it as edition 2." in " ".join(done.root.text.split())
    assert f"/stories/{now}?view=reader&edition=2" in done.links()
    seen = reader.get(f"/stories/{now}")
    assert all(
        text in seen.text for name, text in FORMS[word].items() if name in ("headline", "place", "text")
    )
    assert "Edition 2" in seen.text


def test_what_is_wrong_with_what_is_to_be_published_is_said_at_its_field(desk: Desk, editor: Browser) -> None:
    slug = desk.public()
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/set-headline")
    refused = page.form.send("publish", headline="A train left")
    assert refused.status == 422
    assert refused.says_beside("reason")
    assert refused.form.send("publish", reason="It did.").status == 200


def test_history_says_what_a_second_person_was_asked_for(desk: Desk, editor: Browser) -> None:
    slug = desk.public()
    desk.want(slug, "kills")
    desk.settle()
    assert "Second person asked: to kill this story" in editor.get(f"/stories/{slug}/history?all=yes").text


@pytest.mark.parametrize("word", [["link"], ["revoke", "--reason", "Lost."]])
def test_a_key_that_is_given_in_the_place_of_its_id_is_not_said_again(word: list[str]) -> None:
    secret = "fl_6nJX0Qkq3y9wTz"
    told = CliRunner().invoke(factledger, ["keys", *word, secret])
    assert told.exit_code == 2
    assert secret not in told.output
    assert "give its id" in told.output


def test_a_table_as_the_documents_have_it_is_filed_or_what_is_missing_is_said(
    desk: Desk, tmp_path: Path
) -> None:
    """Line by line as in docs/intake.md, once the source is registered and the story opened."""
    document = (Path(__file__).parents[1] / "docs" / "intake.md").read_text()
    (words,) = re.findall(r"`factledger (take trains\.csv [^`]+)`", document)
    assert "The source `stat` is registered and the story `trains` opened first" in document
    table = tmp_path / "trains.csv"
    table.write_text("Nr,statement,Wert,unit\n1,Trains ran,12,trains\n")
    asked = [str(table) if word == "trains.csv" else word for word in shlex.split(words)]
    database, refused = desk.newsroom.database, ["--refused", str(tmp_path / "refused")]
    environment = {
        "DATABASE_URL": database.url,
        "FACTLEDGER_SCHEMA": database.schema,
        "FACTLEDGER_KEY": desk.server.secret("editor"),
    }
    nobodys = CliRunner().invoke(factledger, ["take", str(table), *refused], env=environment)
    assert f"{table}, provider: nothing says whose table it is" in nobodys.output
    desk.post("/v1/sources", {"slug": "stat", "name": "Statistics", "kind": "agency"})
    desk.post("/v1/stories", {"slug": "trains", "headline": "Trains", "language": "en", "desk": "data"})
    filed = CliRunner().invoke(factledger, [*asked, *refused], env=environment)
    assert filed.exit_code == 0, filed.output
    assert "1 taken" in filed.output


def test_who_publishes_a_headline_beside_words_that_contradict_is_told_where_these_are_let_stand(
    desk: Desk, editor: Browser
) -> None:
    slug = desk.open(1)
    span = {"fact": 1, "start": 0, "end": 5, "exact": "Train"}
    desk.post(f"/v1/stories/{slug}/copy", {"text": "Train 1 arrived.", "spans": [span], "reason": "A take."})
    desk.publish(slug)
    correct(desk, slug)
    desk.settle()
    form = editor.get(f"/desk/stories/{slug}/set-headline").form
    refused = form.send("publish", headline="A train left", reason="So.")
    assert refused.status == 409
    assert "file this alone, and tick their facts where you publish it" in refused.text
    assert "words_stand" not in refused.text
