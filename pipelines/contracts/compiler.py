"""Contracts: Open Data Contract Standard documents, loaded strictly and compiled for the intake.

Belongs here: reading `contracts/*.odcs.yaml`, refusing unknown or contradictory entries with file and place, and the
compiled `Contract`, `Feed` and `Column`. Does not belong here: rows (`row_rules`), files (`landing`, `reading`), SQL
(`warehouse`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl
import pydantic
import yaml
from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty, Server
from packaging.version import InvalidVersion, Version

from pipelines import documents
from pipelines.contracts import overriding, together
from pipelines.contracts.model import (
    FEED_PROPERTIES,
    FORMATS,
    OPTIONS,
    SQL_WORDS,
    Column,
    Contract,
    ContractError,
    Delivery,
    Feed,
    Kind,
    Treatment,
)
from pipelines.contracts.together import Loaded
from pipelines.documents import DocumentError
from pipelines.settings import named

_DELIMITER = re.compile(r"[^\x00\n\r\"0-9A-Za-z\x80-\U0010ffff]")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PART = re.compile(r"[\w-]+")


def load_contracts(folder: Path, *own: Path) -> tuple[tuple[Contract, ...], tuple[ContractError, ...]]:
    """All contracts of a folder, one per platform, and the errors of those that cannot be used.

    A broken contract leaves out only its own platform: the others are returned. Several contracts of one platform are
    its versions: each except the lowest gives the business date from which it applies. If two files claim the same
    feeds, Sihe cannot know which one is the copy: both are errors and neither is returned.

    own: the folders with the installation's own contracts; of two files with the same name that of the later folder
    counts. Their feeds replace those of the same name, or are added;
    `overriding` says what they may not change.
    """
    shipped, errors = _read(named([folder], "*.odcs.yaml").values())
    mine, own_errors = _read(named(own, "*.odcs.yaml").values())
    mine = [replace(one, contract=overriding.marked(one.contract, one.file.name)) for one in mine]
    broken = [error.file for error in (*errors, *own_errors)]
    refused: dict[Path, ContractError] = {}
    for found in (*together.rival_claims(shipped), *together.rival_claims(mine, is_own=True),
                  *together.unanswerable_references([*shipped, *mine], broken)):  # fmt: skip
        refused.setdefault(found.file, found)
    errors += [error for file, error in refused.items() if file.parent == folder]
    own_errors += [error for file, error in refused.items() if file.parent != folder]
    contracts, contradictions = together.folded([one for one in shipped if one.file not in refused])
    errors += contradictions
    if not contracts and not errors:
        errors.append(ContractError(folder, "", None, _why_empty(folder)))
    if mine or own_errors:
        mine = [one for one in mine if one.file not in refused]
        contracts, found_now = overriding.overridden(contracts, mine, errors, own_errors)
        own_errors += found_now
    return tuple(contracts.values()), (*errors, *own_errors)


def _why_empty(folder: Path) -> str:
    if folder.is_dir():
        return f"no *.odcs.yaml in the folder {folder}"
    what = "is no folder" if folder.exists() else "does not exist"
    return f"the folder of contracts {folder} {what}: correct SIHE_CONTRACTS, or unset it to use the packaged ones"


def _read(files: Iterable[Path]) -> tuple[list[Loaded], list[ContractError]]:
    loaded: list[Loaded] = []
    errors: list[ContractError] = []
    for file in files:
        try:
            loaded.append(_load(file))
        except ContractError as error:
            errors.append(error)
    return loaded, errors


def _load(file: Path) -> Loaded:
    try:
        root, document = documents.read(file)
        return Loaded(file, root, _Compiler(file, root, document).contract())
    except ContractError:
        raise
    except DocumentError as error:
        raise ContractError(error.file, error.place, error.line, error.problem) from error
    except RecursionError:
        raise ContractError(file, "", None, "holds itself") from None


class _Compiler:
    """Compiles one document; `fail` adds the file and finds the line of a place, e.g. ('schema', 0, 'name')."""

    def __init__(self, file: Path, root: yaml.Node, document: dict[str, Any]) -> None:
        self.file = file
        self.root = root
        self.document = document

    def fail(self, place: Sequence[str | int], problem: str) -> ContractError:
        return ContractError(self.file, documents.spell(place), documents.line_of(self.root, place), problem)

    def contract(self) -> Contract:
        model = self.validated()
        assert model.id
        version = str(model.version or "")
        try:
            Version(version)
        except InvalidVersion:
            raise self.fail(["version"], "a version like 1.0.0 is needed") from None
        server = self.server(model)
        available_at, kept_days = self.promises(model)
        applies_from = self.applies_from(model)
        feeds = tuple(
            self.feed(model.id, server, schema, ["schema", i]) for i, schema in enumerate(model.schema_ or [])
        )
        self.refuse_twins(feeds)
        return Contract(
            platform=model.id,
            title=model.name or model.id,
            purpose=(model.description.purpose if model.description else None) or "",
            version=version,
            owner=next((member.username for member in _members(model) if member.username), "data-engineering"),
            available_at=available_at,
            feeds=tuple(replace(feed, version=version, applies_from=applies_from) for feed in feeds),
            applies_from=applies_from,
            keeps_files_days=kept_days,
        )

    def validated(self) -> OpenDataContractStandard:
        """The document, validated by the standard's own model and without unknown keys."""
        for doubled in documents.doubled_keys(self.root):
            raise self.fail(doubled, "this key stands twice")
        try:
            model = OpenDataContractStandard.model_validate(self.document)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            place = ["schema" if part == "schema_" else part for part in first["loc"]]
            raise self.fail(place, first["msg"]) from error
        # The library's inner models ignore unknown keys, so a misspelt rule would silently not apply.
        for unknown in _unknown_keys(self.document, model.model_dump(by_alias=True, exclude_unset=True)):
            raise self.fail(unknown, "unknown key")
        if not model.id or not _NAME.fullmatch(model.id):
            raise self.fail(["id"], "a platform's id is lower-case ASCII letters, digits and underscores")
        return model

    def server(self, model: OpenDataContractStandard) -> Server:
        """The platform's one server: format, encoding, delimiter."""
        servers = model.servers or []
        if len(servers) != 1:
            raise self.fail(["servers"], f"exactly one is needed, {len(servers)} given")
        if servers[0].format not in FORMATS:
            raise self.fail(["servers", 0, "format"], f"one of {', '.join(FORMATS)} is needed")
        try:
            "".encode(servers[0].encoding or "utf-8")
        except (LookupError, UnicodeError):
            raise self.fail(["servers", 0, "encoding"], f"unknown encoding {servers[0].encoding!r}") from None
        # The readers look for one byte.
        if not _DELIMITER.fullmatch(servers[0].delimiter or ","):
            raise self.fail(
                ["servers", 0, "delimiter"], f'one ASCII sign is needed, not {servers[0].delimiter!r} (a tab is "\\t")'
            )
        return servers[0]

    def promises(self, model: OpenDataContractStandard) -> tuple[time, int | None]:
        """The time by which a delivery arrives, and for how many days its file is kept."""
        available = [sla for sla in model.slaProperties or [] if sla.property == "timeOfAvailability"]
        try:
            (sla,) = available
            available_at = time.fromisoformat(str(sla.value))
        except ValueError:
            raise self.fail(["slaProperties"], "one timeOfAvailability 'HH:MM' is needed") from None
        keeps = [sla for sla in model.slaProperties or [] if sla.property == "retention"]
        kept_days = [sla.value for sla in keeps if sla.unit == "d" and type(sla.value) is int and sla.value > 0]
        if len(keeps) > 1 or len(kept_days) < len(keeps):
            raise self.fail(["slaProperties"], "retention: one whole number of days (unit d) is needed")
        return available_at, kept_days[0] if kept_days else None

    def applies_from(self, model: OpenDataContractStandard) -> date | None:
        """The business date from which this version applies."""
        found: date | None = None
        for i, entry in enumerate(model.customProperties or []):
            if entry.property != "appliesFrom":
                raise self.fail(["customProperties", i], f"unknown property {entry.property!r}")
            try:
                found = date.fromisoformat(str(entry.value))
            except ValueError:
                raise self.fail(["customProperties", i], "appliesFrom: a date YYYY-MM-DD is needed") from None
        return found

    def refuse_twins(self, feeds: Sequence[Feed]) -> None:
        if not feeds:
            raise self.fail(["schema"], "no feed")
        for i, feed in enumerate(feeds):
            if feed.name in [other.name for other in feeds[:i]]:
                raise self.fail(["schema", i, "name"], f"feed {feed.name!r} stands twice")
            twins = [other for other in feeds[:i] if other.file_template == feed.file_template]
            if any(feed.sheet is None or other.sheet in (None, feed.sheet) for other in twins):
                raise self.fail(["schema", i, "customProperties"], "another feed has the same file and sheet")

    def refuse_twin_columns(self, columns: Sequence[Column], place: list[str | int]) -> None:
        for i, column in enumerate(columns):
            if column.name in [other.name for other in columns[:i]]:
                raise self.fail([*place, i, "name"], f"column {column.name!r} stands twice")
            if column.header in [other.header for other in columns[:i]]:
                raise self.fail([*place, i, "physicalName"], f"header {column.header!r} stands twice")
            others = {name for other in columns if other is not column for name in (other.header, *other.aliases)}
            if doubled := sorted(others & set(column.aliases)):
                raise self.fail([*place, i, "synonyms"], f"header {doubled[0]!r} stands twice")

    def feed(self, platform: str, server: Server, schema: SchemaObject, place: list[str | int]) -> Feed:
        if not schema.name or not _NAME.fullmatch(schema.name):
            raise self.fail([*place, "name"], "a feed's name is lower-case ASCII letters, digits and underscores")
        if schema.relationships:
            raise self.fail([*place, "relationships"], "a relationship stands at its column, not at its feed")
        custom: dict[str, Any] = {}
        for i, entry in enumerate(schema.customProperties or []):
            if entry.property not in FEED_PROPERTIES:
                raise self.fail([*place, "customProperties", i], f"unknown property {entry.property!r}")
            custom[entry.property or ""] = entry.value
        try:
            delivery = Delivery(str(custom.get("delivery")))
        except ValueError:
            raise self.fail([*place, "customProperties"], f"delivery: one of {', '.join(Delivery)} is needed") from None
        template = str(custom.get("file", ""))
        if template.count("{yyyymmdd}") != 1 or "/" in template or "." not in template.rpartition("}")[2]:
            raise self.fail([*place, "customProperties"], "file: a name with one {yyyymmdd} and an ending is needed")
        columns = tuple(
            self.column(entry, [*place, "properties", i]) for i, entry in enumerate(schema.properties or [])
        )
        self.refuse_twin_columns(columns, [*place, "properties"])
        if not any(column.is_key for column in columns):
            raise self.fail([*place, "properties"], "no column is primaryKey")
        updated_by = custom.get("updatedBy")
        for name in ("updatedBy", "eventTime"):
            if custom.get(name) is not None and custom[name] not in [column.name for column in columns]:
                raise self.fail([*place, "customProperties"], f"{name}: no column {custom[name]!r}")
        if delivery is Delivery.CHANGES and updated_by is None:
            raise self.fail([*place, "customProperties"], "updatedBy is needed where delivery is changes")
        header_row = custom.get("headerRow", 1)
        if not isinstance(header_row, int) or header_row < 1:
            raise self.fail([*place, "customProperties"], "headerRow: a row number from 1 is needed")
        most_rejected = custom.get("mostRejectedPercent", Feed.most_rejected_percent)
        if not _is_percent(most_rejected):
            raise self.fail([*place, "customProperties"], "mostRejectedPercent: a number from 0 to 100 is needed")
        return Feed(
            platform=platform,
            name=schema.name,
            title=schema.businessName or schema.name,
            grain=schema.dataGranularityDescription or "",
            format=str(server.format),
            encoding=str(server.encoding or "utf-8"),
            delimiter=str(server.delimiter or ","),
            delivery=delivery,
            file_template=template,
            sheet=str(custom["sheet"]) if "sheet" in custom else None,
            header_row=header_row,
            updated_by=str(updated_by) if updated_by is not None else None,
            columns=columns,
            event_time=str(custom["eventTime"]) if custom.get("eventTime") is not None else None,
            most_rejected_percent=float(most_rejected),
            parts=self.parts(custom.get("parts"), template, place),
        )

    def parts(self, told: Any, template: str, place: list[str | int]) -> tuple[str, ...]:
        """What distinguishes the files of one business date."""
        if template.count("{part}") != (0 if told is None else 1):
            raise self.fail([*place, "customProperties"], "parts: a list, and one {part} in file, go together")
        if told is None:
            return ()
        names = [str(one) for one in told] if isinstance(told, list) else []
        if not names or len(set(names)) < len(names) or not all(_PART.fullmatch(one) for one in names):
            raise self.fail([*place, "customProperties"], "parts: different words of letters, digits and - are needed")
        return tuple(names)

    def column(self, entry: SchemaProperty, place: list[str | int]) -> Column:
        if not entry.name or not _NAME.fullmatch(entry.name):
            raise self.fail([*place, "name"], "a column's name is lower-case ASCII letters, digits and underscores")
        if entry.name in SQL_WORDS:
            raise self.fail(
                [*place, "name"], f"{entry.name!r} is a word of SQL: call the column otherwise, its header stays"
            )
        try:
            kind = Kind(str(entry.logicalType))
        except ValueError:
            raise self.fail([*place, "logicalType"], f"one of {', '.join(Kind)} is needed") from None
        options = entry.logicalTypeOptions or {}
        for option in options:
            if option not in OPTIONS[kind]:
                raise self.fail([*place, "logicalTypeOptions", option], f"unknown option of a {kind}")
            wanted: tuple[type, ...] = (str,) if option == "pattern" else (int,) if "Length" in option else (int, float)
            if not isinstance(options[option], wanted) or isinstance(options[option], bool):
                raise self.fail([*place, "logicalTypeOptions", option], f"not a {wanted[-1].__name__}")
        pattern = options.get("pattern")
        if pattern is not None:
            pattern = _portable(pattern)
            try:
                pl.Series([""]).str.contains(pattern)
            except pl.exceptions.ComputeError:
                raise self.fail([*place, "logicalTypeOptions", "pattern"], "is not a regular expression") from None
        codes, labels = self.codes(entry, kind, place)
        privacy: Treatment | None = None
        for i, custom in enumerate(entry.customProperties or []):
            if custom.property != "privacy" or custom.value not in list(Treatment):
                raise self.fail([*place, "customProperties", i], f"privacy: one of {', '.join(Treatment)} is needed")
            privacy = Treatment(custom.value)
        if (entry.classification == "PII") != (privacy is not None):
            raise self.fail(place, "classification PII and a privacy treatment go together")
        if privacy is Treatment.GENERALISE and kind is not Kind.NUMBER:
            raise self.fail([*place, "customProperties"], "only a number can be generalised")
        if privacy in (Treatment.REDACT, Treatment.MASK) and kind is not Kind.STRING:
            raise self.fail([*place, "customProperties"], f"only a string can be treated by {privacy}")
        return Column(
            name=entry.name,
            header=entry.physicalName or entry.name,
            aliases=tuple(synonym.synonym for synonym in entry.synonyms or [] if synonym.synonym),
            kind=kind,
            title=entry.businessName or entry.physicalName or entry.name,
            required=bool(entry.required),
            is_key=bool(entry.primaryKey),
            pattern=pattern,
            codes=codes,
            labels=labels,
            minimum=options.get("minimum"),
            maximum=options.get("maximum"),
            decimals=self.decimals(options.get("multipleOf"), place),
            min_length=options.get("minLength"),
            max_length=options.get("maxLength"),
            privacy=privacy,
            references=self.references(entry, privacy, place),
        )

    def references(self, entry: SchemaProperty, privacy: Treatment | None, place: list[str | int]) -> str | None:
        """The column of a foreign key's target, as platform.feed.column."""
        links = entry.relationships or []
        if not links:
            return None
        if len(links) > 1:
            raise self.fail([*place, "relationships", 1], "a column has one relationship at most")
        if links[0].type not in (None, "foreignKey"):
            raise self.fail([*place, "relationships", 0, "type"], "foreignKey is needed")
        if not isinstance(links[0].to, str):
            raise self.fail([*place, "relationships", 0], "to: one platform.feed.column is needed")
        if privacy is Treatment.DROP:
            raise self.fail([*place, "relationships"], "the column is dropped at the door: it cannot be looked up")
        return links[0].to

    def codes(
        self, entry: SchemaProperty, kind: Kind, place: list[str | int]
    ) -> tuple[Mapping[str, str] | None, Mapping[str, str] | None]:
        """Value in the export → stored code; stored code → label for Chinese readers."""
        if entry.enum is None:
            return None, None
        if kind not in (Kind.STRING, Kind.BOOLEAN):
            raise self.fail([*place, "enum"], f"a {kind} has no enum")
        codes: dict[str, str] = {}
        labels: dict[str, str] = {}
        for i, item in enumerate(entry.enum):
            code, value = str(item.id), str(item.value)
            # Without a label of its own it is another word for the code.
            is_another_word = code in labels and item.label is None
            if item.id is None or item.value is None or value in codes or (code in labels and not is_another_word):
                raise self.fail([*place, "enum", i], "an id and a value are needed, each once")
            if kind is Kind.BOOLEAN and code not in ("true", "false"):
                raise self.fail([*place, "enum", i, "id"], "a boolean's ids are 'true' and 'false'")
            codes[value] = code
            labels.setdefault(code, str(item.label or item.value))
        return codes, labels

    def decimals(self, multiple: Any, place: list[str | int]) -> int | None:
        """multipleOf 0.01 → 2: a fixed-point column. Only powers of ten are supported."""
        if multiple is None:
            return None
        try:
            number = Decimal(str(multiple)).normalize()
        except InvalidOperation:
            number = Decimal(0)
        exponent = number.as_tuple().exponent
        if number.as_tuple().digits != (1,) or not isinstance(exponent, int) or exponent > 0 or exponent < -6:
            raise self.fail([*place, "logicalTypeOptions", "multipleOf"], "a power of ten from 1 to 0.000001 is needed")
        return -exponent


def _members(model: OpenDataContractStandard) -> list[Any]:
    team = model.team
    return list(getattr(team, "members", None) or []) if team is not None and not isinstance(team, list) else team or []


def _portable(pattern: str) -> str:
    r"""`\d` matches the digits of every script in Rust and Python; a code's digits are ASCII."""
    return pattern.replace(r"\d", "[0-9]")


def _unknown_keys(given: Any, known: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key not in known:
                yield (*place, key)
            else:
                yield from _unknown_keys(value, known[key], (*place, key))
    elif isinstance(given, list) and isinstance(known, list):
        for i, (one, other) in enumerate(zip(given, known, strict=False)):
            yield from _unknown_keys(one, other, (*place, i))


def _is_percent(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100
