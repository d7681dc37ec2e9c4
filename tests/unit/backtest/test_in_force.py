"""Which policy is in force is said by the control records among the events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from orchestrator.archive.source import Chunk, Span
from orchestrator.backtest.in_force import policy_in_force
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    PolicyActivated,
    ShadowStarted,
    encode_control,
)
from orchestrator.errors import UnknownPolicy

BEGAN = encode_control(PolicyActivated("first", began=True))
SECOND = encode_control(PolicyActivated("second"))
SHADOW = encode_control(ShadowStarted("a-trial", "third"))
TEXTS = {name: (f"rules of {name}", "words") for name in ("first", "second", "third")}


@dataclass
class Controls:
    """A partition in which every other record is a control record; a larger one without any."""

    values: Sequence[bytes]
    texts: dict[str, tuple[str, str]]
    name: str = "controls"

    def spans(self) -> dict[int, Span]:
        return {0: Span(0, 100), 1: Span(0, 2 * len(self.values))}

    def policies(self) -> dict[str, tuple[str, str]]:
        return self.texts

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        assert partition == 1
        for offset in range(span.begin, span.end):
            is_control = offset % 2
            value = self.values[offset // 2] if is_control else SECOND
            yield Chunk(1, [offset], [CONTROL_KEY if is_control else b"a/b"], [value])


def in_force(values: Sequence[bytes], end: int | None = None) -> str | None:
    source = Controls(values, TEXTS)
    spans = {0: Span(0, 100), 1: Span(2, 2 * len(values) if end is None else end)}
    found = policy_in_force(source, spans)
    return None if found is None else found.policy


def test_the_last_that_was_activated_before_the_end_is() -> None:
    assert in_force([BEGAN, SECOND, SHADOW, b"{"]) == "rules of second"
    assert in_force([BEGAN, SECOND, SHADOW], end=3) == "rules of first"
    assert in_force([SECOND, BEGAN]) == "rules of second"


def test_without_any_activation_it_is_the_first_that_is_known() -> None:
    assert in_force([SHADOW]) == "rules of first"


def test_a_source_that_knows_one_policy_only_need_not_be_read() -> None:
    found = policy_in_force(Controls([], {"first": TEXTS["first"]}), {})
    assert found is not None
    assert found.policy == "rules of first"
    assert policy_in_force(Controls([], {}), {}) is None


def test_a_policy_whose_text_is_not_there_is_an_error() -> None:
    with pytest.raises(UnknownPolicy):
        in_force([encode_control(PolicyActivated("gone"))])
