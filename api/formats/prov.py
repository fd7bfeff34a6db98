"""PROV-JSON (a W3C submission, of the PROV data model): who said it, from what, and which version it replaced."""

from typing import Any, Final

import orjson

from api.formats.telling import Document, Telling
from api.formats.wording import label, words_of

PROV_JSON: Final = "application/provenance+json"
_AGENT: Final = {
    "person": "prov:Person",
    "organisation": "prov:Organization",
    "agency": "prov:Organization",
    "own": "prov:Organization",
}
Records = dict[str, dict[str, Any]]


def written(story: Telling) -> str:
    return orjson.dumps(_Provenance(story).document()).decode()


class _Provenance:
    """Each kind of record by its id, as PROV-JSON has them."""

    def __init__(self, story: Telling) -> None:
        self._story = story
        self._kinds: dict[str, Records] = {}
        here = story.id
        self._prefixes = {
            "fl": "urn:fact-ledger:provenance:",
            "story": f"{here}?",
            "fact": f"{here}/facts/",
            "source": story.site.address("/sources/"),
            "change": f"{here}/history#",
        }

    def document(self) -> dict[str, Any]:
        story = self._story
        whole = f"story:{'revision' if story.is_desk else 'edition'}={story.version}"
        self._record(
            "entity",
            whole,
            {
                "prov:type": "fl:story",
                "prov:label": story.headline,
                "prov:generatedAtTime": _instant(story.changed),
                "fl:left-out": story.left_out("facts", "sources", "corrections"),
            },
        )
        self._record(
            "agent", "fl:publisher", {"prov:type": _name("prov:Organization"), "prov:label": story.site.name}
        )
        self._relate("wasAttributedTo", entity=whole, agent="fl:publisher")
        for slug, source in story.sources.items():
            self._write_source(slug, source)
        for fact in story.document["facts"]:
            self._write_fact(whole, fact)
        for number, change in enumerate(story.document.get("changes", ())):
            self._write_change(number, change)
        return {"prefix": self._prefixes, **self._kinds}

    def _write_source(self, slug: str, source: Document) -> None:
        told = {"prov:label": source["name"], "fl:kind": source["kind"]}
        agent = _AGENT.get(source["kind"])
        if agent is None:
            self._record("entity", f"source:{slug}", told)
        else:
            self._record("agent", f"source:{slug}", told | {"prov:type": _name(agent)})

    def _write_fact(self, whole: str, fact: Document) -> None:
        this = f"fact:{fact['fact']}?version={fact['version']}"
        told = {"prov:type": "fl:fact", "prov:value": fact.get("statement"), "fl:standing": fact["standing"]}
        told |= {f"fl:{name}": fact.get(name) for name in ("kind", "verification", "dispute")}
        self._record("entity", this, {name: value for name, value in told.items() if value is not None})
        self._relate("hadMember", collection=whole, entity=this)
        for version in range(fact["version"], 1, -1):
            later, earlier = (f"fact:{fact['fact']}?version={number}" for number in (version, version - 1))
            self._record("entity", earlier, {"prov:type": "fl:fact"})
            self._relate(
                "wasDerivedFrom",
                generatedEntity=later,
                usedEntity=earlier,
                **{"prov:type": _name("prov:Revision")},
            )
        for link in fact.get("attribution", ()) or ():
            source = self._story.sources.get(link.get("source", ""))
            if source is None:
                continue
            if source["kind"] in _AGENT:
                self._relate(
                    "wasAttributedTo",
                    entity=this,
                    agent=f"source:{link['source']}",
                    **{"fl:cue": link["cue"]},
                )
            else:
                self._relate("wasDerivedFrom", generatedEntity=this, usedEntity=f"source:{link['source']}")
        for number, citation in enumerate(fact.get("citations", ()), 1):
            self._write_citation(this, f"fact:{fact['fact']}#citation-{number}", citation)
        for ground in fact.get("rests_on", ()):
            where = self._story.site.page(ground["story"], f"/facts/{ground['fact']}")
            self._record(
                "entity", f"fl:rests-on/{ground['story']}/{ground['fact']}", {"prov:location": where}
            )
            self._relate(
                "wasInfluencedBy",
                influencee=this,
                influencer=f"fl:rests-on/{ground['story']}/{ground['fact']}",
            )

    def _write_citation(self, fact: str, name: str, citation: Document) -> None:
        told = {
            "prov:type": "fl:citation",
            "prov:location": citation.get("url"),
            "prov:label": citation.get("title"),
        }
        self._record("entity", name, {key: value for key, value in told.items() if value is not None})
        self._relate(
            "wasDerivedFrom",
            generatedEntity=fact,
            usedEntity=name,
            **{"prov:type": _name("prov:PrimarySource")},
        )
        source = self._story.sources.get(citation["source"])
        if source is not None and source["kind"] in _AGENT:
            self._relate("wasAttributedTo", entity=name, agent=f"source:{citation['source']}")

    def _write_change(self, number: int, change: Document) -> None:
        """What was done to a fact, and to which version of it."""
        name = f"change:{change['revision']}-{number}"
        told = {
            "prov:type": f"fl:{change['kind']}",
            "prov:label": f"{label(change['kind'])}: {words_of(change)}",
        }
        at = change["published_at"]
        self._record("activity", name, told | {"prov:endTime": at})
        self._relate("wasAssociatedWith", activity=name, agent="fl:publisher")
        if "fact" not in change or "version" not in change:
            return
        made = f"fact:{change['fact']}?version={change['version']}"
        self._record("entity", made, {"prov:type": "fl:fact"})
        self._relate("wasGeneratedBy", entity=made, activity=name, time=at)
        if change["version"] > 1:
            before = f"fact:{change['fact']}?version={change['version'] - 1}"
            self._record("entity", before, {"prov:type": "fl:fact"})
            self._relate("wasInvalidatedBy", entity=before, activity=name, time=at)

    def _record(self, kind: str, name: str, told: dict[str, Any]) -> None:
        """What was said of it first stays: the version that is shown has its words."""
        records = self._kinds.setdefault(kind, {})
        records[name] = told | records.get(name, {})

    def _relate(self, kind: str, **told: Any) -> None:
        records = self._kinds.setdefault(kind, {})
        records[f"_:{kind}-{len(records) + 1}"] = {
            name if ":" in name else f"prov:{name}": value for name, value in told.items()
        }


def _name(qualified: str) -> dict[str, str]:
    return {"$": qualified, "type": "prov:QUALIFIED_NAME"}


def _instant(at: str) -> dict[str, str]:
    return {"$": at, "type": "xsd:dateTime"}
