"""An event of the past explained: evidence, the policy's numbers, and the text for a teacher."""

import pytest

from orchestrator.core.rules.table import RULES
from orchestrator.core.why.evidence import evidence_words
from orchestrator.operations.explain_text import as_text
from orchestrator.retrace.explanation import explain, numbers_of
from orchestrator.web.owner import Who
from tests.unit.core.samples import POLICY_TOML, after, assessment, coursework, sel
from tests.unit.retrace.samples import life

ANA = Who("school", "ana")


def test_a_rule_s_numbers_are_those_of_the_file() -> None:
    numbers = numbers_of("break.session", POLICY_TOML)
    assert numbers["breaks.session.after_minutes"] == 25
    assert numbers["breaks.gap_minutes"] == 15
    assert not any(key.startswith("level") for key in numbers)


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_of_every_rule_there_are_numbers_in_the_policy(rule: str) -> None:
    assert rule == "sel.high_severity" or numbers_of(rule, POLICY_TOML)


def test_evidence_is_in_words_and_of_an_unknown_rule_in_figures() -> None:
    told = {"observed": 25.5, "threshold": 25.0}
    words = "25.5 minutes of learning without a pause; 25 are enough"
    assert evidence_words("break.session", told) == words
    assert evidence_words("x", told) == "25.5 was observed, and the threshold is 25"
    assert evidence_words("x", {"observed": None, "threshold": None}) == "nothing was observed"


def test_an_action_reads_as_a_teacher_would_want_it() -> None:
    found = life(coursework(0.81, answers=[True]), coursework(0.9, after(5), engagement=0.2))
    _, last = found.lived()
    text = list(as_text(explain(found, last), ANA, ends={}))
    assert text[0].startswith("COURSEWORK_ANALYZED of learner ana at tenant school, 2024-03-04")
    assert "    evidence       the performance was 0.9; 0.85 or more is ready for more" in text
    assert "    right answers in a row: 1" in text
    (ended, _) = [line for line in text if "how it ended" in line]
    assert ended.endswith("it waits, or its end is no longer known")
    silent = text[text.index("  Rules that stayed silent, and what would have been enough") :]
    assert any("an accuracy of 0.35 instead of 0.9" in line for line in silent)


def test_of_a_duplicate_it_says_that_no_rule_was_asked() -> None:
    one = sel("high")
    found = life(one, one)
    _, again = found.lived()
    text = list(as_text(explain(found, again), ANA, ends=None))
    assert text[-1] == "  It had been seen before, so it changed nothing and no rule was asked."


def test_an_event_that_called_for_nothing_says_what_was_missing() -> None:
    found = life(assessment(0.6))
    (one,) = found.lived()
    text = "\n".join(as_text(explain(found, one), ANA, ends=None))
    assert "It called for nothing." in text
    assert "nothing was known of them" in text
    assert "a score of 0.85 instead of 0.6" in text
