"""The command line: what is typed becomes settings, and a room is asked to work."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click
from aiokafka.errors import KafkaConnectionError

from orchestrator.app import VERSION, run_worker
from orchestrator.clock import SystemClock
from orchestrator.errors import OrchestratorError
from orchestrator.observability.logs import configure_logging
from orchestrator.operations import archive, contract, dead_letters, policy, token
from orchestrator.operations.backtest import command as backtest_command
from orchestrator.operations.check import command as check_command
from orchestrator.operations.erase import command as erase_command
from orchestrator.operations.explain import command as explain_command
from orchestrator.operations.explore import command as explore_command
from orchestrator.operations.ledger import command as ledger_command
from orchestrator.operations.state import command as state_command
from orchestrator.plan import kafka_settings, topic_plans
from orchestrator.settings import Settings, load_settings
from orchestrator.stream import client_parts
from orchestrator.stream.admin import ensure_topics, missing_topics

T = TypeVar("T")

CONFIG = Path(__file__).resolve().parents[1] / "config"


class Commands(click.Group):
    """Says our own errors as sentences; any other is a defect, and shows its stack."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except OrchestratorError as error:
            raise click.ClickException(str(error)) from error
        except KafkaConnectionError as error:
            remedy = "Start it, or see KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_PROTOCOL."
            raise click.ClickException(f"Kafka does not answer: {error}. {remedy}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION)
def main() -> None:
    """Decides at once what a child's learning events call for, and sees to it that it happens.

    \b
    Example:
      orchestrator dev --classroom 30
    """


@main.command()
def worker() -> None:
    """Run one member of the cluster; its settings are environment variables (see the README).

    Waits for Kafka and Redis as long as they are not there. SIGTERM finishes what is under way.

    \b
    Example:
      KAFKA_BOOTSTRAP_SERVERS=kafka:9092 REDIS_URL=redis://redis:6379/0 orchestrator worker
    """
    settings = _settings()
    clock = SystemClock(timedelta(seconds=settings.clock_offset))
    configure_logging(settings.log_level, clock, settings.secrets())
    sys.exit(_run(run_worker(settings)))


@main.command()
@click.option("--classroom", default=0, show_default=True, type=click.IntRange(0, 100_000),
              help="How many simulated learners.")  # fmt: skip
@click.option("--data", type=click.Path(file_okay=False, path_type=Path),
              help="Folder to keep everything in; without it all is thrown away.")  # fmt: skip
@click.option("--port", default=8080, show_default=True, help="Port of the HTTP API.")
@click.option("--sandbox-port", default=8090, show_default=True, help="Port of the sandbox.")
@click.option("--kafka-port", default=19092, show_default=True, help="Port of Kafka.")
@click.option("--redis-port", default=16379, show_default=True, help="Port of Valkey.")
def dev(
    classroom: int,
    data: Path | None,
    port: int,
    sandbox_port: int,
    kafka_port: int,
    redis_port: int,
) -> None:
    """Run everything on this machine: Kafka, Valkey, a worker, sandbox downstreams.

    Needs nothing but Python; Kafka is fetched once (43 MB). Ctrl-C ends all of it.

    \b
    Example:
      orchestrator dev --classroom 30
      orchestrator dev --data ./data --port 8081
    """
    from orchestrator.embedded.development import Wanted, develop  # noqa: PLC0415 - an extra

    wanted = Wanted(
        classroom=classroom,
        data=None if data is None else data.resolve(),
        config=CONFIG,
        web_port=port,
        sandbox_port=sandbox_port,
        kafka_port=kafka_port,
        redis_port=redis_port,
    )
    sys.exit(_run(develop(wanted, click.echo)))


@main.group()
def topics() -> None:
    """Make the topics, or compare them with what the settings ask for."""


@topics.command()
def create() -> None:
    """Create the topics that are missing; those that are there are compared, never changed.

    \b
    Example:
      KAFKA_BOOTSTRAP_SERVERS=kafka:9092 TOPIC_REPLICATION_FACTOR=3 orchestrator topics create
    """
    settings = _settings()
    created = _run(ensure_topics(kafka_settings(settings), topic_plans(settings)))
    for name in created:
        click.echo(f"created {name}")
    click.echo(f"{len(created)} created, {len(topic_plans(settings)) - len(created)} were there.")


@topics.command()
def check() -> None:
    """Compare the topics with the settings; exit 1 where one is missing or differs.

    \b
    Example:
      KAFKA_BOOTSTRAP_SERVERS=kafka:9092 orchestrator topics check
    """
    settings = _settings()
    missing = _run(missing_topics(kafka_settings(settings), topic_plans(settings)))
    if missing:
        raise click.ClickException(
            "missing: " + ", ".join(missing) + ". Run `orchestrator topics create`."
        )
    click.echo(f"{len(topic_plans(settings))} topics are as they should be.")


def _settings() -> Settings:
    defaults = {
        "POLICY_FILE": str(CONFIG / "policy.toml"),
        "MESSAGES_FILE": str(CONFIG / "messages.en.toml"),
    }
    return load_settings({**defaults, **os.environ})


def _run(work: Coroutine[Any, Any, T]) -> T:
    client_parts.use_ours()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        sys.exit(130)


def _loop_factory() -> Any:
    """uvloop where there is a wheel of it."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return None
    return uvloop.new_event_loop


main.add_command(archive.commands(_settings))
main.add_command(policy.commands(_settings))
main.add_command(dead_letters.commands(_settings))
main.add_command(check_command(_settings))
main.add_command(erase_command(_settings))
main.add_command(ledger_command(_settings))
main.add_command(explain_command(_settings))
main.add_command(state_command(_settings))
main.add_command(backtest_command(_settings))
main.add_command(explore_command(_settings))
main.add_command(contract.commands())
main.add_command(token.commands)
