"""Is a name found however it is written, nowhere else, and in time linear in the text?"""

import time

import pytest

from ledger.naming import Names
from ledger.source import Source
from ledger.words import SourceKind


def names(name: str, kind: SourceKind = "person", slug: str = "source-9") -> Names:
    source = Source(source=slug, name=name, kind=kind, registered_at="2026-11-29T00:00:00.000000Z")
    return Names({slug: source})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("Kim Jong Un", "the train of Kim Jong Un left", "Kim Jong Un"),
        ("Kim Jong Un", "KIM JONG-UN’s train", "KIM JONG-UN"),
        ("Kim Jong Un", "the Kim train", "Kim"),
        ("Kim Jong Un", "by @kimjongun", "kimjongun"),
        ("Kim Jong Un", "K\u200bim J\u00adong Un", "Kim Jong Un"),
        ("Kim Jong Un", "\u041aim J\u043eng Un", "\u041aim J\u043eng Un"),  # letters of another script
        ("Kim Jong Un", "\uff2b\uff49\uff4d Jong Un", "\uff2b\uff49\uff4d Jong Un"),
        ("John Smith", "Smith, John", "Smith, John"),
        ("John Q. Smith", "john smith", "john smith"),
        ("José Müller", "Jose Mueller", "Jose Mueller"),
        ("José Müller", "Mu\u0308llers Haus", "Müllers"),
        ("Łukasz Żółć", "lukasz zolc", "lukasz zolc"),
        ("金正恩", "昨日金正恩氏が", "金正恩"),
        ("山田 太郎", "山田さんが", "山田"),
        ("김정은", "김정은은 말했다", "김정은"),
        ("Сергей Лавров", "с Лавровым", "Лавровым"),
        ("A senior official", "said A SENIOR OFFICIAL", "A SENIOR OFFICIAL"),
    ],
)
def test_a_name_is_found_as_people_write_it(name: str, text: str, words: str) -> None:
    assert names(name).found_in(text) == {"source-9": words}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Kim Jong Un", "Kimberley left"),
        ("Angela Brown", "a brown bear"),
        ("A senior official", "an official said"),
        ("A passenger (invented)", "A passenger said"),
        ("A", "A train arrived"),
        ("Ludwig van Beethoven", "van"),
    ],
)
def test_another_word_is_no_name(name: str, text: str) -> None:
    assert names(name).found_in(text) == {}


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://example.org/kim%20jong%20un", "kim jong un"),
        ("https://example.org/kim%252Djong%252Dun/1", "kim-jong-un"),
        ("https://kimjongun.example.org/", "kimjongun"),
        ("https://example.org/the-mole", "the-mole"),
        ("https://xn--kim-jong-n-cza.example", None),
    ],
)
def test_a_name_is_found_in_an_address(address: str, words: str | None) -> None:
    found = names("Kim Jong Un", slug="the-mole").found_in(address, is_address=True)
    assert words is None or found == {"the-mole": words}


def test_four_times_the_text_takes_no_sixteen_times_the_time_whatever_the_names() -> None:
    many = {f"s{n}": f"Kim Number {n}" for n in range(1_000)} | {"long": "a " * 99 + "b"}
    sought = Names(
        {
            slug: Source(source=slug, name=name, kind="person", registered_at="2026-11-29T00:00:00.000000Z")
            for slug, name in many.items()
        }
    )

    def seconds(text: str) -> float:
        took = []
        for _ in range(5):
            start = time.process_time()
            sought.found_in(text)
            took.append(time.process_time() - start)
        return min(took)

    for piece in ("a ", "Kim ", "Kim Number "):
        assert seconds(piece * 40_000) < 10 * seconds(piece * 10_000)
