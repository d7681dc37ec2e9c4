"""Text for a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.operations.columns import columns, hex_dump, legible, printable, shortened


def test_columns_are_as_wide_as_their_longest_cell_and_the_last_ends_where_it_ends() -> None:
    assert list(columns([("a", "bb", "c"), ("aaa", "b", "")])) == ["a    bb  c", "aaa  b"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Anna Müller 你好", "Anna Müller 你好"),
        ("\x1b[2J\rgone", "\\x1b[2J\\rgone"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\udcff", "\\udcff"),
    ],
)
def test_what_would_drive_the_terminal_is_spelled_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_that_cannot_be_seen_is_left(text: str) -> None:
    assert printable(text).isprintable()


def test_a_long_text_ends_in_an_ellipsis_and_a_fitting_one_does_not() -> None:
    assert (shortened("abcd", 4), shortened("abcde", 4)) == ("abcd", "abc…")


def test_text_is_shown_as_text() -> None:
    assert list(legible('{\n\t"ä": 1\n}'.encode())) == ["{", '\t"ä": 1', "}"]


@pytest.mark.parametrize("raw", [b"\xff\xfe{}", b"\x1b[2J", b"a\x00b"])
def test_all_other_bytes_are_shown_in_hex(raw: bytes) -> None:
    assert list(legible(raw)) == list(hex_dump(raw))
    assert raw.hex(" ") in "".join(hex_dump(raw))


def test_a_hex_dump_has_sixteen_bytes_a_line_with_their_places() -> None:
    first, second = hex_dump(b"0123456789abcdef\x1b!")
    assert first.startswith("00000000  30 31 32")
    assert first.endswith("  0123456789abcdef")
    assert second.startswith("00000010  1b 21 ")
    assert second.endswith("  .!")


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_no_line_drives_the_terminal(raw: bytes) -> None:
    assert all(line.replace("\t", " ").isprintable() for line in legible(raw))
