"""Files a story with one fact over HTTP, publishes it, and says what readers see.

    python examples/file_a_story.py URL KEY

The key is that of an editor. Sent a second time, it records nothing: each request has an Idempotency-Key of its own.
"""

import sys

from api.client import Ledger

STORY = "a-train-arrives"


def main(url: str, key: str) -> None:
    with Ledger(url, key) as ledger:
        source = {"slug": "the-station", "name": "The station", "kind": "organisation"}
        ledger.post("/v1/sources", source, once=f"{STORY}/source")
        ledger.open(STORY, "A train arrives", language="en", desk="world", once=f"{STORY}/open")
        fact = ledger.report(
            STORY,
            "A train arrived at noon",
            attribution=[{"source": "the-station", "cue": "said", "speech": "indirect"}],
            once=f"{STORY}/1",
        )
        assert fact.revision is not None
        published = ledger.publish(STORY, fact.revision, "Read by two of us.", once=f"{STORY}/publish")
        ledger.get("/v1/stories", limit=1, at_least=published.position)
    with Ledger(url) as reader:  # without a key, as anybody
        story = reader.story(STORY, view="reader")
        print(f"{story['headline']}, edition {story['edition']}: {story['facts'][0]['statement']}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
