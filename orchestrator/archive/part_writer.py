"""One Parquet file of an archive: under another name until it is whole, and hashed."""

import os
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

PART = ".part"
ROWS_A_GROUP = 32_768
"""Rows that are read and unpacked together: some 10 MB."""

LEVEL = 3
"""Of zstd: a seventh of the bytes, at the speed at which events come out of Kafka."""


class Written(NamedTuple):
    """What was written, `size` in bytes."""

    sha256: str
    size: int


class PartWriter:
    """Writes tables of one schema into a file that only its owner may read."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._path = path
        self._partial = path.with_name(path.name + PART)
        handle = os.open(self._partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._parquet = pq.ParquetWriter(
            self._file,
            schema,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=["key"],
            write_statistics=["offset", "at"],
        )

    def write(self, table: pa.Table) -> None:
        """Append the rows, as a group of their own."""
        self._parquet.write_table(table, row_group_size=ROWS_A_GROUP)

    def close(self) -> Written:
        """Give the file its name, with all of it on the disk."""
        self._parquet.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.seek(0)
        size = os.fstat(self._file.fileno()).st_size
        written = Written(file_digest(self._file, "sha256").hexdigest(), size)
        self._file.close()
        self._partial.rename(self._path)
        return written
