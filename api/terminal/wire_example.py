"""News of others, taken into the example's ledger: an item of each format, one that its agency corrects and withdraws,
and whoever is told of it by a webhook and was away meanwhile."""

import json
import socket
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from rich.console import Console as Terminal
from rich.rule import Rule
from rich.text import Text

from api.client import Ledger, Refused
from api.server.webhooks import signed
from api.terminal.filing_example import EXAMPLE, DemoFailed, post
from api.terminal.rendering import plain, public_change
from ledger.words import Role

WIRE = "northern-wire"
HERE = "127.0.0.1"
_ITEMS = EXAMPLE / "wire"
_TABLE = "7-facts.csv"
_PATIENCE = 30.0  # seconds until all is told
# By the file: how the format is called, and its media type.
_FORMATS = {
    "1-ninjs.json": ("ninjs", "application/ninjs+json"),
    "2-newsml.xml": ("NewsML-G2", "application/vnd.iptc.g2.newsitem+xml"),
    "3-nitf.xml": ("NITF", "application/nitf+xml"),
    "4-wordpress.json": ("WordPress", "application/json"),
    "5-news-article.html": ("schema.org in a page", "text/html"),
    "6-brief.md": ("Markdown", "text/markdown"),
}
_SETTINGS: Mapping[str, Any] = {
    "names": ["Northern Wire", f"{WIRE}.example"],
    "language": "en",
    "desk": "regions",
    "public_notes": ["correction"],
    "may_withdraw": True,
    "reason": "A contract, invented for this demonstration.",
}


def tell_wire(ledgers: Mapping[Role, Ledger], reader: Ledger, out: Terminal) -> None:
    """ledgers: asked with the key of each role."""
    after = _register(ledgers)
    with socket.socket() as away:  # held, and nobody answers there
        away.bind((HERE, 0))
        port = away.getsockname()[1]
        told = {"tells": ["publication", "correction", "withdrawal"], "after": after}
        try:
            added = ledgers["admin"].post("/v1/webhooks", told | {"url": f"http://{HERE}:{port}/"}).body
        except Refused as refused:
            raise DemoFailed(f"a webhook was refused: {refused}") from None
        _head(out, "NEWS OF OTHERS: an item of each format, as it came (invented)")
        ferry = _take_each(ledgers, out)
        _head(out, "AN AGENCY CORRECTS AND WITHDRAWS: what readers see (invented)")
        for name in ("1-ninjs.json", "ferry-corrected.json", "ferry-canceled.json"):
            receipt = _send(ledgers["wire"], name, "application/ninjs+json")
            ledgers["editor"].get("/v1/stories", limit=1, at_least=receipt["position"])
            _tell_readers(reader, ferry, receipt, name, out)
    _head(out, "WHOEVER WAS AWAY MISSES NOTHING: webhooks")
    _tell_receiver(ledgers["admin"], added, port, receipt["position"], out)


def _register(ledgers: Mapping[Role, Ledger]) -> int:
    """The position since which the agency's items are taken."""
    source = {"slug": WIRE, "name": "Northern Wire", "kind": "agency"}
    post(ledgers["editor"], {"post": "/v1/sources", "body": source}, f"demo/{WIRE}/source")
    call = {"post": f"/v1/sources/{WIRE}/provider", "body": _SETTINGS}
    position = post(ledgers["standards"], call, f"demo/{WIRE}/provider").position
    assert position is not None
    return position


def _send(ledger: Ledger, name: str, media_type: str, **asked: str) -> Mapping[str, Any]:
    try:
        return ledger.take((_ITEMS / name).read_bytes(), media_type, **asked).body
    except Refused as refused:
        raise DemoFailed(f"{name} was answered {refused.status}: {refused}") from None


def _take_each(ledgers: Mapping[Role, Ledger], out: Terminal) -> str:
    """The slug of the story that is corrected and withdrawn."""
    stories = {}
    for name, (called, media_type) in _FORMATS.items():
        receipt = _send(ledgers["wire"], name, media_type)
        stories[name] = receipt["story"]
        left = ", ".join(receipt.get("without_place", {}))
        out.print(f"{called:<21} {receipt['state']}: {receipt['story']}"[:79], highlight=False)
        if left:
            out.print(f"{'':<21} no place for {left}"[:79], style="dim", highlight=False)
    ferry: str = stories["1-ninjs.json"]
    table = _send(ledgers["editor"], _TABLE, "text/csv", provider=WIRE, set=f"story={ferry}")
    if wrong := [row for row in table["rows"] if "taken" not in row]:
        raise DemoFailed(f"{_TABLE}: {wrong[0]}")
    facts = len(table["rows"]) + table["as_they_were"]
    out.print(f"{'table of facts (CSV)':<21} {facts} facts of: {ferry}"[:79])
    return ferry


def _tell_readers(reader: Ledger, slug: str, receipt: Mapping[str, Any], name: str, out: Terminal) -> None:
    """As they see it then; what is withdrawn by now, they do not see as of then, either."""
    try:
        said = reader.get(f"/v1/stories/{slug}", position=receipt["position"])
    except Refused as refused:
        out.print(f"{name} → {receipt['state']}; readers are answered {refused.status}", style="bold")
        out.print(Text(plain(str(refused))))
        return
    out.print(f"{name} → {receipt['state']}; readers are answered 200", style="bold")
    out.print(Text(f"“{plain(said['headline'])}”"))
    for change in said["changes"]:
        out.print(Text(plain(public_change(change))))


# --- Who is told -------------------------------------------------------------------------------------------------


@contextmanager
def _listening(port: int) -> Iterator[list[tuple[Mapping[str, str], bytes]]]:
    """What is sent to the port from now on, with its headers."""
    heard: list[tuple[Mapping[str, str], bytes]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """It says nothing."""

    with HTTPServer((HERE, port), Taking) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()


def _tell_receiver(admin: Ledger, webhook: Mapping[str, Any], port: int, upto: int, out: Terminal) -> None:
    path = f"/v1/webhooks/{webhook['webhook']}"
    missed = admin.get(f"{path}/deliveries")["items"]
    out.print(f"Nobody answered at http://{HERE}:{port} meanwhile; {len(missed)} attempts came to nothing.")
    with _listening(port) as heard:
        admin.post(f"{path}/replays", {})  # without it, in some seconds
        until = time.monotonic() + _PATIENCE
        while (now := admin.get(path))["reached"] < upto or now["stories_waiting"]:
            if time.monotonic() > until:
                raise DemoFailed("a webhook was not told in time")
            time.sleep(0.1)
    admin.delete(path)
    secret_of_it = b64decode(webhook["secret"].removeprefix("whsec_"))
    out.print("It is back, and is told what holds, each message signed, in order for each story:")
    for headers, body in {headers["webhook-id"]: (headers, body) for headers, body in heard}.values():
        said = json.loads(body)
        line = f"{said['data']['position']:>6} {said['type']:<12} {said['data']['story']}"
        at = int(headers["webhook-timestamp"])
        if signed([secret_of_it], headers["webhook-id"], at, body) != headers["webhook-signature"]:
            raise DemoFailed(f"what a webhook was told is not signed: {line}")
        out.print(f"{line} ✓"[:79], highlight=False)


def _head(out: Terminal, title: str) -> None:
    out.print(Rule(characters="═"))
    out.print(title, style="bold")
    out.print(Rule(characters="─"))
