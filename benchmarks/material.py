"""What is filed: made-up facts of the size and shape that a news desk files, the same for the same seed."""

from random import Random
from typing import Any
from uuid import UUID

from ledger.commands import ReportFact

SOURCES = ("ria-novosti", "kcna", "kremlin", "primorye-railways", "yonhap", "desk-witness")
PLACES = ("Vladivostok", "Khasan", "Pyongyang", "Moscow", "Primorsky region", "Seoul")
PEOPLE = (
    "Kim Jong-un",
    "Vladimir Putin",
    "Sergei Shoigu",
    "Choe Son-hui",
    "Dmitry Peskov",
    "Oleg Kozhemyako",
)
CUES = ("reported", "said", "according to", "told reporters", "confirmed")
_VOCABULARY = (
    "the train crossed bridge station platform before dawn officials delegation border guards visited plant aircraft"
    " ministry statement confirmed meeting agreed grain rail freight summit region governor welcomed talks evening"
    " security column armoured carriages arrived departed morning host city residence dinner speech tour factory port"
)
WORDS = _VOCABULARY.split()


class Material:
    """Draws from one sequence of random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def sentence(self, words: int = 14) -> str:
        return " ".join(self._random.choices(WORDS, k=words)).capitalize()

    def fact(self) -> dict[str, Any]:
        """The body of a request, about 700 bytes of JSON."""
        pick = self._random.choice
        first, second = self._random.sample(SOURCES, 2)
        return {
            "statement": f"{pick(PEOPLE)}: {self.sentence()}",
            "kind": "event",
            "attribution": [
                {"source": first, "cue": pick(CUES), "speech": "indirect"},
                {"source": second, "cue": pick(CUES), "speech": "indirect"},
            ],
            "citations": [
                {
                    "source": first,
                    "url": f"https://example.org/{self._random.randrange(10**6)}/{pick(WORDS)}",
                    "title": self.sentence(8),
                    "published_at": f"2023-09-{self._random.randint(10, 28)}T05:00:00Z",
                    "excerpt": {"exact": self.sentence(10)},
                }
            ],
            "occurred": {
                "literal": pick(("on Tuesday", "on Monday morning", "this week", "12 September 2023"))
            },
            "place": pick(PLACES),
            "entities": self._random.sample(PEOPLE, 2),
        }

    def report(self) -> ReportFact:
        return ReportFact.model_validate(self.fact())

    def key(self) -> str:
        """An Idempotency-Key."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def below(self, number: int) -> int:
        return self._random.randrange(number)
