"""The example story, filed over HTTP with real keys, told at four moments, and then served."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2
import uvicorn
from rich.console import Console as Terminal
from rich.rule import Rule

from api.keys import Console
from api.serving import application, http_server
from api.settings import Settings
from api.telling import plain, tell_revisions, tell_story
from ledger.database import Database
from ledger.keyring import digest_of
from ledger.words import Role

EXAMPLE = Path(str(files("api"))).parent / "examples" / "kim-visits-russia"
_ROLES: tuple[Role, ...] = ("reporter", "editor", "auditor")


class DemoFailed(Exception):
    """The demonstration met something that it did not expect."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What came of filing: how many calls were new, and the story's revision after each moment that is shown."""

    new: int
    repeated: int
    position: int
    replays: list[tuple[str, int]]


@contextmanager
def in_background(server: uvicorn.Server) -> Iterator[str]:
    """Runs the server in a thread; the URL it answers at."""
    thread = Thread(target=server.run, name="http", daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        if not thread.is_alive():
            raise DemoFailed(
                f"the server did not start; is port {server.config.port} taken? Set FACTLEDGER_PORT."
            )
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


def demonstrate(
    database: Database, settings: Settings, out: Terminal, notes: Terminal, *, once: bool
) -> None:
    """Shows the whole run on `out`; what is going on meanwhile on `notes`."""
    secrets, are_new = demo_keys(database, settings.home)
    with in_background(http_server(application(database, settings), settings)) as url:
        notes.print(f"serving at {url}")
        with httpx2.Client(base_url=url, timeout=30) as client:
            filed = file_example(client, secrets, are_new=are_new)
            notes.print(f"filed over HTTP: {filed.new} calls recorded, {filed.repeated} were there before")
            tell(client, secrets["editor"], filed, out)
        if not once:
            out.print(Rule(characters="═"))
            out.print("The ledger goes on serving; Ctrl-C ends it.")
            out.print(f"  url  {url}/docs")
            out.print(f"  key  {secrets['editor']}")
            out.print("Try, in another terminal:")
            out.print(f"  export KEY={secrets['editor']}")
            out.print('  curl -H "Authorization: Bearer $KEY" \\')
            out.print(f"    {url}/v1/stories/kim-visits-russia/facts/4")
            _wait_for_the_end()


def _wait_for_the_end() -> None:
    """Until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        Event().wait()


def demo_keys(database: Database, home: Path) -> tuple[Mapping[Role, str], bool]:
    """A key for each role of the example, the same ones at the next run; and whether they are new.

    Shown once and stored hashed like any other, they are kept in a file that only its owner can read.
    """
    path = home / "demo-keys.json"
    console = Console(database)
    if path.exists():
        kept: dict[Role, str] = json.loads(path.read_text())
        in_force = {key.digest for key in console.issued() if key.revoked_at is None}
        if all(digest_of(kept.get(role, "")) in in_force for role in _ROLES):
            return kept, False
    secrets = {role: console.issue(f"demo {role}", role)[0] for role in _ROLES}
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(secrets, file, indent=1)
    return secrets, True


def file_example(client: httpx2.Client, secrets: Mapping[Role, str], *, are_new: bool) -> Filed:
    """Posts every call of the example, each under an Idempotency-Key of its own: a second run records nothing."""
    if not EXAMPLE.is_dir():
        raise DemoFailed(f"the example is not here ({EXAMPLE}); run this from a clone of the project")
    session = json.loads((EXAMPLE / "session.json").read_text())
    story = f"/v1/stories/{session['story']}"
    is_there = client.get(story, headers=_key(secrets["editor"])).status_code == 200
    new = repeated = calls = revision = position = 0
    replays = []
    for moment in session["moments"]:
        for call in moment["calls"]:
            calls += 1
            revision += call["post"].startswith("/v1/stories")
            if is_there and are_new:
                repeated += 1  # filed by an earlier demonstration, under keys that are lost
                continue
            answer = client.post(
                call["post"],
                json=_with_files(call["body"]),
                headers=_key(secrets[call["as"]]) | {"Idempotency-Key": f"demo/{session['story']}/{calls}"},
            )
            if answer.status_code != 201:
                raise DemoFailed(f"POST {call['post']} was answered {answer.status_code}: {answer.text}")
            if answer.headers.get("idempotent-replayed"):
                repeated += 1
            else:
                new += 1
            receipt = answer.json()
            position = receipt["position"]
            revision = receipt["revision"] if "story" in receipt else revision
        if moment.get("replay"):
            invented = " (invented for this demonstration)" if moment["invented"] else ""
            replays.append((f"{moment['title']}{invented}", revision))
    return Filed(new, repeated, position, replays)


def tell(client: httpx2.Client, secret: str, filed: Filed, out: Terminal) -> None:
    """The story at each of the moments, then all that happened to it."""
    story = "/v1/stories/kim-visits-russia"
    before = None
    for title, revision in filed.replays:
        then = _get(client, f"{story}?revision={revision}&at_least={filed.position}", secret)
        out.print(Rule(characters="═"))
        out.print(f"AS IT STOOD: {plain(title)}", style="bold")
        out.print(Rule(characters="─"))
        tell_story(out, then, before)
        before = then
    out.print(Rule(characters="═"))
    out.print("REVISIONS", style="bold")
    path = f"{story}/revisions?limit=200"
    tell_revisions(out, _get(client, path, secret)["items"])


def _get(client: httpx2.Client, path: str, secret: str) -> Any:
    answer = client.get(path, headers=_key(secret))
    if answer.status_code != 200:
        raise DemoFailed(f"GET {path} was answered {answer.status_code}: {answer.text}")
    return answer.json()


def _key(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _with_files(body: Any) -> Any:
    """The body with {"$file": name} replaced by that file's text."""
    if isinstance(body, dict):
        if body.keys() == {"$file"}:
            return (EXAMPLE / body["$file"]).read_text()
        return {name: _with_files(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_files(item) for item in body]
    return body
