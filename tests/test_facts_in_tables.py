"""Is a table of facts read row by row, whatever program saved it?"""

import pytest

from api.intake.item import FactRow, Unreadable
from api.intake.recognising import is_table, read_rows

TABLE = """id,statement,kind,figure,unit,date,source,url,mood
1,"Twelve ships, all told, left Zell",figure,12,ships,2023-09-12,Harbour master,https://zell.example/1,calm
2,The harbour closed,event,,,2023-09-11,Harbour master,,
"""


def rows(
    data: str | bytes, columns: dict[str, str] | None = None, media_type: str = "text/csv"
) -> list[FactRow]:
    found = list(read_rows(data.encode() if isinstance(data, str) else data, media_type, columns))
    assert all(isinstance(each, FactRow) for each in found), found
    return [each for each in found if isinstance(each, FactRow)]


def troubles(data: str | bytes, columns: dict[str, str] | None = None) -> list[Unreadable]:
    found = read_rows(data.encode() if isinstance(data, str) else data, "text/csv", columns)
    return [each for each in found if isinstance(each, Unreadable)]


def test_a_row_is_a_fact_by_the_names_of_its_columns() -> None:
    first, second = rows(TABLE)
    assert (first.key, first.line, first.statement) == ("1", 2, "Twelve ships, all told, left Zell")
    assert (first.kind, first.figure, first.unit, first.occurred) == ("figure", "12", "ships", "2023-09-12")
    assert (first.source, first.address) == ("Harbour master", "https://zell.example/1")
    assert first.cells["mood"] == "calm"
    assert first.without_place == {"mood": 1}
    assert (second.figure, second.unit, second.address, second.without_place) == (None, None, None, {})


def test_columns_of_other_names_are_said_and_the_key_may_be_several() -> None:
    table = "Datum;Land;Wert\n2023-09-12;Zell;12\n2023-09-13;Zell;1.234,5\n"
    first, second = rows(table, {"Datum": "key", "Land": "key", "Wert": "figure"})
    assert (first.key, first.figure) == ("2023-09-12 | Zell", "12")
    assert (second.key, second.figure) == ("2023-09-13 | Zell", "1234.5")
    assert second.cells["Wert"] == "1.234,5"


def test_every_program_writes_it_otherwise() -> None:
    expected = [(row.key, row.statement, row.figure) for row in rows(TABLE)]
    for data in (
        TABLE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.encode("utf-16"),
        b"\n\n" + TABLE.encode() + b"\n\n",
        TABLE.replace("id,statement", "ID , Statement").encode(),
    ):
        assert [(row.key, row.statement, row.figure) for row in rows(data)] == expected
    tabs = TABLE.replace('"', "").replace(", all told, ", "; all told; ").replace(",", "\t")
    assert [row.key for row in rows(tabs, media_type="text/tab-separated-values")] == ["1", "2"]
    [row] = rows("id,statement\n1,Café\n".encode("windows-1252"), media_type="text/csv; charset=windows-1252")
    assert row.statement == "Café"


def test_a_row_that_is_bad_does_not_stop_the_others() -> None:
    table = "id,statement\n1,One\n,Nothing\n1,Again\n3,Three,too,many\n4,Four\n"
    found = list(read_rows(table.encode(), "text/csv"))
    assert [each.key for each in found if isinstance(each, FactRow)] == ["1", "4"]
    assert [each.where for each in found if isinstance(each, Unreadable)] == ["line 3", "line 4", "line 5"]


def test_a_table_that_cannot_be_read_says_why() -> None:
    for table, columns, where in (
        ("", None, "the file"),
        ("a,b\n1,2\n", None, "the header"),
        ("id,id\n1,2\n", None, "the header"),
        ("id,statement\n1,2\n", {"x": "key"}, "columns"),
        ("id,statement\n1,2\n", {"id": "mood"}, "columns"),
        ('id,statement\n1,"open', None, "line 2"),
        (b"id,statement\n1,\xff\n", None, "the file"),
        ("id,statement\n1,a\0b\n", None, "the file"),
        (f'id,statement\n1,"{"x" * 200_000}"\n', None, "line 2"),
    ):
        [trouble] = troubles(table, columns)
        assert trouble.where == where, table[:40]


def test_a_table_is_known_by_its_type_or_its_header() -> None:
    assert is_table(b"x", "text/csv; charset=utf-8")
    assert is_table(TABLE.encode())
    assert is_table(b"\xef\xbb\xbfid;Statement\n")
    assert not is_table(b"Headline: statement, or not\n\nx")
    assert not is_table(b'{"statement": 1, "x": 2}')
    assert not is_table(TABLE.encode(), "application/json")


def test_a_table_of_this_ledger_is_read() -> None:
    table = "story,fact,statement,said_by,cited,when,figure,unit\r\nzell,4,'=Twelve ships,Master,https://x.example/,2023,'-5,°C\r\n"
    [row] = rows(table)
    assert (row.key, row.story, row.statement) == ("zell | 4", "zell", "=Twelve ships")
    assert (row.source, row.address, row.occurred, row.figure) == (
        "Master",
        "https://x.example/",
        "2023",
        "-5",
    )
    [row] = rows("fact,figure\nTwelve ships,12\n")
    assert (row.key, row.statement) == ("Twelve ships", "Twelve ships")


# --- Figures -------------------------------------------------------------------------------------------------------

EVERYWHERE = ";,\t|"


@pytest.mark.parametrize(
    ("written", "figure", "delimiters"),
    [
        ("12", "12", EVERYWHERE),
        ("12.5", "12.5", EVERYWHERE),
        ("12,5", "12.5", EVERYWHERE),
        ("0,125", "0.125", EVERYWHERE),
        ("1234,567", "1234.567", EVERYWHERE),
        ("1.2340", "1.2340", EVERYWHERE),
        ("1.234,5", "1234.5", EVERYWHERE),
        ("1,234.5", "1234.5", EVERYWHERE),
        ("1.234.567", "1234567", EVERYWHERE),
        ("1,234,567", "1234567", EVERYWHERE),
        ("1.234.567,89", "1234567.89", EVERYWHERE),
        ("1 234", "1234", EVERYWHERE),
        ("1\u00a0234\u202f567,5", "1234567.5", EVERYWHERE),
        ("1'234.50", "1234.50", EVERYWHERE),
        ("1’234", "1234", EVERYWHERE),
        ("+4", "4", EVERYWHERE),
        ("−5", "-5", EVERYWHERE),
        ("-1.234,5", "-1234.5", EVERYWHERE),
        (",5", "0.5", EVERYWHERE),
        ("1.234", "1.234", ",\t|"),
    ],
)
def test_a_figure_is_read_in_whatever_form_it_can_only_be_one_number(
    written: str, figure: str, delimiters: str
) -> None:
    for by in delimiters:
        [row] = rows(f'id{by}statement{by}figure{by}unit\n1{by}One{by}"{written}"{by}t\n')
        assert (row.figure, row.unit, row.without_place) == (figure, "t", {})
        assert {"figure", "unit"} <= row.says


@pytest.mark.parametrize(
    ("written", "delimiters"),
    [
        ("1,234", EVERYWHERE),
        ("1.234", ";"),
        ("-12.345", ";"),
        ("~5", EVERYWHERE),
        ("ca. 5", EVERYWHERE),
        ("1e3", EVERYWHERE),
        ("½", EVERYWHERE),
        ("٣", EVERYWHERE),
        ("1_000", EVERYWHERE),
        ("0x10", EVERYWHERE),
        ("12,5 Mio.", EVERYWHERE),
        ("5-", EVERYWHERE),
        ("5–7", EVERYWHERE),
        ("1,00,000", EVERYWHERE),
        ("1.234.5", EVERYWHERE),
        ("1 23", EVERYWHERE),
        ("(5)", EVERYWHERE),
        ("12 %", EVERYWHERE),
        ("7" * 31, EVERYWHERE),
    ],
)
def test_a_figure_that_could_be_two_or_cannot_be_read_refuses_the_row_and_names_its_column(
    written: str, delimiters: str
) -> None:
    for by in delimiters:
        table = f'id{by}statement{by}Wert{by}unit\n1{by}One{by}"{written}"{by}t\n2{by}Two{by}3{by}t\n'
        trouble, good = read_rows(table.encode(), "text/csv", {"Wert": "figure"})
        assert isinstance(trouble, Unreadable)
        assert (trouble.where, trouble.item) == ("line 2, Wert", "1")
        assert written in trouble.why
        assert trouble.fix
        assert isinstance(good, FactRow)


def test_what_to_write_where_a_figure_could_be_two_is_read() -> None:
    [trouble] = troubles("id;statement;figure\n1;One;1.234\n")
    assert trouble.fix == "write 1234, or 1.2340, with one more digit"
    assert [row.figure for row in rows("id;statement;figure\n1;One;1234\n2;Two;1.2340\n")] == [
        "1234",
        "1.2340",
    ]


def test_a_per_cent_sign_is_the_unit_where_none_is_given() -> None:
    table = "id;statement;figure;unit\n1;One;12,5 %;\n2;Two;12%;Prozent\n3;Three;12%;%\n"
    assert [(row.figure, row.unit) for row in rows(table)] == [("12.5", "%"), ("12", "Prozent"), ("12", "%")]
    [row] = rows("id,statement,figure\n1,One,-3%\n")
    assert (row.figure, row.unit) == ("-3", "%")


@pytest.mark.parametrize("written", ["n/a", "-", "k. A.", "…", "%", "–"])
def test_a_cell_without_a_digit_is_no_figure_and_counted_with_its_unit(written: str) -> None:
    [row] = rows(f"id;statement;figure;unit\n1;One;{written};t\n")
    assert (row.figure, row.unit, row.without_place) == (None, None, {"figure": 1, "unit": 1})
    assert not {"figure", "unit"} & row.says
    [row] = rows("id;statement;figure;unit\n1;One;;t\n")
    assert (row.figure, row.without_place) == (None, {"unit": 1})
    assert {"figure", "unit"} <= row.says, "the table says that there is none any more"
