"""`orchestrator archive`: events of before in files, to try policies on."""

import os
from datetime import datetime
from pathlib import Path

import click

from orchestrator.archive.folder import ArchiveSource
from orchestrator.operations.archive_text import as_table
from orchestrator.operations.command import LoadSettings

CONFIG = Path(__file__).resolve().parents[2] / "config"

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)

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


@click.command("info")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def info(folder: Path) -> None:
    """Say what is in an archive, and whether its files are those that were written.

    \b
    Example:
      orchestrator archive info march
    """
    source = ArchiveSource(folder)
    click.echo("\n".join(as_table(source)))


def commands(load_settings: LoadSettings) -> click.Group:
    """The group of commands."""
    return click.Group(
        "archive",
        help="Keep events of before in files, to try policies on.",
        commands=[classroom, info],
        context_settings={"obj": load_settings},
    )
