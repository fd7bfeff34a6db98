"""A statement that was put together on one line, laid out to be read: a line for each clause, subqueries set in."""

import re

_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "[^"]*" | %\(\w+\)[sbt] | %[sbt] | \w+
    | ::|\|\||->>|->|<>|<=|>=|@>|<@|&&|\^@ | \S | \s+""",
    re.VERBOSE,
)
_BEGINS = {"select", "with", "insert", "update", "delete"}  # a statement, or one in brackets
_CLAUSES = {
    *_BEGINS, "from", "where", "group", "order", "having", "limit", "offset", "union", "except", "window",
    "join", "left", "cross", "values", "returning",
}  # fmt: skip
_JOINED = {"left": {"join"}, "cross": {"join"}}  # what has to follow, for the word to be one of a clause
_WIDTH = 110


def laid_out(statement: str) -> str:
    """The same words in the same order; only the space between them differs."""
    page = _Page()
    tokens = _TOKEN.findall(statement)
    words = ["", *(each for each in tokens if not each.isspace()), ""]
    place = 0
    for each in tokens:
        if each.isspace():
            page.is_spaced = True
        else:
            place += 1
            page.put(each, words[place - 1].lower(), words[place + 1].lower())
    return page.text()


class _Page:
    def __init__(self) -> None:
        self.is_spaced = False
        self._lines: list[str] = []
        self._line = ""
        self._brackets: list[bool] = []  # of each that is open, whether a statement stands in it
        self._between = 0  # how many "between … and" wait for their "and"

    def text(self) -> str:
        return "".join(f"{line.rstrip()}\n" for line in [*self._lines, self._line])

    def put(self, word: str, before: str, after: str) -> None:
        if word == ")" and self._brackets and self._brackets.pop():
            self._next_line()
        if not self._brackets or self._brackets[-1]:  # in no call, list or condition in brackets
            self._begin_a_line(word.lower(), before, after)
        if self.is_spaced and len(self._line) + len(word) >= _WIDTH:
            self._next_line("      ")
        self._line += " " * (self.is_spaced and bool(self._line.strip())) + word
        self.is_spaced = False
        if word == "(":
            self._brackets.append(after in _BEGINS)
            if self._brackets[-1]:
                self._next_line()

    def _begin_a_line(self, word: str, before: str, after: str) -> None:
        if word == "between":
            self._between += 1
        elif word == "and" and self._between:
            self._between -= 1
        elif word in ("and", "or"):
            self._next_line("  ")
        elif _begins_a_clause(word, before, after) and self._line.strip():
            self._next_line()

    def _next_line(self, further: str = "") -> None:
        self._lines.append(self._line)
        self._line = "    " * sum(self._brackets) + further
        self.is_spaced = False


def _begins_a_clause(word: str, before: str, after: str) -> bool:
    if word in _JOINED:
        return after in _JOINED[word]
    if before in _JOINED and word in _JOINED[before]:
        return False
    return word in _CLAUSES and (word, before) != ("from", "distinct")
