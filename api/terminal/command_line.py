"""The command line: serve, look, check. Data goes to standard output, everything else to standard error."""

import json
import logging
import os
import re
import signal
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO, Concatenate, Literal, ParamSpec, TextIO, get_args
from uuid import UUID

import click
from pydantic import ValidationError
from rich.text import Text

from api.server.embedded import EmbeddedPostgresError
from api.server.settings import SETTINGS, BadSetting, Setting, Settings
from ledger import limits
from ledger.refusals import NotNow, Refusal, StoryWithdrawn
from ledger.store.database import Connection, Database, DatabaseError, Row
from ledger.store.migrate import MigrationRefused
from ledger.store.webhooks import ALL_THERE_IS_TO_TELL, Tells
from ledger.words import Role, is_today, parse_moment


def _told(setting: Setting) -> str:
    """A setting as the help lists it: its name, and beside that what it sets, in a column of its own."""
    text = setting.sets + (f" ({setting.default})" if setting.default else "")
    beside = " " * 34
    return (
        f"  {setting.name}".ljust(34)
        + textwrap.fill(text, 79, initial_indent=beside, subsequent_indent=beside).lstrip()
    )


_EXIT_CODES = """
\b
Exit codes:
  0  done
  1  refused: the ledger says no, or the doctor found something wrong
  2  the command was not understood
  3  the database cannot be reached or used
  130  interrupted

\b
Settings (environment variables; in brackets, what holds without them):
""" + "\n".join(map(_told, SETTINGS))

REFUSED, MISUNDERSTOOD, NO_DATABASE, INTERRUPTED = 1, 2, 3, 130

Args = ParamSpec("Args")


class Refused(click.ClickException):
    exit_code = REFUSED

    def show(self, file: Any = None) -> None:
        del file
        click.echo(f"factledger: {self.message}", err=True)


class NoDatabase(Refused):
    exit_code = NO_DATABASE


def speaks_plainly(command: Callable[Args, None]) -> Callable[Args, None]:
    """What goes wrong is said in one line, with the exit code that belongs to it."""

    @wraps(command)
    def spoken(*args: Args.args, **kwargs: Args.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (NotNow, EmbeddedPostgresError, MigrationRefused, DatabaseError) as error:
            raise NoDatabase(str(error)) from error
        except Refusal as refusal:
            raise Refused(str(refusal)) from refusal
        except BadSetting as error:
            raise click.UsageError(str(error)) from error
        except BrokenPipeError:
            # The reader of our output has seen enough (| head).
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return spoken


as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON, one document or one a line.")


@click.group(
    epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80}
)
@click.version_option(package_name="fact-ledger", prog_name="factledger")
def main() -> None:
    """A ledger of what a newsroom reported: every fact, correction and citation, and the story at any moment."""


@contextmanager
def the_database() -> Iterator[Database]:
    from api.server.opening import open_database

    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    with open_database(Settings.from_environment()) as database:
        yield database


@contextmanager
def reading() -> Iterator[Connection[Row]]:
    """A connection whose views are as far as the ledger is."""
    from projections.engine.catch_up import catch_up
    from projections.engine.tables import of_another_release

    with the_database() as database, database.connect(name="command line") as connection:
        if outdated := of_another_release(connection):
            _built_anew(database, outdated)
        catch_up(connection)
        yield connection


def print_json(document: object) -> None:
    click.echo(
        document if isinstance(document, str) else json.dumps(document, ensure_ascii=False, default=str)
    )


# --- Running -----------------------------------------------------------------------------------------------------


@main.command()
@speaks_plainly
def serve() -> None:
    """Serve the ledger over HTTP until Ctrl-C."""
    from api.server.journal import keep_journal
    from api.server.opening import open_database
    from api.serving import application, http_server

    settings = Settings.from_environment()
    keep_journal(settings.log_level)
    _end_by_signal()
    with open_database(settings) as database:
        server = http_server(application(database, settings), settings)
        logging.getLogger("factledger").info("serving at http://%s:%s", settings.host, settings.port)
        try:
            server.run()
        except KeyboardInterrupt:
            return  # asked for, and done in order
        if not server.started:
            raise Refused(f"cannot serve at {settings.host}:{settings.port}; the reason is in the log above")


@main.command()
@speaks_plainly
def demo() -> None:
    """File the example story over HTTP, show it at four moments, and what the desk and readers see at each turn of its
    publication; then go on serving it. ONCE=1: end after that."""
    from api.server.journal import keep_journal
    from api.server.opening import open_database
    from api.terminal.demo import demonstrate
    from api.terminal.filing_example import DemoFailed
    from api.terminal.rendering import console

    settings = Settings.from_environment()
    keep_journal("error")
    _end_by_signal()
    notes = console(to_stderr=True)
    notes.print("starting the database")
    try:
        with open_database(settings) as database:
            demonstrate(
                database, settings, console(), notes, once=os.environ.get("ONCE", "") not in ("", "0")
            )
    except DemoFailed as failure:
        raise Refused(str(failure)) from failure


def _end_by_signal() -> None:
    """SIGTERM ends it as Ctrl-C does: in order."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


# --- Looking -----------------------------------------------------------------------------------------------------

slug_argument = click.argument("slug")


def _instant(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError:
        raise click.BadParameter(
            "give an RFC 3339 instant with its offset, such as 2023-09-12T14:30:00Z; or a day: its end in UTC"
        ) from None


@main.command()
@click.option(
    "--after", default=0, type=click.IntRange(0, limits.POSITION), help="Begin behind this position."
)
@click.option("--limit", default=50, type=click.IntRange(1, 100_000), show_default=True)
@as_json
@speaks_plainly
def log(after: int, limit: int, is_json: bool) -> None:
    """Every event of the ledger, in order."""
    from api.terminal.rendering import console, instant, plain
    from ledger.store import audit
    from projections.views import members

    with reading() as connection:
        rows = audit.page(connection, after, limit)
        if is_json:
            for _, text in rows:
                print_json(text)
            return
        out = console()
        events = [json.loads(text) for _, text in rows]
        labels = members.some(connection, {UUID(event["actor"]) for event in events})
        for event in events:
            who = json.loads(labels.get(UUID(event["actor"]), "null")) or event["actor"]
            body = event["body"] or {}
            which = body.get("fact") or (body.get("slug") if "reason" in body else None)
            fact = f" {which}" if which else ""
            told = ("reason", "headline", "name", "label", "concern")
            words = next((body[name] for name in told if name in body), "")
            if "body" in body:
                words = body["body"]["statement"]
            line = Text(f"{event['position']:>6}  {instant(event['recorded_at'])[:-11]}  ", style="dim")
            line.append(f"{plain(who)}  ", style="cyan")
            line.append(f"{event['topic'].partition('.')[0]}{fact}")
            line.append(f": {plain(words)}" if words else "")
            line.truncate(out.width, overflow="ellipsis")
            out.print(line, no_wrap=True, overflow="ellipsis")


@main.command()
@slug_argument
@click.option(
    "--as-of", callback=_instant, help="The recorded instant, RFC 3339; or a day, whose end in UTC is meant."
)
@click.option(
    "--clock",
    type=click.Choice(["recorded", "source"]),
    default="recorded",
    show_default=True,
    help="Whose clock --as-of is read on: the ledger's, or that of whoever its changes come from.",
)
@click.option("--revision", type=click.IntRange(1, limits.POSITION))
@click.option("--position", type=click.IntRange(1, limits.POSITION))
@click.option(
    "--edition",
    type=click.IntRange(1, limits.POSITION),
    help="What readers saw from one publication to the next.",
)
@click.option(
    "--view",
    type=click.Choice(["desk", "reader"]),
    default="desk",
    show_default=True,
    help="Everything recorded, or what the public could see.",
)
@as_json
@speaks_plainly
def show(
    slug: str,
    as_of: datetime | None,
    clock: Literal["recorded", "source"],
    revision: int | None,
    position: int | None,
    edition: int | None,
    view: Literal["desk", "reader"],
    is_json: bool,
) -> None:
    """A story, now or as it stood at an instant, a revision, a position or an edition."""
    from api.terminal.rendering import console, tell_story, tell_story_to_readers

    if clock == "source" and (as_of is None or view == "reader"):
        raise click.UsageError("--clock source needs --as-of, and is for the desk's view")
    text = _story(slug, as_of, revision, position, view, edition, clock)
    if clock == "source":
        click.echo("By the clock of whoever its changes come from, on their word.", err=True)
    if is_json:
        print_json(text)
    elif view == "reader":
        tell_story_to_readers(console(), json.loads(text))
    else:
        tell_story(console(), json.loads(text))


@main.command()
@slug_argument
@click.argument("range", metavar="A..B")
@as_json
@speaks_plainly
def diff(slug: str, range: str, is_json: bool) -> None:  # noqa: A002  the word that the help shows
    """What changed in a story from revision A to revision B."""
    from api.terminal.rendering import console, tell_difference
    from projections.reading import diff as differences
    from projections.reading.replay import Asked

    match = re.fullmatch(r"([1-9][0-9]{0,15})\.\.([1-9][0-9]{0,15})", range)
    if match is None:
        raise click.UsageError("give two revisions, such as 3..7")
    with reading() as connection:
        text = differences.between(
            connection, slug, Asked(revision=int(match[1])), Asked(revision=int(match[2]))
        )
    if is_json:
        print_json(text)
    else:
        tell_difference(console(), json.loads(text))


@main.command()
@slug_argument
@click.option(
    "--as-of", callback=_instant, help="The recorded instant, RFC 3339; or a day, whose end in UTC is meant."
)
@click.option("--revision", type=click.IntRange(1, limits.POSITION))
@as_json
@speaks_plainly
def blame(slug: str, as_of: datetime | None, revision: int | None, is_json: bool) -> None:
    """For each fact of a story: its text, version, who changed it last, when, why, and on which source."""
    from api.terminal.rendering import console, said_by, tell_blame

    story = json.loads(_story(slug, as_of, revision, None))
    if not is_json:
        tell_blame(console(), story)
        return
    for fact in story["facts"]:
        change = fact["changed"]
        print_json(
            {
                "fact": fact["fact"],
                "version": fact["version"],
                "statement": fact["statement"],
                "standing": fact["standing"],
                "kind": change["kind"],
                "actor": change["actor"],
                "by": story["members"].get(change["actor"]),
                "recorded_at": change["recorded_at"],
                "reason": change.get("reason"),
                "source": said_by(fact, story["sources"]),
                "citations": fact["citations"],
            }
        )


@main.command()
@slug_argument
@click.argument("number", metavar="N", type=click.IntRange(1, limits.FACTS_IN_STORY))
@as_json
@speaks_plainly
def impact(slug: str, number: int, is_json: bool) -> None:
    """What rests on fact N of a story, directly or through others, in any story."""
    from api.terminal.rendering import console, tell_impact
    from projections.reading import replay
    from projections.reading.replay import Asked
    from projections.views import grounds

    with reading() as connection:
        then = replay.fact(connection, slug, number, Asked()).moment
        rows = grounds.page(connection, then.story.number, number, (0, 0, 0), limits.POSITION)
    items = [json.loads(text) for _, text in rows]
    if is_json:
        print_json({"story": slug, "fact": number, "items": items})
    else:
        tell_impact(console(), slug, number, items)


def _story(
    slug: str,
    as_of: datetime | None,
    revision: int | None,
    position: int | None,
    view: Literal["desk", "reader"] = "desk",
    edition: int | None = None,
    clock: Literal["recorded", "source"] = "recorded",
) -> str:
    from projections.reading import reader_replay, replay
    from projections.reading.replay import Asked

    if sum(moment is not None for moment in (as_of, revision, position, edition)) > 1:
        raise click.UsageError("give one of --as-of, --revision, --position and --edition, not several")
    ends = as_of is not None and is_today(as_of)
    asked = Asked(as_of, revision, position, view=view, edition=edition, clock=clock, is_today=ends)
    with reading() as connection:
        if as_of is not None and clock == "recorded" and not ends:
            replay.wait_until_fixed(connection, as_of)
        if view == "desk":
            return replay.story(connection, slug, asked).text
        try:
            return reader_replay.story(connection, slug, asked).text
        except StoryWithdrawn as withdrawn:
            since = withdrawn.details["tombstone"]["since"]
            raise Refused(f"Withdrawn since {since}. Readers are told: {withdrawn}") from withdrawn


# --- Keys --------------------------------------------------------------------------------------------------------


@main.group()
def keys() -> None:
    """Issue, list and revoke the keys that people and scripts act with."""


def _lasting(_: click.Context, __: click.Parameter, text: str | None) -> timedelta | None:
    if text is None:
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,4})([dhm])", text)
    if match is None:
        raise click.BadParameter("give days, hours or minutes, such as 90d, 12h or 30m")
    return timedelta(**{{"d": "days", "h": "hours", "m": "minutes"}[match[2]]: int(match[1])})


@keys.command("add")
@click.argument("label")
@click.option("--role", type=click.Choice(get_args(Role)), required=True)
@click.option(
    "--expires-in", callback=_lasting, help="Such as 90d, 12h or 30m; without it the key does not expire."
)
@click.option("--member", type=click.UUID, help="A member that has a key already; without it, a new member.")
@click.option("--again", is_flag=True, help="Though another member is called the same, or looks so.")
@click.option("--provider", metavar="SLUG", help="Whose items a key of the role wire brings.")
@as_json
@speaks_plainly
def add_key(
    label: str,
    role: Role,
    expires_in: timedelta | None,
    member: UUID | None,
    again: bool,
    provider: str | None,
    is_json: bool,
) -> None:
    """Issue a key, for a new member called LABEL unless one is named. The key is shown this once."""
    from api.terminal.keys import Console
    from ledger.words import check_label

    try:
        check_label(label)
    except ValidationError as error:
        raise click.BadParameter(_plainly(error), param_hint="LABEL") from None
    with the_database() as database:
        console = Console(database)
        secret, key = console.issue(label, role, expires_in, member, again=again, provider=provider)
        others = [other for other in console.called(label) if other != key.member]
    for other in others:
        click.echo(f"Warning: member {other} is called so, too; nobody can tell the two apart", err=True)
    if is_json:
        print_json(_described(key) | {"secret": secret})
        return
    click.echo(secret)
    click.echo(f"key {key.key} of member {key.member}, role {key.role}; it is not shown again", err=True)


@keys.command("list")
@as_json
@speaks_plainly
def list_keys(is_json: bool) -> None:
    """Every key that was ever issued."""
    from api.terminal.keys import Console
    from api.terminal.rendering import plain

    with the_database() as database:
        for key in Console(database).issued():
            described = _described(key)
            if is_json:
                print_json(described)
            else:
                click.echo(f"{key.key}  {key.role:<9}  {described['state']:<8}  {plain(key.label)}")


class _KeyId(click.ParamType[UUID]):
    """The id of a key. What else is given may be the key itself, so it is not said again."""

    name = "uuid"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        try:
            return UUID(str(value))
        except ValueError:
            self.fail("give its id, as `factledger keys list` shows it, and not the key itself", param, ctx)


@keys.command("link")
@click.argument("key", type=_KeyId())
@as_json
@speaks_plainly
def print_link(key: UUID, is_json: bool) -> None:
    """Print the end of an address at which the holder of a key can sign in to the pages, once, within an hour."""
    from api.terminal.keys import Console

    with the_database() as database:
        link = Console(database).sign_in_link_of(key)
    if is_json:
        print_json({"link": link})
    else:
        click.echo(link)
        click.echo("put it behind the address of the pages, such as http://127.0.0.1:8321", err=True)


@keys.command("revoke")
@click.argument("key", type=_KeyId())
@click.option("--reason", required=True, help="Why; it is recorded.")
@as_json
@speaks_plainly
def revoke_key(key: UUID, reason: str, is_json: bool) -> None:
    """Take a key back, at once and everywhere."""
    from api.terminal.keys import Console

    with the_database() as database:
        Console(database).revoke(key, _checked(reason))
    if is_json:
        print_json({"key": str(key), "state": "revoked"})
    else:
        click.echo(f"{key} opens nothing any more", err=True)


def _described(key: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    state = "revoked" if key.revoked_at else "in force" if key.opens(now) else "expired"
    return {name: value for name, value in asdict(key).items() if name != "digest"} | {"state": state}


# --- Webhooks ----------------------------------------------------------------------------------------------------


@main.group("webhooks")
def webhook_group() -> None:
    """Tell others what happens: add, list, rotate, replay, resume, remove."""


webhook_argument = click.argument("webhook", type=click.UUID)


def _web_address(_: click.Context, __: click.Parameter, text: str) -> str:
    from ledger.words import check_web_address

    try:
        return check_web_address(text)
    except ValidationError as error:
        raise click.BadParameter(_plainly(error)) from None


def _plainly(error: ValidationError) -> str:
    from api.http.statuses import say

    return say(error.errors()[0])


@webhook_group.command("add")
@click.argument("url", callback=_web_address)
@click.option(
    "--tells",
    multiple=True,
    type=click.Choice(ALL_THERE_IS_TO_TELL),
    required=True,
    help="Of what; may be given several times.",
)
@click.option("--story", help="The slug of the one story that it is told of.")
@click.option("--desk", help="The desk whose stories it is told of.")
@click.option(
    "--after", type=click.IntRange(0, limits.POSITION), help="Begin behind this position; without it, now."
)
@as_json
@speaks_plainly
def add_webhook(
    url: str, tells: tuple[Tells, ...], story: str | None, desk: str | None, after: int | None, is_json: bool
) -> None:
    """Tell what happens at URL. The secret that signs what is sent is shown this once."""
    from api.server.webhooks import new_secret, written
    from ledger.store import webhooks
    from projections.engine.catch_up import position
    from projections.reading import replay

    secret = new_secret()
    with reading() as connection:
        if story is not None:
            replay.follow(connection, story)
        behind = position(connection) if after is None else after
        made = webhooks.add(connection, url, dict.fromkeys(tells), story, desk, secret, behind)
    if is_json:
        print_json({"webhook": made.webhook, "secret": written(secret)})
        return
    click.echo(written(secret))
    click.echo(f"webhook {made.webhook} is told at {url}; the secret is not shown again", err=True)


@webhook_group.command("list")
@as_json
@speaks_plainly
def list_webhooks(is_json: bool) -> None:
    """Every webhook, how far it is, and whether it was stopped."""
    from ledger.store import webhooks

    with the_database() as database, database.connect(name="command line") as connection:
        found, waiting = webhooks.every(connection), webhooks.how_many_wait(connection)
    for one in found:
        state = f"stopped: {one.stopped_why}" if one.stopped_at else "in force"
        count = waiting.get(one.webhook, 0)
        if is_json:
            secrets = {"secret", "former_secret", "replays"}
            shown = {name: value for name, value in asdict(one).items() if name not in secrets}
            print_json(shown | {"stories_waiting": count})
        else:
            about = "".join(f", of {name}" for name in (one.story, one.desk) if name)
            click.echo(f"{one.webhook}  {one.url}  {', '.join(one.tells)}{about}  {count} waiting  {state}")


@webhook_group.command("rotate")
@webhook_argument
@as_json
@speaks_plainly
def rotate_webhook(webhook: UUID, is_json: bool) -> None:
    """Sign with another secret, shown this once; for a day with the former one, too."""
    from api.server.webhooks import new_secret, written
    from ledger.store import webhooks

    secret = new_secret()
    _change_webhook(webhooks.rotate, webhook, secret)
    if is_json:
        print_json({"webhook": webhook, "secret": written(secret)})
    else:
        click.echo(written(secret))


@webhook_group.command("replay")
@webhook_argument
@click.option(
    "--after",
    type=click.IntRange(0, limits.POSITION),
    required=True,
    help="A position; all beyond is told again.",
)
@as_json
@speaks_plainly
def replay_webhook(webhook: UUID, after: int, is_json: bool) -> None:
    """Tell again what happened beyond a position."""
    from ledger.store import webhooks

    _change_webhook(webhooks.replay, webhook, after)
    _tell_of_webhook(webhook, f"is told again what happened beyond {after}", is_json)


@webhook_group.command("resume")
@webhook_argument
@as_json
@speaks_plainly
def resume_webhook(webhook: UUID, is_json: bool) -> None:
    """Let one that was stopped go on where it stood."""
    from ledger.store import webhooks

    _change_webhook(webhooks.resume, webhook)
    _tell_of_webhook(webhook, "goes on", is_json)


@webhook_group.command("remove")
@webhook_argument
@as_json
@speaks_plainly
def remove_webhook(webhook: UUID, is_json: bool) -> None:
    """Tell it nothing more, and forget it."""
    from ledger.store import webhooks

    _change_webhook(webhooks.remove, webhook)
    _tell_of_webhook(webhook, "is told nothing more", is_json)


def _change_webhook(
    act: Callable[Concatenate[Connection[Row], UUID, Args], None],
    webhook: UUID,
    *args: Args.args,
    **kwargs: Args.kwargs,
) -> None:
    with the_database() as database, database.connect(name="command line") as connection:
        act(connection, webhook, *args, **kwargs)


def _tell_of_webhook(webhook: UUID, what: str, is_json: bool) -> None:
    if is_json:
        print_json({"webhook": webhook, "state": what})
    else:
        click.echo(f"{webhook} {what}", err=True)


# --- Carrying in and out -----------------------------------------------------------------------------------------


def _acts_for(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    named = dict(one.rpartition("=")[::2] for one in given)
    if "" in named or "" in named.values():
        raise click.BadParameter("give a label and a key or a member's id, such as 'Ana, city desk=flk_…'")
    return named


@main.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--key", envvar="FACTLEDGER_KEY", help="Act with this key.")
@click.option("--member", type=click.UUID, help="Act as this member, by its newest key in force.")
@click.option(
    "--as",
    "named",
    multiple=True,
    callback=_acts_for,
    metavar="LABEL=KEY",
    help="Who acts for lines by LABEL.",
)
@click.option("--strict", is_flag=True, help="Stop at the first line that is refused.")
@click.option(
    "--refused", type=click.File("w", encoding="utf-8", lazy=True), help="Write there what was refused."
)
@as_json
@speaks_plainly
def import_file(
    file: BinaryIO,
    key: str | None,
    member: UUID | None,
    named: dict[str, str],
    strict: bool,
    refused: TextIO | None,
    is_json: bool,
) -> None:
    """Record the commands in FILE, one a line (- for standard input), in order; run again, it goes on where it was.

    LABEL=KEY also takes a member's id in place of the key, which others on this machine then do not see.
    """
    from api.terminal import importing
    from api.terminal.reading_ahead import ReaderGone

    if key and member:
        raise click.UsageError("give --key or --member, not both")
    if refused and os.path.realpath(refused.name) == os.path.realpath(file.name):
        raise click.UsageError("--refused would write over the file that is imported")
    who = str(member) if member else key
    if not who and not named:
        raise click.UsageError("say who acts: --key (or FACTLEDGER_KEY), --member, or --as")
    _end_by_signal()
    with the_database() as database:
        report = importing.import_file(database, file, who, named, refused, is_strict=strict)
    if is_json:
        print_json(report.told())
    else:
        click.echo(
            f"{report.recorded:,} recorded, {report.replayed:,} there before, {report.refused:,} refused,"
            f" in {report.seconds:.1f} s",
            err=True,
        )
    if isinstance(report.trouble, KeyboardInterrupt):
        raise SystemExit(INTERRUPTED)
    if isinstance(report.trouble, ReaderGone):
        raise Refused(str(report.trouble))
    if report.trouble:
        raise report.trouble
    if report.refused:
        raise Refused(f"{report.refused:,} of {report.lines:,} lines were refused; see above")


def _named(_: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    named = dict(one.rpartition("=")[::2] for one in given)
    if option.name == "given":  # a text may hold another =, the name of a part never
        named = dict(one.partition("=")[::2] for one in given)
    if "" in named or "" in named.values():
        raise click.BadParameter(f"give {option.metavar}")
    return named


@main.command()
@click.argument("places", metavar="FILE|DIR|-", nargs=-1)
@click.option("--key", envvar="FACTLEDGER_KEY", help="Of whoever takes them; FACTLEDGER_KEY does as well.")
@click.option("--member", type=click.UUID, help="Whoever takes them, by the id, in place of a key.")
@click.option("--provider", metavar="SLUG", help="Whose they are, where they do not say it; not for a wire.")
@click.option(
    "--refused",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("refused"),
    show_default=True,
    help="A folder for what cannot be taken.",
)
@click.option(
    "--watch",
    "watched",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder from which all that comes is taken, until Ctrl-C.",
)
@click.option(
    "--set",
    "given",
    multiple=True,
    callback=_named,
    metavar="PART=TEXT",
    help="Of tables of facts: what a PART is where rows do not say it, such as story=SLUG, source=SLUG or unit=ships;"
    " {Name} in it is the cell of that column.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    callback=_named,
    metavar="NAME=PART",
    help="Likewise: which PART the column NAME is, such as Datum=occurred or Nr=key.",
)
@click.option(
    "--table", default="table", show_default=True, help="Likewise: its name, where a story has several."
)
@click.option("--created", callback=_instant, help="Likewise: when it was made so, by its maker's clock.")
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Likewise: a file with what rows that changed, or are gone, mean; what is not answered is written to it.",
)
@click.option(
    "--answer",
    "otherwise",
    multiple=True,
    callback=_named,
    metavar="WHAT=ANSWER",
    help="Likewise: what holds for all others, such as changed=update, gone=retraction or new=new.",
)
@click.option("--reason", help="Likewise: why; readers see it.")
@click.option("--was-wrong", help="Likewise, of corrections: what was wrong.")
@click.option(
    "--dry-run",
    "is_dry_run",
    is_flag=True,
    help="Only tell what would come of each, by itself, in the ledger as it is: nothing is recorded or written.",
)
@as_json
@speaks_plainly
def take(
    places: tuple[str, ...],
    key: str | None,
    member: UUID | None,
    provider: str | None,
    refused: Path,
    watched: Path | None,
    given: dict[str, str],
    columns: dict[str, str],
    table: str,
    created: datetime | None,
    answers: Path | None,
    otherwise: dict[str, str],
    reason: str | None,
    was_wrong: str | None,
    is_dry_run: bool,
    is_json: bool,
) -> None:
    """Take the items of wires, content systems and archives in each FILE, and in all files of each DIR (- for standard
    input), in their own formats; run again, it takes what is new.

    A table of facts (CSV) is filed row by row, each a fact of the story that it names. Of a later state of it, rows
    that changed or are gone are told, and filed once somebody has said what that means: --answers, --answer.
    """
    from api.intake.fact_filing import State, answers_of
    from api.intake.item import Unreadable
    from api.terminal import taking
    from api.terminal.answers import Answers
    from ledger.moment import rfc3339

    if key and member:
        raise click.UsageError("give --key or --member, not both")
    who = str(member) if member else key
    if not who:
        raise click.UsageError("say who takes them: --key (or FACTLEDGER_KEY), or --member")
    if not places and not watched:
        raise click.UsageError("name a file or a folder, or - for standard input, or give --watch")
    if watched and is_dry_run:
        raise click.UsageError("give --watch or --dry-run, not both")
    try:
        State("", given=given)
        for_others = answers_of(otherwise, reason, was_wrong)
    except Unreadable as trouble:
        raise click.UsageError(f"--{trouble.where}: {trouble.why}; {trouble.fix}") from None
    try:
        answered = Answers(answers, for_others)
    except Unreadable as trouble:
        raise click.UsageError(f"--answers, {trouble.where}: {trouble.why}; {trouble.fix}") from None
    tables = taking.Tables(columns, given, table, rfc3339(created) if created else None, answered)
    _end_by_signal()
    with the_database() as database:
        report = taking.take(
            database, places, who, provider, refused, tables, watched=watched, is_dry_run=is_dry_run
        )
    if is_json:
        print_json(report.told())
    else:
        late = f", {report.late:,} of them too late to change anything" if report.late else ""
        where = f" (in {refused})" if report.refused and not is_dry_run else ""
        click.echo(
            f"{'Tried, and nothing recorded: ' if is_dry_run else ''}"
            f"{report.taken:,} taken{late}, {report.replayed:,} there before, {report.refused:,} refused{where}",
            err=True,
        )
        for what, count in report.without_place.most_common():
            click.echo(f"  {count:>7,}  {what}: nothing has a place for it", err=True)
    if isinstance(report.trouble, KeyboardInterrupt):
        if watched:
            return
        raise SystemExit(INTERRUPTED)
    if report.trouble:
        raise report.trouble
    if report.asked:
        how = (
            f"fill in {answers}"
            if answers
            else "say it with --answer and --reason, or row by row with --answers FILE"
        )
        click.echo(
            f"{report.asked:,} rows wait until you say what they mean: {how}, and run it again", err=True
        )
    if report.refused:
        raise Refused(
            f"{report.refused:,} {'item was' if report.refused == 1 else 'items were'} refused; see above"
        )
    if report.asked:
        raise SystemExit(REFUSED)


@main.command()
@click.option("--story", "slug", help="One story alone, with the sources that it names.")
@click.option(
    "--after",
    default=0,
    type=click.IntRange(0, limits.POSITION),
    help="What was recorded behind this position.",
)
@click.option("-o", "out", type=click.File("wb"), default="-", help="Where to; without it, standard output.")
@click.option(
    "--sqlite",
    "sqlite",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Instead, how everything stands, as tables in this SQLite file, for Datasette and the like.",
)
@click.option("--readers", "for_readers", is_flag=True, help="With --sqlite: only what readers may see.")
@click.option("--json", "is_json", is_flag=True, help="Print the sum as JSON, too; on standard error.")
@speaks_plainly
def export(
    slug: str | None, after: int, out: BinaryIO, sqlite: Path | None, for_readers: bool, is_json: bool
) -> None:
    """Write what was recorded back as the commands that made it, one a line, for an import into another ledger."""
    if sqlite is not None:
        if slug or after:
            raise click.UsageError("--sqlite is of everything: leave out --story and --after")
        _export_tables(sqlite, for_readers=for_readers, is_json=is_json)
        return
    if for_readers:
        raise click.UsageError("--readers goes with --sqlite")
    from api.terminal.exporting import Export
    from ledger.store.keyring import Keyring

    with the_database() as database, database.connect(name="export") as connection:
        keyring = Keyring()
        keyring.refresh(connection)
        export = Export(connection, keyring)
        written = 0
        for text in export.story(slug, after) if slug else export.everything(after):
            out.write(text + b"\n")
            written += 1
    if is_json:
        click.echo(json.dumps({"lines": written, "left_out": export.left_out}), err=True)
    else:
        left_out = "".join(f"; {count:,} left out: {what}" for what, count in export.left_out.items())
        click.echo(f"{written:,} lines{left_out}", err=True)


def _export_tables(path: Path, *, for_readers: bool, is_json: bool) -> None:
    from api.terminal import as_sqlite

    with the_database() as database, database.connect(name="export") as connection:
        try:
            written = as_sqlite.write(connection, path, for_readers=for_readers)
        except as_sqlite.CannotWrite as error:
            raise Refused(str(error)) from error
    if is_json:
        click.echo(json.dumps({"position": written.position, "rows": written.rows}), err=True)
    else:
        stories, facts = written.rows["stories"], written.rows["facts"]
        whose = "as readers see them" if for_readers else "as the desk sees them"
        told = f"{stories:,} stories and {facts:,} facts, {whose} at position {written.position}, in {path}"
        click.echo(told, err=True)


# --- Views and health --------------------------------------------------------------------------------------------


@main.command()
@as_json
@speaks_plainly
def project(is_json: bool) -> None:
    """Bring the views up to the ledger by hand; `serve` does it all the time."""
    from projections.engine.catch_up import catch_up

    with the_database() as database, database.connect(name="project") as connection:
        position = catch_up(connection)
    print_json({"position": position}) if is_json else click.echo(f"the views are at position {position}")


@main.command()
@click.argument("views", metavar="[VIEW]...", nargs=-1)
@click.option("--cancel", is_flag=True, help="Throw away what an interrupted rebuild has built.")
@as_json
@speaks_plainly
def rebuild(views: tuple[str, ...], cancel: bool, is_json: bool) -> None:
    """Build views anew beside the living ones, all or those named; compare them with the events, then switch.

    Readers keep the old ones until then. Interrupted, it goes on from there when it is called again.
    """
    from projections.engine import rebuild as beside
    from projections.views.catalogue import VIEW

    if unknown := [view for view in views if view not in VIEW]:
        raise click.UsageError(f"there is no view {unknown[0]}; there are {', '.join(VIEW)}")
    with the_database() as database:
        if cancel:
            told = "thrown away" if beside.cancel(database) else "there is none"
            print_json({"cancelled": told}) if is_json else click.echo(told)
            return
        position = _built_anew(database, views or tuple(VIEW))
    print_json({"position": position}) if is_json else click.echo(f"rebuilt up to position {position}")


def _built_anew(database: Database, views: Collection[str]) -> int:
    """Builds the views anew under the eyes of who waits for it; the position at which they were switched in."""
    from api.server import interpreter
    from api.terminal.watching import watching_a_rebuild
    from projections.engine.rebuild import RebuildFailed, rebuild

    interpreter.tune_to_get_done()
    try:
        with watching_a_rebuild() as note:
            return rebuild(database, views, note=note)
    except RebuildFailed as failure:
        raise Refused(str(failure)) from failure
    except KeyboardInterrupt:
        click.echo("interrupted; call it again to go on, or with --cancel to throw it away", err=True)
        sys.exit(INTERRUPTED)


@main.group(invoke_without_command=True)
@as_json
@click.pass_context
@speaks_plainly
def projections(context: click.Context, is_json: bool) -> None:
    """How far each view is, and what stands in its way; retry, skip, pause, resume act on one."""
    if context.invoked_subcommand is not None:
        return
    from api.terminal.rendering import console
    from api.terminal.watching import tell_views
    from projections.engine import progress

    with the_database() as database, database.connect(name="command line") as connection:
        views, skips = progress.report(connection), progress.skips(connection, limits.SKIPS_SHOWN)
    if is_json:
        print_json({"views": [asdict(view) for view in views], "skips": [asdict(skip) for skip in skips]})
    else:
        tell_views(console(), views, skips)


view_argument = click.argument("view")
why = click.option("--reason", required=True, help="Why; it is recorded.")


@projections.command()
@view_argument
@as_json
@speaks_plainly
def retry(view: str, is_json: bool) -> None:
    """Let a failed VIEW try the event again."""
    from projections.engine import progress

    _act_on(view, progress.retry, "running", is_json)


@projections.command()
@view_argument
@why
@as_json
@speaks_plainly
def skip(view: str, reason: str, is_json: bool) -> None:
    """Let a failed VIEW go on without the event that it cannot take."""
    from projections.engine import progress

    _act_on(view, progress.skip, "running", is_json, _checked(reason))


@projections.command()
@view_argument
@why
@as_json
@speaks_plainly
def pause(view: str, reason: str, is_json: bool) -> None:
    """Stop a VIEW; the others go on."""
    from projections.engine import progress

    _act_on(view, progress.pause, "paused", is_json, _checked(reason))


@projections.command()
@view_argument
@as_json
@speaks_plainly
def resume(view: str, is_json: bool) -> None:
    """Let a paused VIEW go on."""
    from projections.engine import progress

    _act_on(view, progress.resume, "running", is_json)


def _act_on(view: str, act: Callable[..., int], becomes: str, is_json: bool, *why: str) -> None:
    with the_database() as database, database.connect(name="command line") as connection:
        position = act(connection, view, *why)
    if is_json:
        print_json({"view": view, "state": becomes, "position": position})
    else:
        click.echo(f"{view} is {becomes}, at position {position}")


def _checked(reason: str) -> str:
    from ledger.words import check_text

    try:
        check_text(reason)
    except ValidationError as error:
        raise click.BadParameter(_plainly(error), param_hint="--reason") from None
    return reason


@main.command()
@click.option("--deep", is_flag=True, help="Work every row of every view out a second time, too; takes long.")
@as_json
@speaks_plainly
def doctor(deep: bool, is_json: bool) -> None:
    """Look the ledger over: database, schema, positions, commitments, views."""
    from api.terminal.doctor import examine

    with the_database() as database:
        findings = examine(database, deep=deep)
    for finding in findings:
        if is_json:
            print_json(asdict(finding))
        else:
            click.echo(f"{'ok ' if finding.is_well else 'BAD'}  {finding.what}: {finding.says}")
    if not all(finding.is_well for finding in findings):
        raise Refused("something is wrong; see above")


if __name__ == "__main__":
    main()
