"""How a page is put together: templates that escape all they are given, and the words and dates in them."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from api.formats import wording
from api.http import acts
from api.pages import offers
from api.pages.assets import address_of
from ledger import limits
from ledger.words import Capacity, recorded_instant

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# Never the colour alone: each of them has a sign of its own.
SIGNS: Mapping[str, str] = {
    "correction": "◆",
    "corrective": "◆",
    "retraction": "✕",
    "reversion": "↶",
    "update": "▲",
    "clarification": "●",
    "editors_note": "✎",
    "publication": "⚑",
    "embargo_lift": "⚑",
    "release": "⚑",
    "hold": "❚❚",
    "kill": "■",
    "takedown": "■",
    "restoration": "⚑",
}


def sign(word: str) -> str:
    return SIGNS.get(word, "•")


def spaced(word: str) -> str:
    return word.replace("_", " ").replace("-", " ")


def _parsed(instant: str) -> datetime:
    return recorded_instant(instant)


def has_passed(instant: str) -> bool:
    return _parsed(instant) <= datetime.now(UTC)


def day(instant: str) -> str:
    """12 September 2023, of an instant or a calendar date."""
    then = date.fromisoformat(instant) if len(instant) == 10 else _parsed(instant).date()
    return f"{then.day} {_MONTHS[then.month - 1]} {then.year}"


def minute(instant: str) -> str:
    """12 September 2023, 14:30, in UTC."""
    return f"{day(instant)}, {_parsed(instant):%H:%M}"


def brief(instant: str) -> str:
    """12 Sep 2023, 14:30, of an instant as the API tells it: in UTC, so that it need not be parsed."""
    return f"{int(instant[8:10])} {_MONTHS[int(instant[5:7]) - 1][:3]} {instant[:4]}, {instant[11:16]}"


def month(text: str) -> str:
    """September 2023, of 2023-09."""
    year, number = text.split("-")[:2]
    return f"{_MONTHS[int(number) - 1]} {year}"


def moment(instant: str) -> Markup:
    """As a person reads it, with the instant to the microsecond for whoever points at it."""
    exact = f"{_parsed(instant):%Y-%m-%d %H:%M:%S.%f} UTC"
    return Markup('<time datetime="{}" title="{}">{} UTC</time>').format(instant, exact, minute(instant))


def excerpt(found: Mapping[str, Any]) -> Markup:
    """Words of a story, those marked that were asked for."""
    text, at, shown = found["text"], 0, Markup()
    for mark in found["marks"]:
        shown += escape(text[at : mark["start"]])
        shown += Markup("<mark>{}</mark>").format(text[mark["start"] : mark["end"]])
        at = mark["end"]
    return shown + escape(text[at:])


_EDTF = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def edtf(text: str) -> str:
    """10 September 2023, of a day; of anything else the text as it is."""
    return day(text) if _EDTF.fullmatch(text) else text


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


@pass_context
def here(context: Context, **changes: Any) -> str:
    """The address of this page with some of its parameters changed; None takes one away."""
    url = context["url"]
    asked = dict(parse_qsl(url.query)) | {"recorded": None}
    return address(quote(url.path), **asked | {name.rstrip("_"): value for name, value in changes.items()})


def address(path: str, /, **asked: Any) -> str:
    kept = {name.rstrip("_"): value for name, value in asked.items() if value not in (None, "")}
    return path + (f"?{urlencode(kept, quote_via=quote)}" if kept else "")


def part_of(fact: int) -> int | None:
    """The `facts_after` of the part of a story's page that a fact stands in; None for the first."""
    return (fact - 1) // limits.FACTS_SHOWN * limits.FACTS_SHOWN or None


def fact_of(story: str, fact: int, /, **asked: Any) -> str:
    """Where a fact stands on the page of its story."""
    return address(f"/stories/{story}", facts_after=part_of(fact), **asked) + at_fact(fact)


def at_fact(fact: int) -> str:
    """Where it stands on this page."""
    return f"#fact-{fact}"


def may(role: Capacity, word: str) -> bool:
    return acts.ACTS[word].may(role)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "kind": wording.kind,
        "sign": sign,
        "spaced": spaced,
        "day": day,
        "minute": minute,
        "brief": brief,
        "month": month,
        "moment": moment,
        "edtf": edtf,
        "excerpt": excerpt,
        "duration": wording.duration,
        "said": wording.words_of,
    }
    environment.globals |= {
        "asset": address_of,
        "here": here,
        "address": address,
        "fact_of": fact_of,
        "at_fact": at_fact,
        "count": count,
        "has_passed": has_passed,
        "desk_acts": acts,
        "offers": offers,
        "may": may,
    }
    return environment


def render(template: str, **told: Any) -> str:
    return _environment().get_template(template).render(**told)
