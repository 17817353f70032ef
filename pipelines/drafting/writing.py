"""Drafts → the text of a contract, with the evidence as comments.

Belongs here: the document's order and layout, that of the packaged contracts; comments. Does not belong here: guesses
(`columns`, `tables`), matches (`adopting`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from pipelines.contracts.model import Kind
from pipelines.drafting import parts
from pipelines.drafting.columns import Guess
from pipelines.drafting.samples import CHECK
from pipelines.drafting.tables import Draft, row_count, span
from pipelines.drafting.vocabulary import snake

Place = tuple[str | int, ...]
ASK = "ASK: "
"""Begins a comment that a person has to answer."""
_WIDEST = 10**6
_COMMENT_WIDTH = 116


@dataclass(frozen=True)
class Document:
    """A contract's values, and comments to be written above places of it."""

    values: dict[str, Any]
    comments: Mapping[Place, Sequence[str]]

    @property
    def questions(self) -> tuple[str, ...]:
        """What a person has to say, in the order of the document."""
        return tuple(
            line.removeprefix(ASK) for lines in self.comments.values() for line in lines if line.startswith(ASK)
        )


def of_drafts(platform: str, drafts: Sequence[Draft], left_out: Sequence[str]) -> Document:
    """A new contract; platform: its id. left_out: files that are not in it, with the reason."""
    every = [sample.form for one in drafts for sample in one.samples]
    form = next((one for one in every if not one.is_ascii), every[0])
    server = {"server": "inbox", "type": "local", "path": "{inbox}/{yyyy-mm-dd}/", "format": form.format}
    if form.format != "xlsx":
        server["encoding"] = form.encoding
    if form.format == "csv":
        server["delimiter"] = form.delimiter
    comments: dict[Place, list[str]] = {
        (): [
            f"Drafted from {len(every)} samples; each comment says what a guess stands on.",
            "Read every line before it is used: a draft knows only its samples. Personal is what is not known; delete",
            "`classification` and `customProperties` of a column only if it says nothing of persons.",
            *(f"left out: {one}" for one in left_out),
        ],
        ("servers", 0): [f"{name}: {why}" for name, why in form.remarks if name in ("encoding", "delimiter")],
        ("slaProperties",): [f"{ASK}until when do files arrive? 05:00 is that of the packaged contracts"],
    }
    names: set[str] = set()
    schema = [_feed(platform, one, i, names, comments) for i, one in enumerate(drafts)]
    values = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": platform,
        "name": platform,
        "version": "1.0.0",
        "status": "draft",
        "domain": "community-governance",
        "description": {"purpose": "Drafted from samples."},
        "servers": [server],
        "slaProperties": [
            {"property": "frequency", "value": 1, "unit": "d"},
            {"property": "timeOfAvailability", "value": "05:00", "driver": "operational"},
        ],
        "schema": schema,
    }
    return Document(values, {place: lines for place, lines in comments.items() if lines})


def text_of(document: Document) -> str:
    """The contract as YAML; one line a column, as in the packaged contracts."""
    return "\n".join(_lines(document)) + "\n"


def _feed(platform: str, one: Draft, i: int, taken: set[str], comments: dict[Place, list[str]]) -> dict[str, Any]:
    form = one.first.form
    title = form.sheet or _stem(one.first.template, platform)
    said = (form.feed_id or "").partition(".")[2]
    name = _free(said or snake(title), taken)
    place: Place = ("schema", i)
    first, last = span(one.samples)
    days = f", business dates {first} to {last}" if first else ""
    comments[place] = [
        f"{row_count(one.samples):,} rows in {len(one.samples)} files{days}",
        *map(_asked, one.remarks.get("columns", [])),
    ]
    columns: set[str] = set()
    names = {column.header: _free(snake(column.header), columns) for column in one.columns}
    properties: list[tuple[str, Any, list[str]]] = [
        ("delivery", str(one.delivery), one.remarks["delivery"]),
        ("file", one.first.template, [one.first.name_remark]),
    ]
    if one.first.parts:
        properties.append(("parts", list(one.first.parts), [CHECK + parts.ASKED]))
    remarks = dict(form.remarks)
    if form.format == "xlsx":
        properties += [("sheet", form.sheet, []), ("headerRow", form.header_row, [remarks["headerRow"]])]
    if one.updated_by is not None:
        properties.append(("updatedBy", names[one.updated_by], one.remarks["updatedBy"]))
    if one.event_time is not None:
        properties.append(("eventTime", names[one.event_time], one.remarks["eventTime"]))
    for j, (_, _, lines) in enumerate(properties):
        comments[(*place, "customProperties", j)] = [_asked(line) for line in lines]
    for j, column in enumerate(one.columns):
        key = one.remarks["key"] if column.header in one.key else []
        lines = [
            *("key: " + line if not line.startswith(CHECK) else _asked(line) for line in key),
            "; ".join(column.remarks),
        ]
        comments[*place, "properties", j] = [*lines, *(ASK + question for question in column.questions)]
    return {
        "name": name,
        "businessName": title,
        "physicalType": "file",
        "customProperties": [{"property": name, "value": value} for name, value, _ in properties],
        "properties": [_column(column, names[column.header], column.header in one.key) for column in one.columns],
    }


def _asked(line: str) -> str:
    return ASK + line.removeprefix(CHECK) if line.startswith(CHECK) else line


def _column(one: Guess, name: str, is_key: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "physicalName": one.header, "logicalType": str(one.kind)}
    if one.required or is_key:
        entry["required"] = True
    if is_key:
        entry["primaryKey"] = True
    if one.codes is not None:
        entry["enum"] = enum_of(one.kind, one.codes)
    options: dict[str, Any] = {"pattern": one.pattern} if one.pattern is not None else {}
    options |= {option: int(value) if value == int(value) else value for option, value in one.options}
    if options:
        entry["logicalTypeOptions"] = options
    if one.privacy is not None:
        entry["classification"] = "PII"
        entry["customProperties"] = [{"property": "privacy", "value": str(one.privacy)}]
    return entry


def enum_of(kind: Kind, codes: Mapping[str, str]) -> list[dict[str, str]]:
    """word → code; a word without a code gets one of its own."""
    taken: set[str] = set()
    entries = []
    for word, code in codes.items():
        own = code or (word if re.fullmatch("[a-z0-9_+-]+", word) else snake(word))
        entries.append({"id": _free(own, taken) if kind is Kind.STRING else own, "value": word, "label": word})
    return entries


def _stem(template: str, platform: str) -> str:
    """event_{yyyymmdd}.csv → event; without the platform's name in front."""
    stem = template.rpartition(".")[0].replace("{yyyymmdd}", "").replace("{part}", "").strip("_-. ")
    return stem.removeprefix(platform).strip("_-. ") or stem or "feed"


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found


# ---------------------------------------------------------------- YAML


def _lines(document: Document) -> Iterator[str]:
    yield from _said(document, (), "")
    for key, value in document.values.items():
        yield from _said(document, (key,), "")
        if key == "schema":
            yield "schema:"
            for i, feed in enumerate(value):
                yield from _feed_lines(document, feed, ("schema", i))
        elif isinstance(value, list):
            yield f"{key}:"
            for i, entry in enumerate(value):
                yield from _said(document, (key, i), "")
                yield f"- {_flow(entry)}"
        elif isinstance(value, dict):
            yield f"{key}:"
            yield from (f"  {name}: {_flow(inner)}" for name, inner in value.items())
        else:
            yield f"{key}: {_flow(value)}"


def _feed_lines(document: Document, feed: Mapping[str, Any], place: Place) -> Iterator[str]:
    yield from _said(document, place, "")
    sign = "- "
    for key, value in feed.items():
        if isinstance(value, list):
            yield f"{sign}{key}:"
            for i, entry in enumerate(value):
                yield from _said(document, (*place, key, i), "  ")
                yield f"  - {_flow(entry)}"
        else:
            yield f"{sign}{key}: {_flow(value)}"
        sign = "  "


def _said(document: Document, place: Place, indent: str) -> Iterator[str]:
    for line in document.comments.get(place, ()):
        # A comment holds text from outside: it stays on its line.
        plain = re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", line)
        while len(plain) > _COMMENT_WIDTH and " " in plain[:_COMMENT_WIDTH].strip():
            cut = plain.rfind(" ", 1, _COMMENT_WIDTH)
            yield f"{indent}# {plain[:cut]}"
            plain = "  " + plain[cut + 1 :]
        yield f"{indent}# {plain}"


def _flow(value: Any) -> str:
    dumped = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=_WIDEST)
    return dumped.removesuffix("\n").removesuffix("\n...").strip()
