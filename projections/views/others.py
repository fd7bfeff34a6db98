"""Sources, members and correction requests as the folds have them."""

from datetime import datetime
from typing import Any, ClassVar

from ledger.events import topic_of
from ledger.request import (
    ContactErased,
    ContactLeft,
    CorrectionRequested,
    RequestAccepted,
    RequestAcknowledged,
    RequestDeclined,
    RequestErased,
)
from ledger.source import (
    ProviderRegistered,
    ProviderSettings,
    Registration,
    SourceDiscredited,
    SourceMerged,
    SourceParted,
    SourceReinstated,
    SourceRenamed,
)
from projections.views.happened import Happened, Values
from projections.views.story import text_of

_DISCREDITED, _REINSTATED = topic_of(SourceDiscredited), topic_of(SourceReinstated)
_RENAMED = topic_of(SourceRenamed)
_MERGED, _PARTED = topic_of(SourceMerged), topic_of(SourceParted)
_PROVIDER = topic_of(ProviderRegistered)
_REQUESTED, _LEFT, _ERASED = topic_of(CorrectionRequested), topic_of(ContactLeft), topic_of(RequestErased)
_ACKNOWLEDGED, _ACCEPTED = topic_of(RequestAcknowledged), topic_of(RequestAccepted)
_DECLINED, _CONTACT_ERASED = topic_of(RequestDeclined), topic_of(ContactErased)


class SourceStep:
    """number: the position of its registration; names: every one that it has or had; is_called: whether the event
    gave it its name."""

    weight: ClassVar = 1

    def __init__(self, first: Happened) -> None:
        self.number, self.event = first.position, first
        said = first.said
        given = {"source": said["slug"], **said, "registered_at": first.recorded_at}
        self.registration: Values = {name: given[name] for name in Registration.model_fields if name in given}
        self.discredited: Values | None = None
        self.provider: Values | None = None
        self.other_names: list[str] = []
        self.former_names: list[Values] = []
        self.merged_into: str | None = None
        self.joined: list[Values] = []  # to it
        self.is_called = True

    @property
    def together(self) -> list[str]:
        """Slugs of it and of those that it goes on for."""
        return [self.registration["source"], *(one["source"] for one in self.joined)]

    @property
    def names(self) -> list[str]:
        former = [one["name"] for one in self.former_names]
        return list(dict.fromkeys((self.registration["name"], *self.other_names, *former)))

    def take(self, event: Happened) -> "SourceStep":
        is_first, self.event = event is self.event, event
        self.is_called = is_first or (
            event.kind == _RENAMED and event.said["name"] != self.registration["name"]
        )
        if event.kind == _DISCREDITED:
            self.discredited = {"reason": event.said["reason"], "recorded_at": event.recorded_at}
        elif event.kind == _REINSTATED:
            self.discredited = None
        elif event.kind == _RENAMED:
            said = event.said
            if self.is_called:
                last = {
                    "name": self.registration["name"],
                    "until": event.recorded_at,
                    "reason": said["reason"],
                }
                self.former_names = [*self.former_names, last]
            self.registration = self.registration | {"name": said["name"]}
            self.other_names = said["other_names"]
        elif event.kind == _PROVIDER:
            said = event.said
            self.provider = {name: said[name] for name in ProviderSettings.model_fields if name in said}
        elif event.kind in (_MERGED, _PARTED):
            self._is_joined(event.said, is_one=event.kind == _MERGED)
        return self

    def _is_joined(self, said: Values, *, is_one: bool) -> None:
        """To another, or another to it."""
        if said["slug"] == self.registration["source"]:
            self.merged_into = said["into"] if is_one else None
            return
        self.joined = [one for one in self.joined if one["source"] != said["slug"]]
        if is_one:
            self.joined = [*self.joined, {"source": said["slug"], "name": said["name"]}]


class MemberStep:
    weight: ClassVar = 1

    def __init__(self, first: Happened) -> None:
        self.event, self.label = first, str(first.said["label"])

    def take(self, event: Happened) -> "MemberStep":
        self.event = event
        return self


class RequestStep:
    """row: what is kept of it, by column; what whoever asked wrote is not among that."""

    weight: ClassVar = 1
    COLUMNS: ClassVar = (
        "position", "state", "contact", "asked_at", "answered_at", "answered_by", "seconds_to_answer", "story",
        "acknowledged", "answer",
    )  # fmt: skip

    def __init__(self, first: Happened) -> None:
        self.event = first
        story = first.body["story"] if first.body else ""  # which story is said where it was erased
        self.row: dict[str, Any] = dict.fromkeys(self.COLUMNS)
        self.row |= {
            "position": first.position,
            "state": "open",
            "asked_at": first.recorded_at,
            "story": story,
        }

    def take(self, event: Happened) -> "RequestStep":
        self.event, row = event, self.row
        match event.kind:
            case kind if kind == _LEFT or (event.body is None and event.position != row["position"]):
                row["contact"] = event.position
            case kind if kind == _ERASED:
                row["story"] = event.said["story"]
            case kind if kind == _ACKNOWLEDGED:
                note = f',"note":{text_of(event.said["note"])}' if "note" in event.said else ""
                row |= {
                    "state": "acknowledged",
                    "acknowledged": f'"acknowledged_at":"{event.recorded_at}"{note}',
                }
            case kind if kind in (_ACCEPTED, _DECLINED):
                waited = datetime.fromisoformat(event.recorded_at) - datetime.fromisoformat(row["asked_at"])
                answer = text_of(event.said)[:-1]  # who answered comes in on reading
                row |= {
                    "state": "accepted" if kind == _ACCEPTED else "declined",
                    "answered_at": event.recorded_at,
                    "answered_by": event.actor,
                    "seconds_to_answer": waited.total_seconds(),
                    "answer": f'"answered_at":"{event.recorded_at}","answer":{answer}',
                }
            case kind:
                assert kind in (_REQUESTED, _CONTACT_ERASED), kind
        return self
