"""Does an import, which decides reports by an outline of their story and from bytes, record and refuse exactly what the
same commands would, one by one and each by the whole story?"""

from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from api.http import lines
from api.server.embedded import EmbeddedPostgres
from api.terminal.importing import Acting, Import, Refused
from ledger.commands import Series
from ledger.refusals import Refusal
from ledger.store.keyring import Keyring
from ledger.store.store import LedgerMapper, read_streams
from ledger.store.writer import _evolve
from ledger.words import story_stream
from tests.carrying import FACT, LINK, Line, as_file, line
from tests.newsroom import Newsroom, open_newsroom
from tests.views import events_of

STORIES = ("first", "second", "third")
SOURCES = ("ria", "tass", "kcna")


class Day:
    """Draws what a desk asks for; much of it goes, and much is refused."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._number = 0
        self.lines: list[Line] = [
            *(line("register", {"slug": slug, "name": slug, "kind": "agency"}) for slug in SOURCES[:2]),
            *(self._opening(story) for story in STORIES[:2]),
        ]
        for _ in range(150):
            self.lines.append(self._one())

    def _opening(self, story: str) -> Line:
        return line("open", {"slug": story, "headline": "A day", "language": "en", "desk": "world"})

    def _one(self) -> Line:
        self._number += 1
        pick, below = self._random.choice, self._random.randrange
        story, fact = pick(STORIES), below(1, 12)
        seen = {"expected_version": below(1, 3), "reason": f"Seen {self._number}"}
        drawn = below(20)
        if drawn < 11:
            return self._report(story)
        asked: list[Line] = [
            line("update", seen | {"place": f"Place {self._number}"}, story=story, fact=fact),
            line("cite", seen | {"citations": [self._citation()]}, story=story, fact=fact),
            line("retract", seen, story=story, fact=fact),
            line("set-terms", seen | {"terms": pick(["background", "on_record"])}, story=story, fact=fact),
            line(
                "publish",
                {"revision": below(1, 30), "reason": f"Ready {self._number}"}
                | pick([{}, {"embargo_until": "2099-01-01T00:00:00Z"}]),
                story=story,
            ),
            line("hold", {"reason": f"Wait {self._number}"}, story=story),
            line("release", {"reason": f"Go {self._number}"}, story=story),
            line("kill", {"reason": f"Made up {self._number}"}, story=story),
            line("undo", {"reason": f"Not so {self._number}"}, story=story, revision=below(1, 30)),
            self._opening(story) | {"key": f"open {self._number}"},
        ]
        return pick(asked)

    def _report(self, story: str) -> Line:
        pick, below = self._random.choice, self._random.randrange
        said: dict[str, Any] = FACT | {
            "statement": f"Train {self._number} “arrived” \\ {pick(['', 'ünd ', '列車 '])}now",
            "attribution": [LINK | {"source": pick(SOURCES[:2])} for _ in range(below(1, 3))],
            "citations": [self._citation() for _ in range(below(3))],
        }
        said |= pick(
            [
                {},
                {"occurred": {"literal": "on Tuesday"}, "place": None, "entities": ["Kim Jong-un"]},
                {"kind": "figure", "figure": {"value": "4.0", "unit": "cars"}, "terms": "background"},
                {"rests_on": [{"story": pick(STORIES), "fact": below(1, 12)} for _ in range(below(1, 3))]},
                {"note": [{"role": "desk", "text": "Look again", "is_publishable": False}]},
                {"kind": "quote"},  # which needs words
            ]
        )
        if below(8) == 0:
            said["attribution"] = [LINK | {"source": pick(SOURCES)}]
        fact = {"fact": below(1, 9)} if below(4) == 0 else {}
        return line("report", said, story=story, **fact) | {"key": f"report {self._number}"}

    def _citation(self) -> dict[str, Any]:
        pick = self._random.choice
        return {"source": pick(SOURCES[:2])} | pick(
            [
                {"url": "https://example.org/1", "published_at": "2023-09-12T05:00:00+0900"},
                {"origin": pick(SOURCES), "excerpt": {"exact": "Words", "prefix": None}},
            ]
        )


def one_by_one(newsroom: Newsroom, day: Day) -> list[Refused]:
    """Each is decided in a group of its own."""
    refused: list[Refused] = []
    series, actor = Series(), newsroom.actor("editor")
    for number, asked in enumerate(day.lines, 1):
        try:
            mark = lines.fingerprint(asked)
            submission = lines.submission(lines.read(asked), actor, mark, uuid4(), series)
            newsroom.submit(submission)
        except lines.Unlike as unlike:
            refused += [Refused(number, asked["key"], "unlike", *place) for place in unlike.places]
        except Refusal as refusal:
            reason, place = str(refusal), lines.place_of(refusal)
            refused.append(Refused(number, asked["key"], type(refusal).__name__, place, reason))
    return refused


def recorded(newsroom: Newsroom) -> tuple[list[Any], list[Any]]:
    """Events and receipts, without the ids and the members of the one ledger."""
    rows = newsroom.views.execute(
        "select topic, stream_id, version, body from events join bodies using (position)"
        " where topic !~ '^(key|member)-' order by position"
    ).fetchall()
    receipts = newsroom.views.execute(
        "select key, fingerprint, receipt::jsonb - 'event_id' - 'warnings' from requests order by position, key"
    ).fetchall()
    return rows, receipts


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(6))
def test_what_is_carried_in_is_what_the_commands_one_by_one_are(
    newsroom: Newsroom, servers: Callable[[str], EmbeddedPostgres], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(seed)
    with monkeypatch.context() as patch, open_newsroom(servers("embedded")) as other:
        patch.setattr("ledger.store.writer.is_decided_by_outline", lambda _: False)  # by the whole story
        refused_there = one_by_one(other, day)
        there = recorded(other)

    refused_here: list[Refused] = []
    acting, keyring = Acting(newsroom.actor("editor"), {}), Keyring()
    keyring.refresh(newsroom.views)
    run = Import(newsroom.database, keyring, acting, lambda _, __, rows: refused_here.extend(rows))
    report = run.run(BytesIO(as_file(day.lines)))
    assert recorded(newsroom) == there
    assert [(row.line, row.key, row.pointer, row.reason) for row in refused_here] == [
        (row.line, row.key, row.pointer, row.reason) for row in refused_there
    ]
    assert report.recorded > 25
    assert len(refused_here) > 20

    # And what it had folded late, or not at all, is what the ledger holds.
    writer = run._writer
    streams = [story_stream(story) for story in STORIES[:2]]
    whole: dict[Any, Any] = dict.fromkeys(streams)
    for one in read_streams(newsroom.views, dict.fromkeys(streams, 0), LedgerMapper()):
        whole[one.stream] = _evolve(whole[one.stream], one.event, one.at, one.stream)
    assert {stream: writer._held[stream].retold().state for stream in streams} == whole
    assert len(events_of(newsroom.views)) >= report.recorded
