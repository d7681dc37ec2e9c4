"""The result as JSON."""

from orchestrator.comparison.summary import decode_comparison, encode_comparison
from tests.comparison_example import example_comparison


def test_it_is_read_as_it_was_written() -> None:
    written = encode_comparison(example_comparison())
    assert decode_comparison(written) == example_comparison()
    assert encode_comparison(decode_comparison(written)) == written
