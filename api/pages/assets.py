"""Style, scripts and the mark of the pages: each under a name that holds its digest, so that it is kept for ever."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import brotli  # type: ignore[import-untyped]
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api.http.compression import coding_for

endpoints = APIRouter(include_in_schema=False)

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_NAMED = ("url({})", 'from "./{}"', 'import "./{}"')  # how a style or a script names another file
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    name: str
    media_type: str
    plain: bytes
    packed: Mapping[str, bytes]  # by the coding; a font is packed in itself


@cache
def assets() -> dict[str, Asset]:
    """By the name of the file, such as page.css."""
    found: dict[str, Asset] = {}
    folder = {file.name: file.read_bytes() for file in (files("api.pages") / "assets").iterdir()}
    for file in _others_first(folder):
        stem, _, kind = file.rpartition(".")
        if kind in _MEDIA_TYPES:
            plain = folder[file]
            for name, asset in found.items():
                for named in _NAMED:
                    address = named.replace("./", "").format(f"/assets/{asset.name}")
                    plain = plain.replace(named.format(name).encode(), address.encode())
            digest = hashlib.sha256(plain).hexdigest()[:16]
            packed = _packed(plain) if kind != "woff2" else {}
            found[file] = Asset(f"{stem}.{digest}.{kind}", _MEDIA_TYPES[kind], plain, packed)
    return found


def _packed(plain: bytes) -> Mapping[str, bytes]:
    return {"br": brotli.compress(plain), "gzip": gzip.compress(plain, 9, mtime=0)}


def _others_first(folder: Mapping[str, bytes]) -> Iterator[str]:
    """Each behind those that it names, by their addresses."""
    left = dict(folder)
    while left:
        ready = [one for one in left if not any(_names(left[one], other) for other in left if other != one)]
        assert ready, f"these name each other: {sorted(left)}"
        for name in ready:
            yield name
            del left[name]


def _names(content: bytes, other: str) -> bool:
    return any(said.format(other).encode() in content for said in _NAMED)


def address_of(file: str) -> str:
    return f"/assets/{assets()[file].name}"


@endpoints.get("/favicon.ico")
async def show_icon() -> Response:
    """For what looks for it there and not in a page."""
    icon = (files("api.pages") / "assets" / "favicon.ico").read_bytes()
    return Response(icon, 200, {"cache-control": "public, max-age=86400"}, "image/vnd.microsoft.icon")


@endpoints.get("/assets/{name}")
async def show_asset(name: str, request: Request) -> Response:
    asset = next((asset for asset in assets().values() if asset.name == name), None)
    if asset is None:
        raise HTTPException(404)
    headers = {"cache-control": _FOR_EVER, "vary": "Accept-Encoding"}
    coding = coding_for(request.headers.get("accept-encoding", ""))
    if packed := asset.packed.get(coding):
        return Response(packed, 200, headers | {"content-encoding": coding}, asset.media_type)
    return Response(asset.plain, 200, headers, asset.media_type)
