"""A file in GB18030 is decoded some lines at a time: with the same text, or the same reason to hold it, as at once.

Belongs here: random bytes, right and wrong. Does not belong here: what a reader makes of a text (`test_reading`).
"""

import random

import pytest

from pipelines.delivery import decoding
from pipelines.delivery.decoding import to_utf8
from pipelines.delivery.text_table import Held

FILES, SEED = 5_000, 11
SIGNS = '路灯不亮，，：龥\ue5e5€㐂𠀀𪚥ḿ\u1e3f\ufe10é\u3000 a1,;"\t\r\n\n\n'
FAULTS = [
    b"\xff",
    b"\x80",
    b"\x81",
    b"\x810",
    b"\x81\n",
    b"\x810\x81\n",
    b"\x84\x31\xa4\x37",
    b"\xfe\x50",
    b"\xe3\x32\x9a\x36",
]


def said(data: bytes, encoding: str) -> bytes | str:
    try:
        return to_utf8(data, encoding)
    except Held as held:
        return str(held)


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "gb2312"])
def test_some_lines_at_a_time_give_what_the_whole_gives(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(SEED)
    held = 0
    for _ in range(FILES):
        text = "".join(chance.choices(SIGNS, k=chance.randint(0, 60)))
        data = text.encode(encoding, "ignore")
        for _ in range(chance.choice([0, 0, 1, 2])):
            at = chance.randint(0, len(data))
            data = data[:at] + chance.choice(FAULTS) + data[at:]
        if chance.random() < 0.1:
            data = decoding._GB18030_BOM + data
        monkeypatch.setattr(decoding, "_PIECE_BYTES", 1 << 20)
        whole = said(data, encoding)
        monkeypatch.setattr(decoding, "_PIECE_BYTES", chance.randint(0, 20))
        assert said(data, encoding) == whole, data
        held += isinstance(whole, str)
    assert FILES / 10 < held < FILES * 0.6
