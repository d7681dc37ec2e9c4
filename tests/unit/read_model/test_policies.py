"""What a worker makes of the policies in the topic."""

from orchestrator.core.policy_records import PolicyText, encode_policy_text
from orchestrator.read_model.policies import KnownPolicies
from orchestrator.stream.records import RawRecord
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML
from tests.unit.stream.samples import record


def record_of(messages: str) -> RawRecord:
    return record(0, encode_policy_text(PolicyText(POLICY_TOML, messages)))


def test_a_policy_from_before_a_rule_was_added_is_still_known() -> None:
    policies = KnownPolicies()
    rule = MESSAGES_TOML.rindex('["')
    policies.on_record(record_of(MESSAGES_TOML[:rule]))
    policies.on_record(record_of(MESSAGES_TOML))

    before, now = policies.known.values()

    assert now.messages.keys() - before.messages.keys() == {"break.session"}


def test_a_policy_with_a_rule_that_this_program_does_not_know_is_left() -> None:
    policies = KnownPolicies()
    policies.on_record(record_of(MESSAGES_TOML + '\n["level.magic"]\nreason = "Because."\n'))

    assert policies.known == {}
