"""Does the example's data hold together by itself, before any server sees it?"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parent.parent / "examples" / "kim-visits-russia"
SESSION: dict[str, Any] = json.loads((EXAMPLE / "session.json").read_text("utf-8"))
STORY = f"/v1/stories/{SESSION['story']}"
CALLS: list[dict[str, Any]] = [call for moment in SESSION["moments"] for call in moment["calls"]]
FACTS: list[dict[str, Any]] = [call["body"] for call in CALLS if call["post"] == f"{STORY}/facts"]
ACTS: list[dict[str, Any]] = [act for call in CALLS for act in call["body"].get("acts", ())]
COPIES: list[dict[str, Any]] = [
    *(call["body"] for call in CALLS if call["post"] == f"{STORY}/copy"),
    *(act["with"] for act in ACTS if act["do"] == "file-copy"),
]


def read_copy(name: str) -> str:
    return (EXAMPLE / name).read_bytes().decode()


def everything_under(value: Any, key: str) -> Iterator[Any]:
    """Each value that stands under this key, at any depth."""
    if isinstance(value, dict):
        yield from (found for name, found in value.items() if name == key)
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from everything_under(inner, key)


def test_the_article_is_the_one_that_came() -> None:
    digest = hashlib.sha256((EXAMPLE / "copy.txt").read_bytes()).hexdigest()
    assert digest == "b5733ddce82ae303b2b330d5ea9e4dbe7b0f67bbbbc394ea4b464b8b840b99ae"


def test_the_article_becomes_twenty_to_thirty_facts_in_the_first_moment() -> None:
    filed = [call["post"] for call in SESSION["moments"][0]["calls"]]
    assert 20 <= filed.count(f"{STORY}/facts") == len(FACTS) <= 30


def test_every_span_is_exact_and_none_overlaps_another() -> None:
    for copy in COPIES:
        text, end = read_copy(copy["text"]["$file"]).replace(*copy["text"].get("$slip", ("", ""))), 0
        for span in copy["spans"]:
            assert end <= span["start"] < span["end"]
            assert text[span["start"] : span["end"]] == span["exact"]
            end = span["end"]


def test_every_fact_and_every_paragraph_has_a_span() -> None:
    text, spans = read_copy("copy.txt"), COPIES[0]["spans"]
    assert {span["fact"] for span in spans} == set(range(1, len(FACTS) + 1))
    covered = {text.count("\n", 0, span["start"]) for span in spans}
    assert covered == set(range(text.count("\n") + 1))
    assert not any("\n" in span["exact"] for span in spans)


def test_the_last_copy_points_at_every_fact_but_the_retracted_one() -> None:
    retracted = {int(call["post"].split("/")[5]) for call in CALLS if call["post"].endswith("/retractions")}
    standing = set(range(1, len(FACTS) + 1)) - retracted
    (last,) = (copy for copy in COPIES if copy["text"]["$file"] == "copy-updated.txt")
    assert {span["fact"] for span in last["spans"]} == standing


def test_every_quote_and_every_cue_of_the_filed_facts_is_in_the_article() -> None:
    text = read_copy("copy.txt")
    for fact in FACTS:
        for link in fact.get("attribution", []):
            assert link["cue"] in text
            assert link.get("quote", "") in text
            assert ("quote" in link) == (link["speech"] != "indirect")


def test_every_quote_of_a_later_moment_is_in_the_article() -> None:
    assert all(quote in read_copy("copy.txt") for quote in everything_under(CALLS, "quote"))


def test_what_the_desk_cites_from_itself_is_in_the_article() -> None:
    text = read_copy("copy.txt")
    for citation in (citation for fact in FACTS for citation in fact.get("citations", [])):
        excerpt = citation["excerpt"]
        around = [excerpt.get("prefix", ""), excerpt["exact"], excerpt.get("suffix", "")]
        assert citation["source"] == "world-desk"
        assert "".join(around) in text


def test_each_fact_has_either_an_attribution_or_a_reason_for_none() -> None:
    for fact in FACTS:
        assert ("attribution" in fact) != ("unattributed" in fact)


def test_every_expected_version_is_the_one_the_fact_then_has() -> None:
    versions: list[int] = []
    for call in CALLS:
        if call["post"] == f"{STORY}/facts":
            versions.append(1)
        elif call["post"].startswith(f"{STORY}/facts/"):
            number = int(call["post"].split("/")[5])
            assert call["body"]["expected_version"] == versions[number - 1], call["post"]
            versions[number - 1] += 1
    assert max(versions) > 1


def test_every_source_is_registered_before_it_is_used() -> None:
    registered: set[str] = set()
    for call in CALLS:
        if call["post"] == "/v1/sources":
            registered.add(call["body"]["slug"])
        assert set(everything_under(call["body"], "source")) <= registered


def test_a_fact_leans_only_on_facts_filed_before_it() -> None:
    filed = 0
    for call in CALLS:
        grounds = [*everything_under(call["body"], "rests_on"), list(everything_under(call["body"], "by"))]
        for ground in (ground for several in grounds for ground in several):
            assert ground["story"] == SESSION["story"]
            assert 1 <= ground["fact"] <= filed
        filed += call["post"] == f"{STORY}/facts"


def test_what_the_article_does_not_say_is_flagged_as_invented() -> None:
    flagged = {moment["name"]: moment["invented"] for moment in SESSION["moments"]}
    assert [name for name, invented in flagged.items() if not invented] == ["filed", "named", "clarified"]
    for moment in SESSION["moments"]:
        told = json.dumps(moment["calls"], ensure_ascii=False).casefold()
        assert moment["invented"] == ("invented" in told or "planted" in told), moment["name"]


def test_every_address_is_invented_and_says_so() -> None:
    addresses = [*everything_under(CALLS, "url"), *everything_under(CALLS, "archived_url")]
    assert addresses
    assert all(address.startswith("https://example.org/invented/") for address in addresses)


def test_no_relative_date_is_filed_as_resolved() -> None:
    resolved = [
        when["literal"] for when in everything_under(CALLS, "occurred") if when and "resolved" in when
    ]
    assert resolved == ["on February 24, 2022", "on September 13, 2023"]


def test_the_story_is_replayed_after_four_moments() -> None:
    replayed = [moment["name"] for moment in SESSION["moments"] if moment.get("replay")]
    assert replayed == ["filed", "dateline", "corrected", "updated"]


def test_what_takes_two_people_is_asked_for_by_one_and_approved_by_another_in_the_next_moment() -> None:
    takes_two = ("kills", "takedowns", "restorations")
    asked = [index for index, call in enumerate(CALLS) if call["post"].endswith(takes_two)]
    assert [CALLS[index]["post"].split("/")[-1] for index in asked] == ["kills", "restorations"]
    assert asked == [index for index, call in enumerate(CALLS) if call.get("answers") == 202]
    for number, index in enumerate(asked, 1):
        approval = CALLS[index + 1]
        assert approval["post"] == f"{STORY}/approvals/{number}/approve"
        assert {CALLS[index]["as"], approval["as"]} == {"editor", "standards"}


def test_desk_and_readers_are_told_side_by_side_at_every_turn_of_the_publication() -> None:
    turns = ("publications", "/acts", "holds", "releases", "kills", "restorations", "approve")
    for moment in SESSION["moments"]:
        is_turn = any(call["post"].endswith(turns) for call in moment["calls"])
        assert ("side_by_side" in moment) == is_turn, moment["name"]
