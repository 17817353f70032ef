"""Strict reading of YAML that people write, with line numbers for every place.

Belongs here: reading a document, duplicate keys, lines of places, the nearest right word for a misspelt one, messages
for what a model rejects. Does not belong here: what a document may contain (`contracts`, `districts`, `registry`).
"""

import difflib
import re
import typing
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml

# libyaml if PyYAML was built with it: eight contracts in 0.04 s instead of 0.3.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Model = TypeVar("Model", bound=pydantic.BaseModel)


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


def load(file: Path, model: type[Model]) -> tuple[yaml.Node, Model]:
    """The nodes of a document, and what its model makes of it; raises DocumentError for the first thing that the model
    rejects, and for a key that is there twice."""
    root, values = read(file)
    try:
        found = model.model_validate(values)
    except pydantic.ValidationError as invalid:
        place, problem = first_problem(model, invalid)
        raise DocumentError(file, spell(place), line_of(root, place), problem) from None
    for doubled in doubled_keys(root):
        raise DocumentError(file, spell(doubled), line_of(root, doubled), "duplicate key")
    return root, found


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


def first_problem(model: type[pydantic.BaseModel], invalid: pydantic.ValidationError) -> tuple[list[str | int], str]:
    """The first place of a document that its model rejects, and the message for it."""
    # An unknown key is reported first, because it explains a missing one.
    first = min(invalid.errors(), key=lambda one: one["type"] != "extra_forbidden")
    # The name of a validator is not a place of the document.
    place = [part for part in first["loc"] if not str(part).startswith("function-")]
    return place, _said(model, place, first)


def _said(model: type[pydantic.BaseModel], place: Sequence[str | int], error: Any) -> str:
    match error["type"]:
        case "extra_forbidden":
            known = _model_at(model, place[:-1]).model_fields
            return f"unknown key{nearest(str(place[-1]), known)}"
        case "missing":
            return "is needed"
        case "string_type":
            return f"a text is needed, {error['input']!r} is none: put it in quotes"
        case "literal_error":
            choices = re.findall("'([^']*)'", str(error["ctx"]["expected"]))
            return f"{error['msg']}{nearest(str(error['input']), choices)}"
        case _:
            return str(error["msg"])


def _model_at(model: type[pydantic.BaseModel], place: Sequence[str | int]) -> type[pydantic.BaseModel]:
    """The model of a place within another model: ('num', 'covered_by', 0) of Kpi is Support."""
    for part in place:
        if isinstance(part, str):
            model = next(_models_in(model.model_fields[part].annotation))
    return model


def _models_in(annotation: Any) -> Iterator[type[pydantic.BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models_in(inner)
