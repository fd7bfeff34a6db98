"""One example for every operation, all from one story, so that they can be tried in order."""

from typing import Any

FACT: dict[str, Any] = {
    "statement": "A train carrying Kim Jong-un entered the Primorsky region in Russia's Far East",
    "kind": "event",
    "attribution": [{"source": "ria-novosti", "cue": "reported", "speech": "indirect"}],
    "occurred": {"literal": "on Tuesday"},
    "place": "Primorsky region",
    "entities": ["Kim Jong-un"],
}
SOURCE: dict[str, Any] = {"slug": "ria-novosti", "name": "RIA Novosti", "kind": "agency"}
STORY: dict[str, Any] = {
    "slug": "kim-visits-russia",
    "headline": "Kim Jong-un arrives in Russia",
    "language": "en",
    "desk": "world",
}
HEADLINE: dict[str, Any] = {"headline": "Kim and Putin meet in Russia's Far East", "reason": "They have met."}
DATELINE: dict[str, Any] = {"place": "Moscow", "date": "2023-09-12", "reason": "Stated by the desk."}
COPY: dict[str, Any] = {
    "text": "A train carrying Kim entered Primorsky region.",
    "spans": [{"fact": 1, "start": 0, "end": 45, "exact": "A train carrying Kim entered Primorsky region"}],
    "reason": "First filing.",
}
NOTE: dict[str, Any] = {"role": "standards", "text": "Watch for the day of arrival.", "is_publishable": False}
CORRECTION: dict[str, Any] = {
    "expected_version": 1,
    "statement": "A train carrying Kim Jong-un entered the Primorye territory in Russia's Far East",
    "was_wrong": "The region's name was given as Primorsky region.",
    "affects": ["names"],
    "cause": "our_error",
    "requested_by": "A reader in Vladivostok",
    "reason": "The region's own name is used.",
}
UPDATE: dict[str, Any] = {"expected_version": 1, "place": "Khasan", "reason": "The train has reached the station."}
CLARIFICATION: dict[str, Any] = {
    "expected_version": 1,
    "occurred": {"literal": "on Tuesday morning"},
    "reason": "The day alone left open that it was before dawn.",
}
RETRACTION: dict[str, Any] = {"expected_version": 1, "reason": "The agency withdrew its report."}
CITATION: dict[str, Any] = {
    "expected_version": 1,
    "citations": [{"source": "ria-novosti", "url": "https://example.org/train", "published_at": "2023-09-12T05:00:00Z"}],
    "reason": "The report is on the agency's site.",
}
ATTRIBUTION: dict[str, Any] = {
    "expected_version": 1,
    "attribution": [{"source": "ria-novosti", "cue": "said, citing railway staff", "speech": "indirect"}],
    "reason": "The report names its own source.",
}
ASSESSMENT: dict[str, Any] = {
    "expected_version": 1,
    "verification": "verified",
    "reason": "Seen on pictures by two people of the desk.",
}
RESPONSE: dict[str, Any] = {
    "expected_version": 1,
    "kind": "confirms",
    "by": {"source": "ria-novosti"},
    "reason": "Confirmed when asked.",
}
RECEIPT: dict[str, Any] = {
    "position": 1042,
    "recorded_at": "2026-11-23T10:15:00.000123Z",
    "event_id": "0d3c8a52-7d3c-4d1e-9f4e-0f8f3f9f7c11",
    "story": "kim-visits-russia",
    "revision": 7,
    "fact": 1,
    "version": 2,
}
