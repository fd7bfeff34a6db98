"""The story as readers saw it at any moment: what was published then and may still be seen, and nothing else.

Every answer goes through `visibility.SHOWN`, by `moment` here or in the query itself.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

import orjson
from psycopg import Connection

from ledger import limits
from ledger.moment import rfc3339
from ledger.refusals import NothingThere, StoryMoved, StoryWithdrawn
from ledger.store.database import Row
from projections.reading import replay, timeline, withdrawals
from projections.reading.differing import of_editions
from projections.reading.replay import WHOLE, Asked, Part
from projections.reading.timeline import Beside
from projections.reading.withdrawals import ReaderTombstone
from projections.views import fact_versions, public_changes, sources, story_versions, visibility
from projections.views.documents import mapping_text
from projections.views.reader_view import facts_named, without_facts, without_spans, without_words
from projections.views.story_now import StoryNow
from projections.views.visibility import Shown, Signal


@dataclass(frozen=True, slots=True)
class Moment:
    """What readers saw of a story at the position that was asked for."""

    story: StoryNow
    asked_position: int
    shown: Shown


@dataclass(frozen=True, slots=True)
class Seen:
    """A document for readers, of a moment; `beside`: the editions around it, where they were asked for."""

    then: Moment
    text: str
    beside: Beside | None = None

    @property
    def asked_position(self) -> int:
        """The position that the question came to."""
        return self.then.asked_position

    def is_bound_by(self, asked: Asked) -> bool:
        """Whether the question has this answer for ever. A revision between two editions may be one itself one day."""
        is_exact = asked.revision in (None, self.then.shown.revision)
        return is_exact and asked.is_bound_to(self.asked_position)


def moment(connection: Connection[Row], slug: str, asked: Asked) -> Moment:
    """What was asked of a story. NothingThere where readers see nothing of it, whatever the reason: a story that is
    not there, not published, embargoed or held is refused in the same words. StoryWithdrawn for one that readers saw
    and that was killed or taken down; StoryMoved for one that they see under another slug by now."""
    wanted = replay.resolve(connection, asked)

    def look() -> tuple[int, StoryNow, Shown | None, bool] | None:
        first, is_named = None, asked.edition is not None or asked.revision is not None
        if asked.edition is not None:
            first = visibility.edition(connection, slug, asked.edition, wanted)
        elif asked.revision is not None:
            first = visibility.edition_of(connection, slug, asked.revision, wanted)
        position = first[0] if first else wanted
        found = visibility.shown(connection, slug, position)
        return (position, *found, first is not None or not is_named) if found else None

    found = replay.sure(connection, look)
    if found is None:
        raise NothingThere
    position, story, shown, is_there = found
    if story.slug != slug and (shown or _is_seen(connection, slug)):
        raise StoryMoved(was=slug, story=story.slug)
    if shown is None:
        withdrawn(withdrawals.tombstone(connection, story.number, position))
    if shown is None or not is_there:
        raise NothingThere
    return Moment(story, position, shown)


def _is_seen(connection: Connection[Row], slug: str) -> bool:
    """Whether readers see the story now, whatever they saw of it at the moment that was asked for."""
    found = visibility.shown(connection, slug, limits.POSITION)
    return found is not None and found[1] is not None


def withdrawn(tombstone: ReaderTombstone | None) -> None:
    """Refuses with the tombstone, where there is one."""
    if tombstone is not None:
        raise StoryWithdrawn(
            notice=withdrawals.words(tombstone),
            tombstone=tombstone.model_dump(mode="json", exclude_none=True),
        )


def story(
    connection: Connection[Row], slug: str, asked: Asked, part: Part = WHOLE, *, with_beside: bool = False
) -> Seen:
    """The story as readers saw it, with all of its facts or some; `with_beside`: and the editions around it. As it is
    now, one that is the same as another which they see, or saw until it was withdrawn, is that one (StoryMoved); its
    past stays its own."""
    then = moment(connection, slug, asked)
    if then.story.merged_into is not None and not asked.is_bound:
        other = visibility.goes_on_as(connection, then.story.merged_into, then.asked_position)
        if other is not None:
            raise StoryMoved(was=slug, story=other, merged_into=other)
    edition = then.shown.edition_position
    rows = connection.execute(
        _whole(with_beside=with_beside),
        {
            "story": then.story.number,
            "content": then.shown.content,
            "position": then.asked_position,
            "edition": edition,
            "limit": limits.CHANGES_SHOWN + 1,
            "after": part.after,
            "upto": part.upto,
        },
    ).fetchall()
    found: dict[str, list[tuple[int, str, int, list[str]]]] = defaultdict(list)
    for kind, number, text, at, stories in sorted(rows, key=itemgetter(0, 1)):
        found[kind].append((number, text, at, stories))
    texts = {kind: [text for _, text, *_ in parts] for kind, parts in found.items()}
    facts = hiding_facts(
        connection, then.asked_position, [(text, stories, edition) for _, text, _, stories in found["fact"]]
    )
    of_this_edition = [text for _, text, at, _ in found["change"] if at == edition]
    signals = _signals(connection, then, edition, then.shown.signals, of_this_edition)
    changes = texts.get("change", [])
    copy = next(iter(texts.get("copy", ())), None)
    correctives = texts.get("corrective", [])
    hidden, withdrawn = ({number for number, *_ in found[kind]} for kind in ("hidden", "withdrawn"))
    if unseen := hidden | withdrawn:  # readers are not told of them that they are there
        copy = copy and without_spans(without_words(copy, hidden), withdrawn)
        correctives = [text for text in correctives if orjson.loads(text)["fact"] not in unseen]
    (head,) = texts["head"]
    following = part.following(max((number for number, *_ in found["elsewhere"]), default=None))
    named = {name: text for _, text, _, (name,) in found["source"]}
    whole = "".join(
        (
            f'{{"edition":{then.shown.edition},"revision":{then.shown.revision},',
            head[1:-1],
            _known_first(head, then.story.first_public_slug),
            f',"publication":{then.shown.text(signals)}',
            f',"copy":{copy}' if copy else "",
            f',"notes":[{",".join(texts.get("note", ()))}]',
            f',"correctives":[{",".join(correctives)}]',
            f',"facts":[{",".join(facts)}]',
            f',"next":{following}' if following else "",
            f',"independent_origins":{found["origins"][0][0]}',
            f',"changes":[{",".join(changes[: limits.CHANGES_SHOWN])}]',
            f',"earlier_changes":{str(len(changes) > limits.CHANGES_SHOWN).lower()}',
            f',"sources":{mapping_text(named)}}}',
        )
    )
    return Seen(then, whole, _beside(found) if with_beside else None)


def _known_first(head: str, slug: str | None) -> str:
    """What an edition says under another slug than readers saw the story under first: its ids are made of that."""
    return "" if head.startswith(f'{{"story":"{slug}"') else f',"first_slug":"{slug}"'


def _signals(
    connection: Connection[Row], then: Moment, edition: int, stored: Sequence[Signal], changes: Sequence[str]
) -> Sequence[Signal]:
    """Those of an edition. What its list of changes is cut of may hold the correction."""
    kinds: Sequence[str] = ()
    if "sig:correction" in stored and len(changes) > limits.CHANGES_SHOWN:
        kinds = [
            kind
            for _, kind, _ in public_changes.kinds_shown(
                connection, then.asked_position, story=then.story.number, editions=[edition]
            )
        ]
    return visibility.signals_shown(stored, changes, kinds)


def _beside(found: Mapping[str, Sequence[tuple[int, str, int, list[str]]]]) -> Beside:
    return timeline.in_place(
        (place, edition, position, datetime.fromisoformat(since))
        for place in timeline.PLACES
        for edition, since, position, _ in found.get(place, ())
    )


def _whole(*, with_beside: bool) -> str:
    """SQL: a story as readers see it as of %(content)s, in one question: the way there and back is longer than most
    answers. Of each part what it is, its place among its like, the text, where it was published, which names are in
    it."""
    named = sources.called(
        "'source', 0, reader, 0, array[slug]",
        "select distinct unnest(reader_sources) as slug from facts",
        "%(edition)s",
    )
    return (
        f"with facts as materialized ({fact_versions.shown_then()})"
        " select case when text is null and is_tombstone then 'withdrawn' when text is null then 'hidden'"
        " when is_asked then 'fact' else 'elsewhere' end, fact::bigint, case when is_asked then text end,"
        " 0::bigint, nullif(reader_stories, '{}')"
        " from (select *, fact > %(after)s and fact <= %(upto)s as is_asked from facts) f"
        f" union all select part, item, text, 0, null from ({story_versions.shown_then()}) s"
        f" union all select 'change', row_number() over ({public_changes.LAST_FIRST}), text, published_position, null"
        f" from ({public_changes.of_a_story()}) c"
        f" union all {named}"
        " union all select 'origins', count(distinct o), null, 0, null"
        " from facts, unnest(reader_origins) o"
    ) + (
        f" union all select place, edition, since::text, from_position, null from ({timeline.beside()}) b"
        if with_beside
        else ""
    )


def fact(connection: Connection[Row], slug: str, number: int, asked: Asked) -> Seen:
    """One fact as readers saw it, with the names of its sources."""
    then = moment(connection, slug, asked)
    found = fact_versions.shown_one(connection, then.story.number, number, then.shown.content)
    if found is None:
        raise NothingThere
    named, stories, text = found
    (text,) = hiding_facts(connection, then.asked_position, [(text, stories, then.shown.edition_position)])
    whole = f'{{"story":"{slug}",{text[1:-1]},"sources":{sources_of(connection, set(named), then.shown)}}}'
    return Seen(then, whole)


def hiding_facts(
    connection: Connection[Row], position: int, facts: Sequence[tuple[str, list[str], int]]
) -> list[str]:
    """The texts of facts without the mention of facts, of whichever story, that readers did not see when the edition
    came that they read it in, or do not see at the position: so it is an edition that brings a mention, and what is
    hidden later is not mentioned any more. facts: text, stories named, position of that edition. Only those that name
    stories are parsed."""
    parsed = {index: orjson.loads(text) for index, (text, stories, _) in enumerate(facts) if stories}
    named = {
        index: {(one, at) for one in facts_named(fact) for at in (position, facts[index][2])}
        for index, fact in parsed.items()
    }
    shown = visibility.facts_shown(connection, set().union(*named.values()))
    hidden = {index: {one for one, _ in moments - shown} for index, moments in named.items()}
    return [
        without_facts(parsed[index], hidden[index]) if hidden.get(index) else text
        for index, (text, *_) in enumerate(facts)
    ]


def sources_of(connection: Connection[Row], named: set[str], shown: Shown) -> str:
    """As they were called when the edition was published."""
    return mapping_text(sources.some_for_readers(connection, named, shown.edition_position))


@dataclass(frozen=True, slots=True)
class Edition:
    """A content that readers saw from a publication on. number: its place among those of the story, from 1."""

    number: int
    revision: int
    position: int
    published_at: datetime
    text: str


def editions(
    connection: Connection[Row], then: Moment, after: int, limit: int, *, last_first: bool = False
) -> list[Edition]:
    """The editions of a story beyond a position, up to the moment; each with the changes that it brought,
    and in what it reads otherwise than the one before it."""
    order = "desc" if last_first else "asc"
    beyond = "from_position < %(after)s" if last_first else "from_position > %(after)s"
    rows = connection.execute(
        "select edition, revision, from_position, since, signals from publications"
        f" where story = %(story)s and is_edition and {beyond} and from_position <= %(upto)s"
        f" order by from_position {order} limit %(limit)s",
        {"story": then.story.number, "after": after, "upto": then.asked_position, "limit": limit},
    ).fetchall()
    changes: dict[int, list[str]] = {}
    for published, text in public_changes.changes_of(
        connection,
        then.asked_position,
        story=then.story.number,
        editions=[position for _, _, position, _, _ in rows],
        limit=limits.CHANGES_SHOWN + 1,
    ):
        changes.setdefault(published, []).append(text)
    differing = of_editions(connection, then.story.number, [position for _, _, position, _, _ in rows])
    return [
        Edition(
            number,
            revision,
            position,
            since,
            f'{{"edition":{number},"revision":{revision},"position":{position}'
            f',"published_at":"{rfc3339(since)}","signals":['
            + ",".join(
                f'"{signal}"'
                for signal in _signals(connection, then, position, signals, changes.get(position, []))
            )
            + f'],"changes":[{",".join(changes.get(position, [])[limits.CHANGES_SHOWN - 1 :: -1])}]'
            + f',"earlier_changes":{str(len(changes.get(position, ())) > limits.CHANGES_SHOWN).lower()}'
            + (f',"differs":{differing[position].text()}' if position in differing else "")
            + "}",
        )
        for number, revision, position, since, signals in rows
    ]


def edition(connection: Connection[Row], slug: str, asked: Asked) -> Edition:
    """One edition of a story, the one that the revision which is asked for comes to, as in the list of them."""
    then = moment(connection, slug, asked)
    (found,) = editions(connection, then, then.shown.edition_position - 1, 1)
    return found


def history(
    connection: Connection[Row], then: Moment, number: int, after: int, limit: int
) -> list[tuple[int, str]]:
    """(position from which readers saw it, text) of each version of a fact that readers saw, oldest first."""
    rows = connection.execute(
        f"select seen.position, seen.at, {visibility.SEEN}, v.reader_stories from fact_versions v"
        " join lateral (select p.from_position as position, p.since as at, p.content from publications p"
        # What it showed is older than the edition itself, so the first that can show the version comes after it.
        "   where p.story = v.story and p.is_edition and p.from_position > v.from_position"
        "   and p.from_position <= %(upto)s and p.content >= v.from_position"
        "   order by p.from_position limit 1) seen on seen.content < v.to_position"
        " where v.story = %(story)s and v.fact = %(fact)s and seen.position > %(after)s"
        f" and {visibility.SEEN} is not null"
        " order by seen.position limit %(limit)s",
        {
            "story": then.story.number,
            "fact": number,
            "upto": then.asked_position,
            "after": after,
            "limit": limit,
        },
    ).fetchall()
    texts = hiding_facts(
        connection,
        then.asked_position,
        [(text, stories, then.shown.edition_position) for _, _, text, stories in rows],
    )
    return [
        (position, f'{text[:-1]},"since":{position},"published_at":"{rfc3339(at)}"}}')
        for (position, at, _, _), text in zip(rows, texts, strict=True)
    ]
