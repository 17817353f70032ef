"""All fields of a KPI file, a fact's entry and a contract as Markdown tables, generated from their models.

Belongs here: how fields and their values are written for readers, and how Sihe uses the fields of the contract
standard, which the standard's own model does not define. Does not belong here: the meaning of a KPI's fields
(`registry.model`), the page that shows the tables (docs/extending.md).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from open_data_contract_standard import model as standard
from pydantic import BaseModel

from pipelines.contracts.model import FEED_PROPERTIES, FORMATS, OPTIONS, Delivery, Kind, Treatment
from pipelines.registry.model import (
    Evidence,
    Fact,
    FallsDue,
    Follow,
    Kpi,
    Measure,
    Missed,
    Pillar,
    Rows,
    Side,
    Support,
    Watch,
    Words,
)

Row = tuple[str, str, str, str, str]
HEAD: Row = ("in", "field", "values", "needed", "meaning")
YES, NO = "yes", ""

_KPI_FILE: Mapping[str, type[BaseModel]] = {
    "the file": Kpi,
    "`day`, `caveats`, `missed`, `of`": Words,
    "`missed`": Missed,
    "`num`, `den`": Side,
    "`num`, `den`, `sums`": Measure,
    "`num`, `den`, `sums`, `covered_by`, `watch`": Rows,
    "`covered_by`": Support,
    "`watch`": Watch,
}
_FACT_ENTRY: Mapping[str, type[BaseModel]] = {
    "`fact`": Fact,
    "`follows`": Follow,
    "`falls_due`": FallsDue,
    "`evidence`": Evidence,
}


def kpi_fields() -> str:
    """The fields of a KPI file, one row each."""
    path: list[Row] = [
        ("the path", "`<pillar>`", _choice(Pillar), YES, "The folder: where the KPI is shown and scored"),
        ("the path", "`<kpi_id>`", "a-z, 0-9, `_`", YES, "The file's name; no other KPI of any pillar has it"),
    ]
    return _table([*path, *_rows(_KPI_FILE)])


def fact_fields() -> str:
    """The fields of a fact's entry, one row each."""
    return _table(_rows(_FACT_ENTRY))


def contract_fields() -> str:
    """The fields of a contract that Sihe reads, one row each, and the names of those that only people read."""
    read = [*_of_the_file(), *_of_a_feed(), *_of_a_column()]
    return _table([*read, *_for_people(read)])


# ---------------------------------------------------------------- contracts


def _choice(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


FILE, SERVER, FEED, COLUMN = "the file", "`servers`", "`schema` (a feed)", "`properties` (a column)"
_OBJECTS: Mapping[str, type[BaseModel]] = {
    FILE: standard.OpenDataContractStandard,
    SERVER: standard.Server,
    FEED: standard.SchemaObject,
    COLUMN: standard.SchemaProperty,
}
# The compiler refuses it: a relationship belongs to its column.
_REFUSED = {(FEED, "relationships")}


def _of_the_file() -> Iterator[Row]:
    promise = "`slaProperties`"
    yield FILE, "id", "a-z, 0-9, `_`", YES, "The platform; no other contract has it, except other versions of this one"
    yield FILE, "name", "text", NO, "The platform's name for readers; default: its id"
    yield FILE, "version", "like `1.0.0`", YES, "Of the contract; several versions are in several files"
    yield FILE, "description", "`purpose`: text", NO, "What the platform is for"
    yield (
        FILE,
        "team",
        "`members`, each with `username`",
        NO,
        "Who owns the data: the first; default `data-engineering`",
    )
    yield FILE, "customProperties", "`appliesFrom`: date", NO, "From which business date this version is in force"
    yield FILE, "servers", "list of one", YES, "How the platform delivers"
    yield FILE, "slaProperties", "list of `{property, value}`", YES, "What the platform promises"
    yield FILE, "schema", "list", YES, "The feeds"
    yield SERVER, "format", _choice(FORMATS), YES, "Of all its files"
    yield (
        SERVER,
        "encoding",
        "as Python names it",
        NO,
        "Default `utf-8`; Chinese exports are often `gb18030`, Excel's Unicode text is `utf-16`",
    )
    yield SERVER, "delimiter", "one ASCII sign", NO, 'csv: between values; default `,`; a tab is `"\\t"`'
    yield (
        promise,
        "timeOfAvailability",
        "`'HH:MM'`",
        YES,
        "Beijing time, on the day after the business date; later is late",
    )
    yield (
        promise,
        "retention",
        "whole number from 1, `unit: d`",
        NO,
        "Days for which its files are kept; default: for ever",
    )


def _of_a_feed() -> Iterator[Row]:
    own = {
        "delivery": _choice(Delivery),
        "file": "with one `{yyyymmdd}` and an ending",
        "parts": "list of text",
        "headerRow": "whole number from 1",
        "mostRejectedPercent": "number from 0 to 100",
    }
    own |= dict.fromkeys(("updatedBy", "eventTime"), "a column's name")
    yield FEED, "name", "a-z, 0-9, `_`", YES, "The feed's name; its table is `raw.<platform>__<feed>`"
    yield FEED, "businessName", "text", NO, "Its name for readers; default: `name`"
    yield FEED, "dataGranularityDescription", "text", NO, "What a row is"
    yield FEED, "customProperties", "list of `{property, value}`", YES, "How Sihe takes it in"
    for name, meaning in FEED_PROPERTIES.items():
        needed = YES if name in ("delivery", "file") else NO
        yield "a feed's `customProperties`", name, own.get(name, "text"), needed, meaning
    yield FEED, "properties", "list", YES, "The columns; at least one is `primaryKey`"


def _of_a_column() -> Iterator[Row]:
    labels = "In place of a code in the export the warehouse has the `id`; readers see the `label` (default: `value`)"
    more = "An entry without `label`, whose `id` stands before, is another word for it"
    yield COLUMN, "name", "a-z, 0-9, `_`", YES, "In the warehouse; no word of SQL (`order`, `group`)"
    yield COLUMN, "physicalName", "text", NO, "The header in the file; default: `name`"
    yield COLUMN, "synonyms", "list of `{synonym: text}`", NO, "Other headers that it has had"
    yield COLUMN, "businessName", "text", NO, "Its name for readers; default: the header"
    yield COLUMN, "logicalType", _choice(Kind), YES, "Of the value"
    yield COLUMN, "required", "`true`, `false`", NO, "Whether a row without a value is rejected"
    yield COLUMN, "primaryKey", "`true`, `false`", NO, "Part of the key that identifies the feed's rows"
    yield (
        COLUMN,
        "enum",
        "list of `{id, value, label}`",
        NO,
        f"The only values, of a string or boolean. {labels}. {more}",
    )
    yield COLUMN, "logicalTypeOptions", "by type, see below", NO, "Rules; a row that breaks one is rejected"
    for name, values, meaning in _OPTIONS_IN_WORDS:
        kinds = _choice(kind for kind, options in OPTIONS.items() if name in options)
        yield "a column's `logicalTypeOptions`", name, values, NO, f"{kinds}: {meaning}"
    yield COLUMN, "relationships", "list of one `{type: foreignKey, to: platform.feed.column}`", NO, _REFERENCE
    yield COLUMN, "classification", "`PII` or any other", NO, "`PII`: personal data, always with `privacy`"
    yield COLUMN, "customProperties", "list of `{property: privacy, value}`", NO, "How personal data is treated"
    meanings = "; ".join(f"`{treatment}`: {_TREATMENTS[treatment]}" for treatment in Treatment)
    yield "a column's `customProperties`", "privacy", _choice(Treatment), NO, meanings


_REFERENCE = "Where the value must be found; values that are not are reported, and their rows loaded"
_OPTIONS_IN_WORDS = (
    ("pattern", "regular expression", "what the whole value looks like, between `^` and `$`"),
    ("minLength", "whole number", "signs at least"),
    ("maxLength", "whole number", "signs at most"),
    ("minimum", "number", "the least value"),
    ("maximum", "number", "the greatest value"),
    ("multipleOf", "`1`, `0.1` … `0.000001`", "decimal places: an exact decimal, which a KPI may sum"),
)
_TREATMENTS: Mapping[Treatment, str] = {
    Treatment.DROP: "the column is not stored",
    Treatment.PSEUDONYMISE: "a keyed token, the same for the same value",
    Treatment.MASK: "a name without the given name",
    Treatment.REDACT: "a free text without phone, ID and card numbers, mail addresses, car plates",
    Treatment.GENERALISE: "a coordinate rounded to three decimals, about 100 m",
}


def _for_people(read: Iterable[Row]) -> Iterator[Row]:
    """The other fields of the standard; any other key is an error."""
    for place, model in _OBJECTS.items():
        used = {name for other, name, *_ in read if other == place}
        known = [field.alias or name for name, field in model.model_fields.items()]
        others = [name for name in known if name not in used and (place, name) not in _REFUSED]
        yield place, _choice(others), "as the standard says", NO, "For people and other tools; Sihe does not read them"


# ---------------------------------------------------------------- models


def _rows(places: Mapping[str, type[BaseModel]]) -> Iterator[Row]:
    """Every field once, in the row of the class that defines it."""
    for place, model in places.items():
        schema = model.model_json_schema()
        bases = [other for other in places.values() if other is not model and issubclass(model, other)]
        inherited = {name for base in bases for name in base.model_fields}
        for name in model.model_fields:
            if name not in inherited:
                entry = schema["properties"][name]
                needed = YES if name in schema.get("required", ()) else NO
                yield place, name, _values(entry), needed, entry["description"]


def _values(schema: Mapping[str, Any]) -> str:
    """The values that a JSON schema allows, in words."""
    if "anyOf" in schema:
        return _values(next(one for one in schema["anyOf"] if one.get("type") != "null"))
    if "$ref" in schema:
        return "fields, see below"
    if "enum" in schema:
        return _choice(schema["enum"])
    match schema["type"]:
        case "array":
            length = f"{schema['maxItems']} × " if "maxItems" in schema else ""
            return f"list of {length}{_values(schema['items'])}"
        case "boolean":
            return "`true`, `false`"
        case "integer":
            return f"whole number{_bounds(schema)}"
        case "number":
            return f"number{_bounds(schema)}"
        case _ if schema.get("format") == "sql":
            return "SQL"
        case _ if "pattern" in schema:
            return f"text like `{schema['pattern']}`"
        case _:
            return "text"


def _bounds(schema: Mapping[str, Any]) -> str:
    said = {"minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "up to {}"}
    bounds = [words.format(schema[key]) for key, words in said.items() if key in schema]
    return f" {', '.join(bounds)}" if bounds else ""


def _table(rows: Iterable[Row]) -> str:
    """A Markdown table; ends with a newline."""
    lines = [HEAD, tuple("---" for _ in HEAD)]
    for place, name, *rest in rows:
        lines.append((place, name if "`" in name else f"`{name}`", *(cell.replace("|", "\\|") for cell in rest)))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
