"""An archive as a source: Parquet files in a folder, read in whichever process asks."""

from collections.abc import Iterator
from pathlib import Path

from orchestrator.archive.columns import Keys
from orchestrator.archive.manifest import Manifest, read_manifest
from orchestrator.archive.part_reader import first_in_part, read_part, read_states
from orchestrator.archive.source import Chunk, Span
from orchestrator.core.times import moment

MICROS_A_MILLI = 1_000


class ArchiveSource:
    """Implements DatedSource. Each file is held against its SHA-256 when it is read."""

    def __init__(self, folder: Path) -> None:
        """Reads the manifest. Raises ArchiveUnusable."""
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def cluster_id(self) -> str:
        """Of the cluster that it is from."""
        return self.manifest.cluster_id

    @property
    def partitions(self) -> int:
        """How many the topic has."""
        return self.manifest.partitions

    def spans(self) -> dict[int, Span]:
        """What there is, by partition."""
        return {number: files.span for number, files in sorted(self.manifest.content.items())}

    def policies(self) -> dict[str, tuple[str, str]]:
        """The texts (policy, messages) by version, the first first."""
        return {text.version: (text.policy, text.messages) for text in self.manifest.policies}

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        """The records of a span, in order. Raises ArchiveUnusable where a file was changed."""
        keys = Keys()
        for part in self.manifest.content[partition].files:
            if part.begin < span.end and part.end > span.begin:
                yield from read_part(self.folder, partition, part, span, keys)

    def first_at(self, partition: int, millis: int) -> int:
        """The first offset whose record came at this time by Kafka or later; the end without."""
        files = self.manifest.content[partition]
        wanted = moment(millis * MICROS_A_MILLI)
        for part in files.files:
            if part.kafka_times.last >= wanted:
                found = first_in_part(self.folder, part, millis)
                if found is not None:
                    return found
        return files.end

    def states(self, partition: int) -> dict[bytes, bytes] | None:
        """The rows of the learners' states before the first offset, if the archive has them."""
        states = self.manifest.content[partition].states
        return None if states is None else read_states(self.folder, states)
