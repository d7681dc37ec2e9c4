"""`orchestrator erase`: forget a learner, from a shell that reaches Kafka."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from orchestrator.clock import SystemClock
from orchestrator.core.events import LearnerErased
from orchestrator.operations.columns import columns, printable
from orchestrator.operations.command import LoadSettings, run
from orchestrator.operations.sending import sender
from orchestrator.plan import kafka_settings
from orchestrator.read_model.waiting import DecisionBoard
from orchestrator.settings import Settings
from orchestrator.stream.records import RawRecord
from orchestrator.stream.tail import Tail
from orchestrator.stream.topic_reader import partition_count
from orchestrator.topics import DECISIONS
from orchestrator.web.erasure_receipt import Receipt, Remainder
from orchestrator.web.erasure_view import erasure_of
from orchestrator.web.owner import Who
from orchestrator.web.ports import Decided
from orchestrator.web.queries import LONGEST_ID
from orchestrator.web.trigger_source import KafkaTrigger

UNDECIDED = 3


class Identifier(click.ParamType):
    """An id as it stands in events: 1 to 128 characters."""

    name = "id"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """What was typed. Raises click.BadParameter."""
        if not 1 <= len(str(value)) <= LONGEST_ID:
            self.fail(f"must have 1 to {LONGEST_ID} characters", param, ctx)
        return str(value)


@click.command("erase")
@click.option("--tenant", required=True, type=Identifier(), help="The learner's tenant.")
@click.option("--learner", required=True, type=Identifier(), help="The learner.")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@click.option("--within", default=30.0, show_default=True, type=click.FloatRange(0, 86_400),
              help="Seconds to wait for the decision.")  # fmt: skip
@click.option("--json", "json_wanted", is_flag=True, help="The receipt as JSON, as over HTTP.")
@click.pass_obj
def erase(
    load_settings: LoadSettings,
    tenant: str,
    learner: str,
    yes: bool,
    within: float,
    json_wanted: bool,
) -> None:
    """Forget a learner, and say what is gone and what stays where until when.

    Does what DELETE /learners/{learner_id} does: writes the erasure into Kafka, behind all that is
    there of the learner, and waits until a worker has decided it. It cannot be taken back. Twice
    does no harm. What comes of the learner afterwards is of a new learner.

    Exit codes: 0 erased; 1 not meant, or Kafka or a setting fails; 2 a wrong option; 3 it is in
    Kafka and will be decided as soon as a worker runs.

    \b
    Examples:
      orchestrator erase --tenant tenant-456 --learner learner-123
      orchestrator erase --tenant tenant-456 --learner learner-123 --yes --json > receipt.json
    """
    settings = load_settings()
    who = Who(tenant, learner)
    if not yes:
        click.confirm(printable(f"Erase {learner} of {tenant}, for good?"), abort=True, err=True)
    now = SystemClock(timedelta(seconds=settings.clock_offset)).now()
    event = erasure_of(who, now)
    decided = run(_decided(settings, event, within))
    receipt = Receipt.of(event, decided)
    click.echo(receipt.model_dump_json(indent=2) if json_wanted else "\n".join(as_text(receipt)))
    if decided is None:
        click.echo(f"Not decided within {within:g} s: does a worker run?", err=True)
        sys.exit(UNDECIDED)


def command(load_settings: LoadSettings) -> click.Command:
    """The command."""
    erase.context_settings = {"obj": load_settings}
    return erase


def as_text(receipt: Receipt) -> Iterator[str]:
    """The receipt in lines."""
    what = "Erased" if receipt.offset is not None else "To be erased"
    yield printable(f"{what}: {receipt.learner_id} of {receipt.tenant_id}, {_day(receipt.at)}.")
    for each in receipt.erased:
        yield f"  - {each}"
    yield "What stays:"
    yield from (f"  {line}" for line in columns([_row(each) for each in receipt.remains]))


def _row(remainder: Remainder) -> tuple[str, str, str]:
    until = "" if remainder.until is None else f"until {_day(remainder.until)}"
    return remainder.topic, until, remainder.what


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")


async def _decided(settings: Settings, event: LearnerErased, within: float) -> Decided | None:
    kafka = kafka_settings(settings)
    board = DecisionBoard()

    def tell(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            board.on_record(record)

    count = await partition_count(kafka, DECISIONS)
    tail = Tail(kafka, partitions=count, whole=[], news=[DECISIONS], on_records=tell)
    async with sender(kafka) as sending:
        await tail.start()
        try:
            return await KafkaTrigger(sending, board).submit(event, within)
        finally:
            await tail.stop()
