"""Invisible characters, blanks, and characters of GB 18030-2022: the same result for one text and for a Series."""

import re
import unicodedata

import polars as pl
import pytest

from pipelines.delivery import decoding
from pipelines.delivery.signs import (
    BLANK,
    NO_VALUE,
    UNSEEN,
    as_of_2022,
    in_one_line,
    is_blank,
    without_unseen,
    without_unseen_in,
)

EVERY = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
KEPT = "\t\n\r"


def test_every_sign_that_unicode_calls_unseen_is_part_of_no_value() -> None:
    unseen = [sign for sign in EVERY if unicodedata.category(sign) == "Cf" or (sign < " " and sign not in KEPT)]
    assert {without_unseen(f"甲{sign}乙") for sign in unseen} == {"甲乙"}
    # A Unicode version newer than Python's may have a few more.
    gone = {sign for sign in EVERY if without_unseen(f"甲{sign}") == "甲"}
    assert gone >= set(unseen)
    assert all(unicodedata.category(sign) in ("Cf", "Cc", "Cn", "Mn") for sign in gone)
    assert all(without_unseen(f"a{sign}b") == f"a{sign}b" for sign in (*KEPT, " ", "\u3000", "\u2028", "·", "\ufe0f"))


def test_one_text_and_a_series_are_cleaned_alike() -> None:
    texts = [f"甲{sign}1" for sign in EVERY]
    assert without_unseen_in(pl.Series(texts)).to_list() == [without_unseen(text) for text in texts]
    assert pl.Series(EVERY).str.contains(BLANK).to_list() == [is_blank(sign) for sign in EVERY]


def test_a_series_without_such_signs_is_left_as_it_is() -> None:
    values = pl.Series(["甲", None, "a\tb"])
    assert without_unseen_in(values) is values
    assert not values.str.contains(UNSEEN).any()


@pytest.mark.parametrize(
    "word", ["null", "Null", "NULL", "n/a", "None", "nan", "NIL", "Undefined", "\\N", "无", "—", "-", ""]
)
def test_a_word_for_no_value_in_any_case(word: str) -> None:
    assert word in NO_VALUE


@pytest.mark.parametrize(
    ("code", "sign"), [("A6D9", "︐"), ("A6F3", "︙"), ("FE59", "龴"), ("FEA0", "龻"), ("FE51", "𠂇"), ("A8BC", "ḿ")]
)
def test_a_code_that_python_takes_for_private_is_the_character_of_2022(code: str, sign: str) -> None:
    data = "甲".encode("gb18030") + bytes.fromhex(code)
    assert decoding.to_utf8(data, "gb18030").decode() == f"甲{sign}"


def test_what_2022_leaves_to_private_use_stays_so() -> None:
    private = bytes.fromhex("AAA1").decode("gb18030")
    assert re.fullmatch("[\ue000-\uf8ff]", private)
    assert as_of_2022(private.encode()).decode() == private


def test_private_characters_of_utf_8_are_nobodys_to_change() -> None:
    assert decoding.to_utf8("\ue78d".encode(), "utf-8").decode() == "\ue78d"


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x1b[2K", "\x7f", "\x85", "\u2028", "\u2029"])
def test_a_name_is_shown_in_one_line(end: str) -> None:
    assert in_one_line(f"甲{end}done in 0.1 s").isprintable()
