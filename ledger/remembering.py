"""What is worked out of a text is kept for a while: the same texts are held against each other again and again. What is
kept has a limit, whatever somebody sends: so many, and none that is long."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar, TypeVarTuple

_Made = TypeVar("_Made")
_More = TypeVarTuple("_More")
_Work = Callable[[str, *_More], _Made]


def remembering(*, most: int, longest: int) -> Callable[[_Work[*_More, _Made]], _Work[*_More, _Made]]:
    """most: texts, those that came last; longest: letters. What the work gives must not be changed."""

    def remembers(work: _Work[*_More, _Made]) -> _Work[*_More, _Made]:
        kept: Callable[..., _Made] = lru_cache(maxsize=most)(work)

        def asked(text: str, *more: *_More) -> _Made:
            return (work if len(text) > longest else kept)(text, *more)

        return asked

    return remembers


def remembered(work: _Work[*_More, _Made]) -> _Work[*_More, _Made]:
    """Of texts."""
    return remembering(most=500, longest=5_000)(work)


def remembered_of_words(work: _Work[*_More, _Made]) -> _Work[*_More, _Made]:
    """Of words, and of what stands together without a blank."""
    return remembering(most=50_000, longest=64)(work)
