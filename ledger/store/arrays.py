"""Arrays as PostgreSQL takes them in binary: a group has fourteen of them, of up to a thousand values.

The driver's own dumper looks at the type of each element; for us that took longer than to decide the group.
"""

from collections.abc import Iterable
from struct import Struct
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_HEAD = Struct(
    "!IIIII"
).pack  # dimensions, whether there are nulls, type of the elements, how many, the first index
_LENGTH = Struct("!I").pack
_INT8 = Struct("!q").pack
_INT4 = Struct("!i").pack


class Array:
    """Of values that are the bytes of their elements already, or become those by `of`; `element`, `array`: their types
    in PostgreSQL (pg_type.oid)."""

    element: ClassVar[int]
    array: ClassVar[int]
    size: ClassVar[int | None] = None  # of each element, where all have the same

    def __init__(self, values: Iterable[Any]) -> None:
        self.elements = self.of(values)

    def of(self, values: Iterable[Any]) -> list[bytes]:
        return list(values)

    def packed(self) -> bytes:
        elements = self.elements
        if not elements:
            return _HEAD(0, 0, self.element, 0, 0)[:12]
        if self.size is not None:
            length = _LENGTH(self.size)
            body = length + length.join(elements)
        else:
            body = b"".join([part for one in elements for part in (_LENGTH(len(one)), one)])
        return _HEAD(1, 0, self.element, len(elements), 1) + body


class Uuids(Array):
    element, array, size = 2950, 2951, 16

    def of(self, values: Iterable[UUID]) -> list[bytes]:
        return [value.int.to_bytes(16, "big") for value in values]


class Bigints(Array):
    element, array, size = 20, 1016, 8

    def of(self, values: Iterable[int]) -> list[bytes]:
        return [_INT8(value) for value in values]


class Integers(Array):
    element, array, size = 23, 1007, 4

    def of(self, values: Iterable[int]) -> list[bytes]:
        return [_INT4(value) for value in values]


class Texts(Array):
    element, array = 25, 1009

    def of(self, values: Iterable[str]) -> list[bytes]:
        return [value.encode() for value in values]


class TextsInUtf8(Array):
    element, array = 25, 1009


class Byteas(Array):
    element, array = 17, 1001


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> Buffer:
        return obj.packed()


for _kind in (Uuids, Bigints, Integers, Texts, TextsInUtf8, Byteas):
    psycopg.adapters.register_dumper(
        _kind, type(f"{_kind.__name__}Dumper", (_ArrayDumper,), {"oid": _kind.array})
    )
