"""A story at one moment as the desk and as readers see it, side by side in a terminal of 80 columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.terminal.rendering import instant, plain, public_change

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader was answered: HTTP status, and the story's document or a problem."""

    status: int
    told: Document

    @property
    def story(self) -> Document | None:
        """None where they see nothing of it."""
        return self.told if self.status == 200 else None


def tell_side_by_side(out: Console, desk: Document, readers: Answer, about: Iterable[str]) -> None:
    """`about`: what matters then, of "headline", "fact 4", "correctives" and "changes"."""
    table = Table(box=box.MINIMAL, show_edge=False, pad_edge=False, width=min(out.width, 80))
    table.add_column("DESK, with a key", ratio=1, overflow="fold")
    table.add_column("READERS, without one", ratio=1, overflow="fold")
    table.add_row(desk_standing(desk), readers_standing(readers))
    for aspect in about:
        told = "" if readers.story is None else seen(readers.story, aspect)
        table.add_row(Text(plain(seen(desk, aspect))), Text(plain(told)))
    out.print(table)
    if desk["publication"]["state"] == "published" and readers.story is None:
        out.print("What is held or withdrawn by now, readers do not see as of then, either.", style="dim")


def desk_standing(story: Document) -> Text:
    """How its publication stands: state, revision, what waits for a second person."""
    publication = story["publication"]
    state = publication["state"].replace("_", " ")
    told = Text(f"{state}, {publication['pub_status']}" if "pub_status" in publication else state, "bold")
    shown = f", readers see edition {publication['edition']}" if state == "published" else ""
    told.append(f"\nrevision {story['revision']}{shown}", "not bold")
    for pending in publication["approvals"]:
        act = f"{pending['act']['act']} waits for a second person"
        told.append(f"\napproval {pending['approval']}: {act}", "bold yellow")
    return told


def readers_standing(answer: Answer) -> Text:
    """What they are answered: status, revision and since when; or why they see nothing."""
    if answer.story is None:
        told = Text(f"{answer.status} ", "bold").append(plain(answer.told["detail"]), "not bold")
        since = answer.told.get("tombstone", {}).get("since")
    else:
        publication = answer.story["publication"]
        told = Text(
            " ".join([str(answer.status), publication["pub_status"], *publication["signals"]]), "bold"
        )
        told.append(f"\nedition {answer.story['edition']}", "not bold")
        since = publication["published_at"]
    return told.append(f"\nsince {instant(since)}", "not bold") if since else told


def seen(story: Document, aspect: str) -> str:
    match aspect.split():
        case ["headline"]:
            return f"“{story['headline']}”"
        case ["fact", number]:
            return fact_seen(story, int(number))
        case ["correctives"]:
            return correctives_seen(story)
        case ["changes"]:
            return changes_seen(story)
        case _:
            raise ValueError(aspect)


def fact_seen(story: Document, number: int) -> str:
    fact = next((fact for fact in story["facts"] if fact["fact"] == number), None)
    if fact is None:
        return f"fact {number}: not there"
    withdrawn = " ✗ withdrawn" if fact["standing"] == "retracted" else ""
    return f"fact {number} v{fact['version']}{withdrawn}: {fact['statement']}"


def correctives_seen(story: Document) -> str:
    lines = [f"corrective on fact {one['fact']}, ran in {one['ran_in']}" for one in story["correctives"]]
    return "\n".join(lines) or "no corrective"


def changes_seen(story: Document) -> str:
    """The changes that readers saw come with this edition; the desk's document lists none."""
    latest = [
        change
        for change in story.get("changes", ())
        if change["published_at"] == story["publication"]["published_at"]
    ]
    return "\n".join(map(public_change, reversed(latest)))
