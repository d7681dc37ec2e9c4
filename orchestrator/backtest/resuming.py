"""How far a comparison has come, in a folder, so that one that was killed goes on from there.

A file a partition, written to another name first: whenever the process dies, the file is whole.
What was counted after it is counted again, and nothing twice.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.pair import Learner, Pair
from orchestrator.comparison.tally import Tally, decode_tally, encode_tally
from orchestrator.core.state import LearnerState
from orchestrator.errors import CannotResume


class SavedLearner(Struct, frozen=True, array_like=True):
    """A learner of a pair. `candidate` is None where `is_one`: both sides have the same state."""

    key: bytes
    tenant_id: str
    learner_id: str
    base: LearnerState | None
    candidate: LearnerState | None
    is_one: bool
    day: int
    earlier: int


class Checkpoint(Struct, frozen=True):
    """A partition up to and with `offset`. `tally`: encoded. Once it is done no learner is kept."""

    offset: int
    is_done: bool
    coverage: Coverage
    tally: bytes
    learners: list[SavedLearner]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Checkpoint)


def checkpoint_of(pair: Pair, *, is_done: bool) -> Checkpoint:
    """Where a pair is."""
    return Checkpoint(
        pair.offset,
        is_done,
        pair.coverage,
        encode_tally(pair.tally),
        [] if is_done else [_saved(key, learner) for key, learner in pair.learners.items()],
    )


def tally_of(checkpoint: Checkpoint) -> Tally:
    """What was counted up to there."""
    return decode_tally(checkpoint.tally)


def bring_back(pair: Pair, checkpoint: Checkpoint) -> None:
    """Put a pair, made of the checkpoint's tally and coverage, where it was."""
    pair.offset = checkpoint.offset
    for saved in checkpoint.learners:
        pair.learners[saved.key] = Learner(
            saved.tenant_id,
            saved.learner_id,
            saved.base,
            saved.base if saved.is_one else saved.candidate,
            saved.day,
            saved.earlier,
            pair.tally.learners.get(saved.key),
        )


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write it in place of the one before."""
    write_whole(path, _encoder.encode(checkpoint))


def read(path: Path) -> Checkpoint | None:
    """The checkpoint of a partition; None where there is none yet. Raises CannotResume."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return _decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise CannotResume(
            f"{path} cannot be read ({error}). Delete it, and its partition begins anew."
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; whoever looks sees the old one or the new one."""
    new = path.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _saved(key: bytes, learner: Learner) -> SavedLearner:
    is_one = learner.base is learner.candidate
    return SavedLearner(
        key,
        learner.tenant_id,
        learner.learner_id,
        learner.base,
        None if is_one else learner.candidate,
        is_one,
        learner.day,
        learner.earlier,
    )
