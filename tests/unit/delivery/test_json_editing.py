"""Replacing keys and values in a JSON text: what is not replaced keeps every character."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.delivery.json_editing import edited

MARK = "[x]"
NUMBERS = ("0", "-0", "2.50", "107.148500", "1E+2", "1e400", "13912345678")
SPELLED = st.sampled_from(
    [*NUMBERS, "true", "false", "null", '""', '"a"', r'"\ud83d"', r'"\\\""', '"甲,:{}[]"', r'"\u7532"', '"13912345678"']
)
BLANKS = st.sampled_from(["", " ", "\n", "\t  "])


def listed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(BLANKS, st.lists(inner, max_size=3)).map(lambda two: f"[{two[0]}{f' ,{two[0]}'.join(two[1])}]")


def objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(st.sampled_from(["a", "b", "rows", "13912345678", ""]), inner), max_size=4)
    return st.tuples(BLANKS, pairs).map(
        lambda two: "{" + two[0] + f",{two[0]}".join(f'"{key}"{two[0]}:{value}' for key, value in two[1]) + "}"
    )


TEXTS = objects(st.recursive(SPELLED, lambda inner: listed(inner) | objects(inner), max_leaves=20))


def hidden(key: str | None, text: str) -> str:
    return text.replace("13912345678", "-")


def told(value: Any) -> Any:
    """What is left of a decoded text whose keys and values were replaced; pairs, because keys may appear twice."""
    if isinstance(value, tuple):
        return tuple((hidden(None, key), told(one)) for key, one in value)
    if isinstance(value, list):
        return [told(one) for one in value]
    return "-" if value == 13912345678 else hidden(None, value) if isinstance(value, str) else value


def pairs_of(text: str) -> Any:
    return json.loads(text, object_pairs_hook=tuple, parse_float=str)


@given(TEXTS)
def test_a_text_without_changes_is_the_same(text: str) -> None:
    assert edited(text, lambda key, value: value, (), MARK) == text
    assert edited(text, lambda key, value: value, {9}, MARK, rows="rows") == text


@given(TEXTS)
def test_every_key_and_value_is_changed_and_nothing_else(text: str) -> None:
    changed = edited(text, hidden, (), MARK)
    assert pairs_of(changed) == told(pairs_of(text))
    assert ("13912345678" in text) == (changed != text)
    assert changed.count("2.50") == text.count("2.50")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ('{"a": 1, "b": {"c": [2]}}', '{"a": "[x]", "b": "[x]"}'),
        ('{"a": 1, "a": 2}', '{"a": "[x]"}'),
        ('{ "甲": 1, "\\ud83d": 2 } ', '{"甲": "[x]", "\\ud83d": "[x]"} '),
        ('{"13912345678": 1, "13912345678b": 2}', '{"-": "[x]", "-b": "[x]"}'),
    ],
)
def test_a_row_is_replaced_by_one_of_marks_with_its_keys(text: str, new: str) -> None:
    assert edited(text, hidden, {1}, MARK) == new


def test_rows_are_what_stands_in_the_list_of_their_key_and_nowhere_else() -> None:
    text = (
        '{"more": [{"a": 1}], "in": {"rows": [{"a": 1}]}, "r\\u006fws": [{"a": 1}, {"a": [{"b": 2.0}]}], "n": {"a": 1}}'
    )
    assert edited(text, hidden, {1}, MARK, rows="rows") == text.replace('[{"a": 1}, {"a": [', '[{"a": "[x]"}, {"a": [')
    asked = set[tuple[str | None, str]]()

    def change(key: str | None, value: str) -> str:
        asked.add((key, value))
        return value

    edited(text.replace("2.0", "null"), change, (), MARK, rows="rows")
    assert {one for one in asked if one[1] == "1"} == {(None, "1"), ("a", "1")}


def test_keys_that_were_different_stay_different_and_a_doubled_one_stays_doubled() -> None:
    text = '{"x": 1, "y": 2, "[x]": 3, "x": 4}'
    assert edited(text, lambda key, value: MARK if value in "xy" else value, (), MARK) == (
        '{"[x]": 1, "[x] 2": 2, "[x] 3": 3, "[x]": 4}'
    )


def test_half_of_a_character_is_asked_for_as_it_is_read_and_written_as_an_escape() -> None:
    asked = []

    def change(key: str | None, value: str) -> str:
        asked.append(value)
        return value.replace("1", "") if "2" in value else value

    assert edited(r'{"a": "1\ud83d", "b": "21\ud83d"}', change, (), MARK) == r'{"a": "1\ud83d", "b": "2?"}'
    assert asked == ["a", "1?", "b", "21?"]


def test_a_whole_number_is_asked_for_without_its_fraction_of_zeros() -> None:
    """As reading has it, which compares numbers so."""
    text = '{"a": 13912345678.00, "b": 13912345678.5, "c": 13912345678}'
    assert edited(text, lambda key, value: MARK if value == "13912345678" else value, (), MARK) == (
        '{"a": "[x]", "b": 13912345678.5, "c": "[x]"}'
    )


def test_deep_nesting_is_no_recursion() -> None:
    text = '{"a": ' + "[" * 5000 + "1" + "]" * 5000 + "}"
    assert edited(text, hidden, (), MARK) == text
