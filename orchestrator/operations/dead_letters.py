"""`orchestrator dead-letters`: what was refused, why, and trying it again."""

import sys
import time
from datetime import datetime, timedelta

import click

from orchestrator.clock import SystemClock
from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.catalogue import Catalogue, Listed, Wanted
from orchestrator.dead_letters.letters import UNREADABLE, Letter
from orchestrator.dead_letters.replay_run import (
    Refused,
    catalogue_of,
    open_ones,
    records_of,
    replay,
)
from orchestrator.dead_letters.replaying import Terms
from orchestrator.operations.columns import printable
from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.letter_texts import as_json, as_table, in_full
from orchestrator.operations.moments import Moment, When, moment
from orchestrator.operations.progress import Progress
from orchestrator.operations.sending import sender
from orchestrator.plan import kafka_settings
from orchestrator.settings import Settings
from orchestrator.stream.records import RawRecord
from orchestrator.stream.topic_reader import TopicReader, reader
from orchestrator.topics import DEAD_LETTERS, EVENTS

REASONS = click.Choice([*(str(reason) for reason in Refusal), UNREADABLE])
SOME_REFUSED = 3

ACTIONS_SENT = "{count:,} of them are actions: a worker makes the calls, each once (see --help)."


@click.command("list")
@click.option("--reason", type=REASONS, help="Only those refused for this reason.")
@click.option("--source-prefix", help="Only those whose source begins so.")
@click.option("--since", type=Moment(), help="Only those refused since: 24h, 7d, or a time.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000),
              help="How many are shown.")  # fmt: skip
@click.option("--json", "json_wanted", is_flag=True, help="As JSON, with all that is known.")
@click.pass_obj
def list_command(
    load_settings: LoadSettings,
    reason: str | None,
    source_prefix: str | None,
    since: When | None,
    limit: int,
    json_wanted: bool,
) -> None:
    """List dead letters, the newest first.

    A letter that was refused several times (after a crash, say) stands here once. Exit codes:
    0 listed, even if there are none; 1 Kafka or a setting fails; 2 a wrong option.

    \b
    Examples:
      orchestrator dead-letters list --since 24h
      orchestrator dead-letters list --reason "unknown type" --source-prefix redis:aivo.events.sel
      orchestrator dead-letters list --json --limit 1000
    """
    settings = load_settings()
    wanted = Wanted(reason=reason, source_prefix=source_prefix, since=_moment(since, settings))
    found = run(_listed(settings, wanted))
    if json_wanted:
        click.echo(as_json(found[:limit]))
        return
    for line in as_table(found[:limit]) if found else ():
        click.echo(line)
    click.echo(_count(len(found), limit), err=True)


@click.command("show")
@click.argument("source")
@click.option("--whole", is_flag=True, help="All bytes, not only the first 4,096.")
@click.pass_obj
def show_command(load_settings: LoadSettings, source: str, whole: bool) -> None:
    """Show the dead letter of SOURCE: its headers, its bytes as text or in hex, and what to do.

    Exit codes: 0 shown; 1 there is none, or Kafka or a setting fails; 2 a wrong option.

    \b
    Example:
      orchestrator dead-letters show redis:aivo.events.sel:1767600000000-0
    """
    listed, record = run(_shown(load_settings(), source))
    for line in in_full(listed, record, whole):
        click.echo(line)


@click.command("replay")
@click.option("--reason", type=REASONS, help="Those refused for this reason.")
@click.option("--source", help="The one of this source.")
@click.option("--since", type=Moment(), help="Those refused since: 24h, 7d, or a time.")
@click.option("--actions", is_flag=True, help="Requests that a service refused, too.")
@click.option("--again", is_flag=True, help="Those that were replayed before, too.")
@click.option("--dry-run", is_flag=True, help="Try them, and send nothing.")
@click.pass_obj
def replay_command(
    load_settings: LoadSettings,
    reason: str | None,
    source: str | None,
    since: When | None,
    actions: bool,
    again: bool,
    dry_run: bool,
) -> None:
    """Read dead letters once more, and send those that are events now, the oldest first.

    An event keeps its id however often it is replayed, so that it is decided once. Which are meant
    must be said: by --reason, --source, --since, or several of them. What cannot be replayed, or is
    refused again, is named with the reason and stays as it is.

    With --actions, what a service refused is asked of it again, once, with the same
    Idempotency-Key, behind what waits for the learner. The new end takes the place of the old one:
    in /stats actions_rejected falls by one, and actions_delivered rises; until then it counts as
    rejected. If it is refused again, it is a dead letter again. A learning path is not sent where a
    newer one has arrived; it ends as superseded. A worker passes over, and says so in its log, what
    has arrived or still waits, and what is not among the 64 latest refused of a learner and type.
    Levels are not sent again: the learner went back to the last one that arrived, and gets a new
    suggestion from the next event that calls for one. What has expired is not sent either.

    Exit codes: 0 all were sent, or there were none; 1 Kafka or a setting fails, and what was sent
    before is marked as replayed; 2 a wrong option; 3 some were refused.

    \b
    Examples:
      orchestrator dead-letters replay --reason "missing tenant_id" --dry-run
      orchestrator dead-letters replay --source redis:aivo.events.sel:1767600000000-0
      orchestrator dead-letters replay --reason "rejected downstream" --since 2h --actions
    """
    if reason is None and source is None and since is None:
        raise click.UsageError("Say which: by --reason, --source or --since.")
    settings = load_settings()
    wanted = Wanted(reason=reason, source=source, since=_moment(since, settings))
    terms = Terms(_now(settings), settings.default_tenant_id, actions)
    refused = run(_replayed(settings, wanted, terms, again=again, dry_run=dry_run))
    sys.exit(SOME_REFUSED if refused else 0)


def commands(load_settings: LoadSettings) -> click.Group:
    """The group of commands."""
    return click.Group(
        "dead-letters",
        help="See what was refused, and try it again.",
        commands=[list_command, show_command, replay_command],
        context_settings={"obj": load_settings},
    )


async def _listed(settings: Settings, wanted: Wanted) -> list[Listed]:
    async with reader(kafka_settings(settings), DEAD_LETTERS) as topic:
        return (await _catalogue(topic, settings, wanted, _progress())).newest_first()


async def _catalogue(
    topic: TopicReader, settings: Settings, wanted: Wanted, progress: Progress
) -> Catalogue:
    return await catalogue_of(topic, wanted, settings.default_tenant_id, progress.reached)


async def _shown(settings: Settings, source: str) -> tuple[Listed, RawRecord]:
    async with reader(kafka_settings(settings), DEAD_LETTERS) as topic:
        wanted = Wanted(source=source)
        catalogue = await _catalogue(topic, settings, wanted, _progress())
        for listed in catalogue.newest_first():
            letter = listed.letter
            records = await records_of(topic, [letter])
            if (letter.partition, letter.offset) in records:
                return listed, records[letter.partition, letter.offset]
    raise click.ClickException(
        f"There is no dead letter of {printable(source)!r}. Which there are: orchestrator"
        " dead-letters list"
    )


async def _replayed(
    settings: Settings, wanted: Wanted, terms: Terms, *, again: bool, dry_run: bool
) -> int:
    """Replay what is wanted and say what came of it; returns how many were refused."""
    kafka = kafka_settings(settings)
    async with reader(kafka, DEAD_LETTERS) as topic, sender(kafka) as sending:
        progress = _progress()
        found = (await _catalogue(topic, settings, wanted, progress)).oldest_first()
        letters: list[Letter] = [each.letter for each in found] if again else open_ones(found)
        sent, refused, actions = 0, 0, 0
        async for part in replay(topic, letters, terms, None if dry_run else sending):
            sent, refused = sent + len(part.sent), refused + len(part.refused)
            actions += sum(each.topic != EVENTS for each in part.sent)
            _say_refused(part.refused)
            progress.reached("dead letters tried", sent + refused, len(letters))
    _say_result(sent, refused, before=len(found) - len(letters), dry_run=dry_run)
    if actions:
        click.echo(ACTIONS_SENT.format(count=actions))
    return refused


def _say_refused(refused: list[Refused]) -> None:
    for each in refused:
        what = "refused again" if each.again else "not replayed"
        click.echo(printable(f"{what}: {each.source}: {each.why}"))


def _say_result(sent: int, refused: int, *, before: int, dry_run: bool) -> None:
    click.echo(f"{sent:,} {'would be replayed' if dry_run else 'replayed'}, {refused:,} refused.")
    if before:
        click.echo(f"{before:,} left out: replayed before (--again replays them once more).")


def _count(found: int, limit: int) -> str:
    if not found:
        return "No dead letters."
    more = f"; {limit:,} are shown (--limit)" if found > limit else ""
    return f"{found:,} dead letters{more}."


def _moment(when: When | None, settings: Settings) -> datetime | None:
    return moment(when, _now(settings))


def _now(settings: Settings) -> datetime:
    return SystemClock(timedelta(seconds=settings.clock_offset)).now()


def _progress() -> Progress:
    return Progress(lambda line: click.echo(line, err=True), time.monotonic)
