"""Which policy a source says is in force at the end of what is looked at."""

from collections.abc import Mapping

import msgspec

from orchestrator.archive.source import Source, Span
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    PolicyActivated,
    PolicyText,
    decode_control,
)
from orchestrator.errors import UnknownPolicy


def policy_in_force(source: Source, spans: Mapping[int, Span]) -> PolicyText | None:
    """The texts of the policy in force at the end of the spans; None: the source knows none.

    Control records stand in every partition, so the smallest one is read for them; and not even
    that where the source has known one policy only. Raises UnknownPolicy if its text is not there.
    """
    known = source.policies()
    if len(known) > 1 and spans:
        partition = min(spans, key=lambda number: (spans[number].end, number))
        begin = source.spans()[partition].begin
        version = _last(source, partition, Span(begin, spans[partition].end))
        if version is not None and version not in known:
            raise UnknownPolicy(version)
        if version is not None:
            return PolicyText(*known[version])
    first = next(iter(known.values()), None)
    return None if first is None else PolicyText(*first)


def _last(source: Source, partition: int, span: Span) -> str | None:
    """The version that was activated last; else the one that the partition began under."""
    began = activated = None
    for chunk in source.chunks(partition, span):
        if CONTROL_KEY not in chunk.keys:
            continue
        for key, value in zip(chunk.keys, chunk.values, strict=True):
            if key == CONTROL_KEY:
                control = _control(value or b"")
                if control is not None and control.began:
                    began = began or control.version
                elif control is not None:
                    activated = control.version
    return activated or began


def _control(raw: bytes) -> PolicyActivated | None:
    """An activation; of other control records, and of what is none, None."""
    try:
        control = decode_control(raw)
    except msgspec.DecodeError:
        return None
    return control if isinstance(control, PolicyActivated) else None
