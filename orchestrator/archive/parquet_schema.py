"""The columns of an archive's files."""

import pyarrow as pa

RECORDS = pa.schema(
    [
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("at", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("key", pa.binary()),
        pa.field("value", pa.binary()),
    ]
)
"""A row a record of one partition, in the order of offsets; `at` is Kafka's time of it."""
