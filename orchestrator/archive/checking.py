"""Whether an archive is what its manifest says."""

from collections.abc import Iterator

from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.forgetting import strays
from orchestrator.archive.manifest import PartFile, StatesFile
from orchestrator.archive.part_reader import open_part
from orchestrator.errors import ArchiveUnusable


def faults(source: ArchiveSource) -> Iterator[str]:
    """What is wrong, a sentence each: files that are gone or changed, and such as nobody names."""
    for files in source.manifest.content.values():
        parts: list[PartFile | StatesFile] = list(files.files)
        if files.states is not None:
            parts.append(files.states)
        for part in parts:
            try:
                open_part(source.folder, part).close()
            except ArchiveUnusable as error:
                yield str(error)
    for path in strays(source.folder, source.manifest):
        yield (
            f"{path} is left over from a rewriting that was interrupted, and may hold what was to"
            " be forgotten: repeat the `orchestrator archive forget`, or delete the file."
        )
