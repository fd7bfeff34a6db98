"""One example for every operation, all from one story; those that change a fact can be tried on one just reported."""

from typing import Any

FACT: dict[str, Any] = {
    "statement": "A train carrying Kim Jong-un entered the Primorsky region in Russia's Far East",
    "kind": "event",
    "attribution": [{"source": "ria-novosti", "cue": "reported", "speech": "indirect"}],
    "occurred": {"literal": "on Tuesday"},
    "place": "Primorsky region",
    "entities": ["Kim Jong-un"],
}
PROVIDER: dict[str, Any] = {
    "names": ["RIA"],
    "language": "en",
    "desk": "world",
    "public_notes": ["correction"],
    "may_withdraw": True,
    "reason": "We have a contract with them.",
}
RENAMING: dict[str, Any] = {
    "name": "Rossiya Segodnya",
    "other_names": ["РИА Новости"],
    "reason": "It was dissolved into the new agency.",
}
SOURCE: dict[str, Any] = {"slug": "ria-novosti", "name": "RIA Novosti", "kind": "agency"}
STORY: dict[str, Any] = {
    "slug": "kim-visits-russia",
    "headline": "Kim Jong-un arrives in Russia",
    "language": "en",
    "desk": "world",
}
_SAW: dict[str, Any] = {"expected_revision": 2}
HEADLINE: dict[str, Any] = _SAW | {
    "headline": "Kim and Putin meet in Russia's Far East",
    "reason": "They have met.",
}
SLUG: dict[str, Any] = _SAW | {"slug": "kim-meets-putin", "reason": "They have met."}
MERGE: dict[str, Any] = {"into": "kim-in-russia", "reason": "Two of us began the same."}
DATELINE: dict[str, Any] = _SAW | {"place": "Moscow", "date": "2023-09-12", "reason": "Stated by the desk."}
COPY: dict[str, Any] = _SAW | {
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
CHANGE: dict[str, Any] = {
    "expected_revision": 3,
    "reason": "The region's own name is used, in the words and in the fact.",
    "acts": [
        {"do": "correct", "fact": 1, "with": CORRECTION},
        {
            "do": "file-copy",
            "with": {
                "text": "A train carrying Kim entered the Primorye territory.",
                "spans": [{"fact": 1, "start": 29, "end": 51, "exact": "the Primorye territory"}],
            },
        },
        {"do": "publish", "with": {"revision": "@last"}},
    ],
}
UPDATE: dict[str, Any] = {
    "expected_version": 1,
    "place": "Khasan",
    "reason": "The train has reached the station.",
}
CLARIFICATION: dict[str, Any] = {
    "expected_version": 1,
    "occurred": {"literal": "on Tuesday morning"},
    "reason": "The day alone left open that it was before dawn.",
}
RESPELLING: dict[str, Any] = {
    "expected_version": 1,
    "statement": "A train carrying Kim Jong Un entered the Primorsky region in Russia's Far East",
    "reason": "The name is spelled in three words here.",
}
RETRACTION: dict[str, Any] = {"expected_version": 1, "reason": "The agency withdrew its report."}
CITATION: dict[str, Any] = {
    "expected_version": 1,
    "citations": [
        {"source": "ria-novosti", "url": "https://example.org/train", "published_at": "2023-09-12T05:00:00Z"}
    ],
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
REFILE: dict[str, Any] = COPY | {
    "expected_revision": 5,
    "text": "A train carrying Kim entered Primorsky region",
}
EDITORS_NOTE: dict[str, Any] = {
    "text": "This story has been corrected since it was first published.",
    "reason": "The correction changes its main point.",
}
CORRECTIVE: dict[str, Any] = {
    "fact": 1,
    "ran_in": 3,
    "text": "The region's name was wrong; whoever used the story should correct it, too.",
    "reason": "Other desks have used it.",
}
PUBLICATION: dict[str, Any] = {"revision": 2, "reason": "Two editors have read it."}
HOLD: dict[str, Any] = {"reason": "The lawyers want to read it."}
RELEASE: dict[str, Any] = {"reason": "The lawyers have read it."}
KILL: dict[str, Any] = {
    "reason": "The source was made up.",
    "notice": "This story has been withdrawn. It did not meet our standards.",
}
TAKEDOWN: dict[str, Any] = {"ground": "legal", "reason": "A court orders it."}
RESTORATION: dict[str, Any] = {"reason": "The order was lifted.", "held": True}
APPROVAL: dict[str, Any] = {"reason": "Agreed."}
DECLINE: dict[str, Any] = {"reason": "A correction will do."}
CONFIRMATION: dict[str, Any] = {
    "expected_version": 1,
    "reason": "Checked against the railway's own timetable.",
}
TERMS: dict[str, Any] = {
    "expected_version": 1,
    "terms": "background",
    "reason": "Whoever told us fears for their work.",
}
MERGE_OF_SOURCE: dict[str, Any] = {"into": "ria-novosti", "reason": "It was registered twice."}
PARTING_OF_SOURCE: dict[str, Any] = {"reason": "The two are one house, but two desks."}
DISCREDITATION: dict[str, Any] = {"reason": "It has published pictures of another journey as new."}
REINSTATEMENT: dict[str, Any] = {"reason": "It has withdrawn the pictures and said how they came about."}
REQUEST: dict[str, Any] = {
    "story": "kim-visits-russia",
    "phrase": "entered the Primorsky region",
    "concern": "The region's own name is Primorye territory.",
    "contact": "reader@example.org",
}
ACKNOWLEDGEMENT: dict[str, Any] = {"note": "Asked the agency."}
ACCEPTANCE: dict[str, Any] = {"fact": 1, "version": 2, "reason": "The reader is right."}
DECLINATION: dict[str, Any] = {
    "told": "Both names of the town are in use, and officials there use this one.",
    "reason": "Both names are in use.",
}
REQUEST_ERASURE: dict[str, Any] = {"reason": "The reader asked for it."}
CONTACT_ERASURE: dict[str, Any] = {"reason": "The reader asked for it."}
REQUESTED: dict[str, Any] = {
    **REQUEST,
    "request": "4f3c6a0e-5a0b-4d7e-8a53-1f9c6f1d2b77",
    "asked_at": "2026-11-23T10:20:00.000456Z",
    "state": "open",
    "has_contact": True,
    "erased": False,
    "age_seconds": 5400,
}
RECEIPT_OF_REQUEST: dict[str, Any] = {
    "request": REQUESTED["request"],
    **{name: REQUEST[name] for name in ("story", "phrase", "concern")},
    "asked_at": REQUESTED["asked_at"],
    "state": "accepted",
    "acknowledged_at": "2026-11-23T10:40:00.000123Z",
    "answered_at": "2026-11-23T11:20:00.000123Z",
    "correction": {
        "fact": 1,
        "version": 2,
        "edition": 3,
        "revision": 7,
        "published_at": "2026-11-23T11:15:00.000123Z",
    },
}
UNDOING: dict[str, Any] = {"reason": "Filed by mistake."}
RECEIPT: dict[str, Any] = {
    "position": 1042,
    "recorded_at": "2026-11-23T10:15:00.000123Z",
    "event_id": "0d3c8a52-7d3c-4d1e-9f4e-0f8f3f9f7c11",
    "story": "kim-visits-russia",
    "revision": 7,
    "fact": 1,
    "version": 2,
}

AWAITING: dict[str, Any] = {
    "position": 1050,
    "recorded_at": "2026-11-23T11:00:00.000123Z",
    "event_id": "9a8f5f36-3d7c-4c0c-8d0f-2f5b7a0d2c44",
    "story": "kim-visits-russia",
    "revision": 8,
    "approval": 1,
    "pending": True,
}


REHEARSAL: dict[str, Any] = {
    "dry_run": True,
    "story": "kim-visits-russia",
    "revision": 7,
    "events": [{"topic": "headline-set.v1", "headline": HEADLINE["headline"], "reason": HEADLINE["reason"]}],
    "becomes": {
        "story": "kim-visits-russia",
        "headline": HEADLINE["headline"],
        "language": "en",
        "desk": "world",
        "opened": {
            "kind": "opening",
            "revision": 1,
            "position": 1036,
            "recorded_at": "2026-11-23T10:00:00.000000Z",
            "actor": "5912628d-b868-4c9a-bf16-299643d15a42",
        },
    },
}


def _problem(status: int, kind: str, title: str, detail: str, **members: Any) -> dict[str, Any]:
    return {
        "type": f"urn:fact-ledger:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": "f7f2b0a4-4a6e-4c55-9b43-0f7fbe3d3f10",
        **members,
    }


_NO_SLUG = "should be a slug: a-z, 0-9 and single hyphens between, such as kim-visits-russia"

# A problem of each status; the texts are those that are sent.
PROBLEMS: dict[int, dict[str, Any]] = {
    308: _problem(
        308,
        "story-moved",
        "Moved",
        "Story kim-visits-russia is called kim-meets-putin now: ask there. What was asked by its old name leads there"
        " for ever.",
        was="kim-visits-russia",
        story="kim-meets-putin",
    ),
    400: _problem(
        400,
        "bad-parameter",
        "Bad request",
        "There is no parameter 'asof'; there are: as_of, at_least, position, revision, view.",
        errors=[
            {
                "parameter": "asof",
                "detail": "There is no parameter 'asof'; there are: as_of, at_least, position, revision, view.",
            }
        ],
    ),
    401: _problem(
        401,
        "key-refused",
        "Key needed",
        "This needs a key in force, sent as Authorization: Bearer <key>; yours is missing, unknown, expired or revoked."
        " Ask the desk for one (factledger keys add).",
    ),
    403: _problem(
        403,
        "role-may-not",
        "Not allowed to this role",
        "Your key has the role reporter; this needs one of: editor, standards.",
        role="reporter",
        needs="editor, standards",
    ),
    404: _problem(
        404, "no-such-story", "Not found", "There is no story kim-visits-china.", story="kim-visits-china"
    ),
    409: _problem(
        409,
        "fact-moved-on",
        "In conflict with what is recorded",
        "Fact 1 is at version 2 now, you saw version 1. Read what changed, then send your change again"
        " with expected_version 2.",
        errors=[
            {
                "pointer": "#/expected_version",
                "detail": "Fact 1 is at version 2 now, you saw version 1. Read what changed, then send your change"
                " again with expected_version 2.",
            }
        ],
        fact=1,
        version=2,
        expected_version=1,
    ),
    410: _problem(
        410,
        "story-withdrawn",
        "Withdrawn",
        "This story has been withdrawn. It did not meet our standards.",
        tombstone={
            "kind": "kill",
            "since": "2026-11-23T11:02:00.000001Z",
            "notice": "This story has been withdrawn. It did not meet our standards.",
        },
    ),
    451: _problem(
        451,
        "story-withdrawn",
        "Unavailable for legal reasons",
        "This story was taken down.",
        tombstone={"kind": "takedown", "since": "2026-11-23T11:02:00.000001Z", "ground": "legal"},
    ),
    412: _problem(
        412,
        "precondition-failed",
        "Precondition failed",
        "Fact 1 is at version 2 now, which your If-Match does not name. Read what changed, then send it again with the"
        " ETag as it is.",
        fact=1,
        version=2,
        expected_version=1,
    ),
    413: _problem(
        413,
        "request-too-large",
        "Too large",
        "The body of a request holds at most 262144 bytes. Say it in several requests.",
        limit=262144,
    ),
    415: _problem(
        415,
        "not-json",
        "Unsupported media type",
        "Send the body as plain JSON, with Content-Type: application/json and no Content-Encoding.",
    ),
    422: _problem(
        422,
        "invalid-body",
        "Cannot be recorded as it is",
        f"/slug: {_NO_SLUG}.",
        errors=[{"pointer": "#/slug", "detail": _NO_SLUG}],
    ),
    428: _problem(
        428,
        "version-not-named",
        "Name the version you saw",
        "Name the version you saw: expected_version in the body, or If-Match with the fact's ETag."
        " Fact 1 is at version 2.",
        fact=1,
        version=2,
    ),
    429: _problem(
        429,
        "too-many-requests",
        "Too many requests",
        "This key is over its rate of 600 requests a minute. Go on in 12 s.",
        rate="600 requests a minute",
        seconds=12,
    ),
    503: _problem(
        503,
        "ledger-unavailable",
        "Not now",
        "The database cannot be reached; ask again. If you were filing, nobody knows whether it was recorded:"
        " send it again with the same Idempotency-Key, and it is recorded once.",
    ),
}
