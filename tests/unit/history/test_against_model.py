"""The file against a plain list: filters, pages, order, counts, erasures, whatever came when."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from orchestrator.core.actions import ActionType, Outcome, Service
from orchestrator.core.decide import DecisionOutcome
from orchestrator.core.events import EventType
from orchestrator.history import reading
from orchestrator.history.entries import (
    ActionsErased,
    Decided,
    Ended,
    Entry,
    EventsErased,
    Tried,
)
from orchestrator.history.places import action_place, event_place
from orchestrator.history.rows import Query, Stage
from orchestrator.history.store import Store
from tests.unit.history.model import Model
from tests.unit.history.samples import DATA, NOON, TOPIC, asked, came

TENANTS = ("north", "south")
LEARNERS = ("ada", "bo", "cy")
# Times on both sides of minutes and hours, and on them.
SECONDS = (
    -7_200,
    -3_600,
    -61,
    -60,
    -59.5,
    -1,
    0,
    0.000001,
    30,
    59.999999,
    60,
    3_599,
    3_600,
    90_000,
)

tenants, learners = st.sampled_from(TENANTS), st.sampled_from(LEARNERS)
moments = st.sampled_from([NOON + timedelta(seconds=each) for each in SECONDS])
partitions = st.integers(0, 1)
numbers = st.integers(0, 60)

Make = Callable[[int], Entry]
"""An entry at this offset: offsets grow from one to the next."""


@st.composite
def new_events(draw: st.DrawFn) -> Make:
    kind = draw(st.sampled_from(list(DATA)))
    tenant, learner = draw(tenants), draw(learners)
    partition, at = draw(partitions), draw(moments)
    return lambda offset: came(
        offset, partition=partition, tenant=tenant, learner=learner, kind=kind, at=at
    )


@st.composite
def new_actions(draw: st.DrawFn) -> Make:
    kind = draw(st.sampled_from(ActionType))
    tenant, learner = draw(tenants), draw(learners)
    partition, at, again = draw(partitions), draw(moments), draw(st.none() | numbers)

    def make(offset: int) -> Entry:
        number = offset if again is None else again
        return asked(
            number,
            partition=partition,
            tenant=tenant,
            learner=learner,
            kind=kind,
            at=at,
            offset=offset,
        )

    return make


@st.composite
def news(draw: st.DrawFn) -> Make:
    number, partition = draw(numbers), draw(partitions)
    outcome = draw(st.sampled_from(DecisionOutcome))
    end, attempts = draw(st.sampled_from(Outcome)), draw(st.integers(1, 9))
    possible: list[Entry] = [
        Decided(event_place(partition, number), outcome, "p1", ("a1",)),
        Tried(f"a{number}", attempts, "503"),
        Ended(f"a{number}", end, attempts, 201, NOON, ""),
    ]
    entry = draw(st.sampled_from(possible))
    return lambda _offset: entry


@st.composite
def erasures(draw: st.DrawFn) -> Make:
    tenant, learner, partition = draw(tenants), draw(learners), draw(partitions)
    topic = draw(st.sampled_from([None, *TOPIC.values()]))

    def make(offset: int) -> Entry:
        if topic is None:
            return EventsErased(event_place(partition, offset), tenant, learner)
        return ActionsErased(action_place(topic, partition, offset), tenant, learner)

    return make


batches = st.lists(
    st.lists(new_events() | new_actions() | news() | erasures(), max_size=12), max_size=6
)

queries = st.builds(
    Query,
    tenant_id=st.none() | st.sampled_from([*TENANTS, "nobody"]),
    learner_id=st.none() | st.sampled_from([*LEARNERS, "nobody"]),
    id=st.none() | st.none() | st.none() | numbers.map(lambda n: f"e{n}"),
    status=st.none() | st.sampled_from(Stage),
    start=st.none() | moments,
    end=st.none() | moments,
    limit=st.integers(1, 10),
    offset=st.integers(0, 6),
)


@contextmanager
def filled(made: list[list[Make]]) -> Iterator[tuple[Store, Model]]:
    """A store and a model that were given the same, a batch at a time."""
    store, model, offset = Store(Path(":memory:"), "kafka"), Model(), 0
    try:
        for batch in made:
            entries = [make(offset + each) for each, make in enumerate(batch)]
            offset += len(batch)
            # As they are read: what the news are about comes before them.
            entries.sort(key=lambda entry: isinstance(entry, Decided | Tried | Ended))
            store.write(entries, {})
            for entry in entries:
                model.take(entry)
        yield store, model
    finally:
        store.close()


@given(batches, queries, st.none() | st.sampled_from([*DATA, "OTHER"]))
@settings(deadline=None, max_examples=80)
def test_events_are_those_of_a_plain_list(
    made: list[list[Make]], query: Query, kind: EventType | None
) -> None:
    query = replace(query, type=kind)
    with filled(made) as (store, model):
        rows, total = reading.events(store.db, query)
        expected = model.found_events(query)
        assert total == len(expected)
        page = list(islice(expected, query.offset, query.offset + query.limit))
        assert [row.id for row in rows] == [each.event.id for each in page]
        assert [row.status for row in rows] == [each.status for each in page]
        assert [row.outcome for row in rows] == [each.outcome for each in page]
        assert [(row.tenant_id, row.learner_id, row.type, row.timestamp) for row in rows] == [
            (e.event.tenant_id, e.event.learner_id, e.event.type, e.event.timestamp) for e in page
        ]


@given(
    batches,
    queries,
    st.none() | st.sampled_from(ActionType),
    st.none() | st.sampled_from(Service),
)
@settings(deadline=None, max_examples=80)
def test_actions_are_those_of_a_plain_list(
    made: list[list[Make]], query: Query, kind: ActionType | None, service: Service | None
) -> None:
    wanted = None if query.id is None else query.id.replace("e", "a")
    query = replace(query, type=kind, service=service, id=wanted)
    with filled(made) as (store, model):
        rows, total = reading.actions(store.db, query)
        expected = model.found_actions(query)
        assert total == len(expected)
        page = list(islice(expected, query.offset, query.offset + query.limit))
        assert [row.action for row in rows] == [each.action for each in page]
        assert [row.status for row in rows] == [each.status for each in page]
        assert [row.outcome for row in rows] == [each.outcome for each in page]
        assert [row.attempts for row in rows] == [each.attempts for each in page]


@given(batches, tenants)
@settings(deadline=None)
def test_a_tenants_figures_are_counted(made: list[list[Make]], tenant: str) -> None:
    with filled(made) as (store, model):
        found = reading.figures(store.db, tenant, active_since=0)
        events = [each for each in model.events if each.event.tenant_id == tenant]
        actions = [each for each in model.actions if each.action.tenant_id == tenant]
        people = {each.event.learner_id for each in events}
        people |= {each.action.learner_id for each in actions}
        assert found.total_learners == found.active_learners == len(people)
        assert found.events_in_flight == sum(each.outcome is None for each in events)
        assert sum(found.events.values()) == sum(each.outcome is not None for each in events)
        assert sum(found.actions.values()) == len(actions)
        assert found.ended.get("delivered", 0) == sum(
            each.outcome is Outcome.DELIVERED for each in actions
        )
