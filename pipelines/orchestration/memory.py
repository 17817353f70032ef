"""How processes that wait for months ask for memory.

Belongs here: the settings of glibc's allocator. Does not belong here: processes that work: an arena for each of their
threads is worth its memory.
"""

import ctypes

# Of malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE = 128 * 1024


def sparing() -> None:
    """Call before threads start. By default each thread gets an arena of its own, and what was large once (all
    definitions, as JSON) stays with the process. Child processes do not inherit it. Elsewhere than on glibc nothing
    happens."""
    with_options = getattr(ctypes.CDLL(None), "mallopt", None)
    if with_options is None:
        return
    with_options(_ARENA_MAX, 1)
    with_options(_MMAP_THRESHOLD, _LARGE)
    with_options(_TRIM_THRESHOLD, _LARGE)
