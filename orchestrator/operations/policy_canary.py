"""`orchestrator policy canary`: a policy decides for some learners first, and undoes itself."""

from collections.abc import Mapping
from pathlib import Path

import click

from orchestrator.clock import SystemClock
from orchestrator.core.guard_rails import GuardRails
from orchestrator.core.in_force import InForce
from orchestrator.core.policy_records import CanaryStarted, PolicyText
from orchestrator.core.trial_records import TrialKind, TrialRow, next_trial
from orchestrator.errors import OrchestratorError
from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.policies import activate, in_force, known_policies, known_trials
from orchestrator.operations.policy_files import MESSAGES
from orchestrator.plan import kafka_settings, read_policy_text
from orchestrator.read_model.trial_control import end_canary, publish_text, start_canary
from orchestrator.settings import Settings
from orchestrator.topics import EVENTS
from orchestrator.trial.canaries import read_guard_rails

file_type = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("canary")
@click.argument("file", type=file_type, required=False)
@click.option("--percent", type=float,
              help="Of the learners.  [default: 5, or 100 with --tenant]")  # fmt: skip
@click.option("--tenant", "tenants", multiple=True, help="Of these tenants alone; may be repeated.")
@click.option("--rails", type=file_type, help="TOML with numbers of the guard rails, see below.")
@click.option("--messages", type=file_type, default=MESSAGES,
              help="The texts that go with it.  [default: those of config/]")  # fmt: skip
@click.option("--stop", is_flag=True, help="End the canary that runs: the policy in force decides.")
@click.option("--reason", help="Why it is stopped.  [default: it was ended by hand]")
@click.option("--promote", is_flag=True, help="Bring its policy into force for all, and end it.")
@click.pass_obj
def canary_command(
    load_settings: LoadSettings,
    file: Path | None,
    percent: float | None,
    tenants: tuple[str, ...],
    rails: Path | None,
    messages: Path,
    stop: bool,
    reason: str | None,
    promote: bool,
) -> None:
    """Let a policy decide for some of the learners, step by step.

    With a FILE the canary starts, or grows if it has started: who is in it stays in it. It ends by
    itself where it breaks a guard rail. These are the numbers that --rails can change:

    \b
      breaks_up = 0.20           more breaks per learner-hour than so are too many
      interventions_down = 0.05  fewer SEL interventions than so are too few
      high_severity_lost = 0     so many that a high severity asks for may be missing
      least = 20                 actions of a kind below which a share says nothing yet
      window_s = 300             seconds after which it is looked again
      false_undo = 0.01          chance that one which is no worse is undone all the same

    \b
    Example:
      orchestrator policy canary candidate.toml --percent 5
      orchestrator policy canary candidate.toml --percent 25
      orchestrator policy canary --promote
    """
    if [file is not None, stop, promote].count(True) != 1:
        raise click.UsageError("Give one of FILE, --stop and --promote.")
    if percent is not None and not 0 < percent <= 100:  # so that NaN is none either
        raise click.UsageError(f"--percent {percent} is not above 0 and up to 100.")
    settings = load_settings()
    if stop:
        _stop(settings, reason or "it was ended by hand")
    elif promote:
        _promote(settings)
    else:
        assert file is not None
        share = percent if percent is not None else (100.0 if tenants else 5.0)
        text = read_policy_text(file, messages)
        _start(settings, text, share, tenants, read_guard_rails(rails))


def _start(
    settings: Settings,
    text: PolicyText,
    percent: float,
    tenants: tuple[str, ...],
    rails: GuardRails,
) -> None:
    version, kafka = text.load().version, kafka_settings(settings)
    forces, trials = run(in_force(settings)), run(known_trials(settings))
    if forces and all(each.policy == version for each in forces.values()):
        raise OrchestratorError(f"{version} is in force already: there is nothing to try.")
    trial = next_trial(TrialKind.CANARY, version, trials.rows)
    draw = _draw(forces, version)
    started = CanaryStarted(trial, version, percent, tenants, rails, draw=draw)
    run(publish_text(kafka, version, text, run(known_policies(settings))))
    now = SystemClock().now()
    offsets = run(start_canary(kafka, settings.topic_partitions, started, now, trials))
    of = f" of {', '.join(tenants)}" if tenants else ""
    click.echo(f"{trial}: {version} decides for {percent:g} % of the learners{of}, from here on:")
    _tell(offsets)


def _draw(forces: Mapping[int, InForce], version: str) -> str:
    """By which trial's name the learners of a running canary of this version were drawn."""
    running = (each.canary for each in forces.values())
    return next((c.draw or c.trial for c in running if c and c.version == version), "")


def _stop(settings: Settings, reason: str) -> None:
    row, kafka = _the_one(settings), kafka_settings(settings)
    offsets = run(end_canary(kafka, settings.topic_partitions, row, reason, SystemClock().now()))
    click.echo(f"{row.trial} has ended; the policy in force decides for all, from here on:")
    _tell(offsets)


def _promote(settings: Settings) -> None:
    row = _the_one(settings)
    text = run(known_policies(settings))[row.version]
    offsets = run(activate(settings, text))
    kafka, now = kafka_settings(settings), SystemClock().now()
    run(end_canary(kafka, settings.topic_partitions, row, "its policy came into force", now))
    click.echo(f"{row.trial} has ended; {row.version} decides for all, from here on:")
    _tell(offsets)


def _the_one(settings: Settings) -> TrialRow:
    running = run(known_trials(settings)).running(TrialKind.CANARY)
    if not running:
        raise OrchestratorError("No canary runs. `orchestrator policy list` tells of those before.")
    return running[-1]


def _tell(offsets: Mapping[int, int]) -> None:
    for partition, offset in sorted(offsets.items()):
        click.echo(f"  partition {partition} of {EVENTS}: {offset}")
