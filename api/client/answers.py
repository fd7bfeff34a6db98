"""The shapes of answers, as the OpenAPI document has them: made of it by `make docs`.

A ledger that is newer may tell more.
"""

from typing import Any, Literal, NotRequired, TypedDict

PartOfReceiptState = Literal["draft", "embargoed", "published", "held", "killed", "taken_down"]
AttributionSpeech = Literal["direct", "indirect", "mixed", "partial"]
ResponseKind = Literal["denies", "confirms", "contradicts", "downplays", "declines_to_comment"]
ChangeKind = Literal[
    "opening",
    "report",
    "correction",
    "update",
    "clarification",
    "fact_refile",
    "retraction",
    "citation",
    "attribution",
    "assessment",
    "response",
    "confirmation",
    "tightening",
    "loosening",
    "headline",
    "dateline",
    "copy",
    "note",
    "refile",
    "editors_note",
    "corrective",
    "publication",
    "embargo_lift",
    "hold",
    "release",
    "kill",
    "takedown",
    "restoration",
    "approval_asked",
    "approval_given",
    "approval_declined",
    "withdrawal",
    "reversion",
    "take",
    "agency_correction",
    "slug",
    "merge",
    "parting",
]
ChangeAffects = Literal["numbers", "names", "attribution", "quote", "date", "other"]
ChangeCause = Literal[
    "source_error", "our_error", "transmission", "misquotation", "misidentification", "other"
]
FactDocumentKind = Literal[
    "event", "figure", "quote", "claim", "background", "planned", "response", "definition"
]
FactDocumentTerms = Literal["on_record", "background", "deep_background", "off_record"]
FactDocumentVerification = Literal["unverified", "in_progress", "verified", "refuted", "conflicting"]
SourceKind = Literal["person", "organisation", "agency", "document", "dataset", "webpage", "own"]
RehearsedRequestState = Literal["open", "acknowledged", "accepted", "declined"]
SearchExcerptsExcerptOf = Literal[
    "copy", "statement", "quote", "place", "entity", "source", "dateline", "headline"
]
BecauseKind = Literal["correction", "retraction", "reversion", "discrediting"]
DifferingParts = Literal["headline", "dateline", "copy", "notes"]
WebhookAddedTells = Literal["publication", "correction", "withdrawal", "desk-change"]


class NewlyNamed(TypedDict):
    source: str
    protected_by: list[int]


class NameFound(TypedDict):
    place: str
    source: str
    words: str


class Misfit(TypedDict):
    pointer: str
    fact: NotRequired[int | None]
    detail: str


class NotIn(TypedDict):
    revision: int
    embargo_until: NotRequired[str | None]


class PartOfReceipt(TypedDict):
    revision: int
    story: NotRequired[str | None]
    source: NotRequired[str | None]
    request: NotRequired[str | None]
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    approval: NotRequired[int | None]
    pending: NotRequired[bool | None]
    state: NotRequired[PartOfReceiptState | None]
    overtaken_by: NotRequired[str | None]
    newly_named: NotRequired[list[NewlyNamed] | None]
    newly_named_count: NotRequired[int | None]
    still_named: NotRequired[list[NameFound] | None]
    still_named_count: NotRequired[int | None]
    warnings: NotRequired[list[Misfit] | None]
    not_in: NotRequired[NotIn | None]
    later: NotRequired[int | None]
    event_id: str


class Receipt(TypedDict):
    revision: int
    story: NotRequired[str | None]
    source: NotRequired[str | None]
    request: NotRequired[str | None]
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    approval: NotRequired[int | None]
    pending: NotRequired[bool | None]
    state: NotRequired[PartOfReceiptState | None]
    overtaken_by: NotRequired[str | None]
    newly_named: NotRequired[list[NewlyNamed] | None]
    newly_named_count: NotRequired[int | None]
    still_named: NotRequired[list[NameFound] | None]
    still_named_count: NotRequired[int | None]
    warnings: NotRequired[list[Misfit] | None]
    not_in: NotRequired[NotIn | None]
    later: NotRequired[int | None]
    event_id: str
    position: NotRequired[int | None]
    recorded_at: str
    change: NotRequired[str | None]
    acts: NotRequired[list[PartOfReceipt] | None]
    without_place: NotRequired[dict[str, int] | None]


class Told(TypedDict):
    revision: int
    story: NotRequired[str | None]
    source: NotRequired[str | None]
    request: NotRequired[str | None]
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    approval: NotRequired[int | None]
    pending: NotRequired[bool | None]
    state: NotRequired[PartOfReceiptState | None]
    overtaken_by: NotRequired[str | None]
    newly_named: NotRequired[list[NewlyNamed] | None]
    newly_named_count: NotRequired[int | None]
    still_named: NotRequired[list[NameFound] | None]
    still_named_count: NotRequired[int | None]
    warnings: NotRequired[list[Misfit] | None]
    not_in: NotRequired[NotIn | None]
    later: NotRequired[int | None]


class Attribution(TypedDict):
    source: str
    cue: str
    speech: AttributionSpeech
    quote: NotRequired[str | None]


class Unattributed(TypedDict):
    reason: str
    signed_off_by: str


class LedgerFactExcerpt(TypedDict):
    exact: str
    prefix: NotRequired[str | None]
    suffix: NotRequired[str | None]


class CitationOutput(TypedDict):
    source: str
    url: NotRequired[str | None]
    title: NotRequired[str | None]
    published_at: NotRequired[str | None]
    accessed_at: NotRequired[str | None]
    archived_url: NotRequired[str | None]
    digest: NotRequired[str | None]
    excerpt: NotRequired[LedgerFactExcerpt | None]
    origin: NotRequired[str | None]


class Occurred(TypedDict):
    literal: NotRequired[str | None]
    resolved: NotRequired[str | None]
    basis: NotRequired[str | None]


class Figure(TypedDict):
    value: str
    unit: str


class Ground(TypedDict):
    story: str
    fact: int


class Note(TypedDict):
    role: str
    text: str
    is_publishable: bool


class Voice(TypedDict):
    source: str


class Response(TypedDict):
    kind: ResponseKind
    by: Ground | Voice


class Origin(TypedDict):
    provider: str
    id: str
    version: NotRequired[str | None]
    created: NotRequired[str | None]


class Change(TypedDict):
    kind: ChangeKind
    revision: int
    position: int
    recorded_at: str
    actor: str
    reason: NotRequired[str | None]
    wrong_version: NotRequired[int | None]
    was_wrong: NotRequired[str | None]
    affects: NotRequired[list[ChangeAffects] | None]
    cause: NotRequired[ChangeCause | None]
    requested_by: NotRequired[str | None]
    origin: NotRequired[Origin | None]


class When(TypedDict):
    status: str
    anchor: NotRequired[str | None]
    edtf: NotRequired[str | None]
    earliest: NotRequired[str | None]
    latest: NotRequired[str | None]
    candidates: NotRequired[list[str]]
    part_of_day: NotRequired[str | None]
    relation: NotRequired[str | None]
    basis: NotRequired[str | None]


class FactDocument(TypedDict):
    fact: int
    version: int
    statement: str
    kind: FactDocumentKind
    attribution: NotRequired[list[Attribution] | None]
    unattributed: NotRequired[Unattributed | None]
    citations: NotRequired[list[CitationOutput]]
    occurred: NotRequired[Occurred | None]
    place: NotRequired[str | None]
    entities: NotRequired[list[str]]
    figure: NotRequired[Figure | None]
    terms: NotRequired[FactDocumentTerms]
    rests_on: NotRequired[list[Ground]]
    note: NotRequired[list[Note]]
    standing: Literal["standing", "retracted"]
    verification: FactDocumentVerification
    dispute: Literal["undisputed", "disputed", "resolved"]
    responses: NotRequired[list[Response]]
    corrections: NotRequired[int]
    corrected: NotRequired[Change | None]
    changed: Change
    independent_origins: int
    when: NotRequired[When | None]


class Dateline(TypedDict):
    place: NotRequired[str | None]
    date: str


class ItemLink(TypedDict):
    rel: NotRequired[str | None]
    to: str
    title: NotRequired[str | None]


class WireItem(TypedDict):
    format: NotRequired[str | None]
    byline: NotRequired[str | None]
    urgency: NotRequired[int | None]
    slugline: NotRequired[str | None]
    genre: NotRequired[str | None]
    rights: NotRequired[str | None]
    credit: NotRequired[str | None]
    subjects: NotRequired[list[str]]
    links: NotRequired[list[ItemLink]]
    published: NotRequired[str | None]
    address: NotRequired[str | None]


class Head(TypedDict):
    story: str
    first_slug: NotRequired[str | None]
    merged_into: NotRequired[str | None]
    headline: str
    language: str
    desk: str
    dateline: NotRequired[Dateline | None]
    opened: Change
    wire: NotRequired[WireItem | None]


class Span(TypedDict):
    fact: int
    start: int
    end: int
    exact: str


class Copy(TypedDict):
    text: str
    spans: list[Span]
    filed: Change


class StoryNote(TypedDict):
    role: str
    text: str
    is_publishable: bool
    added: Change


class Corrective(TypedDict):
    fact: int
    version: int
    ran_in: int
    text: str
    issued: Change


class Embargo(TypedDict):
    revision: int
    until: str


class Tombstone(TypedDict):
    kind: Literal["kill", "takedown"]
    since: str
    ground: NotRequired[Literal["legal", "safety"] | None]
    notice: NotRequired[str | None]


class Despite(TypedDict):
    source: str
    reason: str


class Kill(TypedDict):
    origin: NotRequired[Origin | None]
    act: NotRequired[Literal["kill"]]
    reason: str
    notice: NotRequired[str | None]
    despite: NotRequired[list[Despite] | None]


class Takedown(TypedDict):
    act: NotRequired[Literal["takedown"]]
    ground: Literal["legal", "safety"]
    reason: str
    notice: NotRequired[str | None]
    despite: NotRequired[list[Despite] | None]


class Restoration(TypedDict):
    act: NotRequired[Literal["restoration"]]
    reason: str
    held: NotRequired[bool]


class Loosening(TypedDict):
    act: NotRequired[Literal["terms"]]
    fact: int
    version: int
    terms: FactDocumentTerms
    reason: str


class PendingApproval(TypedDict):
    approval: int
    act: Kill | Takedown | Restoration | Loosening
    asked_by: str


class PublicationDocument(TypedDict):
    state: PartOfReceiptState
    pub_status: NotRequired[Literal["usable", "withheld", "canceled"] | None]
    revision: NotRequired[int | None]
    edition: NotRequired[int | None]
    signals: NotRequired[list[Literal["sig:update", "sig:correction"]]]
    published_at: NotRequired[str | None]
    first_published_at: NotRequired[str | None]
    embargo: NotRequired[Embargo | None]
    tombstone: NotRequired[Tombstone | None]
    approvals: NotRequired[list[PendingApproval]]


class Discredit(TypedDict):
    reason: str
    recorded_at: str


class ProviderSettings(TypedDict):
    names: NotRequired[list[str]]
    language: NotRequired[str | None]
    desk: NotRequired[str | None]
    public_notes: NotRequired[list[str]]
    may_withdraw: NotRequired[bool]


class FormerName(TypedDict):
    name: str
    until: str
    reason: str


class Joined(TypedDict):
    source: str
    name: str


class Source(TypedDict):
    source: str
    name: str
    kind: SourceKind
    description: NotRequired[str | None]
    registered_at: str
    discredited: NotRequired[Discredit | None]
    provider: NotRequired[ProviderSettings | None]
    other_names: NotRequired[list[str] | None]
    former_names: NotRequired[list[FormerName] | None]
    merged_into: NotRequired[str | None]
    joined: NotRequired[list[Joined] | None]


class RehearsedRequest(TypedDict):
    story: str
    state: RehearsedRequestState
    has_contact: bool


class Foretold(TypedDict):
    kind: ChangeKind
    fact: NotRequired[int | None]
    said: str
    public_seconds: NotRequired[float | None]


class Rehearsal(TypedDict):
    revision: int
    story: NotRequired[str | None]
    source: NotRequired[str | None]
    request: NotRequired[str | None]
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    approval: NotRequired[int | None]
    pending: NotRequired[bool | None]
    state: NotRequired[PartOfReceiptState | None]
    overtaken_by: NotRequired[str | None]
    newly_named: NotRequired[list[NewlyNamed] | None]
    newly_named_count: NotRequired[int | None]
    still_named: NotRequired[list[NameFound] | None]
    still_named_count: NotRequired[int | None]
    warnings: NotRequired[list[Misfit] | None]
    not_in: NotRequired[NotIn | None]
    later: NotRequired[int | None]
    dry_run: Literal[True]
    names: NotRequired[list[NameFound] | None]
    names_count: NotRequired[int | None]
    acts: NotRequired[list[Told] | None]
    events: list[dict[str, Any]]
    becomes: (
        FactDocument
        | Head
        | Copy
        | StoryNote
        | Corrective
        | PublicationDocument
        | Source
        | RehearsedRequest
        | None
    )
    told: NotRequired[list[Foretold] | None]
    without_place: NotRequired[dict[str, int] | None]
    each: NotRequired[
        list[
            FactDocument
            | Head
            | Copy
            | StoryNote
            | Corrective
            | PublicationDocument
            | Source
            | RehearsedRequest
            | None
        ]
        | None
    ]


class Leaning(TypedDict):
    facts: int
    stories: int
    corrected: int
    retracted: NotRequired[int | None]


class SourceListed(TypedDict):
    source: str
    name: str
    kind: SourceKind
    description: NotRequired[str | None]
    registered_at: str
    discredited: NotRequired[Discredit | None]
    provider: NotRequired[ProviderSettings | None]
    other_names: NotRequired[list[str] | None]
    former_names: NotRequired[list[FormerName] | None]
    merged_into: NotRequired[str | None]
    joined: NotRequired[list[Joined] | None]
    figures: Leaning


class ListedSourceListed(TypedDict):
    items: list[SourceListed]
    next: str | None


class ReaderSourceListed(TypedDict):
    source: str
    name: str
    kind: SourceKind
    description: NotRequired[str | None]
    figures: Leaning


class ListedReaderSourceListed(TypedDict):
    items: list[ReaderSourceListed]
    next: str | None


class Mark(TypedDict):
    start: int
    end: int


class SearchExcerptsExcerpt(TypedDict):
    of: SearchExcerptsExcerptOf
    fact: NotRequired[int | None]
    text: str
    marks: list[Mark]


class StorySummary(TypedDict):
    story: str
    first_slug: NotRequired[str | None]
    merged_into: NotRequired[str | None]
    headline: str
    language: str
    desk: str
    dateline: NotRequired[Dateline | None]
    opened: Change
    wire: NotRequired[WireItem | None]
    revision: int
    position: int
    facts: int
    state: PartOfReceiptState
    found: NotRequired[SearchExcerptsExcerpt | None]


class ListedStorySummary(TypedDict):
    items: list[StorySummary]
    next: str | None


class ReaderSummary(TypedDict):
    story: str
    headline: str
    language: str
    desk: str
    dateline: NotRequired[Dateline | None]
    edition: int
    revision: int
    published_at: str
    found: NotRequired[SearchExcerptsExcerpt | None]


class ListedReaderSummary(TypedDict):
    items: list[ReaderSummary]
    next: str | None


class Registration(TypedDict):
    source: str
    name: str
    kind: SourceKind
    description: NotRequired[str | None]
    registered_at: str


class FactsOfStory(TypedDict):
    story: str
    revision: int
    position: int
    total: int
    matching: int
    sources: dict[str, Registration]
    members: dict[str, str]
    items: list[FactDocument]
    next: str | None


class ReaderSource(TypedDict):
    source: str
    name: str
    kind: SourceKind
    description: NotRequired[str | None]


class Unnamed(TypedDict):
    reason: str


class ReaderOccurred(TypedDict):
    literal: NotRequired[str | None]
    resolved: NotRequired[str | None]


class ReaderNote(TypedDict):
    role: str
    text: str


class ReaderFact(TypedDict):
    fact: int
    version: int
    statement: str
    kind: FactDocumentKind
    attribution: NotRequired[list[Attribution] | None]
    unattributed: NotRequired[Unnamed | None]
    citations: NotRequired[list[CitationOutput]]
    occurred: NotRequired[ReaderOccurred | None]
    place: NotRequired[str | None]
    entities: NotRequired[list[str]]
    figure: NotRequired[Figure | None]
    terms: NotRequired[FactDocumentTerms]
    rests_on: NotRequired[list[Ground]]
    note: NotRequired[list[ReaderNote]]
    standing: Literal["standing", "retracted"]
    verification: FactDocumentVerification
    dispute: Literal["undisputed", "disputed", "resolved"]
    responses: NotRequired[list[Response]]
    independent_origins: NotRequired[int]
    when: NotRequired[When | None]


class FactTombstone(TypedDict):
    fact: int
    version: int
    kind: FactDocumentKind
    standing: NotRequired[Literal["retracted"]]
    statement: NotRequired[str | None]


class ReaderFactsOfStory(TypedDict):
    story: str
    revision: int
    total: int
    matching: int
    sources: dict[str, ReaderSource]
    items: list[ReaderFact | FactTombstone]
    next: str | None


class MergedStory(TypedDict):
    story: str
    headline: str


class MergedWith(TypedDict):
    story: str
    into: NotRequired[str | None]
    items: list[MergedStory]


class Lapse(TypedDict):
    revision: int
    kind: str


class Approval(TypedDict):
    story: str
    approval: int
    act: str
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    terms: NotRequired[FactDocumentTerms | None]
    reason: str
    notice: NotRequired[str | None]
    despite: NotRequired[list[Despite] | None]
    ground: NotRequired[str | None]
    held: NotRequired[bool | None]
    position: int
    asked_at: str
    actor: str
    asked_by: str | None
    state: str
    lapsed: NotRequired[Lapse | None]
    answered_at: NotRequired[str | None]
    answer: NotRequired[str | None]
    answered_by: NotRequired[str | None]
    origin: NotRequired[Origin | None]


class ListedApproval(TypedDict):
    items: list[Approval]
    next: str | None


class RestingFact(TypedDict):
    story: str
    fact: int
    version: int
    statement: str
    standing: Literal["standing", "retracted"]
    distance: int


class Impact(TypedDict):
    story: str
    fact: int
    items: list[RestingFact]
    next: str | None


class Hanging(TypedDict):
    leaning: int
    stories: int
    alone: int
    stories_alone: int


class HangingOn(TypedDict):
    source: str
    name: str
    facts: list[int]


class DiscreditedIn(TypedDict):
    story: str
    items: list[HangingOn]


class Waiting(TypedDict):
    approvals: int
    requests: int
    shaken: int
    unpublished: int


class Because(TypedDict):
    kind: BecauseKind
    story: NotRequired[str | None]
    fact: NotRequired[int | None]
    source: NotRequired[str | None]
    position: int
    recorded_at: str
    reason: str
    distance: int


class ShakenFact(TypedDict):
    story: str
    fact: int
    version: int
    statement: str
    since: int
    because: Because


class ListedShakenFact(TypedDict):
    items: list[ShakenFact]
    next: str | None


class Revision(TypedDict):
    revision: int
    position: int
    recorded_at: str
    actor: str
    by: str | None
    kind: ChangeKind
    substantive: bool
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    undoes: NotRequired[int | None]
    reason: NotRequired[str | None]
    wrong_version: NotRequired[int | None]
    was_wrong: NotRequired[str | None]
    affects: NotRequired[list[str] | None]
    cause: NotRequired[str | None]
    requested_by: NotRequired[str | None]
    request: NotRequired[str | None]
    origin: NotRequired[Origin | None]
    before: NotRequired[dict[str, Any] | None]
    after: NotRequired[dict[str, Any] | None]
    change: NotRequired[str | None]
    event_id: str


class Unpublished(TypedDict):
    story: str
    headline: str
    language: str
    desk: str
    revision: int
    public: int
    published_at: str
    since: Revision


class ListedUnpublished(TypedDict):
    items: list[Unpublished]
    next: str | None


class StoryDocument(TypedDict):
    story: str
    first_slug: NotRequired[str | None]
    merged_into: NotRequired[str | None]
    headline: str
    language: str
    desk: str
    dateline: NotRequired[Dateline | None]
    opened: Change
    wire: NotRequired[WireItem | None]
    revision: int
    position: int
    recorded_at: str
    publication: PublicationDocument
    copy: NotRequired[Copy | None]
    notes: list[StoryNote]
    correctives: list[Corrective]
    facts: list[FactDocument]
    next: NotRequired[int | None]
    independent_origins: int
    sources: dict[str, Registration]
    members: dict[str, str]


class ReaderPublication(TypedDict):
    pub_status: NotRequired[Literal["usable"]]
    signals: NotRequired[list[Literal["sig:update", "sig:correction"]]]
    published_at: str
    first_published_at: str


class ReaderCopy(TypedDict):
    text: str
    spans: list[Span]


class ReaderCorrective(TypedDict):
    fact: int
    version: int
    ran_in: int
    text: str


class PublicChange(TypedDict):
    kind: ChangeKind
    revision: int
    edition: NotRequired[int | None]
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    wrong_version: NotRequired[int | None]
    was_wrong: NotRequired[str | None]
    affects: NotRequired[list[ChangeAffects] | None]
    cause: NotRequired[ChangeCause | None]
    ran_in: NotRequired[int | None]
    text: NotRequired[str | None]
    reason: NotRequired[str | None]
    published_at: str
    statement: NotRequired[str | None]
    public_from: NotRequired[str | None]
    public_seconds: NotRequired[float | None]


class ReaderStory(TypedDict):
    story: str
    headline: str
    language: str
    desk: str
    dateline: NotRequired[Dateline | None]
    first_slug: NotRequired[str | None]
    edition: int
    revision: int
    publication: ReaderPublication
    copy: NotRequired[ReaderCopy | None]
    notes: list[ReaderNote]
    correctives: list[ReaderCorrective]
    facts: list[ReaderFact | FactTombstone]
    next: NotRequired[int | None]
    independent_origins: int
    changes: list[PublicChange]
    earlier_changes: bool
    sources: dict[str, ReaderSource]


class ListedRevision(TypedDict):
    items: list[Revision]
    next: str | None


class RenamedSource(TypedDict):
    source: str
    before: str
    after: str


class Differing(TypedDict):
    parts: list[DifferingParts]
    facts: list[int]
    new_facts: list[int]
    more_facts: int
    sources: list[RenamedSource]
    more_sources: int


class Edition(TypedDict):
    edition: int
    revision: int
    position: int
    published_at: str
    signals: list[Literal["sig:update", "sig:correction"]]
    changes: list[PublicChange]
    earlier_changes: bool
    differs: NotRequired[Differing | None]


class ListedEdition(TypedDict):
    items: list[Edition]
    next: str | None


class Step(TypedDict):
    revision: int
    position: int
    at: str
    kind: ChangeKind
    substantive: bool
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    by: str | None


class StepsStep(TypedDict):
    story: str
    items: list[Step]
    earlier: int


class ReaderStep(TypedDict):
    edition: int
    revision: int
    position: int
    at: str
    kinds: dict[str, int]
    new_facts: int


class StepsReaderStep(TypedDict):
    story: str
    items: list[ReaderStep]
    earlier: int


class FieldChange(TypedDict):
    before: NotRequired[Any]
    after: NotRequired[Any]


class FactChange(TypedDict):
    fact: int
    kind: str
    from_version: NotRequired[int | None]
    to_version: NotRequired[int | None]
    fields: dict[str, FieldChange]


class Difference(TypedDict):
    story: str
    from_edition: NotRequired[int | None]
    to_edition: NotRequired[int | None]
    from_revision: int
    to_revision: int
    fields: dict[str, FieldChange]
    copy_lines: list[str]
    facts: list[FactChange]
    sources: list[RenamedSource]


class OneFact(TypedDict):
    fact: int
    version: int
    statement: str
    kind: FactDocumentKind
    attribution: NotRequired[list[Attribution] | None]
    unattributed: NotRequired[Unattributed | None]
    citations: NotRequired[list[CitationOutput]]
    occurred: NotRequired[Occurred | None]
    place: NotRequired[str | None]
    entities: NotRequired[list[str]]
    figure: NotRequired[Figure | None]
    terms: NotRequired[FactDocumentTerms]
    rests_on: NotRequired[list[Ground]]
    note: NotRequired[list[Note]]
    standing: Literal["standing", "retracted"]
    verification: FactDocumentVerification
    dispute: Literal["undisputed", "disputed", "resolved"]
    responses: NotRequired[list[Response]]
    corrections: NotRequired[int]
    corrected: NotRequired[Change | None]
    changed: Change
    independent_origins: int
    when: NotRequired[When | None]
    story: str
    sources: dict[str, Registration]
    members: dict[str, str]


class OneReaderFact(TypedDict):
    fact: int
    version: int
    statement: str
    kind: FactDocumentKind
    attribution: NotRequired[list[Attribution] | None]
    unattributed: NotRequired[Unnamed | None]
    citations: NotRequired[list[CitationOutput]]
    occurred: NotRequired[ReaderOccurred | None]
    place: NotRequired[str | None]
    entities: NotRequired[list[str]]
    figure: NotRequired[Figure | None]
    terms: NotRequired[FactDocumentTerms]
    rests_on: NotRequired[list[Ground]]
    note: NotRequired[list[ReaderNote]]
    standing: Literal["standing", "retracted"]
    verification: FactDocumentVerification
    dispute: Literal["undisputed", "disputed", "resolved"]
    responses: NotRequired[list[Response]]
    independent_origins: NotRequired[int]
    when: NotRequired[When | None]
    story: str
    sources: dict[str, ReaderSource]


class OneTombstone(TypedDict):
    fact: int
    version: int
    kind: FactDocumentKind
    standing: NotRequired[Literal["retracted"]]
    statement: NotRequired[str | None]
    story: str
    sources: dict[str, ReaderSource]


class FactVersion(TypedDict):
    fact: int
    version: int
    statement: str
    kind: FactDocumentKind
    attribution: NotRequired[list[Attribution] | None]
    unattributed: NotRequired[Unattributed | None]
    citations: NotRequired[list[CitationOutput]]
    occurred: NotRequired[Occurred | None]
    place: NotRequired[str | None]
    entities: NotRequired[list[str]]
    figure: NotRequired[Figure | None]
    terms: NotRequired[FactDocumentTerms]
    rests_on: NotRequired[list[Ground]]
    note: NotRequired[list[Note]]
    standing: Literal["standing", "retracted"]
    verification: FactDocumentVerification
    dispute: Literal["undisputed", "disputed", "resolved"]
    responses: NotRequired[list[Response]]
    corrections: NotRequired[int]
    corrected: NotRequired[Change | None]
    changed: Change
    independent_origins: int
    when: NotRequired[When | None]
    since: int


class ListedFactVersion(TypedDict):
    items: list[FactVersion]
    next: str | None


class ReaderFactVersion(TypedDict):
    fact: int
    version: int
    statement: str
    kind: FactDocumentKind
    attribution: NotRequired[list[Attribution] | None]
    unattributed: NotRequired[Unnamed | None]
    citations: NotRequired[list[CitationOutput]]
    occurred: NotRequired[ReaderOccurred | None]
    place: NotRequired[str | None]
    entities: NotRequired[list[str]]
    figure: NotRequired[Figure | None]
    terms: NotRequired[FactDocumentTerms]
    rests_on: NotRequired[list[Ground]]
    note: NotRequired[list[ReaderNote]]
    standing: Literal["standing", "retracted"]
    verification: FactDocumentVerification
    dispute: Literal["undisputed", "disputed", "resolved"]
    responses: NotRequired[list[Response]]
    independent_origins: NotRequired[int]
    when: NotRequired[When | None]
    since: int
    published_at: str


class TombstoneVersion(TypedDict):
    fact: int
    version: int
    kind: FactDocumentKind
    standing: NotRequired[Literal["retracted"]]
    statement: NotRequired[str | None]
    since: int
    published_at: str


class ListedUnionReaderFactVersionTombstoneVersion(TypedDict):
    items: list[ReaderFactVersion | TombstoneVersion]
    next: str | None


class FactOfSource(TypedDict):
    fact: int
    version: int
    statement: str
    kind: FactDocumentKind
    attribution: NotRequired[list[Attribution] | None]
    unattributed: NotRequired[Unattributed | None]
    citations: NotRequired[list[CitationOutput]]
    occurred: NotRequired[Occurred | None]
    place: NotRequired[str | None]
    entities: NotRequired[list[str]]
    figure: NotRequired[Figure | None]
    terms: NotRequired[FactDocumentTerms]
    rests_on: NotRequired[list[Ground]]
    note: NotRequired[list[Note]]
    standing: Literal["standing", "retracted"]
    verification: FactDocumentVerification
    dispute: Literal["undisputed", "disputed", "resolved"]
    responses: NotRequired[list[Response]]
    corrections: NotRequired[int]
    corrected: NotRequired[Change | None]
    changed: Change
    independent_origins: int
    when: NotRequired[When | None]
    story: str


class ListedFactOfSource(TypedDict):
    items: list[FactOfSource]
    next: str | None


class ReaderFactOfSource(TypedDict):
    fact: int
    version: int
    statement: str
    kind: FactDocumentKind
    attribution: NotRequired[list[Attribution] | None]
    unattributed: NotRequired[Unnamed | None]
    citations: NotRequired[list[CitationOutput]]
    occurred: NotRequired[ReaderOccurred | None]
    place: NotRequired[str | None]
    entities: NotRequired[list[str]]
    figure: NotRequired[Figure | None]
    terms: NotRequired[FactDocumentTerms]
    rests_on: NotRequired[list[Ground]]
    note: NotRequired[list[ReaderNote]]
    standing: Literal["standing", "retracted"]
    verification: FactDocumentVerification
    dispute: Literal["undisputed", "disputed", "resolved"]
    responses: NotRequired[list[Response]]
    independent_origins: NotRequired[int]
    when: NotRequired[When | None]
    story: str


class ListedReaderFactOfSource(TypedDict):
    items: list[ReaderFactOfSource]
    next: str | None


class SourceFigures(TypedDict):
    source: str
    facts: int
    stories: int
    corrected: int
    retracted: NotRequired[int | None]


class Correction(TypedDict):
    revision: int
    position: int
    recorded_at: str
    actor: str
    by: str | None
    kind: ChangeKind
    substantive: bool
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    undoes: NotRequired[int | None]
    reason: NotRequired[str | None]
    wrong_version: NotRequired[int | None]
    was_wrong: NotRequired[str | None]
    affects: NotRequired[list[str] | None]
    cause: NotRequired[str | None]
    requested_by: NotRequired[str | None]
    request: NotRequired[str | None]
    origin: NotRequired[Origin | None]
    before: NotRequired[dict[str, Any] | None]
    after: NotRequired[dict[str, Any] | None]
    change: NotRequired[str | None]
    event_id: str
    story: str
    public_from: NotRequired[str | None]
    public_to: NotRequired[str | None]
    public_seconds: NotRequired[float | None]


class ListedCorrection(TypedDict):
    items: list[Correction]
    next: str | None


class PublicCorrection(TypedDict):
    kind: ChangeKind
    revision: int
    edition: NotRequired[int | None]
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    wrong_version: NotRequired[int | None]
    was_wrong: NotRequired[str | None]
    affects: NotRequired[list[ChangeAffects] | None]
    cause: NotRequired[ChangeCause | None]
    ran_in: NotRequired[int | None]
    text: NotRequired[str | None]
    reason: NotRequired[str | None]
    published_at: str
    statement: NotRequired[str | None]
    public_from: NotRequired[str | None]
    public_seconds: NotRequired[float | None]
    story: str
    ground: NotRequired[Literal["legal", "safety"] | None]


class ListedPublicCorrection(TypedDict):
    items: list[PublicCorrection]
    next: str | None


class MonthInFigures(TypedDict):
    month: str
    corrections: int
    retractions: int
    kills: int
    takedowns: int


class CorrectionFigures(TypedDict):
    clock: NotRequired[Literal["source"] | None]
    facts: int
    corrections: int
    retractions: int
    kills: int
    takedowns: int
    corrections_per_100_facts: float | None
    median_seconds_to_correction: float | None
    by_cause: dict[str, int]
    by_affects: dict[str, int]
    by_month: list[MonthInFigures]


class NewRevision(TypedDict):
    revision: int
    position: int
    recorded_at: str
    actor: str
    by: str | None
    kind: ChangeKind
    substantive: bool
    fact: NotRequired[int | None]
    version: NotRequired[int | None]
    undoes: NotRequired[int | None]
    reason: NotRequired[str | None]
    wrong_version: NotRequired[int | None]
    was_wrong: NotRequired[str | None]
    affects: NotRequired[list[str] | None]
    cause: NotRequired[str | None]
    requested_by: NotRequired[str | None]
    request: NotRequired[str | None]
    origin: NotRequired[Origin | None]
    before: NotRequired[dict[str, Any] | None]
    after: NotRequired[dict[str, Any] | None]
    change: NotRequired[str | None]
    event_id: str
    story: str


class NewEdition(TypedDict):
    edition: int
    revision: int
    position: int
    published_at: str
    signals: list[Literal["sig:update", "sig:correction"]]
    changes: list[PublicChange]
    earlier_changes: bool
    differs: NotRequired[Differing | None]
    story: str
    kind: Literal["edition"]


class ReaderTombstone(TypedDict):
    kind: Literal["kill", "takedown"]
    since: str
    ground: NotRequired[Literal["legal", "safety"] | None]
    notice: NotRequired[str | None]
    published_at: str
    public_seconds: float


class Withdrawal(TypedDict):
    position: int
    kind: Literal["withdrawal"]
    at: str
    story: NotRequired[str | None]
    tombstone: NotRequired[ReaderTombstone | None]


class Return(TypedDict):
    position: int
    kind: Literal["return"]
    at: str
    story: str
    edition: int
    revision: int


class Purge(TypedDict):
    position: int
    at: str
    story: str
    kind: ChangeKind
    prefixes: list[str]
    urls: list[str]


class PurgesListed(TypedDict):
    items: list[Purge]
    next: int | None


class Answer(TypedDict):
    by: str | None
    reason: str
    told: NotRequired[str | None]
    fact: NotRequired[int | None]
    version: NotRequired[int | None]


class CorrectionRequest(TypedDict):
    request: str
    story: str
    phrase: str | None
    concern: str | None
    asked_at: str
    state: RehearsedRequestState
    contact: str | None
    has_contact: bool
    erased: bool
    age_seconds: NotRequired[int | None]
    acknowledged_at: NotRequired[str | None]
    note: NotRequired[str | None]
    answered_at: NotRequired[str | None]
    answer: NotRequired[Answer | None]


class ListedCorrectionRequest(TypedDict):
    items: list[CorrectionRequest]
    next: str | None


class ToldCorrection(TypedDict):
    fact: int
    version: int
    edition: int
    revision: int
    published_at: str


class RequestReceipt(TypedDict):
    request: str
    story: str
    phrase: str | None
    concern: str | None
    asked_at: str
    state: RehearsedRequestState
    acknowledged_at: NotRequired[str | None]
    answered_at: NotRequired[str | None]
    told: NotRequired[str | None]
    correction: NotRequired[ToldCorrection | None]


class RequestFigures(TypedDict):
    open: int
    oldest_open_seconds: int | None
    answered: int
    accepted: int
    declined: int
    share_accepted: float | None
    median_seconds_to_answer: float | None


class OfStream(TypedDict):
    story: NotRequired[str | None]
    source: NotRequired[str | None]


class Event(TypedDict):
    position: int
    recorded_at: str
    topic: str
    stream_id: str
    version: int
    actor: str
    event_id: str
    request_id: str
    commitment: str
    salt: str | None
    body: dict[str, Any] | None
    withheld: NotRequired[bool | None]


class EventsListed(TypedDict):
    about: dict[str, OfStream]
    items: list[Event]
    next: int | None


class Member(TypedDict):
    member: str
    label: str


class MembersListed(TypedDict):
    items: list[Member]
    next: str | None


class Projection(TypedDict):
    view: str
    position: int
    lag_events: int
    lag_seconds: float
    state: Literal["running", "paused", "failed"]
    since: str
    reason: NotRequired[str | None]
    failed_at: NotRequired[int | None]
    failure: NotRequired[Literal["unknown_topic", "cannot_decode", "view_raised"] | None]
    traceback: NotRequired[str | None]
    skipped: int


class SkippedEvent(TypedDict):
    skipped_at: str
    view: str
    position: int
    failure: Literal["unknown_topic", "cannot_decode", "view_raised"]
    reason: str


class Projections(TypedDict):
    head: int
    projects_here: bool
    views: list[Projection]
    skips: list[SkippedEvent]


class WebhookAdded(TypedDict):
    webhook: str
    url: str
    tells: list[WebhookAddedTells]
    story: NotRequired[str | None]
    desk: NotRequired[str | None]
    made_at: str
    reached: int
    stories_waiting: int
    stopped_at: NotRequired[str | None]
    stopped_why: NotRequired[str | None]
    secret: NotRequired[str | None]


class Webhook(TypedDict):
    webhook: str
    url: str
    tells: list[WebhookAddedTells]
    story: NotRequired[str | None]
    desk: NotRequired[str | None]
    made_at: str
    reached: int
    stories_waiting: int
    stopped_at: NotRequired[str | None]
    stopped_why: NotRequired[str | None]


class WebhooksListed(TypedDict):
    items: list[Webhook]


class WebhookSecret(TypedDict):
    webhook: str
    secret: str


class Delivery(TypedDict):
    story: str
    position: int
    type: WebhookAddedTells
    attempt: int
    at: str
    seconds: float
    status: NotRequired[int | None]
    failure: NotRequired[str | None]


class DeliveriesListed(TypedDict):
    items: list[Delivery]
    next: str | None
