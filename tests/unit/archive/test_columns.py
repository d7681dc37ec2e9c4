"""Columns read from Arrow's memory are those that Arrow itself gives."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.archive.columns import Keys, millis_of, numbers_of, values_of

BINARIES = st.lists(st.one_of(st.none(), st.binary(max_size=5)), max_size=20)


@given(BINARIES, st.data())
def test_values_are_arrows_own(values: list[bytes | None], data: st.DataObject) -> None:
    column = pa.array(values, pa.binary())
    first = data.draw(st.integers(0, len(values)))
    part = column.slice(first, data.draw(st.integers(0, len(values) - first)))
    assert values_of(part) == part.to_pylist()


@given(BINARIES, st.data())
def test_keys_are_arrows_own(values: list[bytes | None], data: st.DataObject) -> None:
    column = pa.array(values, pa.binary()).dictionary_encode()
    part = column.slice(data.draw(st.integers(0, len(values))))
    assert Keys().of(part) == part.to_pylist()


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32()], ids=str)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=20), st.data())
def test_numbers_are_arrows_own(kind: pa.DataType, values: list[int], data: st.DataObject) -> None:
    part = pa.array(values, kind).slice(data.draw(st.integers(0, len(values))))
    assert numbers_of(part) == part.to_pylist()


def test_times_are_whole_milliseconds() -> None:
    times = pa.array([0, 1_700_000_000_123], pa.timestamp("ms", "UTC"))
    assert millis_of(times) == [0, 1_700_000_000_123]
