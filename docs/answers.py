"""The shapes of answers as types of Python, for whoever asks with `api.client`: made of the OpenAPI document."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from api.app import create_app
from ledger.store.database import Database

FILE = Path(__file__).parent.parent / "api" / "client" / "answers.py"
_HEADER = """\"\"\"The shapes of answers, as the OpenAPI document has them: made of it by `make docs`.

A ledger that is newer may tell more.
\"\"\"

from typing import Any, Literal, NotRequired, TypedDict

"""
_MANY = 4
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def written() -> str:
    document = create_app(Database("postgresql:///")).openapi()
    answers = [
        content.get("schema", {})
        for methods in document["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for content in answer.get("content", {}).values()
    ]
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(FILE), "-"]
    text = _Types(document["components"]["schemas"]).written(answers)
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


class _Types:
    def __init__(self, shapes: Mapping[str, Any]) -> None:
        self._shapes = shapes
        self._words: dict[str, str] = {}  # sets of words that have a name, by that

    def written(self, answers: Sequence[Any]) -> str:
        """The shapes of the answers, and all that these name, each behind those that it names itself."""
        classes = [self._class(self._shapes[name]) for name in self._named(answers, [])]
        words = [f"{name} = {words}\n" for name, words in self._words.items()]
        return _HEADER + "".join(words + classes)

    def _named(self, said: Any, before: list[str]) -> list[str]:
        for name in _references(said):
            if name not in before:
                self._named(self._shapes[name], before)
                before.append(name)
        return before

    def _class(self, shape: Mapping[str, Any]) -> str:
        title, required = _title(shape), shape.get("required", ())
        lines = [f"\n\nclass {title}(TypedDict):"]
        for name, member in shape["properties"].items():
            told = self._type(member, title, name)
            lines.append(f"    {name}: {told if name in required else f'NotRequired[{told}]'}")
        return "\n".join(lines) + "\n"

    def _type(self, schema: Mapping[str, Any], shape: str, member: str) -> str:
        if "$ref" in schema:
            return _title(self._shapes[_name(schema)])
        if chosen := schema.get("anyOf") or schema.get("oneOf"):
            return " | ".join(dict.fromkeys(self._type(one, shape, member) for one in chosen))
        if "const" in schema or "enum" in schema:
            return self._one_of(schema.get("enum") or [schema["const"]], shape, member)
        if schema.get("type") == "array":
            return f"list[{self._type(schema.get('items', {}), shape, member)}]"
        if schema.get("type") == "object":
            told = schema.get("additionalProperties")
            return f"dict[str, {self._type(told, shape, member) if isinstance(told, dict) else 'Any'}]"
        return _PLAIN[schema["type"]] if "type" in schema else "Any"

    def _one_of(self, words: Sequence[Any], shape: str, member: str) -> str:
        """Many words have a name: that of the first member which is one of them, with that of its shape."""
        told = f"Literal[{', '.join(map(repr, words))}]"
        if len(words) < _MANY:
            return told
        known = [name for name, others in self._words.items() if others == told]
        name = known[0] if known else shape + "".join(word.capitalize() for word in member.split("_"))
        self._words[name] = told
        return name


def _references(said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        if "$ref" in said:
            yield _name(said)
        for part in said.values():
            yield from _references(part)
    elif isinstance(said, list):
        for part in said:
            yield from _references(part)


def _name(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _title(shape: Mapping[str, str]) -> str:
    return "".join(word[0].upper() + word[1:] for word in re.findall("[A-Za-z]+", shape["title"]))
