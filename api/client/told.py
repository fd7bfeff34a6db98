"""What the ledger answers and tells: a receipt; one event of a stream."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson


@dataclass(frozen=True, slots=True)
class Receipt:
    """Of what was recorded. position: in the ledger (readers are told none); story, revision, fact, version: what it
    came to, where it is of a story; approval: what waits for a second person; replayed: it was recorded before, under
    the same Idempotency-Key; body: all of it."""

    body: Mapping[str, Any]
    replayed: bool = False

    @property
    def position(self) -> int | None:
        found: int | None = self.body.get("position")
        return found

    @property
    def story(self) -> str | None:
        found: str | None = self.body.get("story")
        return found

    @property
    def revision(self) -> int | None:
        found: int | None = self.body.get("revision")
        return found

    @property
    def fact(self) -> int | None:
        found: int | None = self.body.get("fact")
        return found

    @property
    def version(self) -> int | None:
        found: int | None = self.body.get("version")
        return found

    @property
    def approval(self) -> int | None:
        found: int | None = self.body.get("approval") if self.body.get("pending") else None
        return found


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stream: id, with which a listener goes on from there; said: its data."""

    id: str
    said: Mapping[str, Any]


@dataclass
class Hearing:
    """Server-sent events, line by line (WHATWG HTML, 9.2.6). last: the id that was heard last, also of those without
    data, which say that all that had happened is told."""

    last: str | None = None
    _data: list[str] = field(default_factory=list)

    def hear(self, line: str) -> Iterator[Told]:
        if line == "":
            if self._data:
                yield Told(self.last or "", orjson.loads("\n".join(self._data)))
            self._data = []
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "id":
            self.last = value

    def again(self) -> Self:
        """What was begun and not ended is told again."""
        self._data = []
        return self
