"""What is worked out of a text is kept for a while: the same texts are held against each other again and again."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar, TypeVarTuple

_Made = TypeVar("_Made")
_More = TypeVarTuple("_More")

_LONGEST: Final = 5_000  # letters
_MOST: Final = 1_000  # texts


def remembered(work: Callable[[str, *_More], _Made]) -> Callable[[str, *_More], _Made]:
    """Of the texts that came last, but for long ones. What it gives must not be changed."""
    kept: Callable[..., _Made] = lru_cache(maxsize=_MOST)(work)

    def asked(text: str, *more: *_More) -> _Made:
        return (work if len(text) > _LONGEST else kept)(text, *more)

    return asked
