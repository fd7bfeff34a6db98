"""A desk to send requests from: one server that the tests of a file share, each with a story of its own."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from httpx2 import Client, Response

from api.server.embedded import EmbeddedPostgres
from ledger.store.store import read_head
from ledger.words import Role
from tests.newsroom import Server, open_newsroom, serving

ROLES: tuple[Role, ...] = ("reporter", "editor", "standards", "auditor", "admin")
FACT: dict[str, Any] = {
    "statement": "A train arrived in Vladivostok",
    "kind": "event",
    "attribution": [{"source": "ria", "cue": "reported", "speech": "indirect"}],
}
# What each change of a fact can say of one that was just reported.
CHANGES: dict[str, dict[str, Any]] = {
    "corrections": {
        "statement": "A train left Vladivostok",
        "was_wrong": "It left and did not arrive.",
        "affects": ["other"],
        "cause": "our_error",
        "reason": "The agency says so.",
    },
    "updates": {"place": "Khasan", "reason": "It went on."},
    "clarifications": {"place": "the station", "reason": "The city alone misleads."},
    "refiles": {
        "attribution": [{"source": "ria", "cue": "reportd", "speech": "indirect"}],
        "reason": "As it is spelled there.",
    },
    "retractions": {"reason": "Withdrawn by the agency."},
    "citations": {"citations": [{"source": "ria", "url": "https://example.org/1"}], "reason": "It is there."},
    "attributions": {
        "attribution": [{"source": "ria", "cue": "said", "speech": "indirect"}],
        "reason": "Its own word.",
    },
    "assessments": {"verification": "verified", "reason": "Two of us saw it."},
    "responses": {"kind": "confirms", "by": {"source": "ria"}, "reason": "When asked."},
    "confirmations": {"reason": "Seen in the timetable."},
    "terms": {"terms": "background", "reason": "They fear for their work."},
}
# What can be said of a story besides facts.
SAID_OF_A_STORY: dict[str, dict[str, Any]] = {
    "headline": {"headline": "A train goes on", "reason": "It does."},
    "dateline": {"date": "2023-09-12", "reason": "Of that day."},
    "copy": {"text": "A train arrived.", "reason": "First filing."},
    "notes": {"role": "standards", "text": "Watch the day.", "is_publishable": False},
}
# What else happens to a story; each needs the story in some state, see `Desk.prepare`.
OF_PUBLICATION: dict[str, dict[str, Any]] = {
    "refiles": {"text": "A train arrived", "reason": "A full stop too much."},
    "editors-notes": {"text": "We were wrong.", "reason": "Many have read it."},
    "correctives": {"fact": 1, "ran_in": 3, "text": "Mend it.", "reason": "Others have it."},
    "publications": {"reason": "Two of us read it."},
    "holds": {"reason": "The lawyers want to read it."},
    "releases": {"reason": "They have."},
    "kills": {"reason": "Made up.", "notice": "Withdrawn."},
    "takedowns": {"ground": "legal", "reason": "A court orders it."},
    "restorations": {"reason": "It was true."},
    "approvals/1/approve": {"reason": "Seen."},
    "approvals/1/decline": {"reason": "No."},
}
# The endpoints at which the revision is named that was looked at, and in which field.
NAMES_WHAT_WAS_SEEN = {"publications": "revision"} | dict.fromkeys(
    ("headline", "dateline", "slugs", "copy", "refiles"), "expected_revision"
)
UNDOING: dict[str, Any] = {"reason": "Filed by mistake."}


# What can be said of a source.
SAID_OF_A_SOURCE: dict[str, dict[str, Any]] = {
    "discreditations": {"reason": "It made things up."},
    "reinstatements": {"reason": "It has set things right."},
    "renamings": {"name": "B", "reason": "It calls itself that."},
    "merges": {"into": "ria", "reason": "It was registered twice."},
    "partings": {"reason": "They are two."},
}

# What somebody can ask of a story, and what the desk can do about it; an acceptance names what `Desk.ask` corrected.
REQUEST: dict[str, Any] = {"phrase": "A train arrived", "concern": "It left."}
ANSWERS: dict[str, dict[str, Any]] = {
    "acknowledgements": {"note": "We ask the agency."},
    "acceptances": {"fact": 1, "version": 2, "reason": "It left indeed."},
    "declinations": {"told": "Two of us saw it arrive.", "reason": "It arrived."},
    "contact-erasures": {"reason": "The reader asked for it."},
    "erasures": {"reason": "The reader asked for it."},
}


class Desk:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.newsroom = server.newsroom
        self._names = count(1)
        for role in ROLES:
            self.client(role)  # its key is issued now, so that no position comes of it later
        self.post("/v1/sources", {"slug": "ria", "name": "RIA", "kind": "agency"})

    def client(self, role: Role | None = "editor") -> Client:
        return self.server.client(role)

    def slug(self, word: str = "story") -> str:
        """One that nobody has yet."""
        return f"{word}-{next(self._names)}"

    def try_post(self, path: str, body: Any, role: Role | None = "editor", **headers: str) -> Response:
        """As somebody who has just looked at the story, whose revision is named where it has to be. `headers` with _
        for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client(role).post(path, json=self.as_seen(path, body), headers=named)

    def as_seen(self, path: str, body: Any) -> Any:
        """The body with the revision that the story has, where it names none."""
        about = re.fullmatch(r"/v1/stories/([^/]+)/([^/?]+)(\?.*)?", path)
        named = NAMES_WHAT_WAS_SEEN.get(about[2]) if about else None
        if about is None or named is None or not isinstance(body, dict):
            return body
        return {named: self.newsroom.revision(about[1])} | body

    def post(self, path: str, body: Any, role: Role = "editor", **headers: str) -> dict[str, Any]:
        """The receipt."""
        answer = self.try_post(path, body, role, **headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def get(self, path: str, role: Role = "editor", **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client(role).get(path, headers=named)
        assert answer.status_code in (200, 304), answer.text
        return answer

    def open(self, facts: int = 1) -> str:
        """The slug of a new story with so many facts, in the views already."""
        slug = self.slug()
        receipt = self.post(
            "/v1/stories", {"slug": slug, "headline": "A train", "language": "en", "desk": "world"}
        )
        for number in range(1, facts + 1):
            receipt = self.report(slug, statement=f"Train {number} arrived")
        self.get(f"/v1/stories/{slug}?at_least={receipt['position']}")
        return slug

    def source(
        self, name: str = "A", kind: str = "organisation", *, discredited: bool = False, joined: bool = False
    ) -> str:
        """The slug of a new source; joined: to another."""
        slug = self.slug("source")
        self.post("/v1/sources", {"slug": slug, "name": name, "kind": kind})
        if discredited:
            self.post(f"/v1/sources/{slug}/discreditations", SAID_OF_A_SOURCE["discreditations"])
        if joined:
            self.post(f"/v1/sources/{slug}/merges", {"into": self.source(), "reason": "The same."})
        return slug

    def public(self, facts: int = 1) -> str:
        """The slug of a new story that readers see."""
        slug = self.open(facts)
        self.publish(slug)
        return slug

    def report(self, slug: str, **fields: Any) -> dict[str, Any]:
        return self.post(f"/v1/stories/{slug}/facts", FACT | fields)

    def publish(self, slug: str) -> dict[str, Any]:
        """As it is, its words on facts that have changed, too."""
        path, body = f"/v1/stories/{slug}/publications", OF_PUBLICATION["publications"]
        answer = self.try_post(path, body)
        if answer.status_code == 409 and answer.json()["type"].endswith(":words-contradict"):
            body = body | {"words_stand": [one["fact"] for one in answer.json()["contradictions"]]}
            return self.post(path, body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def want(self, slug: str, act: str, role: Role = "editor") -> dict[str, Any]:
        """The receipt of an act that takes two people: its approval waits."""
        answer = self.try_post(f"/v1/stories/{slug}/{act}", OF_PUBLICATION[act], role)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def do(self, slug: str, act: str) -> dict[str, Any]:
        """An act that takes two people, with both of them."""
        asked = self.want(slug, act)
        return self.post(f"/v1/stories/{slug}/approvals/{asked['approval']}/approve", {}, "standards")

    def loosen(self, slug: str, fact: int, version: int, terms: str = "on_record") -> dict[str, Any]:
        """The receipt of the second person's word."""
        body = {"terms": terms, "expected_version": version, "reason": "They will be named."}
        asked = self.try_post(f"/v1/stories/{slug}/facts/{fact}/terms", body)
        assert asked.status_code == 202, asked.text
        return self.post(f"/v1/stories/{slug}/approvals/{asked.json()['approval']}/approve", {}, "standards")

    def prepare(self, slug: str, said: str, role: Role = "editor") -> None:
        """Brings a story that is just open into a state in which one of `OF_PUBLICATION` can be said."""
        self.post(f"/v1/stories/{slug}/copy", SAID_OF_A_STORY["copy"])
        if said not in ("refiles", "editors-notes", "publications", "holds"):
            self.publish(slug)
        if said == "correctives":
            correction = CHANGES["corrections"] | {"expected_version": 1}
            self.post(f"/v1/stories/{slug}/facts/1/corrections", correction)
        elif said == "releases":
            self.post(f"/v1/stories/{slug}/holds", OF_PUBLICATION["holds"])
        elif said == "restorations":
            self.do(slug, "kills")
        elif said.startswith("approvals/"):
            self.want(slug, "kills", "standards" if role == "editor" else "editor")

    def ask(self, story: str | None = None, role: Role | None = "editor", **fields: Any) -> str:
        """The id of a new correction request with a contact, in the views already; of a story with a correction,
        unless one is named. The story is published first: of no other can anyone ask."""
        if story is None:
            story = self.open()
            body = CHANGES["corrections"] | {"expected_version": 1}
            self.post(f"/v1/stories/{story}/facts/1/corrections", body)
        self.try_post(f"/v1/stories/{story}/publications", OF_PUBLICATION["publications"])
        body = REQUEST | {"story": story, "contact": "reader@example.org"} | fields
        answer = self.try_post("/v1/requests", body, role)
        assert answer.status_code == 201, answer.text
        self.settle()
        return str(answer.json()["request"])

    def pass_time(self, **time: float) -> None:
        """Lets so much time pass, as the ledger reckons it: whatever is recorded next is later by that."""
        with self.newsroom.database.connect(name="test", as_owner=True) as owner:
            owner.execute("update head set recorded_at = recorded_at + %s", [timedelta(**time)])

    def edition(self, slug: str, headline: str) -> dict[str, Any]:
        """The receipt of a publication of the story under another headline."""
        self.post(f"/v1/stories/{slug}/headline", {"headline": headline, "reason": "It is so now."})
        return self.publish(slug)

    def settle(self) -> None:
        """Brings the views to the head."""
        self.get(f"/v1/stories?limit=1&at_least={self.head()}")

    def head(self) -> int:
        return read_head(self.newsroom.views)[0]


@contextmanager
def open_desk(servers: Callable[[str], EmbeddedPostgres], **settings: Any) -> Iterator[Desk]:
    with open_newsroom(servers("embedded")) as newsroom, serving(newsroom, **settings) as server:
        yield Desk(server)


def problem(response: Response, status: int, kind: str | None = None) -> dict[str, Any]:
    """The problem that was answered, after a look at what every problem has (RFC 9457)."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    told: dict[str, Any] = response.json()
    assert told["type"].startswith("urn:fact-ledger:problem:")
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["request_id"] == response.headers["x-request-id"] == str(UUID(told["request_id"]))
    if kind is not None:
        assert told["type"] == f"urn:fact-ledger:problem:{kind}", told
    return told
