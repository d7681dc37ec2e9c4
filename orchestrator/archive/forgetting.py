"""An archive without one learner."""

from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from orchestrator.archive.manifest import (
    Manifest,
    PartitionFiles,
    StatesFile,
    read_manifest,
    write_manifest,
)
from orchestrator.archive.part_reader import read_states
from orchestrator.archive.partition_writer import write_states
from orchestrator.archive.rewriting import Drop, next_name, without
from orchestrator.core.ids import learner_key
from orchestrator.dialects.whose import whose


class Forgotten(NamedTuple):
    """How many records and states are gone, and in how many partitions."""

    records: int
    states: int
    partitions: int


def forget(folder: Path, tenant: str, learner: str) -> Forgotten:
    """Write anew the files that hold anything of a learner, and delete the old ones.

    Readers see all of it or nothing: the manifest is replaced when the new files are there. If that
    is interrupted, files may be left that no manifest names; the next call deletes them, too. Also
    what names the learner under another's key is gone. Raises ArchiveUnusable.
    """
    manifest = read_manifest(folder)
    key = learner_key(tenant, learner)
    drop = _names(key, tenant, learner)
    content, records, states, partitions = {}, 0, 0, 0
    for number, files in manifest.content.items():
        rest = without(folder, number, files.files, drop)
        kept = _without_state(folder, files.states, key)
        content[number] = replace(
            files, files=rest.files, states=kept, left_out=files.left_out + rest.dropped
        )
        records += rest.dropped
        states += kept is not files.states
        partitions += content[number] != files
    if partitions:
        write_manifest(folder, replace(manifest, content=content))
    for path in strays(folder, replace(manifest, content=content)):
        path.unlink()
    return Forgotten(records, states, partitions)


def strays(folder: Path, manifest: Manifest) -> list[Path]:
    """Files among those of the partitions that the manifest does not name."""
    named = {folder / name for files in manifest.content.values() for name in _names_of(files)}
    return sorted(path for path in folder.glob("partition-*/*") if path not in named)


def _names_of(files: PartitionFiles) -> list[str]:
    return [part.name for part in files.files] + ([files.states.name] if files.states else [])


def _names(key: bytes, tenant: str, learner: str) -> Drop:
    raw = learner.encode()

    def drop(found: bytes | None, value: bytes | None, _offset: int) -> bool:
        if found == key:
            return True
        if value is None or raw not in value:
            return False
        named = whose(value)
        return learner in named.learners and tenant in named.tenants

    return drop


def _without_state(folder: Path, states: StatesFile | None, key: bytes) -> StatesFile | None:
    if states is None:
        return None
    rows = read_states(folder, states)
    if rows.pop(key, None) is None:
        return states
    return write_states(folder, next_name(folder, states.name), rows)
