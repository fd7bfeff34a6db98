"""The example story, filed over HTTP with real keys, told at its moments as the desk and as readers see it; news of
others, taken as it comes; and then all of it is served."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import uvicorn
from rich.console import Console as Terminal
from rich.rule import Rule

from api.client import Ledger, Refused
from api.server.settings import Settings
from api.serving import application, http_server
from api.terminal.filing_example import ROLES, DemoFailed, Filed, file_example, read_session
from api.terminal.keys import Console
from api.terminal.rendering import plain, tell_revisions, tell_story
from api.terminal.side_by_side import Answer, tell_side_by_side
from api.terminal.wire_example import HERE, WIRE, tell_wire
from ledger.store.database import Database
from ledger.store.keyring import digest_of
from ledger.words import Role

_KEYS: tuple[Role, ...] = (*ROLES, "wire", "admin")
_TRIES = 12  # a minute: the ledger of an earlier release is read anew first
# Whom somebody has to be who tries all that the pages can do.
_AT_THE_DESK: Mapping[Role, str] = {
    "editor": "files, corrects, publishes",
    "standards": "the second person, whom killing and restoring a story takes; in another browser",
    "auditor": "reads every event",
}


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
    settings = replace(settings, webhook_hosts=settings.webhook_hosts | {HERE})
    with in_background(http_server(application(database, settings), settings)) as url:
        notes.print(f"serving at {url}")
        with ExitStack() as stack:

            def asking(key: str | None) -> Ledger:
                return stack.enter_context(Ledger(url, key, tries=_TRIES))

            reader, ledgers = asking(None), {role: asking(secret) for role, secret in secrets.items()}
            new, repeated = tell(ledgers["editor"], reader, file_example(ledgers, are_new=are_new), out)
            notes.print(f"filed over HTTP: {new} calls recorded, {repeated} were there before")
            tell_wire(ledgers, reader, out)
        if not once:
            out.print(Rule(characters="═"))
            out.print("The ledger goes on serving; Ctrl-C ends it. In a browser:")
            out.print(f"  page     {url}/stories/kim-visits-russia", soft_wrap=True)
            out.print("Sign in as one of the desk; each link works once, within an hour:")
            for role, does in _AT_THE_DESK.items():
                link = Console(database).sign_in_link(secrets[role])
                out.print(f"  {role:10}{url}{link}", soft_wrap=True)
                out.print(f"            ({does})")
            out.print("For programs:")
            out.print(f"  url  {url}/docs")
            out.print(f"  key  {secrets['editor']}")
            out.print("Try, in another terminal, as a reader and then as the desk:")
            out.print(f"  curl {url}/v1/stories/kim-visits-russia")
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
        if all(digest_of(kept.get(role, "")) in in_force for role in _KEYS):
            return kept, False
    secrets = {
        role: console.issue(f"demo {role}", role, again=True, provider=WIRE if role == "wire" else None)[0]
        for role in _KEYS
    }
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(secrets, file, indent=1)
    return secrets, True


def tell(desk: Ledger, reader: Ledger, filed: Iterable[Filed], out: Terminal) -> tuple[int, int]:
    """The story at each of its moments as soon as that is filed, then all that happened to it. How many calls were new,
    and how many there before."""
    story = f"/v1/stories/{read_session()['story']}"
    new = repeated = 0
    before = None
    for then in filed:
        new += then.new
        repeated += then.repeated
        if then.moment.get("replay"):
            now = desk.get(story, revision=then.revision, at_least=then.position)
            _head(out, f"AS IT STOOD: {_title(then.moment, ' (invented for this demonstration)')}")
            tell_story(out, now, before)
            before = now
        if then.moment.get("side_by_side"):
            _head(out, f"DESK AND READERS: {_title(then.moment, ' (invented)')}")
            tell_both(desk, reader, story, then, out)
    out.print(Rule(characters="═"))
    out.print("REVISIONS", style="bold")
    tell_revisions(out, desk.get(f"{story}/revisions", limit=200)["items"])
    return new, repeated


def tell_both(desk: Ledger, reader: Ledger, story: str, then: Filed, out: Terminal) -> None:
    """What the desk and what readers are answered. By position, so that every run shows the same; while it is filed,
    that is what both see now."""
    to_the_desk = desk.get(story, position=then.position)
    try:
        to_readers = Answer(200, reader.get(story, position=then.position))
    except Refused as refused:
        to_readers = Answer(refused.status, refused.problem)
    for call in then.moment["calls"]:
        what = f"{call['as']}: POST …{call['post'].removeprefix(story)} → {call.get('answers', 201)}"
        out.print(f"{what}, position {then.position}", style="dim")
    tell_side_by_side(out, to_the_desk, to_readers, then.moment["side_by_side"])


def _head(out: Terminal, title: str) -> None:
    out.print(Rule(characters="═"))
    out.print(title, style="bold")
    out.print(Rule(characters="─"))


def _title(moment: Mapping[str, Any], if_invented: str) -> str:
    return plain(moment["title"]) + (if_invented if moment["invented"] else "")
