"""Days at the desk: some written down, each for something that can go wrong, and random ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.newsday import SOURCES, Day

# --- Written down ------------------------------------------------------------------------------------------------


def published_and_changed(day: Day) -> None:
    """What was published is corrected, updated, clarified and withdrawn; some of it is published, some is not."""
    day.open()
    for source in range(3):
        day.report(0, source=source)
    day.report(0, terms="background", source=1)
    day.report(0, terms="deep_background", source=2)
    day.report(0, terms="off_record", source=2)
    day.report_nameless(0)
    day.report_nameless(0, terms="background")
    day.copy(0, 1)
    day.note(0, publishable=True)
    day.note(0, publishable=False)
    day.editors_note(0)
    day.publish(0)
    day.correct(0, 1)
    day.update(0, 2)
    day.clarify(0, 3)
    day.retract(0, 7)
    for fact in (4, 5, 6):
        day.correct(0, fact, terms=("background", "deep_background", "off_record")[fact - 4], source=1)
    day.publish(0)
    day.update(0, 2)  # overtaken before anyone saw it
    day.correct(0, 2, wrong_version=2)
    day.correct(0, 1)
    day.correct(0, 1)  # of a version that nobody saw
    day.correct(0, 1, wrong_version=2)
    day.corrective_for_each_edition(0, 1)
    day.corrective_for_each_edition(0, 6)
    day.clarify(0, 3)
    day.retract(0, 3)  # the clarification was overtaken
    day.discredit(0)
    day.rename(0)
    day.ask_for_correction(0)
    for fact in (1, 6, 9):
        day.ask_for_correction(0, fact)
    for fact in (1, 4, 6):
        day.confirm(0, fact)
        day.cite(0, fact, 2)
        day.attribute(0, fact, 2)
        day.assess(0, fact)
        day.answer(0, fact, 0)
    day.rename(1)  # before anyone read its name there
    day.merge_source(2, 1)
    day.headline(0)
    day.dateline(0)
    day.copy(0, 2)
    day.copy(0, 2, refile=True)
    day.editors_note(0)
    day.take(0)
    day.take(0, corrects=True)
    day.publish(0, back=8)
    day.publish(0)
    day.take(0, corrects=True)
    day.headline(0)  # and nothing of the rest is published
    day.copy(0, 1, refile=True)
    day.correct(0, 1)
    day.retract(0, 2)
    day.report(0)
    day.editors_note(0)
    day.rename(0)


def withdrawn_before_and_after(day: Day) -> None:
    """Facts that are withdrawn before anyone saw them, after that, and between."""
    for story in range(2):
        day.open()
        for source in range(4):
            day.report(story, source=source)
        day.report(story, terms="off_record")
    for fact in (1, 5):
        day.retract(0, fact)
    day.copy(0, 1)
    day.publish(0)  # refused: words stand on what is withdrawn
    day.copy(0, 3)
    day.publish(0)
    day.correct(0, 2)
    day.retract(0, 2)
    day.update(0, 3)
    day.publish(0, back=2)
    day.retract(0, 3)
    day.reterm(0, 4, "off_record")
    day.copy(0, fact=9)  # on no fact: there is none
    day.publish(0)
    day.retract(0, 4)
    day.dateline(0)
    day.publish(0)
    day.retract(1, 1)
    day.publish(1, back=1)  # as it was before that
    day.corrective_for_each_edition(1, 1)
    day.publish(1)


def terms_that_change(day: Day) -> None:
    """What was on the record goes off it, and comes back."""
    day.open()
    for source in range(3):
        day.report(0, source=source)
    day.report(0, terms="off_record")
    day.report(0, terms="background")
    day.publish(0)
    day.reterm(0, 1, "off_record")
    day.correct(0, 2, terms="background")
    day.clarify(0, 3, terms="off_record")
    day.reterm(0, 4, "on_record")
    day.reterm(0, 5, "on_record")
    day.publish(0)
    day.correct(0, 1, terms="off_record")
    day.corrective_for_each_edition(0, 1)
    day.reterm(0, 2, "on_record")
    day.publish(0)
    day.reterm(0, 1, "on_record")
    day.update(0, 3)
    day.publish(0)
    day.correct(0, 3)
    day.retract(0, 1)
    day.publish(0)


def sources_protected_later(day: Day) -> None:
    """What readers have seen named is on stricter terms later, or off the record, before anybody publishes that, and on
    looser ones again; beside it, on the word of the same sources, stands what nobody touches."""
    for _ in range(3):
        day.open()
    for source in (0, 0, 1, 2):
        day.report(0, source=source)
    day.report(0, terms="background", source=2)
    day.copy(0, 3)
    day.report(1, source=2, rests_on=[(0, 1), (0, 3)])
    day.contradict(1, 1, 0, 3)
    for fact in (1, 2, 3):
        day.answer(0, fact, fact)
    day.publish(0)
    day.publish(1)
    day.correct(0, 1)
    day.correct(0, 3)
    day.corrective_for_each_edition(0, 3)
    day.cite(0, 4, 1)
    day.publish(0)
    day.update(0, 1, source=1)  # readers do not see that yet
    day.reterm(0, 1, "background")
    day.headline(2)  # and nothing is published from here on but this
    day.publish(2)
    day.reterm(0, 3, "off_record")
    day.reterm(0, 4, "deep_background")
    day.reterm(0, 5, "off_record")
    day.undo(0)
    day.ask_for_correction(0, 1, terms="background")
    day.report(2, source=0)
    day.publish(2)
    day.reterm(2, 1, "background")  # so that nothing names the source any more but a fact of another story
    day.reterm(0, 3, "on_record")
    day.retract(0, 4)
    day.publish(0)
    day.reterm(0, 4, "off_record")
    day.hold(1)
    day.reterm(1, 1, "off_record")
    day.release(1)


def words_off_the_record(day: Day) -> None:
    """Words of the copy that readers have read stand on what goes off the record later, some of them on another fact,
    too; under the same copy, and under another one, that comes on the record again."""
    day.open()
    for source in range(3):
        day.report(0, source=source)
    day.copy(0, 1, around=2)
    day.publish(0)
    day.headline(0)
    day.publish(0)
    day.copy(0, 3, around=1)  # and nobody has read that yet
    day.reterm(0, 1, "off_record")
    day.publish(0)  # refused
    day.copy(0, 2, around=3)
    day.publish(0)
    day.copy(0, 3, refile=True)
    day.publish(0)
    day.reterm(0, 3, "off_record")
    day.headline(0)
    for fact in (1, 3):
        day.reterm(0, fact, "on_record")
    day.publish(0)  # so that the copy says it all again, and no edition before does
    day.copy(0, 1, around=3)
    day.publish(0)
    day.update(0, 1, terms="off_record")
    day.undo(0)  # refused
    day.reterm(0, 2, "background")


def embargoes(day: Day) -> None:
    """One that has not ended, on a story that readers see, on one that they do not, and one that was killed under it;
    others that end, one of them while the story is held."""
    for story in range(5):
        day.open()
        day.report(story, source=story)
        day.copy(story)
    day.embargo(0)
    day.publish(1)
    day.correct(1, 1)
    day.embargo(1)
    day.update(1, 1)
    day.embargo(2, back=1)
    day.kill(2)
    day.short_embargo(3)
    day.update(3, 1)
    day.short_embargo(3)
    day.headline(3)
    day.embargo(3)
    day.publish(4)
    day.correct(4, 1)
    day.short_embargo(4, held=True)
    day.correct(4, 1)
    day.release(4, back=0)
    day.hold(4)


def held_and_released(day: Day) -> None:
    for story in range(3):
        day.open()
        day.report(story, source=story)
        day.copy(story)
        day.publish(story)
        day.correct(story, 1)
    day.hold(0)
    day.release(0)
    day.publish(0)
    day.hold(0)
    day.update(0, 1)
    day.release(0, back=0)
    day.hold(1)
    day.hold(2)
    day.clarify(2, 1)
    day.release(2, back=1)
    day.hold(2)
    day.release(2)


def killed_and_restored(day: Day) -> None:
    for story in range(6):
        day.open()
        day.report(story, source=story)
        day.report(story, source=story, rests_on=[(story - 1, 1)] if story else [])
        if story < 5:
            day.publish(story)
            day.correct(story, 1)
            day.publish(story)
    day.kill(0)
    day.take_down(1)
    day.take_down(2, "safety")
    day.kill(3)
    day.restore(3)
    day.update(3, 2)
    day.publish(3)
    day.kill(4, approve=False)
    day.ask(4, "takedown")
    day.kill(5)  # that nobody had seen
    day.restore(0, approve=False)
    day.restore(2, held=True)
    day.update(2, 2)


def stories_that_name_each_other(day: Day) -> None:
    """Facts rest on facts of other stories, which readers see, do not see yet, or see no longer."""
    for _ in range(4):
        day.open()
    for story in range(4):
        day.report(story, source=story)
    others = [(0, 1), (1, 1), (2, 1), (3, 1)]
    day.report(0, rests_on=others)
    day.report(0, terms="background", rests_on=others)
    for story in range(4):
        day.contradict(0, 1, story, 1)
    day.publish(0)
    day.publish(1)
    day.embargo(2)
    day.publish(3)
    day.hold(1)
    day.release(1)
    day.kill(3)
    day.update(0, 2, rests_on=others[::-1])
    day.publish(0)


def undone_before_and_after(day: Day) -> None:
    """Changes of every kind, undone before anyone saw them, after that, and done again."""
    day.open()
    for source in range(3):
        day.report(0, source=source)
    day.report(0, terms="off_record")
    day.copy(0, 3)  # which stands to the end: what was withdrawn may have no words stand on it
    day.note(0, publishable=True)
    day.publish(0)

    def copy(story: int) -> None:
        day.copy(story, 3)

    def one_after_the_other(then: Callable[[], None]) -> None:
        for change in (day.correct, day.update, day.clarify, day.retract, day.cite, day.confirm):
            change(0, 1)
            then()
        for terms in ("off_record", "background"):
            day.reterm(0, 2, terms)
            then()
        for said in (day.headline, day.dateline, copy, day.editors_note):
            said(0)
            then()
        for publishable in (True, False):
            day.note(0, publishable=publishable)
            then()
        day.report(0)
        then()

    def undo_twice_more() -> None:
        day.undo(0)
        day.publish(0)
        day.undo(0, back=1)
        day.undo(0)

    one_after_the_other(lambda: day.undo(0))
    day.publish(0)
    one_after_the_other(lambda: day.publish(0))
    day.correct(0, 1)
    day.publish(0)
    day.undo(0, back=1)
    day.undo(0)
    day.publish(0)
    day.undo(0, back=1)
    day.publish(0)
    one_after_the_other(undo_twice_more)


def a_bit_of_everything(day: Day) -> None:
    """For the test that leaks are found: something of every kind that readers see, and that they must not see."""
    public, killed, held, draft, embargoed, back, spiked, released, undone = range(9)
    for story in range(9):
        day.open()
        day.report(story)
    day.publish(killed)
    day.ask_for_correction(killed, 1)
    day.publish(killed)
    day.publish(held)
    day.ask_for_correction(held, 1)
    day.publish(held)
    day.report(public, terms="background", source=1, rests_on=[(killed, 1), (held, 1), (draft, 1)])
    day.report(public, terms="off_record", source=1)
    day.report(public, rests_on=[(killed, 1), (held, 1), (draft, 1)])
    day.report(public)
    day.contradict(public, 1, draft, 1)
    day.contradict(public, 1, public, 3)
    day.report(public)
    day.contradict(public, 1, public, 6)
    day.retract(public, 6)  # before anyone saw it
    day.report(public, source=2)
    day.report(public)
    day.copy(public, 8)
    day.note(public, publishable=True)
    day.note(public, publishable=False)
    day.publish(public)
    day.update(public, 4)  # overtaken before anyone saw it
    day.update(public, 4, rests_on=[(draft, 1), (undone, 1)])  # of which one comes later
    day.correct(public, 1, rests_on=[(draft, 1)])
    day.correct(public, 1)  # of what nobody saw
    day.cite(public, 2, source=2)
    day.ask_for_correction(public, 3, terms="off_record", source=1)
    day.corrective_for_each_edition(public, 1)
    day.corrective_for_each_edition(public, 3)
    day.editors_note(public)
    day.ask_for_correction(public, 5)
    day.retract(public, 5)
    day.update(public, 7, source=2)
    day.headline(public)  # overtaken before anyone saw it
    day.headline(public)
    day.rename(1)  # which readers see nobody named there
    day.rename(2)
    day.publish(public)
    day.rename(2)  # which no edition shows
    day.headline(public)  # from here on nothing is published
    day.reterm(public, 7, "background")
    day.reterm(public, 8, "off_record")  # and words that readers see stand on it
    day.copy(public)
    day.ask_for_correction(public, 1)
    day.report(public, source=1)
    day.merge_source(2, 1)
    day.note(public, publishable=True)
    day.editors_note(public)
    day.correct(killed, 1)
    day.kill(killed)
    day.hold(held)
    day.embargo(embargoed)
    day.publish(back)
    day.take_down(back)
    day.correct(back, 1)
    day.restore(back)
    day.ask(public, "kill")
    day.ask_for_correction(public)
    day.kill(spiked)
    day.publish(released)
    day.headline(released)
    day.short_embargo(released, held=True)
    day.headline(released)
    day.release(released, back=0)  # so nobody ever saw what the embargo was for
    for _ in range(3):
        day.report(undone)
    day.rename(1)  # before anyone read its name there
    day.publish(undone)
    day.correct(undone, 1)
    day.undo(undone)  # before anyone saw it
    day.headline(undone)
    day.undo(undone)  # likewise
    day.note(undone, publishable=True)
    day.editors_note(undone)
    day.cite(undone, 4)
    day.retract(undone, 2)
    day.correct(undone, 3)
    day.publish(undone)
    for since in (1, 3, 5, 7, 9):  # from the correction back to the note, after all saw them
        day.undo(undone, back=since)
    day.publish(undone)
    day.correct(undone, 1)
    day.undo(undone)  # and nobody saw either
    day.rename(0)


def called_otherwise(day: Day) -> None:
    """Stories with other slugs before, between and after editions, with facts that name each other by them."""
    for _ in range(4):
        day.open()
    draft, public, again, held = range(4)
    for story in range(4):
        day.report(story, source=story)
    day.reslug(draft)  # which readers never hear the first one of
    day.publish(public)
    day.report(again, rests_on=[(public, 1), (draft, 1)])
    day.publish(again)
    day.publish(draft)
    day.reslug(public)
    day.correct(public, 1)
    day.publish(public)
    day.reslug(public)  # which they do not hear of yet
    day.reslug(again)
    day.publish(again)
    day.reslug(again, again=True)
    day.headline(again)
    day.publish(again)
    day.publish(held)
    day.reslug(held)
    day.publish(held)
    day.hold(held)
    day.reslug(draft)
    day.publish(draft)
    day.kill(draft)


def joined(day: Day) -> None:
    """Stories that are one, joined before, between and after editions, and told apart again."""
    for _ in range(5):
        day.open()
    first, second, third, draft, gone = range(5)
    for story in range(5):
        day.report(story, source=story)
        if story != draft:
            day.publish(story)
    day.merge(first, second)
    day.merge(second, third)  # so that one is led twice
    day.report(third, rests_on=[(first, 1)])
    day.publish(third)
    day.merge(draft, third)  # which readers never hear of
    day.merge(gone, draft)  # and are led nowhere
    day.undo(gone)
    day.merge(gone, third)
    day.undo(second)
    day.headline(second)
    day.publish(second)
    day.reslug(second)
    day.publish(second)
    day.hold(third)  # whoever is joined to it is back
    day.release(third)
    day.undo(gone)
    day.kill(gone)
    day.kill(second)  # which the first one leads to all the same


DAYS: dict[str, Callable[[Day], None]] = {
    day.__name__: day
    for day in (
        published_and_changed,
        withdrawn_before_and_after,
        terms_that_change,
        sources_protected_later,
        words_off_the_record,
        embargoes,
        held_and_released,
        killed_and_restored,
        stories_that_name_each_other,
        undone_before_and_after,
        called_otherwise,
        joined,
    )
}

# --- Random ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """Something that the desk does."""

    what: str
    fields: dict[str, Any] = field(default_factory=dict)

    def do(self, day: Day) -> None:
        getattr(day, self.what)(**self.fields)


STORIES, FACTS = 2, 3
a_story = st.integers(0, STORIES - 1)
a_fact = st.integers(1, FACTS)
a_source = st.integers(0, SOURCES - 1)
terms = st.sampled_from(["on_record", "on_record", "background", "deep_background", "off_record"])
grounds = st.lists(st.tuples(a_story, st.integers(1, 2)), max_size=2)
seldom, mostly = st.sampled_from([False, False, False, True]), st.sampled_from([True, True, True, False])
back = st.one_of(st.none(), st.none(), st.integers(0, 6))


def call(what: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    return st.builds(Call, st.just(what), st.fixed_dictionaries(fields))


reported = call("report", story=a_story, terms=terms, source=a_source, rests_on=grounds)
body = {"story": a_story, "fact": a_fact, "terms": terms, "source": a_source, "rests_on": grounds}
# How often each comes.
WEIGHTS: list[tuple[int, st.SearchStrategy[Call]]] = [
    (5, reported),
    (1, call("report_nameless", story=a_story, terms=terms)),
    (4, call("correct", **body, wrong_version=st.one_of(st.none(), st.integers(1, 3)))),
    (3, call("update", **body)),
    (3, call("clarify", **body)),
    (2, call("reterm", story=a_story, fact=a_fact, terms=terms)),
    (2, call("retract", story=a_story, fact=a_fact)),
    (1, call("cite", story=a_story, fact=a_fact, source=a_source)),
    (1, call("attribute", story=a_story, fact=a_fact, source=a_source)),
    (1, call("assess", story=a_story, fact=a_fact)),
    (1, call("confirm", story=a_story, fact=a_fact)),
    (1, call("discredit", source=a_source)),
    (2, call("rename", source=a_source)),
    (1, call("merge_source", source=a_source, into=a_source)),
    (1, call("part_source", source=a_source)),
    (1, call("ask_for_correction", story=a_story, fact=st.one_of(st.none(), a_fact))),
    (1, call("answer", story=a_story, fact=a_fact, source=a_source)),
    (2, call("contradict", story=a_story, fact=a_fact, by_story=a_story, by_fact=a_fact)),
    (1, call("headline", story=a_story)),
    (2, call("reslug", story=a_story, again=seldom)),
    (1, call("merge", story=a_story, into=a_story)),
    (1, call("dateline", story=a_story, day=st.integers(1, 30))),
    (2, call("copy", story=a_story, fact=a_fact, refile=st.booleans())),
    (1, call("note", story=a_story, publishable=st.booleans())),
    (2, call("editors_note", story=a_story)),
    (2, call("take", story=a_story, corrects=st.booleans())),
    (5, call("undo", story=a_story, back=st.sampled_from([0, 0, 1, 1, 2, 3]))),
    (2, call("corrective_for_each_edition", story=a_story, fact=a_fact)),
    (16, call("publish", story=a_story, back=back)),
    (2, call("embargo", story=a_story, back=back)),
    (1, call("short_embargo", story=a_story, back=back)),
    (2, call("hold", story=a_story)),
    (5, call("release", story=a_story, back=back)),
    (1, call("kill", story=a_story, approve=st.booleans())),
    (1, call("take_down", story=a_story, ground=st.sampled_from(["legal", "safety"]))),
    (6, call("restore", story=a_story, held=seldom, approve=mostly)),
]
calls = st.sampled_from([kind for weight, kind in WEIGHTS for _ in range(weight)]).flatmap(lambda kind: kind)


@st.composite
def random_days(draw: st.DrawFn) -> list[Call]:
    """All stories are opened, and begin with a fact each; readers see one of them soon, or two."""
    begun = [Call("open") for _ in range(STORIES)]
    begun += [Call("report", {"story": story, "source": story}) for story in range(STORIES)]
    begun += [draw(reported), Call("publish", {"story": 0}), draw(call("publish", story=a_story))]
    return begun + draw(st.lists(calls, min_size=20, max_size=45))
