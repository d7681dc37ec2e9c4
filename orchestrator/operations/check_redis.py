"""Whether Redis can be reached, keeps what it is given, and how its streams are read."""

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.exceptions import RedisError, ResponseError

from orchestrator.bridge.connection import UNREACHABLE, Client, connect
from orchestrator.bridge.redis_stream import GROUP
from orchestrator.bridge.refusals import refusal
from orchestrator.operations.findings import Finding, fault, ok, warning
from orchestrator.settings import Settings
from orchestrator.settings.combinations import redis_files

ANSWER_WITHIN_S = 15.0
MUCH = 10_000
"""Entries that wait in one stream, or are pending, from which on that is worth a word."""

OPTIONS = "Start Redis with --appendonly yes --maxmemory-policy noeviction."


async def redis_findings(settings: Settings) -> list[Finding]:
    """The server, then each stream; only the fault if it cannot be asked."""
    try:
        client = connect(settings.redis_url, redis_files(settings))
    except ValueError as error:
        return [fault("redis", str(error), "Mend REDIS_URL.")]
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            server = await _server(client)
            return [*server, *[await _stream(client, name) for name in settings.event_streams]]
    except TimeoutError:
        found = f"no answer within {ANSWER_WITHIN_S:g} s"
        return [fault("redis", found, "See whether Redis is busy, or the network blocked.")]
    except UNREACHABLE as error:
        why = refusal(error)
        if why is not None:
            return [fault("redis", *why)]
        found = str(error) or type(error).__name__
        return [fault("redis", found, "Start Redis, or set REDIS_URL to where it is.")]
    finally:
        await client.aclose()


async def _server(client: Client) -> list[Finding]:
    info = await _info(client)
    if info is None:
        return [warning("redis", "answers, but does not say how it is set", OPTIONS)]
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = info.get("valkey_version", info.get("redis_version", "of unknown version"))
    return [ok("redis", f"{name} {version} answers"), *durability(info)]


def durability(info: Mapping[str, Any]) -> list[Finding]:
    """What of INFO's answer lets entries vanish that were acknowledged to their producers."""
    found = []
    if not int(info.get("aof_enabled", 0)):
        found.append(
            warning("redis", "keeps no append-only file: a restart loses entries", OPTIONS)
        )
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction":
        found.append(
            warning("redis", f"drops what it holds when memory is short ({policy})", OPTIONS)
        )
    return found


async def _info(client: Client) -> Mapping[str, Any] | None:
    """INFO, of any node; None without the right to ask."""
    try:
        info = await client.info()
    except ResponseError:
        return None
    nodes = [each for each in info.values() if isinstance(each, dict) and "redis_version" in each]
    return nodes[0] if nodes else info


async def _stream(client: Client, stream: str) -> Finding:
    try:
        if not await client.exists(stream):
            return warning(stream, "is not there yet", "A worker makes it, or the first entry.")
        groups = await client.xinfo_groups(stream)
    except ResponseError as error:
        return _refused(stream, error)
    ours = (GROUP, GROUP.encode())
    group = next((each for each in groups if each["name"] in ours), None)
    return stream_finding(stream, await client.xlen(stream), group)


def _refused(stream: str, error: RedisError) -> Finding:
    if "WRONGTYPE" in str(error):
        return fault(
            stream,
            "holds something that is no stream",
            "Name another one in EVENT_STREAMS, or see who else uses this name.",
        )
    return fault(stream, str(error), "Allow the user of REDIS_URL to read this stream.")


def stream_finding(stream: str, length: int, group: Mapping[str, Any] | None) -> Finding:
    """How a stream of `length` entries is read; `group`: ours, as XINFO GROUPS has it."""
    if group is None:
        return warning(
            stream,
            f"{length:,} entries, and nobody has read any: no group {GROUP}",
            "A worker makes the group when it begins to read, from the first entry on.",
        )
    pending, lag = int(group["pending"]), group.get("lag")
    waiting = "an unknown number waits" if lag is None else f"{int(lag):,} wait"
    found = f"{waiting}, {pending:,} are being read"
    if max(pending, int(lag or 0)) >= MUCH:
        return warning(
            stream, found, "See /health of the workers: does one read it, and does Kafka take it?"
        )
    return ok(stream, found)
