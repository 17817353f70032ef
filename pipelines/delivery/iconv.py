"""GB18030 → UTF-8 by the C library's `iconv`: half the processor time of Python's codec, and without Python's lock.

Belongs here: the call, and whether this machine's library can be trusted. Does not belong here: what a file must be,
the place of an error in it (`decoding`).

Libraries and Python's codec follow different editions of the standard. `signs.as_of_2022` makes the same of all: with
glibc 2.36 every sequence of two and of four bytes was compared.
"""

import ctypes
import functools
from itertools import chain

from pipelines.delivery.signs import as_of_2022

_FAILED = ctypes.c_size_t(-1).value
_PIECE_BYTES = 1 << 17
"""A piece and what becomes of it, at most one and a half times as much, stay in the processor's cache."""


def utf8_of_gb18030(data: bytes) -> bytes | None:
    """The text in UTF-8; None if the bytes are not GB18030 for this library, or there is none: Python's codec decides
    then."""
    library = _trusted()
    return None if library is None else _converted(library, data)


@functools.cache
def _trusted() -> ctypes.CDLL | None:
    """The C library, if it reads every character of two bytes as Python's codec does."""
    try:
        library = ctypes.CDLL(None)
        library.iconv_open.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        library.iconv_open.restype = ctypes.c_void_p
        size, text = ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(ctypes.c_void_p)
        library.iconv.argtypes = [ctypes.c_void_p, text, size, text, size]
        library.iconv.restype = ctypes.c_size_t
        library.iconv_close.argtypes = [ctypes.c_void_p]
    except (OSError, TypeError, AttributeError):
        return None  # no library, or one without these functions
    pairs = bytes(
        chain.from_iterable((a, b) for a in range(0x81, 0xFF) for b in (*range(0x40, 0x7F), *range(0x80, 0xFF)))
    )
    return library if _converted(library, pairs) == as_of_2022(pairs.decode("gb18030").encode()) else None


def _converted(library: ctypes.CDLL, data: bytes) -> bytes | None:
    # -1 is the answer that it does not know the encoding.
    if (conversion := library.iconv_open(b"UTF-8", b"GB18030")) in (None, _FAILED):
        return None
    buffer = ctypes.create_string_buffer(2 * _PIECE_BYTES)
    begin = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
    end = begin + len(data)
    pieces = []
    try:
        while begin < end:
            source, left = ctypes.c_void_p(begin), ctypes.c_size_t(min(_PIECE_BYTES, end - begin))
            target, free = ctypes.c_void_p(ctypes.addressof(buffer)), ctypes.c_size_t(len(buffer))
            # iconv moves these four along, and stops before a character that it cannot read or has no end here.
            library.iconv(conversion, *map(ctypes.byref, (source, left, target, free)))
            if not source.value or source.value == begin:
                return None
            begin = source.value
            pieces.append(ctypes.string_at(buffer, len(buffer) - free.value))
    finally:
        library.iconv_close(conversion)
    return as_of_2022(b"".join(pieces))
