"""Base is held against itself, and what is not deterministic is found and named."""

from dataclasses import dataclass
from re import search

import pytest
from msgspec.structs import replace

from orchestrator.archive.source import Span
from orchestrator.backtest.gate import pass_gate
from orchestrator.core.actions import ActionType
from orchestrator.core.case import Case, Rule, Verdict
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import LearnerProgress
from orchestrator.core.policy import Policy, Words
from orchestrator.errors import NotDeterministic
from tests.unit.backtest.sources import BASE, Days, order, unheard


@dataclass
class Planted:
    """The policy of the repository with one more rule, which is given a learner's progress."""

    kind: str

    def load_earlier(self) -> Policy:
        policy = BASE.load()
        rule = Rule("path.planted", ActionType.LEARNING_PATH_UPDATE, (LearnerProgress,), self.check)
        return replace(
            policy,
            rules={
                kind: (*rules, rule) if kind is LearnerProgress else rules
                for kind, rules in policy.rules.items()
            },
            messages={**policy.messages, rule.id: Words("It is time.")},
            seen_through=frozenset(),
        )

    def check(self, case: Case) -> Verdict:
        if self.kind == "order of a set":
            first = next(iter({case.event.id, case.event.id + "'"}))
            return Verdict(first == case.event.id, 1, 1, parameters={})
        return Verdict(bool(case.event.id), 1, 1, parameters={})


def test_a_policy_that_is_deterministic_passes_in_all_partitions() -> None:
    heard: list[int] = []
    gate = pass_gate(Days(), order(Days(), base=Planted("sound")), 2, heard.append)

    assert (gate.identical, gate.partitions, gate.partitions_of) == (True, 3, 3)
    assert sum(heard) == 2 * order(Days()).records


def test_a_rule_that_depends_on_the_order_of_a_set_is_found_with_its_event() -> None:
    source = Days()
    with pytest.raises(NotDeterministic) as caught:
        pass_gate(source, order(source, base=Planted("order of a set")), 2, unheard)

    found = search(r"in partition (\d+) .* at offset (\d+), event ([^.]+)\. ", str(caught.value))
    assert found is not None, caught.value
    partition, offset = int(found[1]), int(found[2])
    chunk = next(source.chunks(partition, Span(offset, offset + 1)))
    event = decode_event(chunk.values[0] or b"")
    assert event.id == found[3]
    assert isinstance(event, LearnerProgress)


def test_a_sample_says_that_it_is_one() -> None:
    source = Days(400)
    gate = pass_gate(source, order(source), 1, unheard, sample=True)

    assert (gate.partitions, gate.partitions_of) == (1, 3)
    assert "1 of 3 partitions" in gate.text
