"""The columns of an archive's files."""

import pyarrow as pa

RECORDS = pa.schema(
    [
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("at", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("key", pa.binary()),
        pa.field("value", pa.binary()),
        pa.field("headers", pa.binary()),
    ]
)
"""A row a record of one partition, in the order of offsets; `at` is Kafka's time of it.

`headers` is a msgpack array of (name, value) pairs, and null where there are none.
"""

STATES = pa.schema(
    [
        pa.field("key", pa.binary(), nullable=False),
        pa.field("value", pa.binary(), nullable=False),
    ]
)
"""A row a row of the learners' states before the partition's first offset, as in its changelog."""
