"""What a person said should have been given, and how the policies meet it."""

import json

import pytest

from orchestrator.comparison.label_tally import LabelTally
from orchestrator.comparison.labels import Labels, read_labels
from orchestrator.comparison.summary import Labelled
from orchestrator.comparison.tally import Tally
from orchestrator.core.actions import ActionType
from orchestrator.core.events import Event
from orchestrator.errors import InvalidLabels
from tests.unit.comparison.samples import SOONER, Feed
from tests.unit.core.samples import after, coursework

BREAK, SEL = ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION
NAMES = "tenant_id", "learner_id", "event_id", "action_type", "wanted"


def line(event: Event, kind: ActionType, wanted: bool) -> str:
    return json.dumps(
        dict(zip(NAMES, (event.tenant_id, event.learner_id, event.id, kind, wanted), strict=True))
    )


def scored(labels: Labels, *events: Event) -> Labelled:
    tally = Tally(labels=LabelTally(dict(labels)))
    found = Feed(SOONER, tally=tally).sees(*events).comparison().labels
    assert found is not None
    return found


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidLabels) as caught:
        read_labels(text)
    return caught.value.faults


def test_each_side_is_held_against_the_same_labels() -> None:
    early, late, idle, neither = (
        coursework(minutes=minutes, at=after(hours=hour))
        for hour, minutes in enumerate((21, 30, 22, 3))
    )
    text = "\n".join(
        [line(early, BREAK, True), line(late, BREAK, True), line(idle, BREAK, False),
         line(neither, BREAK, True), line(neither, SEL, False)]
    )  # fmt: skip
    found = scored(read_labels(text), early, late, idle, neither)
    (base, other), (candidate, _) = found.base, found.candidate
    assert (found.labels, found.evaluated) == (5, 5)
    assert [base.true_positives, base.false_positives, base.false_negatives] == [1, 0, 2]
    assert (base.precision, base.recall, base.f1) == (1.0, 1 / 3, 0.5)
    assert [candidate.true_positives, candidate.false_positives] == [2, 1]
    assert (candidate.precision, candidate.recall) == (2 / 3, 2 / 3)
    assert (other.type, other.true_negatives, other.precision, other.recall) == (SEL, 1, None, None)


def test_a_label_of_an_event_that_did_not_come_counts_for_neither() -> None:
    there, elsewhere = coursework(minutes=30), coursework(minutes=30, at=after(60))
    text = f"{line(there, BREAK, True)}\n\n{line(elsewhere, BREAK, True)}\n"
    found = scored(read_labels(text), there, there)
    assert (found.labels, found.evaluated) == (2, 1)
    assert found.base[0].true_positives == 1


def test_the_same_id_of_another_learner_is_another_event() -> None:
    there = coursework(minutes=30)
    labels = read_labels(line(there, BREAK, True).replace('"ana"', '"ben"'))
    assert scored(labels, there).evaluated == 0


def test_csv_and_json_lines_say_the_same() -> None:
    event = coursework()
    text = f"\ufeff{','.join(NAMES)}\r\nschool,ana,{event.id},GAME_BREAK,true\r\n"
    assert read_labels(text) == read_labels(line(event, BREAK, True))
    columns = "wanted,note,event_id,action_type,learner_id,tenant_id\n"
    other = f'{columns}True,"well, yes",{event.id},GAME_BREAK,ana,school\n'
    assert read_labels(other) == read_labels(text)


def test_faults_are_told_by_line() -> None:
    event = coursework()
    good = line(event, BREAK, True)
    found = faults("\n".join([good, good.replace("true", "false"), "{", good.replace("ana", "")]))
    assert [fault.split(":")[0] for fault in found] == ["line 2", "line 3", "line 4"]
    assert faults("tenant_id,learner_id\n") == [
        "line 1: no column is called event_id, action_type, wanted"
    ]
    head = ",".join(NAMES)
    assert faults(f"{head}\nschool,ana,1,GAME_BRAKE,true\nschool,ana\n")[1].startswith("line 3: ")


def test_of_many_faults_the_first_are_told() -> None:
    found = faults("{\n" * 50)
    assert (len(found), found[-1]) == (21, "and 30 more")


def test_a_file_without_labels_has_none() -> None:
    assert read_labels(",".join(NAMES)) == {}
    assert Feed(SOONER).sees(coursework()).comparison().labels is None
