"""What a rule may look at besides its own stream as it is: who asks, when, the other streams, and one past event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ledger.commands import Actor, IfMatch
from ledger.erasure import Erased
from ledger.events import Recorded
from ledger.member import Member
from ledger.refusals import RevisionNamedTwice
from ledger.request import Request
from ledger.source import Source
from ledger.story import Outline, Story, StoryEvent, outline
from ledger.words import source_stream, story_stream

State = Story | Source | Member | Request


@dataclass(frozen=True, slots=True)
class Past:
    """What happened to the story in one revision, and the story as it stood just before it."""

    event: StoryEvent | Erased
    before: Story | None


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when, and the other streams as they are: those that `leans_on` names are present if they exist.

    `past` is there for a command that `looks_back`, if the story has that revision; `told`: what happened that readers
    would be told of with the revision that becomes public; `public`: the story as readers see it, where a command may
    tighten terms and what the story says has changed since. `if_match`: only if that holds may anything happen.
    `outlines`: those of stories that were not folded for this; `registered`: slugs of sources that were looked up
    and may be named, by this command or one before it.
    """

    actor: Actor
    now: datetime
    about: str | None  # the slug of the story or the source that the command is about
    streams: Mapping[UUID, State | None]
    past: Past | None = None
    told: Sequence[Recorded] = ()
    public: Story | None = None
    if_match: IfMatch | None = None
    outlines: Mapping[UUID, Outline] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)

    def may_be_named(self, source: str) -> bool:
        """Whether the source is registered, and no other goes on in its place."""
        if source not in self.registered:
            found = self.source(source)
            if found is None or found.merged_into is not None:
                return False
            self.registered.add(source)
        return True

    def source(self, slug: str) -> Source | None:
        found = self.streams.get(source_stream(slug))
        return found if isinstance(found, Source) else None

    def one_with(self, slug: str) -> list[Source]:
        """The source, and those that it is the same as; none where there is no such source."""
        found = self.source(slug)
        if found is None:
            return []
        goes_on = self.source(found.merged_into) if found.merged_into else None
        others = {*found.one_with, *(goes_on.one_with if goes_on else ())} - {slug}
        return [found, *filter(None, map(self.source, sorted(others)))]

    def as_of(self, story: Story, revision: int) -> Story:
        """The story as it stood at a revision that becomes public."""
        if revision >= story.content:
            return story
        assert self.past is not None, "who decides this has read the past"
        assert self.past.before is not None, "only its opening has no story before it"
        return self.past.before

    def facts_in(self, story: str) -> int:
        """How many facts a story has; none where there is no such story."""
        stream = story_stream(story)
        found = self.outlines.get(stream)
        if found is None:
            state = self.streams.get(stream)
            found = outline(state) if isinstance(state, Story) else None
        return found.facts if found else 0

    @property
    def revision_seen(self) -> int | None:
        """The revision of the story that If-Match names, if it names one."""
        return (self.if_match.revision or None) if self.if_match else None

    def seen(self, said: int | None, field: str) -> int | None:
        """The revision that was looked at, as the field of the command says, or If-Match."""
        named = self.revision_seen
        if named is not None and said not in (None, named):
            raise RevisionNamedTwice(named=named, said=said, field=field, header="If-Match")
        return said or named
