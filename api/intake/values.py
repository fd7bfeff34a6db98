"""What single values of an item mean, whatever format they stand in: lines, languages, instants, signals."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from api import json_text
from api.intake.item import Note, Signal, Unreadable
from ledger import limits
from ledger.words import Language, parse_instant

Counts = Counter[str]

# --- JSON --------------------------------------------------------------------------------------------------------


def json_value(data: bytes) -> Any:
    """What a JSON text says, within bounds. Raises Unreadable."""
    try:
        read = json_text.parse(data.removeprefix(b"\xef\xbb\xbf"))
    except json_text.NoJson as error:
        raise Unreadable(
            "the file", f"it is no JSON: {error.why}", "send what RFC 8259 calls JSON, in UTF-8"
        ) from None
    level = [read]
    for _ in range(limits.INTAKE_DEPTH + 1):
        level = [below for value in level for below in _within(value)]
        if not level:
            return read
    raise Unreadable(
        "the file",
        f"its objects and arrays stand in one another more than {limits.INTAKE_DEPTH} deep",
        "send the item alone, without what it is wrapped in",
    )


def _within(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_RAW = re.compile(rb"[\x00-\x1f]")
_ESCAPED = {b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t"}


def with_escapes(data: bytes) -> bytes:
    """JSON as many a page has it, with line ends, tabs and other controls as they are in its strings, as JSON."""
    if not _RAW.search(data):
        return data
    return _STRING.sub(
        lambda string: _RAW.sub(lambda found: _ESCAPED.get(found[0], b" "), string[0]),
        data,
    )


# --- Words -------------------------------------------------------------------------------------------------------

# What no eye sees and no newsroom means: controls, soft hyphens, spaces without width. Joiners and marks of direction
# stay, for there are scripts that need them.
_UNSEEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, 0xAD, 0x200B, 0x2060, 0xFEFF])


def line(text: str) -> str | None:
    """In one line, with single plain spaces; None where nothing is left."""
    return " ".join(text.translate(_UNSEEN).split()) or None


def lines(text: str) -> str | None:
    """A paragraph a line, as whoever wrote it broke them."""
    kept = (line(each) for each in text.splitlines())
    return "\n".join(each for each in kept if each) or None


_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")


# As this ledger writes one, behind what it is.
_A_NOTE = re.compile(rf"^Note \((.{{1,{limits.NAME_LENGTH}}}?)\): ", re.MULTILINE)


def are_notes(text: str) -> bool:
    return _A_NOTE.search(text) is not None


def notes(text: str) -> Iterator[Note]:
    """Each with its role, where they stand below one another as this ledger writes them; else one for editors."""
    before, *parts = _A_NOTE.split(text)
    for role, said in (("editor", before), *zip(parts[::2], parts[1::2], strict=True)):
        if found := lines(said):
            yield Note(role, found)


def decoded(text: str) -> str:
    """Without the entities of HTML; what only looks like one stays as it is."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


# --- Languages ---------------------------------------------------------------------------------------------------

# ISO 639-1 and the codes of ISO 639-2 for the same, bibliographic ones, too; BCP 47 takes the shortest (2.2.1).
_SHORTEST = """
aa aar;ab abk;ae ave;af afr;ak aka;am amh;an arg;ar ara;as asm;av ava;ay aym;az aze;ba bak;be bel;bg bul;bi bis;bm bam
bn ben;bo bod tib;br bre;bs bos;ca cat;ce che;ch cha;co cos;cr cre;cs ces cze;cu chu;cv chv;cy cym wel;da dan
de deu ger;dv div;dz dzo;ee ewe;el ell gre;en eng;eo epo;es spa;et est;eu eus baq;fa fas per;ff ful;fi fin;fj fij;fo fao
fr fra fre;fy fry;ga gle;gd gla;gl glg;gn grn;gu guj;gv glv;ha hau;he heb;hi hin;ho hmo;hr hrv;ht hat;hu hun;hy hye arm
hz her;ia ina;id ind;ie ile;ig ibo;ii iii;ik ipk;io ido;is isl ice;it ita;iu iku;ja jpn;jv jav;ka kat geo;kg kon;ki kik
kj kua;kk kaz;kl kal;km khm;kn kan;ko kor;kr kau;ks kas;ku kur;kv kom;kw cor;ky kir;la lat;lb ltz;lg lug;li lim;ln lin
lo lao;lt lit;lu lub;lv lav;mg mlg;mh mah;mi mri mao;mk mkd mac;ml mal;mn mon;mr mar;ms msa may;mt mlt;my mya bur;na nau
nb nob;nd nde;ne nep;ng ndo;nl nld dut;nn nno;no nor;nr nbl;nv nav;ny nya;oc oci;oj oji;om orm;or ori;os oss;pa pan
pi pli;pl pol;ps pus;pt por;qu que;rm roh;rn run;ro ron rum;ru rus;rw kin;sa san;sc srd;sd snd;se sme;sg sag;sh hbs
si sin;sk slk slo;sl slv;sm smo;sn sna;so som;sq sqi alb;sr srp;ss ssw;st sot;su sun;sv swe;sw swa;ta tam;te tel;tg tgk
th tha;ti tir;tk tuk;tl tgl;tn tsn;to ton;tr tur;ts tso;tt tat;tw twi;ty tah;ug uig;uk ukr;ur urd;uz uzb;ve ven;vi vie
vo vol;wa wln;wo wol;xh xho;yi yid;yo yor;za zha;zh zho chi;zu zul"""
_SHORT_OF = {
    code: codes[0]
    for codes in (entry.split() for entry in _SHORTEST.replace("\n", ";").split(";"))
    for code in codes
}
_RETIRED = frozenset({"in", "iw", "ji", "jw", "mo"})  # the ledger's own rule says what they are called now
_NONE = frozenset({"und", "mul", "zxx", "mis"})  # ISO 639-2: undetermined, several, no words, uncoded
_well_written = TypeAdapter(Language).validate_python


def language(text: str) -> str | None:
    """As BCP 47 writes it; None where it names no language."""
    first, _, rest = text.strip().replace("_", "-").partition("-")
    first = first.lower()
    short = _SHORT_OF.get(first, first)
    if short in _NONE or (len(short) == 2 and short not in _SHORT_OF and short not in _RETIRED):
        return None
    try:
        return _well_written(f"{short}-{rest}" if rest else short)
    except ValidationError:
        return None


# --- Instants ----------------------------------------------------------------------------------------------------

_BASIC = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
)
_EXTENDED = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?\s?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)


def instant(text: str, path: str, counts: Counts) -> datetime | None:
    """The instant in UTC; None where it is none, which is counted. One without an offset is read as UTC, a day alone as
    its first moment in UTC; each is counted, for nobody said so."""
    text = " ".join(text.split())
    if len(text) > limits.INSTANT_LENGTH:
        counts[path] += 1
        return None
    written = _as_rfc3339(text)
    try:
        if written is None:
            read = parsedate_to_datetime(text)
            if read.tzinfo is None:
                counts[f"{path} (without an offset: read as UTC)"] += 1
                return read.replace(tzinfo=UTC)
            return read.astimezone(UTC)
        at, assumed = written
        read = parse_instant(at)
    except (ValueError, TypeError, OverflowError, IndexError):
        counts[path] += 1
        return None
    if assumed:
        counts[f"{path} ({assumed})"] += 1
    return read


def _as_rfc3339(text: str) -> tuple[str, str] | None:
    """With what had to be assumed; None where it is written otherwise."""
    if found := _BASIC.fullmatch(text):
        year, month, day, hour, minute, second, offset = found.groups()
        day = f"{year}-{month}-{day}"
        clock = f"{hour}:{minute}:{second or '00'}" if hour else None
    elif found := _EXTENDED.fullmatch(text):
        day, minutes, second, fraction, offset = found.groups()
        clock = f"{minutes}{second or ':00'}{f'.{fraction}' if fraction else ''}" if minutes else None
    else:
        return None
    if clock is None:
        return f"{day}T00:00:00Z", "a day alone: read as its first moment in UTC"
    if not offset:
        return f"{day}T{clock}Z", "without an offset: read as UTC"
    return f"{day}T{clock}{'Z' if offset.upper() in ('UTC', 'GMT') else offset}", ""


def embargo(text: str, path: str, counts: Counts) -> datetime:
    """As an instant; but one that cannot be read is no reason to publish."""
    read = instant(text, path, Counter() if not text.strip() else counts)
    if read is None:
        raise Unreadable(
            path,
            f"“{text[:80]}” is an embargo that cannot be read"
            if text.strip()
            else "an embargo is there, without a time",
            "give it as RFC 3339 has it, such as 2023-09-12T14:30:00+01:00",
        )
    return read


def day(text: str) -> date | None:
    """The calendar date that a text begins with, as ISO 8601 writes it."""
    found = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", text.strip(), re.ASCII)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


_ISO_DAY = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)", re.ASCII)
_OF_DATELINE = re.compile(
    r" ?[-–—]{1,3} ?$| ?\([^()]{1,60}\) ?$"
    r"|, ?(?:[^\W\d]{3,12}\.? \d{1,2}|\d{1,2}\.? [^\W\d]{3,12}\.?|\d{4}-\d\d-\d\d)$"
)
_LONGEST_DATELINE = 300  # beyond it, it is none


def day_of_dateline(text: str) -> date | None:
    """Where it is written as ISO 8601 has it; no other way of writing it names a year."""
    found = _ISO_DAY.search(text[:_LONGEST_DATELINE])
    return day(found[0]) if found else None


def place_of_dateline(text: str, path: str, counts: Counts) -> str | None:
    """`ZELL` of `ZELL, Sept 12 (Example) -`; what stands after it is counted."""
    found = line(text) or ""
    if len(found) > _LONGEST_DATELINE:
        counts[path] += 1
        return None
    place = found
    for _ in range(3):
        place = _OF_DATELINE.sub("", place)
    if place != found:
        counts[f"{path} (what stands after the place)"] += 1
    return place or None


# --- What the provider says of it --------------------------------------------------------------------------------

_STATUS = {
    "usable": Signal.USABLE,
    "withheld": Signal.WITHHELD,
    "hold": Signal.WITHHELD,
    "held": Signal.WITHHELD,
    "canceled": Signal.CANCELED,
    "cancelled": Signal.CANCELED,
    "killed": Signal.CANCELED,
    "kill": Signal.CANCELED,
    "withdrawn": Signal.CANCELED,
}
_SIGNAL = {
    "update": Signal.UPDATE,
    "updated": Signal.UPDATE,
    "correction": Signal.CORRECTION,
    "corrected": Signal.CORRECTION,
    "corrective": Signal.CORRECTION,
    "corr": Signal.CORRECTION,
    "korr": Signal.CORRECTION,  # as Nordic agencies have it
    "withhold": Signal.WITHHELD,
    "cancel": Signal.CANCELED,
    "withdrawal": Signal.CANCELED,
} | {word: signal for word, signal in _STATUS.items() if signal != Signal.USABLE}
_ED_STAT = {"n": Signal.USABLE, "u": Signal.UPDATE, "c": Signal.CORRECTION}  # editorial status, a letter each
# What counts where several are said: whatever keeps words from readers comes first.
_ORDER = (Signal.CANCELED, Signal.WITHHELD, Signal.CORRECTION, Signal.UPDATE, Signal.USABLE)


def status(code: str, path: str, embargo: datetime | None = None) -> Signal:
    """Of IPTC's publishing status, as QCode, URI or word; one that nobody knows is no reason to publish, nor is an
    embargo without an end."""
    word = last_part(code)
    if word == "embargoed":
        return Signal.USABLE if embargo else Signal.WITHHELD
    found = _STATUS.get(word)
    if found is None:
        raise Unreadable(
            path,
            f"“{code[:80]}” is no publishing status" if code.strip() else "it is there, and says nothing",
            "give usable, withheld or canceled (IPTC pubStatus)",
        )
    return found


def signal(code: str) -> Signal | None:
    """Of IPTC's signals and of the editorial status, as QCode, URI or word; None where it says nothing of the kind."""
    word = last_part(code)
    if re.search(r"ed(?:itorial)?_?stat(?:us)?[:/#][a-z]$", code.strip(), re.IGNORECASE):
        return _ED_STAT.get(word)
    return _SIGNAL.get(word)


def last_part(code: str) -> str:
    """Of a QCode `stat:usable`, or of an address `http://cv.iptc.org/newscodes/pubstatusg2/usable`."""
    return re.split(r"[:/#]", code.strip().rstrip("/#"))[-1].lower()


def strongest(signals: Iterable[Signal]) -> Signal:
    return min(signals, key=_ORDER.index, default=Signal.USABLE)


# --- Numbers -----------------------------------------------------------------------------------------------------


def urgency(text: str) -> int | None:
    found = re.fullmatch(r"\s*(?:[^\s:]{1,40}:)?0?([1-9])(?:\.0+)?\s*", text, re.ASCII)
    return int(found[1]) if found else None
