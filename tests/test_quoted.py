"""Words in quotation marks that are not those that were said."""

from typing import Any

import pytest

from ledger.fact import FactBody
from ledger.rules.quoted import misquoting, quoted_in
from ledger.story import Span
from tests.desk import FACT, Desk, problem
from tests.plain_browser import Browser

SAID = "We shall never yield to them, not now and not tomorrow. I don’t care!"


def fact(quote: str = SAID) -> FactBody:
    link = {"source": "ria", "cue": "said", "speech": "direct", "quote": quote}
    return FactBody.model_validate(FACT | {"statement": "He spoke", "attribution": [link]})


def misquotes(text: str, marked: str | None = None, quote: str = SAID, *others: str) -> bool:
    marked = marked or text
    start = text.index(marked)
    span = Span(fact=1, start=start, end=start + len(marked), exact=marked)
    return bool([*misquoting(text, [*quoted_in(text)], [span], fact(quote), lambda: others)])


@pytest.mark.parametrize(
    "text",
    [
        "“We shall never yeild to them,” he said.",
        "“We shall newer yield to them,” he said.",
        '"We shall never yield to him," he said.',
        "‘We shall never give to them,’ he said.",
        "„We shall newer yield to them“",
        "« We shall newer yield to them »",
        "「We shall newer yield to them」",
        "“We shall yield to them”",
        "“not now or tomorrow”",
        "“We shall never … not now and not today”",
        "“We shall never yield to them, not now”, he said, “and I will not care at all”, “not yow and not tomorrow”",
        "“never yeild”",
        "“shall newer yield”",
    ],
)
def test_other_words_than_were_said_are_found(text: str) -> None:
    assert misquotes(text)


@pytest.mark.parametrize(
    "text",
    [
        "“We shall never yield to them,” he said.",
        "“we shall NEVER yield…”",
        "‘We shall never yield to them’",
        "“We shall never yield to them,” he said, “not now and not tomorrow.”",
        "“We shall never yield … not tomorrow”",
        "“We [the Kremlin] shall never yield to them (and theirs), not now”",
        "“[They] shall never yield”",
        "“never give”",
        "“I don't care”",
        "“Never!”",
        "“We shall see”",
        "“The weather is fine today”",
        "He said that we shall newer yield to them",
        f"“They asked me. {SAID} That is all.”",
        'A 6" gun: "We shall never yield to them"',
    ],
)
def test_words_that_were_said_or_something_else_are_right(text: str) -> None:
    assert not misquotes(text)


def test_a_mark_may_stand_on_a_part_of_the_quote() -> None:
    assert not misquotes("“We shall never yield to them”", "hall never yield to th")
    assert misquotes("“We shall newer yield to them”", "hall newer yield to th")
    assert not misquotes("“We shall newer yield to them”", "yield to them")


def test_what_another_fact_quotes_is_right() -> None:
    assert not misquotes("“We shall newer yield to them”", None, SAID, "We shall newer yield to them")


def test_it_costs_what_the_words_are_long() -> None:
    long = "We shall never yield to them again " * 140
    assert not misquotes(f"“{long}”", None, long)
    assert not misquotes("“We shall newer yield to them” " * 2_000, None, "Something else " * 200)


def test_copy_that_misquotes_its_fact_is_not_published(desk: Desk, editor: Browser) -> None:
    slug = desk.open(facts=0)
    path = f"/v1/stories/{slug}"
    link = {"source": "ria", "cue": "said", "speech": "direct", "quote": SAID}
    desk.report(slug, statement="He spoke", attribution=[link])

    def copy(words: str) -> dict[str, Any]:
        span = {"fact": 1, "start": 1, "end": 1 + len(words), "exact": words}
        return {"text": f"“{words},” he said.", "spans": [span], "reason": "So."}

    assert "warnings" not in desk.post(f"{path}/copy", copy("We shall never yield"))
    desk.post(f"{path}/publications", {"reason": "Read."})
    (told,) = desk.post(f"{path}/copy", copy("We shall newer yield"))["warnings"]
    assert told["pointer"] == "/spans/0"
    assert (
        told["detail"]
        == f"“We shall newer yield” stands on fact 1, which says “He spoke”, and quotes “{SAID}”."
    )
    answer = desk.try_post(f"{path}/publications", {"reason": "Read."})
    (found,) = problem(answer, 409, "words-contradict")["contradictions"]
    assert found["now"]["attribution"][0]["quote"] == SAID
    desk.settle()
    page = editor.get(f"/desk/stories/{slug}/publish").form.send(reason="Read.")
    assert f"fact 1 says He spoke, and quotes {SAID}." in " ".join(page.main.text.split())
    desk.post(f"{path}/publications", {"reason": "Read.", "words_stand": [1]})
    desk.report(slug)
    desk.post(f"{path}/publications", {"reason": "Read."})
