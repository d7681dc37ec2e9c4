"""The key of a learner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.ids import learner_key, parse_learner_key

ids = st.text(min_size=1, max_size=12)


@given(ids, ids)
def test_a_key_has_one_slash_and_leads_back(tenant: str, learner: str) -> None:
    key = learner_key(tenant, learner)

    assert key.isascii()
    assert key.count(b"/") == 1
    assert parse_learner_key(key) == (tenant, learner)


def test_nothing_is_safe_in_a_key() -> None:
    assert learner_key("a/b", "c d.é") == b"a%2Fb/c%20d.%C3%A9"


@pytest.mark.parametrize("key", [b"", b"a", b"a/b/c", b"\xff/a"])
def test_a_key_of_another_form_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match=r"unpack|decode"):
        parse_learner_key(key)
