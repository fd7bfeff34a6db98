"""What a person says of a table that changed: the questions go to a file, a row each, and come back answered."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from api.formats.fact_table import harmless
from api.intake import facts_table, values
from api.intake.fact_filing import ANSWERS, Answer, Question
from api.intake.item import Unreadable

_QUESTION: Final = ("story", "key", "what", "differs")
_ANSWER: Final = ("answer", "was", "reason", "was_wrong", "cause")
_COLUMNS: Final = ("line", *_QUESTION[:2], "fact", *_QUESTION[2:], "may_be", *_ANSWER)


class Answers:
    """otherwise: what holds for each kind of question that nobody answered by itself. Raises Unreadable."""

    def __init__(self, path: Path | None, otherwise: Mapping[str, Answer]) -> None:
        self._path, self._otherwise = path, otherwise
        self._said: dict[str, Mapping[str, str]] = {}
        self._asked: list[Mapping[str, object]] = []
        if path is not None and path.exists():
            for row in facts_table.read(path.read_bytes(), dict.fromkeys(_QUESTION, "key")):
                if isinstance(row, Unreadable):
                    raise row
                self._said[row.key] = row.cells

    def __call__(self, question: Question) -> Answer | None:
        said = self._said.get(_mark(question), {})
        if not said.get("answer"):
            return self._otherwise.get(question.what)
        given = {name: said.get(name) or None for name in _ANSWER}
        return Answer(given.pop("answer") or "", **given)

    def ask(self, question: Question) -> None:
        """Nobody has answered it yet."""
        if _mark(question) not in self._said:
            row: dict[str, object] = {name: getattr(question, name) for name in ("line", "fact", *_QUESTION)}
            row["may_be"] = " or ".join(ANSWERS[question.what])
            self._asked.append(row)

    def write(self) -> None:
        """What was asked, behind what is in the file already."""
        if self._path is None or not self._asked:
            return
        there: list[Mapping[str, object]] = [*self._said.values(), *self._asked]
        with self._path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.DictWriter(file, _COLUMNS, restval="", extrasaction="ignore", lineterminator="\r\n")
            rows.writeheader()
            rows.writerows({name: harmless(value) for name, value in row.items()} for row in there)


def _mark(question: Question) -> str:
    """As the key of its row is read back, in whatever way a spreadsheet kept it."""
    return " | ".join(filter(None, (values.lines(getattr(question, name)) for name in _QUESTION)))
