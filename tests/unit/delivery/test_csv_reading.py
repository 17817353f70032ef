"""The structure of a csv compared with a strict reference: nothing is accepted that it refuses, nothing is read
differently.

Belongs here: random quoting, and that the check of quotes gives the same result for pieces of any size. Does not belong
here: the wording of reasons (`test_reading`, `tests/faults/poison`).
"""

import csv
import io
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pipelines.contracts.model import Feed
from pipelines.delivery import csv_reading
from pipelines.delivery.csv_reading import Structure, read_csv, structure_of
from pipelines.delivery.signs import is_blank
from pipelines.delivery.text_table import ROW_NUMBER, Held, counted

FILES, SEED = 20_000, 12
# Weighted towards characters that affect the structure.
PIECES = ['"', '"', '""', ",", ",", "\n", "\n", "甲", "5", " ", "", "\\", "'", "\r", "\r\n", "x\ty", "\u3000", "\x0b"]


def any_file(chance: random.Random) -> str:
    """A header of one to three columns, then fields quoted correctly, incorrectly or not at all, or only noise."""
    width = chance.randint(1, 3)
    header = ",".join("abc"[:width])
    if chance.random() < 0.3:
        return header + "\n" + "".join(chance.choices(PIECES, k=chance.randint(0, 14)))
    ends = chance.choice(["\n", "\n", "\r\n", "\r"])
    lines = [
        ",".join(any_field(chance) for _ in range(width if chance.random() < 0.95 else chance.randint(0, 4)))
        for _ in range(chance.randint(0, 4))
    ]
    return ends.join([header, *lines]) + chance.choice(["", ends])


def any_field(chance: random.Random) -> str:
    text = "".join(chance.choices(["甲", "1", " ", "", "5", ",", "\n", '"'], [6, 6, 1, 1, 2, 1, 1, 1], k=3))
    match chance.choices(["bare", "quoted", "undoubled", "apart"], [5, 5, 1, 1])[0]:
        case "bare":
            return text.replace(",", "").replace("\n", "").replace('"', "" if chance.random() < 0.9 else '"')
        case "quoted":
            return '"' + text.replace('"', '""') + '"'
        case "undoubled":
            return f'"{text}"'
        case _:
            return chance.choice([" ", "x"]) + f'"{text}"'


def strictly_read(text: str) -> list[list[str]] | None:
    """The records from the standard library's strict parser; null if it refuses them, or they have different widths."""
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None
    header, *rows = records
    rows = [row for row in rows if not is_blank("".join(row)) or "\n" in "".join(row)]
    return rows if all(len(row) == len(header) for row in rows) else None


def normal(text: str | None) -> str:
    """A value in a common form: no value becomes an empty one. Within quotes, Sihe reads CR LF as LF."""
    return (text or "").replace("\r", "\n")


def test_nothing_is_accepted_that_a_strict_parser_refuses_and_nothing_is_read_otherwise(
    feeds: Mapping[str, Feed],
) -> None:
    feed = replace(feeds["service_centre.service_point"], encoding="utf-8")
    chance = random.Random(SEED)
    seen: Counter[str] = Counter()
    for _ in range(FILES):
        text = any_file(chance)
        expected = strictly_read(text)
        try:
            table = counted(read_csv(text.encode(), feed))
        except Held:
            seen["held, readable" if expected is not None else "held"] += 1
            continue
        assert expected is not None, text
        rows = [list(map(normal, row)) for row in table.frame.drop(ROW_NUMBER).rows()]
        assert rows == [[normal(field.replace("\r\n", "\n")) for field in row] for row in expected], text
        seen["read"] += 1
    # Sihe reads most of what a strict parser reads; that parser also accepts quotes in unquoted fields, which Sihe
    # holds.
    assert seen["read"] > FILES / 4
    assert seen["held"] > FILES / 10
    assert seen["held, readable"] < seen["read"] / 2


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
def test_quotes_are_judged_alike_in_pieces_of_any_size(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    chance = random.Random(SEED)
    texts = [any_file(chance).replace("\r", "").encode().rstrip(b"\n") + b"\n" for _ in range(500)]
    whole = [structure_of(text, b",") for text in texts]
    monkeypatch.setattr(csv_reading, "_PIECE_BYTES", piece)
    found = [structure_of(text, b",") for text in texts]
    assert [(one.fault is None, one.fault and one.fault[0]) for one in found] == [
        (one.fault is None, one.fault and one.fault[0]) for one in whole
    ]
    assert [one for one in found if one.fault is None] == [one for one in whole if one.fault is None]


@pytest.mark.parametrize("piece", [1, 7, 64, 1 << 18])
def test_signs_are_counted_as_one_by_one(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    """Whether hardly any sign of a piece is within quotes, or most are."""
    monkeypatch.setattr(csv_reading, "_PIECE_BYTES", piece)
    chance, right = random.Random(SEED), 0
    for i in range(500):
        fields = ['"a,b\n""c"', '""', "d", "eeeeeeee", "ffffffffffffffffffffff"]
        weights = chance.choice([[1, 1, 1, 1, 1], [1, 0, 9, 9, 9], [9, 9, 1, 0, 0], [0, 0, 1, 1, 1]])
        text = "".join(
            ",".join(chance.choices(fields, weights, k=3))
            + chance.choice(["\n", "\n", "\n", "\r\n"][: 3 + (i % 9 == 0)])
            for _ in range(9)
        )
        outside, inside, is_inside = Counter[str](), Counter[str](), False
        for sign in text:
            is_inside ^= sign == '"'
            (inside if is_inside else outside)[sign] += 1
        found = structure_of(text.encode(), b",")
        if outside["\r"]:
            assert found.fault is not None and found.fault[0] in (text.index("\r"), text.index("\r") - 1)
            continue
        right += 1
        assert found == Structure(outside["\n"], outside[","], inside["\n"])
    assert right > 100
