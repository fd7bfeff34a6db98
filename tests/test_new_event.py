"""Where must a new kind of event of a story, and a new command, have its place? One that lacks any of them is named.

`ledger/README.md` lists the same places for people.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from api.formats import wording
from api.http.acts import ACTS
from ledger import rules, story
from ledger.commands import Command, IssueKey, LiftEmbargo, RequestCorrection, RevokeKey, TakeItem
from ledger.events import TOPICS, topic_of
from ledger.moment import ChangeKind
from ledger.permitted import MAY, WHEN
from ledger.rules import undoing
from ledger.story import KIND, StoryEvent
from ledger.words import Closed, Text

GOLDEN = Path(__file__).parent / "golden" / "history.ndjson"
RECORDED = {json.loads(line)["topic"] for line in GOLDEN.read_text("utf-8").splitlines()}
COMMANDS: tuple[type[Command], ...] = get_args(Command)
EVENTS: tuple[type[StoryEvent], ...] = get_args(StoryEvent)
BY_NOBODY_AT_THE_DESK = {LiftEmbargo, IssueKey, RevokeKey, RequestCorrection, TakeItem}


def named_in(kind: type[object], *places: Any) -> bool:
    """Whether a module or a function says its name, or that of a union it is in."""
    names = {kind.__name__} | {
        name
        for module in (story, rules)
        for name, value in vars(module).items()
        if kind in get_args(value) and name not in ("StoryEvent", "Event", "Command")
    }
    return any(name in inspect.getsource(place) for place in places for name in names)


OF_AN_EVENT: Mapping[str, Callable[[Any], bool]] = {
    "ledger/story.py: StoryEvent": lambda event: event in EVENTS,
    "ledger/story.py: what the story is after it": lambda event: named_in(
        event, *(function for name, function in vars(story).items() if name.lstrip("_").startswith("evolve"))
    ),
    "ledger/story.py: KIND, and ledger/moment.py: ChangeKind": lambda event: (
        KIND.get(event) in get_args(ChangeKind)
    ),
    "ledger/events.py: TOPICS": lambda event: topic_of(event) in TOPICS.classes,
    "ledger/rules/undoing.py": lambda event: event is story.StoryOpened or named_in(event, undoing),
    "api/formats/wording.py: KINDS": lambda event: KIND.get(event) in wording.KINDS,
    "tests/golden/history.ndjson": lambda event: topic_of(event) in RECORDED,
}
OF_A_COMMAND: Mapping[str, Callable[[Any], bool]] = {
    "ledger/commands.py: Command": lambda command: command in COMMANDS,
    "ledger/permitted.py: MAY": lambda command: command in MAY,
    "ledger/permitted.py: WHEN": lambda command: command in WHEN or command in (IssueKey, RevokeKey),
    "ledger/rules/__init__.py: its rule": lambda command: named_in(command, rules),
    "api/http/acts.py: ACTS": lambda command: (
        command in BY_NOBODY_AT_THE_DESK or any(act.command is command for act in ACTS.values())
    ),
    "api/http/examples.py: an example that can be sent": lambda command: all(
        command.model_validate(act.example) for act in ACTS.values() if act.command is command
    ),
}


def missing(kind: Any, places: Mapping[str, Callable[[Any], bool]]) -> list[str]:
    return [place for place, has in places.items() if not has(kind)]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_of_a_story_has_all_its_places(event: type[StoryEvent]) -> None:
    assert missing(event, OF_AN_EVENT) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_all_its_places(command: type[Command]) -> None:
    assert missing(command, OF_A_COMMAND) == []


class TrainDelayed(Closed):
    topic: str = "train-delayed.v1"
    reason: Text


class DelayTrain(Closed):
    reason: Text


def test_of_a_new_one_every_place_is_named_that_it_lacks() -> None:
    assert missing(TrainDelayed, OF_AN_EVENT) == list(OF_AN_EVENT)
    assert missing(DelayTrain, OF_A_COMMAND) == [
        place for place in OF_A_COMMAND if place != "api/http/examples.py: an example that can be sent"
    ]
