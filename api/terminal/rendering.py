"""How the ledger is told in a terminal: stories, revisions, differences, blame; readable in 80 columns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from api.formats import wording
from ledger.words import recorded_instant

# C1 controls steer some terminals; the other control characters the ledger does not take in the first place.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_STYLES = {
    "correction": "bold red",
    "retraction": "bold red",
    "corrective": "bold red",
    "agency_correction": "bold red",
    "update": "bold blue",
    "clarification": "bold yellow",
}


def plain(text: object) -> str:
    """Text that a terminal only shows and does not obey."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", str(text))


def console(*, to_stderr: bool = False) -> Console:
    """At most 100 columns; colours only for a person, and never with NO_COLOR (no-color.org)."""
    out = Console(stderr=to_stderr, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if out.width > 100 or not out.is_terminal:
        out = Console(
            stderr=to_stderr,
            highlight=False,
            markup=False,
            emoji=False,
            width=min(out.width, 100) if out.is_terminal else 80,
        )
    return out


def instant(text: str) -> str:
    """2026-11-23 10:15:00.000123 UTC, to the microsecond: that is what tells two revisions apart."""
    return recorded_instant(text).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def tell_story(out: Console, story: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
    """The whole story. With `before`, an earlier state of it: what is as it was takes one line, the rest stands out."""
    out.print(Text(plain(story["headline"]), style="bold"))
    line = f"{story['story']} · revision {story['revision']} · position {story['position']}"
    out.print(Text(f"{line} · {instant(story['recorded_at'])}", style="dim"))
    _tell_dateline(out, story)
    was = {fact["fact"]: fact for fact in (before or {}).get("facts", ())}
    for fact in story["facts"]:
        if fact == was.get(fact["fact"]):
            tell_briefly(out, fact)
        else:
            tell_fact(out, fact, story["sources"], was.get(fact["fact"]))


def _tell_dateline(out: Console, story: Mapping[str, Any]) -> None:
    dateline = story.get("dateline")
    where = (
        f"{plain(dateline.get('place', ''))} {dateline['date']}".strip()
        if dateline
        else "none: dates stay words"
    )
    out.print(Text(f"dateline: {where}", style="dim"))


def tell_briefly(out: Console, fact: Mapping[str, Any]) -> None:
    mark = "✗" if fact["standing"] == "retracted" else " "
    line = Text(
        f"{fact['fact']:>3} {mark} {plain(fact['statement'])}", style="dim", no_wrap=True, overflow="ellipsis"
    )
    line.truncate(out.width, overflow="ellipsis")
    out.print(line)


def tell_fact(
    out: Console, fact: Mapping[str, Any], sources: Mapping[str, Any], was: Mapping[str, Any] | None
) -> None:
    is_retracted = fact["standing"] == "retracted"
    mark = "✗" if is_retracted else "•" if was is not None else " "
    statement = Text(f"{fact['fact']:>3} {mark} ", style="bold")
    statement.append(plain(fact["statement"]), style="strike dim" if is_retracted else "not bold")
    _hang(out, statement)
    _under(out, f"{_status(fact)} · {said_by(fact, sources)}")
    if fact.get("when"):
        _under(out, when(fact))
    change = fact["changed"]
    if was is not None and change["kind"] != "report" and change != was["changed"]:
        _under(
            out,
            f"{_label(change['kind'])}: {plain(change.get('was_wrong') or change['reason'])}",
            _STYLES.get(change["kind"], "dim"),
        )


def _status(fact: Mapping[str, Any]) -> str:
    words = [fact["kind"]]
    if fact["version"] > 1:
        words.append(f"version {fact['version']}")
    if fact["verification"] != "unverified":
        words.append(fact["verification"])
    if fact["dispute"] != "undisputed":
        words.append(fact["dispute"])
    words += [
        response["kind"].replace("_", " ") + " by " + _who(response["by"]) for response in fact["responses"]
    ]
    return " · ".join(words)


def _who(by: Mapping[str, Any]) -> str:
    return f"fact {by['fact']}" if "fact" in by else by["source"]


def said_by(fact: Mapping[str, Any], sources: Mapping[str, Any]) -> str:
    chain = fact.get("attribution")
    if not chain:
        return "unattributed"
    return plain(" ← ".join(sources.get(link["source"], {}).get("name", link["source"]) for link in chain))


def when(fact: Mapping[str, Any]) -> str:
    literal = fact.get("occurred", {}).get("literal")
    reading = fact["when"]
    words = f"“{plain(literal)}” " if literal else ""
    match reading["status"]:
        case "unresolved":
            return f"{words}→ not resolved"
        case "ambiguous":
            return f"{words}→ {' or '.join(reading['candidates'])} (ambiguous)"
        case status:
            return f"{words}→ {reading['edtf']} ({status})"


def tell_revisions(out: Console, revisions: Iterable[Mapping[str, Any]]) -> None:
    """One line each: number, time, who, what, and why."""
    for revision in revisions:
        what = wording.what_happened(revision["kind"], revision.get("fact"))
        if "undoes" in revision:
            what += f", undoing {revision['undoes']}"
        line = Text(f"{revision['revision']:>4}  ", style="dim")
        line.append(instant(revision["recorded_at"])[:-11] + "  ", style="dim")
        line.append(f"{plain(revision.get('by') or revision['actor'])}  ", style="cyan")
        line.append(what, style=_STYLES.get(revision["kind"], ""))
        said = revision["after"]["text"] if revision["kind"] == "note" else None
        if why := revision.get("was_wrong") or revision.get("reason") or said:
            line.append(f": {plain(why)}")
        _hang(out, line, indent=6)


def tell_difference(out: Console, difference: Mapping[str, Any]) -> None:
    out.print(
        Rule(
            f"{difference['story']}: {difference['from_revision']} → {difference['to_revision']}",
            align="left",
        )
    )
    for name, change in difference["fields"].items():
        _tell_change(out, name, change)
    for line in difference["copy_lines"]:
        _hang(out, Text(plain(line), style={"+": "green", "-": "red"}.get(line[:1], "dim")), indent=1)
    for fact in difference["facts"]:
        versions = f"version {fact.get('from_version', '–')} → {fact.get('to_version', '–')}"
        out.print(Text(f"fact {fact['fact']} {fact['kind']} ({versions})", style="bold"))
        for name, change in fact["fields"].items():
            _tell_change(out, name, change)
    for source in difference["sources"]:
        out.print(Text(f"source {source['source']}", style="bold"))
        _tell_change(out, "name", source)


def _tell_change(out: Console, name: str, change: Mapping[str, Any]) -> None:
    for sign, side, style in (("-", "before", "red"), ("+", "after", "green")):
        if side in change:
            _hang(out, Text(f"  {sign} {name}: {_shown(change[side])}", style=style), indent=6)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(
            f"{key} {_shown(inner)}" for key, inner in value.items() if inner not in ((), [], None)
        )
    if isinstance(value, list):
        return "; ".join(map(_shown, value)) or "none"
    return plain(value)


def tell_blame(out: Console, story: Mapping[str, Any]) -> None:
    """Each fact: its text and version, who last changed it, when and why, and on whose word."""
    for fact in story["facts"]:
        statement = Text(f"{fact['fact']:>3} ", style="bold")
        statement.append(
            plain(fact["statement"]), style="strike" if fact["standing"] == "retracted" else "not bold"
        )
        _hang(out, statement, indent=4)
        change = fact["changed"]
        who = plain(story["members"].get(change["actor"], change["actor"]))
        on = said_by(fact, story["sources"])
        cited = ", ".join(sorted({plain(story["sources"][c["source"]]["name"]) for c in fact["citations"]}))
        _under(
            out,
            f"v{fact['version']} · {change['kind']} by {who} · {instant(change['recorded_at'])}",
            indent=4,
        )
        _under(out, f"on the word of {on}" + (f" · checked at {cited}" if cited else ""), indent=4)
        if change.get("reason"):
            _under(out, f"because: {plain(change['reason'])}", indent=4)


def tell_story_to_readers(out: Console, story: Mapping[str, Any]) -> None:
    """The story as readers saw it: what was published, what they were told of it, and which changes they saw happen."""
    publication = story["publication"]
    out.print(Text(plain(story["headline"]), style="bold"))
    line = f"{story['story']} · edition {story['edition']} · since {instant(publication['published_at'])}"
    out.print(Text(line, style="dim"))
    words = [publication["pub_status"], *publication["signals"]]
    first = f"first published {instant(publication['first_published_at'])}"
    out.print(Text(f"{' '.join(words)} · {first}", style="dim"))
    _tell_dateline(out, story)
    for note in story["notes"]:
        _hang(out, Text(f"{plain(note['role'])}: {plain(note['text'])}", style="bold yellow"), indent=4)
    for fact in story["facts"]:
        _tell_fact_to_readers(out, fact, story["sources"])
    for change in story["changes"]:
        line = f"{instant(change['published_at'])[:-11]}  {public_change(change)}"
        _hang(out, Text(line, style=_STYLES.get(change["kind"], "bold")))


def _tell_fact_to_readers(out: Console, fact: Mapping[str, Any], sources: Mapping[str, Any]) -> None:
    is_retracted = fact["standing"] == "retracted"
    statement = Text(f"{fact['fact']:>3} {'✗' if is_retracted else ' '} ", style="bold")
    statement.append(plain(fact["statement"]), style="strike dim" if is_retracted else "not bold")
    _hang(out, statement)
    if is_retracted:
        _under(out, "withdrawn")
        return
    _under(out, f"{_status(fact)} · {said_by(fact, sources)}")
    if fact.get("when"):
        _under(out, when(fact))


def _label(kind: str) -> str:
    """What readers were told something else by is said aloud."""
    return wording.label(kind).upper() if kind in _STYLES else wording.label(kind)


def public_change(change: Mapping[str, Any]) -> str:
    """A change that readers saw happen, and for how long they had read what was wrong."""
    about = f" fact {change['fact']}" if "fact" in change else ""
    ran_in = f", ran in {change['ran_in']}" if "ran_in" in change else ""
    public = f" Public for {how_long(change['public_seconds'])}." if "public_seconds" in change else ""
    return f"{_label(change['kind'])}{about}{ran_in}: {plain(wording.words_of(change))}{public}"


def how_long(seconds: float) -> str:
    """The two largest units that count: 3 d 4 h, 12 min 5 s, 0.031 s."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    counts, rest = [], round(seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        counts.append((count, unit))
    first = next(index for index, (count, _) in enumerate(counts) if count)
    return " ".join(f"{count} {unit}" for count, unit in counts[first : first + 2] if count)


def tell_impact(out: Console, slug: str, number: int, items: Sequence[Mapping[str, Any]]) -> None:
    """What rests on a fact, the nearest first, each with how far away it is."""
    count = {0: "nothing rests", 1: "1 fact rests"}.get(len(items), f"{len(items)} facts rest")
    _hang(out, Text(f"fact {number} of {slug}: {count} on it", style="dim"))
    for item in items:
        is_retracted = item["standing"] == "retracted"
        line = Text(f"{item['distance']:>3} {'✗' if is_retracted else ' '} ", style="bold")
        line.append(plain(item["statement"]), style="strike dim" if is_retracted else "not bold")
        _hang(out, line)
        between = item["distance"] - 1
        way = {0: "directly", 1: "through 1 other"}.get(between, f"through {between} others")
        _under(out, f"{item['story']}, fact {item['fact']} · version {item['version']} · rests on it {way}")


def _hang(out: Console, text: Text, indent: int = 6) -> None:
    """A paragraph whose lines after the first are indented."""
    for number, line in enumerate(text.wrap(out, out.width - indent)):
        line.rstrip()
        out.print(Text(" " * indent if number else "") + line)


def _under(out: Console, words: str, style: str = "dim", indent: int = 6) -> None:
    """A paragraph that is indented as a whole."""
    _hang(out, Text(" " * indent + words, style=style), indent)
