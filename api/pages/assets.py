"""Style, scripts and the mark of the pages: each under a name that holds its digest, so that it is kept for ever."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

endpoints = APIRouter(include_in_schema=False)

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    name: str
    media_type: str
    plain: bytes
    packed: bytes


@cache
def assets() -> dict[str, Asset]:
    """By the name of the file, such as page.css."""
    found: dict[str, Asset] = {}
    folder = (file for file in (files("api.pages") / "assets").iterdir())
    # The sheet last: it names others by their addresses.
    for file in sorted(folder, key=lambda file: file.name.endswith(".css")):
        stem, _, kind = file.name.rpartition(".")
        if kind in _MEDIA_TYPES:
            plain = file.read_bytes()
            for name, asset in found.items() if kind == "css" else ():
                plain = plain.replace(f"url({name})".encode(), f"url(/assets/{asset.name})".encode())
            digest = hashlib.sha256(plain).hexdigest()[:16]
            packed = gzip.compress(plain, 9, mtime=0)
            found[file.name] = Asset(f"{stem}.{digest}.{kind}", _MEDIA_TYPES[kind], plain, packed)
    return found


def address_of(file: str) -> str:
    return f"/assets/{assets()[file].name}"


@endpoints.get("/assets/{name}")
async def show_asset(name: str, request: Request) -> Response:
    asset = next((asset for asset in assets().values() if asset.name == name), None)
    if asset is None:
        raise HTTPException(404)
    headers = {"cache-control": _FOR_EVER, "vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, 200, headers | {"content-encoding": "gzip"}, asset.media_type)
    return Response(asset.plain, 200, headers, asset.media_type)
