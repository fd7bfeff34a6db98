"""What the ledger answers and tells: a receipt; one event of a stream."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self, TypeAlias

import orjson

from api.client import answers

Event: TypeAlias = answers.NewRevision | answers.NewEdition | answers.Withdrawal | answers.Return


@dataclass(frozen=True, slots=True)
class Receipt:
    """Of what was recorded. position: in the ledger (readers are told none); story, revision, fact, version: what it
    came to, where it is of a story; approval: what waits for a second person; replayed: it was recorded before, under
    the same Idempotency-Key; body: all of it."""

    body: answers.Receipt
    replayed: bool = False

    @property
    def position(self) -> int | None:
        return self.body.get("position")

    @property
    def story(self) -> str | None:
        return self.body.get("story")

    @property
    def revision(self) -> int | None:
        return self.body.get("revision")

    @property
    def fact(self) -> int | None:
        return self.body.get("fact")

    @property
    def version(self) -> int | None:
        return self.body.get("version")

    @property
    def approval(self) -> int | None:
        return self.body.get("approval") if self.body.get("pending") else None


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stream: id, with which a listener goes on from there; said: its data, of which kind it says."""

    id: str
    said: Event


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
