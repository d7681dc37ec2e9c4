"""What the Kafka client of this process is made of: our parts in place of some of its own."""

import aiokafka.conn
import aiokafka.consumer.consumer
import aiokafka.producer.sender

from orchestrator.stream.connection import Connection
from orchestrator.stream.lean_fetcher import LeanFetcher

BETWEEN_TRANSACTIONS_S = 0.002
"""After a commit Kafka writes its markers, and takes no next transaction of the producer until they
stand. The client asks again after 20 ms, where they take two or three."""


def use_ours() -> None:
    """Have all Kafka clients of this process connect, fetch and begin transactions so."""
    aiokafka.conn.AIOKafkaConnection = Connection
    aiokafka.consumer.consumer.Fetcher = LeanFetcher
    aiokafka.producer.sender.BACKOFF_OVERRIDE = BETWEEN_TRANSACTIONS_S
