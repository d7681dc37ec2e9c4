"""Some of the records of a chunk."""

from collections.abc import Collection

from orchestrator.archive.source import Chunk


def chunk_without(chunk: Chunk, gone: Collection[bool]) -> Chunk:
    """The chunk without the records for which `gone` is true."""
    if not any(gone):
        return chunk
    rows = [row for row, is_gone in enumerate(gone) if not is_gone]
    return Chunk(
        chunk.partition,
        [chunk.offsets[row] for row in rows],
        [chunk.keys[row] for row in rows],
        [chunk.values[row] for row in rows],
        [chunk.headers[row] for row in rows] if chunk.headers else (),
        [chunk.times[row] for row in rows] if chunk.times else (),
    )
