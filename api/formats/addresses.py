"""Where things are, as whoever asks calls this server: for links that leave the answer they stand in."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request

from ledger.words import Slug


@dataclass(frozen=True, slots=True)
class Site:
    """`base` is scheme and authority, without a slash at the end. `named`: the request asked for the view of readers
    by name, as whoever has a key must; then every link does."""

    base: str
    named: bool = False

    def address(self, path: str, **query: str | int | None) -> str:
        given = {name: value for name, value in query.items() if value is not None}
        if self.named:
            given["view"] = "reader"
        return f"{self.base}{path}" + (f"?{urlencode(given)}" if given else "")

    def story(self, slug: Slug, **moment: int) -> str:
        return self.address(f"/v1/stories/{slug}", **moment)

    def timemap(self, slug: Slug, cursor: str | None = None) -> str:
        return self.address(f"/v1/stories/{slug}/timemap", cursor=cursor)


def site(request: Request) -> Site:
    """By the Host that was sent; where that is no host, by the address that was connected to."""
    return Site(str(request.base_url).rstrip("/"), request.query_params.get("view") == "reader")
