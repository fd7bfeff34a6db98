"""Days that are read from the dateline, and move with it."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Final

from ledger import dates
from ledger.rules.protecting import cut
from ledger.story import Dateline, Story

_MOST: Final = 100  # ways in which facts say when it was


def found(before: Story, after: Story) -> Iterator[dict[str, Any]]:
    """What a receipt says of it, in `warnings`: once for all facts that say it in the same words."""
    was, now, language = _day(before.head.dateline), _day(after.head.dateline), after.head.language
    if was is None or was == now:
        return
    saying: dict[tuple[str, dates.Tense], list[int]] = {}
    for fact in after.facts:
        if fact.standing == "standing" and fact.occurred and fact.occurred.resolved is None:
            tense: dates.Tense = "future" if fact.kind == "planned" else "past"
            saying.setdefault((fact.occurred.literal or "", tense), []).append(fact.fact)
    for (literal, tense), facts in [*saying.items()][:_MOST]:
        day = _read(literal, was, tense, language)
        if day is None or (moved := _read(literal, now, tense, language)) == day:
            continue
        more = f" and {len(facts) - 1} more" if facts[1:] else ""
        yield {
            "pointer": "/date",
            "fact": facts[0],
            "detail": (
                f"“{cut(literal)}” was {_in_words(day)} and is {_in_words(moved) if moved else 'no day'} now,"
                f" for it is read from the dateline (fact {facts[0]}{more})."
            ),
        }


def _day(dateline: Dateline | None) -> str | None:
    return dateline.date if dateline else None


@lru_cache(maxsize=1_000)
def _read(literal: str, day: str | None, tense: dates.Tense, language: str) -> str | None:
    anchor = date.fromisoformat(day) if day else None
    return dates.resolve(literal, anchor, tense=tense, language=language).edtf


def _in_words(edtf: str) -> str:
    try:
        day = date.fromisoformat(edtf)
    except ValueError:
        return edtf
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
