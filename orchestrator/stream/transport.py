"""The transport that Faust finds under the URL scheme `kafkabatch://` (an entry point of ours)."""

from typing import ClassVar

from faust.transport.drivers import aiokafka as driver
from faust.types.transports import ConsumerT, ProducerT

from orchestrator.stream.consumer import BatchConsumer
from orchestrator.stream.producer import BatchProducer


class Transport(driver.Transport):
    """Kafka by aiokafka, in batches, with every promise of docs/adr/0002-own-transport.md."""

    Consumer: ClassVar[type[ConsumerT]] = BatchConsumer
    Producer: ClassVar[type[ProducerT]] = BatchProducer
