"""What each of these commands needs: the settings, an event loop, errors as sentences."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from aiokafka.errors import KafkaError

from orchestrator.errors import StreamError
from orchestrator.settings import Settings
from orchestrator.stream import client_parts

T = TypeVar("T")

LoadSettings = Callable[[], Settings]
"""Gives the settings. Raises InvalidSettings."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. Raises StreamError where Kafka fails."""
    client_parts.use_ours()
    # The client logs what it also raises; one sentence at the end says it better.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except KafkaError as error:
        raise StreamError(
            f"Kafka: {error}. Is KAFKA_BOOTSTRAP_SERVERS right? `orchestrator check` tells."
        ) from error
