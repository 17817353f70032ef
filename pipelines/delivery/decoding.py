"""Bytes → UTF-8, strictly, with the line number of a failure; file types by their first bytes.

Belongs here: encodings, byte order marks, line ends, files with the wrong ending. Does not belong here: structure (the
readers).
"""

import codecs

from pipelines.contracts.model import Feed
from pipelines.delivery.iconv import utf8_of_gb18030
from pipelines.delivery.signs import as_of_2022
from pipelines.delivery.text_table import Held

ZIP, OLE, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
_GB18030_BOM = "\ufeff".encode("gb18030")
_LOOK_BYTES = 256
_PIECE_BYTES = 1 << 18
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta", b"<head")
_UTF_8 = ("utf-8", "utf-8-sig")
_UTF_16 = ("utf-16", "utf-16-le", "utf-16-be")


def refuse_disguise(data: bytes, feed: Feed) -> None:
    """The first bytes decide the type of a file, not its name; raises Held."""
    for magic, what in ((ZIP, "a ZIP or Excel file"), (OLE, "an old Excel file"), (PDF, "a PDF")):
        if data.startswith(magic):
            raise Held(f"is {what}, not {feed.format}: export it as {feed.format}")
    start = data[:_LOOK_BYTES].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    if feed.format == "csv" and start.startswith((b'{"', b'[{"')):
        raise Held("is JSON, not csv: export it as csv")
    # The first header of a csv may begin with any character.
    if start.startswith(_MARKUP if feed.format == "csv" else b"<"):
        raise Held(f"is HTML or XML, not {feed.format}: export it as {feed.format}")


def one_line_end(text: bytes) -> bytes:
    """LF for every CR LF, and for CR if lines have no other end."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
        if b"\n" not in text:
            text = text.replace(b"\r", b"\n")
    return text


def to_utf8(data: bytes, encoding: str) -> bytes:
    """The file in UTF-8, without a byte order mark. A file that is UTF-8 already is not copied: polars refuses invalid
    bytes, and only then is their line searched (decoding 400 MB again costs 0.6 s)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if codecs.lookup(encoding).name in _UTF_16:
            # The mark says in which order the bytes are.
            return _decoded(data, "utf-16")
        raise Held(f"is UTF-16, its contract says {encoding}: save it as {encoding}")
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    if is_utf8(encoding):
        return data
    return _decoded(data, encoding)


def _decoded(data: bytes, encoding: str) -> bytes:
    try:
        if _is_gb(encoding):
            text = data.removeprefix(_GB18030_BOM)
            quick = utf8_of_gb18030(text) if codecs.lookup(encoding).name == "gb18030" else None
            return as_of_2022(_by_lines(text, encoding)) if quick is None else quick
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise _undecodable(data, error.start, encoding) from None
    except UnicodeEncodeError as error:
        line = str(error.object).count("\n", 0, error.start) + 1
        raise Held(f"line {line}: holds half of a character: export the file again as {encoding}") from None


def _by_lines(data: bytes, encoding: str) -> bytes:
    """The same as decoding and encoding the whole; a fifth quicker, because a piece of some lines stays in the
    processor's cache. Only for encodings in which no character has the byte of a line end."""
    pieces, begin = [], 0
    try:
        while begin < len(data):
            end = data.find(b"\n", begin + _PIECE_BYTES) + 1 or len(data)
            pieces.append(data[begin:end].decode(encoding).encode())
            begin = end
    except UnicodeError:
        return data.decode(encoding).encode()  # raises the error with the place in the whole
    return b"".join(pieces)


def check_utf8(text: bytes, encoding: str) -> None:
    """Raises Held if the text is not UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise _undecodable(text, error.start, encoding) from None


def is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in _UTF_8


def _is_gb(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("gb18030", "gbk", "gb2312")


def _undecodable(data: bytes, at: int, encoding: str) -> Held:
    line = data.count(b"\n", 0, at) + 1
    begin = data.rfind(b"\n", 0, at) + 1
    place = f"byte {at - begin + 1} of the line"
    return Held(f"line {line}: cannot be decoded as {encoding} ({place}): save the file as {encoding}")
