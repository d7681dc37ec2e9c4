"""What a control record makes of what decides."""

import msgspec
import pytest

from orchestrator.core.in_force import REMEMBERED, InForce, Tried, after
from orchestrator.core.policy_records import (
    CanaryEnded,
    CanaryStarted,
    Control,
    PolicyActivated,
    ShadowEnded,
    ShadowStarted,
    decode_control,
    encode_control,
)

START = CanaryStarted("t1", "new", 5)
END = CanaryEnded("t1", "it was enough")


def behind(*controls: Control) -> InForce:
    now = InForce("old")
    for control in controls:
        now = after(now, control)
    return now


@pytest.mark.parametrize(
    "control",
    [PolicyActivated("p1"), START, END, ShadowStarted("s1", "new"), ShadowEnded("s1", "seen")],
)
def test_each_control_record_is_read_as_it_was_written(control: Control) -> None:
    assert decode_control(encode_control(control)) == control


def test_an_activation_is_written_as_it_always_was() -> None:
    assert encode_control(PolicyActivated("p1")) == (
        b'{"type":"POLICY_ACTIVATED","version":"p1","began":false}'
    )


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"CANARY_DREAMT","trial":"t1"}',
        b'{"type":"CANARY_STARTED","trial":"of two words","version":"new"}',
        b'{"type":"CANARY_STARTED","trial":"t1","version":"new","percent":101}',
    ],
)
def test_what_is_no_control_record_is_not_taken_for_one(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_control(raw)


def test_a_canary_runs_from_its_start_to_its_end() -> None:
    assert behind(START).canary == START
    assert behind(START, END).canary is None
    assert behind(START, END).policy == "old"


def test_a_shadow_changes_nothing_of_what_decides() -> None:
    assert behind(ShadowStarted("s1", "new"), ShadowEnded("s1", "seen")) == InForce("old")


def test_a_second_end_changes_nothing() -> None:
    assert behind(START, END, CanaryEnded("t1", "said again")) == behind(START, END)


def test_the_end_of_another_canary_does_not_end_this_one() -> None:
    assert behind(START, CanaryEnded("t0", "long ago")).canary == START


def test_a_canary_that_has_ended_is_not_revived() -> None:
    assert behind(START, END, START).canary is None


def test_a_start_that_comes_behind_its_own_end_starts_nothing() -> None:
    assert behind(END, START).canary is None


def test_a_second_canary_ends_the_first_for_good() -> None:
    second = CanaryStarted("t2", "newer", 5)

    assert behind(START, second).canary == second
    assert behind(START, second, START).canary == second


def test_promoting_the_canary_ends_it() -> None:
    promoted = behind(START, PolicyActivated("new"))

    assert (promoted.policy, promoted.canary) == ("new", None)
    assert after(promoted, START).canary is None


def test_another_policy_comes_into_force_beside_the_canary() -> None:
    now = behind(START, PolicyActivated("other"))

    assert (now.policy, now.canary) == ("other", START)


def test_a_note_of_the_beginning_changes_nothing() -> None:
    assert behind(START, PolicyActivated("new", began=True)) == behind(START)


def test_the_policy_in_force_is_no_canary() -> None:
    assert behind(CanaryStarted("t1", "old")) == InForce("old")


def test_a_proposal_counts_only_where_its_version_was_never_tried() -> None:
    proposal = CanaryStarted("t2", "new", 5, proposed=True)

    assert behind(proposal).canary == proposal
    assert behind(START, proposal).canary == START
    assert behind(START, END, proposal).canary is None


def test_by_hand_a_version_can_be_tried_once_more() -> None:
    again = CanaryStarted("t2", "new", 5)

    assert behind(START, END, again).canary == again


def test_what_was_tried_is_remembered_up_to_a_number() -> None:
    now = behind(*(CanaryStarted(f"t{n}", f"v{n}") for n in range(REMEMBERED + 3)))

    assert now.tried == tuple(Tried(f"t{n}", f"v{n}") for n in range(3, REMEMBERED + 3))
