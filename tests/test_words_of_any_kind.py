"""Whatever stands in a copy, a statement or a quote: is it looked at without a fault?"""

from typing import Any

from hypothesis import example, given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.rules import fitting, still_told
from ledger.rules.days_told import Days, naming_other_days
from ledger.rules.names_told import misspelling
from ledger.rules.numbers_told import telling_other_numbers
from ledger.rules.quoted import misquoting, quoted_in
from ledger.story import Copy, Fact, Span, around
from tests.test_still_told import FILED, fact

WORDS = (
    "twelve", "12", "zwölf", "deux", "ثلاثة", "三百", "1,200", "1.2 million", "½", "٤", "²", "one", "a half",
    "Tuesday", "May", "mardi",
    "“", "”", '"', "«", "»", "„", "…", "...", "[", "]", "(", ")",
    "’", ".", "!", "\n", "Kim", "kim", "Κιμ", "𝄞", "\u202e", "\u0301",
    "-", "—", "%", "7 Uhr", "2 1/2", "three in four", "2023-09-12", "12.9.", "an earlier version said",
)  # fmt: skip
some_words = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3)), min_size=1, max_size=12).map(
    " ".join
)


def fact_of(statement: str, quote: str) -> Fact:
    link = {"source": "ria", "cue": "said", "speech": "direct", "quote": quote}
    said: dict[str, Any] = {
        "attribution": [link],
        "occurred": {"literal": quote},
        "figure": {"value": "12", "unit": "people"},
    }
    try:
        return fact(statement, **said)
    except ValidationError:
        reject()


@settings(max_examples=60, deadline=None)
@given(
    copy=some_words,
    headline=some_words,
    statements=st.tuples(some_words, some_words),
    quotes=st.tuples(some_words, some_words),
    language=st.sampled_from(["en", "de", "fr", "ar", "ja", "ru", "xx"]),
    cut=st.tuples(st.integers(0, 40), st.integers(1, 40)),
)
@example("9" * 4_400 + " men", "A", ("A", "9" * 4_400 + " came"), ("8" * 4_400, "9"), "en", (0, 4_404))
@example("“never yeild”", "A", ("He spoke", "He said"), ("!", "…"), "en", (0, 13))
def test_words_of_any_kind_are_looked_at(
    copy: str,
    headline: str,
    statements: tuple[str, str],
    quotes: tuple[str, str],
    language: str,
    cut: tuple[int, int],
) -> None:
    was, now = (fact_of(*said) for said in zip(statements, quotes, strict=True))
    start = min(cut[0], len(copy) - 1)
    end = min(start + cut[1], len(copy))
    spans = (Span.model_construct(fact=1, start=start, end=end, exact=copy[start:end]),)
    passages = [(span.exact, around(copy, span)) for span in spans]
    assert {*telling_other_numbers(passages, now, language)} <= {0}
    assert {*naming_other_days(passages, now, Days(language))} <= {0}
    assert {*misquoting(copy, [*quoted_in(copy)], spans, now, lambda: [statements[0]])} <= {0}
    assert {index for index, *_ in misspelling(copy, spans, now, language, tuple)} <= {0}
    filed = Copy.model_construct(text=copy, spans=spans, filed=FILED)
    for field, number, said in still_told.told(headline, filed, {1: [was]}, [now], language):
        assert (number, field in ("headline", "text"), bool(said)) == (1, True, True)
    for one in fitting.found(now, language):
        assert one.keys() >= {"pointer", "detail"}
