"""How a table of what stands for what is written, one a format: what the standard calls it, and what it is here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

from api.intake.item import Item, Origin

FRAME = "(frame)"  # says how the rest is to be read, or what a newsroom has no use for: not taken, and not counted


@dataclass(frozen=True, slots=True)
class Row:
    """One or more terms of the standard, the first one found first; `field`: of an item, or `FRAME`."""

    field: str
    terms: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True)
class Table:
    title: str
    media_types: tuple[str, ...]
    remark: str
    rows: tuple[Row, ...]

    @cached_property
    def _by_field(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for row in self.rows:
            found[row.field] = (*found.get(row.field, ()), *row.terms)
        return found

    def terms(self, field: str) -> tuple[str, ...]:
        return self._by_field.get(field, ())

    def all_terms(self) -> frozenset[str]:
        return frozenset(term for row in self.rows for term in row.terms)


FIELDS = frozenset(
    {field.name for field in fields(Item)} - {"origin", "format", "without_place"}
    | {f"origin.{field.name}" for field in fields(Origin)}
    | {FRAME}
)


def as_markdown(tables: Iterable[Table]) -> Iterator[str]:
    for table in tables:
        yield f"## {table.title}\n"
        yield f"{', '.join(f'`{media_type}`' for media_type in table.media_types)}. {table.remark}\n"
        yield "| the standard's term | here | |\n|---|---|---|"
        for row in table.rows:
            terms = ", ".join(f"`{term}`" for term in row.terms).replace("|", "\\|")
            here = "nothing, and not counted" if row.field == FRAME else f"`{row.field}`"
            yield f"| {terms} | {here} | {row.remark} |"
        yield ""
