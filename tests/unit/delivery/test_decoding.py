"""A file in GB18030 is decoded some lines at a time, or by the C library: with the same text, or the same reason to
hold it, as at once by Python's codec.

Belongs here: random bytes, right and wrong. Does not belong here: what a reader makes of a text (`test_reading`).
"""

import ctypes
import random
from itertools import product

import pytest

from pipelines.delivery import decoding, iconv
from pipelines.delivery.decoding import to_utf8
from pipelines.delivery.signs import as_of_2022
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
        monkeypatch.setattr(decoding, "utf8_of_gb18030", lambda _: None)
        monkeypatch.setattr(decoding, "_PIECE_BYTES", 1 << 20)
        whole = said(data, encoding)
        monkeypatch.setattr(decoding, "_PIECE_BYTES", chance.randint(0, 20))
        assert said(data, encoding) == whole, data
        monkeypatch.setattr(decoding, "utf8_of_gb18030", iconv.utf8_of_gb18030)
        monkeypatch.setattr(iconv, "_PIECE_BYTES", chance.randint(4, 20))
        assert said(data, encoding) == whole, data
        held += isinstance(whole, str)
    assert FILES / 10 < held < FILES * 0.6


def by_python(data: bytes) -> bytes | None:
    try:
        return as_of_2022(data.decode("gb18030").encode())
    except UnicodeError:
        return None


def test_the_c_library_reads_every_sequence_as_python_s_codec_does_or_leaves_it_to_it() -> None:
    library = iconv._trusted()
    assert library is not None
    pairs = [bytes(pair) for pair in product(range(0x80, 0x100), range(0x100))]
    assert [pair for pair in pairs if iconv._converted(library, pair) != by_python(pair)] == []
    numbers, unknown = range(0x30, 0x3A), 0
    for begin in product(range(0x81, 0xFF), numbers):
        fours = [bytes((*begin, *end)) for end in product(range(0x81, 0xFF), numbers)]
        # Many at once; one by one, where one of them is unknown or read otherwise.
        if iconv._converted(library, b"".join(fours)) != by_python(b"".join(fours)):
            for four in fours:
                read, expected = iconv._converted(library, four), by_python(four)
                assert read in (None, expected)
                unknown += read is None and expected is not None
    assert unknown < 100


def test_a_c_library_that_reads_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        iconv, "_converted", lambda _, data: data.decode("gb18030").encode().replace("丂".encode(), b"?")
    )
    assert iconv._trusted.__wrapped__() is None


@pytest.mark.parametrize("error", [OSError, TypeError, AttributeError])
def test_without_a_c_library_python_s_codec_reads(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_library(_: None) -> object:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    trusted = iconv._trusted.__wrapped__()
    monkeypatch.setattr(iconv, "_trusted", lambda: trusted)
    assert iconv.utf8_of_gb18030(b"a") is None
    assert to_utf8("路灯".encode("gb18030"), "gb18030") == "路灯".encode()
