"""What is kept of texts has a limit, whatever somebody sends."""

from ledger.remembering import remembered_of_words, remembering


def test_what_came_last_is_kept_and_nothing_that_is_long() -> None:
    done: list[str] = []

    @remembering(most=2, longest=5)
    def length(text: str, more: int) -> int:
        done.append(text)
        return len(text) + more

    assert [length("short", 1), length("short", 1), length("short", 2)] == [6, 6, 7]
    assert done == ["short", "short"], "with something else beside it, it is another"
    assert [length("longer", 0), length("longer", 0)] == [6, 6]
    assert done[2:] == ["longer", "longer"]
    assert [length("other", 0), length("short", 2), length("other", 0), length("short", 1)] == [5, 7, 5, 6]
    assert done[4:] == ["other", "short"], "the first of the three is not kept any more"


def test_of_words_none_is_kept_that_is_longer_than_any_word() -> None:
    done: list[str] = []

    @remembered_of_words
    def itself(word: str) -> str:
        done.append(word)
        return word

    for word in ("word", "word", "w" * 64, "w" * 64, "w" * 65, "w" * 65):
        itself(word)
    assert [len(word) for word in done] == [4, 64, 65, 65]
