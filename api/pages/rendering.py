"""How a page is put together: templates that escape all they are given, and the words and dates in them."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, get_args
from unicodedata import bidirectional
from urllib.parse import parse_qsl, quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from api.formats import wording
from api.formats.addresses import site
from api.http import acts
from api.pages import offers
from api.pages.assets import address_of
from ledger.words import Capacity, FactKind, Verification, is_day, recorded_instant

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# Never the colour alone: each of them has a sign of its own.
SIGNS: Mapping[str, str] = {
    "correction": "◆",
    "corrective": "◆",
    "agency_correction": "◆",
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


def _parsed(instant: str) -> datetime:
    return recorded_instant(instant)


def has_passed(instant: str) -> bool:
    return _parsed(instant) <= datetime.now(UTC)


def day(instant: str) -> str:
    """12 September 2023, of an instant or a calendar date."""
    then = date.fromisoformat(instant) if len(instant) == 10 else _parsed(instant).date()
    return f"{then.day} {_MONTHS[then.month - 1]} {then.year}"


def is_of_the_calendar(text: str) -> bool:
    """Whether it is a day alone, and there is one."""
    try:
        return is_day(text) and bool(day(text))
    except ValueError:
        return False


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


def bdi(text: str) -> Markup:
    """What a person wrote, in a sentence of ours: it runs in its own direction, and turns nothing around it."""
    return Markup("<bdi>{}</bdi>").format(text)


def isolated(text: str) -> str:
    """Likewise where no markup can stand, such as in a title: between the marks of Unicode (FSI, PDI), where needed."""
    return f"\u2068{text}\u2069" if any(bidirectional(letter) in ("R", "AL") for letter in text) else text


def excerpt(found: Mapping[str, Any]) -> Markup:
    """Words of a story, those marked that were asked for."""
    text, at, shown = found["text"], 0, Markup()
    for mark in found["marks"]:
        shown += escape(text[at : mark["start"]])
        shown += Markup("<mark>{}</mark>").format(text[mark["start"] : mark["end"]])
        at = mark["end"]
    return shown + escape(text[at:])


def picked(instant: str) -> str | None:
    """As a picker of day and time has it, in UTC; None of what no picker can show as it is."""
    whole = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)Z", instant, re.ASCII)
    return whole[1] + whole[2] if whole else None


_EDTF = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def edtf(text: str) -> str:
    """10 September 2023, of a day; of anything else the text as it is."""
    return day(text) if _EDTF.fullmatch(text) else text


def topic(text: str) -> str:
    """Fact corrected, of fact-corrected.v1; a later form of it says so."""
    name, _, version = text.rpartition(".v")
    return name.replace("-", " ").capitalize() + (f" (v{version})" if version != "1" else "")


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


# What an address tells of what was just recorded.
RECEIPT = ("recorded", "recorded_at", "made", "misfit")


@pass_context
def here(context: Context, **changes: Any) -> str:
    """The address of this page with some of its parameters changed; None takes one away."""
    url = context["url"]
    asked = dict(parse_qsl(url.query)) | dict.fromkeys(RECEIPT)
    return address(quote(url.path), **asked | {name.rstrip("_"): value for name, value in changes.items()})


# What names a moment in an address.
_MOMENTS = ("revision", "edition", "position", "as_of")


@pass_context
def here_now(context: Context, **changes: Any) -> str:
    """Likewise, of now."""
    return str(context.call(here, **dict.fromkeys(_MOMENTS), **changes))


def address(path: str, /, **asked: Any) -> str:
    kept = {name.rstrip("_"): value for name, value in asked.items() if value not in (None, "")}
    return path + (f"?{urlencode(kept, quote_via=quote)}" if kept else "")


def fact_of(story: str, fact: int, /, **asked: Any) -> str:
    """Where a fact stands on the page of its story."""
    return address(f"/stories/{story}", fact=fact, **asked) + at_fact(fact)


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
        "kind_of": wording.kind_of,
        "happened": wording.what_happened,
        "sign": sign,
        "spaced": wording.words,
        "day": day,
        "minute": minute,
        "brief": brief,
        "month": month,
        "moment": moment,
        "edtf": edtf,
        "topic": topic,
        "picked": picked,
        "is_day": is_of_the_calendar,
        "bdi": bdi,
        "isolated": isolated,
        "excerpt": excerpt,
        "duration": wording.duration,
        "said": wording.words_of,
        "shortened": wording.shortened,
    }
    environment.globals |= {
        "asset": address_of,
        "site": site,
        "here": here,
        "here_now": here_now,
        "address": address,
        "fact_of": fact_of,
        "at_fact": at_fact,
        "count": count,
        "has_passed": has_passed,
        "kinds": get_args(FactKind),
        "verifications": get_args(Verification),
        "desk_acts": acts,
        "offers": offers,
        "may": may,
    }
    return environment


def render(template: str, **told: Any) -> str:
    return _environment().get_template(template).render(**told)
