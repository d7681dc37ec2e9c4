"""`orchestrator archive`: events of before in files, to try policies on."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import click

from orchestrator.archive.checking import faults
from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.forgetting import forget
from orchestrator.archive.kafka_source import KafkaSource
from orchestrator.clock import SystemClock
from orchestrator.errors import ArchiveUnusable
from orchestrator.operations.archive_run import (
    import_lines,
    wanted_spans,
    write_archive,
    write_lines,
)
from orchestrator.operations.archive_text import as_table
from orchestrator.operations.command import LoadSettings
from orchestrator.operations.moments import Moment, When, moment

CONFIG = Path(__file__).resolve().parents[2] / "config"

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)

folder_argument = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))

to_option = click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder; nothing is written over.",
)


@click.command("classroom")
@to_option
@click.option("--learners", default=5_000, show_default=True, type=click.IntRange(1, 1_000_000),
              help="How many simulated learners.")  # fmt: skip
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366),
              help="How many days, of which five a week are school days.")  # fmt: skip
@click.option("--events", default=5_000_000, show_default=True, type=click.IntRange(1),
              help="About how many events, of all learners.")  # fmt: skip
@click.option("--seed", default="1", show_default=True, help="Another one is another class.")
@click.option("--partitions", default=4, show_default=True, type=click.IntRange(1, 10_000),
              help="Of the topic that it is to look like.")  # fmt: skip
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]),
              help="The first day, best a Monday.  [default: 2026-03-02]")  # fmt: skip
@click.option("--workers", default=os.cpu_count() or 1, show_default="a core each",
              type=click.IntRange(1, 256), help="Processes at work.")  # fmt: skip
@click.option("--policy", default=CONFIG / "policy.toml", type=existing_file,
              help="The policy in force.  [default: that of config/]")  # fmt: skip
@click.option("--messages", default=CONFIG / "messages.en.toml", type=existing_file,
              help="Its texts.  [default: those of config/]")  # fmt: skip
def classroom(
    folder: Path,
    learners: int,
    days: int,
    events: int,
    seed: str,
    partitions: int,
    start: datetime | None,
    workers: int,
    policy: Path,
    messages: Path,
) -> None:
    """Write an archive of a simulated class, as its events would stand in Kafka.

    With late ones, some that come twice, a learner who is erased, and a record that is no event.
    The same options give the same bytes. Needs no Kafka.

    \b
    Example:
      orchestrator archive classroom --to march --learners 5000 --days 30 --events 5000000
    """
    from orchestrator.embedded.classroom.month import START, Month  # noqa: PLC0415 - an extra
    from orchestrator.operations.archive_classroom import write_month  # noqa: PLC0415

    first = START if start is None else START.replace(start.year, start.month, start.day)
    month = Month(learners, days, events, seed, partitions, first)
    write_month(folder, month, policy, messages, workers)
    click.echo("\n".join(as_table(ArchiveSource(folder))))


@click.command("export")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path),
              help="A new folder; nothing is written over.")  # fmt: skip
@click.option("--jsonl", type=click.Choice(["-"]),
              help="Instead of --to: lines of JSON, on standard output.")  # fmt: skip
@click.option("--from", "since", type=Moment(),
              help="Events of this time and later: 30d (ago), or RFC 3339.")  # fmt: skip
@click.option("--to-time", "until", type=Moment(), help="Events of before this time.")
@click.option("--all", "everything", is_flag=True, help="All that there is.")
@click.option("--tenant", "tenants", multiple=True, help="Only of this tenant; may be repeated.")
@click.option("--with-states", is_flag=True,
              help="With the learners' states of before; decides all until then.")  # fmt: skip
@click.option("--archive", "origin", type=click.Path(file_okay=False, path_type=Path),
              help="From this archive instead of Kafka.")  # fmt: skip
@click.pass_obj
def export(
    load_settings: LoadSettings,
    folder: Path | None,
    jsonl: str | None,
    since: When | None,
    until: When | None,
    everything: bool,
    tenants: tuple[str, ...],
    with_states: bool,
    origin: Path | None,
) -> None:
    """Copy events from Kafka into a folder, or to standard output.

    By the events' own times, with some of before and after (they may come late, see `backtest`).
    Of learners who are erased within it nothing of before goes along. An archive is learners' data:
    keep it as you keep the topic.

    \b
    Examples:
      orchestrator archive export --to march --from 2026-03-01 --to-time 2026-04-01
      orchestrator archive export --all --jsonl - | gzip > events.jsonl.gz
    """
    _check_export(folder, jsonl, since is not None or until is not None, everything, with_states)
    settings = load_settings()
    now = SystemClock(timedelta(seconds=settings.clock_offset)).now()
    source = KafkaSource(settings) if origin is None else ArchiveSource(origin)
    spans = wanted_spans(source, moment(since, now), moment(until, now))
    if folder is None:
        count = write_lines(source, spans, tenants)
        click.echo(f"{count:,} lines.", err=True)
        return
    write_archive(folder, source, spans, tenants, with_states=with_states)
    click.echo("\n".join(as_table(ArchiveSource(folder))))


@click.command("import")
@click.argument("given", metavar="FOLDER|FILE|-")
@to_option
@click.option("--partitions", default=12, show_default=True, type=click.IntRange(1, 10_000),
              help="Of the topic that it is to look like.")  # fmt: skip
@click.option("--max-bad", default=0, show_default=True, type=click.IntRange(0),
              help="So many lines may be bad, and are left out.")  # fmt: skip
@click.option("--default-tenant", help="Tenant of events that name none.")
def import_command(
    given: str, folder: Path, partitions: int, max_bad: int, default_tenant: str | None
) -> None:
    """Make an archive of lines of JSON: events, in the order in which they arrived.

    A line is an event as `archive export --jsonl` writes it, an event of any form that producers
    have, or the fields of a Redis entry. Of a FOLDER the files that end with .jsonl or .ndjson are
    read, by name. Every bad line is named with its reason.

    \b
    Examples:
      orchestrator archive import events.jsonl --to march
      zcat events.jsonl.gz | orchestrator archive import - --to march --max-bad 10
    """
    done = import_lines(
        given,
        folder,
        partitions=partitions,
        max_bad=max_bad,
        default_tenant=default_tenant,
        clock=SystemClock(),
    )
    click.echo("\n".join(as_table(ArchiveSource(folder))))
    for reason, count in done.bad.most_common():
        click.echo(f"left out: {count:,} bad line(s), {reason}", err=True)


@click.command("info")
@folder_argument
def info(folder: Path) -> None:
    """Say what is in an archive, and whether its files are those that were written; exit 1 if not.

    \b
    Example:
      orchestrator archive info march
    """
    source = ArchiveSource(folder)
    click.echo("\n".join(as_table(source)))
    if found := list(faults(source)):
        raise ArchiveUnusable("\n".join(found))
    click.echo("All files are as they were written.")


@click.command("forget")
@folder_argument
@click.option("--tenant", required=True, help="The learner's tenant.")
@click.option("--learner", required=True, help="The learner.")
def forget_command(folder: Path, tenant: str, learner: str) -> None:
    """Write an archive anew without a learner, and delete the files of before.

    Erasing a learner in the cluster does not reach archives: this does. Twice does no harm.

    \b
    Example:
      orchestrator archive forget march --tenant tenant-456 --learner learner-123
    """
    gone = forget(folder, tenant, learner)
    click.echo(
        f"{gone.records:,} records and {gone.states} states are gone,"
        f" in {gone.partitions} partition(s)."
    )


def commands(load_settings: LoadSettings) -> click.Group:
    """The group of commands."""
    return click.Group(
        "archive",
        help="Keep events of before in files, to try policies on.",
        commands=[export, import_command, info, forget_command, classroom],
        context_settings={"obj": load_settings},
    )


def _check_export(
    folder: Path | None, jsonl: str | None, times: bool, everything: bool, with_states: bool
) -> None:
    if (folder is None) == (jsonl is None):
        raise click.UsageError("Say where to: either --to FOLDER or --jsonl -.")
    if times == everything:
        raise click.UsageError("Say what: either --all, or --from and --to-time (or one of them).")
    if with_states and folder is None:
        raise click.UsageError("Lines have no states: --with-states goes with --to only.")
