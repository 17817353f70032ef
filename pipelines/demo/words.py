"""The words of the demo's invented names and texts, from `words.yaml`.

Belongs here: reading the lists. Does not belong here: words for codes, which are in the contracts.
"""

from functools import cache
from pathlib import Path

import yaml


@cache
def _document() -> dict[str, str | list[str]]:
    text = (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def words(name: str) -> tuple[str, ...]:
    """The words of a list; a list without spaces gives its characters."""
    entry = _document()[name]
    assert isinstance(entry, str)
    return tuple(entry.split()) if " " in entry else tuple(entry)


def groups(name: str) -> tuple[tuple[str, ...], ...]:
    """The words of a list of lists."""
    return tuple(tuple(entry.split()) for entry in _document()[name])
