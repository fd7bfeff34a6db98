"""What differs between two copies: does a person see it as it was done, and is nothing lost or said twice?"""

import time
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise, permutations
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger import limits
from projections.reading import text_diff
from projections.reading.text_diff import Block, Kind, Op, Run, compare, paragraphs

EXAMPLE: Final = Path(__file__).parent.parent / "examples" / "kim-visits-russia"
FILED: Final = (EXAMPLE / "copy.txt").read_text()
LINES: Final = paragraphs(FILED)
ARRIVAL, TRAIN, DEPARTURE, RARE, VISIT, FORUM, MEETING = LINES[:7]


def marked(block: Block) -> str:
    """The words of a block as one line, with what is removed in [-…-] and what is added in {+…+}."""
    marks: dict[Op, str] = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[run.op].format(run.text) for run in block.words)


def words(before: str, after: str) -> str:
    """How two texts of one paragraph differ."""
    (block,) = compare(before, after)
    return marked(block)


def kinds(blocks: Sequence[Block]) -> list[Kind]:
    return [block.kind for block in blocks]


def text(*lines: str) -> str:
    return "\n".join(lines)


# ---- Paragraphs ----------------------------------------------------------------------------------------


def test_two_empty_texts_do_not_differ() -> None:
    assert compare("", "") == compare(" \n", "\n\n") == ()


def test_blank_lines_and_kinds_of_line_ends_are_no_difference() -> None:
    blocks = compare(f"{ARRIVAL}\r\n\r\n{TRAIN}\u2028", f"{ARRIVAL}\n \t\n\n{TRAIN}")
    assert kinds(blocks) == ["same", "same"]
    assert [block.before for block in blocks] == [block.after for block in blocks] == [(0,), (1,)]


def test_a_paragraph_that_came_and_one_that_went_stand_behind_their_neighbours() -> None:
    blocks = compare(text(ARRIVAL, TRAIN, FORUM), text(ARRIVAL, FORUM, VISIT))
    assert blocks == (
        Block("same", (0,), (0,), (Run("same", ARRIVAL),)),
        Block("removed", (1,), (), (Run("removed", TRAIN),)),
        Block("same", (2,), (1,), (Run("same", FORUM),)),
        Block("added", (), (2,), (Run("added", VISIT),)),
    )


def test_a_paragraph_that_moved_leaves_a_mark_that_says_where_it_is_now() -> None:
    blocks = compare(text(ARRIVAL, RARE, VISIT, FORUM), text(ARRIVAL, VISIT, FORUM, RARE))
    assert kinds(blocks) == ["same", "moved_away", "same", "same", "moved"]
    assert blocks[1] == Block("moved_away", (), (), (), went_to=3)
    assert blocks[4] == Block("moved", (1,), (3,), (Run("same", RARE),))


def test_the_short_paragraph_moves_and_the_long_one_stands() -> None:
    for lines in ((RARE, VISIT), (VISIT, RARE)):
        (moved,) = (block for block in compare(text(*lines), text(*reversed(lines))) if block.kind == "moved")
        assert moved.words == (Run("same", RARE),)


def test_a_paragraph_that_moved_and_changed_is_one_that_moved() -> None:
    changed = FORUM.replace("Wednesday", "Thursday")
    blocks = compare(text(FORUM, VISIT, MEETING), text(VISIT, MEETING, changed))
    assert kinds(blocks) == ["moved_away", "same", "same", "moved"]
    assert marked(blocks[3]) == FORUM.replace("Wednesday", "[-Wednesday-]{+Thursday+}")
    assert (blocks[3].before, blocks[3].after) == ((0,), (2,))


def test_what_is_little_alike_changed_in_its_place_but_did_not_move() -> None:
    now = (
        "The meeting took place on September 13. Peskov had said that it would discuss “sensitive” subjects."
    )
    assert kinds(compare(text(ARRIVAL, MEETING, FORUM), text(ARRIVAL, now, FORUM))) == [
        "same",
        "changed",
        "same",
    ]
    assert kinds(compare(text(ARRIVAL, MEETING, FORUM), text(ARRIVAL, FORUM, now))) == [
        "same",
        "removed",
        "same",
        "added",
    ]


def test_a_paragraph_of_other_words_is_another_paragraph() -> None:
    for before, after in permutations(LINES, 2):
        blocks = compare(text("First.", before, "Last."), text("First.", after, "Last."))
        assert kinds(blocks) == ["same", "removed", "added", "same"]


def test_of_paragraphs_that_are_equally_alike_the_nearest_is_it() -> None:
    changed = FORUM.replace("Wednesday", "Thursday")
    blocks = compare(text(ARRIVAL, TRAIN, RARE, FORUM), text(changed, ARRIVAL, TRAIN, RARE, changed))
    assert kinds(blocks) == ["added", "same", "same", "same", "changed"]


def test_a_split_paragraph_is_one_block_whose_new_end_is_added() -> None:
    first, second = VISIT[: VISIT.index(" “There")], VISIT[VISIT.index("“There") :]
    blocks = compare(
        text(ARRIVAL, VISIT, FORUM), text(ARRIVAL, first, second.replace("necessary", "needed"), FORUM)
    )
    assert kinds(blocks) == ["same", "split", "same"]
    assert (blocks[1].before, blocks[1].after) == ((1,), (1, 2))
    wanted = f"{first}[- -]{{+\n+}}{second}".replace("necessary", "[-necessary-]{+needed+}")
    assert marked(blocks[1]) == wanted


def test_merged_paragraphs_are_one_block_whose_old_end_is_removed() -> None:
    blocks = compare(text(ARRIVAL, TRAIN, RARE, FORUM), text(ARRIVAL, f"{TRAIN} {RARE}", FORUM))
    assert kinds(blocks) == ["same", "merged", "same"]
    assert (blocks[1].before, blocks[1].after) == ((1, 2), (1,))
    assert marked(blocks[1]) == f"{TRAIN}[-\n-]{{+ +}}{RARE}"


def test_a_long_paragraph_is_split_into_as_many_as_there_are() -> None:
    blocks = compare(text(ARRIVAL, " ".join(LINES[3:9])), text(ARRIVAL, *LINES[3:9]))
    assert kinds(blocks) == ["same", "split"]
    assert blocks[1].after == (1, 2, 3, 4, 5, 6)


def test_a_split_paragraph_that_stands_elsewhere_leaves_a_mark() -> None:
    blocks = compare(text(f"{RARE} {FORUM}", VISIT, MEETING), text(VISIT, MEETING, RARE, FORUM))
    assert kinds(blocks) == ["moved_away", "same", "same", "split"]
    assert (blocks[0].went_to, blocks[3].after) == (2, (2, 3))


def test_merged_paragraphs_that_stand_elsewhere_leave_one_mark() -> None:
    blocks = compare(text(RARE, FORUM, VISIT, MEETING), text(VISIT, MEETING, f"{RARE} {FORUM}"))
    assert kinds(blocks) == ["moved_away", "same", "same", "merged"]


def test_a_part_of_a_split_may_have_words_of_its_own_and_a_new_neighbour() -> None:
    blocks = compare(
        text(ARRIVAL, f"{RARE} {FORUM}", VISIT),
        text(
            ARRIVAL,
            RARE,
            f"{FORUM} Kim is still on his way, it is said.",
            "Putin is in Pyongyang for the forum.",
            VISIT,
        ),
    )
    assert kinds(blocks) == ["same", "split", "added", "same"]
    assert blocks[1].after == (1, 2)


def test_the_same_part_twice_is_no_split() -> None:
    blocks = compare(text(ARRIVAL, f"{RARE} {FORUM}", VISIT), text(ARRIVAL, RARE, RARE, VISIT))
    assert Counter(kinds(blocks)) == {"same": 2, "changed": 1, "added": 1}


def test_two_small_parts_do_not_make_a_split() -> None:
    blocks = compare(text(ARRIVAL, " ".join(LINES[3:9]), DEPARTURE), text(ARRIVAL, RARE, FORUM, DEPARTURE))
    assert kinds(blocks) == ["same", "removed", "added", "added", "same"]


def test_a_new_paragraph_beside_a_changed_one_does_not_make_it_a_split() -> None:
    changed = MEETING.replace("Peskov said", "Peskov confirmed")
    for added in ("He said so.", "The meeting would take place after the forum."):
        blocks = compare(text(ARRIVAL, MEETING, FORUM), text(ARRIVAL, changed, added, FORUM))
        assert kinds(blocks) == ["same", "changed", "added", "same"]


def test_of_the_same_line_several_times_only_one_is_new() -> None:
    blocks = compare(text("* * *", RARE, "* * *", VISIT, "* * *"), text("* * *", RARE, "* * *", VISIT))
    assert kinds(blocks) == ["same"] * 4 + ["removed"]
    blocks = compare(text("No.", "No.", "No."), text("No.", "No.", "No.", "No."))
    assert Counter(kinds(blocks)) == {"same": 3, "added": 1}
    blocks = compare(text("* * *", RARE, "* * *"), text("* * *", VISIT, "* * *", RARE, "* * *"))
    assert Counter(kinds(blocks)) == {"same": 3, "added": 2}


def test_the_example_story_changed_in_three_paragraphs() -> None:
    blocks = compare(FILED, (EXAMPLE / "copy-updated.txt").read_text())
    assert Counter(kinds(blocks)) == {"same": len(LINES) - 3, "changed": 3}
    arrival, rare, meeting = (marked(block) for block in blocks if block.kind == "changed")
    assert arrival == ARRIVAL.replace("the Kremlin spokesman", "[-the -]Kremlin spokesman{+ Dmitry Peskov+}")
    assert rare == (
        "[-Kim does not travel abroad frequently, and the-]{+The+} visit is [-his-]{+Kim’s+} first trip abroad"
        " in four years."
    )
    assert meeting == (
        "[-Peskov said that the-]{+The+} meeting between Putin and Kim [-would take place after the forum, and-]"
        "{+took place on September 13, 2023, according to Example Wire, an agency invented for this"
        " demonstration. Peskov had said that it+} would discuss “sensitive” subjects."
    )


# ---- Words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("He left on Monday afternoon.", "He left on Sunday afternoon.", "He left on [-Monday-]{+Sunday+} afternoon."),
        ("Kim came by train, he said.", "Kim’s came by train, he said.", "[-Kim-]{+Kim’s+} came by train, he said."),
        ("He left by train.", "He left by train!", "He left by train[-.-]{+!+}"),
        ("It cost 1,000 won in all.", "It cost 10,000 won in all.", "It cost [-1,000-]{+10,000+} won in all."),
        ("He left.Kim is at home.", "He left.Ann is at home.", "He left.[-Kim-]{+Ann+} is at home."),
        ("He left by train.", "He  left by train.", "He[- -]{+  +}left by train."),
        ("He left by train.", "He left early by train.", "He left {+early +}by train."),
        ("The “warnings” over the talks", "The warnings over the talks", "The [-“-]warnings[-”-] over the talks"),
    ],
)  # fmt: skip
def test_a_changed_word_is_a_whole_word_and_a_sign_is_a_sign(before: str, after: str, wanted: str) -> None:
    assert words(before, after) == wanted


def test_a_few_small_words_between_changes_are_read_with_them() -> None:
    before, after = "They met on Monday the 3rd in Moscow.", "They met on Sunday the 5th in Moscow."
    assert words(before, after) == "They met on [-Monday the 3rd-]{+Sunday the 5th+} in Moscow."


def test_a_rewritten_sentence_is_no_confetti_of_the_words_that_both_have() -> None:
    kept = "Putin is in Vladivostok for the plenary session of the Eastern Economic Forum."
    was = "Kim does not travel abroad a lot, and the visit to Moscow is his first in years."
    now = "It is the first time in a while that anybody in Pyongyang has gone to see a friend."
    assert words(f"{kept} {was} {kept}", f"{kept} {now} {kept}") == (
        f"{kept} [-{was.removesuffix('.')}-]{{+{now.removesuffix('.')}+}}. {kept}"
    )


def test_a_few_long_words_between_changes_stay() -> None:
    before = "The 1st meeting in Vladivostok had 3 parts."
    after = "The 2nd meeting in Vladivostok had 5 parts."
    assert words(before, after) == "The [-1st-]{+2nd+} meeting in Vladivostok had [-3-]{+5+} parts."


def test_many_words_between_changes_stay_however_much_changed_around_them() -> None:
    kept = "so he is on his way to us"
    before = f"International newspapers suggested yesterday {kept} notwithstanding considerable difficulties."
    after = f"Knowledgeable correspondents emphasised today {kept} overcoming extraordinary complications."
    assert f"+}} {kept} [-" in words(before, after)


def test_a_sentence_does_not_start_within_the_change_before_it() -> None:
    now = ["Kim", " ", "left", " ", "Kim", " ", "left"]
    change = text_diff._Change(3, 3, 3, 7)
    assert text_diff._from_its_sentence(change, 0, ["Kim", " ", "left"], now) == (0, 0, 0, 4)
    assert text_diff._from_its_sentence(change, 1, ["Max", " ", "left"], now) == change


def test_a_sentence_comes_and_goes_from_its_start() -> None:
    short, long = "Kim said yes. Kim said no.", "Kim said yes. Kim said perhaps. Kim said no."
    assert words(short, long) == "Kim said yes. {+Kim said perhaps. +}Kim said no."
    assert words(long, short) == "Kim said yes. [-Kim said perhaps. -]Kim said no."
    assert words("“A b.” “A c.”", "“A b.” “A d.” “A c.”") == "“A b.” {+“A d.” +}“A c.”"


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("김정은이 월요일 도착했다.", "김정은이 일요일 도착했다.", "김정은이 [-월-]{+일+}요일 도착했다."),
        ("金正恩は月曜日に到着した。", "金正恩は日曜日に到着した。", "金正恩は[-月-]{+日+}曜日に到着した。"),
        ("金正恩星期一抵达俄罗斯。", "金正恩星期二抵达俄罗斯。", "金正恩星期[-一-]{+二+}抵达俄罗斯。"),
        ("ประชุมวันนี้ที่กรุงเทพ", "ประชุมวันนั้ที่กรุงเทพ", "ประชุมวัน[-นี้-]{+นั้+}ที่กรุงเทพ"),
    ],
)
def test_where_words_have_no_spaces_a_character_is_a_word(before: str, after: str, wanted: str) -> None:
    assert words(before, after) == wanted


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("👍🏽", "👍🏿"),  # skin tones
        ("👨‍👩‍👧", "👨‍👩‍👦"),  # joined
        ("🇰🇵", "🇰🇷"),  # regional indicators, of which the first is the same
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),  # tags
        ("❤️", "❤"),
        ("1️⃣", "2️⃣"),
        ("e\u0301te\u0301", "e\u0301te\u0300"),
        ("が", "か\u3099"),
        ("किम", "कीम"),
        ("می\u200cرود", "می\u200cروم"),
        ("각", "간"),  # syllables in parts
    ],
)
def test_what_hangs_on_a_character_goes_with_it(was: str, now: str) -> None:
    around = "The delegations met twice ({}) before the forum ended."
    assert words(around.format(was), around.format(now)) == around.format(f"[-{was}-]{{+{now}+}}")


# ---- Laws ----------------------------------------------------------------------------------------------

SENTENCES: Final = [sentence for line in LINES for sentence in line.split(". ")]
SIGNS: Final = ["a", "b", ",", ".", "the", "한", "국", "。", "👍🏽", "e\u0301", "1.5", "\u0301", "\u200d"]
VOCABULARY: Final = sorted({*" ".join(LINES[:4]).split(), *SIGNS})
PHRASES: Final = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=12).map(" ".join)
PARAGRAPHS: Final = st.sampled_from(LINES) | st.sampled_from(SENTENCES) | PHRASES
TEXTS: Final = st.lists(PARAGRAPHS | st.text(), max_size=8).map("\n".join) | st.text()
EDITS: Final = st.sampled_from(["split", "merge", "move", "drop", "repeat", "word"])


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """A text, and what became of it at a desk."""
    lines = draw(st.lists(PARAGRAPHS, min_size=1, max_size=10))
    now = list(lines)
    for edit in draw(st.lists(EDITS, max_size=5)):
        place = draw(st.integers(0, max(0, len(now) - 1)))
        line = now.pop(place) if now else "A line."
        before, _, after = line.rpartition(" ") if draw(st.booleans()) else line.partition(" ")
        match edit:
            case "split":
                now[place:place] = [before, after]
            case "merge":
                now[place : place + 1] = [" ".join([line, *now[place : place + 1]])]
            case "move":
                now.insert(draw(st.integers(0, len(now))), line)
            case "repeat":
                now[place:place] = [line, line]
            case "word":
                now.insert(place, f"{before} {draw(st.sampled_from(VOCABULARY))} {after}")
            case _:
                assert edit == "drop"
    return "\n".join(lines), "\n".join(now)


SHAPES: Final[dict[Kind, tuple[int, int]]] = {
    "same": (1, 1),
    "changed": (1, 1),
    "added": (0, 1),
    "removed": (1, 0),
    "moved": (1, 1),
    "moved_away": (0, 0),
    "split": (1, 2),
    "merged": (2, 1),
}
PAIRS: Final = st.tuples(TEXTS, TEXTS) | edited()
MIRROR: Final[dict[str, str]] = {"added": "removed", "removed": "added", "split": "merged", "merged": "split"}


@settings(deadline=None)
@given(PAIRS)
@example(("\ud800\x00", "\x00\ud800"))
@example(("So. Max is at home by now", "So. Kim is at home Kim is at home by now"))
@example(("So. Max is at home Max is at home by now", "So. Kim is at home by now"))
def test_each_paragraph_is_in_one_block_and_its_words_are_all_there(pair: tuple[str, str]) -> None:
    before, after = map(paragraphs, pair)
    blocks = compare(*pair)
    assert sorted(number for block in blocks for number in block.before) == list(range(len(before)))
    assert [number for block in blocks for number in block.after] == list(range(len(after)))
    for block in blocks:
        was, now = (
            "".join(run.text for run in block.words if run.op in ("same", op)) for op in ("removed", "added")
        )
        assert was == "\n".join(before[number] for number in block.before)
        assert now == "\n".join(after[number] for number in block.after)


@pytest.mark.thorough
@settings(deadline=None)
@given(PAIRS)
def test_a_block_is_what_its_kind_says(pair: tuple[str, str]) -> None:
    blocks = compare(*pair)
    for block in blocks:
        ops = [run.op for run in block.words]
        assert (min(len(block.before), 2), min(len(block.after), 2)) == SHAPES[block.kind]
        if block.kind in ("same", "added", "removed"):
            assert ops == [block.kind]
        assert all(run.text for run in block.words)
        assert ("same", "same") not in pairwise(ops)
        assert ("added", "removed") not in pairwise(ops)
        if block.kind in ("changed", "split", "merged"):
            assert set(ops) != {"same"}
        for run in block.words:
            if "\n" in run.text:
                assert (block.kind, run.op) in {("split", "added"), ("merged", "removed")}


@pytest.mark.thorough
@settings(deadline=None)
@given(PAIRS)
def test_whatever_moved_left_one_mark_between_what_it_stood_between(pair: tuple[str, str]) -> None:
    blocks = compare(*pair)
    places = {number: block for block in blocks for number in block.after[:1]}
    gone = [places[block.went_to] for block in blocks if block.went_to is not None]
    assert all((block.went_to is not None) == (block.kind == "moved_away") for block in blocks)
    elsewhere = {block.after for block in gone}
    assert len(elsewhere) == len(gone)
    assert elsewhere >= {block.after for block in blocks if block.kind == "moved"}
    assert {block.kind for block in gone} <= {"moved", "split", "merged"}
    stood = [
        places[block.went_to].before if block.went_to is not None else block.before
        for block in blocks
        if block.kind == "moved_away" or block.after not in elsewhere
    ]
    assert [number for numbers in stood for number in numbers] == list(range(len(paragraphs(pair[0]))))


@pytest.mark.thorough
@settings(deadline=None)
@given(TEXTS)
def test_a_text_does_not_differ_from_itself(given_text: str) -> None:
    assert set(kinds(compare(given_text, given_text))) <= {"same"}


@pytest.mark.thorough
@settings(deadline=None)
@given(TEXTS)
def test_from_nothing_all_is_added_and_to_nothing_all_is_removed(given_text: str) -> None:
    assert set(kinds(compare("", given_text))) <= {"added"}
    assert set(kinds(compare(given_text, ""))) <= {"removed"}


@pytest.mark.thorough
@settings(deadline=None)
@given(PAIRS)
def test_the_way_back_is_the_same_way(pair: tuple[str, str]) -> None:
    def told(blocks: Sequence[Block], there: bool) -> Counter[tuple[object, ...]]:
        return Counter(
            (
                block.kind if there else MIRROR.get(block.kind, block.kind),
                *((block.before, block.after) if there else (block.after, block.before)),
                changes(block, "removed" if there else "added"),
            )
            for block in blocks
            if block.kind != "moved_away"
        )

    def changes(block: Block, op: Op) -> tuple[tuple[str, str], ...]:
        """Each stretch as it was and is: what stood in its place, and what stands there now."""
        stretches: list[list[str]] = []
        last: Op = "same"
        for run in block.words:
            if run.op == "same" or last == "same" or run.op == last:
                stretches.append(["", ""])
            sides = (0, 1) if run.op == "same" else (0,) if run.op == op else (1,)
            for side in sides:
                stretches[-1][side] = run.text
            last = run.op
        return tuple((was, now) for was, now in stretches)

    before, after = pair
    assert told(compare(before, after), there=True) == told(compare(after, before), there=False)


@settings(deadline=None)
@given(st.permutations(range(len(LINES))))
def test_paragraphs_in_another_order_only_moved(order: list[int]) -> None:
    blocks = compare(FILED, text(*(LINES[number] for number in order)))
    assert set(kinds(blocks)) <= {"same", "moved", "moved_away"}
    assert all(marked(block) == LINES[block.before[0]] for block in blocks if block.kind != "moved_away")


@settings(deadline=None)
@given(st.permutations(LINES[:6]))
def test_as_much_text_as_can_stand_stands(lines: list[str]) -> None:
    def weight(rising: Sequence[str]) -> int:
        return sum(map(len, rising))

    rows = (row for length in range(7) for row in combinations(lines, length))
    heaviest = max(weight(row) for row in rows if list(row) == sorted(row, key=LINES.index))
    blocks = compare(text(*LINES[:6]), text(*lines))
    assert weight([marked(block) for block in blocks if block.kind == "same"]) == heaviest


def test_many_paragraphs_in_another_order_only_moved() -> None:
    lines = [f"Line {number}" for number in range(limits.PARAGRAPHS_COMPARED)]
    assert set(kinds(compare(text(*lines), text(*reversed(lines))))) == {
        "same",
        "moved",
        "moved_away",
    }


# ---- What a copy may be at worst -----------------------------------------------------------------------


def hostile(seed: int) -> dict[str, tuple[str, str]]:
    random = Random(seed)
    length = limits.COPY_LENGTH

    def letters(alphabet: str, each: int = length) -> str:
        lines = ("".join(random.choices(alphabet, k=each)) for _ in range(length // (each + 1) + 1))
        return "\n".join(lines)[:length]

    han = "".join(map(chr, range(0x4E00, 0x9000)))
    once = "".join(random.sample("".join(map(chr, range(0x20000, 0x2A000))), 40_000))
    linked = "".join(f"{sign}{before}x" for before, sign in pairwise(once))[:length]
    swapped = "".join(second + first for first, second in zip(once[::2], once[1::2], strict=True))
    return {
        "one word": ("a" * length, "b" * length),
        "one paragraph of other signs": (letters(han), letters(han)),
        "one paragraph of two signs": (letters("金正"), letters("金正")),
        "signs that stand once, in another order": (once, swapped),
        "signs that stand once when others are cut off": (linked, linked.replace("x", "y")),
        "one-letter paragraphs": (letters(han, 1), letters(han, 1)),
        "the same paragraph, twice as often": ("a\n" * (length // 4), "a\n" * (length // 2)),
        "as many paragraphs as are compared": (letters("金正", 49), letters("金正", 49)),
        "paragraphs that are all alike": (letters("金正", 100), letters("金正", 100)),
        "long paragraphs that are all alike": (letters("金正", 20_000), letters("金正", 20_000)),
        "wholes and parts": (letters("金正", 700), letters("金正", 70)),
        "a long paragraph in which every tenth sign is another": (
            signs := letters(han),
            "".join(random.choice(han) if random.random() < 0.1 else sign for sign in signs),
        ),
        "quotes that close nothing": ("x" + "”" * (length - 10_000), "x" + "”" * (length - 1)),
        "marks": ("e" + "\u0301" * (length - 1), "e" + "\u0300" * (length - 1)),
        "blank lines": ("a" + " \n" * (length // 2 - 1), "b" + "\n \n" * (length // 3 - 1)),
    }


@pytest.mark.thorough
def test_the_longest_copies_do_not_take_long_and_keep_the_laws() -> None:
    for name, (before, after) in hostile(1).items():
        begun = time.process_time()
        blocks = compare(before, after)
        # Measured at two seconds at most, on a slow machine; what grows with the square takes minutes.
        assert time.process_time() - begun < 20, name
        for numbers, whole in (
            (sorted(number for block in blocks for number in block.before), before),
            ([number for block in blocks for number in block.after], after),
        ):
            assert numbers == list(range(len(paragraphs(whole)))), name
