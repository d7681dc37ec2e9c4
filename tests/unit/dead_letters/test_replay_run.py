"""How a replay is cut into parts that fit into memory."""

from aiokafka import TopicPartition

from orchestrator.dead_letters.letters import Letter
from orchestrator.dead_letters.replay_run import CHUNK_BYTES, CHUNK_LETTERS, chunks
from orchestrator.stream.topic_reader import Span, spans_around
from tests.unit.dead_letters.samples import letter_of, refused


def letters(*sizes: int) -> list[Letter]:
    empty = letter_of(refused())
    return [empty._replace(size=size, offset=n) for n, size in enumerate(sizes)]


def test_what_fits_stays_together_in_its_order() -> None:
    all_of_them = letters(1, 2, 3)
    assert list(chunks(all_of_them)) == [all_of_them]
    assert list(chunks([])) == []


def test_a_chunk_ends_before_the_letter_that_would_not_fit() -> None:
    half = CHUNK_BYTES // 2
    sizes = [[letter.size for letter in chunk] for chunk in chunks(letters(half, half, 1, half))]
    assert sizes == [[half, half], [1, half]]


def test_a_letter_larger_than_a_chunk_has_one_of_its_own() -> None:
    assert [len(chunk) for chunk in chunks(letters(1, CHUNK_BYTES + 1, 1))] == [1, 1, 1]


def test_many_small_ones_are_cut_by_number() -> None:
    lengths = [len(chunk) for chunk in chunks(letters(*[0] * (2 * CHUNK_LETTERS + 1)))]
    assert lengths == [CHUNK_LETTERS, CHUNK_LETTERS, 1]


def test_the_spans_to_read_hold_all_places_and_no_partition_more() -> None:
    spans = spans_around("topic", [(0, 7), (3, 5), (0, 2)])
    assert spans == {TopicPartition("topic", 0): Span(2, 8), TopicPartition("topic", 3): Span(5, 6)}
