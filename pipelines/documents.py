"""Strict reading of YAML that people write, with line numbers for every place.

Belongs here: reading a document, duplicate keys, lines of places, the nearest right word for a misspelt one. Does not
belong here: what a document may contain (`contracts`, `registry`).
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

# libyaml if PyYAML was built with it: eight contracts in 0.04 s instead of 0.3.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DocumentError(ValueError):
    """A document that cannot be used; the message gives file, place, line and what is wrong."""

    def __init__(self, file: Path, place: str, line: int | None, problem: str) -> None:
        at = f"{self.shown(file)}:{line}" if line else self.shown(file)
        super().__init__(f"{at}: {place}: {problem}" if place else f"{at}: {problem}")
        self.file = file
        self.place = place
        self.line = line
        self.problem = problem

    @staticmethod
    def shown(file: Path) -> str:
        """The file as error messages show it."""
        return file.name


def read(file: Path) -> tuple[yaml.Node, dict[str, Any]]:
    """The nodes of a document, which have line numbers, and its values; raises DocumentError if it is not a mapping."""
    try:
        loader = _Loader(file.read_text(encoding="utf-8"))
        root = loader.get_single_node()
        values = loader.construct_document(root) if root is not None else None
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(file, "", None, f"cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DocumentError(
            file, "", mark.line + 1 if mark else None, f"is not YAML: {getattr(error, 'problem', error)}"
        ) from error
    except ValueError as error:  # a date that does not exist
        raise DocumentError(file, "", None, f"is not YAML: {error}") from error
    if root is None or not isinstance(values, dict):
        raise DocumentError(file, "", 1, "is not a mapping")
    return root, values


def spell(place: Sequence[str | int]) -> str:
    """('schema', 0, 'name') → 'schema[0].name'."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def line_of(node: yaml.Node, place: Sequence[str | int]) -> int | None:
    """The line of a place, or of its innermost part that exists."""
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == str(part)]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = node.value[part : part + 1]
        else:
            found = []
        if not found:
            break
        node = found[0]
    return int(node.start_mark.line) + 1


def doubled_keys(node: yaml.Node, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of keys that occur twice in their mapping: YAML itself would use the last one."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield (*place, key.value)
            seen.add(key.value)
            yield from doubled_keys(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield from doubled_keys(value, (*place, i))


def nearest(word: str, choices: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the choice nearest to a misspelt word, or an empty text if none is near."""
    found = difflib.get_close_matches(word, list(choices), 1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""
