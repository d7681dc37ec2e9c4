"""`orchestrator policy`: look at policies, compare them, and bring one into force."""

import asyncio
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from aiokafka import TopicPartition

from orchestrator.core.counters import DecideCounters
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    PolicyActivated,
    PolicyText,
    decode_policy_text,
    encode_control,
    encode_policy_text,
)
from orchestrator.errors import OrchestratorError
from orchestrator.plan import kafka_settings, read_policy_text
from orchestrator.settings import Settings
from orchestrator.stream.producer import send_to
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.restore import restore
from orchestrator.topics import EVENTS, POLICIES, STATISTICS_CHANGELOG
from tables.statistics import DECIDE_ROW


async def known_policies(settings: Settings) -> dict[str, PolicyText]:
    """The texts in the topic of the policies, by version, the first first."""
    found: dict[str, PolicyText] = {}

    def collect(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            version = (record.key or b"").decode()
            found.setdefault(version, decode_policy_text(record.value or b""))

    await restore(kafka_settings(settings), [TopicPartition(POLICIES, 0)], collect)
    return found


async def in_force(settings: Settings) -> dict[int, str]:
    """The version in force by partition, as far as its owner has come."""
    found: dict[int, str] = {}

    def collect(_topic: str, partition: int, records: list[RawRecord]) -> None:
        for record in records:
            if record.key == DECIDE_ROW and record.value:
                found[partition] = msgspec.json.decode(record.value, type=DecideCounters).policy

    tps = [TopicPartition(STATISTICS_CHANGELOG, n) for n in range(settings.topic_partitions)]
    await restore(kafka_settings(settings), tps, collect)
    return found


async def activate(settings: Settings, text: PolicyText) -> dict[int, int]:
    """Bring a policy into force; the offset by partition from which it decides.

    Its text is written first, so that no worker meets a switch to what it cannot know.
    """
    version = text.load().version
    if version not in await known_policies(settings):
        record = Record(version.encode(), encode_policy_text(text))
        await send_to(kafka_settings(settings), POLICIES, {0: record})
    control = Record(CONTROL_KEY, encode_control(PolicyActivated(version)))
    partitions = range(settings.topic_partitions)
    return await send_to(kafka_settings(settings), EVENTS, dict.fromkeys(partitions, control))


def differences(old: PolicyText, new: PolicyText) -> list[str]:
    """What differs, a line a key: its path, the old value and the new one."""
    lines = []
    for name in ("policy", "messages"):
        before = dict(_flat(tomllib.loads(getattr(old, name))))
        after = dict(_flat(tomllib.loads(getattr(new, name))))
        prefix = "" if name == "policy" else "messages: "
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                said = f"{before.get(key, 'not there')} -> {after.get(key, 'not there')}"
                lines.append(f"{prefix}{key}: {said}")
    return lines


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def commands(load_settings: Any, messages_file: Path) -> click.Group:
    """The group of commands. `load_settings` gives the settings; `messages_file` is the default."""
    messages = click.option(
        "--messages",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        default=messages_file,
        help="The texts that go with it.  [default: those of config/]",
    )
    file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))

    @click.group()
    def policy() -> None:
        """Look at policies, compare them, and bring one into force."""

    @policy.command()
    @file
    @messages
    def check(file: Path, messages: Path) -> None:
        """Say whether a policy can be used; all its faults at once, exit 1 if it has any.

        \b
        Example:
          orchestrator policy check config/policy.toml
        """
        found = read_policy_text(file, messages).load()
        click.echo(f"{file} can be used. Its version is {found.version}.")

    @policy.command()
    @click.argument("old")
    @click.argument("new")
    @messages
    def diff(old: str, new: str, messages: Path) -> None:
        """Say what differs between two policies, each a file or a version of the cluster.

        \b
        Example:
          orchestrator policy diff aivo-d1b78f977551 candidate.toml
        """
        texts = [_text(load_settings, name, messages) for name in (old, new)]
        lines = differences(*texts)
        click.echo("\n".join(lines) if lines else "Nothing differs.")

    @policy.command(name="activate")
    @file
    @messages
    def activate_command(file: Path, messages: Path) -> None:
        """Bring a policy into force in the whole cluster, from one offset on in each partition.

        \b
        Example:
          orchestrator policy activate candidate.toml
        """
        text = read_policy_text(file, messages)
        version = text.load().version
        offsets = asyncio.run(activate(load_settings(), text))
        click.echo(f"{version} decides from these offsets of {EVENTS} on:")
        for partition, offset in sorted(offsets.items()):
            click.echo(f"  partition {partition}: {offset}")

    @policy.command(name="list")
    def list_command() -> None:
        """List the cluster's policies, and in how many partitions each is in force.

        \b
        Example:
          orchestrator policy list
        """
        settings = load_settings()
        texts = asyncio.run(known_policies(settings))
        forces = list(asyncio.run(in_force(settings)).values())
        for version in texts:
            click.echo(f"{version}  in force in {forces.count(version)} partition(s)")

    return policy


def _text(load_settings: Any, name: str, messages: Path) -> PolicyText:
    if Path(name).is_file():
        return read_policy_text(Path(name), messages)
    known = asyncio.run(known_policies(load_settings()))
    if name not in known:
        raise OrchestratorError(f"{name} is neither a file nor a version of the cluster.")
    return known[name]
