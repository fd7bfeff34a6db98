"""Does what comes from outside cost more than in proportion to its size?

Each reader is given the worst that is known for it, in a size and in twice that, and the time of the processor is
counted. What is cut off at a limit is measured at the limit and at half of it.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from api import json_text
from api.formats.http_dates import parse_http_date
from api.http import lines
from api.http.bodies import BodyReader
from api.http.documents import instant as instant_of
from api.http.documents import key_of
from api.http.lines import Unlike
from api.http.statuses import worth_saying
from api.json_text import NoJson
from api.pages import copying
from api.pages.page import fields_of
from api.server.clients import Proxies
from benchmarks.bench import Bench
from benchmarks.figures import Findings, check
from ledger import dates
from ledger.commands import FileCopy, ReportFact
from ledger.protected_names import Names
from ledger.refusals import Refusal
from ledger.source import Source
from ledger.words import Edtf, Slug, Text, WebAddress, parse_instant
from projections.reading import text_diff

BAR = 2.3  # twice the input, in time of the processor
LEAST = 0.02  # seconds that one measure takes: it is repeated until then
TRIES = 3  # of which the fastest counts: whatever else the machine does only ever adds

Reader = Callable[[int], Callable[[], object]]  # of a size: what reads a hostile input of it


def measure(bench: Bench) -> Findings:
    findings = Findings()
    least = LEAST * bench.sizes.hostile / 100
    gc.collect()
    gc.disable()
    try:
        for name, (reader, size) in READERS.items():
            half, whole = (reader(max(4, part * bench.sizes.hostile // 100)) for part in (size // 2, size))
            rounds = [(_seconds(half, least), _seconds(whole, least)) for _ in range(bench.rounds)]
            small, large = map(list, zip(*rounds, strict=True))
            findings.figure(name, "ms", [seconds * 1_000 for seconds in large])
            findings.must(f"{name}: twice / once", large, "<=", BAR, small)
    finally:
        gc.enable()
    return findings


def _seconds(read: Callable[[], object], least: float) -> float:
    """Of the processor, for one reading."""
    times = 1
    while (took := _timed(read, times)) < least:
        times *= 2
    return min(took, *(_timed(read, times) for _ in range(TRIES - 1))) / times


def _timed(read: Callable[[], object], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        read()
    return time.process_time() - begun


# --- Bodies ------------------------------------------------------------------------------------------------------


def refused(read: Callable[[], object]) -> Callable[[], object]:
    """What is hostile is refused, most of it; that it is refused belongs to the cost."""

    def tried() -> object:
        try:
            return read()
        except (Refusal, Unlike, NoJson, ValueError) as refusal:
            return refusal

    return tried


def names_twice(size: int) -> Callable[[], object]:
    names = ",".join(f'"n{number:06}":1' for number in range(size // 11))
    body = f'{{"q":1.5,{names},"n{size // 11 - 1:06}":1}}'.encode()
    check(
        isinstance(refused(lambda: json_text.parse(body))(), NoJson), "a name that is there twice is refused"
    )
    return refused(lambda: json_text.parse(body))


def _body(shape: object, text: str) -> Callable[[], object]:
    reader, body = BodyReader(shape), text.encode()
    return refused(lambda: reader._look_at(body))  # noqa: SLF001  what its endpoint does with it


def names_unknown(size: int) -> Callable[[], object]:
    return _body(ReportFact, "{" + ",".join(f'"n{number:06}":1' for number in range(size // 11)) + "}")


def items_wrong(size: int) -> Callable[[], object]:
    return _body(FileCopy, '{"spans":[' + ",".join(["{}"] * (size // 3)) + "]}")


def arrays_in_arrays(size: int) -> Callable[[], object]:
    return _body(ReportFact, '{"citations":[' + ",".join(["[[[]]]"] * (size // 7)) + "]}")


def deep(size: int) -> Callable[[], object]:
    return _body(ReportFact, "[" * (size // 2) + "]" * (size // 2))


def large_numbers(size: int) -> Callable[[], object]:
    return _body(ReportFact, '{"a":[' + ",".join(["1234567890123456"] * (size // 17)) + "]}")


def one_large_number(size: int) -> Callable[[], object]:
    return _body(ReportFact, '{"a":' + "1" * size + "}")


def fractions(size: int) -> Callable[[], object]:
    return _body(ReportFact, '{"a":[' + ",".join(["1.5e3"] * (size // 6)) + "]}")


def escapes(size: int) -> Callable[[], object]:
    return _body(ReportFact, '{"a":"' + "\\u0041\\ud83d\\ude86" * (size // 18) + '"}')


def quotes_without_end(size: int) -> Callable[[], object]:
    return _body(ReportFact, '{"a":' + '\\"' * (size // 2))


def a_line(size: int) -> Callable[[], object]:
    names = ",".join(f'"n{number:06}":1' for number in range(size // 11))
    text = f'{{"key":"k","do":"report","story":"s","with":{{{names}}}}}'.encode()
    return refused(lambda: lines.read(lines.parse(text)))


def form_fields(size: int) -> Callable[[], object]:
    body = "&".join(f"add.{number}.words=%C3%A9%F0%9F%9A%86" for number in range(size // 34)).encode()
    return refused(lambda: fields_of(body))


# --- Words -------------------------------------------------------------------------------------------------------


def _word(shape: Any, hostile: Callable[[int], str]) -> Reader:
    validate: Callable[[object], object] = TypeAdapter(shape).validate_python

    def of(size: int) -> Callable[[], object]:
        text = hostile(size)

        def read() -> object:
            try:
                return validate(text)
            except ValidationError as error:
                return list(worth_saying(error.errors()))

        return read

    return of


def _plain(read: Callable[[str], object], hostile: Callable[[int], str]) -> Reader:
    def of(size: int) -> Callable[[], object]:
        text = hostile(size)
        return refused(lambda: read(text))

    return of


def literals(pattern: str) -> Reader:
    """Each is another: what was read before is remembered."""

    def of(size: int) -> Callable[[], object]:
        numbers: Iterator[int] = iter(range(10_000_000))
        text = (pattern * (size // len(pattern) + 1))[: max(1, size - 8)]
        today = date(2023, 9, 12)
        return lambda: dates.resolve(f"{text} {next(numbers)}", today, tense="past")

    return of


# --- Prose -------------------------------------------------------------------------------------------------------


def _compared(paragraphs: Callable[[int, int], list[str]]) -> Reader:
    def of(size: int) -> Callable[[], object]:
        before, after = ("\n".join(paragraphs(size, which)) for which in (0, 1))
        return lambda: text_diff.compare(before, after)

    return of


def _lines(paragraphs: Callable[[int, int], list[str]]) -> Reader:
    def of(size: int) -> Callable[[], object]:
        before, after = (paragraphs(size, which) for which in (0, 1))
        return lambda: list(text_diff.lines_between(before, after))

    return of


def one_word_again(size: int, which: int) -> list[str]:
    return ["a b " * (size // 4) + "c" * which]


def all_other_words(size: int, which: int) -> list[str]:
    return [" ".join(f"{'xy'[which]}{number}" for number in range(size // 7))]


def alike_and_moved(size: int, which: int) -> list[str]:
    paragraphs = [f"A train {number} came to {number % 7} at {number % 24}." for number in range(size // 32)]
    return paragraphs[::-1] if which else paragraphs


def equal_lines(size: int, which: int) -> list[str]:
    return [f"line {number % 100 + which}" for number in range(size // 8)]


def words_everywhere(size: int) -> Callable[[], object]:
    text = "a" * size
    more = [copying.Added("a" * (number % 20 + 1), "1") for number in range(size // 100)]
    return lambda: copying.spans_of(text, (), more)


# --- Names -------------------------------------------------------------------------------------------------------


def named(pattern: str) -> Reader:
    """Names that begin as the text does, again and again, and go on otherwise."""
    sought = [
        "Jan Quorvath",
        "a " * 23 + "b",
        "Kim Number",
        "Анна 東",
        *(f"Kim Number {n}" for n in range(100)),
    ]
    sources = {
        f"source-{number}": Source(
            source=f"source-{number}", name=name, kind="person", registered_at="2026-11-29T00:00:00.000000Z"
        )
        for number, name in enumerate(sought)
    }
    names = Names({slug: [source] for slug, source in sources.items()})

    def of(size: int) -> Callable[[], object]:
        text = pattern * (size // len(pattern))
        return lambda: names.found_in(text)

    return of


# --- Fields of a head --------------------------------------------------------------------------------------------


def forwarded(size: int) -> Callable[[], object]:
    proxies = Proxies.parse("127.0.0.0/8")
    hops = b", ".join(b"127.0.%d.%d" % (number // 250 % 250, number % 250) for number in range(size // 12))

    def read() -> object:
        scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", hops)]}
        proxies.tell(scope)
        return scope["client"]

    return read


READERS: Mapping[str, tuple[Reader, int]] = {
    "a body, names of which one is there twice": (names_twice, 250_000),
    "a body, names that there are nowhere": (names_unknown, 250_000),
    "a body, items that are wrong": (items_wrong, 12_000),
    "a body, arrays in arrays": (arrays_in_arrays, 4_000),
    "a body, nested": (deep, 250_000),
    "a body, large numbers": (large_numbers, 40_000),
    "a body, one large number": (one_large_number, 250_000),
    "a body, fractions": (fractions, 12_000),
    "a body, escapes": (escapes, 250_000),
    "a body, quotes without end": (quotes_without_end, 250_000),
    "a line of an import": (a_line, 250_000),
    "a form": (form_fields, 100_000),
    "a slug": (_word(Slug, lambda size: "a-" * (size // 2)), 200_000),
    "a text, blank to its end": (_word(Text, lambda size: " " * size + "\x00"), 200_000),
    "a web address": (_word(WebAddress, lambda size: "http://a" + "/" * size + "<"), 200_000),
    "an EDTF date": (_word(Edtf, lambda size: "2023-XX-" * (size // 8)), 200_000),
    "an instant": (_plain(parse_instant, lambda size: "2023-09-12T14:30:00." + "1" * size), 200_000),
    "an instant in the address": (_plain(instant_of, lambda size: " 11:" * (size // 4)), 30_000),
    "a date of HTTP": (_plain(parse_http_date, lambda size: "Tue, " * (size // 5)), 30_000),
    "a cursor": (_plain(lambda text: key_of(text, start=(0,)), lambda size: "MS4x" * (size // 4)), 30_000),
    "X-Forwarded-For": (forwarded, 30_000),
    "a date in words, numbers": (literals("1 "), 200),
    "a date in words, words": (literals("last week of "), 200),
    "prose, two words again and again": (_compared(one_word_again), 100_000),
    "prose, all other words": (_compared(all_other_words), 100_000),
    "prose, alike and moved": (_compared(alike_and_moved), 100_000),
    "lines, a hundred again and again": (_lines(equal_lines), 100_000),
    "names, letters that each may begin one": (named("a "), 20_000),
    "names, torn apart": (named("Quor-\n"), 20_000),
    "names, all but one letter": (named("Q u o r v a t "), 20_000),
    "names, in capitals here and there": (named("JanQuor2"), 20_000),
    "names, again and again": (named("Kim Number "), 20_000),
    "names, with endings": (named("Quorvathowa "), 20_000),
    "names, escaped": (named("&#97;%2541"), 20_000),
    "names, marks above a letter": (named("\u0301\u0323"), 20_000),
    "names, letters in circles": (named("\u24c6"), 20_000),
    "names, a label of a host": (named("xn--a-"), 20_000),
    "words of a copy that stand everywhere": (words_everywhere, 100_000),
}
