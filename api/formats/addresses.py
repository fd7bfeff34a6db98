"""Where things are, as whoever asks calls this server: for links that leave the answer they stand in."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from fastapi import Request

from ledger.words import Slug


@dataclass(frozen=True, slots=True)
class Site:
    """`base` is scheme and authority, without a slash at the end. `named`: the request asked for the view of readers
    by name, as whoever has a key must; then every link does. `below`: what the address of a story that machines are
    led to stands below: the API, or nothing where a page asks on behalf of its own address. `publisher`: what whoever
    publishes is called; where nobody has said it, the host."""

    base: str
    named: bool = False
    below: str = "/v1"
    publisher: str = ""

    def address(self, path: str, **query: str | int | None) -> str:
        given = {name: value for name, value in query.items() if value is not None}
        if self.named:
            given["view"] = "reader"
        return f"{self.base}{path}" + (f"?{urlencode(given)}" if given else "")

    def story(self, slug: Slug, **moment: int) -> str:
        return self.address(f"{self.below}/stories/{slug}", **moment)

    def timemap(self, slug: Slug, cursor: str | None = None) -> str:
        return self.address(f"{self.below}/stories/{slug}/timemap", cursor=cursor)

    def page(self, slug: Slug, below: str = "", **moment: int) -> str:
        """Where people read the story, or what is below it."""
        return self.address(f"/stories/{slug}{below}", **moment)

    @property
    def name(self) -> str:
        return self.publisher or urlsplit(self.base).hostname or ""


def site(request: Request) -> Site:
    """By the Host that was sent; where that is no host, by the address that was connected to."""
    return Site(
        str(request.base_url).rstrip("/"),
        request.query_params.get("view") == "reader",
        request.scope.get("addresses_below", "/v1"),
        request.app.state.publisher or "",
    )
