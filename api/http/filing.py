"""The endpoints that record: register, open, report, change. The body is the command; the answer is its receipt."""

from typing import Annotated

from fastapi import Response

from api.http import examples
from api.http.access import Filer
from api.http.endpoints import FactOf, RevisionOf, SourceSlug, StorySlug, awaiting, example, recorded, router
from ledger.commands import (
    AddEditorsNote,
    AddNote,
    AssessFact,
    AttributeFact,
    CiteFact,
    ClarifyFact,
    ConfirmFact,
    CorrectFact,
    DiscreditSource,
    FileCopy,
    IssueCorrective,
    OpenStory,
    RefileCopy,
    RegisterSource,
    ReinstateSource,
    ReportFact,
    RespondToFact,
    RetractFact,
    SetDateline,
    SetHeadline,
    SetTerms,
    UndoRevision,
    UpdateFact,
)

endpoints = router("Filing")
on_fact = "/stories/{slug}/facts/{fact}"
changed = recorded(404, 409, 428)


@endpoints.post("/sources", status_code=201, responses=recorded(409))
async def register_source(
    command: Annotated[RegisterSource, example(examples.SOURCE)], filer: Filer
) -> Response:
    """Register a source: whoever or whatever facts can be attributed to."""
    return await filer.submit_on_source(command, command.slug)


@endpoints.post("/sources/{slug}/discreditations", status_code=201, responses=recorded(404, 409))
async def discredit_source(
    slug: SourceSlug, command: Annotated[DiscreditSource, example(examples.DISCREDITATION)], filer: Filer
) -> Response:
    """Discredit a source: its word alone is not to be relied on, and facts that have no other are shaken."""
    return await filer.submit_on_source(command, slug)


@endpoints.post("/sources/{slug}/reinstatements", status_code=201, responses=recorded(404, 409))
async def reinstate_source(
    slug: SourceSlug, command: Annotated[ReinstateSource, example(examples.REINSTATEMENT)], filer: Filer
) -> Response:
    """Reinstate a source that was discredited; what that shook is shaken by it no longer."""
    return await filer.submit_on_source(command, slug)


@endpoints.post("/stories", status_code=201, responses=recorded(409))
async def open_story(command: Annotated[OpenStory, example(examples.STORY)], filer: Filer) -> Response:
    """Open a story under a slug that is its own for ever."""
    return await filer.submit(command, command.slug)


@endpoints.post("/stories/{slug}/facts", status_code=201, responses=recorded(404, 409))
async def report_fact(
    slug: StorySlug, command: Annotated[ReportFact, example(examples.FACT)], filer: Filer
) -> Response:
    """Report a fact; it gets the story's next number."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/headline", status_code=201, responses=recorded(404, 409, 428))
async def set_headline(
    slug: StorySlug, command: Annotated[SetHeadline, example(examples.HEADLINE)], filer: Filer
) -> Response:
    """Set the headline."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/dateline", status_code=201, responses=recorded(404, 409, 428))
async def set_dateline(
    slug: StorySlug, command: Annotated[SetDateline, example(examples.DATELINE)], filer: Filer
) -> Response:
    """Set where and on which day the story was written; dates such as "on Tuesday" are read against it."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/copy", status_code=201, responses=recorded(404, 409, 428))
async def file_copy(
    slug: StorySlug, command: Annotated[FileCopy, example(examples.COPY)], filer: Filer
) -> Response:
    """File the article's text, with the spans that facts stand behind (offsets in Unicode code points)."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/notes", status_code=201, responses=recorded(404, 409))
async def add_note(
    slug: StorySlug, command: Annotated[AddNote, example(examples.NOTE)], filer: Filer
) -> Response:
    """Add a note to the story."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/refiles", status_code=201, responses=recorded(404, 409, 428))
async def refile_copy(
    slug: StorySlug, command: Annotated[RefileCopy, example(examples.REFILE)], filer: Filer
) -> Response:
    """File the copy again with a small thing mended: it stands on the same facts as before."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/editors-notes", status_code=201, responses=recorded(404, 409))
async def add_editors_note(
    slug: StorySlug, command: Annotated[AddEditorsNote, example(examples.EDITORS_NOTE)], filer: Filer
) -> Response:
    """Add an editor's note, which readers see from the next publication on."""
    return await filer.submit(command, slug)


@endpoints.post("/stories/{slug}/correctives", status_code=201, responses=recorded(404, 409))
async def issue_corrective(
    slug: StorySlug, command: Annotated[IssueCorrective, example(examples.CORRECTIVE)], filer: Filer
) -> Response:
    """Issue a corrective: the error ran in a published revision that others may have copied."""
    return await filer.submit(command, slug)


@endpoints.post(f"{on_fact}/corrections", status_code=201, responses=changed)
async def correct_fact(
    slug: StorySlug,
    fact: FactOf,
    command: Annotated[CorrectFact, example(examples.CORRECTION)],
    filer: Filer,
) -> Response:
    """Correct a fact: we were wrong."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/updates", status_code=201, responses=changed)
async def update_fact(
    slug: StorySlug, fact: FactOf, command: Annotated[UpdateFact, example(examples.UPDATE)], filer: Filer
) -> Response:
    """Update a fact: the world moved on, and the version before was right in its time."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/clarifications", status_code=201, responses=changed)
async def clarify_fact(
    slug: StorySlug,
    fact: FactOf,
    command: Annotated[ClarifyFact, example(examples.CLARIFICATION)],
    filer: Filer,
) -> Response:
    """Clarify a fact: it was right, but misleading."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/retractions", status_code=201, responses=changed)
async def retract_fact(
    slug: StorySlug,
    fact: FactOf,
    command: Annotated[RetractFact, example(examples.RETRACTION)],
    filer: Filer,
) -> Response:
    """Retract a fact: it is withdrawn, and stays readable as a tombstone."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/citations", status_code=201, responses=changed)
async def cite_fact(
    slug: StorySlug, fact: FactOf, command: Annotated[CiteFact, example(examples.CITATION)], filer: Filer
) -> Response:
    """Add citations: where the fact can be checked."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/attributions", status_code=201, responses=changed)
async def attribute_fact(
    slug: StorySlug,
    fact: FactOf,
    command: Annotated[AttributeFact, example(examples.ATTRIBUTION)],
    filer: Filer,
) -> Response:
    """Say anew who says it: the whole chain, outermost first."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/assessments", status_code=201, responses=changed)
async def assess_fact(
    slug: StorySlug,
    fact: FactOf,
    command: Annotated[AssessFact, example(examples.ASSESSMENT)],
    filer: Filer,
) -> Response:
    """Assess a fact: how far it is verified, whether it is disputed."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/responses", status_code=201, responses=changed)
async def respond_to_fact(
    slug: StorySlug,
    fact: FactOf,
    command: Annotated[RespondToFact, example(examples.RESPONSE)],
    filer: Filer,
) -> Response:
    """Record that someone answers a fact: by another fact, or as a source."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/confirmations", status_code=201, responses=changed)
async def confirm_fact(
    slug: StorySlug,
    fact: FactOf,
    command: Annotated[ConfirmFact, example(examples.CONFIRMATION)],
    filer: Filer,
) -> Response:
    """Confirm a fact: somebody looked at it again, and it stands. It is shaken no longer."""
    return await filer.submit(command, slug, fact)


@endpoints.post(f"{on_fact}/terms", status_code=201, responses=changed | {202: awaiting()[202]})
async def set_terms(
    slug: StorySlug, fact: FactOf, command: Annotated[SetTerms, example(examples.TERMS)], filer: Filer
) -> Response:
    """Set the terms on which it was said. Stricter ones hold at once; looser ones are asked for (202), and a second
    person approves or declines."""
    return await filer.submit(command, slug, fact)


@endpoints.post("/stories/{slug}/revisions/{revision}/undo", status_code=201, responses=recorded(404, 409))
async def undo_revision(
    slug: StorySlug,
    revision: RevisionOf,
    command: Annotated[UndoRevision, example(examples.UNDOING)],
    filer: Filer,
) -> Response:
    """Take back what one revision did, if that has not changed since: by a further revision, which says why."""
    return await filer.submit(command, slug, revision)
