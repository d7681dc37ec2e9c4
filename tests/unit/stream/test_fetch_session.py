"""What a fetch names, given what the broker remembers of the connection's last."""

from types import SimpleNamespace
from typing import Any

from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v4, FetchRequest_v11

from orchestrator.stream.fetch_session import LARGEST_EPOCH, FetchSession, SessionFetch

ALL = {("a", 0): 5, ("a", 1): 6, ("b", 0): 7}


def sent(session: FetchSession, offsets: dict[tuple[str, int], int]) -> Any:
    """The request as it goes out; it wants these partitions from these offsets."""
    topics: dict[str, list[tuple[int, int, int]]] = {}
    for (topic, number), offset in offsets.items():
        topics.setdefault(topic, []).append((number, offset, 1_000))
    request = FetchRequest(100, 1, 2_000, 1, list(topics.items()))
    return SessionFetch(request, session).build(FetchRequest_v11)


def named(request: Any) -> dict[tuple[str, int], int]:
    return {(topic, each[0]): each[2] for topic, parts in request.topics for each in parts}


def forgotten(request: Any) -> set[tuple[str, int]]:
    return {(topic, number) for topic, each in request.forgotten_topics_data for number in each}


def answer(session_id: int = 77, error_code: int = 0) -> Any:
    return SimpleNamespace(session_id=session_id, error_code=error_code)


def begun() -> FetchSession:
    session = FetchSession()
    sent(session, ALL)
    session.answered(answer())
    return session


def test_the_first_request_names_all_and_asks_for_a_session() -> None:
    request = sent(FetchSession(), ALL)
    assert named(request) == ALL
    assert (request.session_id, request.session_epoch) == (0, 0)
    assert forgotten(request) == set()


def test_the_next_names_only_what_has_changed() -> None:
    session = begun()
    request = sent(session, {**ALL, ("a", 1): 9})
    assert named(request) == {("a", 1): 9}
    assert (request.session_id, request.session_epoch) == (77, 1)
    session.answered(answer())
    request = sent(session, {**ALL, ("a", 1): 9})
    assert named(request) == {}
    assert request.session_epoch == 2
    assert request.encode()


def test_what_is_not_wanted_any_more_is_forgotten_and_named_when_it_comes_back() -> None:
    session = begun()
    request = sent(session, {("a", 0): 5})
    assert named(request) == {}
    assert forgotten(request) == {("a", 1), ("b", 0)}
    session.answered(answer())
    request = sent(session, ALL)
    assert named(request) == {("a", 1): 6, ("b", 0): 7}
    assert forgotten(request) == set()


def test_an_offset_that_goes_back_is_named() -> None:
    assert named(sent(begun(), {**ALL, ("b", 0): 0})) == {("b", 0): 0}


def test_after_an_error_or_a_lost_answer_another_session_begins() -> None:
    for error_code in (70, 71, None):
        session = begun()
        sent(session, ALL)
        session.lost() if error_code is None else session.answered(answer(error_code=error_code))
        request = sent(session, ALL)
        assert named(request) == ALL
        assert (request.session_id, request.session_epoch) == (0, 0)


def test_a_broker_without_room_for_sessions_is_asked_for_all_each_time() -> None:
    session = FetchSession()
    for _ in range(2):
        request = sent(session, ALL)
        assert named(request) == ALL
        assert (request.session_id, request.session_epoch) == (0, 0)
        session.answered(answer(session_id=0))


def test_after_its_largest_the_epoch_goes_on_with_one() -> None:
    session = begun()
    session._epoch = LARGEST_EPOCH
    assert sent(session, ALL).session_epoch == LARGEST_EPOCH
    session.answered(answer())
    assert sent(session, ALL).session_epoch == 1


def test_a_broker_that_knows_no_sessions_is_asked_as_before() -> None:
    request = FetchRequest(100, 1, 2_000, 1, [("a", [(0, 5, 1_000)])])
    built = SessionFetch(request, begun()).build(FetchRequest_v4)
    assert built.topics == [("a", [(0, 5, 1_000)])]
