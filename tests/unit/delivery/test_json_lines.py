"""JSON read many lines at once compared with the reader of one object at a time: the same table, or none.

Belongs here: random documents in the style of several programs, with faults in some lines. Does not belong here: the
wording of reasons (`test_reading`, `tests/faults/poison`).
"""

import json
import random
from collections.abc import Callable, Iterator

import pytest

from pipelines.contracts.model import Feed
from pipelines.delivery import json_lines, json_reading
from pipelines.delivery.json_reading import read_json, read_ndjson
from pipelines.delivery.text_table import Held, TextTable

FILES, SEED = 1500, 16
KEYS = ["编号", "名称", "数量", "a", "a b", "x(y)", "件.数"]
WORDS = ["", "甲", "乙丙", " x ", ":null", "},{", "{", "[]", "null", "1", "é", "👨‍👩‍👧", "\u2028", "\ufeff", "/"]
MARKED = ['"', "\\", '"a":', "\n", "\t", "\x08", "\x0c", "\x01", "\\u0041", "\x7f"]
NUMBERS = [
    *["0", "-0", "7", "-3", "12345678901234567890123", "1" * 40, "1.5", "5.0", "5.10", "-0.0", "0.30000000000000004"],
    *["1e-2", "1E5", "1.50e+3", "107.123450", "true", "false"],
]
# Written instead of a value, and instead of a line.
ODD_VALUES = [
    *["007", "NaN", "-Infinity", "1.", ".5", "+1", '"\\ud800"', '"\t"', "[1, 2]", '{"x": 1}', '{"x":1.0}', "[]"],
    *['{"x":1,"x":2}', '"\\/"', '"\\u4e2d"', "1e999", "[" * 3000 + "]" * 3000, "nul", "", '"a', "1 "],
]
ODD_LINES = [
    *["", " ", "null", "[1]", "{}", '{"a":1}x', '{"a":1}{"a":2}', "{", "\ufeff{}", '{"_row_number":"1"}', "3"],
    *['{"b":"一","a":"二"}', '{"a":1,}', '{"a":"x\\"y"}', '{"新":"x"}'],
]


class Program:
    """A program that writes rows in its own style."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.keys = chance.sample(KEYS, chance.randint(1, 4))
        self.comma, self.colon = chance.choice([(",", ":"), (", ", ": "), (",", ":"), (" ,", ":")])
        self.is_omitting, self.is_ascii = chance.random() < 0.4, chance.random() < 0.1
        self.is_number = {key: chance.random() < 0.4 for key in self.keys}
        self.odd = chance.choice([0.0, 0.0, 0.01])
        self.is_marked = chance.random() < 0.5

    def line(self) -> str:
        chance = self.chance
        if chance.random() < self.odd:
            return chance.choice(ODD_LINES)
        pairs = [(key, self.value(key)) for key in self.keys]
        if self.is_omitting:
            pairs = [(key, value) for key, value in pairs if value != "null"]
        if chance.random() < self.odd:
            pairs.append((chance.choice(self.keys), self.value(self.keys[0])))
        if chance.random() < self.odd:
            chance.shuffle(pairs)
        return "{" + self.comma.join(f"{self.text(key)}{self.colon}{value}" for key, value in pairs) + "}"

    def value(self, key: str) -> str:
        if self.chance.random() < self.odd:
            return self.chance.choice(ODD_VALUES)
        if self.chance.random() < 0.2:
            return "null"
        if self.is_number[key] != (self.chance.random() < self.odd):
            return self.chance.choice(NUMBERS)
        words = WORDS + MARKED if self.is_marked and self.chance.random() < 0.3 else WORDS
        return self.text("".join(self.chance.choices(words, k=2)))

    def text(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self.is_ascii)


def any_ndjson(chance: random.Random) -> bytes:
    program = Program(chance)
    lines = [program.line() for _ in range(chance.randint(1, 12))]
    end = chance.choice(["\n", "\n", "\n", "\r\n", "\n\n"] if program.odd else ["\n"])
    return (end.join(lines) + chance.choice(["", end])).encode() + (b"\xff" if chance.random() < program.odd else b"")


def any_json(chance: random.Random) -> bytes:
    program = Program(chance)
    rows = [program.line() for _ in range(chance.randint(1, 12))]
    heads = [
        *['"size": 1,', f'"total":{len(rows)},', '"meta":{"rows":[]},', '"exported_at": "x",'],
        *['"total":99,', '"rows":[],', '"feed":"other",', '"success":false,', '"columns":[{"n":1}],'],
    ]
    tails = [
        *["", "", f',"total": {len(rows)}', ',"errors":[]', ',"rows":[]', ',"error":"x"', ',"c":[{"n":1}]', ',"m":1}'],
        ',"total":5.5',
    ]
    between = chance.choice([",", ",\n", ", ", ",\r\n", "\n,\n", ",\n  "])
    opening = chance.choice(['"rows":[', '"rows": [', '"rows" : [\n'])
    head = chance.choice(heads[:4]) if chance.random() < 0.8 else chance.choice(heads)
    closing = chance.choice(["]", "\n]", " ]"])
    named = '"feed":"volunteer.volunteer_team",' if chance.random() < 0.9 else ""
    whole = (
        "{" + named + chance.choice(["", head]) + opening + between.join(rows) + closing + chance.choice(tails) + "}"
    )
    return (whole + chance.choice(["", "\n"])).encode()


def said(read: Callable[[bytes, Feed], TextTable], data: bytes, feed: Feed) -> object:
    """The whole table, or why it is held."""
    try:
        table = read(data, feed)
    except Held as held:
        return str(held)
    return table.frame.columns, table.frame.dtypes, table.frame.rows(), table.row_count, table.notes, table.faults


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Chooses the way in which files of any size are read."""

    def choose(is_quick: bool) -> None:
        monkeypatch.setattr(json_reading, "_WORTH_COLUMNS", 0 if is_quick else 1 << 60)

    yield choose


@pytest.mark.parametrize(
    ("read", "quick", "any_file"),
    [(read_ndjson, "_lines_at_once", any_ndjson), (read_json, "_rows_at_once", any_json)],
)
def test_both_ways_read_the_same(
    read: Callable[[bytes, Feed], TextTable],
    quick: str,
    any_file: Callable[[random.Random], bytes],
    feeds: dict[str, Feed],
    quickly: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance, feed = random.Random(SEED), feeds["volunteer.volunteer_team"]
    at_once = getattr(json_reading, quick)
    is_taken: list[bool] = []

    def noted(text: bytes, feed: Feed) -> TextTable | None:
        found: TextTable | None = at_once(text, feed)
        is_taken.append(found is not None)
        return found

    monkeypatch.setattr(json_reading, quick, noted)
    for i in range(FILES):
        data = any_file(chance)
        # Small chunks: the shape may change from one to the next, and keys may be new in a later one.
        monkeypatch.setattr(json_lines, "_CHUNK_BYTES", chance.choice([1, 100, 1 << 20]))
        monkeypatch.setattr(json_lines, "_SHAPED_BY", chance.choice([1, 2, 100]))
        quickly(True)
        found = said(read, data, feed)
        quickly(False)
        assert found == said(read, data, feed), (i, data)
    assert sum(is_taken) > FILES / 8


def test_lines_of_one_shape_are_all_read_at_once() -> None:
    lines = [
        {"编号": f"A{i}", "说": '他说"好"\\\n' if i % 3 else None, "数": i / 2, "是": i % 2 == 0} for i in range(500)
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (found,) = json_lines.read_alike([text.encode()]) or []
    assert not found.others
    assert found.frame.height == 500
    assert found.frame.row(3) == (4, "A3", None, "1.5", "false")
    assert found.frame.row(4) == (5, "A4", '他说"好"\\\n', "2", "true")


def test_a_line_with_a_doubled_key_or_another_number_is_left_to_the_slow_way() -> None:
    text = b'{"a":"x","b":1.50}\n' * 10 + b'{"a":"x","b":1,"b":2}\n{"a":"x","b":[1, 2]}\n{"b":1,"a":"x"}\n'
    (found,) = json_lines.read_alike([text]) or []
    assert [number for number, _ in found.others] == [11, 12, 13]
    assert found.frame["b"].to_list() == ["1.50"] * 10
