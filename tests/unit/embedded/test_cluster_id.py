"""A new cluster's name is one that Kafka takes, whatever chance says."""

import re

from orchestrator.embedded.kafka import new_cluster_id


def test_no_cluster_id_could_be_read_as_an_option() -> None:
    ids = {new_cluster_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch("k[A-Za-z0-9_-]{21}", cluster_id) for cluster_id in ids)
