"""What stands for an event that says nothing: its body was erased, or it does not follow what came before it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Erased:
    """Stands where the event stood. Nothing is known of what it said, and it changes nothing but the revision."""

    topic: str


@dataclass(frozen=True, slots=True)
class OutOfPlace:
    """An event that does not follow those before it in its stream, or comes after one that does not: the database went
    back in time when `append` did not notice yet. It changes nothing; see the table `gaps`."""

    topic: str
