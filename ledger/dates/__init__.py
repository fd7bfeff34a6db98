"""When did the world do it: a text's own words for a time, resolved against the story's dateline.

Two steps, kept apart. *Reading* turns words into a meaning that knows no dateline ("a Tuesday", "four
years back"); it is remembered. *Placing* puts a meaning on the calendar of one dateline by plain arithmetic; it
costs microseconds, so that a corrected dateline re-resolves a whole story at once.

English is read by a closed grammar (`english.py`): the whole text or nothing. Of other languages `dateparser` reads
what it can be believed in (`other_languages.py`). Whatever is not understood to the last word is unresolved: no date
is better than a wrong one.
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Final

from ledger.dates.edtf import EDTF_LIMIT, check_edtf, edtf_bounds
from ledger.dates.meanings import Reading, Relation, Resolution, Status, Tense
from ledger.dates.numeric import read_numbers
from ledger.dates.placing import place

__all__ = [
    "EDTF_LIMIT",
    "LITERAL_LIMIT",
    "TOKEN_LIMIT",
    "Relation",
    "Resolution",
    "Status",
    "Tense",
    "check_edtf",
    "edtf_bounds",
    "resolve",
]

LITERAL_LIMIT: Final = 200  # characters
TOKEN_LIMIT: Final = (
    12  # words and numbers in a literal; in other languages each costs one more question to dateparser
)
REMEMBERED: Final = 4_096  # literals and readings; the least recently used go first


@lru_cache(maxsize=REMEMBERED)
def resolve(literal: str, anchor: date | None, *, tense: Tense, language: str = "en") -> Resolution:
    """Resolve a literal against the date of the story's dateline. No literal makes it raise.

    `tense` is `past` for a report and `future` for a planned fact; words that say their direction
    themselves ("next month", "four years ago") overrule it. `language` is the story's BCP 47 tag: English
    is read in full, of other languages only weekdays, dates, and the likes of "yesterday".

    The weekday rule. Copy names the day for whatever lies within seven days of the dateline, writes
    "Tuesday" rather than "today", and leaves the direction to the verb (AP Stylebook, "days of the week",
    "today, tonight"). So a bare weekday is the nearest one on the tense's side of the dateline, the
    dateline included: "on Tuesday" in a Tuesday story is that very day, and the Tuesday a week off stays
    second in `candidates`. "Last" and "next" before a weekday or a month, which the same book warns of,
    resolve only where the nearest one and the one in the week (or year) before or after are the same day.
    """
    if len(literal) > LITERAL_LIMIT:
        return Resolution("unresolved", f"Longer than {LITERAL_LIMIT} characters.")
    try:
        reading = _read(literal, language)
        if reading is None:
            return Resolution("unresolved", "Not understood as a date.")
        return place(reading, anchor, tense)
    except (ValueError, OverflowError):  # only arithmetic raises here
        return Resolution("unresolved", "Outside the calendar: years run from 1 to 9999.")


_SAME: Final = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("’‘ʼ", "'")})
_ALLOWED: Final = re.compile(r"[\w\s,.'/:()-]+")
_YEARS_ONLY: Final = re.compile(r"\d{4}(?:-\d{4})?")


@lru_cache(maxsize=REMEMBERED)
def _read(literal: str, language: str) -> Reading | None:
    # The grammars take a while to load, and whoever has no words to read needs none of them.
    from ledger.dates.english import read_english
    from ledger.dates.other_languages import IDLE, TOKEN, is_of_our_era, is_twofold, read_words

    if any(unicodedata.category(character) in ("Nl", "No") for character in literal):
        return None  # the footnote of "May 1¹" is not a digit of the day
    text = " ".join(unicodedata.normalize("NFKC", literal).casefold().translate(_SAME).split()).strip(" ,;.")
    if not _ALLOWED.fullmatch(text) or len(TOKEN.findall(text)) > TOKEN_LIMIT or re.search(r"\d{5}", text):
        return None
    tag = language.casefold()
    primary = re.split("[-_]", tag)[0]
    bare = text if primary == "en" else " ".join(word for word in text.split() if word not in IDLE)
    if primary != "en" and (not is_of_our_era(text, primary) or is_twofold(literal.strip(), text, primary)):
        return None
    if numeric := read_numbers(bare, is_month_first=tag in ("en", "en-us")):
        return Reading(numeric)
    if not any(character.isalpha() for character in text) and not _YEARS_ONLY.fullmatch(text):
        return None
    if primary == "en":
        return read_english(text)
    return read_words(text, primary) or (read_words(bare, primary) if bare else None)
