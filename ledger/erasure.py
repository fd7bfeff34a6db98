"""What is left of an event whose body was erased: that it happened, where, when, and by whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Erased:
    """Stands where the event stood. Nothing is known of what it said, and it changes nothing but the revision."""

    topic: str
