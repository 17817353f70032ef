"""What a reader whose area is a part of the district may read of a generation: policy.yaml as views and small copies.

Belongs here: the policy, and the SQL of both, made of the names of a generation's tables and columns. Does not
belong here: connections (published.py), who the reader is (reader/principal.py), which page is shown (app.py).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from figures import codes

FILE = Path(__file__).resolve().parent.parent / "policy.yaml"
SCOPE = re.compile(rf"[0-9]{{{codes.STREET}}}|[0-9]{{{codes.COMMUNITY}}}")
OWN = ("community_code", "street_code", "district_code")
"""Where a row's area is, the finest first, if it has no org_code."""
COPIED = "dim_"
"""How the names of registers begin. They are small, and the queries name them most often: the evidence of a number 67
times. To plan a view takes half a millisecond each time, so a scope has copies of their rows."""
SMALL = 2000
"""Rows up to which a scope has copies of other tables too: the evidence names some of them six times."""
MADE = "made"
KINDS = ("open", "own", "totals", "values", "closed", "of", MADE)


@dataclass(frozen=True)
class Entry:
    """What may be read of one table; the words are explained in policy.yaml."""

    rows: str
    why: str
    area: tuple[str, ...] = ()
    of: str = ""
    by: str = ""
    hide: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """A table of a generation."""

    schema: str
    name: str
    columns: tuple[str, ...]
    rows: int | None = SMALL + 1
    """How many there are, about; null if they are in files: nothing that a scope's queries can name may lead there, so
    it has copies of its own rows."""


@cache
def policy() -> Mapping[str, Mapping[str, Entry]]:
    """The entries by schema and name. Raises ValueError, with the place, for an entry that says what no one knows."""
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        schema: {name: _entry(f"{schema}.{name}", said) for name, said in of.items()} for schema, of in found.items()
    }


def _entry(where: str, said: Mapping[str, Any]) -> Entry:
    known = {one.name for one in fields(Entry)}
    if not {"rows", "why"} <= set(said) <= known or said["rows"] not in KINDS:
        raise ValueError(f"{FILE.name}: {where}: needs rows ({', '.join(KINDS)}) and why, may have area, of, by, hide")
    if (said["rows"] == "of") != ("of" in said and "by" in said):
        raise ValueError(f"{FILE.name}: {where}: of and by belong to rows: of")
    lists = {key: tuple(said.get(key, ())) for key in ("area", "hide")}
    return Entry(said["rows"], said["why"], of=said.get("of", ""), by=said.get("by", ""), **lists)


def entry_of(schema: str, name: str) -> Entry | None:
    """The entry of a table, view or function, or the first one for all whose names are like it."""
    entries = policy().get(schema, {})
    if name in entries:
        return entries[name]
    return next((entries[key] for key in entries if "*" in key and fnmatchcase(name, key)), None)


def is_made(schema: str, name: str) -> bool:
    """Whether a view or a function may be made again of what its scope has."""
    entry = entry_of(schema, name)
    return entry is not None and entry.rows == MADE


def views(tables: Sequence[Published], scope: str, source: str) -> list[str]:
    """The statements that make the tables as a scope may read them, views or copies, in an order in which they can be
    run.

    source: the name of the attached generation. Raises ValueError for a scope that is no code of a street or a
    community.
    """
    if not SCOPE.fullmatch(scope):
        raise ValueError(f"a scope is the code of a street or a community, not {scope!r}")
    made: list[str] = []
    later: list[str] = []
    for table in tables:
        entry = entry_of(table.schema, table.name)
        if entry is None:
            continue
        condition = _condition(entry, table, scope)
        if condition is not None:
            columns = f" replace ({', '.join(f'null as {_name(one)}' for one in entry.hide)})" if entry.hide else ""
            kind = "table" if table.name.startswith(COPIED) or table.rows is None or table.rows <= SMALL else "view"
            text = (
                f"create {kind} {_name(table.schema)}.{_name(table.name)} as select *{columns} "
                f"from {_name(source)}.{_name(table.schema)}.{_name(table.name)} where {condition}"
            )
            (later if entry.of else made).append(text)
    return made + later


def _condition(entry: Entry, table: Published, scope: str) -> str | None:
    """Which rows; None if the table cannot be there."""
    match entry.rows:
        case "open":
            return "true"
        case "closed":
            return "false"
        case "own":
            return _own(entry, table, scope)
        case "totals" | "values" if "org_code" in table.columns:
            above = ", ".join(f"'{code}'" for code in _above(scope))
            peers = f" or length(org_code) = {len(scope)}" if entry.rows == "values" else ""
            return f"(starts_with(org_code, '{scope}') or org_code in ({above}){peers})"
        case "of" if entry.by in table.columns:
            by = _name(entry.by)
            return f"{by} in (select {by} from {_name(table.schema)}.{_name(entry.of)})"
        case _:
            return None


def _own(entry: Entry, table: Published, scope: str) -> str | None:
    if entry.area:
        named = " or ".join(f"starts_with({_name(name)}, '{scope}')" for name in entry.area)
        return f"({named})" if set(entry.area) <= set(table.columns) else None
    if "org_code" in table.columns:
        return f"starts_with(org_code, '{scope}')"
    there = [_name(name) for name in OWN if name in table.columns]
    # Without an area no row is anybody's own; the table is there, because the evidence of all KPIs is one query.
    return f"starts_with(coalesce({', '.join(there)}), '{scope}')" if there else "false"


def _above(scope: str) -> Sequence[str]:
    return [code for code in codes.with_those_above(scope) if code != scope]


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
