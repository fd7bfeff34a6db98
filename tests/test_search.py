"""Is a story found by its words, whatever the language, the spelling and the form, and by nothing else?"""

import json
import time
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.server.embedded import EmbeddedPostgres
from ledger import limits
from projections.views import search
from projections.views.search import excerpts, questions, tokens
from tests.desk import Desk, problem
from tests.newsroom import Newsroom, open_newsroom
from tests.test_limits import holds

# --- What finds what ---------------------------------------------------------------------------------------------

# (language, text): the questions that find it, and those that do not.
TEXTS: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    # English: what stands beside a word, and its forms.
    ("en", "South Korea’s spy agency said late—“Sunday”—that Kim’s armoured train had left."): (
        (
            "Korea", "korea’s", "Korea's", "Sunday", "late", "Kim", "train", "trains", "TRAIN", "agencies", "left Kim",
            "the train", "armou", '"spy agency"', "“spy agency”", '"late Sunday"', "kim -ship", "Kore*", "said had",
            '"Kim’s armoured train"', "Kim's train", "train or ship", "zeppelin or train",
        ),
        (
            "Mon", "rain", "agen trains ships", '"agency spy"', '"tra"', "train -Sunday",
            'train -"spy agency"', "kim -agencies", "orea", '"Sunday train"', "zeppelin",
        ),
    ),
    ("en", "The U.S. Navy’s F-16s flew past; COVID-19 cases rose by 1,000 to 12,500.5, O’Brien said."): (
        (
            "U.S.", "US", "U.S", "F-16", "F16", "f-16s", '"F-16"', "COVID-19", "covid19", "covid 19", "1,000", "1000",
            "12500", "O’Brien", "O'Brien", "OBrien", "obrien", "Brien", "case", '"COVID-19 cases"', "navy", "covid‑19",
        ),
        ("F-15", "COVID-20", "100", '"O\'Bri"', "16F", "100000", "brie O"),
    ),
    ("en", "US troops did not let us go, said the AT&T spokesman at 9.30 a.m."): (
        ("U.S.", "us", "AT&T", "att", "a.m.", "\"let us go\"", "9.30"),
        ("UK", "U.K.", "p.m."),
    ),
    ("en", "Let us go, they said."): (("us", "let us"), ("U.S.",)),
    ("en", "Write to press@example.org or see https://example.org/a-b_c?d=1 under #MeToo and @kcna_dprk"): (
        (
            "press@example.org", "example.org", "https://example.org/a-b_c?d=1", "#MeToo", "metoo", "@kcna_dprk",
            "kcna",
        ),
        ("press@example.com", "#MeTo ", "example.net"),
    ),
    ("en", "Sa\u0303o Paulo, Łódź, Erdoğan, Ærø, Đà Nẵng, Reykjavík’s Þórshöfn and Straße; naïve coöperation; Iğdır"): (
        (
            "Sao Paulo", "São Paulo", "Lodz", "Łódź", "lódź", "Erdogan", "ERDOĞAN", "Aero", "aerö", "Da Nang",
            "Thorshofn", "Strasse", "straße", "naive", "cooperation", "Igdir", "Iğdır", "Reykjavik",
        ),
        ("Sapo", "Lodge", "Erdo an", "Danang-x"),
    ),
    ("en", "Full width ＫＣＮＡ reported ２０２３ tests of co\u00adop\u00aderation; Ki\u200bm\u2060; ﬁnal oﬃce"): (
        ("kcna", "KCNA", "ＫＣＮＡ", "2023", "cooperation", "Kim", "final", "office"),
        ('"kcn"', "202"),
    ),
    ("en", "Dozens of tests in the 1990s. To be or not to be, asked The Who."): (
        ("1990", "1990s", "\"to be\"", "the who", '"The Who"', "test"),
        ("1991", '"who the"', "whom tests zebra"),
    ),
    ("en", "Rock’n’roll in Xi’an and Hawaiʻi; the Qurʼan, Sana’a and D’Arcy; don’t panic"): (
        ("Xi'an", "xian", "Hawaii", "Quran", "Sanaa", "Sana'a", "d'arcy", "arcy", "don't", "dont panic", "rock'n'roll"),
        ("xia xan", "ana"),
    ),
    # Other languages’ forms.
    ("de", "Die Häuser der Minister wurden in München und Düsseldorf geräumt, sagte der Kanzler."): (
        ("Haus", "haeuser", "hauser", "Ministern", "Munchen", "Muenchen", "MÜNCHEN", "die Kanzler", "Duesseldorf"),
        ("Mäuse", "Köln", "Kanzlerinnen -München", '"Münc"'),
    ),
    ("fr", "L’Écosse a voté pour les élections générales ; le chef d’État n’était pas là, aujourd’hui."): (
        ("Écosse", "ecosse", "l’Écosse", "L'Ecosse", "élection", "general", "votée", "Etat", "d’État", "aujourd'hui"),
        ("Suisse", "cosse", "électrons"),
    ),
    ("es", "Los presidentes de las naciones llegaron a A Coruña el domingo; ¿quién habló con el niño?"): (
        ("presidente", "nación", "nacion", "Coruna", "llegar", "niños", "nino", "los presidente", "quien"),
        ("niñez mañana", "lunes"),
    ),
    ("it", "Le elezioni dell’Unione sono state rinviate, ha detto la presidente della città di Forlì."): (
        ("elezione", "Unione", "dell'Unione", "citta", "Forli", "rinviato", "presidenti"),
        ("elettrico", "Roma"),
    ),
    ("pt-BR", "As eleições em São Paulo e Brasília foram adiadas pelos juízes, segundo o relatório."): (
        ("eleição", "eleicao", "Sao Paulo", "Brasilia", "juiz", "juizes", "relatorios"),
        ("Lisboa", "São Pedro"),
    ),
    ("nl", "De verkiezingen werden uitgesteld; de burgemeesters spraken in ’s-Gravenhage."): (
        ("verkiezing", "burgemeester", "Gravenhage", "'s-Gravenhage", "sgravenhage"),
        ("verkiezen Utrecht",),
    ),
    ("sv", "Ministrarna i Malmö och Göteborg röstade om flickornas skolor."): (
        ("Malmo", "Malmoe", "Goteborg", "flicka", "flickorna", "skola", "skolorna"),
        ("Malm ", "pojke"),
    ),
    ("da", "Statsministeren rejste til Ærø og Århus, hvor bøgerne blev læst."): (
        ("Aero", "Ærø", "Arhus", "Aarhus", "bøger", "statsminister"),
        ("Odense",),
    ),
    ("nb", "Tromsø og Ålesund: ministrene leste bøkene om fiskeriet."): (
        ("Tromso", "Tromsoe", "Alesund", "Aalesund", "bøker", "ministre"),
        ("Bergen",),
    ),
    ("fi", "Hallituksen ministerit matkustivat Helsingistä Jyväskylään keskiviikkona."): (
        ("hallituksen", "ministeri", "Jyvaskylaan", "Jyväs"),
        ("Turku",),
    ),
    ("pl", "Prezydenci Łodzi i Gdańska rozmawiali o wyborach z ministrem Żółkiewskim."): (
        ("Lodzi", "Gdanska", "gdańska", "Zolkiewskim", "wybory", "ministrem"),
        ("Kraków", "odz"),
    ),
    ("cs", "Prezident České republiky jednal s ministry o válce na východě; Škodův návrh."): (
        ("ceske", "prezidenta", "valce", "vychode", "skoduv", "České republiky"),
        ("Brno",),
    ),
    ("hu", "A miniszterek Győrben tárgyaltak a választásokról."): (
        ("miniszter", "Gyorben", "választás", "valasztasokrol"),
        ("Szeged",),
    ),
    ("tr", "Cumhurbaşkanı Erdoğan’ın İstanbul ve Iğdır’daki konuşmaları; IŞIK, ışık."): (
        ("Erdogan", "Erdoğan'ın", "Istanbul", "istanbul", "Igdir", "isik", "konusma", "konuşma"),
        ("Ankara", "Erdo gan"),
    ),
    ("hr", "Novak Đoković igrao je u Šibeniku s čelnicima."): (
        ("Djokovic", "Dokovic", "Đoković", "sibeniku", "celnik"),
        ("Zagreb", "Jokovic"),
    ),
    ("ro", "Miniștrii din Iași au votat; școlile sunt închise."): (
        ("Iasi", "ministri", "scoli", "scolile"),
        ("Cluj",),
    ),
    ("ru", "Президент Горбачёв встречался с министрами в Москве; её слова — «железные»."): (
        ("Горбачев", "Горбачёв", "президента", "министр", "Москва", "ее слова", "железный", "«железные»"),
        ("Ельцин", "Киев", "железо -слова"),
    ),
    ("uk", "Президент приїхав до Києва, п’ять міністрів — до Львова."): (
        ("п'ять", "пять", "Києва", "Льв", "приїхав"),
        ("Одеса",),
    ),
    ("el", "Οι υπουργοί της Ελλάδας συναντήθηκαν στην Αθήνα."): (
        ("υπουργος", "ΥΠΟΥΡΓΟΊ", "Αθηνα", "ΑΘΗΝΑ", "ελλαδα"),
        ("Κύπρος",),
    ),
    ("ar", "قالَ الرَّئيسُ إنّ الوزراء وصلوا إلى القـــاهرة في ٢٠٢٣"): (
        ("الرئيس", "رئيس", "الوزراء", "القاهرة", "القاهره", "الى", "2023", "٢٠٢٣"),
        ("بغداد", "2024"),
    ),
    ("fa", "رئیس‌جمهور ایران می‌گوید کتاب‌ها رسید"): (
        ("رئيس‌جمهور", "ايران", "میگوید", "كتاب"),
        ("عراق",),
    ),
    ("he", "רֹאשׁ הַמֶּמְשָׁלָה הגיע לירושלים; צה״ל"): (("ראש", "הממשלה", "לירושלים", "רֹאשׁ", "צה״ל"), ("חיפה",)),
    ("hi", "प्रधानमंत्री ने दिल्ली में किताबें बाँटीं।"): (("प्रधानमंत्री", "दिल्ली", "किताब", "किता"), ("मुंबई", "दल्ल")),
    ("ta", "பிரதமர் சென்னைக்கு வந்தார்"): (("பிரதமர்", "சென்னை"), ("மதுரை",)),
    ("id", "Presiden mengunjungi sekolah-sekolah di Jakarta."): (("sekolah", "mengunjungi", "presiden"), ("Bandung",)),
    ("vi", "Thủ tướng Nguyễn Xuân Phúc thăm Đà Nẵng"): (
        ("Nguyen", "Nguyễn Xuân", "Da Nang", "Đà Nẵng", '"thu tuong"'),
        ("Hà Nội", "Nguyet"),
    ),
    # Scripts without spaces, and Korean.
    ("ja", "東京都知事が2023年９月、プーチン大統領との会談について「歴史的」と述べた。ｶﾞｿﾘﾝ"): (
        (
            "東京", "東京都知事", "知事", "プーチン", "大統領", "2023年9月", "２０２３", "歴史的", "ガソリン",
            "会談 東京", "東", "。東京", '"プーチン大統領"', "ﾌﾟｰﾁﾝ",
        ),
        ("大阪", "知京", "東知", "ブーチン", "会談 大阪", "東京 -知事", "カソリン"),
    ),
    ("zh", "金正恩乘坐专列抵达俄罗斯海参崴，与普京举行会谈。Kim在平壤说"): (
        ("金正恩", "俄罗斯", "普京", "海参崴 会谈", "专", "kim 平壤", "Kim在平壤"),
        ("金恩", "特朗普", "俄斯", "北京"),
    ),
    ("ko", "김정은이 서울에서 문재인과 회담했다고 조선중앙통신이 밝혔다."): (
        ("김정은", "서울", "회담", "통신", "김정은 서울", "문재인과", "조선중앙", "김"),
        ("부산", "정김", "은김", "서통"),
    ),
    ("ko", "\u1100\u1175\u11b7\u110c\u1165\u11bc\u110b\u1173\u11ab"): (("김정은", "정은"), ("김은",)),
    ("th", "นายกรัฐมนตรีเดินทางถึงกรุงเทพมหานครเมื่อ ๒๕๖๖"): (
        ("กรุงเทพ", "นายก", "รัฐมนตรี", "2566", "มหานคร กรุงเทพ", "เดินทาง"),
        ("เชียงใหม่", "กรุงไทย"),
    ),
    ("lo", "ນາຍົກລັດຖະມົນຕີຮອດວຽງຈັນ"): (("ວຽງຈັນ", "ລັດຖະມົນຕີ"), ("ຫຼວງພະບາງ",)),
    ("km", "នាយករដ្ឋមន្ត្រីទៅដល់ភ្នំពេញ"): (("ភ្នំពេញ", "រដ្ឋមន្ត្រី"), ("សៀមរាប",)),
    ("my", "ဝန်ကြီးချုပ်ရန်ကုန်သို့ရောက်"): (("ရန်ကုန်", "ဝန်ကြီး"), ("မန္တလေး",)),
    ("bo", "རྒྱལ་ས་ལྷ་ས་"): (("ལྷ་ས", "རྒྱལ"), ("བོད",)),
    ("en", "Putin (Путин, 普京, プーチン) met Kim 김정은 in Владивосток"): (
        ("Путин", "普京", "プーチン Kim", "김정은 Putin", "владивосток", "Путин 普京"),
        ("Пхеньян", "京普"),
    ),
}  # fmt: skip

ROWS = [
    (language, text, question, is_found)
    for (language, text), both in TEXTS.items()
    for is_found, asked in zip((True, False), both, strict=True)
    for question in asked
]


def test_the_table_is_long_enough_to_say_something() -> None:
    assert len(ROWS) >= 120
    assert len({language for language, *_ in ROWS}) >= 15
    assert sum(not is_found for *_, is_found in ROWS) >= 60


@pytest.fixture(scope="module")
def filed(desk: Desk) -> dict[tuple[str, str], str]:
    """The slug of a published story with each of the texts as its copy."""
    slugs = {}
    for language, text in TEXTS:
        slug = slugs[language, text] = a_story(desk, language=language)
        desk.post(f"/v1/stories/{slug}/copy", {"text": text, "reason": "First filing."})
        desk.publish(slug)
    desk.settle()
    return slugs


def a_story(desk: Desk, **fields: Any) -> str:
    slug = desk.slug("s")
    desk.post("/v1/stories", {"slug": slug, "headline": "x", "language": "en", "desk": "world"} | fields)
    return slug


def found(desk: Desk, q: str, role: Any = None, **asked: Any) -> list[str]:
    answer = desk.client(role).get("/v1/stories", params={"q": q, "limit": 200, **asked})
    assert answer.status_code == 200, answer.text
    return [item["story"] for item in answer.json()["items"]]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("language", "text", "question", "is_found"),
    [
        pytest.param(*row, id=f"{number} {row[0]} {'not ' * (not row[3])}{row[2]}")
        for number, row in enumerate(ROWS)
    ],
)
def test_a_text_is_found_by_its_words_and_by_no_others(
    desk: Desk, filed: dict[tuple[str, str], str], language: str, text: str, question: str, is_found: bool
) -> None:
    slug = filed[language, text]
    assert (slug in found(desk, question)) is is_found


@pytest.mark.thorough
@holds("RARE_ROWS", "WORDS_COUNTED")
def test_what_stands_in_too_many_rows_to_be_looked_up_is_found_as_well(
    desk: Desk, filed: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then stories are looked through instead, and the same ones are found."""
    asked = {question for *_, question, _ in ROWS}
    views, now = desk.newsroom.views, desk.head()
    for find in (search.page, search.page_for_readers):
        looked_up = {q: find(views, q, now, 2**53, 200) for q in asked}
        with monkeypatch.context() as patch:
            patch.setattr(limits, "RARE_ROWS", -1)
            assert {q: find(views, q, now, 2**53, 200) for q in asked} == looked_up
        assert sum(map(len, looked_up.values())) > len(filed)


# --- All of a story ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spread(desk: Desk) -> str:
    """A published story whose words stand in its headline, its dateline, its copy, and two facts on two sources."""
    desk.post("/v1/sources", {"slug": "yonhap", "name": "Yonhap Nachrichtenagentur", "kind": "agency"})
    desk.post("/v1/sources", {"slug": "hushed", "name": "Ludmilla Verborgen", "kind": "person"})
    slug = a_story(desk, headline="Quokka escapes")
    desk.post(
        f"/v1/stories/{slug}/dateline", {"date": "2023-09-12", "place": "Fremantle", "reason": "Filed there."}
    )
    desk.post(
        f"/v1/stories/{slug}/copy", {"text": "The zookeeper wept.\nNobody else did.", "reason": "First."}
    )
    desk.report(slug, statement="A gate was open", entities=["Rottnest Ferries"], place="Perth")
    said = {"source": "yonhap", "cue": "said", "speech": "direct", "quote": "unbelievably careless"}
    desk.report(slug, statement="Officials blamed the wind", attribution=[said])
    hushed = {"source": "hushed", "cue": "said", "speech": "indirect"}
    desk.report(slug, statement="Keys were lost", attribution=[hushed], terms="background")
    desk.report(slug, statement="Bribes were paid", attribution=[hushed], terms="off_record")
    desk.publish(slug)
    desk.settle()
    return slug


@pytest.mark.parametrize("role", [None, "editor"])
@pytest.mark.parametrize(
    "question",
    [
        "quokka zookeeper", "quokka gate wind", "fremantle careless", "nachrichtenagentur quokka perth",
        '"Yonhap Nachrichtenagentur"', "rottnest -penguin", '"unbelievably careless" ferries', "RIA quokka",
        "lost keys",
    ],
)  # fmt: skip
def test_the_words_may_stand_anywhere_in_a_story(desk: Desk, spread: str, role: Any, question: str) -> None:
    assert found(desk, question, role) == [spread]


@pytest.mark.parametrize(
    "question",
    [
        "quokka -zookeeper",
        "quokka -yonhap",
        'gate -"the wind"',
        "quokka penguin",
        '"escapes fremantle"',
        '"wept Nobody a"',
    ],
)
def test_a_word_that_must_not_be_there_must_not_be_anywhere_in_the_story(
    desk: Desk, spread: str, question: str
) -> None:
    assert found(desk, question) == found(desk, question, "editor") == []


def test_no_phrase_reaches_from_one_text_into_the_next(desk: Desk, spread: str) -> None:
    assert found(desk, '"open Rottnest"', "editor") == []
    assert found(desk, '"wind unbelievably"', "editor") == []
    assert found(desk, '"wept nobody"', "editor") == [spread]


@pytest.mark.parametrize(
    "question", ["Ludmilla", "Verborgen quokka", '"Ludmilla Verborgen"', "bribes", "quokka ludm"]
)
def test_whom_readers_may_not_see_named_finds_nothing_for_readers(
    desk: Desk, spread: str, question: str
) -> None:
    assert found(desk, question) == []
    assert found(desk, question, "editor", view="reader") == []
    assert found(desk, question, "editor") == [spread]


def test_of_whom_readers_see_nothing_nothing_tells(desk: Desk, spread: str) -> None:
    """Nor that the word is there: a question that excludes it is answered as if it were not."""
    assert found(desk, "quokka -Ludmilla") == found(desk, "quokka -bribes") == [spread]
    assert found(desk, "quokka -Ludmilla", "editor") == []


def test_only_what_must_not_be_there_lists_the_stories_without_it(desk: Desk, spread: str) -> None:
    without, every = found(desk, "-quokka"), found(desk, "-wordthatisnowhere")
    assert spread in every
    assert set(every) - set(without) == {spread}


def test_the_name_of_a_source_finds_a_story_from_when_readers_see_it_named(desk: Desk) -> None:
    desk.post("/v1/sources", {"slug": "xanadu", "name": "Xanadu Bulletin", "kind": "agency"})
    slug = a_story(desk)
    desk.report(slug)
    desk.publish(slug)
    before = desk.head()
    cited = {"citations": [{"source": "xanadu", "url": "https://example.org/1"}], "reason": "It is there."}
    desk.post(f"/v1/stories/{slug}/facts/1/citations", cited | {"expected_version": 1})
    filed = desk.head()
    desk.settle()
    assert found(desk, "xanadu") == []
    assert found(desk, "xanadu", "editor") == [slug]
    desk.publish(slug)
    desk.settle()
    assert found(desk, "xanadu") == [slug]
    assert found(desk, "xanadu", position=filed) == found(desk, "xanadu", "editor", position=before) == []
    assert found(desk, "xanadu", "editor", position=filed) == [slug]
    desk.post(f"/v1/stories/{slug}/holds", {"reason": "The lawyers want to read it."})
    desk.settle()
    assert found(desk, "xanadu") == []


# --- Where it was found ------------------------------------------------------------------------------------------


def excerpt(desk: Desk, q: str, role: Any = None) -> dict[str, Any]:
    (item,) = desk.client(role).get("/v1/stories", params={"q": q}).json()["items"]
    return dict(item["found"])


def marked(found: dict[str, Any]) -> list[str]:
    return [found["text"][mark["start"] : mark["end"]] for mark in found["marks"]]


@pytest.mark.parametrize(
    ("question", "of", "words"),
    [
        ("zookeep", "copy", ["zookeeper"]),
        ("winds officials", "statement", ["Officials", "wind"]),
        ('"unbelievably careless"', "quote", ["unbelievably careless"]),
        ("yonhap", "source", ["Yonhap"]),
        ("fremantle", "dateline", ["Fremantle"]),
        ("rottnest ferry", "entity", ["Rottnest", "Ferries"]),
        ("quokka", "headline", ["Quokka"]),
        ("quokka officials wind", "statement", ["Officials", "wind"]),
    ],
)
def test_a_story_that_is_found_says_where_and_marks_the_words(
    desk: Desk, spread: str, question: str, of: str, words: list[str]
) -> None:
    told = excerpt(desk, question)
    assert (told["of"], marked(told)) == (of, words)
    assert ("fact" in told) is (of in ("statement", "quote", "source", "entity"))


@holds("EXCERPT_LENGTH")
def test_an_excerpt_of_a_long_copy_is_short_and_holds_the_words(desk: Desk) -> None:
    slug = a_story(desk)
    text = f"{'Much was said before. ' * 400}Then an okapi, 東京の okapi, came. {'And much after. ' * 400}"
    desk.post(f"/v1/stories/{slug}/copy", {"text": text, "reason": "First."})
    desk.settle()
    told = excerpt(desk, "okapis", "editor")
    assert marked(told) == ["okapi", "okapi"]
    assert len(told["text"]) <= limits.EXCERPT_LENGTH + 2
    assert told["text"].strip("…") in text
    assert told["text"].startswith("…")
    assert told["text"].endswith("…")
    assert marked(excerpt(desk, "okapi 東京", "editor")) == ["okapi", "東京", "okapi"]


def test_readers_are_shown_the_words_as_they_were_published(desk: Desk) -> None:
    slug = a_story(desk)
    desk.report(slug, statement="A potoroo hopped")
    quote = {"source": "ria", "cue": "said", "speech": "direct", "quote": "the potoroo is ours"}
    desk.report(slug, statement="It was caught", attribution=[quote], terms="background")
    desk.publish(slug)
    change = {"expected_version": 1, "statement": "A potoroo hid in the embassy", "reason": "It was seen."}
    desk.post(f"/v1/stories/{slug}/facts/1/updates", change)
    desk.settle()
    assert excerpt(desk, "potoroo")["text"] == "A potoroo hopped"
    assert excerpt(desk, "potoroo", "editor")["text"] == "A potoroo hid in the embassy"
    assert found(desk, '"potoroo is ours"') == []
    assert excerpt(desk, '"potoroo is ours"', "editor")["of"] == "quote"


def test_a_page_marks_the_words_and_nothing_of_a_text_is_taken_for_its_own(desk: Desk) -> None:
    slug = a_story(desk)
    text = "A <mark>wombat</mark> said <script>alert('wombat')</script> & left."
    desk.post(f"/v1/stories/{slug}/copy", {"text": text, "reason": "First."})
    desk.publish(slug)
    desk.settle()
    page = desk.client(None).get("/", params={"q": "wombats"}).text
    assert (
        "A &lt;mark&gt;<mark>wombat</mark>&lt;/mark&gt; said &lt;script&gt;alert(&#39;<mark>wombat</mark>"
        in page
    )
    assert "<script>alert" not in page


@holds("EXCERPT_PARTS", "EXCERPT_CHARACTERS")
def test_an_answer_looks_at_so_much_text_for_its_excerpts_and_no_more(
    desk: Desk, spread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(limits.EXCERPT_PARTS + 2):
        desk.report(spread, statement="A bilby hid")
    desk.settle()
    views, now = desk.newsroom.views, desk.head()

    def told(q: str) -> Any:
        ((_, text),) = search.page(views, q, now, 2**53, 1)
        return json.loads(text).get("found")

    assert told("bilby")["fact"] == 5
    said = search._said(views, questions.read("bilby"), {desk_number(desk, spread): now}, search._DESK)
    assert sum(len(texts) for texts in said.values()) == limits.EXCERPT_PARTS * len(PARTS_OF_A_FACT)
    monkeypatch.setattr(limits, "EXCERPT_CHARACTERS", sum(len(one.text) for (one, *_) in said.values()) - 1)
    assert told("bilby") is None


PARTS_OF_A_FACT = ("statement", "quote", "place")  # of one that the desk of these tests reports


def desk_number(desk: Desk, slug: str) -> int:
    row = desk.newsroom.views.execute("select story from story_now where slug = %s", [slug]).fetchone()
    assert row is not None
    return int(row[0])


# --- Whatever is asked -------------------------------------------------------------------------------------------

ODD = (
    "'", '"', '"""', "a&b", ":*", "!", "(", "\\", "🚆", "the", "-", "or", "%", "*", "-*", "--", "-'", "or or or", "| |",
    "a|b", "a:*b", "'a' <-> 'b'", "!a", "\\'", "/en", "/entrain", "' | 'x", "a\u200b", "a\u0301", "ﷺ" * 200, "東" * 200,
    "a-" * 100,
    "1," * 100, "’" * 200, "-" * 200, '"' * 200, "x" * 200, "\ud7ff", "\U0010ffff", "a " * 20, "-a " * 20, "<mark>",
)  # fmt: skip


@pytest.mark.parametrize("question", ODD)
@pytest.mark.parametrize("role", [None, "editor"])
def test_no_question_is_too_odd(desk: Desk, filed: Any, question: str, role: Any) -> None:
    del filed
    answer = desk.client(role).get("/v1/stories", params={"q": question})
    assert answer.status_code == 200, answer.text


def test_what_holds_no_word_finds_nothing(desk: Desk, filed: Any) -> None:
    del filed
    assert found(desk, "🚆") == found(desk, "' \" !") == []


@holds("STORIES_NAMED")
def test_so_many_stories_may_be_asked_for_by_their_slugs(desk: Desk) -> None:
    """How they are called: of those that whoever asks sees, and nobody is told of the others."""
    public, draft = desk.public(), desk.open()
    desk.settle()
    most = [public, draft, *(f"nobody-{number}" for number in range(limits.STORIES_NAMED - 2))]
    for client, named in ((desk.client(), {public, draft}), (desk.client(None), {public})):
        answer = client.get("/v1/stories", params={"slugs": ",".join(most)})
        assert answer.status_code == 200, answer.text
        assert {(one["story"], one["headline"]) for one in answer.json()["items"]} == {
            (slug, "A train") for slug in named
        }
        for beyond in ({"slugs": ",".join([*most, "one"])}, {"slugs": public, "q": "train"}, {"slugs": "No"}):
            problem(client.get("/v1/stories", params=beyond), 400, "bad-parameter")


@holds("SEARCH_WORDS")
def test_so_many_words_and_no_more(desk: Desk) -> None:
    most = limits.SEARCH_WORDS
    for words in ("ab", "-ab", '"ab cd"', "東"):
        assert desk.client().get("/v1/stories", params={"q": " ".join([words] * most)}).status_code == 200
        refused = desk.client().get("/v1/stories", params={"q": " ".join([words] * (most + 1))})
        told = problem(refused, 400, "bad-parameter")
        assert told["errors"][0]["parameter"] == "q"
        assert str(most) in told["detail"]
    assert desk.client(None).get("/", params={"q": "ab " * (most + 1)}).status_code == 400


@pytest.mark.thorough
def test_a_word_can_be_a_long_one(desk: Desk) -> None:
    slug = a_story(desk)
    text = f"{'x' * 50_000} {'é' * 5_000} {'東' * 20_000}京 {'a-' * 5_000}bq {'ﷺ' * 2_000}"
    desk.post(f"/v1/stories/{slug}/copy", {"text": text, "reason": "First."})
    desk.settle()
    for word in ("x" * 200, "é" * 200, "e" * 150, "東東京", "bq"):
        assert found(desk, word, "editor") == [slug], word


def test_a_page_of_what_is_found_leads_to_the_next(desk: Desk) -> None:
    slugs = [a_story(desk, headline=f"Numbat {number}") for number in range(7)]
    desk.settle()
    seen: list[str] = []
    cursor = None
    while True:
        asked: dict[str, Any] = {"q": "numbat", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = desk.client().get("/v1/stories", params=asked).json()
        seen += [item["story"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        if len(seen) == 2:
            a_story(desk, headline="Numbat that came meanwhile")
            desk.settle()
    assert seen == slugs[::-1]


@pytest.fixture(scope="module")
def room(cluster: EmbeddedPostgres) -> Iterator[Newsroom]:
    with open_newsroom(cluster) as newsroom:
        yield newsroom


# --- Laws --------------------------------------------------------------------------------------------------------

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
scripts = st.text(
    st.sampled_from("aeiAEßéÉøŁłİı’'-.,& 0123٣あアｱﾞ東京김정ก็ำъёй\u0301\u200d\u00adשָׁ ةىहिन्दी\n“”—"),
    max_size=60,
)


@given(st.one_of(anything, scripts))
@example("ΐ")
@example("ﬃ\u0345")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert tokens.fold(tokens.fold(text)) == tokens.fold(text)


@given(st.one_of(anything, scripts))
def test_what_is_composed_otherwise_is_found_by_the_same(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert tokens.fold(unicodedata.normalize(form, text)) == tokens.fold(text)


@given(st.one_of(anything, scripts))
def test_no_question_raises(text: str) -> None:
    with suppress(questions.TooManyWords):
        questions.read(text)


def words_of(text: str) -> list[str]:
    """As a person sees them: what stands between spaces and holds a letter or a digit."""
    return [word for word in text.split() if any(map(str.isalnum, word))]


@pytest.mark.thorough
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(scripts, anything), min_size=1, max_size=20), st.sampled_from(sorted(tokens.STEMMERS))
)
def test_every_word_of_a_text_finds_it(room: Newsroom, texts: list[str], language: str) -> None:
    """In the database: what is written into it is what it finds."""
    for text in texts:
        vectors = [words for words, _ in tokens.vectors(((text, True),), language)]
        for word in words_of(text):
            for q in (word, f'"{word}"'):
                question = questions.read(q[: limits.NAME_LENGTH])
                for term in question.all_of:
                    row = room.views.execute(
                        "select bool_or(one::tsvector @@ %s::tsquery) from unnest(%s::text[]) one",
                        [term.text(), vectors],
                    ).fetchone()
                    assert row == (True,), (q, text)


@settings(max_examples=60, deadline=None)
@given(st.one_of(scripts, anything), st.sampled_from(sorted(tokens.STEMMERS)))
def test_a_vector_is_written_as_the_database_writes_it(room: Newsroom, text: str, language: str) -> None:
    """Which is what the views are compared with."""
    for both in tokens.vectors(((text, True), ("and more", False)), language):
        for words in both:
            assert words is not None
            stored = room.views.execute("select %s::tsvector::text", [words]).fetchone()
            assert stored == (tokens.stored(words),)


@pytest.mark.thorough
def test_a_word_or_phrase_is_found_wherever_in_the_longest_text(room: Newsroom) -> None:
    words = [f"w{number} the" for number in range(limits.COPY_LENGTH // 12)]
    for text, phrases in (
        (
            " ".join(words),
            [f'"w{n} the w{n + 1}"' for n in (0, 250, 1_000, 3_999, 4_000, 7_000, len(words) - 2)],
        ),
        ("東京都知事" * (limits.COPY_LENGTH // 5 - 1) + "大阪府", ["大阪府", "知事大阪", "東京都知事東京"]),
    ):
        vectors = [words for words, _ in tokens.vectors(((text, True),), "en")]
        assert len(vectors) > 1
        for phrase in phrases:
            (term,) = questions.read(phrase).all_of
            row = room.views.execute(
                "select bool_or(one::tsvector @@ %s::tsquery) from unnest(%s::text[]) one",
                [term.text(), vectors],
            ).fetchone()
            assert row == (True,), phrase


def test_english_finds_what_the_database_found(room: Newsroom) -> None:
    """What PostgreSQL's own reading of English finds in a text is found."""
    for (language, text), (yes, no) in TEXTS.items():
        if language != "en":
            continue
        for q in (*yes, *no):
            row = room.views.execute(
                "select to_tsvector('english', %s) @@ websearch_to_tsquery('english', %s)", [text, q]
            ).fetchone()
            if row == (True,) and "-" not in q:
                assert q in yes, (text, q)


def test_the_places_of_words_are_told_in_the_text_as_it_is_written() -> None:
    for text, word in (
        ("まず ｶﾞｿﾘﾝ が", "ガソリン"),
        ("น้ำท่วมกรุงเทพ", "กรุงเทพ"),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8 \u1109\u1165\u11af", "국"),
        ("La co\u00adop\u00ade\u0301ration", "cooperation"),
        ("Ha U.S. Navy", "U.S."),
        ("„O’Brien“", "obrien"),
    ):
        told = excerpts.best(questions.read(word), [excerpts.Said("copy", None, text)], "fr")
        assert told is not None, word
        (mark,) = told.marks
        words = text[mark.start : mark.end]
        folded = (tokens.fold(one).replace(".", "") for one in (words, word))
        assert len({*folded}) == 1, (words, word)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "kind",
    [
        "a b ",
        "東京",
        "a-",
        "1,000",
        "O’Brien ",
        "ﷺ",
        "é",
        "e\u0301",
        "\u0301",
        "ｶﾞ",
        "ก็",
        "A.",
        "\u200b",
        "x",
        "น้ำ",
    ],
)
def test_a_text_costs_in_proportion_to_its_length(kind: str) -> None:
    def seconds(length: int) -> float:
        text = (kind * length)[:length]
        taken = []
        for _ in range(3):
            start = time.process_time()
            tokens.vectors(((text, True),), "en")
            taken.append(time.process_time() - start)
        return min(taken)

    seconds(1_000)
    assert seconds(80_000) <= 3 * 4 * seconds(20_000) + 0.02
