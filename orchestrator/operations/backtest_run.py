"""What `orchestrator backtest` does, once its options are read."""

import time
from datetime import date, datetime, timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.kafka_source import KafkaSource
from orchestrator.archive.source import DatedSource
from orchestrator.backtest import plan as plans
from orchestrator.backtest.gate import ONE_IN, pass_gate
from orchestrator.backtest.in_force import policy_in_force
from orchestrator.backtest.plan import Plan, Range
from orchestrator.backtest.processes import Reached
from orchestrator.backtest.runner import compare
from orchestrator.comparison.budgets import read_budgets
from orchestrator.comparison.ignores import read_ignores
from orchestrator.comparison.labels import Labels, read_labels
from orchestrator.comparison.summarising import Reading, summarise
from orchestrator.comparison.summary import Comparison, encode_comparison
from orchestrator.core.policy_records import PolicyText
from orchestrator.errors import OrchestratorError
from orchestrator.operations.command import LoadSettings
from orchestrator.operations.progress import Progress
from orchestrator.plan import read_policy_text


class Wanted(Struct, frozen=True, kw_only=True):
    """The options. `typed`: those of them, as they were typed, that say what is read."""

    candidate: Path
    rules: Path | None
    messages: Path
    archive: Path | None
    since: datetime | None
    until: datetime | None
    warm_up: timedelta
    tenants: tuple[str, ...]
    json_file: Path | None
    html_file: Path | None
    labels: Path | None
    budgets: tuple[str, ...]
    ignores: Path | None
    sample: bool
    workers: int
    resume: Path | None
    typed: list[str]
    today: date

    @property
    def asked(self) -> list[str]:
        """All that the result depends on, as far as the command says it."""
        files = (self.candidate, self.rules, self.messages, self.labels)
        digests = ["" if path is None else sha256(path.read_bytes()).hexdigest() for path in files]
        return [version("aivo-orchestrator"), *self.typed, *digests]


def run_backtest(wanted: Wanted, load_settings: LoadSettings) -> Comparison:
    """The result, written to the files that it was asked for in.

    Raises NotDeterministic where the gate is not passed, and OrchestratorError.
    """
    budgets = read_budgets(wanted.budgets)
    ignores = () if wanted.ignores is None else read_ignores(_text(wanted.ignores), wanted.today)
    labels: Labels = {} if wanted.labels is None else read_labels(_text(wanted.labels))
    candidate = read_policy_text(wanted.candidate, wanted.messages)
    candidate.load()
    source = _source(wanted, load_settings)
    plan = _plan(wanted, source, candidate, load_settings)
    plan = _passed(wanted, source, plan)
    order = plan.order(labels)
    reached = _progress("compared", order.records)
    tally, coverage = compare(source, order, wanted.workers, reached, folder=wanted.resume)
    reading = Reading(hash_key=plan.hash_key, ignores=ignores, budgets=budgets)
    comparison = summarise(tally, coverage, plan.header(), reading)
    _write(wanted, comparison)
    if wanted.resume is not None:
        plans.forget(wanted.resume)
    return comparison


def _source(wanted: Wanted, load_settings: LoadSettings) -> DatedSource:
    if wanted.archive is not None:
        return ArchiveSource(wanted.archive)
    return KafkaSource(load_settings())


def _plan(
    wanted: Wanted, source: DatedSource, candidate: PolicyText, load_settings: LoadSettings
) -> Plan:
    """The plan of the folder, if the command goes on; else a new one."""
    folder = wanted.resume
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = plans.kept(folder, wanted.asked)
        if kept is not None:
            click.echo(f"going on from {folder} …", err=True)
            return kept
    within = Range(wanted.since, wanted.until, wanted.warm_up)
    base = _base(wanted, source, load_settings)
    code = version("aivo-orchestrator")
    plan = plans.make_plan(source, base, candidate, wanted.asked, within, wanted.tenants, code)
    if not plan.spans:
        raise OrchestratorError(f"{source.name} has no events of that time.")
    if folder is not None:
        plans.keep(plan, folder)
    return plan


def _base(wanted: Wanted, source: DatedSource, load_settings: LoadSettings) -> PolicyText:
    """The policy that is named, else the one in force in the source, else that of the settings."""
    if wanted.rules is not None:
        return read_policy_text(wanted.rules, wanted.messages)
    until = Range(None, wanted.until, timedelta())
    found = policy_in_force(source, plans.spans_of(source, until))
    if found is not None:
        return found
    settings = load_settings()
    return read_policy_text(Path(settings.policy_file), Path(settings.messages_file))


def _passed(wanted: Wanted, source: DatedSource, plan: Plan) -> Plan:
    """The plan with the gate passed; one that goes on has passed it already, perhaps."""
    if plan.gate is not None:
        return plan
    order = plan.order({})
    spans = [order.spans[number] for number in sorted(order.spans)]
    total = 2 * sum(span.end - span.begin for span in spans[:: ONE_IN if wanted.sample else 1])
    reached = _progress("base against itself", total)
    plan = replace(
        plan, gate=pass_gate(source, order, wanted.workers, reached, sample=wanted.sample)
    )
    if wanted.resume is not None:
        plans.keep(plan, wanted.resume)
    return plan


def _progress(what: str, total: int) -> Reached:
    progress = Progress(lambda line: click.echo(line, err=True), time.monotonic, rate=True)
    done = 0

    def reached(more: int) -> None:
        nonlocal done
        done += more
        progress.reached(what, done, total)

    return reached


def _write(wanted: Wanted, comparison: Comparison) -> None:
    if wanted.json_file is not None:
        wanted.json_file.write_bytes(encode_comparison(comparison))
    if wanted.html_file is not None:
        from orchestrator.backtest.report.document import html  # noqa: PLC0415 - if it is wanted

        wanted.html_file.write_text(html(comparison), encoding="utf-8")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except ValueError as error:
        raise OrchestratorError(f"{path} is not text in UTF-8: {error}") from error
