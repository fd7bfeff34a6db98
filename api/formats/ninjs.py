"""ninjs 3.1, the IPTC's news in JSON.

The standard has no property for an update or a correction, and its schema takes no properties of others: the IPTC's own
signal code stands among `subjects`, with `rel: "signal"`.
"""

from typing import Any, Final

import orjson

from api.formats.telling import Telling
from api.formats.wording import words

NINJS: Final = "application/ninjs+json"
SCHEMA: Final = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"
_SIGNAL: Final = "http://cv.iptc.org/newscodes/signal/"


def written(story: Telling) -> str:
    return orjson.dumps(item(story)).decode()


def item(story: Telling) -> dict[str, Any]:
    told = {
        "standard": {"name": "ninjs", "version": "3.1", "schema": SCHEMA},
        "uri": story.id,
        "type": "text",
        "representationType": "full",
        "version": str(story.version),
        "firstCreated": story.published or story.changed,
        "versionCreated": story.changed,
        "pubStatus": story.status,
        "language": story.document["language"],
        "headlines": [{"role": "main", "contentType": "text/plain", "value": story.headline}],
        "bodies": [{"role": "main", "contentType": "text/plain", "value": story.text}] if story.text else [],
        "descriptions": [
            {
                "role": "left-out",
                "contentType": "text/plain",
                "value": story.left_out("copy", "notes", "corrections", "sources"),
            }
        ],
        "subjects": [
            {"name": story.document["desk"], "rel": "desk"},
            *(
                {"uri": f"{_SIGNAL}{signal.removeprefix('sig:')}", "name": words(signal), "rel": "signal"}
                for signal in story.signals
            ),
        ],
        "located": story.place,
        "slugline": story.slug,
        "infoSources": [{"name": source["name"]} for source in story.sources.values()],
        "edNote": "\n".join(story.notes),
        "copyrightHolder": story.site.name,
        "altIds": [{"role": "slug", "value": story.slug}],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [])}
